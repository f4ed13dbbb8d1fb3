"""How the desk says times, promises and references. Pure: values in, plain English out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

from django.utils import timezone

from moothall.language import Calendar

Urgency = Literal["late", "today", "soon", "later", "paused", "done", "none"]

SOON_WORKING_DAYS = 3
"""A promise this close counts as soon: long enough to act, short enough to matter."""

SPELLING = {
    "A": "Alpha", "B": "Bravo", "C": "Charlie", "D": "Delta", "E": "Echo", "F": "Foxtrot",
    "G": "Golf", "H": "Hotel", "I": "India", "J": "Juliet", "K": "Kilo", "L": "Lima",
    "M": "Mike", "N": "November", "O": "Oscar", "P": "Papa", "Q": "Quebec", "R": "Romeo",
    "S": "Sierra", "T": "Tango", "U": "Uniform", "V": "Victor", "W": "Whiskey", "X": "X-ray",
    "Y": "Yankee", "Z": "Zulu", "0": "zero", "1": "one", "2": "two", "3": "three", "4": "four",
    "5": "five", "6": "six", "7": "seven", "8": "eight", "9": "nine",
}  # fmt: skip


def day(value: date | datetime, *, year: bool = False, weekday: bool = True) -> str:
    """Return a day in words: `Thursday 5 March`, with the year when asked."""
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    words = f"{value.day} {value:%B}"
    if weekday:
        words = f"{value:%A} {words}"
    return f"{words} {value.year}" if year else words


def clock(value: datetime) -> str:
    """Return a time of day as GOV.UK writes it: `2:05pm`, `midday`."""
    at = timezone.localtime(value)
    if (at.hour, at.minute) == (12, 0):
        return "midday"
    hour = at.hour % 12 or 12
    minutes = f":{at.minute:02d}" if at.minute else ""
    return f"{hour}{minutes}{'am' if at.hour < 12 else 'pm'}"


def moment(value: datetime, now: datetime) -> str:
    """Return when something happened, as near as the reader needs: today by the clock, else by day."""
    at, today = timezone.localtime(value).date(), timezone.localtime(now).date()
    if at == today:
        return f"today at {clock(value)}"
    if (today - at).days == 1:
        return f"yesterday at {clock(value)}"
    return f"{day(value, weekday=False, year=at.year != today.year)} at {clock(value)}"


def count(number: int, one: str, many: str = "") -> str:
    """Return `1 day` or `3 days`; thousands have their comma."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def spelt(reference: str) -> str:
    """Return a reference as it is read out over the phone: `Whiskey, Mike; seven, Kilo, three`."""
    groups = []
    for group in reference.upper().split("-"):
        groups.append(", ".join(SPELLING.get(letter, letter) for letter in group))
    return "; ".join(groups)


@dataclass(frozen=True)
class Promise:
    """Where a case stands against its promise: how urgent, in a few words and in a sentence."""

    urgency: Urgency
    short: str
    """For a list: `2 working days late`."""
    long: str
    """For the case: `Promised by Thursday 5 March. 2 working days late.`"""


def promise(
    *,
    now: datetime,
    calendar: Calendar,
    finish_by: datetime | None,
    ended_at: datetime | None = None,
    paused_since: datetime | None = None,
    state: str = "",
) -> Promise:
    """Return where a case stands against its promise at `now`.

    `state` is the label of the state, which is the reason when the clock is stopped. Days are
    working days of `calendar`, because promises are made in them.
    """
    today = timezone.localtime(now).date()
    due = timezone.localtime(finish_by).date() if finish_by else None
    if ended_at is not None:
        return _ended(ended_at, finish_by, calendar)
    if paused_since is not None:
        since = timezone.localtime(paused_since).date()
        waited = count(calendar.working_days(since, today), "working day")
        reason = f": {state[:1].lower()}{state[1:]}" if state else ""
        return Promise(
            "paused",
            f"Clock stopped for {waited}" if since != today else "Clock stopped today",
            f"The clock has been stopped since {day(paused_since)}{reason}. "
            "It runs again when the case moves on.",
        )
    if finish_by is None or due is None:
        return Promise("none", "No promise", "There is no promised date for this case.")
    promised = f"Promised by {day(finish_by)}."
    if finish_by < now:
        behind = calendar.working_days(due, today)
        words = f"{count(behind, 'working day')} late" if behind else "Late since today"
        return Promise("late", words, f"{promised} {words}.")
    if due == today:
        return Promise("today", "Due today", f"Promised by today, {day(finish_by)}.")
    ahead = calendar.working_days(today, due)
    left = count(ahead, "working day")
    urgency: Urgency = "soon" if ahead <= SOON_WORKING_DAYS else "later"
    short = "Due tomorrow" if (due - today).days == 1 else f"Due in {left}"
    return Promise(urgency, short, f"{promised} {left} left.")


class Waiting(Protocol):
    """What is asked of a case to say why it is late: a row of a list or a whole case."""

    @property
    def state_label(self) -> str: ...  # noqa: D102 -- the names say it
    @property
    def state_since(self) -> datetime | None: ...  # noqa: D102
    @property
    def awaiting_staff_since(self) -> datetime | None: ...  # noqa: D102
    @property
    def assigned_to(self) -> str: ...  # noqa: D102


def why_late(case: Waiting, now: datetime) -> str:
    """Return where a late case is stuck: with whom, in which state since when, who waits for whom."""
    parts = []
    if case.state_since:
        parts.append(f"{case.state_label} since {day(case.state_since, weekday=False)}")
    parts.append(f"with {case.assigned_to}" if case.assigned_to else "with nobody yet")
    words = ", ".join(parts) + "."
    if case.awaiting_staff_since:
        words += f" They wrote {moment(case.awaiting_staff_since, now)} and wait for us."
    return words


def _ended(ended_at: datetime, finish_by: datetime | None, calendar: Calendar) -> Promise:
    ended = f"Finished on {day(ended_at, year=True)}"
    if finish_by is None:
        return Promise("done", ended, f"{ended}.")
    if ended_at <= finish_by:
        return Promise("done", ended, f"{ended}, within the promise.")
    behind = calendar.working_days(
        timezone.localtime(finish_by).date(), timezone.localtime(ended_at).date()
    )
    return Promise("done", ended, f"{ended}, {count(behind, 'working day')} after the promise.")
