"""A team as its manager sees it: who has how much, how old it is, what was promised and not kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from moothall.casework import bulk, teamwork
from moothall.casework.errors import CaseworkError
from moothall.casework.types import QueueFilters
from moothall.design.charts import Row, bars
from moothall.design.forms import whole_number
from moothall.desk.export import csv_file
from moothall.desk.queries import teams
from moothall.desk.views.showing import actor_of, show, staff_page
from moothall.packs.queries import offered

MOST_SHARED = 200


def _team(request: HttpRequest) -> tuple[str, dict[str, str]]:
    """The team that the page is of, and the teams that this person manages by slug and name."""
    managed = teamwork.managed_teams(actor_of(request))
    if not managed:
        raise PermissionDenied("This page is for who manages a team.")
    names = {slug: name for slug, name in teams().items() if slug in managed}
    asked = request.GET.get("team", "") or request.POST.get("team", "")
    return (asked if asked in names else next(iter(names))), names


def link(team: str, **filters: object) -> str:
    """The queue's address of a figure of this page."""
    given = {
        "team": team,
        **{key: value for key, value in filters.items() if value not in (None, "")},
    }
    return f"/desk/?{urlencode(given)}"


def service_names() -> dict[str, str]:
    """Names of the services by id."""
    return {one.id: one.name for one in offered()}


@staff_page
def team(request: HttpRequest) -> HttpResponse:
    """Show the team's figures; each leads to its cases in the queue."""
    slug, names = _team(request)
    actor, now = actor_of(request), timezone.now()
    today = timezone.localtime(now).date()
    monday, first = today - timedelta(days=today.weekday()), today.replace(day=1)
    weeks = teamwork.weeks(actor, [slug], now=now)
    values = {
        "slug": slug,
        "names": names,
        "name": names[slug],
        "today": today,
        "ages": _ages(request, slug, now),
        "broken": [
            _broken(actor, slug, "This week", monday, today),
            _broken(actor, slug, "This month", first, today),
        ],
        "weeks": weeks,
        "weeks_picture": _weeks_picture(weeks),
        "rates": _rates(weeks),
        "answers": _answers(actor, slug, weeks[0].monday, today),
        "link": link,
        "week_end": lambda monday: monday + timedelta(days=6),
        "since": weeks[0].monday,
    }
    return show(request, "desk/team.html", values)


def _ages(request: HttpRequest, slug: str, now: datetime) -> dict[str, Any]:
    """Open cases by age: a picture, and a table whose numbers lead to the queue."""
    by = "assigned_to" if request.GET.get("by") == "officer" else "service"
    rows = teamwork.ageing(actor_of(request), [slug], by=by, now=now)
    days = teamwork.band_days(now)
    labels = dict(service_names())
    if by == "assigned_to":
        labels = {str(number): name for number, name in teamwork.people_of([slug])} | {
            "": "Nobody yet"
        }
    table = []
    for row in sorted(rows, key=lambda one: -one.total):
        narrow = {"service": row.key} if by == "service" else {"who": row.key or "nobody"}
        table.append(
            {
                "label": labels.get(row.key, row.key.replace("_", " ") or "Nobody yet"),
                "cells": [
                    (number, link(slug, since=since, until=until, **narrow))
                    for number, (_, since, until) in zip(row.bands, days, strict=True)
                ],
                "late": (row.late, link(slug, due="late", **narrow)),
                "total": (row.total, link(slug, **narrow)),
            }
        )
    sums = [sum(row.bands[at] for row in rows) for at in range(len(days))]
    picture = bars(
        [
            (f"{words} working days", number)
            for (words, _, _), number in zip(days, sums, strict=True)
        ],
        title="Open cases by age in working days",
        table=False,
    )
    return {
        "by": by,
        "heads": [words for words, _, _ in days],
        "table": table,
        "picture": picture,
        "sums": [
            (number, link(slug, since=since, until=until))
            for number, (_, since, until) in zip(sums, days, strict=True)
        ],
        "late": sum(row.late for row in rows),
        "total": sum(sums),
    }


def _broken(actor: Any, slug: str, label: str, since: date, until: date) -> dict[str, Any]:
    number, reasons = teamwork.broken(actor, [slug], since=since, until=until)
    return {
        "label": label,
        "number": number,
        "reasons": reasons,
        "url": link(slug, broken_since=since, broken_until=until, done="both"),
    }


def _weeks_picture(weeks: Sequence[teamwork.Week]) -> Any:
    """What came in and what went out: a picture each, so that no bar adds up unlike things."""
    pictures = [
        bars(
            [(f"{one.monday.day} {one.monday:%b}", getattr(one, name)) for one in weeks],
            title=f"Cases {words} each week",
            series=(f"{words.capitalize()} each week",),
            table=False,
        )
        for name, words in (("opened", "opened"), ("ended", "finished"))
    ]
    return pictures[0], pictures[1]


