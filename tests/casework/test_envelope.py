"""The envelope of an event, alone: whatever is changed in a chain is found, whatever is erased is not."""

from __future__ import annotations

import json
import string
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from moothall.casework import answers as answer_fields
from moothall.casework.envelope import (
    FIRST,
    Check,
    Link,
    canonical,
    event_digest,
    seal,
    sealed,
    written,
)

START = datetime(2026, 3, 11, 9, 30, tzinfo=UTC)
NAMES = st.text(string.ascii_lowercase + "._", min_size=1, max_size=12)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
CHAINS = st.lists(st.dictionaries(NAMES, VALUES, max_size=4), min_size=1, max_size=5)


def chain(payloads: list[dict[str, Any]], case: str = "WM-7K3-9QF") -> list[Link]:
    """A chain with these payloads."""
    links: list[Link] = []
    previous = FIRST
    for number, fields in enumerate(payloads, start=1):
        payload, salts, seals = sealed(fields)
        envelope: dict[str, Any] = {
            "sequence": number,
            "kind": "noted",
            "at": START + timedelta(minutes=number),
            "actor_kind": "staff",
            "channel": "desk",
            "previous": previous,
        }
        previous = event_digest(case=case, seals=seals, **envelope)
        links.append(
            Link(**envelope, payload=payload, salts=salts, seals=canonical(seals), digest=previous)
        )
    return links


def problem(links: list[Link], case: str = "WM-7K3-9QF") -> str:
    """What a check says of the chain; empty when it is whole."""
    check = Check(case)
    for link in links:
        check.take(link)
    check.finish(len(links), links[-1].digest if links else FIRST)
    return check.why


@given(CHAINS)
@settings(max_examples=60, deadline=None)
def test_a_chain_that_nobody_touched_is_whole(payloads: list[dict[str, Any]]) -> None:
    assert problem(chain(payloads)) == ""


@given(VALUES)
@settings(max_examples=150, deadline=None)
def test_a_value_is_written_in_one_way_only(value: Any) -> None:
    text = canonical(value)
    assert canonical(json.loads(text)) == text
    assert written(json.loads(text)) == text
    assert written(value) == text


def test_text_that_looks_the_same_is_the_same() -> None:
    assert canonical({"name": "Siân"}) == canonical({"name": "Siân"})


@given(CHAINS, st.data())
@settings(max_examples=150, deadline=None)
def test_any_character_that_is_changed_is_found(
    payloads: list[dict[str, Any]], data: st.DataObject
) -> None:
    links = chain(payloads)
    at = data.draw(st.integers(0, len(links) - 1), label="event")
    column = data.draw(
        st.sampled_from(
            [
                "kind",
                "actor_kind",
                "channel",
                "payload",
                "salts",
                "seals",
                "previous",
                "digest",
            ]
        ),
        label="column",
    )
    text: str = getattr(links[at], column)
    place = data.draw(st.integers(0, max(0, len(text) - 1)), label="place")
    sign = data.draw(st.sampled_from('0a{}":, é'), label="sign")
    way = data.draw(st.sampled_from(["put in", "replace", "take out"]), label="way")
    changed = {
        "put in": text[:place] + sign + text[place:],
        "replace": text[:place] + sign + text[place + 1 :],
        "take out": text[:place] + text[place + 1 :],
    }[way]
    if changed == text:
        return
    links[at] = replace(links[at], **{column: changed})
    assert problem(links) != ""


@given(CHAINS, st.data())
@settings(max_examples=40, deadline=None)
def test_a_time_that_is_moved_by_a_microsecond_is_found(
    payloads: list[dict[str, Any]], data: st.DataObject
) -> None:
    links = chain(payloads)
    at = data.draw(st.integers(0, len(links) - 1))
    links[at] = replace(links[at], at=links[at].at + timedelta(microseconds=1))
    assert "digest" in problem(links)


def test_events_taken_out_or_put_in_another_order_are_found() -> None:
    links = chain([{"text": str(number)} for number in range(4)])
    assert problem(links[:1] + links[2:]) == "event 2 is missing."
    assert problem([links[1], links[0], *links[2:]]) != ""
    assert problem(links, case="WM-7K3-9QG") != "", "a chain belongs to its case"
    check = Check("WM-7K3-9QF")
    for link in links[:3]:
        check.take(link)
    assert not check.finish(4, links[3].digest), "cut short"


def erased(link: Link, name: str) -> Link:
    """The event without the value and the salt of one field."""
    payload, salts = json.loads(link.payload), json.loads(link.salts)
    del payload[name], salts[name]
    return replace(link, payload=canonical(payload), salts=canonical(salts))


def test_an_erased_value_leaves_the_chain_whole_only_if_an_event_says_so() -> None:
    links = chain([{"name": "Robin Sallow", "bin": "food"}, {"text": "spoke to them"}])
    assert "no event says why" in problem([erased(links[0], "name"), links[1]])

    said = chain([{"name": "Robin Sallow", "bin": "food"}, {"fields": ["1:name"], "reason": "x"}])
    said[1] = replace(said[1], kind="redacted")
    assert "digest" in problem(said), "the kind is part of what is digested"

    links = chain([{"name": "Robin Sallow", "bin": "food"}])
    payload, salts, seals = sealed({"fields": ["1:name"], "reason": "asked to"})
    envelope: dict[str, Any] = {
        "sequence": 2,
        "kind": "redacted",
        "at": START,
        "actor_kind": "staff",
        "channel": "desk",
        "previous": links[0].digest,
    }
    digest = event_digest(case="WM-7K3-9QF", seals=seals, **envelope)
    last = Link(**envelope, payload=payload, salts=salts, seals=canonical(seals), digest=digest)
    assert problem([erased(links[0], "name"), last]) == ""
    assert "bin" in problem([erased(erased(links[0], "name"), "bin"), last])


def test_a_seal_does_not_give_away_a_value_that_is_easy_to_guess() -> None:
    _, _, first = sealed({"answer": True})
    _, _, second = sealed({"answer": True})
    assert first != second
    assert seal("00" * 16, True) != seal("00" * 16, "true")


ROWS = st.lists(
    st.fixed_dictionaries({"kind": st.sampled_from(["bed", "sofa"]), "note": st.text(max_size=5)}),
    max_size=3,
)


@given(st.dictionaries(st.sampled_from(["bin", "day", "things"]), VALUES, max_size=3), ROWS)
@settings(max_examples=60, deadline=None)
def test_answers_come_back_from_their_fields(plain: dict[str, Any], rows: list[Any]) -> None:
    answers: dict[str, Any] = {
        **plain,
        "items": [{"_id": f"r{n}", **row} for n, row in enumerate(rows)],
    }
    back: dict[str, Any] = {}
    answer_fields.put(back, answer_fields.flatten(answers))
    assert canonical(back) == canonical(answers)


def test_one_cell_of_a_repeat_can_be_taken_out() -> None:
    answers = {"items": [{"_id": "a", "kind": "bed"}, {"_id": "b", "kind": "sofa"}]}
    fields = answer_fields.flatten(answers)
    assert fields["answers.items.b.kind"] == "sofa"
    answer_fields.drop(answers, ["answers.items.a.kind"])
    assert answers == {"items": [{"_id": "a"}, {"_id": "b", "kind": "sofa"}]}
    assert answer_fields.question_of("answers.items.a.kind") == "items.kind"
