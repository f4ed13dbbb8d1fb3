"""Uploaded files: what is known of each. Their bytes lie under FILES_ROOT by a random name."""

from __future__ import annotations

from django.db import models


class StoredFile(models.Model):
    """One checked and cleaned upload."""

    public_id = models.CharField(max_length=40, unique=True)
    owner = models.CharField(max_length=80, db_index=True)
    """A draft's token until it is adopted; then the reference of the case."""
    adopted_at = models.DateTimeField(null=True)
    name = models.CharField(max_length=120)
    type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    stored_as = models.CharField(max_length=80, unique=True)
    received_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.public_id} ({self.type})"

    def as_answer(self) -> dict[str, str | int]:
        """The JSON form that an answer holds: id, name, type, size in bytes."""
        return {"id": self.public_id, "name": self.name, "type": self.type, "size": self.size}
