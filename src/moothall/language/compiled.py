"""A service's expressions as JSON, for an evaluator that is not Python: the browser's is
`browser/expressions.js`. The forms are listed in docs/language.md."""

from __future__ import annotations

from typing import Any, Final

from moothall.language.service import Service

FORMAT: Final = 1
"""Goes up when a form changes its meaning; an evaluator refuses a format that it does not know."""


def compiled(service: Service) -> dict[str, Any]:
    """Return every compiled expression of `service` by its path, with what they share.

    `local` and constants are in run-time form (money in pence, numbers in millionths). Holds no
    answer and no secret: whoever may open the form may have it. Holidays come from the council's
    calendar: the caller adds them under `holidays` as ISO texts.
    """
    return {
        "format": FORMAT,
        "service": service.id,
        "version": service.version,
        "sha256": service.sha256,
        "local": dict(service.rules.local),
        "worked_out": {name: item.expression.form for name, item in service.worked_out.items()},
        "expressions": {
            path: {"form": item.form, "kind": item.type.kind}
            for path, item in service.expressions.items()
        },
        "pages": [
            {
                "id": page.id,
                "kind": page.kind,
                "section": page.section,
                "questions": list(page.questions),
                "when": page.when.form if page.when is not None else None,
            }
            for page in service.pages
        ],
    }
