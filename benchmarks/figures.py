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
    return f"median {_ms(statistics.median(ordered))} ms, p95 {_ms(p95)} ms"


def _ms(seconds: float) -> str:
    value = seconds * 1000
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}" if value >= 1 else f"{value:.3f}"
