"""Accessibility by machine: axe-core injected into a page of the browser."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Error

SOURCE = Path(__file__).parent / "vendor" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@lru_cache(maxsize=1)
def _source() -> str:
    return SOURCE.read_text(encoding="utf-8")


def problems(page: Any) -> list[str]:
    """Return what axe finds on the page as it is now, a line a fault with the element.

    Works on pages without JavaScript of their own too, as long as the browser itself runs scripts.
    """
    # The page's own policy stays in force: axe is put in by the browser's own hand.
    _evaluate(page, _source())
    found = _evaluate(
        page,
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})",
        TAGS,
    )
    return [
        f"{one['id']} ({one['impact']}): {one['help']}: {node['html'][:160]}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


def assert_accessible(page: Any) -> None:
    """Fail with what axe found, if it found anything."""
    found = problems(page)
    assert not found, f"{page.url}:\n" + "\n".join(found)


def too_wide(page: Any) -> int:
    """Return by how many pixels the page is wider than its window: 0 means no sideways scrolling."""
    return int(
        _evaluate(
            page,
            "Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)",
        )
    )


def _evaluate(page: Any, script: str, *values: Any) -> Any:
    """Run a script in the page that is there once loading is over; again if another page came meanwhile."""
    for _ in range(5):
        page.wait_for_load_state("load")
        try:
            return page.evaluate(script, *values)
        except Error as error:
            if "Cannot read properties of null" not in str(error) and "context" not in str(error):
                raise
            page.wait_for_timeout(200)
    return page.evaluate(script, *values)
