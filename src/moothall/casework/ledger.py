"""Appending events, checking chains and building projections anew. The only writer of `Event`."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from moothall.casework import beside, flow, projection
from moothall.casework import events as subscriptions
from moothall.casework.envelope import FIRST, Check, Link, canonical, event_digest, sealed
from moothall.casework.errors import Change, Conflict, NotFound
from moothall.casework.events import Kind
from moothall.casework.facts import service_of
from moothall.casework.models import Case, Event
from moothall.people.actor import Actor


@dataclass(frozen=True)
class Entry:
    """What is to be written down: a kind and its fields."""

    kind: Kind
    fields: Mapping[str, Any] = field(default_factory=dict)


def locked_all(case_ids: Iterable[int]) -> dict[int, Case]:
    """Several cases held at once, in the order of their ids, so that no two writers wait for each
    other. Raises NotFound when one is gone."""
    return {case_id: locked(case_id) for case_id in sorted(set(case_ids))}


def locked(case_id: int) -> Case:
    """The case, held against every other writer until the transaction ends. Raises NotFound."""
    case = Case.objects.select_for_update(of=("self",)).filter(pk=case_id).first()
    if case is None:
        raise NotFound
    return case


def prepare(
    case: Case, entries: Sequence[Entry], *, actor: Actor, channel: str, now: datetime
) -> list[Event]:
    """Make the events and change `case` by them, in memory. `write` must follow."""
    made: list[Event] = []
    for entry in entries:
        fields = {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in entry.fields.items()
        }
        fields["@actor"] = {"id": actor.user_id, "label": actor.label}
        payload, salts, seals = sealed(fields)
        event = Event(
            sequence=case.lock_version + 1,
            kind=str(entry.kind),
            at=now,
            actor_kind=actor.kind,
            channel=channel,
            payload=payload,
            salts=salts,
            seals=canonical(seals),
            previous=case.head_digest or FIRST,
        )
        event.digest = event_digest(
            case=case.reference,
            sequence=event.sequence,
            kind=event.kind,
            at=event.at,
            actor_kind=event.actor_kind,
            channel=event.channel,
            seals=seals,
            previous=event.previous,
        )
        projection.apply(case, kind=event.kind, at=now, actor_kind=event.actor_kind, fields=fields)
        case.lock_version, case.head_digest = event.sequence, event.digest
        made.append(event)
    return made


def write(case: Case, made: Sequence[Event]) -> None:
    """Save the projection, its counts and the events, then tell the subscribers. In the caller's
    transaction."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("The ledger is written inside a transaction only.")
    case.save(force_insert=case.pk is None)
    flow.restate(case)
    for event in made:
        event.case = case
    Event.objects.bulk_create(made)
    beside.write(case, made)
    for event in made:
        subscriptions.publish(case, event)


class Writing:
    """One action's work on a case: events are made as it goes and written together at the end.

    The case must be new, or `locked`, in the caller's transaction. After each `add` the case in memory
    is already the case after that event.
    """

    def __init__(self, case: Case, *, actor: Actor, channel: str, now: datetime) -> None:
        self.case = case
        self.actor = actor
        self.channel = channel
        self.now = now if case.pk is None else max(now, case.last_event_at)
        self.made: list[Event] = []

    def add(
        self,
        kind: Kind,
        fields: Mapping[str, Any] | None = None,
        *,
        actor: Actor | None = None,
        channel: str = "",
    ) -> Event:
        """Make an event; `actor` and `channel` where they are not the action's own."""
        [event] = prepare(
            self.case,
            [Entry(kind, fields or {})],
            actor=actor or self.actor,
            channel=channel or self.channel,
            now=self.now,
        )
        self.made.append(event)
        return event

    def save(self) -> Case:
        """Write everything and tell the subscribers; return the case."""
        if self.made:
            write(self.case, self.made)
            self.made = []
        return self.case


def append(
    case: Case,
    kind: Kind,
    fields: Mapping[str, Any] | None = None,
    *,
    actor: Actor,
    channel: str,
    now: datetime,
) -> Case:
    """Write a single event. The case must be new or `locked`."""
    writing = Writing(case, actor=actor, channel=channel, now=now)
    writing.add(kind, fields)
    return writing.save()


def check_expected(case: Case, expected: int | None) -> None:
    """Raise Conflict if something another person should know of happened after version `expected`."""
    if expected is None or expected == case.lock_version:
        return
    since = (
        Event.objects.filter(case=case, sequence__gt=expected)
        .exclude(kind__in=projection.QUIET)
        .order_by("sequence")
    )
    changes = tuple(
        Change(
            sequence=event.sequence,
            who=_who(event),
            what=_what(case, event),
            at=event.at,
        )
        for event in since
    )
    if changes or expected > case.lock_version:
        raise Conflict(case.lock_version, changes)


def _who(event: Event) -> str:
    if event.actor_kind == "staff":
        return str(event.actor.get("label") or "Someone")
    return {"clock": "The clock", "system": "Moothall"}.get(event.actor_kind, "The applicant")


_DID = {
    Kind.ASSIGNED: "gave it to somebody else",
    Kind.NOTED: "wrote a note",
    Kind.MESSAGE_RECEIVED: "sent a message",
    Kind.MERGED: "joined it to another case",
    Kind.UNMERGED: "took it apart from another case",
    Kind.FOLLOWER_WROTE: "passed on what a follower wrote",
    Kind.HANDED_OVER: "handed it over to another service",
    Kind.TEAM_CHANGED: "gave it to another team",
    Kind.REOPENED: "opened it again",
    Kind.FEE_CHANGED: "worked out the fee anew",
    Kind.CORRECTED: "put an answer right",
    Kind.REDACTED: "erased details",
    Kind.RESTRICTED: "changed who may see it",
    Kind.PAID: "recorded a payment",
    Kind.REFUNDED: "paid money back",
    Kind.BOOKED: "booked a time",
    Kind.SLOT_LOST: "found that the chosen time was taken",
    Kind.STARTED: "let the work start",
    Kind.LAPSED: "closed it, as it was not paid for",
    Kind.EXPIRED: "ended a step whose time had run out",
    Kind.FEE_DUE: "asked for the fee",
    Kind.FEE_WAIVED: "waived the fee",
    Kind.ANONYMISED: "erased personal details",
}


