"""`calendars.yaml`: which days the council works."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from pydantic import field_validator

from moothall.packs.reading import (
    PackModel,
    line_of,
    load_yaml,
    read_yaml,
    shown,
    write_yaml,
)
from moothall.packs.sections import Change, PackError, PackProblem
from moothall.places.holidays import DIVISIONS
from moothall.places.models import Generation, WorkingCalendar

FILE = "calendars.yaml"
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class CalendarEntry(PackModel):
    """One calendar of the file."""

    calendar: str
    name: str
    bank_holidays: list[str] = ["england-and-wales"]
    weekend: list[str] = ["saturday", "sunday"]
    closed: list[dt.date] = []

    @field_validator("bank_holidays")
    @classmethod
    def _known_divisions(cls, value: list[str]) -> list[str]:
        for one in value:
            if one not in DIVISIONS:
                raise ValueError(f"{one} is not one of {', '.join(DIVISIONS)}")
        return value

    @field_validator("weekend")
    @classmethod
    def _known_days(cls, value: list[str]) -> list[str]:
        for one in value:
            if one not in DAYS:
                raise ValueError(f"{one} is not a day of the week, such as saturday")
        if len(set(value)) == 7:
            raise ValueError("a council that never works can keep no promise")
        return value

    def stored(self) -> dict[str, Any]:
        """Return the fields as the table keeps them."""
        return {
            "title": self.name,
            "bank_holidays": list(self.bank_holidays),
            "weekend": sorted({DAYS.index(day) for day in self.weekend}),
            "closed": sorted(day.isoformat() for day in self.closed),
        }


class CalendarsFile(PackModel):
    """The whole file."""

    default: str
    calendars: list[CalendarEntry]


class CalendarsSection:
    """Reads, plans, applies and exports `calendars.yaml`."""

    name = "calendars"
    order = 10

    def read(self, folder: Path) -> CalendarsFile | None:
        """Return the file, checked, or None. Raises PackError with file and line."""
        data = read_yaml(folder, FILE, CalendarsFile)
        if data is None:
            return None
        loaded = load_yaml(folder, FILE)
        file = shown(folder, folder / FILE)
        problems = []
        seen: set[str] = set()
        for number, one in enumerate(data.calendars):
            if one.calendar in seen:
                line = line_of(loaded, ["calendars", number])
                problems.append(
                    PackProblem(
                        file, line, f"The calendar {one.calendar} is there twice.", "Keep one."
                    )
                )
            seen.add(one.calendar)
        if data.default not in seen:
            problems.append(
                PackProblem(
                    file,
                    line_of(loaded, ["default"]),
                    f"The default {data.default} is not among the calendars.",
                    f"Name one of {', '.join(sorted(seen)) or 'them'}.",
                )
            )
        if problems:
            raise PackError(problems)
        return data

    def plan(self, data: CalendarsFile) -> list[Change]:
        """Return what would change."""
        now = {row.name: row for row in WorkingCalendar.objects.all()}
        changes = []
        for one in data.calendars:
            row = now.pop(one.calendar, None)
            wanted = {**one.stored(), "is_default": one.calendar == data.default}
            if row is None:
                changes.append(Change("add", f"the calendar {one.calendar}"))
            elif any(getattr(row, key) != value for key, value in wanted.items()):
                changes.append(Change("change", f"the calendar {one.calendar}"))
        changes += [Change("remove", f"the calendar {name}") for name in now]
        return changes

    def apply(self, data: CalendarsFile) -> None:
        """Make the calendars as the file says."""
        names = [one.calendar for one in data.calendars]
        WorkingCalendar.objects.exclude(name__in=names).delete()
        WorkingCalendar.objects.update(is_default=False)
        for one in data.calendars:
            WorkingCalendar.objects.update_or_create(
                name=one.calendar,
                defaults={**one.stored(), "is_default": one.calendar == data.default},
            )
        Generation.bump("calendars")

    def export(self, folder: Path) -> None:
        """Write the file from what is in force."""
        rows = list(WorkingCalendar.objects.all())
        if not rows:
            return
        default = next((row.name for row in rows if row.is_default), rows[0].name)
        data = {
            "default": default,
            "calendars": [
                {
                    "calendar": row.name,
                    "name": row.title,
                    "bank_holidays": list(row.bank_holidays),
                    "weekend": [DAYS[day] for day in row.weekend],
                    "closed": [dt.date.fromisoformat(day) for day in row.closed],
                }
                for row in rows
            ],
        }
        write_yaml(folder, FILE, data, says="Working days, by calendar.")
