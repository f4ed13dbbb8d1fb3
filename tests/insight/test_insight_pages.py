"""A manager reads what contacts cost, which promises were kept, and where people leave a form."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from moothall.casework.actions import record_contact

NOW = datetime(2026, 3, 11, 10, 0, tzinfo=UTC)


@pytest.fixture
def marcus(council: Any, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A manager who is signed in on a day in March."""
    from moothall.people.models import User
    from moothall.people.testing import sign_in

    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    client = Client()
    sign_in(client, User.objects.get(email__startswith="marcus"))
    return client


@pytest.fixture
def contacts(council: Any) -> None:
    """Ten contacts: six online, three by phone, one face to face, over two months."""
    for number in range(6):
        at = NOW - timedelta(days=40 if number < 2 else 5)
        record_contact(channel="online", service_id="missed_bin", outcome="filed", at=at)
    for minutes in (3, 4, 5):
        record_contact(
            channel="phone", service_id="missed_bin", outcome="answered", minutes=minutes, at=NOW
        )
    record_contact(channel="desk", outcome="passed_on", minutes=18, at=NOW)


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return " ".join(answer.content.decode().split())


def rows(client: Client, path: str) -> list[list[str]]:
    answer = client.get(path)
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert "attachment" in answer.headers["Content-Disposition"]
    return list(csv.reader(answer.content.decode().splitlines()))


def test_contacts_by_channel_are_a_picture_a_table_and_a_download(marcus, contacts):
    page = text(marcus, "/insight/")
    assert "<strong>10</strong>" in page
    assert "<strong>60%</strong>" in page
    assert 'aria-label="Contacts by channel, April 2025 to March 2026"' in page
    assert "Contacts by month and channel" in page
    found = rows(marcus, "/insight/contacts.csv?from=2026-01&to=2026-03")
    assert found[0] == ["month", "channel", "service", "contacts", "minutes"]
    assert ["2026-03", "phone", "missed_bin", "3", "12"] in found
    assert ["2026-01", "online", "missed_bin", "2", "0"] in found
    assert sum(int(row[3]) for row in found[1:]) == 10


def test_a_service_and_a_period_narrow_the_figures(marcus, contacts):
    assert "<strong>9</strong>" in text(marcus, "/insight/?service=missed_bin")
    assert "<strong>8</strong>" in text(marcus, "/insight/?from=2026-03&to=2026-03")
    assert "No contacts were recorded" in text(marcus, "/insight/?from=2024-01&to=2024-02")


def test_cost_comes_with_its_range_and_source(marcus, contacts):
    # 6 x £0.15 + 3 x £2.83 + £8.62 = £18.01; low 6 x .08 + 3 x 1.28 + 4.83 = 9.15
    page = text(marcus, "/insight/cost/")
    assert "<strong>£18</strong>" in page
    assert "£9.15 to £31" in page
    assert "Socitm 2012" in page
    assert "A default, not this council’s own figure." in page
    assert "£2.83" in page
    found = rows(marcus, "/insight/cost.csv?from=2026-03&to=2026-03")
    assert ["2026-03", "desk", "", "1", "8.62", "4.83", "10.53"] in found


def test_promises_are_counted_by_service_and_team(marcus, council):
    page = text(marcus, "/insight/promises/")
    assert "Promises kept" in page
    assert rows(marcus, "/insight/promises.csv")[0][:3] == ["month", "service", "team"]


def test_a_form_shows_where_people_leave_it(marcus, council):
    from moothall import measures

    def count(name: str, n: int = 1, **labels: str) -> None:
        measures.count(name, n, at=NOW, service="missed_bin", channel="online", **labels)

    count("journey.started", 10)
    for step, shown, answered in (("address", 10, 8), ("bin", 8, 8), ("name", 8, 5)):
        count("journey.step", shown, step=step, outcome="shown")
        count("journey.step", answered, step=step, outcome="answered")
    count("journey.step", 2, step="too_late", outcome="stopped")
    count("journey.stopped", 2, step="too_late")
    count("journey.completed", 5)
    measures.flush()
    page = text(marcus, "/insight/forms/missed-bin/")
    assert "<strong>50%</strong>" in page
    assert "left at “What is your name?”, the most at any page" in page
    found = {row[0]: row[1:] for row in rows(marcus, "/insight/forms/missed-bin.csv")}
    assert found["Which address was missed?"] == ["ask", "10", "8", "0", "0", "2", "", "", ""]
    assert found["It is too late to report this"][4] == "2"
    assert found["Check your answers"][2] == "5"
    assert "Report a missed bin" in text(marcus, "/insight/forms/")
    assert marcus.get("/insight/forms/no-such-thing/").status_code == 404


