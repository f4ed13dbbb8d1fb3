"""Reading stored files."""

from __future__ import annotations

from collections.abc import Iterable

from moothall.files.models import StoredFile


def files_of(owner: str) -> list[StoredFile]:
    """Return the files of a draft or a case, oldest first."""
    return list(StoredFile.objects.filter(owner=owner).order_by("received_at", "pk"))


def by_ids(file_ids: Iterable[str]) -> dict[str, StoredFile]:
    """Return files by public id."""
    return {
        file.public_id: file for file in StoredFile.objects.filter(public_id__in=list(file_ids))
    }
