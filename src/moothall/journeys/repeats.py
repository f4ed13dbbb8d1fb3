"""Several of a thing: one row of answers at a time, from one tab or more."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from moothall.files.actions import discard
from moothall.journeys import drafts
from moothall.journeys.actions import Outcome, count_step, read_one, way_of
from moothall.journeys.facts import facts_of
from moothall.journeys.fields import Form, field_name
from moothall.journeys.models import Draft
from moothall.journeys.rows import asked_in_row, row_label, with_row
from moothall.language import FieldError, Question, Service, check_answer


def answer_row(
    service: Service,
    draft: Draft,
    step: Any,
    form: Form,
    number: int,
    files: Mapping[str, Sequence[UploadedFile]] | None = None,
    *,
    now: datetime,
    lang: str = "en",
) -> Outcome:
    """Take one row of a repeat (`number` from 1). A row with an id changes that row, else adds one.

    When its answers make further questions needed, the row is kept and asked for again.
    """
    prefix = f"{step.id}-{number}-"
    rows = [dict(row) for row in draft.answers.get(step.id) or []]
    row_id = (form.get(f"{prefix}_id") or [""])[0]
    row = next((one for one in rows if row_id and one.get("_id") == row_id), None)
    known = dict(row) if row is not None else {"_id": row_id or secrets.token_hex(6)}
    facts = facts_of(service, draft.answers, draft.look_ups, now)
    wrong: dict[str, tuple[FieldError, ...]] = {}
    states: dict[str, Mapping[str, str]] = {}
    again = False
    new_files: list[str] = []
    asked = asked_in_row(service, step.id, known, facts)
    shown = [
        name for name in asked if _was_shown(service.questions[name], prefix, form, files or {})
    ]
    for name in shown or asked:
        question = service.questions[name]
        given = read_one(
            service, draft, question, form, files or {}, with_row(facts, step.id, known), now,
            lang, prefix, known.get(question.field),
        )  # fmt: skip
        wrong[name] = given.errors
        new_files += given.new_files
        if given.note is not None:
            states[field_name(question, prefix)] = given.note
        if given.again:
            again = True
        elif not given.errors:
            known[question.field] = given.value
    # What an answer on this very page has made needless is neither missing nor kept.
    needed = set(asked_in_row(service, step.id, known, facts))
    for name in set(wrong) - needed:
        known.pop(service.questions[name].field, None)
    errors = [one for name, found in wrong.items() if name in needed for one in found]
    if errors:
        if new_files:
            discard(new_files, owner=draft.holder)
        count_step(service, draft, step.id, "error")
        facts, way = way_of(service, draft, now, facts)
        return Outcome(draft, facts, way, tuple(errors), notes=states)
    still = [name for name in needed if service.questions[name].field not in known]
    draft = _keep_row(draft, step.id, known, now, {"search": states})
    facts, way = way_of(service, draft, now, facts)
    needs_more = bool(still) or again
    if not needs_more:
        count_step(service, draft, step.id, "answered")
    return Outcome(draft, facts, way, again=needs_more, notes=states, row=str(known["_id"]))


def _was_shown(question: Question, prefix: str, form: Form, files: Mapping[str, Any]) -> bool:
    name = field_name(question, prefix)
    return any(key == name or key.startswith(f"{name}-") for key in (*form, *files))


def _keep_row(
    draft: Draft, repeat: str, row: Mapping[str, Any], now: datetime, notes: Mapping[str, Any]
) -> Draft:
    """Lay one row over the rows that are stored now, whoever stored them."""
    with transaction.atomic():
        latest = Draft.objects.select_for_update().filter(pk=draft.pk).first() if draft.pk else None
        rows = list(((latest or draft).answers.get(repeat)) or [])
        at = next((n for n, one in enumerate(rows) if one.get("_id") == row["_id"]), None)
        if at is None:
            rows.append(dict(row))
        else:
            rows[at] = dict(row)
        return drafts.save(draft, now=now, answers={repeat: rows}, notes=notes)


def remove_row(
    service: Service, draft: Draft, repeat: str, row_id: str, *, now: datetime
) -> tuple[Draft, str]:
    """Take one row out of a repeat; return the draft and what the row was, in words."""
    with transaction.atomic():
        latest = Draft.objects.select_for_update().filter(pk=draft.pk).first() or draft
        rows = list(latest.answers.get(repeat) or [])
        gone = next((one for one in rows if one.get("_id") == row_id), None)
        rows = [one for one in rows if one.get("_id") != row_id]
        saved = (
            drafts.save(draft, now=now, answers={repeat: rows})
            if rows
            else drafts.save(draft, now=now, drop=(repeat,))
        )
    return saved, row_label(service, repeat, gone or {}, draft.language)


def close_repeat(
    service: Service, draft: Draft, step: Any, form: Form, *, now: datetime, lang: str = "en"
) -> Outcome:
    """Take the answer to "another?" (`<id>-another`): `again` says that they want to add one."""
    facts = facts_of(service, draft.answers, draft.look_ups, now)
    another = (form.get(f"{step.id}-another") or [""])[0]
    rows = draft.answers.get(step.id) or []
    if another == "yes":
        facts, way = way_of(service, draft, now, facts)
        return Outcome(draft, facts, way, again=True)
    errors = tuple(check_answer(service, step.id, rows, facts=facts, lang=lang))
    if not errors and another != "no" and f"{step.id}-full" not in form:
        errors = (FieldError(f"{step.id}-another", _("Select yes if you need to add another")),)
    if not errors and not rows:
        draft = drafts.save(draft, now=now, answers={step.id: []})
    facts, way = way_of(service, draft, now, facts)
    if not errors:
        count_step(service, draft, step.id, "answered")
    return Outcome(draft, facts, way, errors)
