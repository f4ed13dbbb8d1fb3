"""What can be done in the background: handlers and schedules, registered when the application starts."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Handler = Callable[..., Any]
BackOff = Callable[[int], float]


class GiveUp(Exception):
    """Raised by a handler: trying again cannot help. The text is a plain reason without personal data."""


class TryAgain(Exception):
    """Raised by a handler: the other system is out of reach for now. The text is a plain reason."""


def default_backoff(failures: int) -> float:
    """Seconds to wait after so many failures: 2, 8, 32 … at most an hour."""
    return float(min(3600, 2 * 4 ** (failures - 1)))


@dataclass(frozen=True)
class Registered:
    """A handler and how it is to be run."""

    name: str
    fn: Handler
    retries: int
    backoff: BackOff
    lease: float
    external: bool
    gave_up: Handler | None
    takes_now: bool
    takes_attempt: bool


@dataclass(frozen=True)
class Schedule:
    """A task that falls due every so many seconds."""

    name: str
    seconds: int
    task: str


_tasks: dict[str, Registered] = {}
_schedules: dict[str, Schedule] = {}


def task(
    name: str,
    *,
    retries: int = 8,
    backoff: BackOff = default_backoff,
    lease: float = 60,
    external: bool = False,
    gave_up: Handler | None = None,
) -> Callable[[Handler], Handler]:
    """Register the decorated function as the handler of jobs called `name`.

    The handler takes the job's JSON values by keyword; one that has a parameter `now` is given the
    time of the run, one that has `attempt` the number of the try (from 1).

    `external=False`: the handler runs in one transaction with the deletion of its job: its effects
    on the database happen exactly once, whatever is killed. It must not talk to another system.

    `external=True`: the handler runs outside any transaction, so that it never holds the database
    while another system thinks. It may return a function without parameters: that one records what
    was learnt, in one transaction with the deletion of the job. A worker killed between the two
    makes the handler run again: give the other system an idempotency key.

    `retries`: how often an error is tried again before the job is a dead letter; `gave_up(reason,
    **values)` is then called in the transaction that makes it one. `lease`: seconds after which a job
    whose worker fell silent is given to another; more than an external handler's longest wait.
    """

    def register(fn: Handler) -> Handler:
        known = _tasks.get(name)
        if known is not None and known.fn.__module__ != fn.__module__:
            raise ValueError(f"Two handlers are registered for the job '{name}'.")
        parameters = inspect.signature(fn).parameters
        _tasks[name] = Registered(
            name=name,
            fn=fn,
            retries=retries,
            backoff=backoff,
            lease=lease,
            external=external,
            gave_up=gave_up,
            takes_now="now" in parameters,
            takes_attempt="attempt" in parameters,
        )
        return fn

    return register


def every(name: str, seconds: int, task: str) -> None:
    """Have the registered `task` run every `seconds`, once however many workers there are."""
    _schedules[name] = Schedule(name, seconds, task)


def registered(name: str) -> Registered | None:
    """Return the handler of jobs called `name`, or None."""
    return _tasks.get(name)


def schedules() -> tuple[Schedule, ...]:
    """Return the schedules, in order of name."""
    return tuple(_schedules[name] for name in sorted(_schedules))
