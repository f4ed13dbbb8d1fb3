"""Lists and figures find what they show by an index, on both databases, however many cases there are.

A plan is read, not timed: SQLite plans the same with ten rows as with a million (it has no statistics);
PostgreSQL is told to prefer any index, so that a scan in its plan means that there is none to use.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from moothall.casework import flow, queries, repeats, tallying, teamwork
from moothall.casework.models import Case
from moothall.casework.types import ContactDetails, QueueFilters
from moothall.packs import queries as packs
from tests.casework.conftest import NOW, missed_bin, staff

pytestmark = pytest.mark.django_db

LARGE = ("casework_case", "casework_event", "casework_contact", "search_document", "notify_message")
ONE = QueueFilters(limit=100)
TODAY = NOW.date()
LISTS = {
    "everything open": ONE,
    "my teams": replace(ONE, team="mine"),
    "a team": replace(ONE, team="waste_team"),
    "a service": replace(ONE, services=("missed_bin",)),
    "a service, late": replace(ONE, services=("missed_bin",), due="late"),
    "two services": replace(ONE, services=("missed_bin", "bulky_waste")),
    "a ward": replace(ONE, ward="X05000001"),
    "mine": replace(ONE, assignee="me"),
    "nobody's": replace(ONE, assignee="nobody"),
    "by phone": replace(ONE, channel="phone"),
    "due soon": replace(ONE, due="soon"),
    "paused": replace(ONE, due="paused"),
    "older than ten days": replace(ONE, older_than=10),
    "oldest": replace(ONE, order="oldest"),
    "newest": replace(ONE, order="newest"),
    "has a task": replace(ONE, has=("task",)),
    "wrote to us": replace(ONE, has=("reply",)),
    "all ever, newest": replace(ONE, ended=None, order="newest"),
    "ended this week": replace(
        ONE, ended=True, order="newest", ended_since=TODAY - timedelta(days=7)
    ),
    "broken this month": replace(ONE, ended=None, breached_since=TODAY - timedelta(days=30)),
    "fee is due": replace(ONE, ended=None, paid="due"),
    "asked again": replace(ONE, ended=True, has=("repeat",)),
    "handed over": replace(ONE, ended=None, has=("handed",)),
    "opened again": replace(ONE, ended=None, has=("reopened",)),
    "a search within": replace(ONE, ended=None, among=(1, 2, 3)),
}


@pytest.fixture
def some(clear_plans: None) -> list[Case]:
    """A few cases, so that nothing is short-cut."""
    return [missed_bin() for _ in range(3)]


@pytest.fixture
def clear_plans() -> None:
    """PostgreSQL uses an index wherever there is one."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
    return


def plans(work: Callable[[], Any]) -> list[tuple[str, str]]:
    """Each statement about a large table that `work` reads by, with its plan."""
    with CaptureQueriesContext(connection) as captured:
        work()
    explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN (COSTS OFF) "
    found = []
    for query in captured.captured_queries:
        sql = query["sql"]
        if not sql.startswith(("SELECT", "WITH")) or not any(f'"{one}"' in sql for one in LARGE):
            continue
        with connection.cursor() as cursor:
            cursor.execute(
                explain + sql.replace("%", "%%")
                if connection.vendor == "postgresql"
                else explain + sql
            )
            found.append((sql, "\n".join(str(row[-1]) for row in cursor.fetchall())))
    return found


def scanned(plan: str) -> list[str]:
    """Large tables that a plan reads from beginning to end."""
    names = "|".join(LARGE)
    if connection.vendor == "sqlite":
        return re.findall(rf"SCAN ({names})(?! USING)", plan)
    return re.findall(rf"Seq Scan on ({names})\b", plan)


