"""What the desk itself keeps: views of the queue by name, what a person wishes, and what was sent each morning."""

from __future__ import annotations

from datetime import time

from django.conf import settings
from django.db import models
from django.db.models import Q


class SavedView(models.Model):
    """A filtered queue under a name, one person's own: the filters are kept as their address."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views"
    )
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=600, blank=True)
    """The query string of `/desk/`, normalised, without paging."""
    position = models.IntegerField(default=0)

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="desk_saved_view_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class TeamView(models.Model):
    """A filtered queue that a manager shares with a team. It shows each reader what they may see."""

    team = models.CharField(max_length=60)
    """The team's slug."""
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=600, blank=True)
    position = models.IntegerField(default=0)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["team", "position", "name"]
        constraints = [
            models.UniqueConstraint(fields=["team", "name"], name="desk_team_view_name_once"),
        ]

    def __str__(self) -> str:
        return f"{self.team}: {self.name}"


class Wish(models.Model):
    """How one person wants the desk to be. Without a row, everything is as it comes."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    shortcuts = models.BooleanField(default=True)
    """Whether single keys do things (WCAG 2.1.4 Character Key Shortcuts: can be turned off)."""
    late_list = models.BooleanField(default=True)
    """Whether the list of late cases comes by email in the morning."""
    opens_with = models.CharField(max_length=20, blank=True)
    """The view that `/desk/` opens with: `mine-<id>`, `team-<id>`, or empty."""

    def __str__(self) -> str:
        return f"{self.user_id}"


class KeptWords(models.Model):
    """Words that a queue is narrowed to, kept here so that no address holds a person's name."""

    token = models.CharField(max_length=16, unique=True)
    words = models.CharField(max_length=120)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "words"], name="desk_kept_words_once"),
        ]

    def __str__(self) -> str:
        return self.token


class Morning(models.Model):
    """A day for which the late lists were handed to the outbox: once, however many workers there are."""

    day = models.DateField(unique=True)
    at = models.DateTimeField()
    people = models.IntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.day}"


class DeskSettings(models.Model):
    """The council's own choices for its desk, from desk.yaml of its folder: one row, or none."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    late_list = models.BooleanField(default=True)
    late_list_at = models.TimeField(default=time(7, 30))
    """In Europe/London."""

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="desk_settings_are_one")]

    def __str__(self) -> str:
        return f"{self.late_list_at}"


class OnBehalf(models.Model):
    """A form that a councillor is filling in for a resident, who asked them to (see Representation)."""

    holder = models.CharField(max_length=64, unique=True)
    """The draft's token."""
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    asked_by = models.CharField(max_length=20)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.holder
