"""How long a case is kept, and what then: the service file's `data.keep` and `data.then`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Min, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from moothall import language
from moothall.casework import answers as answer_fields
from moothall.casework import flow, holds, searching
from moothall.casework.erasing import (
    erase,
    erase_copied,
    is_personal_answer,
    is_structural,
    joined_to,
)
from moothall.casework.events import Kind
from moothall.casework.facts import local_day, service_of
from moothall.casework.ledger import append, locked_all
from moothall.casework.models import (
    AccessLog,
    Case,
    Contact,
    Deletion,
    Event,
    Hold,
    RetentionRun,
)
from moothall.files import actions as files
from moothall.language import Service
from moothall.language.clock import LONDON
from moothall.notify import actions as notify
from moothall.packs.models import ServiceVersion
from moothall.packs.queries import definition
from moothall.people.actor import CLOCK, Actor

KEEP_ACCESS_LOG = timedelta(days=730)
"""Who read what is kept for two years."""


@dataclass
class Done:
    """What a run did, or would do: counts by service."""

    anonymised: dict[str, int] = field(default_factory=dict)
    deleted: dict[str, int] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    """Kept beyond their time by a legal hold."""

    def count(self, then: str, service_id: str) -> None:
        """One more case."""
        table = self.deleted if then == "delete" else self.anonymised
        table[service_id] = table.get(service_id, 0) + 1


def keep_until(case: Case, service: Service) -> date | None:
    """The last day on which the case's personal data are kept; None while that is not known."""
    return language.keep_until(
        service,
        started=local_day(case.started_at or case.opened_at),
        ended=local_day(case.ended_at) if case.ended_at else None,
    )


def due(today: date) -> Iterator[tuple[Case, Service]]:
    """Cases that have been kept long enough, by service version, in the order of their opening."""
    for sha256 in list(ServiceVersion.objects.values_list("sha256", flat=True)):
        service = definition(sha256)
        wanted = _kept(sha256).filter(**_too_long(service, today))
        after = 0
        while batch := list(wanted.filter(pk__gt=after).order_by("pk")[:500]):
            for case in batch:
                yield case, service
            after = batch[-1].pk


def _kept(sha256: str) -> QuerySet[Case]:
    """Cases of this version that were not anonymised, with `since`: from when their time is counted."""
    service = definition(sha256)
    since = Coalesce("started_at", "opened_at") if _from_start(service) else F("ended_at")
    return Case.objects.filter(definition_sha=sha256, anonymised_at=None).annotate(since=since)


def _from_start(service: Service) -> bool:
    return language.keep_until(service, started=date(2000, 1, 1), ended=None) is not None


def _lasts(service: Service, since: date) -> date | None:
    """The last day that data are kept which are counted from this day; None: for ever."""
    return language.keep_until(service, started=since, ended=since)


def _too_long(service: Service, today: date) -> dict[str, Any]:
    """The filter for cases whose time is over: `since` lies before a moment, found by halving.

    The last day kept never comes earlier for a later beginning, so there is one last day that is over.
    """
    first = date(1900, 1, 1)
    over = _lasts(service, first)
    if over is None or over >= today:
        return {"pk": None}
    low, high = first.toordinal(), today.toordinal()
    while high - low > 1:
        middle = (low + high) // 2
        last = _lasts(service, date.fromordinal(middle))
        if last is not None and last < today:
            low = middle
        else:
            high = middle
    return {"since__lt": datetime.combine(date.fromordinal(low + 1), time.min, tzinfo=LONDON)}


