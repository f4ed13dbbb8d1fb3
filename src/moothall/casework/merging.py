"""Duplicates: a case that is joined to another one, goes on following it, and can be taken out again.

The duplicate ends as `merged`. Its applicant keeps their reference: the tracking page shows the public
state of the main case and nothing else of it, and the messages of the service file that are sent about
the main case go to them too, said from their own answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from moothall import outbox
from moothall.casework import (
    booking,
    messages,
    money,
    permissions,
    reading,
    searching,
    timelines,
    words,
)
from moothall.casework.errors import CaseworkError, Invalid, Missing, NotAllowed, NotFound
from moothall.casework.events import Kind
from moothall.casework.facts import facts_of, service_of
from moothall.casework.ledger import Writing, check_expected, locked_all
from moothall.casework.models import MERGED, OURS, Case, Event
from moothall.casework.passing import CLOSED, money_in_the_way, waive_what_is_due
from moothall.casework.promises import promise_fields
from moothall.casework.references import tidy
from moothall.casework.reopening import last_open_state
from moothall.files import actions as files
from moothall.language import Service
from moothall.pay.money import pounds
from moothall.people.actor import SYSTEM, Actor

MOST_FOLLOWERS = 200
"""Cases joined to one: a message to all of them must stay a matter of minutes."""


def merge(
    case_id: int,
    into: str,
    reason: str,
    *,
    actor: Actor,
    expected: int | None = None,
    copy_files: bool = False,
    copy_notes: bool = False,
    refund: bool = False,
    now: datetime | None = None,
) -> Case:
    """Join a case, as a duplicate, to the open case with the reference `into` of the same service.

    Files and notes that the actor sees can be copied to the main case. What was paid for the duplicate
    must be paid back: `refund` says so; a fee that is due is waived. Done again, it changes nothing.
    Never call it inside a transaction: files are copied. Raises Invalid, Missing, NotAllowed, NotFound,
    Conflict.
    """
    now = now or timezone.now()
    reference = tidy(into)
    if not reference:
        raise Missing("into", "Give the reference of the case that it is joined to.")
    if not reason.strip():
        raise Missing("reason", "Say why the two are the same.")
    case, main = _both(case_id, reference, actor)
    if case.merged_into == main.reference:
        return case
    copies = _copies(case, actor, now) if copy_files else {}
    try:
        return _merge(
            case, main, reason.strip(), copies,
            actor=actor, expected=expected, notes=copy_notes, refund=refund, now=now,
        )  # fmt: skip
    except CaseworkError:
        files.discard([str(one["id"]) for one in copies.values()], owner=_holder(case))
        raise


def _holder(case: Case) -> str:
    """Who holds the copies of files until the main case takes them."""
    return f"merging-{case.reference}"


def _merge(
    case: Case,
    main: Case,
    reason: str,
    copies: Mapping[str, Any],
    *,
    actor: Actor,
    expected: int | None,
    notes: bool,
    refund: bool,
    now: datetime,
) -> Case:
    with transaction.atomic():
        money.lock_payments(case.pk)
        held = locked_all([case.pk, main.pk])
        case, main = held[case.pk], held[main.pk]
        check_expected(case, expected)
        service = service_of(case)
        _may_merge(case, main, service, actor, refund=refund)
        writing = Writing(case, actor=actor, channel="desk", now=now)
        left = case.paid_pence - case.refunded_pence
        if left > 0:
            money.give_back(writing, left, f"Joined to {main.reference}")
        waive_what_is_due(writing)
        booking.let_go(case)
        writing.add(
            Kind.MERGED,
            {
                "into": main.reference,
                "from": case.state,
                "reason": reason,
                **CLOSED,
                "ends": MERGED,
            },
        )
        _tell(writing, "merged")
        writing.save()
        _join(main, case, copies, actor=actor, notes=notes, now=now)
        searching.index(case, service)
        return case


def _both(case_id: int, reference: str, actor: Actor) -> tuple[Case, Case]:
    case = Case.objects.filter(pk=case_id).first()
    main = Case.objects.filter(reference=reference).first()
    if case is None or not permissions.sees_row(case, actor):
        raise NotFound
    if main is None or not permissions.sees_row(main, actor):
        raise Invalid("into", "There is no case with this reference that you may see.")
    if main.pk == case.pk:
        raise Invalid("into", "That is this case itself. Give the reference of the other one.")
    return case, main


def _may_merge(case: Case, main: Case, service: Service, actor: Actor, *, refund: bool) -> None:
    if "merge" not in permissions.can(case, service, actor):
        raise NotAllowed("You may not join this case to another one now.")
    if main.service_id != case.service_id:
        raise Invalid("into", "Only cases of the same service can be joined. Hand it over instead.")
    if main.merged_into:
        raise Invalid("into", f"That case was itself joined to {main.merged_into}. Use that one.")
    if not main.is_open or main.state in OURS or main.anonymised_at:
        raise Invalid("into", "That case is not open. Join this case to one that is.")
    if "merge" not in permissions.can(main, service_of(main), actor):
        raise NotAllowed("You may not join a case to that one.")
    if case.restricted or main.restricted:
        raise NotAllowed("A case that is restricted cannot be joined to another one.")
    if case.followers:
        raise NotAllowed(
            f"Other cases were joined to this one ({case.followers}). Join {main.reference} to this "
            "case instead, or take the others out first."
        )
    if main.followers >= MOST_FOLLOWERS:
        raise NotAllowed(f"{MOST_FOLLOWERS} cases are joined to that one. No more can be.")
    left = case.paid_pence - case.refunded_pence
    if left > 0 and not refund:
        raise Missing(
            "refund",
            f"£{pounds(left)} was paid for this case. Say that it is to be paid back, or leave the "
            "cases apart.",
        )
    if left <= 0 and (why := money_in_the_way(case)):
        raise NotAllowed(why)


def _copies(case: Case, actor: Actor, now: datetime) -> dict[str, Any]:
    """Copies of the files that the actor sees, in their JSON form with the original's id as `of`."""
    service = service_of(case)
    sees = permissions.sight(case, service, actor)
    seen = reading.file_views(case, service, sees, timelines.events_of(case))
    made = files.copy([one.id for one in seen], owner=_holder(case), now=now)
    return {old: {**new.as_answer(), "of": old} for old, new in made.items()}


