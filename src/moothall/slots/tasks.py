"""The background work of the slots room."""

from __future__ import annotations

from datetime import datetime

from moothall import outbox
from moothall.slots import actions, making
from moothall.slots.models import Resource


@outbox.task("slots.expire")
def expire(now: datetime) -> None:
    """Let go of holds whose time is over."""
    actions.expire(now)


@outbox.task("slots.make_ahead")
def make_ahead(now: datetime) -> None:
    """Have the times ahead made for each resource."""
    for resource in Resource.objects.order_by("slug"):
        outbox.enqueue("slots.make", unique=f"slots.make:{resource.slug}", resource=resource.slug)


@outbox.task("slots.make")
def make(resource: str, now: datetime) -> None:
    """Make the times ahead of one resource."""
    found = Resource.objects.filter(slug=resource).first()
    if found is not None:
        making.make(found, now)


outbox.every("slots.expire", 60, "slots.expire")
outbox.every("slots.make_ahead", 6 * 3600, "slots.make_ahead")
