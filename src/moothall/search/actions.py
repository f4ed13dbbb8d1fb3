"""Things that change the index."""

from __future__ import annotations


def index(
    kind: str, ref: str, title: str, words: str, audience: str, url: str, *, language: str = "en"
) -> None:
    """See `moothall.search.index`."""
    raise NotImplementedError


def remove(kind: str, ref: str) -> None:
    """See `moothall.search.remove`."""
    raise NotImplementedError
