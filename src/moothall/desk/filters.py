"""The filters of the queue as an address: read, changed one at a time, cleared and kept.

An address that someone typed or kept for a year must still open, so what cannot be read is left
out rather than refused. No personal data is ever in it: words are looked for on `/desk/search/`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from moothall.casework.types import QueueFilters

PATH: Final = "/desk/"
PAGE_SIZE: Final = 40
DUE: Final[Mapping[str, str]] = {
    "late": "Late",
    "today": "Due today",
    "soon": "Due soon",
    "later": "Later",
    "paused": "Clock stopped",
}
"""Where a case stands against its promise, in the order of urgency."""
NAMES: Final = (
    "due",
    "service",
    "state",
    "team",
    "who",
    "ward",
    "since",
    "until",
    "urgent",
    "done",
)
"""The filters in the order in which addresses hold them."""

_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


def _typed_day(given: Mapping[str, Any], name: str) -> str:
    """A date as ISO text, or as the three boxes of the filter form."""
    if text := _day(str(given.get(name, "")).strip()):
        return text
    parts = [str(given.get(f"{name}-{part}", "")).strip() for part in ("year", "month", "day")]
    if not all(part.isdecimal() for part in parts):
        return ""
    return _day(f"{parts[0]:0>4}-{parts[1]:0>2}-{parts[2]:0>2}")


@dataclass(frozen=True)
class QueueLink:
    """A queue by its address: `values` are the filters set, `after` is where the page starts."""

    values: Mapping[str, str] = field(default_factory=dict)
    after: str = ""
    all_ticked: bool = False

    @staticmethod
    def read(given: Mapping[str, Any]) -> QueueLink:
        """Return the filters in a query string; anything unreadable is left out."""
        values: dict[str, str] = {}
        for name in NAMES:
            if name in {"since", "until"}:
                text = _typed_day(given, name)
            else:
                text = str(given.get(name, "")).strip()
            if text and _ID.fullmatch(text) and _readable(name, text):
                values[name] = text
        after = str(given.get("after", ""))[:100]
        return QueueLink(values, after, given.get("tick") == "all")

    @property
    def filters(self) -> QueueFilters:
        """What casework is asked for."""
        given = self.values

        def day(name: str) -> date | None:
            return date.fromisoformat(given[name]) if name in given else None

        return QueueFilters(
            services=(given["service"],) if "service" in given else (),
            states=(given["state"],) if "state" in given else (),
            team=given.get("team", ""),
            assignee=given.get("who", ""),
            ward=given.get("ward", ""),
            due=given.get("due", ""),  # type: ignore[arg-type]  # one of DUE: held by _readable
            opened_since=day("since"),
            opened_until=day("until"),
            ended="done" in given,
            urgent="urgent" in given,
            order="newest" if "done" in given else "promise",
            after=self.after,
            limit=PAGE_SIZE,
        )

    def query(self, **changes: str) -> str:
        """Return the query string with `changes` made (an empty text takes a filter off), from page one."""
        values = {**self.values, **{k: v for k, v in changes.items() if k in NAMES}}
        pairs = [(name, values[name]) for name in NAMES if values.get(name)]
        pairs += [(k, v) for k, v in changes.items() if k not in NAMES and v]
        return urlencode(pairs)

    def url(self, **changes: str) -> str:
        """Return the address of the queue with `changes` made."""
        query = self.query(**changes)
        return f"{PATH}?{query}" if query else PATH

    @property
    def is_plain(self) -> bool:
        """Whether nothing is filtered."""
        return not self.values


def _readable(name: str, text: str) -> bool:
    if name == "due":
        return text in DUE
    if name == "who":
        return text in {"me", "nobody"} or (text.isdecimal() and len(text) < 12)
    if name in {"urgent", "done"}:
        return text == "yes"
    return True
