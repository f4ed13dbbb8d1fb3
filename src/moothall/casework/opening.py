"""Opening a case: everything that belongs to it, in one transaction, once for each key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from moothall import language as rules
from moothall.casework import answers as answer_fields
from moothall.casework import (
    booking,
    contacting,
    demand,
    passing,
    repeats,
    searching,
    steps,
    summaries,
)
from moothall.casework.errors import NotAllowed, NotComplete
from moothall.casework.events import Kind
from moothall.casework.facts import facts_for, file_questions
from moothall.casework.ledger import Writing
from moothall.casework.models import UNPAID, Case
from moothall.casework.references import new_reference
from moothall.casework.types import NO_CONTACT, ContactDetails
from moothall.files import actions as files
from moothall.language import Facts, Fee, Service
from moothall.packs import queries as packs
from moothall.people import queries as people
from moothall.people.actor import Actor

TRIES = 4


@dataclass(frozen=True)
class Opening:
    """What is decided before anything is written."""

    service: Service
    answers: Mapping[str, Any]
    look_ups: Mapping[str, Mapping[str, Any] | None]
    channel: str
    actor: Actor
    key: str
    contact: ContactDetails
    language: str
    fee: Fee | None
    held_by: str
    follows: int | None
    handed_from: str
    handed_why: str
    now: datetime

    @property
    def unpaid(self) -> bool:
        """Whether the case must wait for its fee."""
        return self.fee is not None and self.fee.taken == "before" and self.fee.pence > 0


def open_case(
    *,
    service: Service | str,
    answers: Mapping[str, Any],
    look_ups: Mapping[str, Mapping[str, Any] | None],
    channel: str,
    actor: Actor,
    key: str,
    contact: ContactDetails = NO_CONTACT,
    language: str = "en",
    started_at: datetime | None = None,
    minutes: int | None = None,
    held_by: str = "",
    follows: str = "",
    handed_from: str = "",
    handed_why: str = "",
    now: datetime | None = None,
) -> Case:
    """Open a case and everything that goes with it, in one transaction; the same `key` is the same case.

    Writes case, events, contact, promise, messages to send, adopted files, booked slot and search
    document together. Answers that are no longer on the route are left out. A service whose fee is
    taken before it starts opens in state `unpaid`: its clock and its "starts" messages wait for the
    payment. `started_at` is when the contact began (minutes are worked out from it when not given);
    `held_by` is who holds the slot and the files now (the draft's token); `follows` is the reference
    of the case that this one renews or escalates. `handed_from` is the reference of a case that goes on
    as this one, for the reason `handed_why`: it ends in the same transaction, and its applicant is told
    once (see `casework.handing`).

    Raises NotComplete (a page is unanswered or stops), NotAllowed (channel, audience, sign-in),
    and `slots.SlotTaken`.
    """
    now = now or timezone.now()
    known = Case.objects.filter(key=key).first()
    if known is not None:
        return known
    opening = _decide(
        service=_service(service),
        answers=answers,
        look_ups=look_ups,
        channel=channel,
        actor=actor,
        key=key,
        contact=contact,
        language=language,
        held_by=held_by,
        follows=follows,
        handed_from=handed_from,
        handed_why=handed_why,
        now=now,
    )
    if minutes is None and started_at is not None:
        minutes = max(0, round((now - started_at).total_seconds() / 60))
    for _ in range(TRIES):
        try:
            with transaction.atomic():
                known = Case.objects.filter(key=key).first()
                return known if known is not None else _write(opening, minutes)
        except IntegrityError:
            # Somebody opened it with the same key just now, or the new reference was taken.
            known = Case.objects.filter(key=key).first()
            if known is not None:
                return known
    raise RuntimeError(f"No free reference was found in {TRIES} tries.")


def _service(service: Service | str) -> Service:
    if not isinstance(service, str):
        return service
    found = packs.service(service)
    if found is None:
        raise NotAllowed(f"The council does not offer a service called {service}.")
    return found


def _decide(
    *,
    service: Service,
    answers: Mapping[str, Any],
    look_ups: Mapping[str, Mapping[str, Any] | None],
    channel: str,
    actor: Actor,
    key: str,
    contact: ContactDetails,
    language: str,
    held_by: str,
    follows: str,
    handed_from: str,
    handed_why: str,
    now: datetime,
) -> Opening:
    _check_way_in(service, channel, actor)
    facts = facts_for(service, answers, look_ups, now=now)
    way = rules.walk(service, facts, skip_optional=True)
    if way.stop is not None:
        raise NotComplete(way.stop.id, way.stop.page.title or "These answers end at a stop page.")
    if not way.complete:
        step = way.next.id if way.next else ""
        raise NotComplete(
            step, "One of the questions has not been answered. Go back and answer it."
        )
    kept = rules.on_route(service, facts)
    facts = replace(facts, answers=kept)
    fee = rules.fee(service, facts)
    if fee is not None and fee.taken == "before" and not fee.known:
        raise NotComplete("", "The fee cannot be worked out from these answers.")
    before = (
        Case.objects.filter(reference=follows).values_list("pk", flat=True).first()
        if follows
        else None
    )
    return Opening(
        service=service,
        answers=kept,
        look_ups=dict(look_ups),
        channel=channel,
        actor=actor,
        key=key,
        contact=_contact(service, facts, contact),
        language=language if language in service.languages else "en",
        fee=fee,
        held_by=held_by,
        follows=before,
        handed_from=handed_from,
        handed_why=handed_why,
        now=now,
    )


def _check_way_in(service: Service, channel: str, actor: Actor) -> None:
    asked_for = "desk" if channel == "email" else channel
    if asked_for not in service.channels:
        raise NotAllowed(f"{service.name} cannot be used by {channel}.")
    stranger = actor.kind in {"anonymous", "applicant"} and actor.user_id is None
    if stranger and service.sign_in == "required":
        raise NotAllowed(f"Sign in to use {service.name}.")
    if service.audience != "public" and actor.kind not in {"staff", "system"}:
        raise NotAllowed(f"{service.name} is for staff.")


def _contact(service: Service, facts: Facts, given: ContactDetails) -> ContactDetails:
    found = rules.contact_details(service, facts)
    return ContactDetails(
        name=(given.name or found.name)[:200],
        email=(given.email or found.email).strip().lower()[:254],
        phone=(given.phone or found.phone)[:40],
        postcode=(given.postcode or found.postcode).upper().replace(" ", "")[:10],
    )


def _write(opening: Opening, minutes: int | None) -> Case:
    service, now = opening.service, opening.now
    source = passing.source_of(opening.handed_from, opening.actor) if opening.handed_from else None
    case = Case(
        reference=new_reference(packs.council().reference_prefix),
        key=opening.key,
        channel=opening.channel,
        last_event_at=now,
    )
    actor = opening.actor
    writing = Writing(case, actor=actor, channel=opening.channel, now=now)
    opened = _opened(opening, source)
    writing.add(Kind.OPENED, opened)
    writing.add(
        Kind.ANSWERED,
        {
            **answer_fields.flatten(opening.answers),
            **{f"{answer_fields.LOOK_UPS}{name}": v for name, v in opening.look_ups.items()},
        },
    )
    adopt_files(case, service, opening.answers, held_by=opening.held_by, now=now)
    if opening.unpaid:
        booking.hold(case, service, opening.answers, held_by=opening.held_by, now=now)
    else:
        if opening.fee is not None and opening.fee.taken == "before" and opening.fee.waived:
            writing.add(Kind.FEE_WAIVED, {"pence": opening.fee.pence})
        booking.note(writing, booking.take(case, service, held_by=opening.held_by, now=now))
        before = passing.told(source, case, service) if source is not None else ""
        steps.start(writing, service, before=before)
    if source is not None:
        passing.tell_if_untold(writing, source, service)
    writing.save()
    if source is not None:
        passing.went_on(source, case, service, opening.handed_why, actor=actor, now=now)
    else:
        contacting.record_contact(
            channel=opening.channel,
            service_id=service.id,
            outcome=demand.ASKED_AGAIN if opened["repeat_of"] else "filed",
            minutes=minutes,
            adviser=actor.user_id if actor.is_staff else None,
            case=case,
            at=now,
        )
    searching.index(case, service)
    return case


def _opened(opening: Opening, source: Case | None) -> dict[str, Any]:
    service, contact = opening.service, opening.contact
    applicant = opening.actor.user_id if opening.actor.kind == "applicant" else None
    if source is not None:
        applicant = source.applicant_id
    teams = people.teams_playing(service.owner)
    fields: dict[str, Any] = {
        "service": service.id,
        "version": service.version,
        "definition": service.sha256,
        "language": opening.language,
        "state": UNPAID if opening.unpaid else service.case.starts,
        "team": teams[0].slug if teams else "",
        "applicant": applicant,
        "follows": opening.follows,
        "contact.name": contact.name,
        "contact.email": contact.email,
        "contact.phone": contact.phone,
        "contact.postcode": contact.postcode,
        **summaries.projected(service, opening.answers),
    }
    earlier = ("", "")
    if opening.follows is None and source is None:
        earlier = repeats.repeat_of(
            service, opening.answers, fields, contact, applicant, now=opening.now
        )
    fields["repeat_of"], fields["repeat_kind"] = earlier
    if source is not None:
        fields |= {"handed_from": source.reference, "restricted": source.restricted}
    if opening.fee is not None and opening.fee.taken == "before" and not opening.fee.waived:
        fields["fee"] = opening.fee.pence
    if opening.unpaid and opening.fee is not None:
        unit, amount = opening.fee.abandoned_after
        fields["pay_by"] = (opening.now + after(unit, amount)).isoformat()
    return fields


def after(unit: str, amount: int) -> timedelta:
    """A duration of the service file as time that passes; working time counts as a little more."""
    hours = {
        "hours": 1,
        "days": 24,
        "working_hours": 3,
        "working_days": 36,
        "weeks": 168,
        "months": 744,
    }
    return timedelta(hours=hours.get(unit, 24) * amount)


def adopt_files(
    case: Case,
    service: Service,
    answers: Mapping[str, Any],
    *,
    held_by: str,
    now: datetime,
) -> None:
    """Give the files among `answers` to the case. Raises files.FileRefused when one is missing."""
    ids = [str(one["id"]) for one in answer_fields.files_in(answers, file_questions(service))]
    if ids:
        files.adopt(ids, owner=case.reference, from_owner=held_by or case.reference, now=now)
