"""Counts that any room emits: cheap to make, summed by label, never personal."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from moothall import measures
from moothall.measures import buffer
from moothall.measures.models import Count
from moothall.measures.queries import totals

LONDON = ZoneInfo("Europe/London")
MARCH = datetime(2026, 3, 31, 23, 30, tzinfo=LONDON)


@pytest.fixture(autouse=True)
def nothing_waiting() -> Iterator[None]:
    buffer.forget()
    yield
    buffer.forget()


@pytest.mark.django_db
def test_a_form_counts_its_steps_and_insight_sums_them() -> None:
    for _ in range(3):
        measures.count("test.step", service="missed_bin", step="bin", at=MARCH)
    measures.count("test.step", service="missed_bin", step="address", at=MARCH)
    measures.count("test.step", 5, service="complaint", step="about", at=MARCH)
    assert measures.flush() == 3

    year = (date(2026, 1, 1), date(2026, 12, 31))
    assert totals("test.step", *year) == {(): 9}
    assert totals("test.step", *year, by=("service",)) == {("missed_bin",): 4, ("complaint",): 5}
    assert totals("test.step", *year, by=("step",), service="missed_bin") == {
        ("bin",): 3,
        ("address",): 1,
    }
    assert totals("test.step", date(2026, 4, 1), date(2026, 4, 30)) == {}


@pytest.mark.django_db
def test_the_day_is_the_day_in_london() -> None:
    measures.count("test.day", at=MARCH)
    measures.flush()
    assert totals("test.day", date(2026, 3, 1), date(2026, 3, 31), by=("day",)) == {
        ("2026-03-31",): 1
    }
    assert totals("test.day", date(2026, 3, 1), date(2026, 3, 31), by=("month", "missing")) == {
        ("2026-03", ""): 1
    }


@pytest.mark.django_db
def test_counting_costs_no_query_and_flushes_add_up() -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        measures.count("test.cheap", at=MARCH)
    assert len(queries) == 0
    measures.flush()
    measures.count("test.cheap", at=MARCH)
    measures.flush()
    assert list(Count.objects.filter(name="test.cheap").values_list("n", flat=True)) == [2]


@pytest.mark.django_db
def test_a_count_in_a_transaction_that_fails_is_still_a_count() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        measures.count("test.failed", at=MARCH)
        1 / 0  # noqa: B018  the failure under test
    assert measures.flush() == 1


@pytest.mark.django_db(transaction=True)
def test_threads_lose_nothing() -> None:
    def work() -> None:
        for _ in range(200):
            measures.count("test.threads", at=MARCH)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    measures.flush()
    assert totals("test.threads", date(2026, 3, 1), date(2026, 3, 31)) == {(): 800}
