"""Filters of the queue are an address: it can be kept, changed one filter at a time, and cleared."""

from __future__ import annotations

from datetime import date
from urllib.parse import parse_qsl, urlsplit

from hypothesis import given, settings
from hypothesis import strategies as st

from moothall.desk.filters import DUE, QueueLink


def test_an_address_names_its_filters_and_gives_the_same_filters_back():
    link = QueueLink.read(
        {
            "due": "late",
            "service": "missed_bin",
            "who": "me",
            "ward": "X05000001",
            "since": "2026-03-01",
        }
    )
    assert link.url() == "/desk/?due=late&service=missed_bin&who=me&ward=X05000001&since=2026-03-01"
    assert QueueLink.read(dict(parse_qsl(urlsplit(link.url()).query))) == link
    assert link.filters.due == "late"
    assert link.filters.services == ("missed_bin",)
    assert link.filters.assignee == "me"
    assert link.filters.opened_since == date(2026, 3, 1)


def test_one_filter_is_taken_off_and_the_others_stay():
    link = QueueLink.read({"due": "late", "service": "missed_bin", "after": "k9"})
    assert link.url(due="") == "/desk/?service=missed_bin"
    assert link.url(due="", service="") == "/desk/"


def test_changing_a_filter_goes_back_to_the_first_page():
    link = QueueLink.read({"service": "missed_bin", "after": "k9"})
    assert "after" not in link.url(due="today")
    assert link.url(after="k10") == "/desk/?service=missed_bin&after=k10"


def test_finished_cases_come_newest_first():
    assert QueueLink.read({"done": "yes"}).filters.ended is True
    assert QueueLink.read({"done": "yes"}).filters.order == "newest"
    assert QueueLink.read({}).filters.ended is False


def test_an_address_that_somebody_mangled_still_opens():
    link = QueueLink.read(
        {"due": "never", "who": "'; drop", "since": "2026-99-99", "state": "a b", "urgent": "maybe"}
    )
    assert link.is_plain
    assert link.url() == "/desk/"


@settings(max_examples=80, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["due", "who", "since", "service", "ward", "x"]), st.text(max_size=20)
    )
)
def test_no_query_string_breaks_the_queue(given_):
    link = QueueLink.read(given_)
    again = QueueLink.read(dict(parse_qsl(link.query())))
    assert again.values == link.values
    assert link.filters.due in {"", *DUE}
