"""The shapes that cross the room's door: what callers give and what queries answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from moothall.casework.beside_types import CallBackView, TaskRow, Trouble
    from moothall.language import Service

Means = Literal["email", "text", "letter"]
CHANNELS = ("online", "phone", "desk", "email", "field", "api")
OUTCOMES: Mapping[str, str] = {
    "filed": "Opened a case",
    "answered": "Answered, nothing more to do",
    "chased": "Asked how a case is going",
    "asked_again": "Asked again for the same thing",
    "passed_on": "Passed on to someone else",
    "already_known": "We already knew about it",
    "not_eligible": "The service is not for them",
    "abandoned": "Left before the end",
}
"""What can come of a contact, by id, in words for staff. `chased` is a chase-up."""


@dataclass(frozen=True)
class ContactDetails:
    """How to reach the person a case is for. All may be empty."""

    name: str = ""
    email: str = ""
    phone: str = ""
    postcode: str = ""


NO_CONTACT = ContactDetails()
"""Somebody who left no way to reach them."""


@dataclass(frozen=True)
class AnswerView:
    """One answer as this reader may see it: `words` are for people, `value` is the JSON form."""

    question: str
    label: str
    words: str
    value: Any
    type: str
    personal: str = ""
    redacted: bool = False
    corrected: bool = False
    row: str = ""


@dataclass(frozen=True)
class NeedView:
    """What a move asks for: reason, message, photo or a question id, with its label."""

    id: str
    label: str
    type: str


@dataclass(frozen=True)
class MoveView:
    """A move that this reader may make now."""

    id: str
    label: str
    to: str
    to_label: str
    needs: tuple[NeedView, ...] = ()
    ends: bool = False
    offline: bool = False


@dataclass(frozen=True)
class MessageView:
    """A message in or out of a case."""

    sequence: int
    direction: Literal["out", "in"]
    means: str
    to: str
    subject: str
    body: str
    at: datetime
    status: str
    id: str = ""


@dataclass(frozen=True)
class FileView:
    """A file of a case: `id` is its public id in the files room."""

    id: str
    name: str
    type: str
    size: int
    question: str = ""


@dataclass(frozen=True)
class PaymentView:
    """The money of a case, in pence. `can_pay` says whether a payment may be started now."""

    state: str
    label: str
    fee: int
    paid: int
    refunded: int
    can_pay: bool
    pay_by: datetime | None
    lines: tuple[tuple[str, int], ...] = ()
    owed: int = 0
    """Pence still to be paid."""
    over: int = 0
    """Pence that were paid beyond the fee as it is now, and can be paid back."""


@dataclass(frozen=True)
class PaymentAttempt:
    """One payment of a case, in pence. `id` is its public id in the pay room."""

    id: str
    pence: int
    status: str
    at: datetime
    moto: bool
    refunded: int


@dataclass(frozen=True)
class ContactView:
    """One time that someone was in touch about a case."""

    at: datetime
    channel: str
    outcome: str
    minutes: int | None
    adviser: str


@dataclass(frozen=True)
class TimelineEntry:
    """One event in plain words. `detail` is text that someone wrote (a note, a reason, a message)."""

    sequence: int
    at: datetime
    who: str
    what: str
    kind: str
    detail: str = ""
    channel: str = ""
    staff_only: bool = False
    before: str = ""
    """What a corrected answer was, in words; empty where it is gone or not to be seen."""
    after: str = ""


@dataclass(frozen=True)
class CaseView:
    """A case as one reader may see it: fields that the service file does not grant are not in it."""

    id: int
    reference: str
    version: int
    service: Service
    service_name: str
    state: str
    state_label: str
    ended: str
    language: str
    channel: str
    opened_at: datetime
    ended_at: datetime | None
    finish_by: datetime | None
    warn_at: datetime | None
    paused_since: datetime | None
    late: bool
    why_late: str
    urgent: bool
    restricted: bool
    team: str
    assigned_to_id: int | None
    assigned_to: str
    ward: str
    summary: str
    contact: ContactDetails | None
    answers: tuple[AnswerView, ...]
    place: Mapping[str, Any] | None
    files: tuple[FileView, ...]
    messages: tuple[MessageView, ...]
    payment: PaymentView
    moves: tuple[MoveView, ...]
    timeline: tuple[TimelineEntry, ...]
    can: frozenset[str] = frozenset()
    """Of: note, assign, reply, correct, redact, refund, take_payment, restrict, contact, task,
    call_back, team, hand_over, merge, unmerge, reopen, hold, looked."""
    hidden: int = 0
    """How many answers this reader may not see."""
    look_ups: Mapping[str, Any] = field(default_factory=dict)
    contacts: tuple[ContactView, ...] = ()
    payments: tuple[PaymentAttempt, ...] = ()
    state_since: datetime | None = None
    awaiting_staff_since: datetime | None = None
    waits_for: str = "staff"
    follows: str = ""
    slot_lost: bool = False
    tasks: tuple[TaskRow, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    merged_into: str = ""
    followers: tuple[str, ...] = ()
    """References of the duplicates joined to it that this reader may see."""
    follower_count: int = 0
    handed_to: str = ""
    handed_from: str = ""
    repeat_of: str = ""
    repeat_kind: str = ""
    reopens: int = 0


@dataclass(frozen=True)
class QueueFilters:
    """What a queue shows. Empty means any; `ended`: False only open cases, True only ended, None both.

    `due`: late (the promise has passed), today (due today, not late), soon (after today, within 3
    working days), later (beyond that, or no promise), paused. `due_within`: not late, and due within so
    many working days, today included. `assignee`: "me", "nobody" or a user id. `team`: a slug, or
    "mine" for what the reader's teams work on. `older_than`: opened more than so many working days ago.
    `paid`: due, paid, refunded, waived, free. `has`: all of task, call_back, reply, repeat, merged,
    followed (as registered, casework.filtering). `among`: only these cases. Days are Europe/London's
    and count from their beginning to their end. `after` is the key of the last page.
    """

    services: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    team: str = ""
    assignee: str = ""
    ward: str = ""
    due: Literal["", "late", "today", "soon", "later", "paused"] = ""
    opened_since: date | None = None
    opened_until: date | None = None
    ended: bool | None = False
    urgent: bool = False
    order: Literal["promise", "newest", "oldest"] = "promise"
    after: str = ""
    limit: int = 50
    channel: str = ""
    paid: str = ""
    has: tuple[str, ...] = ()
    restricted: bool = False
    due_within: int | None = None
    older_than: int | None = None
    ended_since: date | None = None
    ended_until: date | None = None
    breached_since: date | None = None
    breached_until: date | None = None
    among: tuple[int, ...] | None = None


EVERYTHING_OPEN = QueueFilters()
"""The queue as it is first shown."""


@dataclass(frozen=True)
class QueueRow:
    """One line of a queue or a search."""

    id: int
    reference: str
    version: int
    service_id: str
    service_name: str
    state: str
    state_label: str
    summary: str
    contact_name: str
    place_line: str
    opened_at: datetime
    state_since: datetime
    last_event_at: datetime
    awaiting_staff_since: datetime | None
    finish_by: datetime | None
    ended_at: datetime | None
    paused_since: datetime | None
    late: bool
    why_late: str
    urgent: bool
    team: str
    assigned_to_id: int | None
    assigned_to: str
    ward: str
    channel: str
    restricted: bool


@dataclass(frozen=True)
class QueuePage:
    """A page of rows; `next` is the key to give as `after` for the next page, or empty.

    `total` is how many rows all pages have, counted up to 1,000 and no further.
    """

    rows: tuple[QueueRow, ...]
    next: str = ""
    total: int = 0


@dataclass(frozen=True)
class TrackView:
    """What a resident sees of their own case."""

    reference: str
    service: Service
    service_name: str
    state: str
    state_label: str
    ended: bool
    opened_at: datetime
    finish_by: datetime | None
    paused: bool
    payment: PaymentView
    answers: tuple[AnswerView, ...]
    messages: tuple[MessageView, ...]
    moves: tuple[MoveView, ...]
    timeline: tuple[TimelineEntry, ...]
    id: int
    version: int
    language: str
    rebook: str = ""
    """The slot question to ask again: what was paid for was gone by then."""
    says: str = ""
    """What the state means for the resident (Markdown)."""
    joined: bool = False
    """It is dealt with together with another case: what is said of its state is that case's public
    state."""
    goes_on_as: str = ""
    """The reference of the case of another service in which it goes on."""
    goes_on_url: str = ""
    call_back: CallBackView | None = None
    """The call that was asked for and not made yet."""


@dataclass(frozen=True)
class CountRow:
    """Contacts in one cell: `keys` holds the values of the dimensions asked for, in order."""

    keys: tuple[str, ...]
    contacts: int
    minutes: int


@dataclass(frozen=True)
class CostRow:
    """The cost of the contacts in one cell, in pounds, with its range."""

    keys: tuple[str, ...]
    contacts: int
    pounds: Decimal
    low: Decimal
    high: Decimal


@dataclass(frozen=True)
class ChannelCost:
    """What one contact by a channel costs, in pounds, and where the figure comes from."""

    channel: str
    label: str
    pounds: Decimal
    low: Decimal
    high: Decimal
    year: int
    source: str
    range_source: str
    default: bool


@dataclass(frozen=True)
class PromiseRow:
    """Cases that ended (or whose promise passed) in the period: how many were finished in time."""

    keys: tuple[str, ...]
    kept: int
    broken: int
    running: int = 0
    late_now: int = 0


@dataclass(frozen=True)
class FlowRow:
    """Cases in one cell of a period: `keys` holds the values of the dimensions asked for, in order.

    `kept` and `broken` are of the ended ones that had a promise; `days` is the time from opening to
    end of those that ended, added up.
    """

    keys: tuple[str, ...]
    opened: int
    ended: int
    kept: int
    broken: int
    reopened: int
    days: int


AGES = (7, 14, 28, 90)
"""Where the bands of age begin, in days: up to a week, up to two, up to four, up to 90 days, older."""


@dataclass(frozen=True)
class AgeRow:
    """Open cases in one cell, by how long they have been open: a number for each band of `AGES`."""

    keys: tuple[str, ...]
    bands: tuple[int, ...]
    late: int
    paused: int
    oldest: datetime | None


@dataclass(frozen=True)
class VerifyReport:
    """What `ledger verify` found."""

    cases: int
    events: int
    broken: tuple[str, ...] = field(default=())
