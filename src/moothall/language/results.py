"""What the decision functions give back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from moothall.language.service import Page


@dataclass(frozen=True, slots=True)
class FieldError:
    """A message beside one field of a form. `field` is the name of the input to link to."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What was made of a form's fields: the answer in its JSON form, or why not.

    `blank` says that nothing at all was typed; the value is then None.
    """

    value: Any
    errors: tuple[FieldError, ...] = ()
    blank: bool = False

    @property
    def good(self) -> bool:
        """Whether the value can be kept."""
        return not self.errors


@dataclass(frozen=True, slots=True)
class Step:
    """One page on the way. `id` with hyphens is its part of the address."""

    kind: str  # ask, look_up, show, stop, repeat
    id: str
    questions: tuple[str, ...]  # those that are asked, given the answers so far
    page: Page
    answered: bool
    section: str | None = None
    failed: bool = False  # a look-up that failed and stops the form: show its title and say

    @property
    def slug(self) -> str:
        """The page's part of the address."""
        return self.id.replace("_", "-")


@dataclass(frozen=True, slots=True)
class Walk:
    """The way through the form that the answers so far make.

    `steps` are the pages on the way, in order, up to and with the first that is not answered or
    that stops. `next` is that first unanswered page (or look-up to run), `stop` the page that ends
    the form. `complete`: all is answered and nothing stops. `asked` are the ids of the questions
    and look-ups' pages that are on the way and answered or next, a repeat's rows by the repeat's
    id.
    """

    steps: tuple[Step, ...]
    next: Step | None
    stop: Step | None
    complete: bool
    asked: tuple[str, ...]

    def step(self, page_id: str) -> Step | None:
        """The step with that id (hyphens or underscores), if it is on the way."""
        wanted = page_id.replace("-", "_")
        return next((step for step in self.steps if step.id == wanted), None)

    def after(self, page_id: str) -> Step | None:
        """The page to go to from `page_id`: the next that a person sees; None at the end."""
        wanted = page_id.replace("-", "_")
        found = False
        for step in self.steps:
            if found:
                return step
            found = step.id == wanted
        return None

    def before(self, page_id: str) -> Step | None:
        """The page that a person saw before `page_id`, for the back link."""
        wanted = page_id.replace("-", "_")
        last: Step | None = None
        for step in self.steps:
            if step.id == wanted:
                return last
            if step.kind != "look_up":
                last = step
        return last


@dataclass(frozen=True, slots=True)
class Fee:
    """What is to be paid, in pence, VAT included. `waived`: nothing, by the file's rule.

    `known` is false where an amount could not be worked out, since an answer is still missing: what
    is not known counts as 0 and must not be taken for free.
    """

    pence: int
    taken: str  # "before" or "on approval"
    when_state: str | None
    lines: tuple[tuple[str, int], ...]
    by_phone: bool
    vat: str
    refund: tuple[tuple[str, int], ...]  # move and the pence that it gives back
    refund_says: str = ""
    waived: bool = False
    if_slot_lost: str = "rebook"
    abandoned_after: tuple[str, int] = ("hours", 24)  # unit and amount
    known: bool = True


@dataclass(frozen=True, slots=True)
class Promise:
    """When the case should be finished. Times are aware, Europe/London.

    While the clock is paused `finish_by` is None and `paused` true. `marks` are the moments of
    messages that go at a share of the clock: ("clock:75", when).
    """

    finish_by: datetime | None
    warn_at: datetime | None
    urgent: bool
    why: str
    paused: bool = False
    marks: tuple[tuple[str, datetime], ...] = ()


@dataclass(frozen=True, slots=True)
class Expiry:
    """When a state runs out and which move the clock makes then."""

    at: datetime
    move: str

    def reminder(self, days: int) -> datetime:
        """When a message so many days before goes: at 09:00 where the state runs out with a day.

        Nobody should be woken at midnight by a text about tomorrow.
        """
        before = self.at - timedelta(days=days)
        if before.time() == time(23, 59, 59):
            return before.replace(hour=9, minute=0, second=0)
        return before


@dataclass(frozen=True, slots=True)
class Message:
    """A message that is due: to whom, by which means (best first), and its words."""

    id: str
    to: str
    by: tuple[str, ...]
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class ContactDetails:
    """How to reach the person, from the answers. Empty text where not asked."""

    name: str = ""
    email: str = ""
    phone: str = ""
    postcode: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class TextStatus:
    """One translatable text: the English, the translation, and whether it still fits."""

    path: str
    english: str
    translated: str
    of: str  # first 8 of the SHA-256 of the English
    status: str  # current, stale, unchecked, missing
