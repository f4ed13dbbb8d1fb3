"""What a carrier of messages does for us."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Refused(Exception):
    """The carrier will not take this message, however often it is asked. The text is a plain reason."""


class Unreachable(Exception):
    """The carrier cannot take it now: try again later. The text is a plain reason."""


@dataclass(frozen=True)
class Outgoing:
    """A message as the carrier needs it. `reference` is the same at every try."""

    reference: str
    to: str
    means: str
    subject: str
    body: str
    language: str
    template: str


@dataclass(frozen=True)
class Receipt:
    """What the carrier knows: `status` is one of ours (sent, delivered, failed)."""

    provider_id: str
    status: str
    reason: str = ""


class Adapter(Protocol):
    """One carrier."""

    name: str

    def send(self, message: Outgoing, *, again: bool) -> Receipt:
        """Hand the message over. `again`: an earlier try may have succeeded without our knowing.

        Raises Refused or Unreachable.
        """
        ...

    def ask(self, provider_id: str) -> Receipt | None:
        """Ask what became of a message; None when the carrier cannot say. Raises Unreachable."""
        ...

    def check_config(self) -> list[str]:
        """Return what is wrong with the settings, each with how to mend it. No network."""
        ...
