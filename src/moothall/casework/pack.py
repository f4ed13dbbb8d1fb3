"""The pack's section "costs": costs.yaml, what one contact costs by channel."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from pydantic import field_validator, model_validator

from moothall.casework.models import ContactCost
from moothall.casework.types import CHANNELS
from moothall.packs.reading import PackModel, line_of, load_yaml, read_yaml, shown, write_yaml
from moothall.packs.sections import Change, PackError, PackProblem

FILE = "costs.yaml"


class CostEntry(PackModel):
    """What one contact by some channels costs, in pounds, with its range and where it comes from."""

    cost: str
    label: str
    channels: list[str]
    pounds: Decimal
    low: Decimal
    high: Decimal
    default: bool = False
    year: int
    source: str
    range_source: str = ""

    @field_validator("channels")
    @classmethod
    def _known_channels(cls, value: list[str]) -> list[str]:
        for channel in value:
            if channel not in CHANNELS:
                raise ValueError(f"{channel} is not one of {', '.join(CHANNELS)}")
        return value

    @field_validator("source")
    @classmethod
    def _has_source(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("say where the figure comes from")
        return value

    @model_validator(mode="after")
    def _in_range(self) -> CostEntry:
        if not Decimal(0) <= self.low <= self.pounds <= self.high:
            raise ValueError("pounds must lie from low to high, and none may be under 0")
        return self


class CostsFile(PackModel):
    """The whole file."""

    currency: str = "GBP"
    costs: list[CostEntry]

    @field_validator("currency")
    @classmethod
    def _pounds(cls, value: str) -> str:
        if value != "GBP":
            raise ValueError("costs are in GBP")
        return value


class CostsSection:
    """Reads, plans, applies and exports costs.yaml."""

    name = "costs"
    order = 40

    def read(self, folder: Path) -> CostsFile | None:
        """The file, checked, or None. Raises PackError with file and line."""
        data = read_yaml(folder, FILE, CostsFile)
        if data is None:
            return None
        seen: dict[str, str] = {}
        problems: list[PackProblem] = []
        for index, entry in enumerate(data.costs):
            for channel in entry.channels:
                if channel in seen:
                    line = line_of(load_yaml(folder, FILE), ["costs", index, "channels"])
                    problems.append(
                        PackProblem(
                            shown(folder, folder / FILE),
                            line,
                            f"{channel} is also in {seen[channel]}.",
                            "Name each channel once.",
                        )
                    )
                seen[channel] = entry.cost
        if problems:
            raise PackError(problems)
        return data

    def plan(self, data: CostsFile) -> list[Change]:
        """What applying the file would change."""
        now = {row.channel: _values(row) for row in ContactCost.objects.all()}
        wanted = {row.channel: _values(row) for row in _rows(data)}
        changes: list[Change] = []
        for channel, values in wanted.items():
            pounds = Decimal(str(values["pence"])) / 100
            if channel not in now:
                changes.append(Change("add", f"Cost of a contact by {channel}: £{pounds:.2f}"))
            elif now[channel] != values:
                changes.append(
                    Change(
                        "change",
                        f"Cost of a contact by {channel}: £{pounds:.2f}",
                        tuple(
                            f"{name}: {now[channel][name]} becomes {value}"
                            for name, value in values.items()
                            if now[channel][name] != value
                        ),
                    )
                )
        gone = sorted(now.keys() - wanted.keys())
        return changes + [Change("remove", f"Cost of a contact by {one}") for one in gone]

    def apply(self, data: CostsFile) -> None:
        """Makes the table as the file says."""
        wanted = _rows(data)
        ContactCost.objects.exclude(channel__in=[row.channel for row in wanted]).delete()
        for row in wanted:
            ContactCost.objects.update_or_create(channel=row.channel, defaults=_values(row))

    def export(self, folder: Path) -> None:
        """Writes costs.yaml from the table in force; none where the table is empty."""
        by_cost: dict[str, list[ContactCost]] = {}
        for row in ContactCost.objects.order_by("position"):
            by_cost.setdefault(row.cost, []).append(row)
        if not by_cost:
            return
        costs = [
            {
                "cost": cost,
                "label": rows[0].label,
                "channels": [row.channel for row in rows],
                "pounds": float(rows[0].pence / 100),
                "low": float(rows[0].low_pence / 100),
                "high": float(rows[0].high_pence / 100),
                "default": rows[0].is_default,
                "year": rows[0].year,
                "source": rows[0].source,
                "range_source": rows[0].range_source,
            }
            for cost, rows in by_cost.items()
        ]
        write_yaml(folder, FILE, {"currency": "GBP", "costs": costs})


def _rows(data: CostsFile) -> list[ContactCost]:
    rows: list[ContactCost] = []
    for entry in data.costs:
        for channel in entry.channels:
            rows.append(
                ContactCost(
                    channel=channel,
                    cost=entry.cost,
                    label=entry.label,
                    pence=entry.pounds * 100,
                    low_pence=entry.low * 100,
                    high_pence=entry.high * 100,
                    is_default=entry.default,
                    year=entry.year,
                    source=entry.source,
                    range_source=entry.range_source,
                    position=len(rows),
                )
            )
    return rows


def _values(row: ContactCost) -> dict[str, object]:
    return {
        "cost": row.cost,
        "label": row.label,
        "pence": Decimal(row.pence).quantize(Decimal("0.01")),
        "low_pence": Decimal(row.low_pence).quantize(Decimal("0.01")),
        "high_pence": Decimal(row.high_pence).quantize(Decimal("0.01")),
        "is_default": row.is_default,
        "year": row.year,
        "source": row.source,
        "range_source": row.range_source,
        "position": row.position,
    }
