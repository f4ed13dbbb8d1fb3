"""What surrounds a batch of the made-up year: how it is written, and what became of its messages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.models import F, Max

from moothall.notify.models import Message
from moothall.outbox.models import Job


@contextmanager
def messages_of_then() -> Iterator[None]:
    """Messages written inside went out and arrived at the time they were written for.

    A worker would hand them over today, thousands at once, and say that they were sent today.
    """
    last = Message.objects.aggregate(last=Max("pk"))["last"] or 0
    job = Job.objects.aggregate(last=Max("pk"))["last"] or 0
    yield
    Job.objects.filter(name="notify.send", pk__gt=job).delete()
    Message.objects.filter(pk__gt=last, status=Message.Status.QUEUED).update(
        status=Message.Status.DELIVERED,
        provider="local",
        sent_at=F("queued_at"),
        settled_at=F("queued_at"),
    )


@contextmanager
def relaxed() -> Iterator[None]:
    """On SQLite: no disk sync for each commit. A kill loses nothing; a power cut loses a batch."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous")
        before = cursor.fetchone()[0]
        cursor.execute("PRAGMA synchronous = NORMAL")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA synchronous = {int(before)}")