def _rates(weeks: Sequence[teamwork.Week]) -> dict[str, Any]:
    """Shares over the thirteen weeks, as whole per cent; None where nothing can be divided by."""
    ended = sum(one.ended for one in weeks)
    promised = sum(one.kept + one.broken for one in weeks)
    reopened = sum(one.reopened for one in weeks)
    return {
        "opened": sum(one.opened for one in weeks),
        "ended": ended,
        "reopened": reopened,
        "reopen": round(100 * reopened / ended, 1) if ended else None,
        "kept": round(100 * sum(one.kept for one in weeks) / promised) if promised else None,
    }


def _answers(actor: Any, slug: str, since: date, until: date) -> list[dict[str, Any]]:
    labels = service_names()
    return [
        {
            "label": labels.get(one.service, one.service),
            "opened": one.opened,
            "repeats": one.repeats,
            "repeat_rate": round(100 * one.repeats / one.opened, 1) if one.opened else None,
            "answered": one.answered,
            "hours": one.hours,
            "wait": _length(one.hours),
            "url": link(slug, service=one.service, since=since, until=until, done="both"),
            "repeat_url": link(
                slug, service=one.service, since=since, until=until, done="both", has="repeat"
            ),
        }
        for one in teamwork.answers(actor, [slug], since=since, until=until)
    ]


def _length(hours: float | None) -> str:
    if hours is None:
        return "–"
    return f"{hours:.1f} hours" if hours < 48 else f"{hours / 24:.1f} days"


@staff_page
def team_file(request: HttpRequest) -> StreamingHttpResponse:
    """The page's figures as a file: weeks, ages by service and officer, answers, workload."""
    slug, _ = _team(request)
    actor, now = actor_of(request), timezone.now()
    today = timezone.localtime(now).date()
    weeks = teamwork.weeks(actor, [slug], now=now)
    labels = service_names()
    rows: list[tuple[object, ...]] = []
    for week in weeks:
        for what in ("opened", "ended", "kept", "broken", "reopened"):
            rows.append(("Week", week.monday, what, getattr(week, what)))
    heads = [words for words, _, _ in teamwork.band_days(now)]
    for ages in teamwork.ageing(actor, [slug], now=now):
        for words, number in zip(heads, ages.bands, strict=True):
            rows.append(
                ("Open by age", labels.get(ages.key, ages.key), f"{words} working days", number)
            )
    for one in teamwork.answers(actor, [slug], since=weeks[0].monday, until=today):
        name = labels.get(one.service, one.service)
        rows.append(("Answers", name, "opened", one.opened))
        rows.append(("Answers", name, "repeats", one.repeats))
        hours = "" if one.hours is None else round(one.hours, 1)
        rows.append(("Answers", name, "hours to first answer", hours))
    for load in teamwork.workload(actor, [slug], now=now):
        for what in ("open", "late", "urgent", "waiting", "replies", "closed"):
            rows.append(("Workload", load.name, what, getattr(load, what)))
        rows.append(("Workload", load.name, "average age in days", round(load.age, 1)))
    return csv_file(f"team-{slug}-{today}.csv", ("Part", "Of", "What", "Number"), rows)


@staff_page
def workload(request: HttpRequest) -> HttpResponse:
    """Who in the team has how much; from here cases are shared out."""
    slug, names = _team(request)
    actor, now = actor_of(request), timezone.now()
    load = teamwork.workload(actor, [slug], now=now)
    people = teamwork.people_of([slug])
    busy = {one.user_id: one.open for one in load}
    least = min(people, key=lambda pair: busy.get(pair[0], 0), default=None)
    values = {
        "slug": slug,
        "names": names,
        "name": names[slug],
        "load": load,
        "people": people,
        "least": least,
        "picture": bars(
            [Row(one.name, [one.open - one.late, one.late]) for one in load if one.open],
            title="Open cases by person",
            series=("In time", "Late"),
            table=False,
        ),
        "link": link,
        "nobody": next((one.open for one in load if one.user_id is None), 0),
    }
    return show(request, "desk/workload.html", values)


@staff_page
@require_POST
def share(request: HttpRequest) -> HttpResponse:
    """Prepare to share out what nobody has, or part of what one person has; confirmed on the next page."""
    slug, _ = _team(request)
    actor, now = actor_of(request), timezone.now()
    whose = request.POST.get("whose", "nobody")
    number = whole_number(request.POST.get("number", ""))
    back = f"/desk/team/workload/?team={slug}"
    if whose != "nobody" and whole_number(whose) is None:
        messages.error(request, "Choose whose cases to share out.")
        return HttpResponseRedirect(back, status=303)
    if request.POST.get("number", "").strip() and not (number and number <= MOST_SHARED):
        messages.error(
            request, f"How many is a number from 1 to {MOST_SHARED}, or nothing for all."
        )
        return HttpResponseRedirect(back, status=303)
    filters = QueueFilters(team=slug, assignee=whose)
    try:
        run = bulk.draft(
            actor,
            "share",
            filters=filters,
            most=number,
            found_by=f"team={slug}&who={whose}",
            now=now,
        )
    except CaseworkError:
        messages.error(request, "There is nothing to share out.")
        return HttpResponseRedirect(back, status=303)
    return HttpResponseRedirect(f"/desk/many/{run.public_id}/", status=303)
