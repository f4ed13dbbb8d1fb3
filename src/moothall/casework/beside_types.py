"""The shapes of what stands beside a case: tasks, mentions, related cases, replies, troubles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class TaskRow:
    """A task as its list shows it. `(case_id, number)` names it; `text` and `phone` may be erased."""

    id: int
    case_id: int
    reference: str
    service_name: str
    number: int
    kind: str
    state: str
    state_label: str
    text: str
    for_user_id: int | None
    for_label: str
    team: str
    due_at: datetime | None
    overdue: bool
    set_at: datetime
    set_by: str
    ended_at: datetime | None = None
    phone: str = ""
    window: str = ""
    tries: int = 0
    last_try_at: datetime | None = None
    mine: bool = False


@dataclass(frozen=True)
class MentionRow:
    """A note in which somebody was named and has not looked at yet."""

    case_id: int
    reference: str
    service_name: str
    number: int
    by: str
    at: datetime


@dataclass(frozen=True)
class RelatedRow:
    """Another case that may have to do with this one. `why` holds place, person, text."""

    id: int
    reference: str
    service_id: str
    service_name: str
    state_label: str
    summary: str
    place_line: str
    opened_at: datetime
    ended_at: datetime | None
    why: tuple[str, ...]
    repeat: str = ""
    """`before`: this case repeats it; `after`: it repeats this case."""
    can_join: bool = False
    """Whether this case can be joined to it as a duplicate, as far as the lists show."""


@dataclass(frozen=True)
class FilledReply:
    """A reply template with its {names} filled in. `problem` says why it cannot be used as it is."""

    template_id: int
    name: str
    subject: str
    text: str
    lang: str
    problem: str = ""


@dataclass(frozen=True)
class CallBackView:
    """A call that was asked for and not made yet, for the person who asked."""

    due_at: datetime
    window: str


@dataclass(frozen=True)
class Trouble:
    """Something that went wrong in the machine room and needs a person.

    `what`: message, payment or job; `ref` names it in `casework.trouble`'s actions. `case` is a
    reference or empty.
    """

    what: str
    ref: str
    case: str
    title: str
    why: str
    at: datetime
    can_retry: bool
    retry_words: str = ""


@dataclass(frozen=True)
class Watching:
    """A colleague who had a case open a moment ago."""

    name: str
    at: datetime
