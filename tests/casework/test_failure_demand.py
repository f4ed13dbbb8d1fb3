"""What a resident asks because we had not done it, or not said it, is recognised by its words."""

from __future__ import annotations

import pytest

from moothall.casework.demand import asks_where_it_is, outcome_of


@pytest.mark.parametrize(
    "words",
    [
        "Where is my permit?",
        "Where’s it got to",
        "Any news on this please",
        "any update?",
        "When will someone come?",
        "I am still waiting for the crew",
        "It's not been collected",
        "Nobody has come yet",
        "I haven't heard anything",
        "How long will it take?",
        "Just chasing this up",
        "What is happening with my application",
        "Ble mae fy nhrwydded?",
        "Pryd fydd rhywun yn dod?",
    ],
)
def test_where_is_it_is_a_chase_up(words: str) -> None:
    assert asks_where_it_is(words)
    assert outcome_of(words, waits_for_applicant=False) == "chased"
    assert outcome_of(words, waits_for_applicant=True) == "answered"


@pytest.mark.parametrize(
    "words",
    [
        "Thank you, that is perfect.",
        "The gate code is 4471, please close it behind you.",
        "My new registration is AB12 CDE.",
        "I would like to add a second bin.",
        "Please cancel it, my neighbour took the sofa.",
        "Here is the photo that you asked for.",
        "",
    ],
)
def test_what_tells_us_something_is_none(words: str) -> None:
    assert not asks_where_it_is(words)


def test_only_the_beginning_of_a_long_message_is_read() -> None:
    assert not asks_where_it_is("word " * 5000 + "where is it")
