"""Taking the link between a case and an account out, when the person deletes their account."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from moothall.casework.erasing import erase
from moothall.casework.events import Kind
from moothall.casework.facts import service_of
from moothall.casework.ledger import append, locked
from moothall.casework.models import Case, Event
from moothall.people.actor import SYSTEM

FIELD = "applicant"
"""The number of the account, in the event that opened the case (docs/ledger.md)."""


def unlink(case_id: int, *, now: datetime | None = None) -> Case:
    """Erase which account a case belongs to; the case itself stays as the law requires.

    The value goes with its salt, an event says so, and a rebuild gives the same. Calling it again, or
    for a case without an account, changes nothing.
    """
    now = now or timezone.now()
    with transaction.atomic():
        case = locked(case_id)
        opened = Event.objects.filter(case=case, kind=Kind.OPENED).order_by("sequence").first()
        if opened is None or opened.fields.get(FIELD) is None:
            return case
        name = f"{opened.sequence}:{FIELD}"
        append(
            case,
            Kind.REDACTED,
            {"fields": [name], "reason": "The person deleted their account."},
            actor=SYSTEM,
            channel="system",
            now=now,
        )
        return erase(case, [name], service=service_of(case))
