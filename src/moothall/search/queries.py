"""Finding documents.

What a query costs follows from the answer, not from the archive: the database gives the newest few
hundred documents that hold every word, walking its lists from the newest end, and only those are
ranked, here, the same on both databases.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from moothall.search import analyser, store, vocabulary
from moothall.search.analyser import Word
from moothall.search.models import Document
from moothall.search.vocabulary import Guess

MOST = 200
"""Hits that one query may ask for."""
CANDIDATES = 400
"""Documents that are ranked; of more that fit, the newest."""
OWN_LANGUAGE = 3.0
"""How much more a document counts in the language of the query."""

_READ = ("kind", "ref", "title", "audience", "url", "language", "tokens", "head")


@dataclass(frozen=True)
class Hit:
    """One document found."""

    kind: str
    ref: str
    title: str
    url: str


@dataclass(frozen=True)
class Results:
    """The hits, best first; `corrected` holds the words that were looked for instead, if any were misspelt.

    A corrected word may come from any document of the audiences that the query named.
    """

    hits: tuple[Hit, ...]
    corrected: str | None = None
    more: bool = False

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.hits)

    def __len__(self) -> int:
        return len(self.hits)


@dataclass(frozen=True)
class _Found:
    document: Document
    tokens: frozenset[str]
    head: frozenset[str]


def query(
    text: str,
    kinds: Collection[str] | None = None,
    audiences: Collection[str] = ("public",),
    limit: int = 20,
    *,
    language: str = "en",
) -> Results:
    """See `moothall.search.query`."""
    words = analyser.read_query(text, language)
    needed = [word for word in words if not word.optional]
    audiences = sorted(set(audiences))
    kinds = store.kinds() if kinds is None and needed else sorted(set(kinds or ()))
    if not needed or not audiences or not kinds:
        return Results(())
    limit = max(1, min(limit, MOST))
    guesses = vocabulary.guesses((w.typed for w in needed if w.spoken), audiences, language)
    tried = [_as_meant(word, guesses, language) for word in words]
    needed = [word for word in tried if not word.optional]
    found = _fetch(needed, audiences, kinds, every=True)
    if not found and len(needed) > 1:
        found = _fetch(needed, audiences, kinds, every=False)
    ranked = _ranked(found, tried, language)
    hits = tuple(
        Hit(one.kind, one.ref, one.title, one.url)
        for one in (found.document for found in ranked[:limit])
    )
    return Results(hits, _told(words, guesses, ranked), more=len(ranked) > limit)


def _as_meant(word: Word, guesses: dict[str, Guess], language: str) -> Word:
    guess = guesses.get(word.typed) if word.spoken else None
    return analyser.as_meant(word, guess.meant, guess.longer, language) if guess else word


def _fetch(
    words: Sequence[Word],
    audiences: Collection[str],
    kinds: Collection[str],
    *,
    every: bool,
) -> list[_Found]:
    """The newest documents that hold every word, or some of them: of each word the newest then."""
    groups = [list(word.forms) for word in words]
    sets = [groups] if every else [[group] for group in groups]
    share = max(50, CANDIDATES // len(sets))
    ids: set[int] = set()
    for one in sets:
        ids.update(store.holding(one, audiences, kinds, share))
    documents = Document.objects.filter(pk__in=ids).only(*_READ)
    return [
        _opened(document)
        for document in documents
        if document.audience in audiences and document.kind in kinds
    ]


def _opened(document: Document) -> _Found:
    tokens = [token[4:] for token in document.tokens.split()]
    return _Found(document, frozenset(tokens), frozenset(tokens[: document.head]))


def _ranked(found: list[_Found], words: Sequence[Word], language: str) -> list[_Found]:
    """Best first: rare words count more, a title more than the rest, the newer of equals first."""
    forms = [
        [(frozenset(map(store.plain, form)), worth) for form, worth in word.forms.items()]
        for word in words
    ]
    holders = [
        sum(any(form <= one.tokens for form, _ in group) for one in found) for group in forms
    ]
    rarity = [
        (0.1 if word.optional else 1.0) * math.log(1.5 + len(found) / (1 + held))
        for word, held in zip(words, holders, strict=True)
    ]

    def score(one: _Found) -> float:
        shortness = 1 / (1 + math.log1p(len(one.tokens) / 50))
        total = 0.0
        for group, weight in zip(forms, rarity, strict=True):
            in_title = max((worth for form, worth in group if form <= one.head), default=0.0)
            anywhere = max((worth for form, worth in group if form <= one.tokens), default=0.0)
            total += weight * (3 * in_title + anywhere * (1 + shortness))
        return total * (OWN_LANGUAGE if one.document.language == language else 1.0)

    return sorted(found, key=lambda one: (-score(one), -one.document.pk))


def _told(words: Sequence[Word], guesses: dict[str, Guess], found: Sequence[_Found]) -> str | None:
    """What was looked for instead, when something was found by it that the typed word did not find."""
    if not found:
        return None
    shown: list[str] = []
    changed = False
    for word in words:
        guess = guesses.get(word.typed) if word.spoken else None
        right = guess.meant if guess else ""
        forms = [frozenset(map(store.plain, form)) for form in word.forms]
        if right and not any(form <= one.tokens for one in found for form in forms):
            changed = True
            shown.append(right)
        else:
            shown.append(word.typed)
    return " ".join(shown) if changed else None
