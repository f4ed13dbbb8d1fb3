"""Things that change a form on its way, and the one that makes a case of it."""

from __future__ import annotations

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
from moothall.journeys import drafts, new_version
from moothall.journeys.changes import reconcile
from moothall.journeys.facts import facts_of, settle
from moothall.journeys.fields import Form, field_name
from moothall.journeys.models import AFTER, Draft
from moothall.language import (
    Facts,
    FieldError,
    Question,
    Service,
    Walk,
    contact_details,
    display,
    on_route,
)
from moothall.notify.actions import queue
from moothall.people.actor import Actor, applicant
from moothall.slots.actions import SlotTaken, cancel, hold

MOST_LINKS = 5
"""How many emails with a link one form may send."""


class TooManyLinks(Exception):
    """This form has sent its link too often."""


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
    """Move a draft to the definition that the council offers now, keeping every answer that holds.

    What the person must look at is kept in the draft (`new_version`) until the form is sent; a change
    that touches nothing of theirs passes without a word. Uploads and held times stay; the time held for
    a question that is gone is given back. Call it OUTSIDE a transaction.
    """
    old = drafts.definition_of(draft, service)
    look_ups = {
        name: found
        for name, found in draft.look_ups.items()
        if (page := service.page(name)) is not None
        and (was := old.page(name)) is not None
        and page.spec == was.spec
    }
    result = reconcile(
        old,
        service,
        draft.answers,
        facts_of(service, {}, look_ups, now),
        facts_of(old, {}, draft.look_ups, now),
    )
    if not draft.pk:
        draft.answers, draft.definition_sha = dict(result.kept), service.sha256
        return draft
    gone = tuple(name for name in draft.answers if name not in result.kept)
    turned = {
        name: value for name, value in result.kept.items() if draft.answers.get(name) != value
    }
    notes: dict[str, Any] = {"failed": None, "search": None}
    if result.worth_telling and draft.answers:
        notes["new_version"] = new_version.note(draft, old, result)
    with transaction.atomic():
        saved = drafts.save(
            draft,
            now=now,
            answers=turned or None,
            drop=gone,
            look_ups=look_ups,
            notes=notes,
            definition_sha=service.sha256,
        )
        slots = [q.id for q in service.questions.values() if q.type == "slot"]
        if not any(saved.answers.get(name) for name in slots):
            cancel(draft.holder)
    measures.count("journey.new_version", service=service.id, channel=draft.channel)
    return saved


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
    hold_slots: list[tuple[str, str, int]] = []
    again = False
    for name in step.questions:
        question = service.questions[name]
        given = read_one(service, draft, question, form, files or {}, facts, now, lang)
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
            hold_slots.append((given.slot, field_name(question, ""), given.places))
    if errors:
        count_step(service, draft, step.id, "error")
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
            for slot, _field, wanted in hold_slots:
                hold(slot, draft.holder, now + reader.HELD, places=wanted, now=now)
            draft = drafts.save(
                draft,
                now=now,
                answers=good,
                look_ups=found,
                notes={"search": searches, "failed": lost, **({"say": told} if told else {})},
            )
    except SlotTaken:
        count_step(service, draft, step.id, "error")
        wrong = FieldError(hold_slots[0][1] if hold_slots else "", reader.taken())
        facts, way = way_of(service, draft, now, facts)
        return Outcome(draft, facts, way, (wrong,), notes=states)
    if first:
        measures.count("journey.started", service=service.id, channel=draft.channel)
    if not again:
        count_step(service, draft, step.id, "answered")
    if draft.answers != proposed:  # another tab was quicker: decide by what is stored
        facts, way = way_of(service, draft, now, facts)
    else:
        facts = facts_of(service, draft.answers, draft.look_ups, now, facts)
    return Outcome(draft, facts, way, again=again, notes=states)


def read_one(
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
    """Read one question of a form that belongs to a draft; `stored` is a row's answer so far."""
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


def count_step(service: Service, draft: Draft, step: str, outcome: str) -> None:
    """Count what became of a page: answered, error. Holds nothing about the person."""
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


def save_for_later(
    service: Service, draft: Draft, email: str, *, link: str, now: datetime
) -> Draft:
    """Keep a form for 28 days and email the way back to it. `link` is the whole address.

    The message and the draft are written in one transaction. Raises TooManyLinks when this form has
    been sent more than MOST_LINKS times: nobody may use us to fill a stranger's inbox.
    """
    sent = int(draft.notes.get("links") or 0)
    if sent >= MOST_LINKS:
        raise TooManyLinks
    name = service.text("name", draft.language) or service.name
    with transaction.atomic():
        draft = drafts.save(draft, now=now, email=email, notes={"links": sent + 1})
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
        latest = Draft.objects.select_for_update().get(pk=draft.pk)
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
            handed_from=str(draft.notes.get("handed_from") or ""),
            handed_why=str(draft.notes.get("handed_why") or ""),
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
