"""What decisions about a draft are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils import timezone

from moothall import connectors
from moothall.connectors.registry import LookUpFailed
from moothall.language import Facts, Service, Walk, run_look_up_input, walk
from moothall.places.queries import calendar


def facts_of(
    service: Service,
    answers: Mapping[str, Any],
    look_ups: Mapping[str, Mapping[str, Any] | None],
    now: datetime,
    base: Facts | None = None,
) -> Facts:
    """Return the facts of a form at `now`, with the calendar that the service counts by.

    `base`: facts of the same service and moment, whose calendar is taken over.
    """
    if base is not None:
        return replace(base, answers=answers, look_ups=look_ups)
    return Facts(
        answers=answers,
        look_ups=look_ups,
        today=timezone.localtime(now).date(),
        now=now,
        calendar=calendar(service.calendar_name),
    )


def settle(
    service: Service,
    answers: Mapping[str, Any],
    look_ups: Mapping[str, Any],
    failed: Mapping[str, Any],
    now: datetime,
    base: Facts | None = None,
) -> tuple[Facts, Walk, dict[str, Any], dict[str, Any]]:
    """Run the look-ups that the way through the form has come to.

    Call it OUTSIDE a transaction: other systems may be slow. Returns the facts and the way with
    the results in them, the results, and the arguments of those that failed. A failed look-up is
    tried again when its argument changes.
    """
    found = dict(look_ups)
    lost = dict(failed)
    facts = base = facts_of(service, answers, found, now, base)
    for look_up, argument in list(lost.items()):
        if found.get(look_up, ...) is None and _argument(service, look_up, facts) != argument:
            del lost[look_up]
            del found[look_up]
    facts = facts_of(service, answers, found, now, base)
    way = walk(service, facts)
    for _ in range(len(service.pages)):
        step = way.next
        if step is None or step.kind != "look_up":
            break
        connector, argument = run_look_up_input(service, step.id, facts)
        try:
            given = connectors.call(connector, argument, today=facts.today)
        except LookUpFailed:
            found[step.id] = None
            lost[step.id] = argument
        else:
            found[step.id] = {**given, "_with": argument}
            lost.pop(step.id, None)
        facts = facts_of(service, answers, found, now, base)
        way = walk(service, facts)
    return facts, way, found, lost


def _argument(service: Service, look_up: str, facts: Facts) -> Any:
    page = service.page(look_up)
    if page is None or page.kind != "look_up":
        return None
    return run_look_up_input(service, look_up, facts)[1]
