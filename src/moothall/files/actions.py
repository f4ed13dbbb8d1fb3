"""Things that change stored files."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import BinaryIO

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from moothall.files import checking, clean, scanning, store
from moothall.files.checking import FileRefused
from moothall.files.models import StoredFile

__all__ = [
    "IMAGES",
    "MAX_BYTES",
    "OFFICE",
    "PDF",
    "FileRefused",
    "adopt",
    "copy",
    "discard",
    "erase",
    "receive",
]

IMAGES = (clean.JPEG, clean.PNG, clean.WEBP, clean.GIF, clean.HEIC)
PDF = (clean.PDF,)
OFFICE = (clean.DOCX, clean.XLSX)
MAX_BYTES = 10_000_000
KEEP_DRAFT_DAYS = 45
"""A file that no case took is removed after so many days: longer than a saved form is kept."""


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
    if not owner:
        raise ValueError("A file has an owner.")
    full = _("You can only upload up to %(number)s files") % {"number": max_files}
    if StoredFile.objects.filter(owner=owner).count() >= max_files:
        raise FileRefused(full)
    data = _read(upload, max_bytes)
    kind = checking.check_kind(data, accept)
    _scan(data)
    made, body = checking.cleaned(data, kind)
    stored_as = store.write(body)
    try:
        with transaction.atomic():
            if StoredFile.objects.filter(owner=owner).count() >= max_files:
                raise FileRefused(full)
            return StoredFile.objects.create(
                public_id=secrets.token_urlsafe(18),
                owner=owner,
                name=checking.safe_name(name or str(getattr(upload, "name", "") or ""), made),
                type=made,
                size=len(body),
                sha256=hashlib.sha256(body).hexdigest(),
                stored_as=stored_as,
                received_at=now or timezone.now(),
            )
    except BaseException:
        store.remove(stored_as)
        raise


def _read(upload: BinaryIO, most: int) -> bytes:
    parts, size = [], 0
    while part := upload.read(min(1_000_000, most + 1 - size)):
        parts.append(part)
        size += len(part)
        if size > most:
            raise FileRefused(
                _("The selected file must be smaller than %(size)sMB")
                % {"size": max(1, most // 1_000_000)}
            )
    if not size:
        raise FileRefused(_("The selected file is empty"))
    return b"".join(parts)


def _scan(data: bytes) -> None:
    try:
        scanning.scanner().scan(data)
    except scanning.Infected as error:
        raise FileRefused(_("The selected file contains a virus")) from error
    except scanning.TooBig as error:
        raise FileRefused(
            _("The selected file is too large to check. Upload a smaller one")
        ) from error
    except scanning.ScannerAway as error:
        raise FileRefused(
            _("We cannot check files for viruses at the moment. Try again in a few minutes")
        ) from error


def keep_made(
    stored_as: str, *, owner: str, name: str, kind: str, size: int, sha256: str, now: datetime
) -> StoredFile:
    """Note a file that we made ourselves at `store.draft` and `store.keep`, in the caller's transaction.

    No guard lets anybody see it: whoever made it has an address of its own for it.
    """
    return StoredFile.objects.create(
        public_id=secrets.token_urlsafe(16),
        owner=owner,
        adopted_at=now,
        name=name,
        type=kind,
        size=size,
        sha256=sha256,
        stored_as=stored_as,
        received_at=now,
    )


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
    wanted = set(file_ids)
    if not wanted:
        return 0
    mine = {owner} if from_owner is None else {owner, from_owner}
    with transaction.atomic():
        found = StoredFile.objects.filter(public_id__in=wanted)
        if from_owner is not None:
            found = found.filter(owner__in=mine)
        if found.count() != len(wanted):
            raise FileRefused(_("A file is no longer here. Upload it again"))
        return found.update(owner=owner, adopted_at=now or timezone.now())


def discard(file_ids: Iterable[str], *, owner: str) -> int:
    """Remove files that `owner` has not yet sent in; the bytes go once the transaction commits."""
    return _remove(
        StoredFile.objects.filter(public_id__in=set(file_ids), owner=owner, adopted_at=None)
    )


def erase(owner: str, *, only: Iterable[str] | None = None) -> int:
    """Remove the files of a case, rows and bytes, as retention asks; return how many.

    With `only`, just these public ids: a single photo is redacted so.
    """
    if not owner:
        raise ValueError("Say whose files are to be removed.")
    files = StoredFile.objects.filter(owner=owner)
    return _remove(files if only is None else files.filter(public_id__in=set(only)))


def _remove(files: QuerySet[StoredFile]) -> int:
    with transaction.atomic():
        names = list(files.values_list("stored_as", flat=True))
        StoredFile.objects.filter(stored_as__in=names).delete()
        for name in names:
            transaction.on_commit(partial(store.remove, name), robust=True)
    return len(names)


def forget_drafts(now: datetime) -> int:
    """Remove files that no case took in time; return how many."""
    before = now - timedelta(days=KEEP_DRAFT_DAYS)
    return _remove(StoredFile.objects.filter(adopted_at=None, received_at__lt=before))


def sweep(now: datetime) -> int:
    """Remove bytes of more than a day ago that no row names (a crash left them); return how many.

    Call it OUTSIDE a transaction: it walks the disk.
    """
    removed = 0
    batch: list[str] = []

    def look(names: list[str]) -> int:
        known = set(
            StoredFile.objects.filter(stored_as__in=names).values_list("stored_as", flat=True)
        )
        lost = [name for name in names if name not in known]
        for name in lost:
            (store.root() / name).unlink(missing_ok=True)
        return len(lost)

    for name in store.names_older_than((now - timedelta(days=1)).timestamp()):
        batch.append(name)
        if len(batch) == 500:
            removed += look(batch)
            batch = []
    return removed + look(batch)


def copy(
    file_ids: Iterable[str], *, owner: str, now: datetime | None = None
) -> dict[str, StoredFile]:
    """Make copies of stored files for another owner: by the old public id. What is gone is left out.

    For a case that goes on as another one: each then has files of its own, kept and erased with it.
    They were checked when they came. Call it OUTSIDE a transaction: bytes are written and synced.
    """
    made: dict[str, StoredFile] = {}
    for file in StoredFile.objects.filter(public_id__in=list(file_ids)).order_by("pk"):
        try:
            body = store.path_of(file.stored_as).read_bytes()
        except FileNotFoundError:
            continue
        stored_as = store.write(body)
        try:
            made[file.public_id] = StoredFile.objects.create(
                public_id=secrets.token_urlsafe(18),
                owner=owner,
                name=file.name,
                type=file.type,
                size=file.size,
                sha256=file.sha256,
                stored_as=stored_as,
                received_at=now or timezone.now(),
            )
        except BaseException:
            store.remove(stored_as)
            raise
    return made
