"""How words are measured."""

from __future__ import annotations

import re

import pytest

from moothall.language.check.readability import measure
from moothall.language.check.syllables import count, plain, sentences, syllables, words

SAID = """
the 1 council 2 address 2 missed 1 collection 3 working 2 rubbish 2 garden 2 application 4 permit 2
vehicle 3 registration 4 evidence 3 people 2 table 2 little 2 business 2 payment 2 refunded 3
reasonable 4 information 4 freedom 2 complaint 2 decision 3 emptied 2 please 1 area 3 ideas 3 being 2
create 2 material 4 period 3 previous 3 society 4 various 3 used 1 closed 1 needed 2 changes 2 houses 2
services 3 boxes 2 before 2 because 2 whole 1 something 2 sometimes 2 therefore 2 statement 2 online 2
yourself 2 available 4 national 3 insurance 3 electricity 5 furniture 3 machine 2 outside 2 10.30am 1
"""
SYLLABLES = re.findall(r"([^ \n]+) (\d)(?:\s|$)", SAID)


@pytest.mark.parametrize(("word", "number"), SYLLABLES)
def test_syllables_of_the_words_that_councils_use(word: str, number: str) -> None:
    assert syllables(word) == int(number)


def test_sentences_end_where_a_reader_stops() -> None:
    text = "# Before you start\n\nYou need:\n\n- your address\n- the day, e.g. 27 March\n\nRing us. It is free!"
    assert sentences(text) == [
        "Before you start",
        "You need:",
        "your address",
        "the day, e.g. 27 March",
        "Ring us.",
        "It is free!",
    ]


def test_marks_addresses_and_names_are_not_counted_as_words() -> None:
    text = "See [our page](https://example.org/a/b) by **{finish_by}**, or write to a@example.org."
    assert plain(text) == "See our page by it, or write to it"
    assert words("Ring 01632 960100 at 10.30am, it's free") == [
        "Ring", "01632", "960100", "at", "10.30am", "it's", "free",
    ]  # fmt: skip


def test_short_words_read_easier_than_long_ones() -> None:
    easy = count("We will mend the light by Friday. Thank you for telling us.")
    hard = count(
        "Notification of the anticipated completion of remedial works will be communicated."
    )
    assert easy.reading_age < 9
    assert hard.reading_age > 18
    assert hard.longest == 11


def test_the_grade_is_that_of_flesch_and_kincaid() -> None:
    one = count("The cat sat on the mat. The dog ran.")
    assert (one.sentences, one.words, one.syllables) == (2, 9, 9)
    assert one.grade == pytest.approx(0.39 * 9 / 2 + 11.8 * 9 / 9 - 15.59)
    assert one.reading_age == 5


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ("The cat sat on the mat.", -1.4),
        (
            "The Australian platypus is seemingly a hybrid of a mammal and reptilian creature.",
            11.3,
        ),
    ],
)
def test_the_grade_agrees_with_published_ones(text: str, grade: float) -> None:
    assert count(text).grade == pytest.approx(grade, abs=0.06)


def test_the_worst_text_comes_first_and_welsh_is_measured_by_sentences_only() -> None:
    long = " ".join(["gair"] * 30) + "."
    texts = [("a", 0, "Byr."), ("b", 0, long), ("c", 0, " ".join(["gair"] * 26) + ".")]
    welsh = measure("cy", texts)
    assert [text.path for text in welsh.worst] == ["b", "c", "a"]
    assert welsh.reading_age is None
    assert welsh.summary() == "19 words a sentence, longest 30"
    assert measure("en", texts).reading_age is not None


def test_nothing_is_measured_where_nothing_is_said() -> None:
    assert measure("en", []).summary() == "0 words a sentence, longest 0"
