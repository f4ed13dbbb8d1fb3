"""Things that change a form on its way, and the one that makes a case of it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from moothall import measures
from moothall.casework import actions as casework
from moothall.casework.models import Case
from moothall.casework.types import ContactDetails
from moothall.files.actions import discard
from moothall.journeys import answers as reader
from moothall.journeys import drafts
from moothall.journeys.facts import facts_of, settle
from moothall.journeys.fields import Form, field_name
from moothall.journeys.models import AFTER, Draft
from moothall.journeys.rows import asked_in_row, row_label, with_row
from moothall.language import (
    Facts,
    FieldError,
    Question,
    Service,
    Walk,
    check_answer,
    contact_details,
    display,
    on_route,
)
from moothall.notify.actions import queue
from moothall.people.actor import Actor, applicant
from moothall.slots.actions import SlotTaken, cancel, hold


@dataclass
class Outcome:
    """What came of a form that was sent: the draft as it is now, what is wrong, where to go."""

    draft: Draft
    facts: Facts
    way: Walk
    errors: tuple[FieldError, ...] = ()
    again: bool = False
    notes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Per question name: the state in which its control must be shown with the errors."""
    row: str = ""
    """The id of the repeat's row that was saved and needs more, if any."""

    @property
    def stop(self) -> Any:
        """The page that ends the form, if the answers have reached one."""
        return self.way.stop

    @property
    def complete(self) -> bool:
        """Whether everything is answered."""
        return self.way.complete


def begin(
    service: Service,
    channel: str = "online",
    user: Any = None,
    *,
    language: str = "en",
    adviser: Any = None,
    started_at: datetime | None = None,
    now: datetime,
    suggest: Mapping[str, Any] | None = None,
    follows: str = "",
) -> Draft:
    """Return a new draft that is not stored yet: the first answer stores it.

    `user` is the resident (None when not signed in), `adviser` whoever fills it in for them,
    `started_at` when their contact began.
    """
    draft = Draft.new(
        service_id=service.id,
        definition_sha=service.sha256,
        now=started_at or now,
        language=language,
        channel=channel,
        user=user if user is not None and user.is_authenticated else None,
        adviser=adviser,
        follows=follows,
    )
    draft.updated_at = now
    if suggest:
        draft.notes = {"suggest": dict(suggest)}
    return draft


def way_of(
    service: Service, draft: Draft, now: datetime, base: Facts | None = None
) -> tuple[Facts, Walk]:
    """Return facts and way of a draft, running look-ups it has come to (and keeping their results).

    `base`: facts of the same service and moment, to spare asking for the calendar again.
    Call it OUTSIDE a transaction.
    """
    failed = draft.notes.get("failed") or {}
    facts, way, found, lost = settle(service, draft.answers, draft.look_ups, failed, now, base)
    if found != draft.look_ups or lost != failed:
        if draft.pk:
            kept = drafts.save(draft, now=now, look_ups=found, notes={"failed": lost or None})
            draft.revision = kept.revision
        draft.look_ups = found
        draft.notes = {**draft.notes, "failed": lost}
    return facts, way


def bring_up_to_date(service: Service, draft: Draft, now: datetime) -> Draft:
    """Move a draft to the definition that the council offers now, keeping every answer that holds."""
    facts = facts_of(service, draft.answers, draft.look_ups, now)
    kept, lost = drafts.reconcile(draft, service, facts)
    say = _("We have changed this form since you started. Please check your answers.")
    if not draft.pk:
        draft.answers, draft.definition_sha = kept, service.sha256
        return draft
    return drafts.save(
        draft,
        now=now,
        drop=lost,
        look_ups={},
        notes={"say": say, "failed": None},
        definition_sha=service.sha256,
    )


