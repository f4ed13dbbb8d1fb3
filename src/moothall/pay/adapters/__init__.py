"""The payment providers: one interface, GOV.UK Pay, and a stand-in with pages of its own."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from moothall.pay.adapters.base import (
    Mismatch,
    Order,
    Provider,
    ProviderRefund,
    Refused,
    State,
    Unreachable,
)

__all__ = [
    "Mismatch",
    "Order",
    "Provider",
    "ProviderRefund",
    "Refused",
    "State",
    "Unreachable",
    "provider",
]


def provider() -> Provider:
    """Return the provider that the setting PAY names."""
    name = settings.PAY["adapter"]
    if name == "local":
        from moothall.pay.adapters.local import StandIn

        return StandIn()
    if name == "govuk":
        from moothall.pay.adapters.govuk import GovUkPay

        return GovUkPay(settings.PAY["key"], settings.PAY["url"])
    raise ImproperlyConfigured(f"MOOTHALL_PAY is '{name}'. Write local or govuk.")
