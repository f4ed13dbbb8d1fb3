"""A bell inside one process: a worker beside the web server starts at once when a job is committed."""

from __future__ import annotations

import threading

_bell = threading.Condition()
_rung = 0


def ring() -> None:
    """Wake whoever waits in this process."""
    global _rung
    with _bell:
        _rung += 1
        _bell.notify_all()


def heard() -> int:
    """Return how often the bell has rung: pass it to `wait`, so that no ring is missed."""
    return _rung


def wait(since: int, seconds: float) -> None:
    """Wait until the bell has rung after `since`, or so many seconds."""
    with _bell:
        _bell.wait_for(lambda: _rung != since, timeout=seconds)
