"""Bookable time. One row a place, one booking a row: the database itself refuses a second one."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class Resource(models.Model):
    """Something whose time is booked, such as a collection round."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    rules = models.JSONField(default=dict)
    """From slots.yaml: calendar, days_ahead, first_after_working_days, pattern."""

    def __str__(self) -> str:
        return self.name


class Slot(models.Model):
    """One place at one time."""

    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="slots")
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    place_number = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["resource", "starts", "place_number"], name="slots_one_row_a_place"
            ),
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts")), name="slots_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"slot {self.pk}"

    def as_answer(self) -> dict[str, str]:
        """The JSON form that an answer holds: id, resource, starts and ends in ISO form."""
        return {
            "id": str(self.pk),
            "resource": self.resource.slug,
            "starts": self.starts.isoformat(),
            "ends": self.ends.isoformat(),
        }


class Booking(models.Model):
    """A place that is held for a while (`held_until`) or booked (`held_until` is empty)."""

    slot = models.OneToOneField(Slot, on_delete=models.PROTECT, related_name="booking")
    holder = models.CharField(max_length=80, db_index=True)
    """A draft's token while it is held; the reference of the case once booked."""
    held_until = models.DateTimeField(null=True, db_index=True)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"booking {self.pk}"
