"""Recording that someone was in touch: the raw figure behind channel shift and its cost."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from moothall.casework import tallying
from moothall.casework.errors import Invalid
from moothall.casework.facts import local_day
from moothall.casework.models import Case, Contact
from moothall.casework.types import CHANNELS, OUTCOMES

LONGEST = 24 * 60


def record_contact(
    *,
    channel: str,
    service_id: str | None = None,
    outcome: str,
    minutes: int | None = None,
    adviser: int | None = None,
    case: Case | int | None = None,
    at: datetime,
) -> Contact:
    """Record that someone was in touch, also where no case came of it.

    `channel` is one of `types.CHANNELS`, `outcome` one of `types.OUTCOMES`, `minutes` how long it took.
    Raises Invalid for another channel or outcome, or more minutes than a day has.
    """
    if channel not in CHANNELS:
        raise Invalid("channel", f"Say how they were in touch: {', '.join(CHANNELS)}.")
    if outcome not in OUTCOMES:
        raise Invalid("outcome", f"Say what came of it: {', '.join(OUTCOMES)}.")
    if minutes is not None and not 0 <= minutes <= LONGEST:
        raise Invalid("minutes", "Minutes must be between 0 and 1440.")
    with transaction.atomic():
        contact = Contact.objects.create(
            at=at,
            day=local_day(at),
            channel=channel,
            service_id=service_id or "",
            outcome=outcome,
            minutes=minutes,
            case_id=case.pk if isinstance(case, Case) else case,
            adviser_id=adviser,
        )
        tallying.late(contact)
        return contact