def answer(
    service: Service,
    draft: Draft,
    step: Any,
    form: Form,
    files: Mapping[str, Sequence[UploadedFile]] | None = None,
    *,
    now: datetime,
    lang: str = "en",
    revision: int | None = None,
    base: Facts | None = None,
) -> Outcome:
    """Take the answers of one page (not a repeat). Nothing is stored unless all of them hold.

    `revision` is that of the page which was filled in: if another tab has answered since, the
    later answer stands and the person is told what it was before. `base`: facts of the same moment,
    if the caller has them. Call it OUTSIDE a transaction.
    """
    facts = facts_of(service, draft.answers, draft.look_ups, now, base)
    good: dict[str, Any] = {}
    errors: list[FieldError] = []
    states: dict[str, Mapping[str, str]] = {}
    hold_slots: list[tuple[str, str]] = []
    again = False
    for name in step.questions:
        question = service.questions[name]
        given = _read(service, draft, question, form, files or {}, facts, now, lang)
        errors += given.errors
        if given.note is not None:
            states[field_name(question, "")] = given.note
        if given.errors:
            if given.new_files:
                discard(given.new_files, owner=draft.holder)
            continue
        if given.again:
            again = True
            continue
        good[name] = given.value
        if given.slot:
            hold_slots.append((given.slot, field_name(question, "")))
    if errors:
        _count(service, draft, step.id, "error")
        facts, way = way_of(service, draft, now, facts)
        return Outcome(draft, facts, way, tuple(errors), notes=states)
    searches = {**(draft.notes.get("search") or {}), **states}
    for name in good:
        searches.pop(field_name(service.questions[name], ""), None)
    told = _overtaken(service, draft, good, revision, lang)
    proposed = {**draft.answers, **good}
    facts, way, found, lost = settle(
        service, proposed, draft.look_ups, draft.notes.get("failed") or {}, now, facts
    )
    first = draft.pk is None
    try:
        with transaction.atomic() if hold_slots else nullcontext():
            for slot, _field in hold_slots:
                hold(slot, draft.holder, now + reader.HELD, now=now)
            draft = drafts.save(
                draft,
                now=now,
                answers=good,
                look_ups=found,
                notes={"search": searches, "failed": lost, **({"say": told} if told else {})},
            )
    except SlotTaken:
        _count(service, draft, step.id, "error")
        wrong = FieldError(hold_slots[0][1] if hold_slots else "", reader.taken())
        facts, way = way_of(service, draft, now, facts)
        return Outcome(draft, facts, way, (wrong,), notes=states)
    if first:
        measures.count("journey.started", service=service.id, channel=draft.channel)
    if not again:
        _count(service, draft, step.id, "answered")
    if draft.answers != proposed:  # another tab was quicker: decide by what is stored
        facts, way = way_of(service, draft, now, facts)
    else:
        facts = facts_of(service, draft.answers, draft.look_ups, now, facts)
    return Outcome(draft, facts, way, again=again, notes=states)


def _read(
    service: Service,
    draft: Draft,
    question: Question,
    form: Form,
    files: Mapping[str, Sequence[UploadedFile]],
    facts: Facts,
    now: datetime,
    lang: str,
    prefix: str = "",
    stored: Any = None,
) -> reader.Given:
    name = field_name(question, prefix)
    return reader.read(
        service,
        question,
        form,
        facts=facts,
        holder=draft.holder,
        now=now,
        lang=lang,
        prefix=prefix,
        uploads=[one for one in files.get(name, ()) if one.name],
        stored=draft.answers.get(question.id) if not prefix else stored,
    )


def _overtaken(
    service: Service, draft: Draft, good: Mapping[str, Any], revision: int | None, lang: str
) -> str:
    """Return what to tell somebody whose other tab had answered differently in the meantime."""
    if revision is None or draft.pk is None:
        return ""
    lines = []
    for name, value in good.items():
        before = draft.answers.get(name)
        if (
            name in draft.answers
            and before != value
            and drafts.changed_since(draft, name, revision)
        ):
            label = service.text(f"{service.questions[name].path}.label", lang)
            lines.append(
                _(
                    "You had answered “%(question)s” in another tab or window with: %(before)s. "
                    "We have kept your latest answer: %(after)s."
                )
                % {
                    "question": label,
                    "before": display(service, name, before, lang) or _("nothing"),
                    "after": display(service, name, value, lang) or _("nothing"),
                }
            )
    return " ".join(lines)


def _count(service: Service, draft: Draft, step: str, outcome: str) -> None:
    measures.count(
        "journey.step", service=service.id, step=step, outcome=outcome, channel=draft.channel
    )
    if outcome == "error":
        measures.count("journey.error", service=service.id, step=step, channel=draft.channel)


def remove_file(
    service: Service, draft: Draft, question: Question, file_id: str, *, now: datetime
) -> Draft:
    """Take one upload back out of an answer."""
    kept = [one for one in draft.answers.get(question.id) or [] if one.get("id") != file_id]
    with transaction.atomic():
        if kept:
            saved = drafts.save(draft, now=now, answers={question.id: kept})
        else:
            saved = drafts.save(draft, now=now, drop=(question.id,))
        if any(one.get("id") == file_id for one in draft.answers.get(question.id) or []):
            discard([file_id], owner=draft.holder)
    return saved


