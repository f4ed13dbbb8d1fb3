"""Fills a stencil's holes for one case and seals its events: rows for the database. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from moothall.casework.envelope import FIRST
from moothall.language.words import say_date, say_weekday
from moothall.packs.synth.calendar import EPOCH, Days, by_the_clock, offset_at, utc_seconds
from moothall.packs.synth.days import Arrival
from moothall.packs.synth.rehearsal import START
from moothall.packs.synth.residents import Resident
from moothall.packs.synth.stencil import Cut, Moment, Stencil

BEGINS = START.toordinal()
EVENING = 16 * 3600
"""Who writes later than that is answered on the next working day."""
OPENED_AT = 10 * 3600 + 17 * 60 + 43
_CLOCK = [f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in range(86_400)]


@lru_cache(maxsize=8192)
def _iso(ordinal: int) -> str:
    return date.fromordinal(ordinal).isoformat()


@lru_cache(maxsize=8192)
def _said(ordinal: int, weekday: bool, lang: str) -> str:
    day = date.fromordinal(ordinal)
    return say_weekday(day, lang) if weekday else say_date(day, lang)


def database_time(utc: int) -> str:
    """A moment as both databases read it (in UTC)."""
    return f"{_iso(EPOCH + utc // 86_400)} {_CLOCK[utc % 86_400]}"


def _utc_text(utc: int) -> str:
    return f"{_iso(EPOCH + utc // 86_400)}T{_CLOCK[utc % 86_400]}+00:00"


def _local_text(utc: int) -> str:
    ordinal, seconds = by_the_clock(utc)
    zone = "+01:00" if offset_at(ordinal, seconds) else "+00:00"
    return f"{_iso(ordinal)}T{_CLOCK[seconds]}{zone}"


@dataclass(frozen=True)
class Who:
    """What one case's holes are filled with."""

    arrival: Arrival
    resident: Resident
    home: Mapping[str, Any]
    reference: str
    key: str
    case_id: int
    repeat_of: str = ""
    repeat_kind: str = ""
    adviser: int | None = None


@dataclass
class Told:
    """How far a story had come: its acts' moments in seconds since 1970, the last act that counts."""

    at: list[int]
    last: int
    moments: list[int | None]


@dataclass
class Filled:
    """The rows of one case."""

    case: list[Any]
    told: Told
    document: tuple[str, str]
    events: list[tuple[Any, ...]] = field(default_factory=list)
    beside: list[tuple[str, list[Any]]] = field(default_factory=list)


