"""The promise of a case as fields of an event: when it is due, warned of, and when a state runs out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from moothall import language
from moothall.language import Facts, Service

Pauses = Sequence[tuple[datetime, datetime | None]]


def promise_fields(
    service: Service,
    facts: Facts,
    *,
    started: datetime,
    pauses: Pauses,
    state: str,
    entered: datetime,
) -> dict[str, Any]:
    """What `started`, `moved` and `corrected` events say of the clock.

    While the state pauses the clock there is no `finish_by`. A state that ends the case has no
    promise left; it may still run out (a permit).
    """
    fields: dict[str, Any] = {}
    marks: list[list[str]] = []
    spec = service.states[state]
    if service.case.clock is not None and spec.ends is None:
        made = language.promise(service, facts, started=started, pauses=pauses)
        paused = spec.clock_paused or made.paused
        fields["finish_by"] = None if paused else _iso(made.finish_by)
        fields["warn_at"] = None if paused else _iso(made.warn_at)
        fields["urgent"] = made.urgent
        fields["why"] = made.why[:200]
        if not paused:
            marks += [[mark, at.isoformat()] for mark, at in made.marks]
    fields["clock"] = "paused" if spec.clock_paused else "running"
    fields["ends"] = spec.ends
    fields["expires_at"], fields["expires_move"] = None, ""
    runs_out = language.expiry(service, facts, state=state, entered=entered)
    if runs_out is not None:
        fields["expires_at"], fields["expires_move"] = _iso(runs_out.at), runs_out.move
        for mark in language.clock_marks(service):
            if mark.startswith("expiry:"):
                days = int(mark.partition(":")[2])
                at = runs_out.reminder(days)
                if at >= entered:  # a state shorter than that is not reminded of
                    marks.append([mark, at.isoformat()])
    fields["marks"] = marks
    return fields


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def pauses_after(
    pauses: Pauses, *, paused_since: datetime | None, will_pause: bool, at: datetime
) -> list[tuple[datetime, datetime | None]]:
    """The pauses as they will be after a move at `at` into a state that pauses the clock or doesn't."""
    after = list(pauses)
    if paused_since and not will_pause and after:
        after[-1] = (after[-1][0], at)
    elif will_pause and not paused_since:
        after.append((at, None))
    return after
