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

    Found at once by any word of `title` and `words`, and by the beginning of a reference, postcode or
    number plate in them; put right when misspelt a minute later, when the worker has learnt its words.
    A document that has not changed costs one query, a new one two. Personal data only under an audience
    that is not `public`. Raises ValueError for a name, audience or address that is empty or too long.
    """
    from moothall.search import actions

    actions.index(kind, ref, title, words, audience, url, language=language)


def remove(kind: str, ref: str) -> None:
    """Take a document out of the index, in the caller's transaction, and with it every word that no
    other document of its audience holds. Nothing happens when there is none."""
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
    """Return what best fits `text`, best first (`for hit in …`: kind, ref, title, url), with `.corrected`.

    Never a document of an audience that is not named. All words must be found, each as it stands, in
    another inflection, put right, or by what else people call it; where no document has them all,
    those with some of them. `kinds=None`: every kind. `limit`: 200 at most. `language`: of what was
    typed; documents in it come first.
    """
    from moothall.search import queries

    return queries.query(text, kinds, audiences, limit, language=language)
