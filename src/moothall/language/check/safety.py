"""Proof 5: nobody learns what they have no right to.

No personal answer leaves in the open data set or in a message to someone who may not see it; what
is sensitive is marked, logged and kept to those who need it; personal data goes when its time is
over.
"""

from __future__ import annotations

from collections.abc import Iterator

from moothall.language.access import fields_seen
from moothall.language.check.book import Book
from moothall.language.check.forms import Form, children
from moothall.language.check.notes import Notes
from moothall.language.check.saying import article, listed
from moothall.language.models import SENSITIVE_KINDS
from moothall.language.service import Question, Service

GENERALISERS = frozenset(
    {"month", "quarter", "year", "financial_year", "ward", "ward_name", "band", "band_money"}
)
LEAST_THRESHOLD = 5
"""Counts below five are not shown where a person could be found again by them: the usual rule of
the Office for National Statistics for tables about people."""
ALWAYS_PERSONAL = {
    "name": "identity",
    "email": "contact",
    "phone": "contact",
    "vehicle registration": "identity",
    "National Insurance number": "identity",
    "NHS number": "health",
    "bank details": "finance",
    "signature": "identity",
}
FREE = frozenset(
    {"text", "long text", "file", "photo", "location", "address", "slot", *ALWAYS_PERSONAL}
)
ACTORS = frozenset({"applicant", "system", "clock"})


def note(book: Book, notes: Notes) -> None:
    """Tell what proof 5 finds."""
    _note_untagged(book.service, notes)
    _note_publication(book, notes)
    _note_messages(book, notes)
    _note_access(book.service, notes)
    _note_place(book.service, notes)


def _personal(question: Question) -> str:
    """The kind of personal data that an answer is, said in the file or by its type."""
    return question.personal or ALWAYS_PERSONAL.get(question.type, "")


def _note_untagged(service: Service, notes: Notes) -> None:
    for question in service.questions.values():
        kind = ALWAYS_PERSONAL.get(question.type)
        if kind and not question.personal:
            notes.add(
                5, "safety.untagged", question.path,
                f"`{question.id}` is personal data ({article(question.type)} {question.type}), and the file does not say so.",
                f"Add `personal: {kind}`, so that it is kept out of open data and removed in time.",
            )  # fmt: skip


# -- what is published ------------------------------------------------------------------------------


def _leaks(book: Book, form: Form, safe: bool) -> Iterator[tuple[Question, bool]]:
    """Questions that `form` gives away, and whether each is made general first."""
    match form[0]:
        case "answer" | "row":
            question = book.service.questions.get(str(form[1]))
            if question is not None:
                yield question, safe
            return
        case "work":
            inner = book.worked_out.get(str(form[1]))
            if inner is not None:
                yield from _leaks(book, inner, safe)
            return
        case "count" | "answered" | "any" | "all":
            safe = True
        case "call":
            safe = safe or form[1] in GENERALISERS
    for child in children(form):
        yield from _leaks(book, child, safe)


def _note_publication(book: Book, notes: Notes) -> None:
    publish = book.service.data.publish
    if publish is None:
        return
    about_people = False
    for column in publish.columns:
        path = f"data.publish.columns.{column}"
        expression = book.service.expressions.get(path)
        if expression is None:
            continue
        about_people = about_people or "ward" in expression.source
        for question, safe in _leaks(book, expression.form, False):
            kind = _personal(question)
            about_people = about_people or bool(kind)
            if kind in SENSITIVE_KINDS and not _is_banded(expression.form):
                notes.add(
                    5, "safety.published_sensitive", path,
                    f"The open data column `{column}` would publish `{question.id}`, which is {kind} data.",
                    f"Write `{column}: never`, or put numbers in bands: `band({question.id}, …)`.",
                )  # fmt: skip
            elif kind and not safe:
                notes.add(
                    5, "safety.published", path,
                    f"The open data column `{column}` would publish `{question.id}`, which is personal "
                    f"({kind}).",
                    f"Write `{column}: never`, or make it general: `ward(…)`, `month(…)`, `band(…)`.",
                )  # fmt: skip
            elif not safe and question.type in FREE:
                notes.add(
                    5, "safety.published_free", path,
                    f"The open data column `{column}` would publish `{question.id}` as it was given "
                    f"({article(question.type)} {question.type}), and people write personal things there.",
                    f"Write `{column}: never`, or ask with `choose one` and publish that.",
                )  # fmt: skip
            elif kind and publish.disclosure == "rows":
                notes.add(
                    5, "safety.rows", path,
                    f"With `disclosure: rows` each case is a row, and `{column}` comes from personal data "
                    f"(`{question.id}`).",
                    "Use `disclosure: counts`, or take the column out.",
                )  # fmt: skip
    if publish.disclosure == "counts" and about_people and publish.threshold < LEAST_THRESHOLD:
        notes.add(
            5, "safety.threshold", "data.publish",
            f"Only counts under {publish.threshold or 1} would be hidden, and the columns are about people "
            "or places.",
            f"Set `threshold: {LEAST_THRESHOLD}` or more.",
        )  # fmt: skip


