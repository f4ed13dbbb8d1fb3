"""A council made up in bulk is like one that grew: its ledger holds, its lists and figures agree."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from moothall.casework import flow, ledger, searching, tallying
from moothall.casework.facts import service_of
from moothall.casework.models import Case, Contact, Event
from moothall.insight.models import Response
from moothall.notify.models import Message
from moothall.outbox.models import Job
from moothall.packs import queries as packs
from moothall.packs.models import Council
from moothall.packs.synth import making, rates
from moothall.packs.synth.calendar import Days, by_the_clock, utc_seconds
from moothall.packs.synth.days import Plan
from moothall.packs.synth.making import Refused, Wanted
from moothall.people.models import User
from moothall.people.testing import sign_in
from moothall.search import actions as search
from moothall.search.models import Document

NOW = datetime(2026, 3, 11, 14, 0, tzinfo=UTC)
SMALL = replace(making.plan_for(5_000, seed=7, now=NOW, days=10), variants=1)


class Killed(Exception):
    """Stands for SIGKILL between two days: what is not committed is gone."""


def whole() -> str:
    """One digest over every case, its chain and its columns."""
    found = hashlib.sha256()
    for row in Case.objects.order_by("reference").values_list(*ledger.PROJECTED):
        found.update(repr(row).encode())
    for row in Event.objects.order_by("digest").values_list("digest", "payload", "salts"):
        found.update(repr(row).encode())
    for row in Contact.objects.order_by("at", "channel", "service_id", "outcome").values_list(
        "at", "day", "channel", "service_id", "outcome", "minutes"
    ):
        found.update(repr(row).encode())
    return found.hexdigest()


@pytest.mark.django_db
def test_a_made_up_council_is_like_one_that_grew() -> None:
    jobs = Job.objects.count()
    with transaction.atomic():
        making.make(SMALL)
        straight = whole()
        transaction.set_rollback(True)
    assert not Case.objects.exists()

    def stop_half_way(share: float, note: str) -> None:
        if share > 0.5:
            raise Killed

    with pytest.raises(Killed):
        making.make(SMALL, stop_half_way)
    so_far = Case.objects.count()
    made = making.make(SMALL)
    assert 0 < so_far < Case.objects.count() == so_far + made.cases
    assert whole() == straight, "killed and resumed, or in one go: the same rows"
    assert making.make(SMALL).days == 0

    found = ledger.verify()
    assert not found.broken
    assert found.events > 6 * found.cases
    for case in Case.objects.all():
        assert ledger.rebuild_case(case.pk, only_compare=True) == [], case.reference
        title, words = searching.document(case, service_of(case))
        url = f"/desk/cases/{case.reference}/"
        document = Document.objects.get(ref=case.reference)
        assert (
            document.tokens == search.new("case", case.reference, title, words, "staff", url).tokens
        )
    assert flow.differences() == []
    assert tallying.differences() == []
    assert Job.objects.count() == jobs, "nothing is left to be sent"
    assert set(Message.objects.values_list("status", flat=True)) == {"delivered"}
    assert {one.subject_ref for one in Message.objects.all()} <= set(
        Case.objects.values_list("reference", flat=True)
    )
    assert Contact.objects.filter(case=None).exists()
    assert Response.objects.exists()
    late = Case.objects.exclude(breached_at=None)
    assert all(one.ended_at is None or one.ended_at > one.breached_at for one in late)
    assert all(word not in _everything() for word in ("Zabriskie", "Zabrow", "51.913914"))
    _looked_at()


def _everything() -> str:
    return "\n".join(
        [*Event.objects.values_list("payload", flat=True), *Message.objects.values_list("body", flat=True)]
    )  # fmt: skip


def _looked_at() -> None:
    """On the desk it looks like any case; every page says that it was made up."""
    officer, stranger = Client(), Client()
    sign_in(officer, User.objects.filter(is_staff=True, email__startswith="asha").get())
    case = Case.objects.filter(lock_version__gte=4, language="en").order_by("-opened_at").first()
    assert case is not None
    page = officer.get(f"/desk/cases/{case.reference}/").content.decode()
    assert case.reference in page
    assert case.contact_name in page
    assert "made up by a machine" in page
    assert "made up by a machine" in stranger.get("/").content.decode()
    assert officer.get("/desk/").status_code == 200


@pytest.mark.django_db
def test_it_keeps_away_from_real_cases_and_from_another_council_of_its_own() -> None:
    one_day = replace(SMALL, first=SMALL.last, variants=1)
    making.make(one_day)
    with pytest.raises(Refused, match="5,000 residents with seed 7"):
        making.make(replace(one_day, seed=8))
    Council.objects.update(synthetic={})
    if Case.objects.exists():
        with pytest.raises(Refused, match="synth did not make"):
            making.make(one_day)
    with pytest.raises(CommandError, match="5,000 to 5,000,000"):
        call_command("synth", "--residents", "12")


@pytest.fixture(scope="module")
def plan() -> Plan:
    """Two years of a middling council, without a database."""
    services = {"missed_bin": ("online", "phone", "desk"), "garden_waste": ("online", "phone")}
    first = date(2024, 3, 12)
    last = date(2026, 3, 11)
    holidays = frozenset({date(2024, 12, 25), date(2025, 12, 25)})
    return Plan(3, 200_000, first, last, rates.read(), services, holidays)


def test_seasons_weeks_channels_and_repeats_are_in_the_plan(plan: Plan) -> None:
    cases = [one for day in list(plan.days())[::7] for one in plan.cases(day)]
    again = [one for one in cases if one.of is not None]
    assert 0.03 < len(again) / len(cases) < 0.09
    for one in again:
        earlier = plan.first_case(*one.of) if one.of else one
        assert (earlier.service, earlier.resident) == (one.service, one.resident)
        assert timedelta() < one.day - earlier.day <= timedelta(days=27)

    def online(day: date) -> float:
        found = Counter(one.channel for one in plan.cases(day))
        return found["online"] / found.total()

    assert online(date(2026, 3, 9)) - online(date(2024, 3, 18)) > 0.15
    march, december = plan.expected("garden_waste", date(2025, 3, 4)), plan.expected("garden_waste", date(2025, 12, 2))  # fmt: skip
    assert march > 4 * december
    monday, sunday = (plan.expected("missed_bin", date(2025, 6, day)) for day in (9, 8))
    assert monday > 2 * sunday
    year = sum(
        plan.expected("missed_bin", date(2025, 1, 1) + timedelta(days=n)) for n in range(365)
    )
    assert year == pytest.approx(200 * rates.read().of("missed_bin").cases, rel=0.03)


def test_a_day_is_the_same_whenever_it_is_made(plan: Plan) -> None:
    day = date(2025, 10, 6)
    fresh = replace(plan, _firsts={})
    assert fresh.cases(day) == plan.cases(day)
    assert list(fresh.contacts(day)) == list(plan.contacts(day))
    assert len({(one.day, one.number) for one in plan.cases(day)}) == len(plan.cases(day))


START = date(2025, 9, 1)


@pytest.fixture(scope="module")
def days() -> Days:
    """Working days of England, weekends and Christmas left out."""
    closed = {date(2024, 12, 25), date(2024, 12, 26), date(2025, 4, 18), date(2025, 4, 21)}
    return Days(
        lambda day: day.weekday() < 5 and day not in closed, date(2023, 1, 1), date(2028, 1, 1)
    )


@given(st.integers(0, 600), st.integers(1, 60))
def test_as_many_working_days_lie_between(days: Days, to: int, after: int) -> None:
    start, there = START.toordinal(), date(2024, 3, 1).toordinal() + to
    moved = days.moved(start + after, start, there, by_work=True)

    def worked(first: int, last: int) -> int:
        return sum(days.works(one) for one in range(first + 1, last + 1))

    assert worked(there, moved) >= worked(start, start + after)
    if days.works(start + after):
        assert worked(there, moved) == worked(start, start + after)
        assert days.works(moved)
    assert days.moved(start + after, start, there, by_work=False) == there + after
    assert days.moved(start + 365, start, there, by_work=True) == there + 365


@given(st.integers(19_000, 21_500), st.integers(0, 86_399))
def test_londons_clock_there_and_back(day: int, seconds: int) -> None:
    ordinal = date(1970, 1, 1).toordinal() + day
    if 3600 <= seconds < 7200:  # an hour that may not be there, or twice
        return
    assert by_the_clock(utc_seconds(ordinal, seconds)) == (ordinal, seconds)


@pytest.mark.django_db
def test_no_two_cases_have_one_reference() -> None:
    made = making.Made(replace(SMALL, residents=5_000_000))
    found = {
        made.reference(SMALL.first + timedelta(days=day), number)
        for day in range(10)
        for number in range(0, making.MOST_A_DAY, 97)
    }
    assert len(found) == 10 * len(range(0, making.MOST_A_DAY, 97))
    assert all(one.startswith(packs.council().reference_prefix) for one in found)


def test_what_was_asked_for_is_read_back() -> None:
    kept: dict[str, Any] = SMALL.kept()
    assert making.asked(kept) == SMALL
    assert isinstance(SMALL, Wanted)
