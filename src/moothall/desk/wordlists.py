"""What codes are called on the desk: channels, messages, payments, outcomes. One place for each word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from moothall.casework import demand
from moothall.casework.types import OUTCOMES

CHANNELS: Final[Mapping[str, str]] = {
    "online": "Online",
    "phone": "Phone",
    "desk": "Face to face",
    "email": "Email",
    "field": "In the field",
    "api": "Another system",
}
TAKEN_BY_ADVISER: Final[Mapping[str, str]] = {
    "phone": "Phone",
    "desk": "Face to face",
    "email": "Email or letter",
}
"""Channels that an adviser takes a contact by."""
MESSAGE_STATUS: Final[Mapping[str, str]] = {
    "queued": "waiting to be sent",
    "sending": "being sent",
    "sent": "sent",
    "delivered": "delivered",
    "failed": "could not be delivered",
    "given_up": "could not be sent",
}
PAYMENT_STATUS: Final[Mapping[str, str]] = {
    "created": "started",
    "started": "waiting for the card",
    "success": "paid",
    "failed": "declined",
    "cancelled": "cancelled",
    "error": "went wrong at the provider",
    "expired": "ran out of time",
}
PAYMENT_HELP: Final[Mapping[str, str]] = {
    "failed": "The bank declined the card. Ask whether they have another card, then start again.",
    "cancelled": "The payment was cancelled. Nothing was taken. You can start again.",
    "error": "The payment provider had a problem. Nothing was taken. Start again in a minute.",
    "expired": "The time to pay ran out. Nothing was taken. You can start again.",
}
CONTACT_OUTCOMES: Final[Mapping[str, str]] = {
    key: words for key, words in OUTCOMES.items() if key not in demand.OPENED
}
"""What can come of a contact that opened no case."""


def channel(code: str) -> str:
    """Return what a channel is called."""
    return CHANNELS.get(code, code.replace("_", " "))
