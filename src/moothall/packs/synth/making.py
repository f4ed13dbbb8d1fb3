"""Makes a council's cases day by day, each day one transaction, so that it can be killed and resumed.

How far it has come is written with each day (`Council.synthetic`), which also marks the council.
"""

from __future__ import annotations

import os
import random
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import connection, transaction
from django.utils import timezone

from moothall.casework import flow, tracking_links
from moothall.casework.models import Case, Contact, ContactDay, Counted, Event
from moothall.casework.references import ALPHABET, LENGTH
from moothall.casework.repeats import ASKED_AGAIN, ASKED_FOR
from moothall.casework.searching import AUDIENCE, KIND
from moothall.casework.tallying import MARGIN
from moothall.files import store
from moothall.files.models import StoredFile
from moothall.insight.models import Response
from moothall.language import Service, canonical_json
from moothall.measures.models import Count
from moothall.packs import queries as packs
from moothall.packs.demo.batch import relaxed
from moothall.packs.demo.samples import MAKERS
from moothall.packs.models import Council
from moothall.packs.synth import rates as figures
from moothall.packs.synth import rows
from moothall.packs.synth.calendar import Days, by_the_clock, utc_seconds
from moothall.packs.synth.days import MOST_A_DAY, Arrival, Plan
from moothall.packs.synth.filling import Filled, Filler, Told, Who, database_time
from moothall.packs.synth.rehearsal import BESIDE, START, Rehearsal
from moothall.packs.synth.residents import PEOPLE_A_HOME, home, resident
from moothall.packs.synth.stencil import EVENT_COLUMNS, Cutter, Stencil, columns_of
from moothall.places import queries as places
from moothall.places.models import Address
from moothall.search import documents
from moothall.search.models import Document

YEARS = 2
LEAST, MOST = 5_000, 5_000_000
AT_ONCE = 2_000
"""Cases that are kept in memory before they are written."""
LINKS = 30_000
"""Names that one sample file is given before a new one is made (file systems have a limit)."""
_SIGNS = len(ALPHABET) ** LENGTH
_STEP = 48_271_001
"""Coprime to the number of references: going round by it meets each once."""
Progress = Callable[[float, str], None]


class Refused(Exception):
    """Why nothing is made, in words for whoever runs the command."""


@dataclass
class Tally:
    """What was made in this run."""

    cases: int = 0
    events: int = 0
    contacts: int = 0
    days: int = 0


@dataclass(frozen=True)
class Wanted:
    """What was asked for: the same gives the same rows."""

    seed: int
    residents: int
    first: date
    last: date
    until: str
    variants: int
    ledger: int
    """One case in so many has its whole ledger; 1: each."""

    def kept(self) -> dict[str, Any]:
        """As the council keeps it."""
        return {
            "seed": self.seed, "residents": self.residents, "first": self.first.isoformat(),
            "last": self.last.isoformat(), "until": self.until, "variants": self.variants,
            "ledger": self.ledger,
        }  # fmt: skip


def asked(kept: dict[str, Any]) -> Wanted:
    """The reverse of `Wanted.kept`."""
    return Wanted(
        int(kept["seed"]), int(kept["residents"]), date.fromisoformat(kept["first"]),
        date.fromisoformat(kept["last"]), kept["until"], int(kept["variants"]), int(kept["ledger"]),
    )  # fmt: skip


