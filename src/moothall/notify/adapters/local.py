"""The stand-in: keeps every message where `/stand-ins/messages/` shows it. No account, no network.

An address that begins `perm-fail` is reported as failed and one that begins `temp-fail` as out of
reach, as at GOV.UK Notify's simulator, so that a demonstration can show what happens then.
"""

from __future__ import annotations

from moothall.notify.adapters.base import Outgoing, Receipt, Unreachable


class Local:
    """Delivers at once, to nobody."""

    name = "local"

    def send(self, message: Outgoing, *, again: bool) -> Receipt:
        """Report the message as delivered."""
        if message.to.startswith("perm-fail"):
            return Receipt(message.reference, "failed", "The address does not exist.")
        if message.to.startswith("temp-fail"):
            raise Unreachable("The mailbox is full or out of reach.")
        return Receipt(message.reference, "delivered")

    def ask(self, provider_id: str) -> Receipt | None:
        """Nothing is left to say."""
        return None

    def check_config(self) -> list[str]:
        """Nothing to set."""
        return []
