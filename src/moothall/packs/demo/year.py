"""The plan of the year: which cases come when, by which channel, from whom. Pure, from a seed."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
MINUTES = {"online": None, "phone": (4, 14), "desk": (8, 25)}
"""How long an adviser is busy with one contact, at least and at most, by channel."""
WEEKDAYS = (22, 18, 16, 15, 14, 8, 7)
SERVICE_SEASONS = {
    "crisis_support": {11: 1.5, 12: 1.8, 1: 1.7, 2: 1.4},
    "bulky_waste": {1: 1.4, 5: 1.3},
    "garden_waste": {2: 1.8, 3: 3.0, 4: 2.6, 5: 1.6, 10: 0.5, 11: 0.3, 12: 0.2, 1: 0.5},
    "street_light": {10: 1.8, 11: 2.4, 12: 2.2, 1: 2.0, 5: 0.5, 6: 0.4, 7: 0.4, 8: 0.6},
    "pothole": {1: 1.8, 2: 2.2, 3: 1.7, 7: 0.6, 8: 0.6},
    "noise_nuisance": {6: 1.8, 7: 2.2, 8: 2.0, 12: 0.7},
    "fly_tipping": {1: 1.3, 5: 1.2, 8: 1.2},
}
SHIFT = (0.60, 1.45)
"""How the share of online grows over the year: at its start and at its end, times the average."""


@dataclass(frozen=True)
class Planned:
    """One case, or one contact without a case, of the plan."""

    number: int
    service: str
    at: datetime
    channel: str
    minutes: int | None
    case: bool


def plan_year(recipe: Mapping[str, Any], ends: date, cases: int | None = None) -> list[Planned]:
    """Every case and contact of the year that ends on `ends`, in order of time.

    The same recipe, day and number give the same plan. `cases` replaces the recipe's number, with
    the contacts that led to no case in proportion.
    """
    wanted = int(recipe["cases"]) if cases is None else cases
    ratio = wanted / max(1, int(recipe["cases"]))
    without = round(int(recipe["contacts_without_a_case"]) * ratio)
    rng = random.Random(f"{recipe['seed']}:{wanted}")  # noqa: S311 - a repeatable plan, no secret
    days = [ends - timedelta(days=back) for back in range(int(recipe["days"]) - 1, -1, -1)]
    services = list(recipe["services"])
    shares = [int(recipe["services"][one]["share"]) for one in services]
    made: list[tuple[datetime, str, str, int | None, bool]] = []
    for number in range(wanted + without):
        service = rng.choices(services, weights=shares)[0]
        season = SERVICE_SEASONS.get(service, {})
        weights = [WEEKDAYS[day.weekday()] * season.get(day.month, 1.0) for day in days]
        place = rng.choices(range(len(days)), weights=weights)[0]
        case = number < wanted
        channels = recipe["services"][service]["channels"]
        channel = _channel(rng, channels, place / len(days), online=case)
        at = _time(rng, days[place], channel)
        span = MINUTES.get(channel)
        minutes = rng.randint(*span) if span else None
        made.append((at, service, channel, minutes, case))
    made.sort()
    return [
        Planned(number, service, at, channel, minutes, case)
        for number, (at, service, channel, minutes, case) in enumerate(made)
    ]


def _channel(rng: random.Random, shares: Mapping[str, int], through: float, *, online: bool) -> str:
    factor = SHIFT[0] + (SHIFT[1] - SHIFT[0]) * through
    names = [name for name in shares if online or name != "online"] or ["phone"]
    weights = [shares.get(name, 1) * (factor if name == "online" else 1.0) for name in names]
    return rng.choices(names, weights=weights)[0]


def _time(rng: random.Random, day: date, channel: str) -> datetime:
    """A time of the day: any for online (more in the evening), opening hours for the rest."""
    if channel == "online":
        hour = rng.choices(
            range(24),
            weights=[1, 1, 1, 1, 1, 1, 2, 5, 8, 9, 9, 8, 8, 7, 7, 7, 8, 9, 10, 11, 10, 8, 5, 2],
        )[0]
        return at_local(day, time(hour, rng.randint(0, 59), rng.randint(0, 59)))
    weekday = day if day.weekday() < 5 else day - timedelta(days=day.weekday() - 4)
    return at_local(weekday, time(rng.randint(9, 16), rng.randint(0, 59), rng.randint(0, 59)))


def at_local(day: date, clock: time) -> datetime:
    """A moment by London's clock, in UTC."""
    return datetime.combine(day, clock, tzinfo=LONDON).astimezone(UTC)


def after_working_hours(
    start: datetime, hours: float, closed: frozenset[date], *, every_day: bool = False
) -> datetime:
    """The moment that many hours of work after `start` (9am to 5pm; `every_day`: at weekends too)."""
    at = start.astimezone(LONDON)
    left = timedelta(hours=max(0.0, hours))
    while True:
        day = at.date()
        opens = datetime.combine(day, time(9), tzinfo=LONDON)
        closes = datetime.combine(day, time(17), tzinfo=LONDON)
        at = max(at, opens)
        works = every_day or (day.weekday() < 5 and day not in closed)
        if works and at < closes:
            if left < closes - at:
                return (at + left).astimezone(UTC)
            left -= closes - at
        at = datetime.combine(day + timedelta(days=1), time(9), tzinfo=LONDON)


def rotate(people: Sequence[Any], number: int) -> Any:
    """One of the people, evenly by number."""
    return people[number % len(people)]
