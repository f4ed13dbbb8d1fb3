"""Named look-ups in other systems. Rooms above register theirs; `journeys` calls them by name."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from dataclasses import dataclass
from datetime import date
from typing import Any

logger = logging.getLogger("moothall.connectors")

LookUp = Callable[[Any, date], Mapping[str, Any]]
"""`fn(argument, today)` returns the named values; it raises LookUpFailed when it has no answer."""

Check = Callable[[], list[str]]
"""Returns what is wrong with a connector's settings, each with how to mend it."""

AT_ONCE = 16
"""How many slow systems may be waited for at the same time in this process."""


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
    check: Check | None = None


_connectors: dict[str, Connector] = {}
_waiting: ThreadPoolExecutor | None = None


def register(
    name: str,
    fn: LookUp,
    *,
    title: str,
    takes: str,
    gives: Mapping[str, Any],
    stand_in: bool = False,
    seconds: float = 5,
    check: Check | None = None,
) -> None:
    """Register `fn(argument, today) -> values` as the look-up `name`.

    `takes`: the question type it is asked with; `gives`: name -> type as in a service file
    (`date`, `yes or no`, `whole number`, `money`, `text`, `{"one_of": [...]}`). A stand-in never
    displaces a real connector; a second real one is a mistake. `seconds`: how long an answer may
    take; 0 for one that asks our own database, which then runs in the caller's thread.
    Raises ValueError for an unknown type or a second real connector.
    """
    for value, kind in gives.items():
        known_kind = "one_of" in kind if isinstance(kind, Mapping) else kind in _CHECKS
        if not known_kind:
            raise ValueError(f"{name} gives {value} as '{kind}', which is no type of a look-up.")
    known = _connectors.get(name)
    if known is not None and not known.stand_in:
        if stand_in:
            return
        if known.fn.__module__ != fn.__module__:
            raise ValueError(f"Two connectors are registered as '{name}'.")
    _connectors[name] = Connector(name, fn, title, takes, gives, stand_in, seconds, check)


def find(name: str) -> Connector | None:
    """Return the connector `name`, or None."""
    return _connectors.get(name)


def registered() -> tuple[Connector, ...]:
    """Return every connector, in order of name."""
    return tuple(_connectors[name] for name in sorted(_connectors))


def call(name: str, argument: Any, *, today: date) -> dict[str, Any]:
    """Ask `name` about `argument` (JSON); return its values (JSON: dates as text).

    Raises LookUpFailed when it is unknown, late, in error, or answers what it should not. Call it
    OUTSIDE a transaction.
    """
    connector = _connectors.get(name)
    if connector is None:
        raise LookUpFailed(f"No connector is called {name}.")
    try:
        given = _answer(connector, argument, today)
    except LookUpFailed:
        raise
    except TookTooLong as error:
        logger.warning("A look-up was too slow", extra={"room": name, "outcome": "late"})
        raise LookUpFailed(f"{connector.title} did not answer in time.") from error
    except Exception as error:
        logger.exception("A look-up failed", extra={"room": name, "outcome": "error"})
        raise LookUpFailed(f"{connector.title} could not answer.") from error
    return _checked(connector, given)


def _answer(connector: Connector, argument: Any, today: date) -> Mapping[str, Any]:
    global _waiting
    if connector.stand_in or not connector.seconds:
        return connector.fn(argument, today)
    if _waiting is None:
        _waiting = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="connector")
    asked = _waiting.submit(connector.fn, argument, today)
    try:
        return asked.result(timeout=connector.seconds)
    except TookTooLong:
        asked.cancel()  # One that waits for its turn is not begun; one that runs is left behind.
        raise


def _checked(connector: Connector, given: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, kind in connector.gives.items():
        value = given.get(name)
        if isinstance(value, date):
            value = value.isoformat()
        if value is not None and not _fits(value, kind):
            logger.error("A look-up gave a wrong value", extra={"room": connector.name})
            raise LookUpFailed(f"{connector.title} gave an answer that we cannot read.")
        values[name] = value
    return values


def _is_date(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(date.fromisoformat(value))
    except ValueError:
        return False


_CHECKS: dict[Any, Callable[[Any], bool]] = {
    "text": lambda value: isinstance(value, str),
    "date": _is_date,
    "yes or no": lambda value: isinstance(value, bool),
    "whole number": lambda value: type(value) is int,
    "money": lambda value: type(value) is int,
}


def _fits(value: Any, kind: Any) -> bool:
    if isinstance(kind, Mapping):
        return value in kind["one_of"]
    return _CHECKS[kind](value)
