"""The promise of a case that is opened again after it had ended: the rule, in one place.

Opened again within five working days of its end, the promise *resumes*: the days on which the case was
closed do not count, like a pause. Later, it *starts anew* from the day on which it is opened again:
what is asked for then is new work. The same for a reopening by hand and for a move of the file that
leads from an ended state to an open one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from moothall.casework.facts import calendar_of, local_day
from moothall.casework.models import Case
from moothall.language import Service

RESUMES_WITHIN = 5
"""Working days of the service's calendar after the end."""


@dataclass(frozen=True)
class Again:
    """How the clock goes on: `how` stands in the event."""

    how: Literal["resumes", "restarts"]
    started: datetime
    pauses: Sequence[tuple[datetime, datetime | None]]


def clock_again(case: Case, service: Service, *, now: datetime) -> Again:
    """The clock of an ended case that is opened again at `now`."""
    ended = case.ended_at or now
    gone = calendar_of(service).working_days(local_day(ended), local_day(now))
    if gone > RESUMES_WITHIN:
        return Again("restarts", now, ())
    pauses = list(case.pauses)
    if case.paused_since and pauses:
        pauses[-1] = (pauses[-1][0], now)
    else:
        pauses.append((ended, now))
    return Again("resumes", case.started_at or case.opened_at, pauses)
