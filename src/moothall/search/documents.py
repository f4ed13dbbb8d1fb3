"""The rows of many documents at once, for whoever writes thousands that nobody else can be writing."""

from __future__ import annotations

from typing import Any

from moothall.search import actions

COLUMNS = (
    "kind", "ref", "title", "audience", "url", "language", "digest", "tokens", "head", "words",
    "learnt", "stale",
)  # fmt: skip


def row(
    kind: str, ref: str, title: str, words: str, audience: str, url: str, *, language: str = "en"
) -> tuple[Any, ...]:
    """What `search.index` would write for a new document, in the order of COLUMNS."""
    made = actions.new(kind, ref, title, words, audience, url, language=language)
    return tuple(getattr(made, name) for name in COLUMNS)
