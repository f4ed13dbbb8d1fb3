"""The plan of one day: who gets in touch about what, by which channel, when. Pure, from a seed.

A day depends on nothing but the seed, the council's size and the day itself, so that any day can be
made at any time, and the same again.
"""

from __future__ import annotations

import math
import random
from bisect import bisect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import accumulate

from moothall.packs.synth.rates import Rates

YEAR = 365.25
ONLINE_HOURS = (
    2, 1, 1, 1, 1, 2, 4, 9, 14, 16, 15, 14, 13, 13, 12, 12, 13, 14, 15, 16, 15, 12, 8, 4,
)  # fmt: skip
"""How online contacts spread over the hours of a day."""
OFFICE_HOURS = (9, 10, 10, 11, 11, 12, 13, 14, 14, 15, 15, 16)
AGAIN_AFTER = (7, 16, 27)
"""After so many days somebody asks for the same once more."""
MOST_A_DAY = 65_536
"""Cases of one day that can be told apart."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody gets in touch. `number` counts the arrivals of the day, from 0."""

    number: int
    day: date
    at: datetime
    """By the clock in London, without a zone."""
    service: str
    channel: str
    resident: int
    minutes: int | None = None
    outcome: str = "filed"
    chance: float = 0.0
    """From 0 to 1: what becomes of it hangs on this."""
    of: tuple[date, int] | None = None
    """Day and number of the case that this one asks for again."""


