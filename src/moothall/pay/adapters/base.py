"""What a payment provider does for us. Amounts are whole pence here: this is the edge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Refused(Exception):
    """The provider will not do it, however often it is asked. The text is a plain reason."""


class Unreachable(Exception):
    """The provider does not answer now: try again later. The text is a plain reason."""


class Mismatch(Exception):
    """The amount left to refund is not what we think: something happened that we do not know of."""


@dataclass(frozen=True)
class Order:
    """A payment to open. `idempotency_key` is the same at every try."""

    idempotency_key: str
    pence: int
    reference: str
    description: str
    return_url: str
    language: str
    moto: bool


@dataclass(frozen=True)
class State:
    """What the provider says of a payment; `status` is one of ours."""

    provider_id: str
    status: str
    code: str
    pence: int
    reference: str
    next_url: str


@dataclass(frozen=True)
class ProviderRefund:
    """What the provider says of a refund; `status` is submitted, success or error."""

    provider_id: str
    status: str
    pence: int


class Provider(Protocol):
    """One provider. Every method but `check_config` may raise Refused or Unreachable."""

    name: str

    def create(self, order: Order) -> State:
        """Open a payment; the same idempotency key gives the same payment."""
        ...

    def read(self, provider_id: str) -> State:
        """Read where a payment stands."""
        ...

    def cancel(self, provider_id: str) -> None:
        """Cancel an unfinished payment. Raises Refused when it is finished."""
        ...

    def refund(self, provider_id: str, pence: int, available: int) -> ProviderRefund:
        """Give money back. Raises Mismatch unless exactly `available` pence are left to refund."""
        ...

    def refunds(self, provider_id: str) -> list[ProviderRefund]:
        """Read the refunds of a payment, oldest first."""
        ...

    def check_config(self) -> list[str]:
        """Return what is wrong with the settings, each with how to mend it. No network."""
        ...
