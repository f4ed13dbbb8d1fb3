"""The one limiter: counts hold across processes, windows slide, hammering does not pay."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import get_resolver
from hypothesis import given
from hypothesis import strategies as st

from moothall.people import limits, write_limits
from moothall.people.models import Tries

T0 = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)


def after(seconds: float) -> dt.datetime:
    return T0 + dt.timedelta(seconds=seconds)


@pytest.mark.django_db
def test_five_in_a_minute_then_wait() -> None:
    for _ in range(5):
        assert limits.allow("code", "nell@example.org", 5, 60, T0)
    refused = limits.allow("code", "nell@example.org", 5, 60, after(10))
    assert not refused
    assert 50 <= refused.retry_after <= 75
    assert limits.allow("code", "someone.else@example.org", 5, 60, after(10)), "each their own"
    assert limits.allow("other", "nell@example.org", 5, 60, after(10)), "each bucket its own"
    # The window before still counts, ever less.
    assert not limits.check("code", "nell@example.org", 5, 60, after(61))
    assert limits.check("code", "nell@example.org", 5, 60, after(61 + 30))
    assert limits.allow("code", "nell@example.org", 5, 60, after(60 + refused.retry_after))
    limits.clear("code", "nell@example.org")
    assert limits.check("code", "nell@example.org", 5, 60, after(10))


@pytest.mark.django_db
def test_nothing_kept_says_who_and_it_is_forgotten() -> None:
    limits.allow("code", "nell@example.org", 5, dt.timedelta(minutes=1), T0)
    row = Tries.objects.get()
    assert "nell" not in row.bucket
    assert len(row.bucket) == 64
    assert limits.prune(after(60)) == 0
    assert limits.prune(after(121)) == 1


@pytest.mark.django_db
def test_one_statement_a_try_and_fewer_for_generous_limits(
    django_assert_num_queries: Any,
) -> None:
    limits.forget()
    with django_assert_num_queries(1):
        limits.allow("code", "a", 5, 60, T0)
    with django_assert_num_queries(2):
        for _ in range(20):
            assert limits.allow("forms", "a", 200, 60, T0)
    given_out = sum(bool(limits.allow("forms", "a", 200, 60, T0)) for _ in range(300))
    assert given_out == 180, "by the handful, but never more than the limit"


@given(st.lists(st.floats(0, 300), min_size=1, max_size=40), st.integers(1, 6))
@pytest.mark.django_db
def test_a_window_never_lets_more_than_the_limit_through(times: list[float], limit: int) -> None:
    Tries.objects.all().delete()
    passed = [one for one in sorted(times) if limits.allow("p", "k", limit, 60, after(one))]
    for start in range(0, 300, 60):
        assert sum(start <= one < start + 60 for one in passed) <= limit


@pytest.mark.django_db(transaction=True)
def test_callers_at_once_share_one_count() -> None:
    passed: list[bool] = []

    def call() -> None:
        try:
            for _ in range(5):
                passed.append(bool(limits.allow("at-once", "k", 7, 60, T0)))
        finally:
            connection.close()

    threads = [threading.Thread(target=call) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(passed) == 20
    assert sum(passed) == 7


def test_a_household_with_many_addresses_is_one_caller() -> None:
    assert limits.network_of("2001:db8:1:2::1") == limits.network_of("2001:db8:1:2:ffff::9")
    assert limits.network_of("2001:db8:1:2::1") != limits.network_of("2001:db8:1:3::1")
    assert limits.network_of("::ffff:192.0.2.7") == limits.network_of("192.0.2.7") == "192.0.2.7"
    assert limits.network_of("unknown") == "unknown"


@pytest.mark.django_db
def test_too_many_writes_are_a_plain_page_with_the_wait(settings: Any, client: Client) -> None:
    settings.WRITE_LIMITS_TIMES = 1 / 120  # one in ten minutes
    limits.forget()
    first = client.post("/account/sign-in/", {"email": "nell"})
    assert first.status_code == 422
    page = client.post("/cy/account/sign-in/", {"email": "nell"})
    assert page.status_code == 429
    assert 0 < int(page["Retry-After"]) <= 1200
    assert page["Cache-Control"] == "no-store"
    assert "govuk-heading-l" in page.content.decode()
    assert client.get("/account/sign-in/").status_code == 200, "reading is not limited"
    other = client.post("/account/sign-in/", {"email": "nell"}, REMOTE_ADDR="192.0.2.9")
    assert other.status_code == 422, "another caller is another count"
    asked = client.post("/account/sign-in/", {}, headers={"accept": "application/json"})
    assert asked.json()["status"] == 429


def _names(resolver: Any, prefix: str = "") -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for one in resolver.url_patterns:
        if hasattr(one, "url_patterns"):
            found |= _names(one)
        else:
            found.add((one.name or "", getattr(one.callback, "__module__", "")))
    return found


PUBLIC_ROOMS = ("moothall.website", "moothall.journeys", "moothall.people", "moothall.pay",
                "moothall.notify")  # fmt: skip
READ_ONLY = {
    "home", "services", "service", "accessibility", "privacy", "cookies", "notify-messages",
    "track-receipt",
}  # fmt: skip
"""Public addresses that take no form: a POST there changes nothing (and still has the default)."""


def test_every_public_address_that_takes_a_form_has_a_limit_of_its_own() -> None:
    without = {
        name
        for name, module in _names(get_resolver())
        if module.startswith(PUBLIC_ROOMS) and name not in READ_ONLY
        and name not in write_limits.TABLE and not name.startswith("desk-")
    }  # fmt: skip
    assert without == set(), "add them to moothall.people.write_limits.TABLE"
