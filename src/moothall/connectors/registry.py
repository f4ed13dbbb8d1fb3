"""Named look-ups in other systems. Rooms above register theirs; `journeys` calls them by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

LookUp = Callable[[Any, date], Mapping[str, Any]]
"""`fn(argument, today)` returns the named values; it raises LookUpFailed when it has no answer."""


class LookUpFailed(Exception):
    """The other system has no answer now. The text is a plain reason without personal data."""


@dataclass(frozen=True)
class Connector:
    """A registered look-up."""

    name: str
    fn: LookUp
    title: str
    takes: str
    gives: Mapping[str, Any]
    stand_in: bool
    seconds: float


def register(
    name: str,
    fn: LookUp,
    *,
    title: str,
    takes: str,
    gives: Mapping[str, Any],
    stand_in: bool = False,
    seconds: float = 5,
) -> None:
    """Register `fn(argument, today) -> values` as the look-up `name`.

    `takes`: the question type it is asked with; `gives`: name -> type as in a service file
    (`date`, `yes or no`, `whole number`, `text`, `{"one_of": [...]}`). A stand-in never displaces a
    real connector. `seconds`: how long an answer may take.
    """
    raise NotImplementedError


def call(name: str, argument: Any, *, today: date) -> dict[str, Any]:
    """Ask `name` about `argument` (JSON); return its values (JSON: dates as text).

    Raises LookUpFailed when it is unknown, late, in error, or answers what it should not. Call it
    OUTSIDE a transaction.
    """
    raise NotImplementedError