def test_a_form_shows_how_long_its_pages_take_but_not_a_few_peoples_time(marcus, council):
    from moothall import measures

    def took(step: str, below: int, n: int) -> None:
        measures.count("journey.time", n, at=NOW, service="missed_bin", step=step, below=below)

    measures.count("journey.started", 9, at=NOW, service="missed_bin", channel="online")
    took("address", 10, 2)
    took("address", 20, 5)
    took("address", 160, 3)
    took("name", 5, 4)  # too few to tell
    measures.flush()
    page = text(marcus, "/insight/forms/missed-bin/")
    assert "10 to 20 seconds" in page
    assert "How long pages take" in page
    found = {row[0]: row[1:] for row in rows(marcus, "/insight/forms/missed-bin.csv")}
    assert found["Which address was missed?"][6:] == ["10", "20", "160"]
    assert found["What is your name?"][6:] == ["", "", ""]


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/insight/", 20),
        ("/insight/cost/", 16),
        ("/insight/promises/", 16),
        ("/insight/forms/", 16),
        ("/insight/contacts.csv", 14),
    ],
)
def test_pages_ask_a_bounded_number_of_queries(
    marcus, contacts, path, most, django_assert_max_num_queries
):
    marcus.get(path)
    with django_assert_max_num_queries(most):
        marcus.get(f"{path}?from=2023-04&to=2026-03")


def test_nothing_of_a_case_or_a_person_is_on_any_page_of_insight(marcus, council):
    for path in ("/insight/", "/insight/cost/", "/insight/promises/", "/insight/forms/"):
        page = text(marcus, path)
        assert "/desk/cases/" not in page
        assert "@example.org" not in page


def test_failure_demand_is_counted_and_costed(marcus, contacts):
    for outcome, number in (("chased", 3), ("asked_again", 1)):
        for _ in range(number):
            record_contact(channel="phone", service_id="missed_bin", outcome=outcome, at=NOW)
    page = text(marcus, "/insight/failure-demand/")
    assert "<strong>4</strong><span>of 14 contacts, 29%" in page
    assert "<strong>£11</strong>" in page  # four calls at £2.83
    assert "<strong>3</strong><span>asked where it was" in page
    found = rows(marcus, "/insight/failure-demand.csv")
    assert ["2026-03", "missed_bin", "chased", "3"] in found
    assert "<strong>4</strong>" in text(marcus, "/insight/failure-demand/?service=missed_bin")
    assert "No contact of these months" in text(
        marcus, "/insight/failure-demand/?service=complaint"
    )


def test_what_people_say_of_a_service_is_read_by_staff(marcus, contacts):
    from moothall.insight import feedback

    for number, (rating, words) in enumerate([(5, "Quick <b>and</b> clear"), (4, ""), (1, "Slow")]):
        feedback.respond(
            key=f"key-number-{number:010}", service_id="missed_bin", after="case", rating=rating,
            comment=words, now=NOW,
        )  # fmt: skip
    page = text(marcus, "/insight/satisfaction/")
    assert "<strong>67%</strong><span>are satisfied or very satisfied, of 3" in page
    assert "Quick &lt;b&gt;and&lt;/b&gt; clear" in page
    assert page.index("Slow") < page.index("Quick")
    assert "Nobody has answered" in text(marcus, "/insight/satisfaction/?service=complaint")
    assert "No comments yet" in text(marcus, "/insight/satisfaction/?before=1")
