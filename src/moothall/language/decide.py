"""Decisions about a case: its fee, moves, promise, messages and public row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from moothall.language.facts import Facts
from moothall.language.results import ContactDetails, Expiry, Fee, Message, Promise
from moothall.language.service import Move, Service


def work_out(service: Service, facts: Facts) -> dict[str, Any]:
    """Every worked out value in its JSON form; None where something it needs is missing."""
    raise NotImplementedError


def fee(service: Service, facts: Facts) -> Fee | None:
    """What is to pay, or None where the service is free."""
    raise NotImplementedError


def moves_for(
    service: Service, facts: Facts, *, state: str, roles: frozenset[str]
) -> tuple[Move, ...]:
    """The moves out of `state` that someone with `roles` may make now.

    Roles are teams' roles, jobs, `applicant`, `system`, `clock`.
    """
    raise NotImplementedError


def promise(
    service: Service,
    facts: Facts,
    *,
    started: datetime,
    pauses: Sequence[tuple[datetime, datetime | None]] = (),
) -> Promise:
    """When the case should be finished. `started` and `pauses` are aware datetimes."""
    raise NotImplementedError


def expiry(service: Service, facts: Facts, *, state: str, entered: datetime) -> Expiry | None:
    """When `state` runs out for a case that came into it at `entered`, and the clock's move."""
    raise NotImplementedError


def messages_due(
    service: Service, facts: Facts, *, when: str, lang: str = "en"
) -> tuple[Message, ...]:
    """The messages of a moment: `starts`, `state:<id>`, `clock:<percent>`, `expiry:<days>`."""
    raise NotImplementedError


def clock_marks(service: Service) -> tuple[str, ...]:
    """The moments that the clock brings: `clock:<percent>` and `expiry:<days>`, as told."""
    raise NotImplementedError


def public_row(service: Service, facts: Facts, *, state: str) -> dict[str, str] | None:
    """The case as a row of the open data set, or None where nothing is published."""
    raise NotImplementedError


def contact_details(service: Service, facts: Facts) -> ContactDetails:
    """Name, email, phone, postcode of the applicant, from the answers on the way."""
    raise NotImplementedError


def keep_until(service: Service, *, started: date, ended: date | None) -> date | None:
    """The day after which the case's personal data must go; None while that is not known."""
    raise NotImplementedError