def _join(
    main: Case,
    case: Case,
    copies: Mapping[str, Any],
    *,
    actor: Actor,
    notes: bool,
    now: datetime,
) -> None:
    writing = Writing(main, actor=actor, channel="desk", now=now)
    if copies:
        files.adopt(
            [str(one["id"]) for one in copies.values()],
            owner=main.reference,
            from_owner=_holder(case),
            now=now,
        )
    fields: dict[str, Any] = {"case": case.reference}
    fields |= {f"file.{number}": one for number, one in enumerate(copies.values(), 1)}
    writing.add(Kind.JOINED, fields)
    if notes and permissions.sight(case, service_of(case), actor).notes:
        for event in Event.objects.filter(case=case, kind=Kind.NOTED).order_by("sequence"):
            text = event.fields.get("text")
            if text:
                copied = {"text": text, "copied_from": f"{case.reference}:{event.sequence}"}
                writing.add(Kind.NOTED, copied)
    writing.save()


def _tell(writing: Writing, what: str) -> None:
    case = writing.case
    mine, writing.actor = writing.actor, SYSTEM
    messages.write_to_applicant(
        writing,
        means=("email", "text", "letter"),
        subject=words.say(f"{what}_subject", case.language, reference=case.reference),
        body=words.say(f"{what}_body", case.language, reference=case.reference),
        told=what,
    )
    writing.actor = mine


def unmerge(
    case_id: int,
    reason: str,
    *,
    actor: Actor,
    expected: int | None = None,
    now: datetime | None = None,
) -> Case:
    """Take a duplicate out of its main case again: it goes on in the state in which it was joined.

    The time for which it was joined does not count for its promise. A time that it had booked was given
    back and is not booked again; money that was paid back stays so. Its applicant is told. Done again,
    it changes nothing. Raises Missing, NotAllowed, NotFound, Conflict.
    """
    now = now or timezone.now()
    if not reason.strip():
        raise Missing("reason", "Say why it is taken out.")
    row = Case.objects.filter(pk=case_id).values_list("pk", "merged_into").first()
    if row is None:
        raise NotFound
    mains = Case.objects.filter(reference=row[1]).values_list("pk", flat=True) if row[1] else ()
    with transaction.atomic():
        held = locked_all([case_id, *mains])
        case = held.pop(case_id)
        if not permissions.sees_row(case, actor):
            raise NotFound
        check_expected(case, expected)
        service = service_of(case)
        if "unmerge" not in permissions.can(case, service, actor):
            raise NotAllowed("This case is not joined to another one, or you may not take it out.")
        writing = Writing(case, actor=actor, channel="desk", now=now)
        writing.add(Kind.UNMERGED, _unmerged(case, service, reason.strip(), writing.now))
        _tell(writing, "unmerged")
        writing.save()
        for main in held.values():
            if main.anonymised_at is None:
                beside = Writing(main, actor=actor, channel="desk", now=now)
                beside.add(Kind.PARTED, {"case": case.reference})
                beside.save()
        searching.index(case, service)
        return case


def _unmerged(case: Case, service: Service, reason: str, now: datetime) -> dict[str, Any]:
    joined = Event.objects.filter(case=case, kind=Kind.MERGED).order_by("-sequence").first()
    state = str(joined.fields.get("from")) if joined else ""
    if state not in service.states:
        state = last_open_state(case, service)
    pauses = [*case.pauses, (case.ended_at or now, now)]
    return {
        "into": case.merged_into,
        "reason": reason,
        "state": state,
        **promise_fields(
            service,
            facts_of(case, service, now=now, state=state),
            started=case.started_at or case.opened_at,
            pauses=pauses,
            state=state,
            entered=now,
        ),
    }


def followers_of(case: Case, actor: Actor) -> list[Case]:
    """The cases joined to this one that the actor may see, oldest first."""
    if not case.followers:
        return []
    joined = permissions.visible(actor).filter(merged_into=case.reference)
    return list(joined.order_by("opened_at", "pk")[:MOST_FOLLOWERS])


# What a follower writes


@outbox.task("casework.follower_wrote", retries=5)
def follower_wrote(main: str, follower: str, now: datetime) -> None:
    """Write in the main case that a follower wrote: where, not what."""
    case_id = Case.objects.filter(reference=main, anonymised_at=None).values_list("pk", flat=True)
    with transaction.atomic():
        for case in locked_all(case_id).values():
            writing = Writing(case, actor=SYSTEM, channel="system", now=now)
            writing.add(Kind.FOLLOWER_WROTE, {"case": follower})
            writing.save()
