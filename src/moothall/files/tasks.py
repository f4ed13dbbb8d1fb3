"""The background work of the files room."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from moothall import outbox
from moothall.files import actions


@outbox.task("files.sweep", external=True, lease=1800)
def sweep(now: datetime) -> Callable[[], object]:
    """Remove what nobody owns: bytes outside a transaction, rows inside one."""
    actions.sweep(now)
    return partial(actions.forget_drafts, now)


outbox.every("files.sweep", 24 * 3600, "files.sweep")
