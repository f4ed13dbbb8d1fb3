"""Things that change stored files."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import BinaryIO

from moothall.files.models import StoredFile

IMAGES = ("image/jpeg", "image/png", "image/webp", "image/gif")
PDF = ("application/pdf",)
OFFICE = (
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)
MAX_BYTES = 10_000_000


class FileRefused(Exception):
    """The upload is not taken: the text tells the person why and what to do."""


def receive(
    upload: BinaryIO,
    *,
    owner: str,
    accept: tuple[str, ...] = IMAGES + PDF,
    max_bytes: int = MAX_BYTES,
    max_files: int = 10,
    name: str = "",
    now: datetime | None = None,
) -> StoredFile:
    """Check, clean and keep one upload (a Django UploadedFile or an open binary file).

    It is on disk, synced, when this returns. Call it OUTSIDE a transaction: checking takes time.
    `owner`: the draft's token or the case's reference; `max_files`: how many files one owner may have.
    Raises FileRefused with plain words for the person.
    """
    raise NotImplementedError


def adopt(
    file_ids: Iterable[str],
    *,
    owner: str,
    from_owner: str | None = None,
    now: datetime | None = None,
) -> int:
    """Give files (public ids) to a case, in the caller's transaction; return how many.

    With `from_owner`, only that draft's own files are taken: nobody adopts another's upload.
    Raises FileRefused when one is missing.
    """
    raise NotImplementedError


def discard(file_ids: Iterable[str], *, owner: str) -> int:
    """Remove files that `owner` has not yet sent in; the bytes go once the transaction commits."""
    raise NotImplementedError


def erase(owner: str) -> int:
    """Remove every file of a case, rows and bytes, as retention asks; return how many."""
    raise NotImplementedError
