"""Reading counts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import F, Sum

from moothall.measures.models import Count
from moothall.measures.month import Month


def totals(
    name: str, since: date, until: date, by: Sequence[str] = (), **where: str | int | bool
) -> dict[tuple[str, ...], int]:
    """Return the sums of `name` from `since` to `until` (both included), by these labels.

    `by` may hold label names and `day` or `month`; the keys of the answer are tuples in that order
    (`()` when `by` is empty), a missing label is an empty text. `where` keeps rows with these labels.

    One query; the database adds up days and labels, never events, so the cost grows with the span.
    """
    rows = Count.objects.filter(name=name, day__gte=since, day__lte=until).values("labels")
    if "day" in by:
        rows = rows.annotate(at=F("day"))
    elif "month" in by:
        rows = rows.annotate(at=Month("day"))
    sums: Counter[tuple[str, ...]] = Counter()
    for row in rows.annotate(total=Sum("n")).order_by():
        labels = json.loads(row["labels"])
        if any(labels.get(label) != str(value) for label, value in where.items()):
            continue
        sums[tuple(_part(part, labels, row) for part in by)] += row["total"]
    return dict(sums)


def _part(part: str, labels: dict[str, str], row: Mapping[str, Any]) -> str:
    if part in {"day", "month"}:
        iso = str(row["at"])
        return iso if part == "day" else iso[:7]
    return labels.get(part, "")
