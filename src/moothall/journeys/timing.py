"""How long people take over a page of a form, counted without knowing whose time it was.

The page carries when it was shown; the answer brings it back. What is kept is one more in a coarse span
of one service's page on one day, and nothing else: no visitor, no order of pages, no exact time. Works
without JavaScript, and writes nothing for a page that is only looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.core import signing

from moothall import measures

FIELD = "shown"
SALT = "moothall.journeys.timing"
SPANS = (5, 10, 20, 40, 80, 160, 320, 640, 1800)
"""Ends of the spans in seconds. Whoever takes longer was away: that says nothing about the page."""
COUNT = "journey.time"


def mark(now: datetime, form: Mapping[str, Sequence[str]] | None = None) -> str:
    """What a page carries: when it was first shown, also when it comes back with an error."""
    if form and (before := (form.get(FIELD) or [""])[0]) and _read(before) is not None:
        return before
    return signing.Signer(salt=SALT).sign(str(int(now.timestamp())))


def _read(text: str) -> int | None:
    try:
        return int(signing.Signer(salt=SALT).unsign(text[:200]))
    except (signing.BadSignature, ValueError):
        return None


def span(form: Mapping[str, Sequence[str]], now: datetime) -> int | None:
    """The end of the span that the time since the page was shown falls into; None for no or no true time."""
    shown = _read((form.get(FIELD) or [""])[0])
    if shown is None:
        return None
    taken = int(now.timestamp()) - shown
    if taken < 0:
        return None
    return next((end for end in SPANS if taken < end), None)


def count(service_id: str, step: str, form: Mapping[str, Sequence[str]], now: datetime) -> None:
    """Count how long an answered page took, where the form says it."""
    end = span(form, now)
    if end is not None:
        measures.count(COUNT, service=service_id, step=step, below=end, at=now)
