"""Everything that changes a case. Each action is one transaction, and asks the service file first.

Every action takes the `actor` it is done for and `now` (the present, read by the caller; None means
the clock). They raise `NotFound`, `NotAllowed`, `Conflict`, `Missing`, `Invalid` or `NotComplete`
from `casework.errors`, whose text can be shown as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from moothall.casework.errors import (
    CaseworkError,
    Conflict,
    Invalid,
    Missing,
    NotAllowed,
    NotComplete,
    NotFound,
)
from moothall.casework.types import NO_CONTACT, ContactDetails, Means

if TYPE_CHECKING:
    from moothall.casework.models import Case, Contact
    from moothall.language import Service
    from moothall.pay.models import Payment
    from moothall.people.actor import Actor

__all__ = [
    "CaseworkError",
    "Conflict",
    "ContactDetails",
    "Invalid",
    "Missing",
    "NotAllowed",
    "NotComplete",
    "NotFound",
    "add_note",
    "assign",
    "correct",
    "move",
    "open_case",
    "receive_reply",
    "record_contact",
    "redact",
    "refund",
    "reply",
    "start_payment",
]


def open_case(
    *,
    service: Service | str,
    answers: Mapping[str, Any],
    look_ups: Mapping[str, Mapping[str, Any] | None],
    channel: str,
    actor: Actor,
    key: str,
    contact: ContactDetails = NO_CONTACT,
    language: str = "en",
    started_at: datetime | None = None,
    minutes: int | None = None,
    held_by: str = "",
    follows: str = "",
    now: datetime | None = None,
) -> Case:
    """Open a case and everything that goes with it, in one transaction; the same `key` is the same case.

    Writes case, events, contact, promise, messages to send, adopted files, booked slot and search
    document together. Answers that are no longer on the route are left out. A service whose fee is
    taken before it starts opens in state `unpaid`: its clock and its "starts" messages wait for the
    payment. `started_at` is when the contact began (minutes are worked out from it when not given);
    `held_by` is who holds the slot now (the draft's token); `follows` is the reference of the case
    that this one renews or escalates.

    Raises NotComplete (a page is unanswered or stops), NotAllowed (channel, audience, sign-in),
    Invalid, and `slots.SlotTaken`.
    """
    raise NotImplementedError


def move(
    case_id: int,
    move_id: str,
    *,
    actor: Actor,
    expected: int,
    reason: str = "",
    message: str = "",
    files: Sequence[str] = (),
    answers: Mapping[str, Any] | None = None,
    channel: str = "desk",
    now: datetime | None = None,
) -> Case:
    """Make a move that the service file allows this actor in this state.

    `expected` is the `version` the actor was looking at; `files` are ids from the files room that the
    actor has uploaded (owner: the case's reference or the actor's draft token); `answers` are those
    that the move needs. Raises Conflict, NotAllowed, Missing, Invalid, NotFound.
    """
    raise NotImplementedError


def add_note(
    case_id: int,
    text: str,
    *,
    actor: Actor,
    expected: int | None = None,
    now: datetime | None = None,
) -> Case:
    """Write a note that staff who see the case can read. Raises Missing when it is empty."""
    raise NotImplementedError


def assign(
    case_id: int,
    user_id: int | None,
    *,
    actor: Actor,
    expected: int | None = None,
    now: datetime | None = None,
) -> Case:
    """Give the case to one of the people who may work on it, or to nobody (None)."""
    raise NotImplementedError


def reply(
    case_id: int,
    text: str,
    means: Means = "email",
    *,
    actor: Actor,
    subject: str = "",
    key: str = "",
    expected: int | None = None,
    now: datetime | None = None,
) -> Case:
    """Write to the person the case is for; it is sent from the outbox. Raises Missing without an address."""
    raise NotImplementedError


def receive_reply(
    case_id: int,
    text: str,
    files: Sequence[str] = (),
    *,
    actor: Actor,
    channel: str = "online",
    expected: int | None = None,
    now: datetime | None = None,
) -> Case:
    """Record what the person wrote or sent; makes the applicant's move where the state waits for one."""
    raise NotImplementedError


def correct(
    case_id: int,
    question_id: str,
    value: Any,
    reason: str,
    *,
    actor: Actor,
    expected: int,
    now: datetime | None = None,
) -> Case:
    """Put an answer right. `question_id` is an id, or `items.<row id>.<field>` in a repeat.

    The old value stays in the chain (see `redact`). Raises Invalid when the value breaks a rule.
    """
    raise NotImplementedError


def redact(
    case_id: int, fields: Iterable[str], reason: str, *, actor: Actor, now: datetime | None = None
) -> Case:
    """Erase values with their salts, everywhere in the case; the chain still verifies.

    `fields`: a question id, `contact.email` (name, phone, postcode), or `12.text` for a field of
    event 12. Managers only.
    """
    raise NotImplementedError


def start_payment(
    case_id: int,
    *,
    actor: Actor,
    return_url: str,
    moto: bool = False,
    key: str = "",
    now: datetime | None = None,
) -> Payment:
    """Start (or take up again) the payment of what the case owes; the payment has `next_url`.

    `moto` is a payment by phone, for staff. Never call it inside a transaction: it speaks to the
    provider. Raises NotAllowed when nothing is owed.
    """
    raise NotImplementedError


def refund(
    case_id: int,
    amount: Decimal,
    reason: str,
    *,
    actor: Actor,
    key: str = "",
    now: datetime | None = None,
) -> Case:
    """Pay back `amount` pounds, all or a part of what was paid. Raises Invalid above what is left."""
    raise NotImplementedError


def record_contact(
    *,
    channel: str,
    service_id: str | None = None,
    outcome: str,
    minutes: int | None = None,
    adviser: int | None = None,
    case: Case | int | None = None,
    at: datetime,
) -> Contact:
    """Record that someone was in touch, also where no case came of it. `outcome`: see `types.OUTCOMES`."""
    raise NotImplementedError
