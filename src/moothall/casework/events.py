"""A typed, in-transaction subscription to what happens to cases, for rooms above this one.

    from moothall.casework import events
    events.subscribe(events.Kind.OPENED, when_opened)      # in the room's AppConfig.ready()

A handler is called with the case and the event, inside the transaction that writes them: what it
writes is kept or lost with the event, and an error it raises undoes the action. It must not be slow
and must not change the case.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.db.models import TextChoices

if TYPE_CHECKING:
    from moothall.casework.models import Case, Event

    Handler = Callable[[Case, Event], None]


class Kind(TextChoices):
    """Every kind of event. docs/ledger.md lists the payload of each."""

    OPENED = "opened", "Case opened"
    ANSWERED = "answered", "Answers given"
    STARTED = "started", "Clock started"
    MOVED = "moved", "Moved"
    ASSIGNED = "assigned", "Assigned"
    NOTED = "noted", "Note"
    MESSAGE_QUEUED = "message_queued", "Message to send"
    MESSAGE_SENT = "message_sent", "Message sent"
    MESSAGE_DELIVERED = "message_delivered", "Message delivered"
    MESSAGE_FAILED = "message_failed", "Message failed"
    MESSAGE_RECEIVED = "message_received", "Message received"
    PAYMENT_STARTED = "payment_started", "Payment started"
    PAYMENT_FAILED = "payment_failed", "Payment not made"
    PAYER_ASKED = "payer_asked", "Somebody else asked to pay"
    PAID = "paid", "Paid"
    FEE_DUE = "fee_due", "Fee due"
    FEE_WAIVED = "fee_waived", "Fee waived"
    REFUNDED = "refunded", "Refunded"
    REFUND_FAILED = "refund_failed", "Refund failed"
    RESTRICTED = "restricted", "Who may see it changed"
    BOOKED = "booked", "Time booked"
    SLOT_LOST = "slot_lost", "Time lost"
    WARNED = "warned", "Promise at risk"
    BREACHED = "breached", "Promise broken"
    REMINDED = "reminded", "Reminder"
    EXPIRED = "expired", "Expired"
    LAPSED = "lapsed", "Payment never came"
    MERGED = "merged", "Joined to another case"
    UNMERGED = "unmerged", "Taken apart from another case"
    JOINED = "joined", "A duplicate was joined"
    PARTED = "parted", "A duplicate was taken out"
    FOLLOWER_WROTE = "follower_wrote", "Somebody who follows it wrote"
    HANDED_OVER = "handed_over", "Handed over to another service"
    TEAM_CHANGED = "team_changed", "Given to another team"
    REOPENED = "reopened", "Opened again"
    TASK_SET = "task_set", "Task set"
    TASK_DONE = "task_done", "Task done"
    TASK_CANCELLED = "task_cancelled", "Task cancelled"
    CALL_BACK_ASKED = "call_back_asked", "Call back asked for"
    CALL_TRIED = "call_tried", "Call made"
    FEE_CHANGED = "fee_changed", "Fee changed"
    HELD = "held", "Legal hold placed"
    RELEASED = "released", "Legal hold lifted"
    CORRECTED = "corrected", "Answer corrected"
    REDACTED = "redacted", "Redacted"
    ANONYMISED = "anonymised", "Anonymised"


_handlers: dict[str, list[Handler]] = {}


def subscribe(kind: Kind | str, handler: Handler) -> None:
    """Call `handler(case, event)` in the transaction of each event of this kind; `"*"` is every kind.

    The same handler is registered once, however often it is given. Raises ValueError for a kind that
    does not exist.
    """
    name = str(kind)
    if name != "*":
        name = str(Kind(name))
    handlers = _handlers.setdefault(name, [])
    if handler not in handlers:
        handlers.append(handler)


def unsubscribe(kind: Kind | str, handler: Handler) -> None:
    """Stop calling `handler`; nothing happens when it was not registered."""
    handlers = _handlers.get(str(kind), [])
    if handler in handlers:
        handlers.remove(handler)


def publish(case: Case, event: Event) -> None:
    """Tell the subscribers. Called by the ledger only."""
    for handler in (*_handlers.get(event.kind, ()), *_handlers.get("*", ())):
        handler(case, event)
