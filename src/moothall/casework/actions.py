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
from moothall.casework.handing import hand_over
from moothall.casework.merging import merge, unmerge
from moothall.casework.moving import move, rebook
from moothall.casework.opening import open_case
from moothall.casework.passing import hand_over_to_team
from moothall.casework.payers import ask_payer, start_payer_payment
from moothall.casework.paying import refund, start_payment
from moothall.casework.reopening import reopen
from moothall.casework.replies import remove_reply_template, save_reply_template
from moothall.casework.talking import add_note, assign, assign_many, receive_reply, reply
from moothall.casework.tasks import (
    ask_call_back,
    cancel_task,
    finish_task,
    record_call,
    set_task,
)
from moothall.casework.trouble import dealt_with, retry
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
    "ask_call_back",
    "ask_payer",
    "assign",
    "assign_many",
    "cancel_task",
    "correct",
    "dealt_with",
    "finish_task",
    "hand_over",
    "hand_over_to_team",
    "merge",
    "move",
    "open_case",
    "rebook",
    "receive_reply",
    "record_call",
    "record_contact",
    "redact",
    "refund",
    "remove_reply_template",
    "reopen",
    "reply",
    "restrict",
    "retry",
    "save_reply_template",
    "set_task",
    "start_payer_payment",
    "start_payment",
    "unmerge",
]
