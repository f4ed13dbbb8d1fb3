"""Django's SQLite backend, with writers queued by a file lock taken before BEGIN IMMEDIATE.

SQLite's own busy handler sleeps and tries again, so that a writer may wait long while luckier ones
pass it. The kernel's file lock wakes waiters in turn: the slowest write in a hundred is about four
times faster with 32 clients (docs/performance.md). The lock is advisory: a program that does not
take it is still kept safe by SQLite itself.
"""

from __future__ import annotations

import fcntl
import os
from typing import Any

from django.db.backends.sqlite3 import base


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that holds its place in the writers' queue for as long as its transaction lasts."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._queue: int | None = None
        self._queued = False

    def _queue_file(self) -> int | None:
        name = str(self.settings_dict["NAME"])
        if ":memory:" in name or "mode=memory" in name:
            return None
        if self._queue is None:
            self._queue = os.open(f"{name}.queue", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        return self._queue

    def _start_transaction_under_autocommit(self) -> None:
        queue = self._queue_file()
        if queue is not None and not self._queued:
            fcntl.flock(queue, fcntl.LOCK_EX)
            self._queued = True
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # private, not in the stubs
        except BaseException:
            self._leave_queue()
            raise

    def _leave_queue(self) -> None:
        if self._queued and self._queue is not None:
            self._queued = False
            fcntl.flock(self._queue, fcntl.LOCK_UN)

    def _commit(self) -> None:
        try:
            super()._commit()  # type: ignore[misc]  # private, not in the stubs
        finally:
            if self.connection is None or not self.connection.in_transaction:
                self._leave_queue()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]  # private, not in the stubs
        finally:
            if self.connection is None or not self.connection.in_transaction:
                self._leave_queue()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]  # private, not in the stubs
        finally:
            self._leave_queue()
            if self._queue is not None:
                os.close(self._queue)
                self._queue = None
