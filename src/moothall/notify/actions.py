"""Things that change messages."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from moothall.notify.models import Message

Means = Literal["email", "text", "letter"]


def queue(
    *,
    to: str,
    means: Means,
    body: str,
    key: str,
    subject: str = "",
    language: str = "en",
    subject_ref: str = "",
    template: str = "general",
    now: datetime | None = None,
) -> Message:
    """Write a message in the caller's transaction; the worker sends it.

    `to`: an email address, a phone number, or the lines of a postal address. `key`: the same key
    gives the same message, always. `subject_ref`: the reference of the case, or empty.
    Raises ValueError when `to` cannot be written to by these means.
    """
    raise NotImplementedError


def redact(subject_ref: str, *, now: datetime | None = None) -> int:
    """Erase address, subject and words of the messages about a case; return how many were changed."""
    raise NotImplementedError