@dataclass
class Plan:
    """What all days have in common."""

    seed: int
    residents: int
    first: date
    last: date
    rates: Rates
    services: Mapping[str, Sequence[str]]
    """The offered services and their channels."""
    holidays: frozenset[date]
    _firsts: dict[date, list[Arrival]] = field(default_factory=dict)

    def rng(self, *what: object) -> random.Random:
        """The chance that belongs to one thing alone."""
        return random.Random(f"{self.seed}:{':'.join(map(str, what))}")  # noqa: S311 - repeatable, no secret

    def days(self) -> Iterator[date]:
        """Every day, in order."""
        day = self.first
        while day <= self.last:
            yield day
            day += timedelta(days=1)

    def expected(self, service_id: str, day: date) -> float:
        """How many cases of a service the day should bring."""
        rate = self.rates.of(service_id)
        return (
            self.residents / 1000 * rate.cases / YEAR
            * self._of_day(rate.season, rate.weekdays, day)
        )  # fmt: skip

    def _of_day(self, season: str, week: str, day: date) -> float:
        holiday = self.rates.bank_holiday if day in self.holidays else 1.0
        return (
            self.rates.seasons_by_mean[season][day.month - 1]
            * self.rates.weeks_by_mean[week][day.weekday()]
            * holiday
        )

    def through(self, day: date) -> float:
        """How far the time has gone, from 0 to 1."""
        return (day - self.first).days / max(1, (self.last - self.first).days)

    def mix(self, day: date, channels: Sequence[str] = (), online: float = 1.0) -> Mix:
        """The mix of channels on a day, for a service that has these channels."""
        start, end, share = self.rates.channels.start, self.rates.channels.end, self.through(day)
        open_to = {*channels, *(["email"] if "desk" in channels else [])} if channels else None
        weights = {
            name: (start.get(name, 0) * (1 - share) + end.get(name, 0) * share)
            * (online if name == "online" else 1.0)
            for name in dict.fromkeys([*start, *end])
            if open_to is None or name in open_to
        }
        return Mix(weights or {"online": 1.0})

    def cases(self, day: date) -> list[Arrival]:
        """The cases of a day, service by service, and those that ask for an earlier one again."""
        found = list(self._firsts_of(day))
        for back in AGAIN_AFTER:
            self._again(day, day - timedelta(days=back), found)
        return found[:MOST_A_DAY]

    def _firsts_of(self, day: date) -> list[Arrival]:
        known = self._firsts.get(day)
        if known is not None:
            return known
        found: list[Arrival] = []
        for service, channels in self.services.items():
            rng = self.rng(day, service)
            mix = self.mix(day, channels, self.rates.of(service).online)
            for _ in range(poisson(rng, self.expected(service, day))):
                channel = mix.pick(rng.random())
                found.append(
                    Arrival(
                        len(found), day, _moment(rng, day, channel), service, channel,
                        self._resident(rng), self._minutes(rng, channel), "filed", rng.random(),
                    )
                )  # fmt: skip
        self._firsts[day] = found
        for old in [one for one in self._firsts if (day - one).days > AGAIN_AFTER[-1]]:
            del self._firsts[old]
        return found

    def _again(self, day: date, earlier: date, found: list[Arrival]) -> None:
        """Cases of an earlier day whose resident asks for the same once more, today."""
        if earlier < self.first:
            return
        before = self._firsts_of(earlier)
        rng = self.rng(earlier, "again", day)
        wanted = poisson(rng, len(before) * self.rates.repeat.same_again / 100 / len(AGAIN_AFTER))
        for one in rng.sample(before, min(wanted, len(before))):
            mix = self.mix(day, self.services[one.service], self.rates.of(one.service).online)
            channel = mix.pick(rng.random())
            found.append(
                Arrival(
                    len(found), day, _moment(rng, day, channel), one.service, channel, one.resident,
                    self._minutes(rng, channel), "filed", rng.random(), (one.day, one.number),
                )
            )  # fmt: skip

    def first_case(self, day: date, number: int) -> Arrival:
        """A case of a day that may be asked for again."""
        return self._firsts_of(day)[number]

    def contacts(self, day: date) -> Iterator[Arrival]:
        """The contacts of a day that open no case."""
        spec = self.rates.contacts_without_a_case
        rng = self.rng(day, "contacts")
        by_service = Mix({name: self.expected(name, day) for name in self.services} | {"": 1e-9})
        outcomes, mix = Mix(spec.outcomes), self.mix(day, ("phone", "desk"))
        mean = self.residents / 1000 * spec.contacts / YEAR * self._of_day("office", "usual", day)
        for number in range(poisson(rng, mean)):
            channel = mix.pick(rng.random())
            service = by_service.pick(rng.random()) if rng.random() < 0.8 else ""
            yield Arrival(
                number, day, _moment(rng, day, channel), service, channel, 0,
                self._minutes(rng, channel), outcomes.pick(rng.random()),
            )  # fmt: skip

    def _resident(self, rng: random.Random) -> int:
        repeat = self.rates.repeat
        busy = max(1, round(self.residents * repeat.busy_residents / 100))
        if rng.random() * 100 < repeat.their_contacts:
            return rng.randrange(busy)
        return rng.randrange(self.residents)

    def _minutes(self, rng: random.Random, channel: str) -> int | None:
        span = self.rates.minutes.get(channel)
        return rng.randint(*span) if span else None


class Mix:
    """Weighted names, picked by a number from 0 to 1."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        self.names = [name for name, weight in weights.items() if weight > 0] or list(weights)
        self.sums = list(accumulate(weights[name] for name in self.names))

    def pick(self, chance: float) -> str:
        """The name at `chance`."""
        return self.names[min(bisect(self.sums, chance * self.sums[-1]), len(self.names) - 1)]


def poisson(rng: random.Random, mean: float) -> int:
    """How often something happens that happens `mean` times on average."""
    if mean > 60:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count


_HOURS = Mix({str(hour): float(weight) for hour, weight in enumerate(ONLINE_HOURS)})


def _moment(rng: random.Random, day: date, channel: str) -> datetime:
    """A time of the day: any for online, opening hours for the rest."""
    if channel == "online":
        hour = int(_HOURS.pick(rng.random()))
    else:
        hour = OFFICE_HOURS[int(rng.random() * len(OFFICE_HOURS))]
    second = int(rng.random() * 3600)
    if hour == 1:
        hour = 3  # there is no such hour when summer time begins
    return datetime.combine(day, time(hour, second // 60, second % 60))