class Filler:
    """Fills stencils for one council, up to one moment (in seconds since 1970)."""

    def __init__(
        self, seed: int, days: Days, until: int, link: Callable[[str, str], str], mark: str = ""
    ) -> None:
        self.seed = seed
        self.days = days
        self.until = until
        self.link = link
        self.mark = mark
        """What stands after a time in the database's form (a zone, where it needs one)."""

    # When

    def tell(self, made: Stencil, arrival: Arrival) -> Told:
        """When each act of the story happens to a case that was opened by `arrival`."""
        start = arrival.day.toordinal()
        clock = arrival.at.hour * 3600 + arrival.at.minute * 60 + arrival.at.second
        jitter = int(arrival.chance * 1e6) % 1500
        told = Told([utc_seconds(start, clock)], 0, [None] * len(made.moments))
        told.moments[made.acts[0][0]] = told.at[0]
        for number in range(1, len(made.acts)):
            moment, who, _ = made.acts[number]
            when = made.moments[moment]
            if who == "clock":
                at = self._moment(made, told, moment, start)
            elif when.day == BEGINS:
                at = self._same_day(when.seconds, who, start, clock, told.at[0])
            else:
                day = self.days.moved(when.day, BEGINS, start, made.by_work)
                if who == "staff" and made.by_work:
                    day = self.days.next_working(day)
                at = utc_seconds(day, min(when.seconds + jitter, 86_399))
            at = max(at, told.at[-1] + 61)
            told.at.append(at)
            told.moments[moment] = at
            if at <= self.until:
                told.last = number
            else:
                break
        return told

    def _same_day(self, seconds: int, who: str, start: int, clock: int, opened: int) -> int:
        after = seconds - OPENED_AT
        if who == "applicant":
            return opened + after
        if clock >= EVENING or not self.days.works(start):
            return utc_seconds(self.days.next_working(start + 1), seconds)
        return utc_seconds(start, min(max(seconds, clock + after), 86_000))

    def _moment(self, made: Stencil, told: Told, number: int, start: int) -> int:
        known = told.moments[number]
        if known is not None:
            return known
        when: Moment = made.moments[number]
        if 0 <= when.act < len(told.at):
            if abs(when.after) <= 120:
                at = told.at[when.act] + when.after
            elif when.after % 86_400 in (0, 3600, 82_800):
                clock = by_the_clock(told.at[when.act])[1]
                day = self.days.moved(when.day, BEGINS, start, made.by_work)
                at = utc_seconds(day, clock)
            else:
                at = told.at[when.act] + when.after
        else:
            day = self.days.moved(when.day, BEGINS, start, made.by_work)
            at = utc_seconds(day, when.seconds)
        told.moments[number] = at
        return at

    # What

    def fill(
        self, made: Stencil, who: Who, new_key: Callable[[str], int], *, ledger: bool = True
    ) -> Filled:
        """The rows of one case. `new_key`: the next primary key of a table; without `ledger` only the
        case and its document are made."""
        told = self.tell(made, who.arrival)
        start = who.arrival.day.toordinal()
        moments = [self._moment(made, told, n, start) for n in range(len(made.moments))]
        holes = self._holes(made, who, moments, start)
        events = made.acts[told.last][2]
        rows: list[tuple[Any, ...]] = []
        head = FIRST
        if ledger:
            rows, head = self._events(made, who, moments, holes, events)
        case = self._row(made.cases[told.last], who, moments, holes, head)
        title, words = made.documents[told.last]
        filled = Filled(case, told, (_join(title, holes), _join(words, holes)), rows)
        keys: dict[tuple[str, Any], int] = {}
        for table, act, columns in made.beside:
            if act > told.last or (not ledger and table != "casework_contact"):
                continue
            for column in columns:
                if column[0] == "pk" and column[1] == table:
                    keys[table, column[2]] = new_key(table)
            row = self._row(columns, who, moments, holes, head, keys)
            filled.beside.append((table, row))
        return filled

    def _holes(self, made: Stencil, who: Who, moments: Sequence[int], start: int) -> list[str]:
        parts = _parts(who)
        found: list[str] = []
        for hole in made.holes:
            kind = hole[0]
            if kind == "who":
                found.append(parts[hole[1]])
            elif kind == "at":
                at = moments[hole[1]]
                found.append(_local_text(at) if hole[2] == "local" else _utc_text(at))
            elif kind == "on":
                day = self.days.moved(BEGINS + hole[1], BEGINS, start, made.by_work)
                if hole[2] == "iso":
                    found.append(_iso(day))
                else:
                    found.append(_said(day, hole[2] == "weekday", made.language))
            elif kind == "link":
                day = self.days.moved(BEGINS + hole[1], BEGINS, start, made.by_work)
                found.append(self.link(who.reference, _iso(day).replace("-", "")))
            else:
                found.append(self._name(who.reference, *hole[1:]))
        return found

    def _name(self, reference: str, number: int, length: int, folder: bool) -> str:
        made = hashlib.shake_128(f"{self.seed}:{reference}:{number}".encode()).hexdigest(length)
        return f"{made[:2]}/{made[: length - 3]}" if folder else made[:length]

    def _events(
        self, made: Stencil, who: Who, moments: Sequence[int], holes: Sequence[str], number: int
    ) -> tuple[list[tuple[Any, ...]], str]:
        sha = hashlib.sha256
        wanted = made.events[:number]
        salts = hashlib.shake_128(f"{self.seed}:{who.reference}".encode()).digest(
            16 * sum(len(one.fields) for one in wanted)
        )
        rows: list[tuple[Any, ...]] = []
        previous, at_salt = FIRST, 0
        for one in wanted:
            payload, salted, sealed = [], [], []
            for name, cut in one.fields:
                text = cut if isinstance(cut, str) else _join(cut, holes)
                salt = salts[at_salt : at_salt + 16]
                at_salt += 16
                payload.append(f'"{name}":{text}')
                salted.append(f'"{name}":"{salt.hex()}"')
                seal = sha(b"moothall field 1\n" + salt + b"\n" + text.encode()).hexdigest()
                sealed.append(f'"{name}":"{seal}"')
            seals = f"{{{','.join(sealed)}}}"
            at = moments[one.at]
            channel = _join(one.channel, holes)
            body = (
                f'{{"actor_kind":"{one.actor_kind}","at":"{_utc_text(at)[:19]}.000000Z",'
                f'"case":"{who.reference}","channel":"{channel}","kind":"{one.kind}",'
                f'"previous":"{previous}","seals":{seals},"sequence":{one.sequence}}}'
            )
            digest = sha(b"moothall event 1\n" + body.encode()).hexdigest()
            rows.append(
                (
                    who.case_id, one.sequence, one.kind, database_time(at) + self.mark,
                    one.actor_kind, channel, f"{{{','.join(payload)}}}",
                    f"{{{','.join(salted)}}}", seals, previous, digest,
                )
            )  # fmt: skip
            previous = digest
        return rows, previous

    def _row(
        self,
        columns: Iterable[tuple[Any, ...]],
        who: Who,
        moments: Sequence[int],
        holes: Sequence[str],
        head: str,
        keys: Mapping[tuple[str, Any], int] | None = None,
    ) -> list[Any]:
        row: list[Any] = []
        for column in columns:
            kind = column[0]
            if kind == "=":
                value = column[1]
                row.append(_far(value, self.mark) if isinstance(value, datetime) else value)
            elif kind == "db":
                row.append(database_time(moments[column[1]]) + self.mark)
            elif kind == "dated":
                row.append(_iso(by_the_clock(moments[column[1]])[0]))
            elif kind == "month":
                row.append(_iso(by_the_clock(moments[column[1]])[0])[:7])
            elif kind == "who":
                row.append(_of_case(column[1], who, head))
            elif kind == "pk":
                row.append((keys or {})[column[1], column[2]])
            else:
                row.append(_join(column[1], holes))
        return row


