"""What every part of the service file shares: strict keys, ids, words, expressions, durations."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
    WrapSerializer,
    model_validator,
)
from pydantic_core import PydanticCustomError

ID_PATTERN = re.compile(r"[a-z][a-z0-9_]*\Z")


class Spec(BaseModel):
    """One block of a service file. Unknown keys are errors; blocks never change once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, regex_engine="rust-regex")


@dataclass(frozen=True)
class WordsMarker:
    """Marks a field as words that a person reads: translatable, with `{expressions}` inside."""


@dataclass(frozen=True)
class ExpressionMarker:
    """Marks a field as an expression."""


def _words(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return value
    return str(value)


def _expression(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return str(value)
    return value


def check_id(value: str) -> str:
    """Return `value` if it is an id: small letters, digits and `_`, first a letter."""
    if not ID_PATTERN.match(value):
        raise PydanticCustomError("bad_id", "{id} is not an id", {"id": value})
    return value


Id = Annotated[
    str,
    AfterValidator(check_id),
    WithJsonSchema({"type": "string", "pattern": "^[a-z][a-z0-9_]*$"}),
]
Words = Annotated[
    str,
    BeforeValidator(_words),
    WordsMarker(),
    WithJsonSchema({"type": ["string", "number"]}),
]
Expression = Annotated[
    str,
    BeforeValidator(_expression),
    ExpressionMarker(),
    WithJsonSchema({"type": ["string", "number", "boolean"]}),
]

T = TypeVar("T")


def _from_pairs(value: Any, info: ValidationInfo) -> Any:
    if info.context and info.context.get("canonical") and isinstance(value, list):
        return {pair[0]: pair[1] for pair in value}
    return value


def _to_pairs(value: Any, handler: Callable[[Any], Any]) -> Any:
    return [[key, item] for key, item in handler(value).items()]


# A mapping whose order means something (options, states, columns). The canonical form keeps
# the order by writing it as pairs.
Named = Annotated[dict[Id, T], BeforeValidator(_from_pairs), WrapSerializer(_to_pairs)]


def one_or_more(value: Any) -> Any:
    """Let a list of one be written as the one."""
    if isinstance(value, str):
        return [value]
    return value


def unless_dict(key: str) -> Callable[[Any], Any]:
    """A shorthand: anything that is not a mapping is read as the value of `key`."""

    def widen(value: Any) -> Any:
        if isinstance(value, dict | BaseModel) or value is None:
            return value
        return {key: value}

    return widen


IdList = Annotated[list[Id], BeforeValidator(one_or_more)]


class Duration(Spec):
    """A length of time. Give exactly one unit."""

    working_days: Expression = Field(
        "", description="Working days of the service's calendar.", examples=["3"]
    )
    days: Expression = Field("", description="Days, weekends and holidays included.")
    weeks: Expression = Field("", description="Weeks of seven days.")
    months: Expression = Field("", description="Calendar months.")
    years: Expression = Field("", description="Years.")
    hours: Expression = Field("", description="Hours on the clock, day and night.")
    working_hours: Expression = Field(
        "", description="Hours inside the working day (see `clock.working_hours`)."
    )

    @property
    def unit(self) -> str:
        """The one unit that is given."""
        return next(name for name in type(self).model_fields if getattr(self, name))

    @property
    def amount(self) -> str:
        """The expression of the one unit that is given."""
        return str(getattr(self, self.unit))

    @model_validator(mode="after")
    def _one_unit(self) -> Self:
        given = [name for name in type(self).model_fields if getattr(self, name)]
        if len(given) != 1:
            raise PydanticCustomError(
                "one_unit", "give exactly one unit of time", {"given": ", ".join(given)}
            )
        return self
