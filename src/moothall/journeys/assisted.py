"""The whole service on one screen, for an adviser on the phone or at the desk.

The same readers take the answers; look-ups run as soon as what they need is there. Questions that
depend on an answer come once it is given and the screen is updated.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from moothall import measures
from moothall.casework.models import Case
from moothall.casework.types import ContactDetails
from moothall.design.words import day
from moothall.journeys import actions, drafts, screens
from moothall.journeys import answers as reader
from moothall.journeys.facts import settle
from moothall.journeys.fields import Field, Form, field_name
from moothall.journeys.models import Draft
from moothall.journeys.rows import asked_in_row, row_label, with_row
from moothall.journeys.visit import Sitting
from moothall.language import (
    Facts,
    FieldError,
    Page,
    Service,
    Walk,
    check_answer,
    limits_of,
)
from moothall.people.actor import Actor
from moothall.slots.actions import SlotTaken, hold

MOST_ROWS = 100


@dataclass(frozen=True)
class Block:
    """A piece of the screen. `kind`: title, question, repeat, look_up, show or stop."""

    kind: str
    title: str = ""
    say: str = ""
    field: Field | None = None
    rows: tuple[Mapping[str, Any], ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    failed: bool = False


@dataclass
class Screen(actions.Outcome):
    """What came of the screen: an outcome, with what was typed and does not hold yet."""

    form: Form = field(default_factory=dict)
    wrong: frozenset[str] = frozenset()
    """Names of controls that must show what was typed, since it does not hold."""


def open_form(service: Service, draft: Draft, *, now: datetime) -> Screen:
    """Return the screen of a draft as it stands, nothing wrong. Call it OUTSIDE a transaction."""
    facts, way = actions.way_of(service, draft, now)
    return Screen(draft, facts, way)


@dataclass
class _Work:
    """The answers as they are being read from one sending of the screen."""

    answers: dict[str, Any]
    look_ups: dict[str, Any]
    failed: dict[str, Any]
    searches: dict[str, Any]
    errors: list[FieldError] = field(default_factory=list)
    states: dict[str, Mapping[str, str]] = field(default_factory=dict)
    wrong: set[str] = field(default_factory=set)
    slots: list[tuple[str, str, int]] = field(default_factory=list)
    dropped: set[str] = field(default_factory=set)
    again: bool = False


def answer_all(
    service: Service,
    draft: Draft,
    form: Form,
    files: Mapping[str, Sequence[UploadedFile]] | None = None,
    *,
    final: bool = False,
    now: datetime,
    lang: str = "en",
) -> Screen:
    """Take everything that the screen holds; keep what holds.

    What was typed and does not hold is an error at once; what was left blank only when `final`.
    Call it OUTSIDE a transaction.
    """
    work = _Work(
        dict(draft.answers),
        dict(draft.look_ups),
        dict(draft.notes.get("failed") or {}),
        dict(draft.notes.get("search") or {}),
    )
    done: set[str] = set()
    for _round in range(len(service.pages) + 1):
        facts, way, work.look_ups, work.failed = settle(
            service, work.answers, work.look_ups, work.failed, now
        )
        pages = [page for page in pages_shown(service, way) if page.id not in done]
        if not pages:
            break
        before = dict(work.answers)
        for page in pages:
            done.add(page.id)
            if page.kind == "repeat":
                _read_rows(service, draft, page, form, files or {}, facts, now, lang, work, final)
            elif page.kind == "ask":
                _read_page(
                    service, draft, page, way, form, files or {}, facts, now, lang, work, final
                )
            if work.answers != before:
                break
    errors = list(work.errors)
    try:
        with transaction.atomic():
            for slot, _name, wanted in work.slots:
                hold(slot, draft.holder, now + reader.HELD, places=wanted, now=now)
            draft = _keep(draft, work, now)
    except SlotTaken:
        name = work.slots[0][1] if work.slots else ""
        errors.append(FieldError(name, reader.taken()))
        for key, question in service.questions.items():
            if question.type == "slot" and field_name(question, "") == name:
                work.answers.pop(key, None)
                work.dropped.add(key)
        draft = _keep(draft, work, now)
    facts, way = actions.way_of(service, draft, now)
    return Screen(
        draft,
        facts,
        way,
        tuple(errors),
        again=work.again,
        notes=work.states,
        form=form,
        wrong=frozenset(work.wrong),
    )


def _keep(draft: Draft, work: _Work, now: datetime) -> Draft:
    # All of it, changed or not: the screen holds every question, so what was sent last is the whole
    # truth, also when an older update of the same screen comes in at the same time.
    new = dict(work.answers)
    gone = tuple(name for name in draft.answers if name not in work.answers)
    return drafts.save(
        draft,
        now=now,
        answers=new,
        drop=gone,
        look_ups=work.look_ups,
        notes={"search": work.searches or None, "failed": work.failed or None},
    )


def pages_shown(service: Service, way: Walk) -> list[Page]:
    """Return the pages on the screen: those on the way, and those further on that always come.

    Pages that depend on an answer that is not there yet are left for the next update; after a
    stop there is nothing.
    """
    on_way = {step.id for step in way.steps}
    if way.stop is not None or way.next is None:
        return [step.page for step in way.steps]
    reached = False
    shown: list[Page] = []
    for page in service.pages:
        if page.id in on_way:
            shown.append(page)
            reached = reached or page.id == way.next.id
        elif reached and page.kind in {"ask", "repeat"} and page.when is None:
            shown.append(page)
    return shown


def _asked(service: Service, page: Page, way: Walk) -> tuple[str, ...]:
    step = way.step(page.id)
    if step is not None:
        return step.questions
    return tuple(name for name in page.questions if service.questions[name].when is None)


def _has(name: str, form: Form, files: Mapping[str, Any]) -> bool:
    return any(key == name or key.startswith(f"{name}-") for key in (*form, *files))


def _read_page(
    service: Service,
    draft: Draft,
    page: Page,
    way: Walk,
    form: Form,
    files: Mapping[str, Sequence[UploadedFile]],
    facts: Facts,
    now: datetime,
    lang: str,
    work: _Work,
    final: bool,
) -> None:
    for name in _asked(service, page, way):
        question = service.questions[name]
        key = field_name(question, "")
        if not _has(key, form, files) and not (final and name not in work.answers):
            continue
        given = reader.read(
            service, question, form, facts=facts, holder=draft.holder, now=now, lang=lang,
            uploads=[one for one in files.get(key, ()) if one.name],
            stored=work.answers.get(name), loose=not final,
        )  # fmt: skip
        _take(work, name, key, given, question.optional, final)


def _take(
    work: _Work, name: str, key: str, given: reader.Given, optional: bool, final: bool
) -> None:
    """Keep one answer, or note why not."""
    if given.note is not None:
        work.states[key] = given.note
        work.searches[key] = dict(given.note)
    else:
        work.searches.pop(key, None)
    if given.again:
        work.again = True
        work.answers.pop(name, None)
        if final:
            work.errors.append(FieldError(key, _("Choose the address from the list")))
            work.wrong.add(key)
    elif given.blank and not optional:
        work.answers.pop(name, None)
        if final:
            work.errors += given.errors
            work.wrong.add(key)
    elif given.errors:
        work.errors += given.errors
        work.wrong.add(key)
        work.answers.pop(name, None)
    else:
        work.answers[name] = given.value
        if given.slot:
            work.slots.append((given.slot, key, given.places))


def _read_rows(
    service: Service,
    draft: Draft,
    page: Page,
    form: Form,
    files: Mapping[str, Sequence[UploadedFile]],
    facts: Facts,
    now: datetime,
    lang: str,
    work: _Work,
    final: bool,
) -> None:
    stored = {row["_id"]: row for row in work.answers.get(page.id) or [] if row.get("_id")}
    rows: list[dict[str, Any]] = []
    seen = False
    for number in range(1, MOST_ROWS + 1):
        prefix = f"{page.id}-{number}-"
        if not any(key.startswith(prefix) for key in (*form, *files)):
            break
        seen = True
        row_id = (form.get(f"{prefix}_id") or [""])[0]
        row = dict(stored.get(row_id) or {"_id": row_id or f"{draft.holder[-6:]}{number:02d}"})
        if f"{prefix}remove" in form or _blank_row(prefix, form, files):
            continue
        for name in asked_in_row(service, page.id, row, facts):
            question = service.questions[name]
            key = field_name(question, prefix)
            if not _has(key, form, files):
                if final and question.field not in row and not question.optional:
                    work.errors.append(FieldError(key, _("Answer this")))
                    work.wrong.add(key)
                continue
            given = reader.read(
                service, question, form, facts=with_row(facts, page.id, row), holder=draft.holder,
                now=now, lang=lang, prefix=prefix, uploads=[one for one in files.get(key, ()) if one.name],
                stored=row.get(question.field), loose=not final,
            )  # fmt: skip
            holder: dict[str, Any] = {}
            one = _Work(holder, {}, {}, work.searches)
            _take(one, "value", key, given, question.optional, final)
            work.errors += one.errors
            work.wrong |= one.wrong
            work.states.update(one.states)
            if "value" in holder:
                row[question.field] = holder["value"]
            else:
                row.pop(question.field, None)
        rows.append(row)
    if not seen:
        return
    if rows:
        work.answers[page.id] = rows
        if final:
            work.errors += check_answer(service, page.id, rows, facts=facts, lang=lang)
    elif page.spec.optional:
        work.answers[page.id] = []
    else:
        work.answers.pop(page.id, None)
        if final:
            work.errors += check_answer(service, page.id, [], facts=facts, lang=lang)


def _blank_row(prefix: str, form: Form, files: Mapping[str, Any]) -> bool:
    return not any(
        any(value.strip() for value in values)
        for name, values in form.items()
        if name.startswith(prefix) and not name.endswith("_id")
    ) and not any(name.startswith(prefix) and sent for name, sent in files.items())


def whole_form(service: Service, screen: Screen, *, lang: str = "en") -> list[Block]:
    """Return the blocks of the screen, in order, for the macro `assisted_block`."""
    now = screen.facts.now or screen.draft.updated_at
    here = Sitting(service, screen.draft, now, lang)
    blocks: list[Block] = []
    for page in pages_shown(service, screen.way):
        title = screens.words_of(here, f"{page.path}.title", screen.facts)
        say = screens.words_of(here, f"{page.path}.say", screen.facts)
        if page.kind == "look_up":
            blocks.append(_look_up(screen, page, title, say))
        elif page.kind in {"show", "stop"}:
            blocks.append(Block(page.kind, title, say))
        elif page.kind == "repeat":
            blocks.append(_rows(here, screen, page, title, say))
        else:
            if title or say:
                blocks.append(Block("title", title, say))
            for name in _asked(service, page, screen.way):
                blocks.append(Block("question", field=_control(here, screen, name, "", None)))
    return blocks


def _control(
    here: Sitting, screen: Screen, name: str, prefix: str, row: Mapping[str, Any] | None
) -> Field:
    question = here.service.questions[name]
    key = field_name(question, prefix)
    searches: Mapping[str, Any] = screen.draft.notes.get("search") or {}
    stored = screen.draft.answers.get(name) if row is None else row.get(question.field)
    return screens.control(
        here, question, screen.facts,
        form=screen.form if key in screen.wrong else None,
        errors=screen.errors, note=screen.notes.get(key) or searches.get(key),
        prefix=prefix, stored=stored,
    )  # fmt: skip


def _look_up(screen: Screen, page: Page, title: str, say: str) -> Block:
    found = screen.draft.look_ups.get(page.id)
    values = tuple(
        (name.replace("_", " ").capitalize(), _said(value))
        for name, value in (found or {}).items()
        if not name.startswith("_")
    )
    name = title or page.id.replace("_", " ").capitalize()
    return Block("look_up", name, say if found is None else "", values=values, failed=found is None)


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    words = str(value if value is not None else "")
    if re.fullmatch(r"\d{4}-\d\d-\d\d", words):
        return day(words)
    return words.replace("_", " ")


def _rows(here: Sitting, screen: Screen, page: Page, title: str, say: str) -> Block:
    stored: list[Mapping[str, Any]] = list(screen.draft.answers.get(page.id) or [])
    most = limits_of(here.service, page.id, screen.facts).get("at_most")
    shown: list[Mapping[str, Any]] = [*stored]
    if most is None or len(stored) < most:
        shown.append({})
    rows = []
    for number, row in enumerate(shown, 1):
        prefix = f"{page.id}-{number}-"
        rows.append(
            {
                "number": number,
                "prefix": prefix,
                "id": row.get("_id", ""),
                "words": row_label(here.service, page.id, row, here.lang) if row else "",
                "fields": [
                    _control(here, screen, name, prefix, row)
                    for name in asked_in_row(here.service, page.id, row, screen.facts)
                ],
            }
        )
    one = screens.words_of(here, f"{page.path}.one", screen.facts) or page.spec.one
    return Block("repeat", title, say, rows=tuple(rows), values=(("one", one),))


def submit(
    service: Service,
    draft: Draft,
    *,
    key: str = "",
    actor: Actor,
    minutes: int | None = None,
    contact: ContactDetails | None = None,
    now: datetime,
) -> Case | None:
    """Make the case of an assisted contact; None when the chosen time has gone (choose again).

    The contact's channel and start are the draft's. Raises NotComplete, NotAllowed and Invalid.
    """
    try:
        return actions.submit(
            service, draft, key, now, actor=actor, contact=contact, minutes=minutes
        )
    except SlotTaken:
        gone = tuple(
            name for name, question in service.questions.items() if question.type == "slot"
        )
        drafts.save(draft, now=now, drop=gone, notes={"say": reader.taken()})
        return None


def abandon(draft: Draft, *, now: datetime) -> None:
    """End a contact without a case: drop the answers, the uploads and the time that is held."""
    measures.count("journey.abandoned", service=draft.service_id, channel=draft.channel)
    actions.start_again(draft, now=now)
