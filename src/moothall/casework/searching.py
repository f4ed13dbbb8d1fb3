"""The search document of a case, and who may be shown what it finds.

The document holds everything that its owner may look for: reference, contact, place, and what was
written in plain words. Someone who may not see all of that is never shown a hit on it (queries look
the reference or the postcode up for them instead), for a hit would tell what they may not read.
"""

from __future__ import annotations

from moothall import search
from moothall.casework.models import Case
from moothall.language import Service

KIND = "case"
AUDIENCE = "staff"
_WORDS = frozenset({"text", "long text", "name", "vehicle registration"})


def indexed_questions(service: Service) -> frozenset[str]:
    """Questions whose answers go into the document: words that are not sensitive."""
    sensitive = set(service.access.nobody_but) if service.access else set()
    return frozenset(
        question.id
        for question in service.questions.values()
        if question.type in _WORDS
        and question.personal in (None, "", "contact", "identity")
        and question.id not in sensitive
    )


def document(case: Case, service: Service) -> tuple[str, str]:
    """The title and the words of the case's document."""
    answers = case.answers
    parts = [
        case.reference,
        case.reference.replace("-", ""),
        case.contact_name,
        case.contact_email,
        case.contact_phone.replace(" ", ""),
        case.place_line,
        case.place_postcode,
        case.contact_postcode,
        service.name,
        case.summary,
    ]
    for question in sorted(indexed_questions(service)):
        repeat, _, cell = question.partition(".")
        if cell:
            rows = answers.get(repeat) or ()
            parts += [str(row.get(cell) or "") for row in rows if isinstance(row, dict)]
        else:
            parts.append(str(answers.get(question) or ""))
    return f"{case.reference} {service.name}", " ".join(part for part in parts if part)


def index(case: Case, service: Service) -> None:
    """Write the case's document anew, in the caller's transaction."""
    title, words = document(case, service)
    search.index(KIND, case.reference, title, words, AUDIENCE, f"/desk/cases/{case.reference}/")


def remove(case: Case) -> None:
    """Take the case's document out of the index."""
    search.remove(KIND, case.reference)
