"""The index and its analyser."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from moothall.search.queries import Results

__all__ = ["index", "query", "remove"]


def index(
    kind: str, ref: str, title: str, words: str, audience: str, url: str, *, language: str = "en"
) -> None:
    """Put a document in the index, or put it there anew, in the caller's transaction.

    Personal data only under an audience that is not `public`.
    """
    from moothall.search import actions

    actions.index(kind, ref, title, words, audience, url, language=language)


def remove(kind: str, ref: str) -> None:
    """Take a document out of the index, in the caller's transaction."""
    from moothall.search import actions

    actions.remove(kind, ref)


def query(
    text: str,
    kinds: Collection[str] | None = None,
    audiences: Collection[str] = ("public",),
    limit: int = 20,
    *,
    language: str = "en",
) -> Results:
    """Return what best fits `text`, best first (`for hit in …`: kind, ref, title, url), with `.corrected`."""
    from moothall.search import queries

    return queries.query(text, kinds, audiences, limit, language=language)