@pytest.mark.parametrize("who", ["asha", "bryn"])
def test_every_list_is_found_by_an_index(some: list[Case], who: str) -> None:
    actor = staff(who)
    for name, filters in LISTS.items():
        for sql, plan in plans(lambda filters=filters: queries.queue(actor, filters, now=NOW)):  # type: ignore[misc]  # binds the loop's value
            if name == "all ever, newest" and "LIMIT 1000" in sql:
                continue  # counts whatever comes first, and stops at a thousand
            assert not scanned(plan), f"{name}: {sql}\n{plan}"
    of_views = [one for name, one in LISTS.items() if name != "all ever, newest"]
    for sql, plan in plans(lambda: queries.counts_of(actor, of_views, now=NOW)):
        assert not scanned(plan), f"counts: {sql}\n{plan}"
    for sql, plan in plans(lambda: queries.queue_counts(actor, ONE, now=NOW)):
        assert not scanned(plan), f"{sql}\n{plan}"


@pytest.mark.skipif("connection.vendor != 'sqlite'")
def test_open_cases_are_read_in_their_order_without_sorting(some: list[Case]) -> None:
    actor = staff("asha")
    for name in ("everything open", "a service", "a service, late", "by phone", "mine"):
        for sql, plan in plans(lambda name=name: queries.queue(actor, LISTS[name], now=NOW)):  # type: ignore[misc]  # binds the loop's value
            assert "TEMP B-TREE" not in plan, f"{name}: {sql}\n{plan}"
            by_key = "INTEGER PRIMARY KEY" in plan
            assert by_key or "case_open" in plan, f"{name}: {sql}\n{plan}"


def test_search_repeats_and_the_person_on_the_phone_are_found_by_an_index(some: list[Case]) -> None:
    asha, service = staff("asha"), packs.service("missed_bin")
    assert service is not None
    case = some[0]
    place = {"place.line": case.place_line, "place.postcode": case.place_postcode}
    person = ContactDetails("Robin Sallow", "robin@post.example", "07700 900123", "")
    works: list[Callable[[], Any]] = [
        lambda: queries.search(asha, case.reference, now=NOW),
        lambda: queries.search(asha, "robin@post.example", now=NOW),
        lambda: queries.search(asha, "07700 900123", now=NOW),
        lambda: queries.search(asha, "XW1 1AA", now=NOW),
        lambda: queries.earlier_cases(asha, email="robin@post.example", postcode="XW1 1AA"),
        lambda: repeats.repeat_of(service, case.answers, place, person, None, now=NOW),
        lambda: queries.case_for(asha, case.reference, now=NOW),
    ]
    for work in works:
        for sql, plan in plans(work):
            assert not scanned(plan), f"{sql}\n{plan}"


def test_a_managers_figures_are_found_by_an_index(some: list[Case]) -> None:
    manager = _manager()
    teams = teamwork.managed_teams(manager)
    month = {"since": TODAY - timedelta(days=28), "until": TODAY}
    works: list[Callable[[], Any]] = [
        lambda: teamwork.workload(manager, teams, now=NOW),
        lambda: teamwork.ageing(manager, teams, now=NOW),
        lambda: teamwork.broken(manager, teams, **month),
        lambda: teamwork.answers(manager, teams, **month),
    ]
    for work in works:
        for sql, plan in plans(work):
            assert not scanned(plan), f"{sql}\n{plan}"


def _manager() -> Any:
    from moothall.people.models import Job, Membership
    from moothall.people.queries import actor_for

    return actor_for(Membership.objects.filter(job=Job.MANAGER).order_by("pk")[0].user)


def test_figures_of_years_never_read_contacts_or_cases(some: list[Case]) -> None:
    """Insight and the public's figures read sums: of the contacts only the last, loose days."""
    tallying.add_up(NOW)
    year = (NOW - timedelta(days=365), NOW)
    works: list[Callable[[], Any]] = [
        lambda: queries.contacts(*year, ("month", "channel", "service")),
        lambda: queries.costs(*year, ("month", "service", "outcome")),
        lambda: queries.promises_kept(*year),
        lambda: flow.flow(*year, ("month", "service")),
    ]
    for work in works:
        for sql, plan in plans(work):
            assert not scanned(plan), f"{sql}\n{plan}"
            if work is not works[2]:  # promises still to be kept are open cases
                assert '"casework_case"' not in sql, sql
