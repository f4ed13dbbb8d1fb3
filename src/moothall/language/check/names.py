"""Proof 1, the rest: roles that nobody plays, values that nobody reads, pages that need a signal."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from moothall.language.check.book import Book
from moothall.language.check.forms import every
from moothall.language.check.notes import LANGUAGES, Notes
from moothall.language.service import Service
from moothall.language.words import translation_status

ACTORS = frozenset({"applicant", "system", "clock"})
JOBS = frozenset({"adviser", "officer", "manager", "councillor", "admin", "designer"})


def note(book: Book, notes: Notes) -> None:
    """Tell what is wrong with roles, local values, the promise, offline pages and translations."""
    _note_translations(book.service, notes)
    _note_roles(book.service, notes)
    _note_unused(book.service, notes)
    _note_promise(book, notes)
    _note_offline(book.service, notes)


def _note_roles(service: Service, notes: Notes) -> None:
    """A message to, or an answer kept for, a team that the service knows nowhere else."""
    access = service.access
    parties = set(access.parties) if access is not None else set()
    teams = {service.owner, *(team for move in service.moves.values() for team in move.by)}
    teams |= set(access.teams) if access is not None else set()
    known = sorted((teams | JOBS) - ACTORS)
    for where, name in _named_roles(service):
        if name in teams or name in JOBS or name in parties or name == "applicant":
            continue
        near = get_close_matches(name, known, n=1, cutoff=0.6)
        notes.add(
            1, "unknown.team", where, f"There is no team called `{name}` in this service.",
            f"Did you mean `{near[0]}`?" if near else
            f"Add it under `access.teams`, or use one of: {', '.join(sorted(teams - ACTORS))}.",
        )  # fmt: skip


def _named_roles(service: Service) -> Iterator[tuple[str, str]]:
    for name, told in service.tell.items():
        yield f"tell.{name}.to", told.to
    if service.access is not None:
        for answer, teams in service.access.nobody_but.items():
            for team in teams:
                yield f"access.nobody_but.{answer}", team


def _note_unused(service: Service, notes: Notes) -> None:
    for name in service.local:
        if f"local.{name}" not in service.canonical:
            notes.add(
                1, "local.unused", f"local.{name}", f"Nothing uses the local value `{name}`.",
                f"Use it as `local.{name}`, or take it out.", "warning",
            )  # fmt: skip


def _note_promise(book: Book, notes: Notes) -> None:
    """`{finish_by}` in a message of a service that promises nothing would be a gap."""
    service = book.service
    if service.case.clock is not None:
        return
    uses = [(path, expression) for path, expression in service.expressions.items()]
    uses += [
        (path, part) for path, text in service.texts.items() for part in book.in_text(path, text)
    ]
    for path, expression in uses:
        if any(part == ["fact", "finish_by"] for part in every(expression.form)):
            notes.add(
                1, "use.no_promise", path, "`finish_by` is used here, and the service promises no day.",
                "Add `case: clock: {finish_within: {working_days: 5}}`, or leave it out.",
            )  # fmt: skip
            return


def _note_offline(service: Service, notes: Notes) -> None:
    """A form that is filled in where there is no signal cannot stop for another system."""
    if "field" not in service.channels:
        return
    for page in service.pages:
        if page.kind == "look_up" and page.spec.if_it_fails == "stop" and not page.spec.offline:
            notes.add(
                1, "offline.look_up", page.path,
                f"The form is used in the field, where there may be no signal, and `{page.id}` stops it "
                "when the look-up fails.",
                "Say `if_it_fails: carry on`, or `offline: true` if the device carries the answer.",
            )  # fmt: skip
    for question in service.questions.values():
        if question.type == "slot" and question.stage == "form":
            notes.add(
                1, "offline.slot", question.path,
                f"The form is used in the field, where there may be no signal, and `{question.id}` needs "
                "the free times of the day.",
                "Take `field` out of `channels`, or book the time in a move of the case.",
            )  # fmt: skip
    if service.fee is not None and service.fee.taken == "before":
        notes.add(
            1, "offline.fee", "fee",
            "The form is used in the field, where there may be no signal, and it must be paid first.",
            "Say `taken: on approval` with its `state`, or take `field` out of `channels`.",
        )  # fmt: skip


def _note_translations(service: Service, notes: Notes) -> None:
    """Words of another language that have fallen behind the English, or are not there."""
    for lang in service.languages[1:]:
        name = LANGUAGES.get(lang, lang)
        states = {one.path: one.status for one in translation_status(service, lang)}
        for path, status in states.items():
            if status == "stale":
                notes.add(
                    1, "translation.stale", f"translations.{lang}.{path}",
                    f"The English of `{path}` has changed since its {name} was written.",
                    "Mend the words, and give the new `of:` that `check --script --paths` prints.",
                    "warning",
                )  # fmt: skip
        missing = [path for path, status in states.items() if status == "missing"]
        if missing:
            more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
            notes.add(
                1, "translation.missing", f"translations.{lang}.{missing[0]}",
                f"There is no {name} for {', '.join(f'`{path}`' for path in missing[:3])}{more}.",
                f"List all words with `check --script --paths --lang {lang}`.", "warning",
            )  # fmt: skip
