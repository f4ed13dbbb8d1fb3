"""Who read a case: kept beside the chain, in batches, by a thread of its own.

A page only appends to a list in memory. `start` (called by the server and the worker) has a thread
write the list every second on its own connection; without it the list is written when it is full, and
when the process ends. A killed process can lose its last second.
"""

from __future__ import annotations

import atexit
import logging
import threading
from datetime import datetime

from django.db import DatabaseError, connection

from moothall.casework.models import AccessLog
from moothall.people.actor import Actor

EVERY = 1.0
"""Seconds between writes."""
FULL = 200
"""Entries at which a process without the thread writes by itself."""
MOST = 20_000
"""Entries kept while the database does not take them: beyond, the oldest go, and the log says so."""

_log = logging.getLogger("moothall.casework.access")
_lock = threading.Lock()
_writing = threading.Lock()
_entries: list[AccessLog] = []
_thread: threading.Thread | None = None
_stop = threading.Event()


def note(actor: Actor, reference: str, why: str, *, now: datetime) -> None:
    """Remember that `actor` read the case; `why` is case, track, link, account or search."""
    entry = AccessLog(
        at=now,
        actor_kind=actor.kind,
        user_id=actor.user_id,
        roles=" ".join(sorted(actor.roles))[:200],
        reference=reference,
        why=why,
        via=actor.via[:80],
    )
    with _lock:
        _entries.append(entry)
        lost = len(_entries) - MOST
        if lost > 0:
            del _entries[:lost]
        full = len(_entries) >= FULL
    if lost > 0:
        _log.error("access log is full: entries were lost", extra={"lost": lost})
    if full and _thread is None:
        flush()


def flush() -> int:
    """Write what is remembered; return how many. What cannot be written is kept for the next time."""
    with _writing:
        with _lock:
            batch, _entries[:] = list(_entries), []
        if not batch:
            return 0
        try:
            AccessLog.objects.bulk_create(batch, batch_size=500)
        except DatabaseError:
            _log.exception("access log could not be written")
            with _lock:
                _entries[:0] = batch
            return 0
        return len(batch)


def forget() -> None:
    """Drop what is remembered. For tests."""
    with _lock:
        _entries.clear()


def start() -> None:
    """Have a thread of this process write the log every second. Safe to call again."""
    global _thread
    with _lock:
        if _thread is not None and _thread.is_alive():
            return
        _stop.clear()
        _thread = threading.Thread(target=_run, name="access-log", daemon=True)
        _thread.start()
    atexit.register(stop)


def stop() -> None:
    """Write what is left and end the thread."""
    global _thread
    _stop.set()
    thread, _thread = _thread, None
    if thread is not None and thread is not threading.current_thread():
        thread.join(timeout=5)


def _run() -> None:
    try:
        while not _stop.wait(EVERY):
            flush()
        flush()
    finally:
        connection.close()
