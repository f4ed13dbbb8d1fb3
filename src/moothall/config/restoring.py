"""Putting a backup back: checked whole first, into an empty place, then brought up to this version."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from moothall.config import backups
from moothall.config.backups import BackupRefused, Manifest, Progress, silent


@dataclass(frozen=True)
class Restored:
    """What came of it. `missing`: uploads that the database names and the backup does not hold."""

    manifest: Manifest
    cases: int
    events: int
    missing: int
    kept: tuple[Path, ...]
    """What stood here before, moved aside."""


def restore(
    path: Path, *, passphrase: str = "", replace: bool = False, say: Progress = silent
) -> Restored:
    """Put the backup at `path` in the place that the settings name.

    With `replace` what is there is moved aside (SQLite, uploads) or dropped in the same transaction
    (PostgreSQL). The file is read and checked whole before anything is touched. Raises BackupRefused:
    the file is damaged, of another kind of database or of a newer version, a council is here
    already, or the council is being served.
    """
    home = Path(settings.HOME)
    _refuse_if_served()
    if not replace:
        _refuse_if_there()
    with tempfile.TemporaryDirectory(prefix="moothall-restore-", dir=home) as scratch:
        say("Reading and checking the backup …")
        folder = Path(scratch)
        manifest = backups.read(path, folder, passphrase=passphrase)
        _refuse_if_not_for_here(manifest)
        say("Putting the database back …")
        kept = _put_database(folder / backups.DATABASE[manifest.vendor])
        kept += _put_files(folder / "files")
        _put_key(folder / "secret_key")
        kept += _put_council(folder / "council")
    connections.close_all()
    say("Bringing it up to this version …")
    call_command("migrate", verbosity=0)
    say("Checking every case …")
    return _checked(manifest, kept)


def _refuse_if_served() -> None:
    for port in {settings.PORT, 8001, 8002}:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0 and _is_moothall(port):
                raise BackupRefused(
                    f"A council is being served on port {port}. Stop it first: "
                    "systemctl stop moothall.target"
                )
    if connection.vendor == "postgresql":
        # A server that was just stopped may take a moment to let go.
        for _ in range(30):
            if not _others_are_connected():
                return
            time.sleep(0.5)
        raise BackupRefused(
            "Others are connected to this database. Stop web servers and workers first."
        )


def _others_are_connected() -> bool:
    import psycopg
    from django.db.backends.postgresql.base import DatabaseWrapper

    ours = connections["default"]
    assert isinstance(ours, DatabaseWrapper)
    # Our own pool may hold more than one connection, and they are nobody else's: close it first.
    ours.close()
    ours.close_pool()
    with psycopg.connect(**ours.get_connection_params()) as alone:
        found = alone.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND backend_type = 'client backend')"
        ).fetchone()
        return bool(found and found[0])


def _is_moothall(port: int) -> bool:
    from http.client import HTTPConnection, HTTPException

    try:
        asked = HTTPConnection("127.0.0.1", port, timeout=2)
        asked.request("GET", "/health/live")
        return b"alive" in asked.getresponse().read(200)
    except (OSError, HTTPException):
        return False


def _refuse_if_there() -> None:
    again = "To put the backup in its place all the same, add --replace."
    if connection.vendor == "sqlite":
        if Path(str(connection.settings_dict["NAME"])).exists():
            raise BackupRefused(f"There is a database here already. {again}")
    elif connection.introspection.table_names():
        raise BackupRefused(f"This database is not empty. {again}")
    files = Path(settings.FILES_ROOT)
    if files.is_dir() and any(files.iterdir()):
        raise BackupRefused(f"There are uploads here already ({files}). {again}")


def _refuse_if_not_for_here(manifest: Manifest) -> None:
    if manifest.vendor != connection.vendor:
        raise BackupRefused(
            f"This backup is of {manifest.vendor}, and MOOTHALL_DATABASE_URL names "
            f"{connection.vendor}. Restore it to the kind that it was made from."
        )
    known = {name for _app, name in MigrationLoader(None).disk_migrations}
    newer = sorted(name for name in manifest.migrations.values() if name not in known)
    if newer:
        raise BackupRefused(
            f"A newer Moothall made this backup (it has {newer[0]}). Bring this one up to date first."
        )


def _stamp() -> str:
    return f"{timezone.now().astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _aside(path: Path) -> tuple[Path, ...]:
    if not path.exists():
        return ()
    target = path.with_name(f"{path.name}.before-{_stamp()}")
    path.rename(target)
    return (target,)


def _put_database(dump: Path) -> tuple[Path, ...]:
    if connection.vendor == "sqlite":
        _is_sound(dump)
        target = Path(str(connection.settings_dict["NAME"]))
        connections.close_all()
        kept: tuple[Path, ...] = ()
        if target.exists():
            # What is only in the write-ahead log goes into the file before it is moved aside.
            with sqlite3.connect(target) as old:
                old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            old.close()
            kept = _aside(target)
        for beside in ("-wal", "-shm"):
            Path(f"{target}{beside}").unlink(missing_ok=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(dump, target)
        backups.sync(target.parent)
        return kept
    connections.close_all()
    backups._run(
        backups._client("pg_restore"), "--clean", "--if-exists", "--no-owner", "--no-privileges",
        "--single-transaction", str(dump), into=str(connection.settings_dict["NAME"]),
    )  # fmt: skip
    return ()


def _is_sound(path: Path) -> None:
    found = sqlite3.connect(path)
    try:
        [said] = found.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        raise BackupRefused("The database in the backup is damaged. Use another backup.") from error
    finally:
        found.close()
    if said != "ok":
        raise BackupRefused(f"The database in the backup is damaged: {said}. Use another backup.")


def _put_files(folder: Path) -> tuple[Path, ...]:
    target = Path(settings.FILES_ROOT)
    kept = _aside(target) if target.is_dir() and any(target.iterdir()) else ()
    if folder.is_dir():
        if target.is_dir():
            target.rmdir()
        shutil.move(folder, target)
        backups.sync(target.parent)
    return kept


def _put_key(found: Path) -> None:
    """The key of links and second factors, unless this place has one, or the environment gives it."""
    target = Path(settings.HOME) / "secret_key"
    if found.exists() and not os.environ.get("MOOTHALL_SECRET_KEY"):
        _aside(target)
        shutil.move(found, target)


def _put_council(folder: Path) -> tuple[Path, ...]:
    """The council's folder comes beside the database; MOOTHALL_PACK goes on naming what it names."""
    if not folder.is_dir():
        return ()
    target = Path(settings.HOME) / "council-of-the-backup"
    kept = _aside(target)
    shutil.move(folder, target)
    return kept


def _checked(manifest: Manifest, kept: tuple[Path, ...]) -> Restored:
    from moothall.casework.ledger import verify
    from moothall.casework.models import Case, Event
    from moothall.files import store
    from moothall.files.models import StoredFile

    broken = verify().broken
    if broken:
        raise BackupRefused(
            f"The backup was put back, but its ledger is broken: {broken[0].case}, {broken[0].why}. "
            "Use an earlier backup."
        )
    cases, events = Case.objects.count(), Event.objects.count()
    # Counted just before the database was written out: what came in between is in it too.
    if cases < manifest.counts["cases"] or events < manifest.counts["events"]:
        raise BackupRefused(
            f"The restored database has {cases:,} cases; the backup says {manifest.counts['cases']:,}."
        )
    names = StoredFile.objects.values_list("stored_as", flat=True).iterator()
    missing = sum(not store.path_of(name).exists() for name in names)
    return Restored(manifest, cases, events, missing, kept)
