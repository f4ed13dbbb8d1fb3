"""What webhooks tell: which events there are, and what one says. Thin: nothing about a person."""

from __future__ import annotations

from typing import Any, Final

from moothall.casework.events import Kind

EVENTS: Final = {
    "case.opened": "A case was opened",
    "case.moved": "A step was taken",
    "case.ended": "A case ended, by a step or otherwise",
    "case.reopened": "An ended case was opened again",
    "case.assigned": "Somebody got a case, or nobody has it any more",
    "case.team_changed": "A case was given to another team",
    "case.message_received": "The person wrote or sent something",
    "case.replied": "The person was written to",
    "case.message_failed": "A message could not be delivered",
    "case.noted": "A note was written",
    "case.task_changed": "A task or call-back was set, done or cancelled",
    "case.corrected": "An answer was put right",
    "case.paid": "A payment was made",
    "case.refunded": "Money was paid back",
    "case.late": "The promise was broken",
    "case.merged": "A case was joined to another, or taken apart from it",
    "case.handed_over": "A case goes on in another service",
    "case.erased": "Personal data was erased: drop your copies",
    "webhook.test": "You asked for a test",
}
"""Every type of event that a subscription can name, in words."""
BY_KIND: Final[dict[str, str]] = {
    Kind.OPENED: "case.opened",
    Kind.MOVED: "case.moved",
    Kind.REOPENED: "case.reopened",
    Kind.ASSIGNED: "case.assigned",
    Kind.TEAM_CHANGED: "case.team_changed",
    Kind.MESSAGE_RECEIVED: "case.message_received",
    Kind.MESSAGE_QUEUED: "case.replied",
    Kind.MESSAGE_FAILED: "case.message_failed",
    Kind.NOTED: "case.noted",
    Kind.TASK_SET: "case.task_changed",
    Kind.TASK_DONE: "case.task_changed",
    Kind.TASK_CANCELLED: "case.task_changed",
    Kind.CALL_BACK_ASKED: "case.task_changed",
    Kind.CALL_TRIED: "case.task_changed",
    Kind.CORRECTED: "case.corrected",
    Kind.PAID: "case.paid",
    Kind.REFUNDED: "case.refunded",
    Kind.BREACHED: "case.late",
    Kind.MERGED: "case.merged",
    Kind.UNMERGED: "case.merged",
    Kind.HANDED_OVER: "case.handed_over",
    Kind.REDACTED: "case.erased",
    Kind.ANONYMISED: "case.erased",
}
"""What an event of the ledger is told as. What is not here is nobody's business outside."""
ENDS: Final = frozenset(
    {Kind.MOVED, Kind.EXPIRED, Kind.LAPSED, Kind.MERGED, Kind.HANDED_OVER, Kind.ANONYMISED}
)
"""Events that can end a case."""


def types_of(kind: str, ended: bool) -> list[str]:
    """What an event of the ledger is told as; `ended`: the case has ended with it."""
    found = [BY_KIND[kind]] if kind in BY_KIND else []
    if ended and kind in ENDS and kind != Kind.ANONYMISED:
        found.append("case.ended")
    return found


SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["type", "timestamp", "data"],
    "properties": {
        "type": {"type": "string", "enum": list(EVENTS)},
        "timestamp": {"type": "string", "format": "date-time", "description": "When it happened."},
        "data": {
            "type": "object",
            "required": ["sequence"],
            "properties": {
                "sequence": {
                    "type": "integer",
                    "description": "Counts up by one with each event of the subscription; they may "
                    "come in another order.",
                },
                "reference": {"type": "string"},
                "service": {"type": "string"},
                "state": {"type": "string"},
                "ended": {"type": "boolean"},
                "event": {"type": "integer", "description": "The number of the case's event."},
                "url": {"type": "string", "description": "Where to read the case, with a key."},
            },
        },
    },
}


def document() -> dict[str, Any]:
    """The webhooks of the document of the API."""
    headers = [
        {
            "name": name,
            "in": "header",
            "required": True,
            "description": words,
            "schema": {"type": "string"},
        }
        for name, words in (
            ("webhook-id", "The same however often it is sent: do it once."),
            ("webhook-timestamp", "Seconds since 1970 when this try was made."),
            ("webhook-signature", "`v1,` and a HMAC-SHA256 in Base64; two while a secret changes."),
        )
    ]
    return {
        name: {
            "post": {
                "operationId": f"on_{name.replace('.', '_')}",
                "summary": words,
                "description": f"{words}. Signed after Standard Webhooks; answer 2xx within 15 "
                "seconds, or it is sent again for three days.",
                "parameters": headers,
                "requestBody": {"content": {"application/json": {"schema": SCHEMA}}},
                "responses": {"2XX": {"description": "Taken."}},
            }
        }
        for name, words in EVENTS.items()
    }