# ---- Repeats ----


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
    errors: list[FieldError] = []
    states: dict[str, Mapping[str, str]] = {}
    again = False
    new_files: list[str] = []
    asked = asked_in_row(service, step.id, known, facts)
    shown = [
        name for name in asked if _was_shown(service.questions[name], prefix, form, files or {})
    ]
    for name in shown or asked:
        question = service.questions[name]
        given = _read(
            service, draft, question, form, files or {}, with_row(facts, step.id, known), now,
            lang, prefix, known.get(question.field),
        )  # fmt: skip
        errors += given.errors
        new_files += given.new_files
        if given.note is not None:
            states[field_name(question, prefix)] = given.note
        if given.again:
            again = True
        elif not given.errors:
            known[question.field] = given.value
    if errors:
        if new_files:
            discard(new_files, owner=draft.holder)
        _count(service, draft, step.id, "error")
        facts, way = way_of(service, draft, now, facts)
        return Outcome(draft, facts, way, tuple(errors), notes=states)
    still = [
        name
        for name in asked_in_row(service, step.id, known, facts)
        if service.questions[name].field not in known
    ]
    draft = _keep_row(draft, step.id, known, now, {"search": states})
    facts, way = way_of(service, draft, now, facts)
    needs_more = bool(still) or again
    if not needs_more:
        _count(service, draft, step.id, "answered")
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
        _count(service, draft, step.id, "answered")
    return Outcome(draft, facts, way, errors)


# ---- Keeping, and sending in ----


def save_for_later(
    service: Service, draft: Draft, email: str, *, link: str, now: datetime
) -> Draft:
    """Keep a form for 28 days and email the way back to it. `link` is the whole address.

    The message and the draft are written in one transaction.
    """
    name = service.text("name", draft.language) or service.name
    with transaction.atomic():
        draft = drafts.save(draft, now=now, email=email)
        queue(
            to=email,
            means="email",
            subject=_("Your form: %(name)s") % {"name": name},
            body=_(
                "You asked us to keep your answers to “%(name)s”.\n\n"
                "To carry on, open this link:\n%(link)s\n\n"
                "It works for 28 days. Do not pass it on: whoever opens it can see your answers."
            )
            % {"name": name, "link": link},
            language=draft.language,
            key=f"resume-{draft.pk}-{draft.revision}",
            now=now,
        )
    measures.count("journey.saved", service=service.id, channel=draft.channel)
    return draft


def key_of(draft: Draft) -> str:
    """Return the idempotency key of a draft: however often it is sent, it is one case."""
    return f"draft:{draft.holder}"


def contact_of(service: Service, facts: Facts, user: Any = None) -> ContactDetails:
    """Return how to reach the person, from the answers, else from their account."""
    found = contact_details(service, facts)
    return ContactDetails(
        name=found.name or (getattr(user, "name", "") or ""),
        email=found.email or (getattr(user, "email", "") or ""),
        phone=found.phone,
        postcode=found.postcode,
    )


def submit(
    service: Service,
    draft: Draft,
    key: str = "",
    now: datetime | None = None,
    *,
    actor: Actor | None = None,
    contact: ContactDetails | None = None,
    channel: str = "",
    minutes: int | None = None,
) -> Case:
    """Make the case. Sending the same draft again gives the same case.

    The draft and the case are written in one transaction, so an acknowledged answer is a case.
    `key` is what the page sent; the draft's own is what counts. Raises NotComplete, NotAllowed,
    Invalid (casework) and SlotTaken.
    """
    from django.utils import timezone

    now = now or timezone.now()
    if draft.case is not None:
        return draft.case
    facts, _way = way_of(service, draft, now)
    details = contact or contact_of(service, facts, draft.user)
    with transaction.atomic():
        latest = Draft.objects.select_for_update().select_related("case").get(pk=draft.pk)
        if latest.case is not None:
            return latest.case
        case = casework.open_case(
            service=service,
            answers=on_route(service, facts),
            look_ups=_plain(draft.look_ups),
            channel=channel or draft.channel,
            actor=actor or applicant(draft.user, details.name or "The applicant"),
            key=key_of(draft),
            contact=details,
            language=draft.language,
            started_at=draft.started_at,
            minutes=minutes,
            held_by=draft.holder,
            follows=draft.follows,
            now=now,
        )
        latest.case = case
        latest.submitted_at = now
        latest.answers = {}
        latest.look_ups = {}
        latest.notes = {}
        latest.email = ""
        latest.expires_at = now + AFTER
        latest.save()
    draft.case = case
    measures.count("journey.completed", service=service.id, channel=channel or draft.channel)
    return case


def _plain(look_ups: Mapping[str, Any]) -> dict[str, Any]:
    return dict(look_ups)


def start_again(draft: Draft, *, now: datetime) -> None:
    """Throw a form away, with its uploads and the time it holds."""
    from moothall.files.queries import files_of

    with transaction.atomic():
        files = [file.public_id for file in files_of(draft.holder)]
        if files:
            discard(files, owner=draft.holder)
        cancel(draft.holder)
        Draft.objects.filter(pk=draft.pk, submitted_at=None).delete()


def forget_failure(draft: Draft, look_up: str, *, now: datetime) -> None:
    """Have a look-up that failed tried again."""
    if draft.pk:
        kept = {name: value for name, value in draft.look_ups.items() if name != look_up}
        failed = {
            name: value
            for name, value in (draft.notes.get("failed") or {}).items()
            if name != look_up
        }
        drafts.save(draft, now=now, look_ups=kept, notes={"failed": failed or None})
