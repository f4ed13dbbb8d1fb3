"""What the council is and which services it offers. Reads only; nothing here is personal."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from moothall.language import Service
from moothall.packs.models import Council, OfferedService, ServiceVersion

COMPILED_KEPT = 128
"""Compiled definitions kept in a process: the offered ones and some old ones of open cases."""


class NoSuchDefinition(LookupError):
    """No definition with that SHA-256 is stored."""


@dataclass(frozen=True)
class CouncilInfo:
    """The council in force, as pages need it."""

    slug: str
    name: str
    short_name: str
    reference_prefix: str
    languages: tuple[str, ...]
    demonstration: bool
    generation: str
    synthetic: bool = False
    """Its cases were made up by `moothall synth`: nobody may take this database for a real one."""
    theme: Mapping[str, Any] = field(default_factory=dict)
    contact: Mapping[str, Any] = field(default_factory=dict)
    in_welsh: Mapping[str, str] = field(default_factory=dict)
    map: Mapping[str, Any] = field(default_factory=dict)

    def name_in(self, lang: str) -> str:
        """The council's name in a language, English where it has no other."""
        return self.in_welsh.get("name", self.name) if lang == "cy" else self.name


NOBODY = CouncilInfo(
    slug="moothall",
    name="Moothall",
    short_name="Moothall",
    reference_prefix="MH",
    languages=("en",),
    demonstration=True,
    generation="",
)
"""What pages show before any pack has been applied."""

_lock = threading.Lock()
_compiled: OrderedDict[str, Service] = OrderedDict()
_council: tuple[str, CouncilInfo] = ("", NOBODY)
_offered: tuple[str, tuple[Service, ...]] = ("", ())


def generation() -> str:
    """The word that changes with each applied pack; "" before the first. One small query."""
    return Council.objects.values_list("generation", flat=True).first() or ""


def council() -> CouncilInfo:
    """The council in force (NOBODY before a pack is applied). Cached by generation."""
    global _council
    now = generation()
    known, info = _council
    if not now:
        return NOBODY
    if known != now:
        row = Council.objects.get()
        info = CouncilInfo(
            slug=row.slug,
            name=row.name,
            short_name=row.short_name,
            reference_prefix=row.reference_prefix,
            languages=tuple(row.languages),
            demonstration=row.demonstration,
            generation=row.generation,
            synthetic=bool(row.synthetic),
            theme=row.theme,
            contact=row.contact,
            in_welsh=row.in_welsh,
            map=row.map,
        )
        _council = (row.generation, info)
    return info


def offered() -> list[Service]:
    """The services that the council offers, compiled, in its order. Cached by generation."""
    global _offered
    now = generation()
    known, services = _offered
    if not now:
        return []
    if known != now:
        shas = OfferedService.objects.order_by("position", "service_id").values_list(
            "current__sha256", flat=True
        )
        services = tuple(definition(sha) for sha in shas)
        _offered = (now, services)
    return list(services)


def service(id_or_slug: str) -> Service | None:
    """An offered service by its id (`missed_bin`) or its part of an address (`missed-bin`)."""
    wanted = id_or_slug.replace("-", "_")
    return next((one for one in offered() if one.id == wanted), None)


def definition(sha256: str) -> Service:
    """Any definition ever offered, compiled. Raises NoSuchDefinition.

    Definitions never change, so a process keeps those used last without asking again.
    """
    with _lock:
        found = _compiled.get(sha256)
        if found is not None:
            _compiled.move_to_end(sha256)
            return found
    text = ServiceVersion.objects.filter(sha256=sha256).values_list("canonical", flat=True).first()
    if text is None:
        raise NoSuchDefinition(sha256)
    made = Service.from_canonical(text)
    with _lock:
        _compiled[sha256] = made
        while len(_compiled) > COMPILED_KEPT:
            _compiled.popitem(last=False)
    return made
