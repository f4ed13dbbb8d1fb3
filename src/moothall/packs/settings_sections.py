"""The pack's small sections: connectors.yaml and demonstration.yaml, kept with the council."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field

from moothall.packs.models import Council
from moothall.packs.reading import PackModel, read_yaml, write_yaml
from moothall.packs.sections import Change


class ConnectorChoice(PackModel):
    """Which system answers a look-up."""

    use: str


class ConnectorsFile(PackModel):
    """connectors.yaml."""

    connectors: dict[str, ConnectorChoice]


class ServiceYear(PackModel):
    """One service's part in the demonstration's year."""

    share: int = Field(ge=0, le=100)
    channels: dict[str, int]


class DemonstrationFile(PackModel):
    """demonstration.yaml."""

    seed: int
    cases: int = Field(1500, ge=0, le=100_000)
    contacts_without_a_case: int = Field(0, ge=0, le=100_000)
    days: int = Field(365, ge=1, le=3650)
    services: dict[str, ServiceYear]


class ConnectorsSection:
    """Which system answers each look-up."""

    name = "connectors"
    order = 60

    def read(self, folder: Path) -> dict[str, Any] | None:
        """The file as plain data."""
        data = read_yaml(folder, "connectors.yaml", ConnectorsFile)
        return None if data is None else {k: v.use for k, v in data.connectors.items()}

    def plan(self, data: dict[str, Any]) -> list[Change]:
        """Look-ups that would be answered by another system."""
        row = Council.objects.first()
        was: dict[str, Any] = row.connectors if row else {}
        changes = []
        for name in sorted({*was, *data}):
            if name not in was:
                changes.append(Change("add", f"{name} is answered by {data[name]}"))
            elif name not in data:
                changes.append(Change("remove", f"{name} is no longer answered by {was[name]}"))
            elif was[name] != data[name]:
                message = f"{name} was answered by {was[name]}, now by {data[name]}"
                changes.append(Change("change", message))
        return changes

    def apply(self, data: dict[str, Any]) -> None:
        """Stores the choices."""
        Council.objects.update(connectors=data)

    def export(self, folder: Path) -> None:
        """Writes connectors.yaml."""
        row = Council.objects.first()
        if row and row.connectors:
            chosen = {name: {"use": use} for name, use in sorted(row.connectors.items())}
            says = "Which system answers each look-up."
            write_yaml(folder, "connectors.yaml", {"connectors": chosen}, says=says)


class DemonstrationSection:
    """What the demonstration's year is made of."""

    name = "demonstration"
    order = 80

    def read(self, folder: Path) -> dict[str, Any] | None:
        """The file as plain data."""
        data = read_yaml(folder, "demonstration.yaml", DemonstrationFile)
        return None if data is None else data.model_dump(mode="json")

    def plan(self, data: dict[str, Any]) -> list[Change]:
        """Whether the recipe would change. Cases that were made stay as they are."""
        row = Council.objects.first()
        if row is None or not row.year:
            return [Change("add", f"A year of {data['cases']} made-up cases, by a seed")]
        if row.year != data:
            return [Change("change", "What the made-up year is made of (cases already made stay)")]
        return []

    def apply(self, data: dict[str, Any]) -> None:
        """Stores the recipe; `moothall demo` makes the cases."""
        Council.objects.update(year=data)

    def export(self, folder: Path) -> None:
        """Writes demonstration.yaml."""
        row = Council.objects.first()
        if row and row.year:
            says = "The demonstration's year: `moothall demo` makes it, the same for the same seed."
            write_yaml(folder, "demonstration.yaml", row.year, says=says)
