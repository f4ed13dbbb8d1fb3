"""My work: my cases, my tasks, where I was named, who is to be called back, replies nobody has read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from moothall.casework import queries as casework
from moothall.casework.types import QueueFilters
from moothall.desk.queries import lines, teams, wards
from moothall.desk.views.showing import actor_of, show, staff_page

SHOWN = 8
"""Cases shown here; the rest are in the queue."""


@staff_page
def mine(request: HttpRequest) -> HttpResponse:
    """Show what waits for this person, most pressing first; everything leads to its case."""
    actor, now = actor_of(request), timezone.now()
    own = QueueFilters(assignee="me", limit=SHOWN)
    replies = replace(own, has=("reply",))
    ward_names, team_names = wards(), teams()

    def of(filters: QueueFilters) -> tuple[Any, int]:
        page = casework.queue(actor, filters, now=now)
        found = lines(page.rows, now=now, ward_names=ward_names, team_names=team_names)
        return found, page.total

    cases, total = of(own)
    unread, unread_total = of(replies)
    late, today = casework.counts_of(
        actor, [replace(own, due="late"), replace(own, due="today")], now=now
    )
    tasks = casework.tasks_of(actor, now=now, limit=30)
    values = {
        "cases": cases,
        "total": total,
        "unread": unread,
        "unread_total": unread_total,
        "late": late,
        "today": today,
        "tasks": [one for one in tasks if one.kind != "call_back"],
        "calls": casework.call_backs_due(actor, now=now, limit=30),
        "mentions": casework.mentions_of(actor, limit=20),
    }
    return show(request, "desk/mine.html", values)
