"""Bytes on the disk under FILES_ROOT: written and synced before anybody is told that they are there."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from django.conf import settings


def root() -> Path:
    """Return the folder of all files."""
    return Path(settings.FILES_ROOT)


def path_of(stored_as: str) -> Path:
    """Return where a file lies. Raises ValueError for a name that was not made by `write`."""
    folder, _, name = stored_as.partition("/")
    if not (len(folder) == 2 and name.startswith(folder) and name.isalnum()):
        raise ValueError("Not the name of a stored file.")
    return root() / folder / name


def write(data: bytes) -> str:
    """Write `data` under a random name, sync file and folders, and return the name."""
    begun = draft()
    descriptor = os.open(begun, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        return keep(begun)
    except BaseException:
        begun.unlink(missing_ok=True)
        raise


def draft() -> Path:
    """Return a new path at which a file may be made bit by bit; `keep` takes it, or `sweep` removes it."""
    name = secrets.token_hex(24)
    folder = root() / name[:2]
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        _sync(folder.parent)
    return folder / f"{name}.part"


def keep(begun: Path) -> str:
    """Sync a file that was made at a `draft` path and give it its name, which is returned."""
    descriptor = os.open(begun, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    name = begun.name.removesuffix(".part")
    begun.rename(begun.with_name(name))
    _sync(begun.parent)
    return f"{name[:2]}/{name}"


def remove(stored_as: str) -> None:
    """Remove the bytes; nothing happens when they are gone already."""
    with suppress(FileNotFoundError):
        path_of(stored_as).unlink()


def names_older_than(timestamp: float) -> Iterator[str]:
    """Yield the names of files (and of halves that a crash left) last changed before `timestamp`."""
    if not root().is_dir():
        return
    for folder in sorted(root().iterdir()):
        if len(folder.name) == 2 and folder.is_dir():
            for file in folder.iterdir():
                if file.stat().st_mtime < timestamp:
                    yield f"{folder.name}/{file.name}"


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
