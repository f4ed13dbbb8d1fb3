"""The way through the form."""

from __future__ import annotations

from typing import Any

from moothall.language.facts import Facts
from moothall.language.results import Walk
from moothall.language.service import Service


def walk(service: Service, facts: Facts) -> Walk:
    """The way through the form that the answers make. Fast: call it as often as you like.

    A question counts as answered when its id is a key of `facts.answers` and the value fits the
    question (None or "" only where it is optional: that is how a skipped question is kept). A
    `show` page never holds up. A look-up that has not run is `next`: call its connector with
    `run_look_up_input`, keep what it gave under its id in `look_ups` (None if it failed), and walk
    again. Answers of questions that are no longer on the way are ignored.
    """
    raise NotImplementedError


def on_route(service: Service, facts: Facts) -> dict[str, Any]:
    """The answers that count: those on the way, and those that moves asked for."""
    raise NotImplementedError


def run_look_up_input(service: Service, look_up_id: str, facts: Facts) -> tuple[str, Any]:
    """Name of the connector and the argument (JSON form) to call it with."""
    raise NotImplementedError
