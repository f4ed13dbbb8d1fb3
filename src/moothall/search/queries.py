"""Finding documents."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Hit:
    """One document found."""

    kind: str
    ref: str
    title: str
    url: str


@dataclass(frozen=True)
class Results:
    """The hits, best first; `corrected` holds the words that were looked for instead, if any were misspelt."""

    hits: tuple[Hit, ...]
    corrected: str | None = None
    more: bool = False

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.hits)

    def __len__(self) -> int:
        return len(self.hits)


def query(
    text: str,
    kinds: Collection[str] | None = None,
    audiences: Collection[str] = ("public",),
    limit: int = 20,
    *,
    language: str = "en",
) -> Results:
    """See `moothall.search.query`."""
    raise NotImplementedError
