"""Counting in memory, written to the database now and then: cheap, and allowed to lose a few.

A count must never cost a page a write. What a killed process had not written yet is lost: a figure
about forms may lack a few seconds, a case never does.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
from collections import Counter
from contextlib import suppress
from datetime import date, datetime

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from moothall.language import canonical_json

logger = logging.getLogger("moothall.measures")

SECONDS = 5.0
"""How long a count waits in memory at the most, while the process lives."""
MANY = 500
"""Different counts in memory that make the process write at once."""

Key = tuple[str, date, str]

_lock = threading.Lock()
_waiting: Counter[Key] = Counter()
_writer: threading.Thread | None = None
_writer_of = 0


def count(name: str, n: int = 1, *, at: datetime | None = None, **labels: str | int | bool) -> None:
    """Count `n` more of `name`, with labels that are never personal (service, page, channel …).

    Never raises and never writes in the caller's transaction: a thread of the process does, soon.
    """
    moment = timezone.localtime(at) if at is not None else timezone.localtime()
    key = (name, moment.date(), canonical_json({k: str(v) for k, v in labels.items()}))
    with _lock:
        _waiting[key] += n
    _start_writer()


def flush() -> int:
    """Write what was counted in this process to the database; return how many rows changed."""
    with _lock:
        taken = dict(_waiting)
        _waiting.clear()
    if not taken:
        return 0
    try:
        _write(taken)
    except DatabaseError:
        with _lock:
            _waiting.update(taken)
        raise
    return len(taken)


def forget() -> None:
    """Throw away what is not written yet; tests begin with it."""
    with _lock:
        _waiting.clear()


def _write(taken: dict[Key, int]) -> None:
    from moothall.measures.models import Count  # the room is imported before the applications are

    table = connection.ops.quote_name(Count._meta.db_table)
    # Both databases have this form of insert-or-add; the ORM has none that adds.
    add = (
        f"INSERT INTO {table} (name, day, labels, n) VALUES (%s, %s, %s, %s) "  # noqa: S608 our table's name
        f"ON CONFLICT (name, day, labels) DO UPDATE SET n = {table}.n + excluded.n"
    )
    rows = [(name, day, labels, n) for (name, day, labels), n in sorted(taken.items())]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(add, rows)


def _start_writer() -> None:
    global _writer, _writer_of
    if not getattr(settings, "MEASURES_WRITER", True):
        return
    if _writer is not None and _writer_of == os.getpid() and _writer.is_alive():
        return
    with _lock:
        if _writer is not None and _writer_of == os.getpid() and _writer.is_alive():
            return
        _writer = threading.Thread(target=_run, name="measures", daemon=True)
        _writer_of = os.getpid()
        _writer.start()


def _run() -> None:
    begun = time.monotonic()
    while True:
        time.sleep(0.25)
        with _lock:
            many = len(_waiting) >= MANY
        if not many and time.monotonic() - begun < SECONDS:
            continue
        begun = time.monotonic()
        _quietly()
        connection.close()


def _quietly() -> None:
    try:
        flush()
    except Exception:
        logger.warning("counts could not be written; they are tried again")


def _at_the_end() -> None:
    if getattr(settings, "MEASURES_WRITER", True):
        with suppress(Exception):
            flush()


atexit.register(_at_the_end)
