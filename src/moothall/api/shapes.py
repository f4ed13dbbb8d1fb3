"""What crosses the API's door: the JSON of a case and of what stands around it."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import BeforeValidator, ConfigDict, Field

from moothall.api.contract import Strict


def _day(given: Any) -> Any:
    """A day as text, and nothing else that could be taken for one."""
    if not isinstance(given, str):
        return given
    found = _DAY.match(given)
    if found is None or not 1990 <= int(found[1]) <= 2199:
        raise ValueError("Write the day like 2026-03-31.")
    return date.fromisoformat(given)


_DAY = re.compile(r"(\d{4})-\d\d-\d\d\Z", re.ASCII)
Day = Annotated[date, BeforeValidator(_day), Field(examples=["2026-03-31"])]


class Body(Strict):
    """What is sent: every field of its own JSON type."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, strict=True)


Text = Annotated[str, Field(max_length=20_000)]
Line = Annotated[str, Field(max_length=500)]
Reason = Annotated[str, Field(max_length=4000, description="Why, for the record.")]
Slug = Annotated[str, Field(max_length=80)]
Number = Annotated[int, Field(ge=1, le=2**53 - 1)]
Reference = Annotated[str, Field(max_length=20, examples=["WM-7K2-9QD"])]
Files = Annotated[
    list[Annotated[str, Field(max_length=40)]],
    Field(max_length=10, description="Ids of files that were sent to the case's `files`."),
]
Minutes = Annotated[int, Field(ge=0, le=600, description="How long it took.")]


class Person(Schema):
    """Somebody who works here."""

    id: int
    name: str


class CaseRow(Schema):
    """One case in a list. What the owner of the key may not see is an empty text or null."""

    reference: str
    version: int
    service: str
    service_name: str
    state: str
    state_label: str
    summary: str
    contact_name: str
    place: str
    opened_at: datetime
    state_since: datetime
    last_event_at: datetime
    awaiting_staff_since: datetime | None
    finish_by: datetime | None = Field(description="The promise.")
    ended_at: datetime | None
    paused_since: datetime | None
    late: bool
    why_late: str
    urgent: bool
    team: str
    assigned_to: Person | None
    ward: str
    channel: str
    restricted: bool


class CasePage(Schema):
    """A page of cases. `next` is the cursor of the next page; also in the `Link` header."""

    cases: list[CaseRow]
    next: str | None
    total: int = Field(description="Cases on all pages, counted up to 1,000 and no further.")


class Counts(Schema):
    """How many cases there are, by how they stand."""

    all: int
    late: int
    today: int
    soon: int
    later: int
    paused: int
    mine: int
    nobody: int
    waiting_reply: int
    urgent: int


class Contact(Schema):
    """How to reach the person, as far as it may be seen."""

    name: str
    email: str
    phone: str
    postcode: str


class Answer(Schema):
    """One answer. `value` has the JSON form of its type, `words` are for people."""

    question: str
    row: str = Field(description="The row of a repeat, else empty.")
    label: str
    words: str
    value: Any
    type: str
    personal: str
    redacted: bool
    corrected: bool


class Need(Schema):
    """Something that a step asks for: reason, message, photo, files, or a question's id."""

    id: str
    label: str
    type: str


class Move(Schema):
    """A step that may be taken now."""

    id: str
    label: str
    to: str
    to_label: str
    ends: bool
    needs: list[Need]


class Moves(Schema):
    """The steps that may be taken now."""

    version: int
    moves: list[Move]


class Entry(Schema):
    """Something that happened."""

    sequence: int
    at: datetime
    who: str
    what: str
    kind: str
    detail: str
    channel: str
    staff_only: bool
    before: str
    after: str


class Timeline(Schema):
    """What happened, oldest first."""

    version: int
    entries: list[Entry]


class Message(Schema):
    """A message in or out."""

    id: str
    sequence: int
    direction: str
    means: str
    to: str
    subject: str
    body: str
    at: datetime
    status: str


class File(Schema):
    """A file of a case: fetch it at the case's `files/<id>`."""

    id: str
    name: str
    type: str
    size: int
    question: str


class PaymentAttempt(Schema):
    """One payment, in pence."""

    id: str
    pence: int
    status: str
    at: datetime
    by_phone: bool
    refunded: int


class Payment(Schema):
    """The money of a case, in pence."""

    state: str
    label: str
    fee: int
    paid: int
    refunded: int
    owed: int
    over: int = Field(description="Paid beyond the fee as it is now.")
    can_pay: bool
    pay_by: datetime | None
    attempts: list[PaymentAttempt]


