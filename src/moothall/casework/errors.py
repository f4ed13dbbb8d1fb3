"""What an action may refuse, each with words for the person who asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


class CaseworkError(Exception):
    """An action that was refused. `str(error)` is plain English and says what to do."""


class NotFound(CaseworkError):
    """There is no such case for this person: it does not exist, or they may not see it."""

    def __init__(self, message: str = "There is no case with this reference.") -> None:
        super().__init__(message)


class NotAllowed(CaseworkError):
    """The service file does not let this person do this, or not in this state."""


class NotComplete(CaseworkError):
    """The answers do not reach the end of the form: `step` is the page that is missing or stops."""

    def __init__(self, step: str, message: str) -> None:
        super().__init__(message)
        self.step = step


class Missing(CaseworkError):
    """A move needs something that was not given: `field` is reason, message, photo or a question id."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class Invalid(CaseworkError):
    """A value breaks a rule of its question: `field` is the question id."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


@dataclass(frozen=True)
class Change:
    """One thing that someone else did in the meantime. `who` and `what` make a sentence:
    “Bryn Oakshott” “moved it to “Crew booked””."""

    sequence: int
    who: str
    what: str
    at: datetime


class Conflict(CaseworkError):
    """Someone changed the case since it was read. Nothing was saved.

    `latest` is the version to show and act on now; `changes` say who changed what since.
    """

    def __init__(self, latest: int, changes: tuple[Change, ...]) -> None:
        who = ", ".join(dict.fromkeys(change.who for change in changes)) or "Someone"
        super().__init__(
            f"{who} changed this case while you had it open. Your change was not saved. "
            "Look at what changed, then do it again if it is still right."
        )
        self.latest = latest
        self.changes = changes


class Broken(CaseworkError):
    """The chain of a case does not verify: `reference` and `sequence` say where it first breaks."""

    def __init__(self, reference: str, sequence: int, why: str) -> None:
        super().__init__(f"{reference}, event {sequence}: {why}")
        self.reference = reference
        self.sequence = sequence
        self.why = why


class TooManyTries(CaseworkError):
    """Too many wrong guesses on the tracking page: wait `minutes` and try again."""

    def __init__(self, minutes: int) -> None:
        super().__init__(
            f"You have tried too many times. Wait {minutes} minutes and try again, or call us."
        )
        self.minutes = minutes
