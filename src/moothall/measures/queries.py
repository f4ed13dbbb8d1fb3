"""Reading counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date


def totals(
    name: str, since: date, until: date, by: Sequence[str] = (), **where: str | int | bool
) -> dict[tuple[str, ...], int]:
    """Return the sums of `name` from `since` to `until` (both included), by these labels.

    `by` may hold label names and `day` or `month`; the keys of the answer are tuples in that order
    (`()` when `by` is empty), a missing label is an empty text. `where` keeps rows with these labels.
    """
    raise NotImplementedError