class Task(Schema):
    """A task or a call-back on a case."""

    reference: str
    service_name: str
    number: int
    kind: str
    state: str
    text: str
    for_label: str
    for_user: int | None
    team: str
    due_at: datetime | None
    overdue: bool
    set_at: datetime
    set_by: str
    ended_at: datetime | None
    phone: str
    window: str
    tries: int
    mine: bool


class InTouch(Schema):
    """One time that somebody was in touch about the case."""

    at: datetime
    channel: str
    outcome: str
    minutes: int | None
    adviser: str


class TroubleRow(Schema):
    """Something that needs a person: what, where, why, and whether it can be tried again."""

    what: str
    ref: str
    case: str
    title: str
    why: str
    at: datetime
    can_retry: bool
    retry_words: str


class CaseOut(Schema):
    """A case as the owner of the key may see it."""

    reference: str
    version: int
    service: str
    service_name: str
    state: str
    state_label: str
    state_since: datetime | None
    ended: str
    language: str
    channel: str
    opened_at: datetime
    ended_at: datetime | None
    finish_by: datetime | None
    warn_at: datetime | None
    paused_since: datetime | None
    awaiting_staff_since: datetime | None
    waits_for: str
    late: bool
    why_late: str
    urgent: bool
    restricted: bool
    team: str
    assigned_to: Person | None
    ward: str
    summary: str
    contact: Contact | None
    answers: list[Answer]
    hidden: int = Field(description="Answers that the owner of the key may not see.")
    place: dict[str, Any] | None
    look_ups: dict[str, Any]
    files: list[File]
    messages: list[Message]
    payment: Payment
    moves: list[Move]
    tasks: list[Task]
    contacts: list[InTouch]
    troubles: list[TroubleRow]
    can: list[str] = Field(description="What else may be done: note, assign, reply, correct, …")
    follows: str
    merged_into: str
    followers: list[str]
    handed_to: str
    handed_from: str
    repeat_of: str
    reopens: int
    slot_lost: bool


class Changed(Schema):
    """A case after it was changed. `visible` says whether it may still be seen."""

    reference: str
    version: int
    state: str
    state_label: str
    ended_at: datetime | None
    team: str
    assigned_to: int | None
    visible: bool


class Related(Schema):
    """Another case that may have to do with this one. `why`: place, person, text."""

    reference: str
    service: str
    service_name: str
    state_label: str
    summary: str
    place: str
    opened_at: datetime
    ended_at: datetime | None
    why: list[str]
    repeat: str
    can_join: bool


class RelatedList(Schema):
    """Related cases, the likeliest first."""

    cases: list[Related]


class TaskList(Schema):
    """Tasks, the soonest due first."""

    tasks: list[Task]


class TroubleList(Schema):
    """Troubles, newest first."""

    troubles: list[TroubleRow]


class People(Schema):
    """People by name."""

    people: list[Person]


class Filters(Strict):
    """What a list of cases is narrowed to: the filters of the desk's queue."""

    service: list[Slug] = Field([], max_length=50, description="Ids of services.")
    state: list[Slug] = Field([], max_length=50, description="Ids of states.")
    team: Slug = Field("", description="A team's slug, or `mine` for the owner's teams.")
    assignee: str = Field(
        "", pattern=r"^(|me|nobody|[0-9]{1,12})$", description="`me`, `nobody` or a user's id."
    )
    ward: str = Field("", max_length=9, description="A ward's code.")
    due: str = Field("", pattern="^(|late|today|soon|later|paused)$", description="The promise.")
    due_within: Annotated[int, Field(ge=0, le=260)] | None = Field(
        None, description="Not late, and due within so many working days."
    )
    older_than: Annotated[int, Field(ge=0, le=2600)] | None = Field(
        None, description="Opened more than so many working days ago."
    )
    opened_since: Day | None = None
    opened_until: Day | None = None
    ended_since: Day | None = None
    ended_until: Day | None = None
    breached_since: Day | None = Field(None, description="The promise was broken from this day.")
    breached_until: Day | None = None
    ended: str = Field(
        "no", pattern="^(no|yes|both)$", description="Open cases, ended ones, or both."
    )
    urgent: bool = False
    restricted: bool = False
    channel: str = Field("", pattern="^(|online|phone|desk|email|field|api)$")
    paid: str = Field("", pattern="^(|due|paid|refunded|waived|free)$")
    has: list[Literal["reply", "task", "call_back", "repeat", "merged", "reopened", "handed"]] = (
        Field([], max_length=10, description="All of these.")
    )
