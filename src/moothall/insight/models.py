"""What people said of a service: how satisfied they were, and how it could be better."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Response(models.Model):
    """One answer to the satisfaction question. Holds nothing that says who gave it.

    `rating` is 1 (very dissatisfied) to 5 (very satisfied). The comment is for staff only and is
    removed with the row after `feedback.KEPT`.
    """

    class After(models.TextChoices):
        """When it was asked."""

        JOURNEY = "journey", "After the form"
        CASE = "case", "After the case was closed"

    key = models.CharField(max_length=40, unique=True)
    """From the page that asked, so that a double submit is one answer. Means nothing else."""
    day = models.DateField()
    service_id = models.CharField(max_length=80)
    after = models.CharField(max_length=10, choices=After.choices)
    rating = models.PositiveSmallIntegerField()
    language = models.CharField(max_length=8, default="en")
    comment = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(rating__gte=1, rating__lte=5), name="insight_rating_1_to_5"
            )
        ]
        indexes = [
            models.Index(fields=["day", "service_id", "after", "rating"], name="response_day"),
            models.Index(
                fields=["service_id", "-id"],
                name="response_comment",
                condition=~Q(comment=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} {self.day}: {self.rating}"
