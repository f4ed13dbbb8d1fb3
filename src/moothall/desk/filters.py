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
from moothall.design.forms import whole_number

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
HAS: Final[Mapping[str, str]] = {
    "reply": "A reply nobody has read",
    "task": "An open task",
    "call_back": "A call-back to make",
    "repeat": "Asked before",
    "merged": "Joined to another",
    "reopened": "Opened again",
    "handed": "Handed over to us",
}
"""What can lie beside a case."""
PAID: Final[Mapping[str, str]] = {
    "due": "Payment is due",
    "paid": "Paid",
    "refunded": "Paid back",
    "waived": "Fee waived",
    "free": "Nothing to pay",
}
ORDERS: Final[Mapping[str, str]] = {
    "promise": "Promise, soonest first",
    "newest": "Newest first",
    "oldest": "Oldest first",
}
DONE: Final[Mapping[str, str]] = {
    "": "Open cases",
    "yes": "Finished cases",
    "both": "Open and finished cases",
}
COLUMNS: Final[Mapping[str, str]] = {
    "state": "State",
    "ward": "Ward",
    "promise": "Promise",
    "officer": "Assigned to",
    "team": "Team",
    "opened": "Opened",
    "channel": "Came by",
    "changed": "Last change",
}
"""What a queue can show beside the case itself, in this order."""
USUAL_COLUMNS: Final = ("state", "ward", "promise", "officer")
NAMES: Final = (
    "due",
    "days",
    "service",
    "state",
    "team",
    "who",
    "ward",
    "channel",
    "paid",
    "age",
    "has",
    "words",
    "since",
    "until",
    "ended_since",
    "ended_until",
    "broken_since",
    "broken_until",
    "urgent",
    "done",
    "order",
    "cols",
)
"""The filters in the order in which addresses hold them."""
DAYS: Final = tuple(name for name in NAMES if name.endswith(("since", "until")))
MOST_WORKING_DAYS: Final = 400

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
    has_home: bool = False
    """Whether the plain address opens with a view, so that everything needs an address of its own."""

    @staticmethod
    def read(given: Mapping[str, Any]) -> QueueLink:
        """Return the filters in a query string; anything unreadable is left out."""
        values: dict[str, str] = {}
        for name in NAMES:
            if name in DAYS:
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

        def number(name: str) -> int | None:
            return int(given[name]) if name in given else None

        done = given.get("done", "")
        return QueueFilters(
            services=(given["service"],) if "service" in given else (),
            states=(given["state"],) if "state" in given else (),
            team=given.get("team", ""),
            assignee=given.get("who", ""),
            ward=given.get("ward", ""),
            channel=given.get("channel", ""),
            paid=given.get("paid", ""),
            has=(given["has"],) if "has" in given else (),
            due=given.get("due", ""),  # type: ignore[arg-type]  # one of DUE: held by _readable
            due_within=number("days"),
            older_than=number("age"),
            opened_since=day("since"),
            opened_until=day("until"),
            ended_since=day("ended_since"),
            ended_until=day("ended_until"),
            breached_since=day("broken_since"),
            breached_until=day("broken_until"),
            ended=None if done == "both" else done == "yes",
            urgent="urgent" in given,
            order=self.order,  # type: ignore[arg-type]  # one of ORDERS
            after=self.after,
            limit=PAGE_SIZE,
        )

    @property
    def order(self) -> str:
        """How the cases are sorted: as asked, else finished ones newest first, open ones by promise."""
        usual = "promise" if not self.values.get("done") else "newest"
        return self.values.get("order", usual)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns to show."""
        asked = self.values.get("cols", "").split("-")
        return tuple(one for one in COLUMNS if one in asked) or USUAL_COLUMNS

    def query(self, **changes: str) -> str:
        """Return the query string with `changes` made (an empty text takes a filter off), from page one."""
        values = {**self.values, **{k: v for k, v in changes.items() if k in NAMES}}
        pairs = [(name, values[name]) for name in NAMES if values.get(name)]
        pairs += [(k, v) for k, v in changes.items() if k not in NAMES and v]
        return urlencode(pairs)

    def url(self, **changes: str) -> str:
        """Return the address of the queue with `changes` made."""
        query = self.query(**changes)
        if query:
            return f"{PATH}?{query}"
        return self.everything

    @property
    def everything(self) -> str:
        """The address of all open cases."""
        return f"{PATH}?all=yes" if self.has_home else PATH

    @property
    def is_plain(self) -> bool:
        """Whether nothing is filtered."""
        return not set(self.values) - {"order", "cols"}


_CHOICES: Final[Mapping[str, Mapping[str, str]]] = {
    "due": DUE,
    "has": HAS,
    "paid": PAID,
    "order": ORDERS,
    "urgent": {"yes": ""},
    "done": DONE,
}


def _readable(name: str, text: str) -> bool:
    if name in _CHOICES:
        return text in _CHOICES[name]
    if name == "who":
        return text in {"me", "nobody"} or (whole_number(text) is not None and len(text) < 12)
    if name in {"days", "age"}:
        number = whole_number(text)
        return number is not None and number <= MOST_WORKING_DAYS
    if name == "cols":
        return not set(text.split("-")) - set(COLUMNS)
    return True
