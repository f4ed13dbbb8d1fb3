"""Queues, search, tracking and the figures: what they show, what they cost, what they give away."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from moothall.casework import actions, clock, queries, tallying, tracking
from moothall.casework.errors import Invalid, TooManyTries
from moothall.casework.models import Attempt, Case, Contact, ContactCost, ContactDay
from moothall.casework.pack import CostsSection
from moothall.casework.types import QueueFilters
from moothall.packs.sections import PackError
from tests.casework.conftest import (
    NOW,
    address,
    bin_answers,
    fresh,
    is_whole,
    later,
    missed_bin,
    pays,
    permit,
    resident,
    staff,
)

pytestmark = pytest.mark.django_db


def asked(work: Any) -> int:
    """How many questions the database was asked."""
    with CaptureQueriesContext(connection) as captured:
        work()
    return len(captured)


# The queue


def test_the_queue_is_by_promise_date_and_pages_by_key() -> None:
    cases = [missed_bin(now=later(minutes=-number)) for number in range(7)]
    cases.append(missed_bin(answers=bin_answers(bin="food")))
    bryn = staff("bryn")
    seen: list[str] = []
    after, pages = "", 0
    while True:
        page = queries.queue(bryn, QueueFilters(limit=3, after=after), now=NOW)
        assert page.total == 8
        seen += [row.reference for row in page.rows]
        after, pages = page.next, pages + 1
        if not after:
            break
    assert pages == 3
    assert len(seen) == len(set(seen)) == 8
    assert seen[0] == cases[-1].reference, "food waste is due first"
    assert queries.queue(bryn, QueueFilters(after="rubbish~x"), now=NOW).rows


def test_filters_of_the_queue() -> None:
    bryn, dilys = staff("bryn"), staff("dilys")
    late = missed_bin(now=later(days=-20))
    soon = missed_bin()
    other = missed_bin(answers=bin_answers(address=address("990000000900")))
    actions.assign(soon.pk, dilys.user_id, actor=bryn, now=NOW)
    Case.objects.filter(pk=other.pk).update(ward="X05000009")
    shows = lambda **given: {  # noqa: E731  (one word for the table below)
        row.reference for row in queries.queue(bryn, QueueFilters(**given), now=NOW).rows
    }
    assert shows() == {late.reference, soon.reference, other.reference}
    assert shows(due="late") == {late.reference}
    assert shows(due="soon") == {soon.reference, other.reference}
    assert shows(due="today") == shows(due="later") == shows(due="paused") == set()
    assert shows(assignee=str(dilys.user_id)) == {soon.reference}
    assert shows(assignee="nobody") == {late.reference, other.reference}
    assert shows(assignee="me") == set()
    assert shows(ward="X05000009") == {other.reference}
    assert shows(states=("booked",)) == set()
    assert shows(services=("missed_bin",), team="waste") == shows()
    assert shows(team="parking") == set()
    assert shows(opened_since=date(2026, 3, 11)) == {soon.reference, other.reference}
    assert shows(opened_until=date(2026, 3, 10)) == {late.reference}
    assert shows(ended=True) == set()
    assert shows(urgent=True) == set()
    newest = queries.queue(bryn, QueueFilters(order="newest", limit=1), now=NOW)
    again = queries.queue(bryn, QueueFilters(order="newest", after=newest.next), now=NOW)
    assert [*newest.rows, *again.rows][-1].reference == late.reference
    counts = queries.queue_counts(bryn, now=NOW)
    assert (counts["all"], counts["late"], counts["soon"], counts["nobody"]) == (3, 1, 2, 2)
    assert sum(counts[what] for what in ("late", "today", "soon", "later", "paused")) == 3
    assert queries.states_in_use(bryn)["missed_bin"]["booked"] == "Crew booked"


def test_a_queue_asks_the_database_the_same_however_long_it_is() -> None:
    bryn = staff("bryn")
    missed_bin()
    queries.queue(bryn, now=NOW)
    few = asked(lambda: queries.queue(bryn, now=NOW))
    for _ in range(12):
        missed_bin()
    assert asked(lambda: queries.queue(bryn, now=NOW)) == few <= 4
    assert asked(lambda: queries.queue_counts(bryn, now=NOW)) <= 3


# Search


def test_search_by_reference_place_person_and_words() -> None:
    case = missed_bin()
    missed_bin(
        answers=bin_answers(
            name="Perrin Stoat",
            email="perrin@example.org",
            address=address("990000000900"),
            where_left="Under the beech",
        )
    )
    bryn = staff("bryn")

    def finds(words: str) -> set[str]:
        return {row.reference for row in queries.search(bryn, words, now=NOW)}

    assert finds(case.reference) == {case.reference}
    assert finds(case.reference.lower().replace("-", " ")) == {case.reference}
    assert case.reference in finds("xw17dt")
    assert finds("robin.sallow@example.org") == {case.reference}
    assert finds("") == set()
    assert finds("  ") == set()
    assert queries.search(resident(), case.reference, now=NOW) == ()
    earlier = queries.earlier_cases(bryn, email="robin.sallow@example.org", now=NOW)
    assert [row.reference for row in earlier] == [case.reference]
    assert queries.earlier_cases(staff("terry"), email="robin.sallow@example.org", now=NOW) == ()
    assert finds("Sallow") == {case.reference}
    assert finds("side gate") == {case.reference}


# Tracking


def test_tracking_needs_the_reference_and_what_they_gave() -> None:
    case = missed_bin()
    found = queries.track(case.reference.lower(), " xw1 7dt ", now=NOW)
    assert found is not None
    assert found.reference == case.reference
    assert found.says.startswith("We have your report")
    for secret in ("", "xw1 1aa", "someone@example.org", " "):
        assert queries.track(case.reference, secret, now=NOW) is None
    assert queries.track("WM-222-222", "xw1 7dt", now=NOW) is None
    assert queries.track("nonsense'; --", "xw1 7dt", now=NOW) is None


def test_a_case_without_a_contact_is_not_opened_by_an_empty_secret() -> None:
    answers = bin_answers(tell_me_by="nothing")
    del answers["email"]
    case = missed_bin(answers=answers)
    Case.objects.filter(pk=case.pk).update(contact_postcode="", place_postcode="")
    for secret in ("", " ", "None", "nothing was kept"):
        assert queries.track(case.reference, secret, now=NOW) is None


def test_guessing_is_stopped_for_the_reference_and_for_the_caller() -> None:
    case = missed_bin()
    for _ in range(tracking.TRIES_A_REFERENCE):
        assert queries.track(case.reference, "wrong@example.org", now=NOW) is None
    with pytest.raises(TooManyTries, match="minutes"):
        queries.track(case.reference, case.contact_email, now=NOW)
    assert queries.track(case.reference, case.contact_email, now=later(hours=1)) is not None
    for number in range(tracking.TRIES_A_CLIENT):
        reference = f"WM-{'234679CDFG'[number % 10]}22-{'234679CDFG'[number // 10]}22"
        assert queries.track(reference, "x", client="192.0.2.7", now=NOW) is None
    with pytest.raises(TooManyTries):
        queries.track("WM-999-999", "x", client="192.0.2.7", now=NOW)
    assert queries.track("WM-999-999", "x", client="192.0.2.8", now=NOW) is None
    assert "192.0.2" not in str(list(Attempt.objects.values_list("bucket")))
    assert tracking.forget_tries(later(hours=9)) > 0
    assert Attempt.objects.count() == 0


def test_an_unknown_reference_costs_the_same_as_a_wrong_secret() -> None:
    case = missed_bin()
    queries.track(case.reference, "a@example.org", now=NOW)
    queries.track("WM-222-222", "a@example.org", now=NOW)
    wrong = asked(lambda: queries.track(case.reference, "b@example.org", now=NOW))
    unknown = asked(lambda: queries.track("WM-222-222", "b@example.org", now=NOW))
    assert wrong == unknown


def test_a_signed_link_opens_one_case_for_a_year() -> None:
    case = missed_bin()
    token = queries.link_token(case, now=NOW)
    found = queries.case_by_signed_link(token, now=later(days=364))
    assert found is not None
    assert found.reference == case.reference
    assert queries.case_by_signed_link(token, now=later(days=366)) is None
    assert queries.case_by_signed_link(token[:-1] + "x", now=NOW) is None
    assert queries.case_by_signed_link(token.replace(case.reference, "WM-222-222"), now=NOW) is None
    assert queries.case_by_signed_link("", now=NOW) is None
    assert case.contact_email not in token


# Figures


@pytest.fixture
def figures(db: None) -> None:
    """Contacts of two months: 3 online, 2 by phone, 1 at the desk."""
    Contact.objects.all().delete()
    february = later(days=-30)
    for at, channel, outcome in (
        (NOW, "online", "filed"),
        (NOW, "online", "filed"),
        (february, "online", "filed"),
        (NOW, "phone", "filed"),
        (february, "phone", "chased"),
        (NOW, "desk", "answered"),
    ):
        actions.record_contact(
            channel=channel, service_id="missed_bin", outcome=outcome, minutes=4, at=at
        )


def test_contacts_and_their_cost_with_its_range(figures: None) -> None:
    since, until = later(days=-60), later(days=1)
    by_channel = {row.keys: row.contacts for row in queries.contacts(since, until)}
    assert by_channel == {("online",): 3, ("phone",): 2, ("desk",): 1}
    by_month = queries.contacts(since, until, ("month", "channel"))
    assert {row.keys: row.contacts for row in by_month}["2026-02", "phone"] == 1
    chased = queries.contacts(since, until, ("outcome",), service_id="missed_bin")
    assert {row.keys[0]: row.contacts for row in chased}["chased"] == 1
    cost = {row.keys[0]: row for row in queries.costs(since, until, ("channel",))}
    assert cost["online"].pounds == Decimal("0.45")
    assert (cost["phone"].low, cost["phone"].pounds, cost["phone"].high) == (
        Decimal("2.56"),
        Decimal("5.66"),
        Decimal("11.14"),
    )
    [whole] = queries.costs(since, until, ())
    assert whole.pounds == Decimal("0.45") + Decimal("5.66") + Decimal("8.62")
    assert asked(lambda: queries.costs(since, until, ("month", "channel", "service"))) == 4
    with pytest.raises(ValueError):
        queries.contacts(since, until, ("colour",))


def test_days_that_are_over_are_added_up_and_the_figures_stay_the_same(figures: None) -> None:
    since, until = later(days=-60), later(days=30)
    by = ("day", "channel", "service", "outcome")
    before = queries.contacts(since, until, by)
    assert tallying.add_up(NOW) > 0
    while tallying.add_up(NOW):
        pass
    assert tallying.counted_through() == date(2026, 3, 9)
    assert ContactDay.objects.count() == 2, "February's"
    assert queries.contacts(since, until, by) == before
    while tallying.add_up(later(days=20)):
        pass
    assert queries.contacts(since, until, by) == before
    Contact.objects.all().delete()
    assert queries.contacts(since, until, by) == before, "asked of the sums alone"
    for _ in range(2):
        actions.record_contact(
            channel="phone", service_id="missed_bin", outcome="chased", minutes=3, at=NOW
        )
    late = {row.keys: row for row in queries.contacts(since, until, ("channel", "outcome"))}
    assert (late["phone", "chased"].contacts, late["phone", "chased"].minutes) == (3, 10)


def test_a_contact_is_of_a_known_kind() -> None:
    with pytest.raises(Invalid):
        actions.record_contact(channel="pigeon", outcome="filed", at=NOW)
    with pytest.raises(Invalid):
        actions.record_contact(channel="phone", outcome="shrugged", at=NOW)
    with pytest.raises(Invalid):
        actions.record_contact(channel="phone", outcome="filed", minutes=2000, at=NOW)
    assert ("chased", "Asked how a case is going") in queries.contact_outcomes()


def test_promises_kept_and_broken() -> None:
    bryn = staff("bryn")
    for days in (1, 30):
        case = missed_bin()
        for move in ("book_a_crew", "bin_emptied"):
            case = fresh(case)
            actions.move(
                case.pk, move, actor=bryn, expected=case.lock_version, now=later(days=days)
            )
    missed_bin(now=later(days=-20))
    open_late = missed_bin()
    clock.tick(later(days=40))
    pays(permit())
    rows = queries.promises_kept(later(days=-60), later(days=60), ("service",), now=later(days=40))
    bins = {row.keys[0]: row for row in rows}["missed_bin"]
    assert (bins.kept, bins.broken, bins.running, bins.late_now) == (1, 1, 2, 2)
    months = queries.promises_kept(later(days=-60), later(days=60), ("month",), now=NOW)
    assert {row.keys[0]: row.kept for row in months}["2026-03"] == 1
    is_whole(open_late)


# The cost table


def test_the_cost_table_of_the_pack() -> None:
    table = {row.channel: row for row in queries.cost_table()}
    assert table["phone"].pounds == Decimal("2.83")
    assert table["field"].pounds == table["desk"].pounds == Decimal("8.62")
    assert table["online"].default
    assert "Socitm" in table["online"].source
    section = CostsSection()
    data = section.read(Path(settings.PACK))
    assert data is not None
    assert section.plan(data) == []


def test_a_cost_table_goes_out_and_comes_back(tmp_path: Path) -> None:
    section = CostsSection()
    section.export(tmp_path)
    data = section.read(tmp_path)
    assert data is not None
    assert section.plan(data) == []
    text = (tmp_path / "costs.yaml").read_text()
    (tmp_path / "costs.yaml").write_text(text.replace("2.83", "3.11"))
    changed = section.read(tmp_path)
    assert changed is not None
    [change] = section.plan(changed)
    assert change.kind == "change"
    section.apply(changed)
    section.apply(changed)
    assert ContactCost.objects.get(channel="phone").pence == 311
    (tmp_path / "costs.yaml").write_text(text.replace("- phone", "- online"))
    with pytest.raises(PackError, match="also in"):
        section.read(tmp_path)
    (tmp_path / "costs.yaml").write_text(text.replace("low: 1.28", "low: 9.99"))
    with pytest.raises(PackError, match=r"costs\.yaml:\d+"):
        section.read(tmp_path)


# What one case costs the database


def test_opening_a_case_asks_little_of_the_database() -> None:
    missed_bin()
    answers = bin_answers()
    assert asked(lambda: missed_bin(answers=answers)) <= 40
    case = missed_bin(answers=answers)
    bryn = staff("bryn")
    assert asked(lambda: queries.case_for(bryn, case.reference, now=NOW)) <= 10
    assert (
        asked(
            lambda: actions.move(
                case.pk,
                "book_a_crew",
                actor=bryn,
                expected=case.lock_version,
                now=NOW + timedelta(hours=1),
            )
        )
        <= 20
    )
