"""A resident says how satisfied they are; anyone reads how the council's services are doing."""

from __future__ import annotations

import csv
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from moothall import measures
from moothall.casework.actions import record_contact
from moothall.insight import feedback
from moothall.insight.models import Response
from moothall.insight.performance import Counts, published
from moothall.insight.performance import measures as work_out

NOW = datetime(2026, 3, 11, 10, 0, tzinfo=UTC)
FEBRUARY = datetime(2026, 2, 10, 12, 0, tzinfo=UTC)


@pytest.fixture
def today(council: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A day in March, so that February is the latest month that is published."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture
def figures(today: None) -> None:
    """February: twenty online, ten by phone, five chase-ups, two who asked again; thirty forms begun."""
    for number in range(20):
        at = FEBRUARY + timedelta(minutes=number)
        record_contact(channel="online", service_id="missed_bin", outcome="filed", at=at)
    for outcome, number in (("filed", 8), ("asked_again", 2), ("chased", 5)):
        for _ in range(number):
            record_contact(channel="phone", service_id="missed_bin", outcome=outcome, at=FEBRUARY)
    for name, number in (("started", 30), ("completed", 20), ("stopped", 5)):
        measures.count(
            f"journey.{name}", number, at=FEBRUARY, service="missed_bin", channel="online"
        )
    measures.flush()
    for number in range(12):
        feedback.respond(
            key=f"a-key-of-february-{number}", service_id="missed_bin", after="journey",
            rating=5 if number < 9 else 2, now=FEBRUARY,
        )  # fmt: skip


def words(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_a_resident_says_how_it_went_once(today: None) -> None:
    visitor = Client()
    path = "/services/missed-bin/feedback"
    page = visitor.get(path, {"after": "case"}).content.decode()
    key = re.search(r'name="key" value="([^"]+)"', page)[1]  # type: ignore[index]
    refused = visitor.post(path, {"key": key, "after": "case", "comment": "The crew was kind"})
    assert refused.status_code == 422
    assert "Choose how satisfied you are" in words(refused)
    assert "The crew was kind" in refused.content.decode()
    sent = {"key": key, "after": "case", "comment": "The crew was kind", "rating": "4"}
    for _ in range(2):
        answer = visitor.post(path, sent)
        assert answer.status_code == 303
        assert answer["Location"] == "/services/missed-bin/feedback/thanks"
    kept = Response.objects.get()
    assert (kept.rating, kept.after, kept.comment) == (4, "case", "The crew was kind")
    assert "Thank you" in words(visitor.get(answer["Location"]))
    assert visitor.post(path, {"rating": "6"}).status_code == 422
    assert visitor.post(path, {"rating": "3", "comment": "x" * 1300}).status_code == 422
    assert visitor.get("/services/no-such/feedback").status_code == 404


def test_the_question_is_asked_in_welsh_too(today: None) -> None:
    page = Client().get("/cy/services/missed-bin/feedback")
    assert "Bodlon iawn" in words(page)
    assert "Very satisfied" not in words(page)


def test_anyone_sees_the_four_measures(figures: None) -> None:
    visitor = Client()
    page = words(visitor.get("/performance/"))
    assert "March 2025 to February 2026" in page
    # 20 online at 15p and 15 calls at £2.83 over 30 sent in: £1.515
    assert "£1.51 cost of a transaction" in page or "£1.52 cost of a transaction" in page
    assert "between £0.69 and £3.16" in page
    assert "75% are satisfied" in page  # nine of twelve
    assert "80% finish the form they start" in page  # twenty of thirty less five turned away
    assert "67% come online" in page  # twenty of thirty
    assert "20% of all contacts asked where something was" in page  # seven of thirty-five
    one = words(visitor.get("/performance/missed-bin/"))
    assert "February 2026 30 £1.5" in one
    assert "January 2026 0 not known not known not known not known not known" in one
    assert visitor.get("/performance/no-such-service/").status_code == 404
    welsh = words(visitor.get("/cy/performance/missed-bin/"))
    assert "Chwefror 2026" in welsh
    assert "ddim yn hysbys" in welsh


def test_the_figures_are_a_file_for_people_and_for_programs(figures: None) -> None:
    visitor = Client()
    rows = list(csv.DictReader(visitor.get("/performance/all.csv").content.decode().splitlines()))
    assert len({row["month"] for row in rows}) == 13
    february = {
        row["measure"]: row
        for row in rows
        if (row["month"], row["service"]) == ("2026-02", "missed_bin")
    }
    assert february["transactions"]["value"] == "30"
    assert february["digital_take_up"]["value"] == "66.7"
    assert february["cost_per_transaction"]["low"] == "0.69"
    assert february["failure_demand"]["of"] == "35"
    found = visitor.get("/performance/missed-bin.json").json()
    assert found["services"][0]["months"][-1]["user_satisfaction"] == {
        "value": 75.0, "unit": "percent", "of": 12,
    }  # fmt: skip
    assert found["services"][0]["months"][0]["completion_rate"] == {
        "value": None, "unit": "percent", "why_unknown": "not known",
    }  # fmt: skip
    assert found["licence"].startswith("https://www.nationalarchives.gov.uk/")


def test_few_are_never_told_apart(today: None) -> None:
    for _ in range(3):
        record_contact(channel="phone", service_id="missed_bin", outcome="filed", at=FEBRUARY)
    visitor = Client()
    assert "February 2026 fewer than 5 too few to say" in words(
        visitor.get("/performance/missed-bin/")
    )
    body = visitor.get("/performance/missed-bin.json").json()["services"][0]["months"][-1]
    assert body["transactions"] is None
    assert body["digital_take_up"]["why_unknown"] == "too few"


def test_the_cost_of_pages_does_not_grow_with_services_or_contacts(
    figures: None, django_assert_max_num_queries: Any
) -> None:
    visitor = Client()
    visitor.get("/performance/")
    with django_assert_max_num_queries(14):
        visitor.get("/performance/")
    with django_assert_max_num_queries(14):
        visitor.get("/performance/all.csv")


def test_answers_are_forgotten_when_their_time_is_over(today: None) -> None:
    old = NOW - feedback.KEPT - timedelta(days=1)
    for at, key in ((old, "an-old-key-of-long-ago"), (NOW, "a-new-key-of-today-x")):
        feedback.respond(key=key, service_id="missed_bin", after="case", rating=3, now=at)
    assert feedback.forget(NOW) == 1
    assert Response.objects.get().key == "a-new-key-of-today-x"


def test_the_published_months_are_the_thirteen_that_are_over() -> None:
    period = published(date(2026, 1, 31))
    assert (period.keys[0], period.keys[-1], len(period.keys)) == ("2024-12", "2025-12", 13)


@given(
    st.dictionaries(st.sampled_from(["online", "phone"]), st.integers(0, 50)),
    st.integers(0, 60),
    st.integers(0, 60),
    st.integers(0, 60),
)
def test_no_share_is_more_than_everything_or_made_from_few(
    opened: dict[str, int], started: int, completed: int, turned: int
) -> None:
    counts = Counts(opened=opened, contacts=dict(opened), started=started, completed=completed)
    counts.turned_away = turned
    found = work_out(counts, {})
    for one in (found.completion, found.take_up, found.satisfaction, found.failure):
        assert one.value is None or (0 <= one.value <= 100 and one.of >= 10)
        assert (one.value is None) == bool(one.why)
    assert found.cost.value is None  # no channel has a known cost: never a figure that is too low
