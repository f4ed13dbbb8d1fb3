"""Wards and calendars saved one by one make what is kept in memory old, as the bulk actions do."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from moothall.places.models import Generation, Ward, WorkingCalendar


@receiver([post_save, post_delete], sender=Ward)
def wards_changed(**_: Any) -> None:
    """A ward was saved or deleted."""
    Generation.bump("wards")


@receiver([post_save, post_delete], sender=WorkingCalendar)
def calendars_changed(**_: Any) -> None:
    """A calendar was saved or deleted."""
    Generation.bump("calendars")
