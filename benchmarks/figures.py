"""Rows of the table."""

from __future__ import annotations

import statistics
from collections.abc import Sequence


def row(what: str, where: str, result: str) -> None:
    """Print one row."""
    print(f"| {what} | {where} | {result} |", flush=True)


def milliseconds(seconds: Sequence[float]) -> str:
    """Median and 95th percentile of `seconds`, in milliseconds."""
    ordered = sorted(seconds)
    p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    return f"median {statistics.median(ordered) * 1000:.2g} ms, p95 {p95 * 1000:.2g} ms".replace(
        "e+02", "00"
    )
