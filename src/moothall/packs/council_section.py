"""The pack's section for council.yaml: name, languages, contact, theme and map."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints

from moothall.packs.models import Council
from moothall.packs.reading import PackModel, read_yaml, write_yaml
from moothall.packs.sections import Change

Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-f]{6}$")]


class Contact(PackModel):
    """How people reach the council."""

    phone: str
    text_relay: str = ""
    email: str
    web: str = ""
    opening_hours: str = ""
    address: list[str] = Field(default_factory=list)
    accessibility: str = ""
    data_protection: str = ""
    complaints: str = ""


class Colours(PackModel):
    """The council's colours. `design` proves their contrast when a pack is applied."""

    brand: Colour = "#1d3557"
    on_brand: Colour = "#ffffff"
    accent: Colour = "#8a8a8a"
    link: Colour = "#1d5a8a"
    link_hover: Colour = "#0f3d5c"
    button: Colour = "#1f6b4f"
    on_button: Colour = "#ffffff"
    button_hover: Colour = "#17523c"
    focus: Colour = "#ffdd00"
    on_focus: Colour = "#0b0c0c"
    text: Colour = "#0b0c0c"
    secondary_text: Colour = "#505a5f"
    panel: Colour = "#1f6b4f"
    on_panel: Colour = "#ffffff"
    page: Colour = "#ffffff"
    raised: Colour = "#f3f2f1"
    error: Colour = "#b3230b"
    border: Colour = "#b1b4b6"


class Theme(PackModel):
    """How pages look."""

    colours: Colours = Field(default_factory=Colours)


class MapView(PackModel):
    """Where a map opens."""

    centre: tuple[float, float]
    zoom: int = Field(12, ge=1, le=20)


class InWelsh(PackModel):
    """The council's names in Welsh, and those words of `contact` that Welsh pages show."""

    name: str
    short_name: str
    opening_hours: str = ""
    address: list[str] = Field(default_factory=list)


def _english_first(languages: list[str]) -> list[str]:
    if languages[:1] != ["en"] or len(set(languages)) != len(languages):
        raise ValueError("English (en) comes first, and each language once")
    return languages


class CouncilFile(PackModel):
    """council.yaml."""

    pack: Literal[1]
    council: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$")]
    name: str
    short_name: str
    reference_prefix: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,3}$")]
    demonstration: bool = False
    languages: Annotated[list[Literal["en", "cy"]], AfterValidator(_english_first)]
    in_welsh: InWelsh | None = None
    contact: Contact
    theme: Theme = Field(default_factory=Theme)
    map: MapView | None = None


class CouncilSection:
    """Reads, plans, applies and exports council.yaml."""

    name = "council"
    order = 0

    def read(self, folder: Path) -> CouncilFile | None:
        """The file, checked."""
        return read_yaml(folder, "council.yaml", CouncilFile)

    def plan(self, data: CouncilFile) -> list[Change]:
        """What of the council would change."""
        row = Council.objects.first()
        if row is None:
            return [Change("add", f"{data.name} ({', '.join(data.languages)})")]
        was, now = _row(row), _data(data)
        details = tuple(_difference(was, now))
        return [Change("change", "The council's own details", details)] if details else []

    def apply(self, data: CouncilFile) -> None:
        """Writes the council's row."""
        values = _data(data)
        values["slug"] = values.pop("council")
        Council.objects.update_or_create(
            id=1, defaults=values, create_defaults={**values, "generation": secrets.token_hex(8)}
        )

    def export(self, folder: Path) -> None:
        """Writes council.yaml."""
        row = Council.objects.first()
        if row is None:
            return
        values = {key: value for key, value in _row(row).items() if value not in ({}, None)}
        write_yaml(folder, "council.yaml", {"pack": 1, **values}, says=f"{row.name}.")


def _data(data: CouncilFile) -> dict[str, Any]:
    values = data.model_dump(mode="json", exclude={"pack"})
    welsh = {key: said for key, said in (values["in_welsh"] or {}).items() if said}
    return {**values, "in_welsh": welsh, "map": values["map"] or {}}


def _row(row: Council) -> dict[str, Any]:
    keys = list(CouncilFile.model_fields)
    values = {key: getattr(row, key) for key in keys if key not in {"pack", "council"}}
    return {"council": row.slug, **values}


def _difference(was: Any, now: Any, path: str = "") -> list[str]:
    """The leaves that differ, in words."""
    if isinstance(was, dict) and isinstance(now, dict):
        found: list[str] = []
        for key in [*was, *(key for key in now if key not in was)]:
            found += _difference(was.get(key), now.get(key), f"{path}.{key}" if path else key)
        return found
    if was == now:
        return []
    return [f"{path}: {_said(was)} becomes {_said(now)}"]


def _said(value: Any) -> str:
    if value in (None, "", [], {}):
        return "nothing"
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return str(value)
