"""A look-up answers in time and in the agreed form, or it has failed: nothing in between."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moothall import connectors
from moothall.connectors import LookUpFailed, queries, registry, stand_ins

TODAY = date(2031, 3, 5)
HOME = {"uprn": "990000000001", "postcode": "XW1 7NY", "line": "1 Abbot Close"}


@pytest.fixture(autouse=True)
def _own_registry() -> Iterator[None]:
    before = dict(registry._connectors)
    yield
    registry._connectors.clear()
    registry._connectors.update(before)


def register(fn: Any, gives: Mapping[str, Any] | None = None, **more: Any) -> None:
    connectors.register(
        "t.look", fn, title="The system", takes="address", gives=gives or {"n": "text"}, **more
    )


def test_the_stand_ins_give_the_same_answer_for_the_same_address() -> None:
    first = connectors.call("waste.last_collection", HOME, today=TODAY)
    assert connectors.call("waste.last_collection", dict(HOME), today=TODAY) == first
    due_on = date.fromisoformat(first["due_on"])
    assert timedelta(0) < TODAY - due_on <= timedelta(days=7)
    assert first["crew_note"] in stand_ins.CREW_NOTES
    neighbour = {**HOME, "uprn": "990000000002"}
    assert (
        connectors.call("waste.last_collection", neighbour, today=TODAY)["round"]
        == (first["round"])
    )
    assert set(connectors.call("parking.zone", HOME, today=TODAY)) == {"zone", "permits_held"}
    assert connectors.call("council_tax.lives_at", HOME, today=TODAY)["band"] in "abcdefgh"


def test_an_address_typed_by_hand_is_in_no_other_system() -> None:
    with pytest.raises(LookUpFailed, match="not in the gazetteer"):
        connectors.call("parking.zone", {"uprn": "", "line": "Typed", "typed": True}, today=TODAY)


@given(st.integers(0, 10**9), st.dates(date(2000, 1, 1), date(2100, 1, 1)))
@settings(max_examples=100, deadline=None)
def test_stand_ins_keep_to_their_types(number: int, today: date) -> None:
    address = {"uprn": f"99{number:010d}", "postcode": f"XW1 {number % 10}AA"}
    for name in ("waste.last_collection", "parking.zone", "council_tax.lives_at"):
        connectors.call(name, address, today=today)


def test_most_addresses_have_a_zone_and_no_note() -> None:
    addresses = [
        {"uprn": f"99000000{n:04d}", "postcode": f"XW{n % 9} {n % 7}A{'ABCDE'[n % 5]}"}
        for n in range(2000)
    ]
    notes = [stand_ins.last_collection(a, TODAY)["crew_note"] for a in addresses]
    zones = [stand_ins.parking_zone(a, TODAY)["zone"] for a in addresses]
    assert 0.85 < notes.count("none") / 2000 < 0.95
    assert set(notes) == set(stand_ins.CREW_NOTES)
    assert set(zones) == set(stand_ins.ZONES)


def test_a_real_connector_goes_before_its_stand_in() -> None:
    register(lambda argument, today: {"n": "stand-in"}, stand_in=True)
    register(lambda argument, today: {"n": "real"}, seconds=0)
    register(lambda argument, today: {"n": "stand-in"}, stand_in=True)
    assert connectors.call("t.look", "x", today=TODAY) == {"n": "real"}

    def elsewhere(argument: Any, today: date) -> dict[str, Any]:
        return {}

    elsewhere.__module__ = "another"
    with pytest.raises(ValueError, match="Two connectors"):
        register(elsewhere)


def test_a_slow_system_has_failed_in_time() -> None:
    release = threading.Event()

    def slow(argument: Any, today: date) -> dict[str, Any]:
        release.wait(60)
        return {"n": "late"}

    register(slow, seconds=0.05)
    with pytest.raises(LookUpFailed, match="The system did not answer in time"):
        connectors.call("t.look", "x", today=TODAY)
    release.set()


def test_errors_and_unknown_names_are_failures() -> None:
    def broken(argument: Any, today: date) -> dict[str, Any]:
        raise RuntimeError("ann@example.org")

    register(broken)
    with pytest.raises(LookUpFailed) as failure:
        connectors.call("t.look", "x", today=TODAY)
    assert str(failure.value) == "The system could not answer."
    with pytest.raises(LookUpFailed, match=r"No connector is called t\.other"):
        connectors.call("t.other", "x", today=TODAY)


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        ("date", "2031-03-05", "5 March"),
        ("yes or no", True, "yes"),
        ("whole number", 3, True),
        ("money", 1250, 12.5),
        ("text", "words", 3),
        ({"one_of": ["a", "b"]}, "a", "c"),
    ],
)
def test_an_answer_of_another_type_is_a_failure(kind: Any, right: Any, wrong: Any) -> None:
    register(lambda argument, today: {"v": argument, "more": 1}, {"v": kind}, seconds=0)
    assert connectors.call("t.look", right, today=TODAY) == {"v": right}
    assert connectors.call("t.look", None, today=TODAY) == {"v": None}
    with pytest.raises(LookUpFailed, match="cannot read"):
        connectors.call("t.look", wrong, today=TODAY)


def test_dates_become_text() -> None:
    register(lambda argument, today: {"v": today}, {"v": "date"}, seconds=0)
    assert connectors.call("t.look", None, today=TODAY) == {"v": "2031-03-05"}


def test_unknown_types_are_refused_at_registration() -> None:
    with pytest.raises(ValueError, match="no type of a look-up"):
        register(lambda argument, today: {}, {"v": "colour"})


def test_how_the_connectors_stand() -> None:
    register(lambda argument, today: {}, check=lambda: ["Set T_KEY to the key of the system."])
    found = {one.name: one for one in queries.status(["t.look", "t.nowhere"])}
    assert found["t.look"].problems == ("Set T_KEY to the key of the system.",)
    assert "No connector is called t.nowhere" in found["t.nowhere"].problems[0]
    assert found["parking.zone"].stand_in
    assert "parking.zone" in queries.names()
