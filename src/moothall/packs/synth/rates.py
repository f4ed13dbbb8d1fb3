"""The figures in rates.yaml, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from ruamel.yaml import YAML

OURS = Path(__file__).with_name("rates.yaml")
Share = Annotated[float, Field(ge=0, le=100)]
Weights = dict[str, Annotated[float, Field(ge=0)]]


class _Spec(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ServiceRate(_Spec):
    """How often one service is asked for."""

    cases: float = Field(ge=0, le=10_000)
    basis: Literal["published", "assumed"]
    source: str = ""
    season: str = "even"
    weekdays: str = "usual"
    online: float = Field(1.0, ge=0)
    """How much likelier than other services it is asked for online."""

    @model_validator(mode="after")
    def _published_has_a_source(self) -> ServiceRate:
        if self.basis == "published" and not self.source:
            raise ValueError("A published figure names its source.")
        return self


class Without(_Spec):
    """Contacts that open no case."""

    contacts: float = Field(ge=0)
    basis: str
    outcomes: Weights


class Channels(_Spec):
    """The mix of channels at both ends of the time."""

    basis: str
    start: Weights = Field(alias="from")
    end: Weights = Field(alias="to")


class Repeat(_Spec):
    """Who asks more than once."""

    busy_residents: Share
    their_contacts: Share
    same_again: Share
    chase_when_late: Share
    chase_in_time: Share
    basis: str


class Life(_Spec):
    """What becomes of cases, in percent."""

    late: Share
    stuck: Share
    taken_back: Share
    another_way: Share
    noted: Share
    assigned: Share
    never_paid: Share
    in_welsh: Share
    rated: Share
    basis: str


class Rates(_Spec):
    """Everything in the file."""

    services: dict[str, ServiceRate]
    other_services: ServiceRate
    contacts_without_a_case: Without
    channels: Channels
    minutes: dict[str, tuple[int, int]]
    seasons: dict[str, tuple[float, ...]]
    weekdays: dict[str, tuple[float, ...]]
    bank_holiday: float
    repeat: Repeat
    life: Life

    @model_validator(mode="after")
    def _named_shapes_exist(self) -> Rates:
        for name, one in {**self.services, "other_services": self.other_services}.items():
            if one.season not in self.seasons or one.weekdays not in self.weekdays:
                raise ValueError(f"{name}: there is no season or week of that name.")
        if any(len(months) != 12 for months in self.seasons.values()):
            raise ValueError("A season has twelve months.")
        if any(len(days) != 7 for days in self.weekdays.values()):
            raise ValueError("A week has seven days.")
        return self

    def of(self, service_id: str) -> ServiceRate:
        """The rate of a service, listed or not."""
        return self.services.get(service_id, self.other_services)

    @cached_property
    def seasons_by_mean(self) -> Mapping[str, tuple[float, ...]]:
        """The seasons, scaled so that a year has as many cases as the rate says."""
        return {
            name: tuple(month * 12 / sum(months) for month in months)
            for name, months in self.seasons.items()
        }

    @cached_property
    def weeks_by_mean(self) -> Mapping[str, tuple[float, ...]]:
        """The weeks, scaled in the same way."""
        return {
            name: tuple(day * 7 / sum(days) for day in days) for name, days in self.weekdays.items()
        }


def read(path: Path = OURS) -> Rates:
    """Read the figures. Raises OSError, ValueError (pydantic's say where)."""
    return Rates.model_validate(YAML(typ="safe").load(path.read_text()))