def variants_for(residents: int) -> int:
    """How many stories of each service a council of that size is made from."""
    return max(6, min(40, residents // 5_000))


@dataclass
class Troupe:
    """The stencils of each service and way in, cut when they are first needed."""

    rehearsal: Rehearsal
    services: dict[str, Service]
    variants: int
    seed: int
    _cut: dict[tuple[str, str], list[Stencil]] = field(default_factory=dict)
    without: set[tuple[str, str]] = field(default_factory=set)

    def stencils(self, service: str, online: bool) -> list[Stencil]:
        """All stencils of a service, opened online or by an adviser."""
        way = "online" if online and self.services[service].sign_in != "required" else "phone"
        known = self._cut.get((service, way))
        if known is None:
            known = [
                Cutter(story).cut()
                for story in self.rehearsal.play(self.services[service], way, range(self.variants))
            ]
            self._cut[service, way] = known
        return known

    def choose(self, one: Arrival, stuck: float) -> Stencil | None:
        """The story of a case: for most one that ends, for a few one that does not."""
        stencils = self.stencils(one.service, one.channel == "online")
        rng = random.Random(f"{self.seed}:{one.day}:{one.number}")  # noqa: S311 - repeatable, no secret
        ending = [each for each in stencils if each.ended is not None]
        open_ended = [each for each in stencils if each.ended is None]
        if open_ended and (not ending or rng.random() * 100 < stuck):
            return rng.choice(open_ended)
        return rng.choices(ending, [_often(each) for each in ending])[0] if ending else None


def _often(made: Stencil) -> int:
    """Examples show every way out alike; in life most cases end as people hoped."""
    return 4 if made.counted[made.ended or 0][1] == "done" else 1


class Made:
    """One council's made-up cases."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.rates = figures.read()
        council = Council.objects.get()
        services = {one.id: one for one in packs.offered()}
        calendar = places.calendar("council")
        self.plan = Plan(
            wanted.seed, wanted.residents, wanted.first, wanted.last, self.rates,
            {one.id: _ways(one) for one in services.values()},
            frozenset(calendar.holidays),
        )  # fmt: skip
        recipe = {**council.year, "seed": wanted.seed}
        self.troupe = Troupe(Rehearsal(recipe, START, 0), services, wanted.variants, wanted.seed)
        first = min(START, wanted.first) - timedelta(days=500)
        days = Days(calendar.is_working_day, first, wanted.last + timedelta(days=1400))
        signer = signing.Signer(salt=tracking_links.SALT, sep="~")
        until = int(datetime.fromisoformat(wanted.until).timestamp())
        mark = "+00" if connection.vendor == "postgresql" else ""
        self.filler = Filler(
            wanted.seed, days, until, lambda ref, day: signer.sign(f"{ref}.{day}"), mark
        )
        self.mark = mark
        self.prefix = council.reference_prefix
        rows_of = Address.objects.select_related("ward").defer("ward__boundary").order_by("uprn")
        self.gazetteer = [dict(places.form_of(one)) for one in rows_of]
        self.homes = max(len(self.gazetteer), round(wanted.residents / PEOPLE_A_HOME))
        self.tally = Tally()
        self.samples = Samples()

    def left(self, done: str) -> list[date]:
        """The days that are still to be made."""
        return [day for day in self.plan.days() if day.isoformat() > done]

    def reference(self, day: date, number: int) -> str:
        """The reference of a day's case: each number has one of its own, and they look like any."""
        index = (day - self.wanted.first).days * MOST_A_DAY + number
        at = (index * _STEP + self.wanted.seed * 7_919) % _SIGNS
        signs = ""
        for _ in range(LENGTH):
            at, sign = divmod(at, len(ALPHABET))
            signs += ALPHABET[sign]
        return f"{self.prefix}-{signs[:3]}-{signs[3:]}"

    def make_day(self, day: date) -> None:
        """Everything that began on one day. In the caller's transaction."""
        ledger = _Sheet(self, day)
        for one in self.plan.cases(day):
            made = self.troupe.choose(one, self.rates.life.stuck)
            if made is None:
                continue
            ledger.add(one, made)
            if len(ledger.cases) >= AT_ONCE:
                ledger.write()
        for one in self.plan.contacts(day):
            ledger.contact_only(one)
            if len(ledger.beside[Contact._meta.db_table]) >= AT_ONCE * 4:
                ledger.write()
        ledger.end()
        self.tally.days += 1

    def earlier(self, one: Arrival, opened: int) -> tuple[str, str]:
        """What a case repeats, by the rule of casework.repeats: reference and kind, or nothing."""
        service = self.troupe.services[one.service]
        if one.of is None or service.kind not in ASKED_AGAIN | ASKED_FOR:
            return "", ""
        first = self.plan.first_case(*one.of)
        made = self.troupe.choose(first, self.rates.life.stuck)
        if made is None:
            return "", ""
        told = self.filler.tell(made, first)
        past = [n for n, at in enumerate(told.at) if at < opened]
        outcome, ended = made.counted[past[-1]][1:3] if past else ("", None)
        if ended is None:
            return self.reference(*one.of), "still_open"
        counts = {"refused"} if service.kind in ASKED_FOR else {"done", "refused"}
        at = told.moments[ended] or 0
        if outcome in counts and at >= opened - 28 * 86_400:
            return self.reference(*one.of), "again"
        return "", ""


def _ways(service: Service) -> list[str]:
    ways = [one for one in service.channels if one in {"online", "phone", "desk"}]
    return [one for one in ways if one != "online" or service.sign_in != "required"] or ["phone"]


@lru_cache(maxsize=4096)
def _labels(service: str, step: str = "", outcome: str = "") -> str:
    labels = {"service": service, "channel": "online"}
    return canonical_json({**labels, "step": step, "outcome": outcome} if step else labels)


class _Sheet:
    """The rows of a day, written a few thousand at a time."""

    def __init__(self, made: Made, day: date) -> None:
        self.made, self.day = made, day
        self.cases: list[list[Any]] = []
        self.events: list[tuple[Any, ...]] = []
        self.documents: list[tuple[Any, ...]] = []
        self.beside: dict[str, list[list[Any]]] = defaultdict(list)
        self.responses: list[tuple[Any, ...]] = []
        self.counts = flow.empty()
        self.contact_days: Counter[tuple[str, str, str, str]] = Counter()
        self.minutes: Counter[tuple[str, str, str, str]] = Counter()
        self.forms: Counter[tuple[str, str]] = Counter()
        self.next_case = rows.highest(Case._meta.db_table)
        self.next: dict[str, int] = {
            model._meta.db_table: rows.highest(model._meta.db_table) for model in BESIDE
        }
        self.through = made.wanted.last - MARGIN

    def _key(self, table: str) -> int:
        self.next[table] += 1
        return self.next[table]

    def add(self, one: Arrival, story: Stencil) -> None:
        """One case and all that belongs to it."""
        made = self.made
        clock = one.at.hour * 3600 + one.at.minute * 60 + one.at.second
        opened = utc_seconds(one.day.toordinal(), clock)
        if opened > made.filler.until:
            return
        repeat_of, repeat_kind = made.earlier(one, opened)
        self.next_case += 1
        who_asks = resident(made.wanted.seed, one.resident, made.homes)
        who = Who(
            one, who_asks, home(who_asks.home, made.gazetteer),
            made.reference(one.day, one.number),
            f"synth-{made.wanted.seed}-{one.day:%Y%m%d}-{one.number}",
            self.next_case, repeat_of, repeat_kind,
        )  # fmt: skip
        ledger = one.number % made.wanted.ledger == 0
        filled = made.filler.fill(story, who, self._key, ledger=ledger)
        self.cases.append(filled.case)
        self.events += filled.events
        for table, row in filled.beside:
            self.beside[table].append(row)
            if table == Contact._meta.db_table:
                self._count_contact(row)
            elif table == StoredFile._meta.db_table:
                made.samples.give(row)
        self._document(story, who, filled)
        self._count_case(one, story, filled.told)
        self._chased(one, story, who, filled.told)
        self._said(one, story, filled.told)
        if one.channel == "online":
            self._form(one, story)
        made.tally.cases += 1
        made.tally.events += len(filled.events)

    def _document(self, story: Stencil, who: Who, filled: Filled) -> None:
        title, words = filled.document
        url = f"/desk/cases/{who.reference}/"
        self.documents.append(documents.row(KIND, who.reference, title, words, AUDIENCE, url))

    def _count_case(self, one: Arrival, story: Stencil, told: Told) -> None:
        team, outcome, ended, reopened, promised, breached = story.counted[told.last]

        def at(number: int | None) -> datetime | None:
            moment = told.moments[number] if number is not None else None
            return (
                datetime.fromtimestamp(moment, tz=timezone.get_default_timezone())
                if moment is not None
                else None
            )

        opened = datetime.fromtimestamp(told.at[0], tz=timezone.get_default_timezone())
        flow.contribution(
            (
                one.service, team, one.channel, outcome, opened, at(ended), at(reopened), promised,
                opened if breached else None,
            ),
            self.counts,
        )  # fmt: skip

    def _count_contact(self, row: list[Any]) -> None:
        _, _, day, channel, service, outcome, minutes, *_ = row
        if day <= self.through.isoformat():
            self.contact_days[day, channel, service, outcome] += 1
            self.minutes[day, channel, service, outcome] += minutes or 0
        self.made.tally.contacts += 1

    def _contact(
        self,
        at: int,
        channel: str,
        service: str,
        outcome: str,
        minutes: int | None,
        case: int | None,
    ) -> None:
        day = date.fromordinal(by_the_clock(at)[0]).isoformat()
        table = Contact._meta.db_table
        row = [
            self._key(table), database_time(at) + self.made.mark, day, channel, service, outcome,
            minutes, case, None,
        ]  # fmt: skip
        self.beside[table].append(row)
        self._count_contact(row)

    def contact_only(self, one: Arrival) -> None:
        """Somebody was in touch and no case came of it."""
        clock = one.at.hour * 3600 + one.at.minute * 60 + one.at.second
        at = utc_seconds(one.day.toordinal(), clock)
        if at <= self.made.filler.until:
            self._contact(at, one.channel, one.service, one.outcome, one.minutes, None)

    def _chased(self, one: Arrival, story: Stencil, who: Who, told: Told) -> None:
        """Some ask where it is: many of those whose case is late, few of the others."""
        repeat = self.made.rates.repeat
        late = story.counted[told.last][5]
        rng = random.Random(f"{self.made.wanted.seed}:{who.reference}:chased")  # noqa: S311 - repeatable, no secret
        if rng.random() * 100 >= (repeat.chase_when_late if late else repeat.chase_in_time):
            return
        ended = story.counted[told.last][2]
        last = told.moments[ended] if ended is not None else None
        end = min(last if last is not None else self.made.filler.until, self.made.filler.until)
        at = told.at[0] + int((end - told.at[0]) * rng.uniform(0.4, 0.95))
        day, seconds = by_the_clock(at)
        at = utc_seconds(day, 32_400 + seconds % 25_200)
        if told.at[0] < at < end:
            self._contact(at, "phone", one.service, "chased", rng.randint(3, 9), who.case_id)

    def _said(self, one: Arrival, story: Stencil, told: Told) -> None:
        """Some say how it went: after the form, and after the case was closed."""
        rng = random.Random(f"{self.made.wanted.seed}:{one.day}:{one.number}:said")  # noqa: S311 - repeatable, no secret
        ended = story.counted[told.last][2]
        last = told.moments[ended] if ended is not None else None
        late = story.counted[told.last][5]
        for after, at, online in (("journey", told.at[0], True), ("case", last, False)):
            if at is None or (online and one.channel != "online"):
                continue
            if rng.random() * 100 >= self.made.rates.life.rated:
                continue
            weights = (14, 20, 20, 22, 24) if late and not online else (44, 33, 11, 7, 5)
            rating = rng.choices((5, 4, 3, 2, 1), weights=weights)[0]
            day = date.fromordinal(by_the_clock(at)[0]).isoformat()
            key = uuid.UUID(int=rng.getrandbits(128)).hex
            self.responses.append((key, day, one.service, after, rating, story.language, ""))

    def _form(self, one: Arrival, story: Stencil) -> None:
        """What journeys would have counted: those who finish, and for some of them one who left."""
        rng = random.Random(f"{self.made.wanted.seed}:{one.day}:{one.number}:form")  # noqa: S311 - repeatable, no secret
        whole = [*story.asked, "check_answers"]

        plain = _labels(one.service)
        for done in (True, False):
            if not done and rng.random() > 0.34:
                continue
            self.forms["journey.started", plain] += 1
            seen = whole if done else whole[: rng.randint(1, len(whole))]
            for name in seen:
                self.forms["journey.step", _labels(one.service, name, "shown")] += 1
                if done or name != seen[-1]:
                    self.forms["journey.step", _labels(one.service, name, "answered")] += 1
            if done:
                self.forms["journey.completed", plain] += 1

    # Writing

    def write(self) -> None:
        """Write what has come together."""
        rows.write(Case._meta.db_table, columns_of(Case), self.cases)
        rows.write(Event._meta.db_table, EVENT_COLUMNS, self.events)
        for model in BESIDE:
            table = model._meta.db_table
            rows.write(table, columns_of(model), self.beside.pop(table, []))
        rows.write(Document._meta.db_table, documents.COLUMNS, self.documents)
        names = ["key", "day", "service_id", "after", "rating", "language", "comment"]
        rows.write(Response._meta.db_table, names, self.responses)
        self.cases, self.events, self.documents, self.responses = [], [], [], []

    def end(self) -> None:
        """Write the rest of the day with its sums."""
        self.write()
        flow.add(self.counts)
        _add_to(
            ContactDay._meta.db_table,
            ("day", "channel", "service_id", "outcome"),
            ("month", "contacts", "minutes"),
            [
                (*key, key[0][:7], number, self.minutes[key])
                for key, number in sorted(self.contact_days.items())
            ],
        )
        day = self.day.isoformat()
        _add_to(
            Count._meta.db_table,
            ("name", "day", "labels"),
            ("n",),
            [(name, day, labels, n) for (name, labels), n in sorted(self.forms.items())],
        )
        rows.keys_given([Case._meta.db_table, *(model._meta.db_table for model in BESIDE)])


def _add_to(
    table: str, keys: tuple[str, ...], numbers: tuple[str, ...], values: list[tuple[Any, ...]]
) -> None:
    """Add numbers to the rows of their key, which are made where they are missing."""
    if not values:
        return
    more = ", ".join(f"{n} = {table}.{n} + excluded.{n}" for n in numbers if n != "month")
    names = (*keys, *numbers)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(['%s'] * len(names))}) "  # noqa: S608 - names of ours
            f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {more}",
            values,
        )


