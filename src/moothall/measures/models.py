"""Counts by day. They hold no personal data: labels are ids of services, pages, channels and the like."""

from __future__ import annotations

from django.db import models


class Count(models.Model):
    """How often something happened on one day, with its labels."""

    day = models.DateField()
    name = models.CharField(max_length=80)
    labels = models.CharField(max_length=400, default="{}")
    """Canonical JSON of the labels, part of the unique key."""
    n = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "day", "labels"], name="measures_one_row_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.day}: {self.n}"
