"""Welsh: light rules for endings and for the mutation of first letters, kept in `welsh.yaml`.

Snowball has no Welsh stemmer. A document keeps the stem of the word as it is written there; a query
looks for every form that mutation may have given to its first letters.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from moothall.search.data import load

SHORTEST = 3
"""Letters that an ending must leave."""


@lru_cache(maxsize=1)
def _endings() -> tuple[tuple[str, str], ...]:
    pairs = ((str(end), str(put or "")) for end, put in load("welsh")["endings"].items())
    return tuple(sorted(pairs, key=lambda pair: (-len(pair[0]), pair[0])))


@lru_cache(maxsize=1)
def _classes() -> tuple[tuple[str, ...], ...]:
    """First letters that stand for one another: the radical and all its mutations."""
    return tuple(tuple(map(str, row)) for row in load("welsh")["mutations"])


@lru_cache(maxsize=1)
def _irregular() -> dict[str, str]:
    """Irregular plural to singular, each in its radical and in every mutation of it."""
    found: dict[str, str] = {}
    for plural, singular in load("welsh")["irregular"].items():
        found[plural] = singular
        for radical, *others in _classes():
            if _starts(plural, radical) and _starts(singular, radical):
                for other in others:
                    mutated = other + plural[len(radical) :]
                    found.setdefault(mutated, other + singular[len(radical) :])
    return found


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """The word without its endings, as long as they leave enough of it."""
    word = _irregular().get(word, word)
    shorter = _shorter(word)
    while shorter != word:
        word, shorter = shorter, _shorter(shorter)
    return word


def _shorter(word: str) -> str:
    for ending, put in _endings():
        left = len(word) - len(ending)
        if left + len(put) >= SHORTEST and put != ending and word.endswith(ending):
            return word[:left] + put
    return word


def mutations(word: str) -> Iterator[str]:
    """The forms in which the word may stand elsewhere: its radical, and the radical's mutations."""
    seen = {word}
    for row in _classes():
        for start in row:
            if start and not _starts(word, start):
                continue
            if not start and word[:1] not in "aeiouwylr":
                continue
            rest = word[len(start) :]
            for other in row:
                form = other + rest
                if form not in seen and len(rest) >= 2 and len(form) >= SHORTEST:
                    seen.add(form)
                    yield form


_DIGRAPHS = ("ch", "dd", "ff", "ng", "ll", "ph", "rh", "th", "mh", "nh")


def _starts(word: str, start: str) -> bool:
    """Whether the word's first letter is `start`: in Welsh, `ll` or `dd` is one letter."""
    return word.startswith(start) and not any(
        word.startswith(two) and len(two) > len(start) for two in _DIGRAPHS if two[0] == start[0]
    )
