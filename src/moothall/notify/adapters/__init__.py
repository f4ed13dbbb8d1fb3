"""The systems that carry messages: one interface, GOV.UK Notify, a mail server, and a stand-in."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from moothall.notify.adapters.base import Adapter, Outgoing, Receipt, Refused, Unreachable

__all__ = ["Adapter", "Outgoing", "Receipt", "Refused", "Unreachable", "adapter"]


def adapter() -> Adapter:
    """Return the adapter that the setting NOTIFY names."""
    name = settings.NOTIFY["adapter"]
    if name == "local":
        from moothall.notify.adapters.local import Local

        return Local()
    if name == "smtp":
        from moothall.notify.adapters.smtp import Smtp

        return Smtp()
    if name == "govuk":
        from moothall.notify.adapters.govuk import GovUk

        return GovUk(settings.NOTIFY["key"], settings.NOTIFY["url"], settings.NOTIFY["templates"])
    raise ImproperlyConfigured(f"MOOTHALL_NOTIFY is '{name}'. Write local, smtp or govuk.")
