"""How long a case is kept, and what then: the service file's `data.keep` and `data.then`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice

from django.db import transaction
from django.utils import timezone

from moothall import language
from moothall.casework import answers as answer_fields
from moothall.casework import flow, searching
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
from moothall.casework.models import AccessLog, Case, Contact, Deletion, Event
from moothall.files import actions as files
from moothall.language import Service
from moothall.notify import actions as notify
from moothall.packs.models import ServiceVersion
from moothall.packs.queries import definition
from moothall.people.actor import CLOCK

KEEP_ACCESS_LOG = timedelta(days=730)
"""Who read what is kept for two years."""


@dataclass
class Done:
    """What a run did, or would do: counts by service."""

    anonymised: dict[str, int] = field(default_factory=dict)
    deleted: dict[str, int] = field(default_factory=dict)

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


def due(today: date) -> Iterator[tuple[int, Service]]:
    """Cases that have been kept long enough, by service version, oldest end first."""
    for sha256 in list(ServiceVersion.objects.values_list("sha256", flat=True)):
        service = definition(sha256)
        after = 0
        while True:
            batch = list(
                Case.objects.filter(
                    definition_sha=sha256, anonymised_at=None, pk__gt=after
                ).order_by("pk")[:500]
            )
            for case in batch:
                last = keep_until(case, service)
                if last is not None and last < today:
                    yield case.pk, service
            if len(batch) < 500:
                break
            after = batch[-1].pk


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
    kept_too_long = islice(due(local_day(now)), limit)
    for seen, (case_id, service) in enumerate(kept_too_long, start=1):
        done.count(service.data.then, service.id)
        if not dry_run:
            if service.data.then == "delete":
                delete(case_id, now=now)
            else:
                anonymise(case_id, now=now)
        if progress:
            progress(seen)
    if not dry_run:
        AccessLog.objects.filter(at__lt=now - KEEP_ACCESS_LOG).delete()
    return done


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


def anonymise(case_id: int, *, now: datetime) -> Case:
    """Erase what says who the case was about; what may be counted stays."""
    with transaction.atomic():
        held = locked_all([case_id, *joined_to(case_id)])
        case = held.pop(case_id)
        if case.anonymised_at:
            return case
        service = service_of(case)
        names = personal_names(case, service)
        erase_copied(case, held.values(), names, now=now)
        append(
            case,
            Kind.ANONYMISED,
            {"rule": service.data.keep, "fields": sorted(names)},
            actor=CLOCK,
            channel="system",
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
        service = service_of(case)
        erase_copied(case, held.values(), personal_names(case, service), now=now)
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
