"""Who wants to know what became of a message."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from moothall.notify.models import Message

Handler = Callable[["Message"], None]
_handlers: list[Handler] = []


def on_receipt(handler: Handler) -> Handler:
    """Call `handler(message)` whenever a message's status changes, in the transaction that records it."""
    if handler not in _handlers:
        _handlers.append(handler)
    return handler


def tell(message: Message) -> None:
    """Call every handler with `message`."""
    for handler in _handlers:
        handler(message)
