"""Cuts a story into a stencil: its rows as text with holes for person, place, days and names. Pure.

A hole is a tuple: ("who", part of the person, the place or the case), ("at", moment, form),
("on", day, form), ("name", number, length, whether it has a folder) for a random name, ("link", day) for a tracking link.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from django.db import models
from django.utils import timezone

from moothall.casework.envelope import canonical
from moothall.casework.models import Case, Contact, Event
from moothall.language.clock import LONDON
from moothall.language.words import MONTHS, WEEKDAYS
from moothall.packs.synth.calendar import by_the_clock
from moothall.packs.synth.rehearsal import FAMILY, GIVEN, PERSON, START, Story

Hole = tuple[Any, ...]
Cut = str | tuple[str | int, ...]
"""Text without holes, or its pieces: text, and numbers of holes."""
NEAR = 1300
"""Days from the start within which a day belongs to the story."""
_ISO_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:\+\d\d:\d\d|Z)"
_ISO_DAY = r"\d{4}-\d\d-\d\d"
_MONTH_OF = {name: number for lang in MONTHS.values() for number, name in enumerate(lang, 1)}
_WEEKDAYS = sorted({name for lang in WEEKDAYS.values() for name in lang}, key=len, reverse=True)
_SAID = rf"(?:(?:{'|'.join(_WEEKDAYS)}) )?\d{{1,2}} (?:{'|'.join(_MONTH_OF)}) \d{{4}}"


@dataclass(frozen=True)
class Moment:
    """A moment of the story by London's clock: its own, or reckoned from an act's."""

    day: int
    seconds: int
    act: int = -1
    """It is the moment of this act, or lies `after` seconds after it; -1: the time of a day of its own."""
    after: int = 0


@dataclass(frozen=True)
class EventCut:
    """An event of the stencil. `fields`: name, its text, whether that has holes."""

    sequence: int
    kind: str
    at: int
    actor_kind: str
    channel: Cut
    fields: tuple[tuple[str, Cut], ...]


@dataclass
class Stencil:
    """A story with its holes."""

    service: str
    name: str
    language: str
    by_work: bool
    acts: list[tuple[int, str, int]] = field(default_factory=list)
    """Moment, who did it, how many events there were after it."""
    ended: int | None = None
    holes: list[Hole] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    events: list[EventCut] = field(default_factory=list)
    cases: list[tuple[Any, ...]] = field(default_factory=list)
    """The columns of the case after each act: ("=", value), ("cut", pieces), ("db", moment) and the like."""
    documents: list[tuple[Cut, Cut]] = field(default_factory=list)
    beside: list[tuple[str, int, tuple[Any, ...]]] = field(default_factory=list)
    """Table, act, columns."""
    counted: list[tuple[Any, ...]] = field(default_factory=list)
    """For each act what CaseDay needs: outcome, team, moments of end and reopening, promised, breached."""
    asked: tuple[str, ...] = ()
    """The pages that were answered, for the counts of the form."""
    kind: str = ""
    has_place: bool = False


class Cutter:
    """Cuts one story."""

    def __init__(self, story: Story) -> None:
        self.story = story
        unit = story.service.case.clock.finish_within.unit if story.service.case.clock else ""
        self.made = Stencil(
            story.service.id, story.service.name, story.acts[0].case["language"],
            by_work=unit in {"working_days", "working_hours"},
        )  # fmt: skip
        self.made.kind, self.made.has_place = story.service.kind, story.service.place is not None
        self._numbers: dict[Hole, int] = {}
        self._moments: dict[datetime, int] = {}
        self._acts = [act.at for act in story.acts]
        self._now = timezone.now()
        self._words = self._known_words()
        self._names = self._random_names()
        literal = sorted([*self._words, *self._names], key=len, reverse=True)
        reference = re.escape(story.acts[0].case["reference"])
        self._pattern = re.compile(
            rf"(?P<link>{reference}\.\d{{8}}~[\w-]+)|(?P<time>{_ISO_TIME})|(?P<day>{_ISO_DAY})"
            rf"|(?P<said>{_SAID})|(?P<word>{'|'.join(map(re.escape, literal))})"
        )

    def _known_words(self) -> dict[str, str]:
        case, home = self.story.acts[0].case, self.story.home
        mobile, landline = PERSON.mobile, PERSON.landline
        cell = f"@{int(home['lat'] * 1000 // 1)},{int(home['lon'] * 1000 // 1)}"
        line = str(home["line"])
        words = {
            case["reference"]: "reference",
            case["reference"].replace("-", ""): "reference_plain",
            case["key"]: "key",
            PERSON.name: "name",
            GIVEN: "given",
            FAMILY: "family",
            PERSON.email: "email",
            mobile: "mobile",
            mobile.replace(" ", ""): "mobile_plain",
            f"+44{mobile.replace(' ', '')[1:]}": "mobile_whole",
            landline: "landline",
            landline.replace(" ", ""): "landline_plain",
            f"+44{landline.replace(' ', '')[1:]}": "landline_whole",
            line: "line",
            line.lower(): "line_lower",
            line.partition(",")[0]: "line_first",
            str(home["postcode"]): "postcode",
            str(home["postcode"]).replace(" ", ""): "postcode_plain",
            str(home["uprn"]): "uprn",
            json.dumps(home["lon"]): "lon",
            json.dumps(home["lat"]): "lat",
            cell: "cell",
        }
        if home.get("ward"):
            words[str(home["ward"])] = "ward"
        if home.get("ward_name"):
            words[f'"ward_name":{canonical(home["ward_name"])}'] = "ward_name"
        return words | self._slots()

    def _random_names(self) -> dict[str, int]:
        """Names that are random in each row, numbered: they are made anew for each case."""
        case = self.story.acts[0].case
        found: dict[str, int] = {}
        for _, _, row in self.story.beside:
            columns = ["public_id", "provider_id", "stored_as", "idempotency_key", "key"]
            if "template" in row:  # a message
                columns.append("reference")
            for column in columns:
                name = str(row.get(column) or "")
                if name and case["reference"] not in name and name != case["key"]:
                    found.setdefault(name, len(found))
        return found

    def _slots(self) -> dict[str, str]:
        """Booked times: no made-up case takes a place in the calendar."""
        found = set()
        for row in self.story.events:
            if row["kind"] == "booked":
                found.add(str(json.loads(row["payload"])["slot"]))
        return {f'"id":"{one}"': "slot_id" for one in found}

    # Holes

    def _hole(self, hole: Hole) -> int:
        if hole not in self._numbers:
            self._numbers[hole] = len(self.made.holes)
            self.made.holes.append(hole)
        return self._numbers[hole]

    def moment(self, at: datetime) -> int:
        """The number of a moment."""
        at = at.astimezone(UTC).replace(microsecond=0)
        if at not in self._moments:
            self._moments[at] = len(self.made.moments)
            self.made.moments.append(self._reckoned(at))
        return self._moments[at]

    def _reckoned(self, at: datetime) -> Moment:
        day, seconds = by_the_clock(int(at.timestamp()))
        if abs((at - self._now).total_seconds()) < 3600:
            return Moment(day, seconds, 0, 0)  # a stand-in wrote down when it really was
        best = min(range(len(self._acts)), key=lambda n: abs((at - self._acts[n]).total_seconds()))
        if abs((at - self._acts[best]).total_seconds()) <= 120:
            return Moment(day, seconds, best, int((at - self._acts[best]).total_seconds()))
        for number, act in enumerate(self._acts):
            if (act.minute, act.second) == (at.minute, at.second) and act < at:
                return Moment(day, seconds, number, int((at - act).total_seconds()))
        return Moment(day, seconds)

    def text(self, text: str) -> Cut:
        """The pieces of a text."""
        pieces: list[str | int] = []
        end = 0
        for found in self._pattern.finditer(text):
            hole = self._of(found)
            if hole is None:
                continue
            if found.start() > end:
                pieces.append(text[end : found.start()])
            pieces.append(self._hole(hole))
            end = found.end()
        if end == 0:
            return text
        if end < len(text):
            pieces.append(text[end:])
        return tuple(pieces)

    def _of(self, found: re.Match[str]) -> Hole | None:
        whole = found[0]
        if found["word"]:
            part = self._words.get(whole)
            return ("who", part) if part else ("name", self._names[whole], len(whole), "/" in whole)
        if found["link"]:
            stamp = whole.rpartition(".")[2][:8]
            day = date(int(stamp[:4]), int(stamp[4:6]), int(stamp[6:]))
            return ("link", day.toordinal() - START.toordinal())
        if found["time"]:
            at = datetime.fromisoformat(whole)
            offset = at.utcoffset()
            local = bool(offset) or (
                whole.endswith("+00:00") and at.astimezone(LONDON).utcoffset() == offset
                and self._london(at)
            )  # fmt: skip
            return ("at", self.moment(at), "local" if local else "utc")
        return self._day(whole, bool(found["said"]))

    def _london(self, at: datetime) -> bool:
        """In winter both zones look alike: what was reckoned by the language room is London's."""
        return at.astimezone(UTC).replace(microsecond=0) not in self._acts

    def _day(self, text: str, said: bool) -> Hole | None:
        form = "iso"
        if said:
            *weekday, number, month, year = text.split(" ")
            day = date(int(year), _MONTH_OF[month], int(number))
            form = "said" if not weekday else "weekday"
        else:
            try:
                day = date.fromisoformat(text)
            except ValueError:
                return None
        offset = day.toordinal() - START.toordinal()
        return ("on", offset, form) if abs(offset) <= NEAR else None

    # Rows

    def value(self, value: Any) -> Any:
        """A column: ("=", value) where it stands, ("cut", pieces) for text, ("db", moment) for a time."""
        if isinstance(value, datetime):
            if value.year > 2100:
                return ("=", value)
            return ("db", self.moment(value))
        if isinstance(value, str):
            cut = self.text(value)
            return ("=", cut) if isinstance(cut, str) else ("cut", cut)
        return ("=", value)

    def cut(self) -> Stencil:
        """The stencil."""
        story, made = self.story, self.made
        for act in story.acts:
            made.acts.append((self.moment(act.at), act.who, act.events))
        made.ended = story.ended
        for row in story.events:
            fields = json.loads(row["payload"])
            made.events.append(
                EventCut(
                    row["sequence"], row["kind"], self.moment(row["at"]), row["actor_kind"],
                    self._channel(row["channel"]),
                    tuple((n, self._field(n, v)) for n, v in sorted(fields.items())),
                )
            )  # fmt: skip
        for act in story.acts:
            made.cases.append(self._case(act.case))
            made.documents.append((self.text(act.title), self.text(act.words)))
            made.counted.append(self._counted(act.case))
        for model, number, row in story.beside:
            made.beside.append((model._meta.db_table, number, self._beside(model, row)))
        answers = json.loads(story.acts[0].case["answers_json"])
        made.asked = tuple(
            page.id
            for page in story.service.pages
            if page.id in answers or any(name in answers for name in page.questions)
        )
        return made

    def _field(self, name: str, value: Any) -> Cut:
        if name in {"repeat_of", "repeat_kind"}:
            return ('"', self._hole(("who", name)), '"')
        return '"0"' if name == "slot" else self.text(canonical(value))

    def _channel(self, channel: str) -> Cut:
        return (self._hole(("who", "channel")),) if channel in {"phone", "online"} else channel

    def _case(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        columns: list[tuple[Any, ...]] = []
        for one in Case._meta.concrete_fields:
            name, value = one.attname, row[one.attname]
            if name in {"id", "head_digest", "repeat_of", "repeat_kind"}:
                columns.append(("who", name))
            elif name in {"opened_month", "ended_month"}:
                at = row["opened_at" if name == "opened_month" else "ended_at"]
                columns.append(("month", self.moment(at)) if at else ("=", ""))
            elif name == "channel":
                columns.append(("cut", self._channel(value)))
            else:
                columns.append(self.value(value))
        return tuple(columns)

    def _counted(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        def at(name: str) -> int | None:
            return self.moment(row[name]) if row[name] else None

        return (
            row["team"], row["outcome"], at("ended_at"), at("reopened_at"), row["promised"],
            row["breached_at"] is not None,
        )  # fmt: skip

    def _beside(self, model: type[models.Model], row: Mapping[str, Any]) -> tuple[Any, ...]:
        columns: list[tuple[Any, ...]] = []
        for one in model._meta.concrete_fields:
            value = row[one.attname]
            if one.primary_key:
                columns.append(("pk", model._meta.db_table, value))
            elif one.attname == "payment_id":
                target: Any = one.related_model
                columns.append(("pk", target._meta.db_table, value))
            elif one.attname == "case_id":
                columns.append(("who", "id"))
            elif one.attname == "day":
                columns.append(("dated", self.moment(row["at"])))
            elif model is Contact and one.attname in {"channel", "outcome", "minutes"}:
                columns.append(self._of_contact(one.attname, row))
            else:
                columns.append(self.value(value))
        return tuple(columns)

    def _of_contact(self, name: str, row: Mapping[str, Any]) -> Any:
        if row["outcome"] not in {"filed", "asked_again"}:
            return ("=", row[name])
        return ("who", f"contact_{name}")


def columns_of(model: type[models.Model]) -> Sequence[str]:
    """Names of the columns, in the order of the stencils' rows."""
    return [str(one.column) for one in model._meta.concrete_fields]


EVENT_COLUMNS = [str(one.column) for one in Event._meta.concrete_fields if not one.primary_key]
