"""Everything that changes a case: the door to this room for writers.

Each action is one transaction and asks the service file first. It takes the `actor` it is done for and
`now` (the present, read by the caller; None means the clock). Refusals are `casework.errors`, whose
text can be shown as it is: NotFound, NotAllowed, Conflict, Missing, Invalid, NotComplete.
"""

from moothall.casework.contacting import record_contact
from moothall.casework.correcting import correct, restrict
from moothall.casework.erasing import redact
from moothall.casework.errors import (
    CaseworkError,
    Change,
    Conflict,
    Invalid,
    Missing,
    NotAllowed,
    NotComplete,
    NotFound,
    TooManyTries,
)
from moothall.casework.moving import move, rebook
from moothall.casework.opening import open_case
from moothall.casework.paying import refund, start_payment
from moothall.casework.talking import add_note, assign, assign_many, receive_reply, reply
from moothall.casework.types import ContactDetails

__all__ = [
    "CaseworkError",
    "Change",
    "Conflict",
    "ContactDetails",
    "Invalid",
    "Missing",
    "NotAllowed",
    "NotComplete",
    "NotFound",
    "TooManyTries",
    "add_note",
    "assign",
    "assign_many",
    "correct",
    "move",
    "open_case",
    "rebook",
    "receive_reply",
    "record_contact",
    "redact",
    "refund",
    "reply",
    "restrict",
    "start_payment",
]
