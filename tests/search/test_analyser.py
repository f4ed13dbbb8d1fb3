"""The analyser and the word lists that a council can add to."""

from __future__ import annotations

import pytest

from moothall.search import analyser, welsh
from moothall.search.data import load


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("Collections", {"collect"}),
        ("café Siân NAÏVE", {"cafe", "sian", "naiv"}),
        ("fly-tipping", {"fli", "tip", "flytip"}),
        ("WM-7K3-9QF", {"wm", "7k3", "9qf", "wm7k39qf", "wm7", "wm7k3"}),
        ("XW1 1AA", {"xw1", "1aa", "xw11", "xw11a", "xw11aa"}),
        ("XW11AA", {"xw1", "xw11aa"}),
        ("Call +44 (0)1632 960 123.", {"01632960123"}),
        ("AB12 CDE", {"ab12", "cde"}),
        ("O’Brien", {"o", "brien", "obrien"}),
        ("Straße", {"strass"}),
        ("", set()),
    ],
)
def test_tokens(text: str, holds: set[str]) -> None:
    assert holds <= set(analyser.tokens_of(text))


def test_words_for_correction_are_words() -> None:
    assert analyser.words_of("The bins of Siân at 12A WM-7K3-9QF, collected") == [
        "bins",
        "sian",
        "collected",
    ]


def test_optional_words_are_those_too_common_to_tell_apart() -> None:
    read = {word.typed: word.optional for word in analyser.read_query("where is my bin")}
    assert read == {"where": True, "is": True, "my": True, "bin": False}
    assert [w.optional for w in analyser.read_query("where is it")] == [False, False, False]


def test_phrases_stand_for_one_another() -> None:
    (word,) = analyser.read_query("ctax")
    assert ("council", "tax") in word.forms
    (word,) = analyser.read_query("council tax")
    assert ("ctax",) in word.forms
    assert [w.typed for w in analyser.read_query("my bin was not collected")][-1] == "not collected"


def test_a_long_query_is_read_within_bounds() -> None:
    read = analyser.read_query(" ".join(f"w{chr(97 + n % 26)}{n}" for n in range(300)))
    assert len(read) <= analyser.MOST_READ
    assert sum(not word.optional for word in read) == analyser.MOST_WORDS
    assert max(len(word.forms) for word in read) <= analyser.MOST_FORMS


@pytest.mark.parametrize(
    ("radical", "mutated"),
    [
        ("bin", "fin"),
        ("casgliad", "gasgliad"),
        ("casgliad", "nghasgliad"),
        ("casgliad", "chasgliad"),
        ("palmant", "balmant"),
        ("palmant", "mhalmant"),
        ("twll", "dwll"),
        ("gardd", "ardd"),
        ("mynwent", "fynwent"),
        ("llyfrgell", "lyfrgell"),
        ("rhent", "rent"),
        ("dogfen", "ddogfen"),
    ],
)
def test_welsh_words_are_found_in_their_mutations(radical: str, mutated: str) -> None:
    assert mutated in set(welsh.mutations(radical))
    assert radical in set(welsh.mutations(mutated))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("bin", "biniau"),
        ("casgliad", "casgliadau"),
        ("trwydded", "trwyddedau"),
        ("ysgol", "ysgolion"),
        ("cynghorydd", "cynghorwyr"),
        ("palmant", "palmentydd"),
        ("ffordd", "ffyrdd"),
        ("twll", "tyllau"),
        ("tŷ", "tai"),
    ],
)
def test_welsh_plurals_share_a_stem(one: str, other: str) -> None:
    assert welsh.stem(analyser.normal(one)) == welsh.stem(analyser.normal(other))


@pytest.mark.parametrize("language", ["en", "cy"])
def test_every_row_of_the_synonyms_says_two_things_at_least(language: str) -> None:
    rows = load("synonyms")[language]
    for row in rows:
        assert all(isinstance(entry, str) and entry == entry.strip() for entry in row), row
        assert len(set(row)) == len(row) >= 2, row
        (first, *_) = analyser.read_query(row[0], language)
        assert len(first.forms) > 1, row
