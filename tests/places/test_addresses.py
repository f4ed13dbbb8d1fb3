"""Addresses by postcode, by words and by UPRN."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moothall.places import actions, queries, search
from moothall.places.actions import AddressRow
from moothall.places.models import Address, AddressWord, Word
from moothall.places.words import normalise_postcode, sort_key, split_words

pytestmark = pytest.mark.django_db


def keep(*lines: str, postcode: str = "XW11AA", first: int = 990_800_000_001) -> None:
    actions.save_addresses(
        [
            AddressRow(
                str(first + n),
                line,
                re.sub(r"^\d+[a-z]? ", "", line.split(",")[0]),
                postcode,
                None,
                0.0,
                52.0,
            )
            for n, line in enumerate(lines)
        ],
        source="test",
    )
    actions.count_words()


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("xw1 1aa", "XW1 1AA"),
        (" XW11AA ", "XW1 1AA"),
        ("x w 1 1 a a", "XW1 1AA"),
        ("XW1-1AA.", "XW1 1AA"),
        ("XW1 OAA", "XW1 0AA"),
        ("XW1A 1AA", "XW1A 1AA"),
        ("X1 1AA", "X1 1AA"),
        ("XW1", None),
        ("XW1 1A", None),
        ("1XW 1AA", None),
        ("XWWW1 1AA", None),
        ("", None),
    ],
)
def test_postcodes_in_one_form(typed: str, normal: str | None) -> None:
    assert normalise_postcode(typed) == normal


def test_addresses_at_a_postcode_come_by_number(no_places: None) -> None:
    keep("10 Abbot Close, Wealdmere", "2 Abbot Close, Wealdmere", "2a Abbot Close, Wealdmere")
    lines = [one["line"] for one in queries.addresses_at("xw1 1aa")]
    assert lines == [
        "2 Abbot Close, Wealdmere",
        "2a Abbot Close, Wealdmere",
        "10 Abbot Close, Wealdmere",
    ]


def test_the_form_is_the_answer_form(borough: None) -> None:
    one = queries.addresses_at("XW1 1AA")[0]
    assert set(one) == {"uprn", "line", "postcode", "ward", "ward_name", "lon", "lat"}
    assert one["postcode"] == "XW1 1AA"
    assert one["ward_name"]
    assert queries.address(one["uprn"]) == one
    assert queries.address("000" + one["uprn"]) == one
    for wrong in ("1", "", "abc", "9" * 40):
        assert queries.address(wrong) is None


@pytest.mark.parametrize(
    "typed",
    [
        "12 High Street",
        "12 high st",
        "12, HIGH STREET.",
        "high street 12",
        "12 hig str",
        "12 hgih street",
        "12 high street millbeck",
        "12 high street, Warwickshire",
    ],
)
def test_words_find_the_address(no_places: None, typed: str) -> None:
    keep(
        "112 High Street, Millbeck", "1 High Street, Millbeck", "12 High Street, Millbeck",
        "120 High Street, Millbeck", "12 Low Street, Millbeck", "12a High Street, Millbeck",
    )  # fmt: skip
    found = [one["line"] for one in queries.search_addresses(typed)]
    assert found[0] == "12 High Street, Millbeck"
    assert "120 High Street, Millbeck" not in found
    assert "12 Low Street, Millbeck" not in found


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("st aldwyns rd", "4 St Aldwyn's Road, Wealdmere"),
        ("saint aldwyn's road", "4 St Aldwyn's Road, Wealdmere"),
        ("ffordd yr orsaf", "1 Ffordd yr Orsaf, Wealdmere"),
        ("ty gwyn", "Tŷ Gwyn, Larkfield Lane, Wealdmere"),
        ("xw2 2bb", "Tŷ Gwyn, Larkfield Lane, Wealdmere"),
        ("flat 3 mere house", "Flat 3, Mere House, 9 Quay Row, Wealdmere"),
    ],
)
def test_words_are_forgiven_their_spelling(no_places: None, typed: str, line: str) -> None:
    keep(
        "4 St Aldwyn's Road, Wealdmere", "1 Ffordd yr Orsaf, Wealdmere",
        "Flat 3, Mere House, 9 Quay Row, Wealdmere",
    )  # fmt: skip
    keep("Tŷ Gwyn, Larkfield Lane, Wealdmere", postcode="XW22BB", first=990_800_000_100)
    assert queries.search_addresses(typed)[0]["line"] == line


def test_a_number_that_is_not_there_shows_its_street(no_places: None) -> None:
    keep("1 High Street, Millbeck", "3 High Street, Millbeck", "5 Low Lane, Millbeck")
    found = [one["line"] for one in queries.search_addresses("5 high street")]
    assert found == ["1 High Street, Millbeck", "3 High Street, Millbeck"]


def test_words_that_fit_nothing_find_nothing(no_places: None) -> None:
    keep("1 High Street, Millbeck")
    for typed in ("", "   ", "zzzzzz", "!!!", "99"):
        assert queries.search_addresses(typed) == []


def test_every_address_is_found_by_its_own_line(borough: None) -> None:
    step = Address.objects.count() // 40
    for one in Address.objects.order_by("pk")[::step]:
        found = queries.search_addresses(one.line, limit=5)
        assert one.uprn in [each["uprn"] for each in found], one.line


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(max_size=120))
def test_nothing_typed_breaks_it(borough: None, typed: str) -> None:
    found = queries.search_addresses(typed)
    assert len(found) <= 20


def test_the_cost_is_bounded(borough: None, django_assert_max_num_queries: Any) -> None:
    typed = " ".join(["wealdmere", "close", "road", "street", "lane", "1", "2", "a"] * 40)
    with django_assert_max_num_queries(search.MOST_WORDS * 3 + 3):
        queries.search_addresses(typed)


def test_renamed_addresses_lose_their_old_words(no_places: None) -> None:
    keep("1 Old Lane, Millbeck")
    keep("1 New Lane, Millbeck")
    assert Address.objects.count() == 1
    assert queries.search_addresses("old") == []
    assert queries.search_addresses("new")[0]["line"] == "1 New Lane, Millbeck"
    assert not Word.objects.filter(text="old").exists()
    assert AddressWord.objects.count() == len(Address.objects.get().search_text.split())


def test_words_and_keys_in_their_normal_form() -> None:
    assert split_words("Tŷ Gwyn, O'Brien's Road XW1 1aa") == [
        "ty",
        "gwyn",
        "obriens",
        "rd",
        "xw11aa",
    ]
    assert sort_key("2 Abbot Close", "Abbot Close") < sort_key("10 Abbot Close", "Abbot Close")