def _is_banded(form: Form) -> bool:
    return form[0] == "call" and form[1] in ("band", "band_money")


# -- what is told -------------------------------------------------------------------------------------


def _note_messages(book: Book, notes: Notes) -> None:
    service = book.service
    parties = service.access.parties if service.access else {}
    for name, told in service.tell.items():
        if told.to == "applicant" or told.to in parties:
            continue
        may_see = fields_seen(service, frozenset({told.to}))
        for key in ("subject", "say"):
            path = f"tell.{name}.{key}"
            for question in _told(book, path, service.texts.get(path, "")):
                seen = question.id in may_see or (question.row_of or "") in may_see
                if _personal(question) and not seen:
                    notes.add(
                        5, "safety.told", path,
                        f"The message `{name}` tells `{told.to}` the answer to `{question.id}`, which is "
                        f"personal ({_personal(question)}), and `{told.to}` may not see it.",
                        f"Take it out of the message, or add `{question.id}` to `access.teams."
                        f"{told.to}.sees`.",
                    )  # fmt: skip


def _told(book: Book, path: str, text: str) -> Iterator[Question]:
    for part in book.in_text(path, text):
        for question, _ in _leaks(book, part.form, False):
            yield question


# -- who may see, and where -----------------------------------------------------------------------------


def _note_access(service: Service, notes: Notes) -> None:
    access = service.access
    sensitive = [q for q in service.questions.values() if _personal(q) in SENSITIVE_KINDS]
    if sensitive and access is not None and not access.log_reads:
        notes.add(
            5, "safety.log", "access.log_reads",
            f"`{sensitive[0].id}` is {_personal(sensitive[0])} data, and nobody would know who read it.",
            "Set `log_reads: true`.",
        )  # fmt: skip
    teams = access.teams if access is not None else {}
    for question in sensitive:
        if question.stage == "form" and not any(
            question.id in fields_seen(service, frozenset({team}))
            for team in [*teams, service.owner]
        ):
            notes.add(
                5, "safety.unseen", question.path,
                f"We ask for `{question.id}` ({_personal(question)} data), and nobody may see it.",
                f"Add `{question.id}` by name to the `sees:` of the team that needs it, or do not ask.",
            )  # fmt: skip
    for team, rights in teams.items():
        if "own_ward" in rights.rows and service.place is None:
            notes.add(
                5, "safety.no_ward", f"access.teams.{team}.rows",
                f"`{team}` may see the cases of its own ward, and the service does not say where a case is.",
                "Add `place: {answer: …}` with the question that says where.",
            )  # fmt: skip
    movers = {team for move in service.moves.values() for team in move.by} - ACTORS
    blind = sorted(team for team in movers if team != service.owner and team not in teams)
    if blind and access is not None:
        notes.add(
            5, "safety.blind", "access.teams",
            f"{listed(blind)} {'makes' if len(blind) == 1 else 'make'} moves but may see no answer.",
            f"Add `{blind[0]}` under `access.teams` with what it needs to see.", "warning",
        )  # fmt: skip


def _note_place(service: Service, notes: Notes) -> None:
    place = service.place
    if place is None or not place.public:
        return
    question = service.questions.get(place.answer)
    if question is not None and _personal(question):
        notes.add(
            5, "safety.place", "place.public",
            f"The place would stand on the public map, and `{question.id}` is personal "
            f"({_personal(question)}).",
            "Set `public: false`, or ask where the problem is, not where the person lives.",
        )  # fmt: skip