def _far(value: datetime, mark: str) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") + mark


def _join(cut: Cut, holes: Sequence[str]) -> str:
    if isinstance(cut, str):
        return cut
    return "".join([one if isinstance(one, str) else holes[one] for one in cut])


def _of_case(name: str, who: Who, head: str) -> Any:
    if name == "id":
        return who.case_id
    if name == "head_digest":
        return "" if head == FIRST else head
    if name == "repeat_of":
        return who.repeat_of
    if name == "repeat_kind":
        return who.repeat_kind
    if name == "contact_channel":
        return who.arrival.channel
    if name == "contact_minutes":
        return who.arrival.minutes
    return "asked_again" if who.repeat_of else "filed"


def _parts(who: Who) -> dict[str, str]:
    one, home = who.resident, who.home
    mobile, landline = one.mobile.replace(" ", ""), one.landline.replace(" ", "")
    line, postcode = str(home["line"]), str(home["postcode"])
    lon, lat = float(home["lon"]), float(home["lat"])
    return {
        "reference": who.reference,
        "reference_plain": who.reference.replace("-", ""),
        "key": who.key,
        "name": one.name,
        "given": one.given,
        "family": one.family,
        "email": one.email,
        "mobile": one.mobile,
        "mobile_plain": mobile,
        "mobile_whole": f"+44{mobile[1:]}",
        "landline": one.landline,
        "landline_plain": landline,
        "landline_whole": f"+44{landline[1:]}",
        "line": line,
        "line_lower": line.lower(),
        "line_first": line.partition(",")[0],
        "postcode": postcode,
        "postcode_plain": postcode.replace(" ", ""),
        "uprn": str(home["uprn"]),
        "lon": json.dumps(lon),
        "lat": json.dumps(lat),
        "cell": f"@{int(lat * 1000 // 1)},{int(lon * 1000 // 1)}",
        "ward": str(home.get("ward") or ""),
        "ward_name": f'"ward_name":{json.dumps(home.get("ward_name") or "", ensure_ascii=False)}',
        "channel": who.arrival.channel,
        "slot_id": '"id":"0"',
        "repeat_of": who.repeat_of,
        "repeat_kind": who.repeat_kind,
    }