def _what(case: Case, event: Event) -> str:
    """What somebody did, to follow their name, without anything that needs a right to be read."""
    if event.kind == Kind.MOVED:
        state = service_of(case).states.get(str(event.fields.get("to")))
        return f"moved it to “{state.label}”" if state else "moved it"
    if event.kind == Kind.ASSIGNED and event.fields.get("to_label"):
        return f"gave it to {event.fields['to_label']}"
    if event.kind == Kind.TEAM_CHANGED and event.fields.get("team_label"):
        return f"gave it to the team “{event.fields['team_label']}”"
    return _DID.get(Kind(event.kind), "changed it")


# Checking


_LINK = (
    "sequence", "kind", "at", "actor_kind", "channel", "payload", "salts", "seals", "previous",
    "digest",
)  # fmt: skip


def links(case_id: int) -> Iterator[Link]:
    """A case's events as they lie in the database, in order."""
    rows = Event.objects.filter(case_id=case_id).order_by("sequence").values_list(*_LINK)
    for row in rows.iterator(chunk_size=200):
        yield Link(*row)


def _links_of(cases: Sequence[Case]) -> Iterator[tuple[int, Iterator[Link]]]:
    """The events of several cases in one query: each case that has any, with its own, in a stream."""
    rows = (
        Event.objects.filter(case_id__in=[case.pk for case in cases])
        .order_by("case_id", "sequence")
        .values_list("case_id", *_LINK)
        .iterator(chunk_size=500)
    )
    for case_id, group in itertools.groupby(rows, key=lambda row: int(row[0])):
        yield case_id, (Link(*row[1:]) for row in group)


def check_case(case: Case) -> Check:
    """Check the chain of one case; `.why` is empty when it is whole."""
    return _checked(case, links(case.pk))


def _checked(case: Case, chain: Iterable[Link]) -> Check:
    check = Check(case.reference)
    for link in chain:
        if not check.take(link):
            break
    check.finish(case.lock_version, case.head_digest)
    return check


@dataclass
class Verified:
    """What a check of the ledger found. `anchor` stands for all heads together."""

    cases: int = 0
    events: int = 0
    broken: list[Check] = field(default_factory=list)
    anchor: str = ""


def each_case(after: str = "", reference: str = "", size: int = 200) -> Iterator[Case]:
    """Every case by reference, a slice at a time, so that memory stays flat."""
    for batch in _slices(after, reference, size):
        yield from batch


def _slices(after: str = "", reference: str = "", size: int = 200) -> Iterator[list[Case]]:
    while True:
        cases = Case.objects.order_by("reference")
        cases = (
            cases.filter(reference=reference) if reference else cases.filter(reference__gt=after)
        )
        batch = list(cases[:size])
        if batch:
            yield batch
        if reference or len(batch) < size:
            return
        after = batch[-1].reference


def verify(*, reference: str = "", progress: Callable[[int, int], None] | None = None) -> Verified:
    """Check every chain (or one). Reads in order, keeps nothing; `progress(cases, events)`."""
    found = Verified()
    anchor = hashlib.sha256()
    for batch in _slices(reference=reference):
        by_id = {case.pk: case for case in batch}
        checks = {pk: _checked(by_id[pk], chain) for pk, chain in _links_of(batch)}
        for case in batch:
            check = checks.get(case.pk) or _checked(case, ())
            found.cases += 1
            found.events += check.sequence
            anchor.update(f"{case.reference} {case.head_digest}\n".encode())
            if check.why:
                found.broken.append(check)
        if progress:
            progress(found.cases, found.events)
    found.anchor = anchor.hexdigest()
    return found


# Building anew

PROJECTED = tuple(
    one.attname for one in Case._meta.concrete_fields if one.attname not in {"id", "reference"}
)


def rebuilt(case: Case) -> Case:
    """The projection that the case's events give, not saved."""
    fresh = projection.blank(case)
    for event in Event.objects.filter(case_id=case.pk).order_by("sequence").iterator(200):
        projection.apply(
            fresh,
            kind=event.kind,
            at=event.at,
            actor_kind=event.actor_kind,
            fields=event.fields,
            names=frozenset(json.loads(event.seals)),
        )
        fresh.lock_version, fresh.head_digest = event.sequence, event.digest
        fresh.channel = fresh.channel or event.channel
    if fresh.follows_id and not Case.objects.filter(pk=fresh.follows_id).exists():
        fresh.follows_id = None  # retention has removed the case that this one followed
    return fresh


def differences(case: Case, fresh: Case) -> list[str]:
    """Names of the columns in which a projection differs from what its events give, and `tasks` or
    `mentions` where those beside it do."""
    changed = [name for name in PROJECTED if getattr(case, name) != getattr(fresh, name)]
    return changed + beside.differences(case.pk)


def rebuild_case(case_id: int, *, only_compare: bool = False) -> list[str]:
    """Make one projection anew in a transaction; return the columns that differed."""
    with transaction.atomic():
        case = locked(case_id)
        fresh = rebuilt(case)
        changed = differences(case, fresh)
        if changed and not only_compare:
            fresh.save(force_update=True)
            beside.remake(case_id)
            fresh.counted_as = case.counted_as
            flow.restate(fresh)
    return changed
