"""The pack's slots.yaml: what can be booked, when, and how many at once."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Any, Literal

from django.utils import timezone
from pydantic import Field, field_validator, model_validator

from moothall.packs.reading import PackModel, read_yaml, write_yaml
from moothall.packs.sections import Change, refuse
from moothall.places.calendars import UnknownCalendar
from moothall.slots import making
from moothall.slots.models import Booking, Resource

Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class Part(PackModel):
    """One time of the week."""

    days: list[Day] = Field(min_length=1)
    starts: str
    ends: str
    places: int = Field(ge=1, le=500)

    @field_validator("starts", "ends")
    @classmethod
    def _clock(cls, value: str) -> str:
        try:
            return time.fromisoformat(value).strftime("%H:%M")
        except ValueError:
            raise ValueError(f"'{value}' is not a time; write it as \"07:00\"") from None

    @model_validator(mode="after")
    def _order(self) -> Part:
        if self.ends <= self.starts:
            raise ValueError(f"it ends ({self.ends}) before it starts ({self.starts})")
        return self


class ResourceEntry(PackModel):
    """One thing that can be booked."""

    resource: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: str
    calendar: str = "council"
    days_ahead: int = Field(42, ge=1, le=400)
    first_after_working_days: int = Field(0, ge=0, le=60)
    pattern: list[Part]

    @model_validator(mode="after")
    def _one_start_a_day(self) -> ResourceEntry:
        seen: set[tuple[str, str]] = set()
        for part in self.pattern:
            for day in part.days:
                if (day, part.starts) in seen:
                    raise ValueError(f"two times start on {day} at {part.starts}")
                seen.add((day, part.starts))
        return self


class SlotsFile(PackModel):
    """slots.yaml."""

    resources: list[ResourceEntry]

    @model_validator(mode="after")
    def _one_of_each(self) -> SlotsFile:
        names = [entry.resource for entry in self.resources]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"{name} is given twice")
        return self


Rules = dict[str, dict[str, Any]]


class SlotsSection:
    """What can be booked."""

    name = "slots"
    order = 50

    def read(self, folder: Path) -> Rules | None:
        """The resources by name, checked."""
        data = read_yaml(folder, "slots.yaml", SlotsFile)
        if data is None:
            return None
        return {entry.resource: entry.model_dump(exclude={"resource"}) for entry in data.resources}

    def plan(self, data: Rules) -> list[Change]:
        """Resources that come, go or change."""
        was = _in_force()
        changes = []
        for slug in sorted({*was, *data}):
            if slug not in was:
                changes.append(Change("add", f"{data[slug]['name']} can be booked ({slug})"))
            elif slug not in data:
                changes.append(
                    Change("remove", f"{was[slug]['name']} ({slug})", _still_booked(slug))
                )
            elif was[slug] != data[slug]:
                differ = [key for key in data[slug] if was[slug].get(key) != data[slug][key]]
                details = tuple(
                    f"{key.replace('_', ' ')}: {_words(was[slug].get(key))} → {_words(data[slug][key])}"
                    for key in differ
                )
                changes.append(Change("change", f"{data[slug]['name']} ({slug})", details))
        return changes

    def apply(self, data: Rules) -> None:
        """Store the resources and make their times ahead. What is booked stays booked."""
        now = timezone.now()
        for slug, rules in data.items():
            rest = {key: value for key, value in rules.items() if key != "name"}
            resource, _ = Resource.objects.update_or_create(
                slug=slug, defaults={"name": rules["name"], "rules": rest}
            )
            try:
                making.make(resource, now)
            except UnknownCalendar:
                raise refuse(
                    "slots.yaml",
                    1,
                    f"The calendar {rest['calendar']} of {slug} is not known.",
                    "Name one of calendars.yaml.",
                ) from None
        for resource in Resource.objects.exclude(slug__in=data):
            resource.slots.filter(booking=None).delete()
            if resource.slots.exists():
                resource.rules = {**resource.rules, "pattern": []}
                resource.save()
            else:
                resource.delete()

    def export(self, folder: Path) -> None:
        """Write slots.yaml."""
        found = _in_force()
        if found:
            entries = [{"resource": slug, **rules} for slug, rules in sorted(found.items())]
            write_yaml(
                folder, "slots.yaml", {"resources": entries}, says="Times that can be booked."
            )


def _in_force() -> Rules:
    return {
        resource.slug: {"name": resource.name, **resource.rules}
        for resource in Resource.objects.order_by("slug")
        if resource.rules.get("pattern")
    }


def _still_booked(slug: str) -> tuple[str, ...]:
    number = Booking.objects.filter(slot__resource__slug=slug, held_until=None).count()
    return (f"{number} bookings stay as they are",) if number else ()


def _words(value: Any) -> str:
    if not isinstance(value, list):
        return str(value)
    return "; ".join(
        f"{', '.join(part['days'])} {part['starts']} to {part['ends']}, {part['places']} places"
        for part in value
    )
