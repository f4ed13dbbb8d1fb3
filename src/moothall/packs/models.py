"""The council in force, the service definitions it has ever offered, and what it offers now."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Council(models.Model):
    """The council of this database: one row.

    `generation` is a new random word at each apply: whoever caches anything made from the pack
    keys it by this word, in every process.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    slug = models.SlugField(max_length=60)
    name = models.CharField(max_length=200)
    short_name = models.CharField(max_length=100)
    reference_prefix = models.CharField(max_length=3)
    theme = models.JSONField(default=dict)
    languages = models.JSONField(default=list)
    in_welsh = models.JSONField(default=dict)
    contact = models.JSONField(default=dict)
    map = models.JSONField(default=dict)
    demonstration = models.BooleanField(default=False)
    connectors = models.JSONField(default=dict)
    """Which system answers each look-up (connectors.yaml)."""
    year = models.JSONField(default=dict)
    """What the demonstration's year is made of (demonstration.yaml)."""
    year_made = models.JSONField(default=dict)
    """How far the demonstration's year has been made (packs.demo.make)."""
    synthetic = models.JSONField(default=dict)
    """What `moothall synth` has been asked for and how far it has come; empty: no case is made up by it."""
    generation = models.CharField(max_length=32)
    applied_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="council_is_one")]

    def __str__(self) -> str:
        return self.name


class ServiceVersion(models.Model):
    """A resolved service definition, kept for ever: cases name it by `sha256`."""

    service_id = models.CharField(max_length=80)
    version = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64, unique=True)
    canonical = models.TextField()
    """The definition's canonical JSON, with its overlay and translations resolved."""
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["service_id", "created_at"], name="service_versions")]

    def __str__(self) -> str:
        return f"{self.service_id} {self.version}"


class OfferedService(models.Model):
    """A service that the council offers now, in the order shown to residents."""

    service_id = models.CharField(max_length=80, unique=True)
    current = models.ForeignKey(ServiceVersion, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveIntegerField(default=0)
    adopted_as = models.CharField(max_length=120)
    """The line of services.yaml, such as `missed_bin@1`."""
    pack_files = models.JSONField(default=dict)
    """The pack's own files for it (overlay, or the council's own service): name to text."""

    class Meta:
        ordering = ["position", "service_id"]

    def __str__(self) -> str:
        return self.service_id
