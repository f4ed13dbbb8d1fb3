"""Addresses by words, over an index that both databases have: a table of words, found by beginning.

What bounds the cost, whatever is typed: at most 8 words, each widened to at most 40 words of the
table by one range of its unique index; the rarest of them drives the search and gives at most
2,000 candidates; at most 300 of these that also hold the other words are ranked.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from rapidfuzz import process
from rapidfuzz.distance import OSA

from moothall.places.models import Address, AddressWord, Word
from moothall.places.words import SHORT_FORMS, long_forms, split_words

MOST_WORDS = 8
MOST_WIDENED = 40
MOST_CANDIDATES = 2_000
MOST_RANKED = 300
MOST_VOCABULARY = 5_000
_LAST = "z" * 24
"""Sorts after any word that begins the same, in every collation: words hold only a-z and 0-9."""


@dataclass(frozen=True)
class _Wanted:
    """A word that was typed and the words of the table that it may stand for."""

    typed: str
    words: tuple[Word, ...]

    @property
    def weight(self) -> int:
        return sum(word.addresses for word in self.words)


def find(text: str, limit: int = 20) -> list[Address]:
    """Return up to `limit` addresses for the words typed, the nearest fit first."""
    typed = list(dict.fromkeys(split_words(text)))[:MOST_WORDS]
    wanted = [one for one in map(_widen, typed) if one.words]
    if not wanted:
        return []
    wanted.sort(key=lambda one: one.weight)
    first, others = wanted[0], wanted[1:]
    candidates = AddressWord.objects.filter(word__in=[word.pk for word in first.words])
    fits = Q(pk__in=candidates.values("address_id")[:MOST_CANDIDATES])
    for one in others:
        holds = Q()
        for word in one.words:
            holds |= Q(search_text__contains=f" {word.text} ")
        fits &= holds
    found = list(
        Address.objects.filter(fits).select_related("ward").defer("ward__boundary")[:MOST_RANKED]
    )
    if not found and len(wanted) > 1:
        # Nothing holds them all: the street without the number is more use than nothing.
        numbers = [one for one in typed if one[0].isdigit()]
        rest = " ".join(one for one in typed if one not in numbers)
        return find(rest, limit) if numbers and rest else []
    found.sort(key=lambda one: (-_fit(one, typed), one.sort_key))
    return found[:limit]


def _widen(typed: str) -> _Wanted:
    exact = Word.objects.filter(text=typed)
    if typed.isdigit():
        # 12 may stand for 12 and 12a, not for 120.
        sides = [typed, *(typed + letter for letter in "abcdefgh")]
        return _Wanted(typed, tuple(Word.objects.filter(text__in=sides)))
    if len(typed) < 2:
        return _Wanted(typed, tuple(exact))
    shorts = {*long_forms(typed), SHORT_FORMS.get(typed, typed)}
    begun = Q(text__gte=typed, text__lte=typed + _LAST) | Q(text__in=shorts)
    words = tuple(Word.objects.filter(begun).order_by("text")[:MOST_WIDENED])
    if words or len(typed) < 4 or typed[0].isdigit():
        return _Wanted(typed, words)
    return _Wanted(typed, _near(typed))


def _near(typed: str) -> tuple[Word, ...]:
    """Return known words with the same first letter that are one slip away, two in a long word.

    A slip is a letter too many, too few or wrong, or two that changed places (optimal string
    alignment).
    """
    same_letter = Word.objects.filter(text__gte=typed[0], text__lte=typed[0] + _LAST)
    known = {word.text: word for word in same_letter.order_by("text")[:MOST_VOCABULARY]}
    found = process.extract(
        typed,
        known.keys(),
        scorer=OSA.distance,
        score_cutoff=1 if len(typed) < 7 else 2,
        limit=5,
    )
    return tuple(known[text] for text, _slips, _place in found)


def _fit(found: Address, typed: list[str]) -> float:
    """More for whole words, for a number at the front, and for fewer words left over."""
    words = found.search_text.split()
    whole = sum(1 for one in typed if one in words)
    front = 0.5 if words and words[0] in typed else 0.0
    return whole + front - len(words) / 100
