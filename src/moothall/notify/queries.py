"""Reading messages."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Q

from moothall.notify.adapters import adapter
from moothall.notify.models import Message


def messages_for(subject_ref: str) -> list[Message]:
    """Return the messages about a case, oldest first."""
    return list(Message.objects.filter(subject_ref=subject_ref).order_by("queued_at", "pk"))


def undelivered(limit: int = 100) -> list[Message]:
    """Return the newest messages that did not arrive: somebody may want to ring instead."""
    return list(
        Message.objects.filter(
            status__in=[Message.Status.FAILED, Message.Status.GIVEN_UP], redacted_at=None
        ).order_by("-queued_at")[:limit]
    )


def is_stand_in() -> bool:
    """Return whether messages go to the stand-in."""
    return settings.NOTIFY["adapter"] == "local"


def stand_in_inbox(address: str = "", limit: int = 50) -> list[Message]:
    """Return what the stand-in has taken, newest first; with `address`, what went to it."""
    found = Message.objects.filter(redacted_at=None)
    words = address.strip()
    if words:
        digits = "".join(c for c in words if c.isdigit())
        same = Q(to__icontains=words)
        if len(digits) >= 6:
            same |= Q(means=Message.Means.TEXT, to__endswith=digits[-9:])
        found = found.filter(same)
    return list(found.order_by("-queued_at", "-pk")[:limit])


def check_config() -> list[str]:
    """Return what is wrong with the settings of the carrier in use, each with how to mend it."""
    return adapter().check_config()
