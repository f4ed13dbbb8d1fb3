"""What the desk itself keeps: the views of the queue that a person has given a name."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class SavedView(models.Model):
    """A filtered queue under a name, one person's own: the filters are kept as their address."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views"
    )
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=600, blank=True)
    """The query string of `/desk/`, normalised, without paging."""

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="desk_saved_view_name_once"),
        ]

    def __str__(self) -> str:
        return self.name
