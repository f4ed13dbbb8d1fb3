"""Dates, times and money in words, in the language of the page."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.dateformat import format as formatted
from django.utils.translation import gettext as _


def day(value: date | datetime | str | None) -> str:
    """Return `Tuesday 3 March 2026`; a text must be an ISO date. Blank for nothing."""
    if not value:
        return ""
    if isinstance(value, str):
        value = date.fromisoformat(value[:10])
    if isinstance(value, datetime):
        value = timezone.localtime(value) if timezone.is_aware(value) else value
    return formatted(value, "l j F Y")


def short_day(value: date | datetime | None) -> str:
    """Return `3 Mar 2026`. Blank for nothing."""
    if not value:
        return ""
    if isinstance(value, datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    return formatted(value, "j M Y")


def clock(value: datetime | str | None) -> str:
    """Return `9am`, `2:30pm`, `midday` or `midnight`. Blank for nothing."""
    if not value:
        return ""
    if isinstance(value, str):
        hour, minute = int(value[:2]), int(value[3:5])
    else:
        value = timezone.localtime(value) if timezone.is_aware(value) else value
        hour, minute = value.hour, value.minute
    if (hour, minute) == (12, 0):
        return _("midday")
    if (hour, minute) == (0, 0):
        return _("midnight")
    half = _("am") if hour < 12 else _("pm")
    return f"{(hour - 1) % 12 + 1}{f':{minute:02d}' if minute else ''}{half}"


def moment(value: datetime | None) -> str:
    """Return `3 March 2026 at 2:30pm`. Blank for nothing."""
    if not value:
        return ""
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return _("%(day)s at %(time)s") % {"day": formatted(local, "j F Y"), "time": clock(local)}


def pounds(pence: int | None) -> str:
    """Return pence as `£12`, `£12.50` or `£1,250`. Blank for None."""
    if pence is None:
        return ""
    sign = "-" if pence < 0 else ""
    whole, part = divmod(abs(pence), 100)
    return f"{sign}£{whole:,}" + (f".{part:02d}" if part else "")


def amount(value: Decimal | int | None) -> str:
    """Return pounds (Decimal) as `£12` or `£12.50`. Blank for None."""
    return "" if value is None else pounds(int((Decimal(value) * 100).to_integral_value()))
