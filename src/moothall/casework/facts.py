"""What a decision about a case is made from: its service, its day, its calendar."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from moothall.casework.models import Case
from moothall.language import Calendar, Facts, Service
from moothall.packs import queries as packs
from moothall.places import queries as places

FILE_TYPES = frozenset({"file", "photo", "signature"})


def service_of(case: Case) -> Service:
    """The service as it was when the case was opened."""
    return packs.definition(case.definition_sha)


def calendar_of(service: Service) -> Calendar:
    """The working days that the service's promise counts."""
    return places.calendar(service.calendar_name)


def local_day(at: datetime) -> date:
    """The day in Europe/London (the council's clock) of a moment."""
    return timezone.localtime(at).date()


def facts_for(
    service: Service,
    answers: Mapping[str, Any],
    look_ups: Mapping[str, Mapping[str, Any] | None],
    *,
    now: datetime,
) -> Facts:
    """Facts before there is a case."""
    return Facts(
        answers=answers,
        look_ups=look_ups,
        today=local_day(now),
        now=now,
        calendar=calendar_of(service),
    )


def facts_of(
    case: Case,
    service: Service,
    *,
    now: datetime,
    state: str | None = None,
    answers: Mapping[str, Any] | None = None,
) -> Facts:
    """Facts of a case as it stands, or as it would with other `answers` or in another `state`."""
    # One case in hand asks for its calendar once.
    calendar = case.__dict__.get("_calendar")
    if calendar is None:
        calendar = case.__dict__["_calendar"] = calendar_of(service)
    return Facts(
        answers=case.answers if answers is None else answers,
        look_ups=case.look_ups,
        today=local_day(now),
        now=now,
        state=state or case.state,
        started=local_day(case.started_at) if case.started_at else local_day(case.opened_at),
        ended=local_day(case.ended_at) if case.ended_at else None,
        fee=case.fee_pence or None,
        reference=case.reference,
        finish_by=local_day(case.finish_by) if case.finish_by else None,
        calendar=calendar,
    )


def file_questions(service: Service) -> list[str]:
    """Ids of the questions that hold files."""
    return [one.id for one in service.questions.values() if one.type in FILE_TYPES]


def slot_questions(service: Service) -> list[str]:
    """Ids of the questions that hold a bookable time."""
    return [one.id for one in service.questions.values() if one.type == "slot"]