class Samples:
    """Gives each made-up upload the bytes of a sample: one more name for the same file."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Path, int]] = {}

    def give(self, row: list[Any]) -> None:
        """Let the file of a row of StoredFile be there."""
        known = dict(zip(columns_of(StoredFile), row))
        target = store.path_of(str(known["stored_as"]))
        kind = "paper" if known["type"] == "application/pdf" else "photo"
        path, links = self._kept.get(kind, (Path(), LINKS))
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            return
        if links >= LINKS:
            target.write_bytes(MAKERS[kind]())
            target.chmod(0o600)
            self._kept[kind] = (target, 1)
            return
        os.link(path, target)
        self._kept[kind] = (path, links + 1)


def plan_for(
    residents: int, *, seed: int, now: datetime, days: int = 365 * YEARS, ledger: int = 1
) -> Wanted:
    """What a first run asks for: two years that end now."""
    last = timezone.localdate(now)
    return Wanted(
        seed, residents, last - timedelta(days=days - 1), last, now.replace(microsecond=0).isoformat(),
        variants_for(residents), ledger,
    )  # fmt: skip


def make(wanted: Wanted, progress: Progress | None = None) -> Tally:
    """Make what is still missing. A run after a kill goes on after the last day that was finished.

    Raises Refused where real cases are, where the council has been made otherwise, or where there is
    no council.
    """
    council = Council.objects.first()
    if council is None or not council.year:
        raise Refused("Apply a council's folder with a demonstration.yaml and staff first.")
    state = dict(council.synthetic)
    if not state and Case.objects.exists():
        raise Refused(
            "There are cases in this database that synth did not make. Use one of its own: "
            "set MOOTHALL_HOME or MOOTHALL_DATABASE_URL, then `moothall set_up --cases 0`."
        )
    if state:
        before = asked(state)
        if (before.seed, before.residents, before.ledger) != (
            wanted.seed, wanted.residents, wanted.ledger,
        ):  # fmt: skip
            raise Refused(
                f"This council was made for {before.residents:,} residents with seed {before.seed}. "
                "Make another in a database of its own."
            )
        wanted = before
    if not settings.DEMONSTRATION:
        raise Refused("This is no demonstration (MOOTHALL_DEMONSTRATION): nothing is made up here.")
    state = {"done": "", **state, **wanted.kept()}
    with transaction.atomic():
        _mark(state)
        Counted.objects.update_or_create(pk=1, defaults={"through": wanted.last - MARGIN})
    made = Made(wanted)
    left = made.left(state["done"])
    whole = (wanted.last - wanted.first).days + 1
    with relaxed():
        for day in left:
            with transaction.atomic():
                made.make_day(day)
                state["done"] = day.isoformat()
                Council.objects.update(synthetic=state)
            if progress:
                progress(
                    ((day - wanted.first).days + 1) / whole, f"{day} {made.tally.cases:,} cases"
                )
    return made.tally


def _mark(state: dict[str, Any]) -> None:
    """Mark the council, so that each page says it, in every process."""
    Council.objects.update(synthetic=state, generation=uuid.uuid4().hex)
