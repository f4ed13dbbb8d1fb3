"""Reading messages."""

from __future__ import annotations

from moothall.notify.models import Message


def messages_for(subject_ref: str) -> list[Message]:
    """Return the messages about a case, oldest first."""
    return list(Message.objects.filter(subject_ref=subject_ref).order_by("queued_at", "pk"))