def run(
    now: datetime | None = None,
    *,
    dry_run: bool = False,
    limit: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Done:
    """Anonymise or delete what has been kept long enough, a case in a transaction of its own.

    Can be stopped and started again: what is done is done.
    """
    now = now or timezone.now()
    done = Done()
    kept = None if dry_run else RetentionRun.objects.create(started_at=now)
    standing = holds.standing()
    kept_too_long = islice(due(local_day(now)), limit)
    for seen, (case, service) in enumerate(kept_too_long, start=1):
        if standing.covers(case):
            done.held[service.id] = done.held.get(service.id, 0) + 1
        else:
            done.count(service.data.then, service.id)
            if not dry_run:
                if service.data.then == "delete":
                    delete(case.pk, now=now)
                else:
                    anonymise(case.pk, now=now)
        if progress:
            progress(seen)
        if kept is not None and seen % 100 == 0:
            _note(kept, done)
    if kept is not None:
        AccessLog.objects.filter(at__lt=now - KEEP_ACCESS_LOG).delete()
        kept.ended_at = timezone.now()
        _note(kept, done)
    return done


def _note(run_: RetentionRun, done: Done) -> None:
    run_.anonymised, run_.deleted, run_.held = done.anonymised, done.deleted, done.held
    run_.save()


@dataclass
class Outlook:
    """What retention has to do with one service: in numbers, and by when."""

    service_id: str
    name: str
    then: str
    keep: str
    due: int = 0
    held: int = 0
    oldest: date | None = None
    """Since when the longest kept of those that are due should have gone."""
    later: int = 0
    next_on: date | None = None
    """The day after which the next one goes."""
    unknown: int = 0
    """Open, or not begun: how long they are kept is not known yet."""


def outlook(now: datetime | None = None) -> list[Outlook]:
    """For each service what is due, what a hold keeps, and what comes next: a few queries a version."""
    today = local_day(now or timezone.now())
    standing = holds.standing()
    found: dict[str, Outlook] = {}
    for sha256 in list(ServiceVersion.objects.values_list("sha256", flat=True)):
        service = definition(sha256)
        row = found.setdefault(
            service.id, Outlook(service.id, service.name, service.data.then, service.data.keep)
        )
        cases = _kept(sha256)
        over = cases.filter(**_too_long(service, today))
        dues = over.aggregate(number=Count("pk"), first=Min("since"))
        held = over.filter(standing.query()).count() if standing else 0
        row.due += dues["number"] - held
        row.held += held
        known = cases.aggregate(number=Count("pk"), known=Count("since"))
        later = known["known"] - dues["number"]
        row.later += later
        row.unknown += known["number"] - known["known"]
        row.oldest = _earlier(row.oldest, service, dues["first"])
        if later:
            ahead = cases.exclude(pk__in=over.values("pk")).aggregate(first=Min("since"))
            row.next_on = _earlier(row.next_on, service, ahead["first"])
    rows = (row for row in found.values() if row.due or row.held or row.later or row.unknown)
    return sorted(rows, key=lambda row: row.name)


def _earlier(known: date | None, service: Service, since: datetime | None) -> date | None:
    last = _lasts(service, local_day(since)) if since else None
    return min(known or last, last) if last else known


@dataclass(frozen=True)
class Keeping:
    """How long one case is kept: its rule, its last day where that is known, and the holds on it."""

    rule: str
    then: str
    until: date | None
    gone: bool
    holds: tuple[Hold, ...]


def keeping_of(case_id: int) -> Keeping:
    """How long a case is kept. Two queries. Raises Case.DoesNotExist."""
    case = Case.objects.get(pk=case_id)
    service = service_of(case)
    return Keeping(
        rule=service.data.keep,
        then=service.data.then,
        until=keep_until(case, service),
        gone=case.anonymised_at is not None,
        holds=tuple(holds.of_case(case)),
    )


def personal_names(case: Case, service: Service) -> set[str]:
    """Every `<sequence>:<field>` of the case that may say who it was about."""
    tagged = language.personal_fields(service)
    names: set[str] = set()
    for event in Event.objects.filter(case=case).order_by("sequence"):
        by_person = event.actor_kind in {"applicant", "anonymous"}
        for name in event.fields:
            if (name == "@actor" and by_person) or _is_personal(service, tagged, event.kind, name):
                names.add(f"{event.sequence}:{name}")
    return names


def _is_personal(service: Service, tagged: Mapping[str, str], kind: str, name: str) -> bool:
    if name.startswith(answer_fields.PREFIX):
        return is_personal_answer(service, tagged, name)
    return name != "@actor" and not is_structural(kind, name)


def anonymise(
    case_id: int, *, now: datetime, rule: str = "", actor: Actor = CLOCK, channel: str = "system"
) -> Case:
    """Erase what says who the case was about; what may be counted stays.

    `rule`: why it goes, where that is not the time of its service. Nothing happens under a legal hold.
    """
    with transaction.atomic():
        held = locked_all([case_id, *joined_to(case_id)])
        case = held.pop(case_id)
        standing = holds.standing()
        if case.anonymised_at or standing.covers(case):
            return case
        service = service_of(case)
        names = personal_names(case, service)
        # What was copied into a case that is held stays there until its hold is lifted.
        free = [main for main in held.values() if not standing.covers(main)]
        erase_copied(case, free, names, now=now)
        append(
            case,
            Kind.ANONYMISED,
            {"rule": rule or service.data.keep, "fields": sorted(names)},
            actor=actor,
            channel=channel,
            now=now,
        )
        files.erase(case.reference)
        notify.redact(case.reference, now=now)
        return erase(case, names, service=service)


def delete(case_id: int, *, now: datetime) -> None:
    """Remove the case and its events; a Deletion stays, and the contacts, which name nobody."""
    with transaction.atomic():
        held = locked_all([case_id, *joined_to(case_id)])
        case = held.pop(case_id)
        standing = holds.standing()
        if standing.covers(case):
            return
        service = service_of(case)
        free = [main for main in held.values() if not standing.covers(main)]
        erase_copied(case, free, personal_names(case, service), now=now)
        # Holds that were lifted go with the case: why it was held says something about it.
        Hold.objects.filter(case=case).delete()
        Deletion.objects.create(
            case_number=case.pk,
            service_id=case.service_id,
            ended_on=local_day(case.ended_at) if case.ended_at else None,
            events=case.lock_version,
            head_digest=case.head_digest,
            at=now,
            rule=f"{service.data.keep}, then delete"[:200],
        )
        files.erase(case.reference)
        notify.redact(case.reference, now=now)
        searching.remove(case)
        Contact.objects.filter(case=case).update(case=None)
        Case.objects.filter(follows=case).update(follows=None)
        flow.keep(case)
        events = Event.objects.filter(case=case)
        events._raw_delete(events.db)
        case.delete()
