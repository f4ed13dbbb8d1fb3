"""Reading the registry of look-ups."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from moothall.connectors.registry import find, registered


@dataclass(frozen=True)
class Status:
    """How one look-up stands; `problems` are plain words with how to mend each."""

    name: str
    title: str
    stand_in: bool
    problems: tuple[str, ...]


def status(needed: Iterable[str] = ()) -> list[Status]:
    """Return how every connector stands, with those of `needed` that nobody registered."""
    found = [
        Status(one.name, one.title, one.stand_in, tuple(one.check() if one.check else ()))
        for one in registered()
    ]
    missing = [
        Status(
            name,
            name,
            False,
            (f"No connector is called {name}. Install the room that gives it, or a stand-in.",),
        )
        for name in sorted(set(needed))
        if find(name) is None
    ]
    return sorted([*found, *missing], key=lambda one: one.name)


def names() -> frozenset[str]:
    """Return the names of all connectors, for checking service files against."""
    return frozenset(one.name for one in registered())
