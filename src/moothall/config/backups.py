"""A backup is one file: the database at one moment, the uploads, the key and the council's folder.

Made while the council serves. The database comes first and the uploads after it, so that every upload
that a case of the backup names is in it, unless it was erased in between. The last member of the
archive is its manifest with the SHA-256 of every other one: a file that was cut off or changed is
never taken for whole. With a passphrase the archive is encrypted (AES-256-GCM in chunks, each bound
to its place and the last one marked, after the STREAM construction of Hoang and others, 2015; the key
by scrypt, RFC 7914).
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import json
import os
import secrets
import shutil
import struct
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from django.conf import settings
from django.db import connection
from django.utils import timezone

FORMAT = 1
MAGIC = b"MOOTHALL BACKUP 1 AES-256-GCM\n"
CHUNK = 1 << 20
DATABASE = {"sqlite": "database.sqlite3", "postgresql": "database.pgdump"}
SUFFIX, SEALED = ".tar.gz", ".tar.gz.sealed"
Progress = Callable[[str], None]


class BackupRefused(Exception):
    """A backup cannot be made, read or restored. The text says what to do."""


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. `members`: SHA-256 of each; `migrations`: the last of each room."""

    made_at: str
    vendor: str
    council: str
    migrations: Mapping[str, str]
    counts: Mapping[str, int]
    members: Mapping[str, str] = field(default_factory=dict)
    format: int = FORMAT


@dataclass(frozen=True)
class Made:
    """A backup that was made and read back."""

    path: Path
    bytes: int
    manifest: Manifest


def silent(words: str) -> None:
    """Say nothing."""


# -- making ------------------------------------------------------------------------------------------


def make(
    folder: Path,
    *,
    passphrase: str = "",
    keep: int = 0,
    now: datetime | None = None,
    say: Progress = silent,
) -> Made:
    """Make a backup in `folder`, read it back, and with `keep` remove all but the newest so many.

    The file has its name only when it is whole and on disk. Raises BackupRefused.
    """
    now = now or timezone.now()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise BackupRefused(
            f"The backup could not be written to {folder}: {error.strerror}."
        ) from error
    name = f"moothall-{_council()}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    path = folder / (name + (SEALED if passphrase else SUFFIX))
    if path.exists():
        raise BackupRefused(f"{path} is there already. Wait a second, then try again.")
    for old in folder.glob("*.part"):
        old.unlink(missing_ok=True)
    part = folder / f"{path.name}.part"
    try:
        with tempfile.TemporaryDirectory(prefix="moothall-backup-", dir=folder) as scratch:
            say("The database …")
            database = Path(scratch) / DATABASE[connection.vendor]
            counts = _counts()
            dump(database)
            manifest = Manifest(now.isoformat(), connection.vendor, _council(), heads(), counts)
            manifest = _write(part, database, manifest, passphrase, say)
        say("Reading it back …")
        check(part, passphrase=passphrase)
        part.rename(path)
        sync(folder)
    except OSError as error:
        raise BackupRefused(
            f"The backup could not be written: {error.strerror or error}."
        ) from error
    finally:
        part.unlink(missing_ok=True)
    made = Made(path, path.stat().st_size, manifest)
    _note(made)
    if keep > 0:
        _thin(folder, keep)
    return made


def dump(target: Path) -> None:
    """Write the database as it is at one moment to `target`; others go on reading and writing."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(target)])
    else:
        _run(_client("pg_dump"), "--format=custom", "--no-owner", "--no-privileges",
             f"--file={target}", into=connection.settings_dict["NAME"])  # fmt: skip
    with target.open("rb+") as file:
        os.fsync(file.fileno())


def _client(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        newest = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=_major)
        found = str(newest[-1]) if newest else None
    if found is None:
        raise BackupRefused(f"{name} is missing. Install it: apt-get install postgresql-client")
    return found


def _major(path: Path) -> int:
    version = path.parts[-3]
    return int(version) if version.isdigit() else 0


def _run(program: str, *args: str, into: str) -> None:
    at = connection.settings_dict
    environment = {**os.environ, "PGPASSWORD": str(at["PASSWORD"] or "")}
    for name in ("sslmode", "sslrootcert"):
        if name in at["OPTIONS"]:
            environment[f"PG{name.upper()}"] = str(at["OPTIONS"][name])
    where = [f"--dbname={into}"] if into else []
    for flag, value in (("host", at["HOST"]), ("port", at["PORT"]), ("username", at["USER"])):
        if value:
            where.append(f"--{flag}={value}")
    # The program is PostgreSQL's own, the arguments are settings.
    told = subprocess.run(  # noqa: S603
        [program, *args, *where], env=environment, capture_output=True, text=True, check=False
    )
    if told.returncode != 0:
        last = (told.stderr.strip().splitlines() or ["it gave no reason"])[-1]
        raise BackupRefused(f"{Path(program).name} failed: {last}")


def heads() -> dict[str, str]:
    """The last migration of each room that the database has."""
    from django.db.migrations.recorder import MigrationRecorder

    found: dict[str, str] = {}
    for app, name in sorted(MigrationRecorder(connection).applied_migrations()):
        found[app] = max(found.get(app, ""), name)
    return found


def _council() -> str:
    from moothall.packs.models import Council

    return Council.objects.values_list("slug", flat=True).first() or "empty"


def _counts() -> dict[str, int]:
    from moothall.casework.models import Case, Event

    return {"cases": Case.objects.count(), "events": Event.objects.count()}


def _write(
    part: Path, database: Path, manifest: Manifest, passphrase: str, say: Progress
) -> Manifest:
    members: dict[str, str] = {}
    with open(part, "wb", opener=_private) as raw, contextlib.ExitStack() as stack:
        sink = cast(BinaryIO, raw)
        if passphrase:
            sink = cast(BinaryIO, stack.enter_context(_Sealer(raw, passphrase)))
        packed = stack.enter_context(gzip.GzipFile("", "wb", 3, sink, mtime=0))
        archive = stack.enter_context(tarfile.open(fileobj=packed, mode="w|"))
        _add(archive, database.name, database, members)
        key = Path(settings.HOME) / "secret_key"
        if key.exists():
            _add(archive, "secret_key", key, members)
        for number, (name, file) in enumerate(_rest(), 1):
            with contextlib.suppress(FileNotFoundError):  # erased a moment ago
                _add(archive, name, file, members)
            if number % 1000 == 0:
                say(f"{number:,} files …")
        whole = Manifest(**{**vars(manifest), "members": members})
        body = json.dumps(vars(whole), indent=1).encode()
        info = tarfile.TarInfo("manifest.json")
        info.size, info.mode = len(body), 0o600
        archive.addfile(info, io.BytesIO(body))
    with part.open("rb+") as file_:
        os.fsync(file_.fileno())
    return whole


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o600)


def _rest() -> Iterator[tuple[str, Path]]:
    """The uploads and the council's folder, with their names in the archive."""
    for top, where in (("files", Path(settings.FILES_ROOT)), ("council", Path(settings.PACK))):
        if where.is_dir():
            for file in sorted(where.rglob("*")):
                if file.is_file() and not file.is_symlink() and not file.name.endswith(".part"):
                    yield f"{top}/{file.relative_to(where).as_posix()}", file


def _add(archive: tarfile.TarFile, name: str, file: Path, members: dict[str, str]) -> None:
    with file.open("rb") as source:
        info = tarfile.TarInfo(name)
        info.size, info.mode = os.fstat(source.fileno()).st_size, 0o600
        reader = _Hashing(source)
        archive.addfile(info, cast(BinaryIO, reader))
    members[name] = reader.hash.hexdigest()


def _note(made: Made) -> None:
    """Leave word of the last good backup for `doctor` and the metrics."""
    told = {
        "file": str(made.path),
        "at": made.manifest.made_at,
        "bytes": made.bytes,
        "sealed": made.path.name.endswith(SEALED),
        **made.manifest.counts,
    }
    note = Path(settings.HOME) / "last_backup.json"
    fresh = note.with_suffix(".json.part")
    fresh.write_text(json.dumps(told))
    fresh.replace(note)


def last() -> dict[str, Any] | None:
    """What is known of the last good backup made from here: file, at, bytes, sealed, cases, events."""
    try:
        found = json.loads((Path(settings.HOME) / "last_backup.json").read_text())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _thin(folder: Path, keep: int) -> None:
    ours = sorted(
        path
        for path in folder.glob(f"moothall-{_council()}-*Z.*")
        if path.name.endswith((SUFFIX, SEALED))
    )
    for old in ours[:-keep]:
        old.unlink(missing_ok=True)


def sync(folder: Path) -> None:
    """Have what was renamed in `folder` stay renamed after a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# -- reading -----------------------------------------------------------------------------------------


def check(path: Path, *, passphrase: str = "") -> Manifest:
    """Read the whole file and compare every member with the manifest. Raises BackupRefused."""
    return read(path, None, passphrase=passphrase)


def read(path: Path, into: Path | None, *, passphrase: str = "") -> Manifest:
    """Read the whole file, writing what it holds into the folder `into`. Raises BackupRefused."""
    seen: dict[str, str] = {}
    manifest: Manifest | None = None
    try:
        with path.open("rb") as raw:
            source: BinaryIO = raw
            if raw.read(len(MAGIC)) == MAGIC:
                if not passphrase:
                    raise BackupRefused(
                        "This backup is encrypted. Give its passphrase: --passphrase-file FILE"
                    )
                source = cast(BinaryIO, io.BufferedReader(_Opener(raw, passphrase)))
            else:
                raw.seek(0)
            with (
                gzip.GzipFile(fileobj=source) as packed,
                tarfile.open(fileobj=packed, mode="r|") as archive,
            ):
                for member in archive:
                    body = archive.extractfile(member)
                    if manifest is not None or body is None or not _is_ours(member.name):
                        raise BackupRefused(f"{path.name} holds something that is not ours.")
                    if member.name == "manifest.json":
                        manifest = _manifest(body.read())
                    else:
                        seen[member.name] = _take(body, into / member.name if into else None)
                # An archive ends in zeros up to a whole record.
                while rest := packed.read(CHUNK):
                    if rest.strip(b"\0"):
                        raise BackupRefused(f"{path.name} goes on after its end.")
                if raw.read(1):
                    raise BackupRefused(f"{path.name} goes on after its end.")
    except FileNotFoundError as error:
        raise BackupRefused(f"There is no file {path}.") from error
    except (EOFError, OSError, tarfile.TarError, InvalidTag, struct.error) as error:
        why = "The passphrase is wrong, or" if isinstance(error, InvalidTag) else "Either"
        raise BackupRefused(
            f"{path.name} cannot be read. {why} the file was cut off or changed. Use another backup."
        ) from error
    if manifest is None:
        raise BackupRefused(
            f"{path.name} was cut off: its manifest is missing. Use another backup."
        )
    if seen != dict(manifest.members):
        wrong = sorted(set(seen.items()) ^ set(manifest.members.items()))
        raise BackupRefused(
            f"{path.name} is damaged: {wrong[0][0]} is not what was written. Use another backup."
        )
    return manifest


def _is_ours(name: str) -> bool:
    top, *rest = name.split("/")
    if not rest:
        return name in {*DATABASE.values(), "secret_key", "manifest.json"}
    return top in {"files", "council"} and all(part not in {"", ".", ".."} for part in rest)


def _manifest(body: bytes) -> Manifest:
    try:
        found = Manifest(**json.loads(body))
    except (ValueError, TypeError) as error:
        raise BackupRefused(
            "The manifest cannot be read: the backup is damaged, or a newer Moothall made it."
        ) from error
    if found.format != FORMAT:
        raise BackupRefused("A newer Moothall made this backup. Bring this one up to date first.")
    return found


def _take(body: Any, target: Path | None) -> str:
    reader = _Hashing(body)
    if target is None:
        while reader.read(CHUNK):
            pass
    else:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(target, "wb", opener=_private) as file:
            shutil.copyfileobj(reader, file, CHUNK)
            file.flush()
            os.fsync(file.fileno())
    return reader.hash.hexdigest()


class _Hashing:
    """A reader that adds up the SHA-256 of what was read."""

    def __init__(self, source: Any) -> None:
        self.source = source
        self.hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data: bytes = self.source.read(size)
        self.hash.update(data)
        return data


# -- sealing -----------------------------------------------------------------------------------------


def _cipher(passphrase: str, salt: bytes) -> AESGCM:
    # 64 MB and some 0.2 s a try: a passphrase that somebody can remember is worth guessing.
    return AESGCM(Scrypt(salt=salt, length=32, n=2**16, r=8, p=1).derive(passphrase.encode()))


def _nonce(number: int, last: bool) -> bytes:
    return struct.pack(">3xQ?", number, last)


class _Sealer(io.RawIOBase):
    """Encrypts what is written, in chunks that cannot be left out, changed or put in another order."""

    def __init__(self, target: BinaryIO, passphrase: str) -> None:
        self.target = target
        salt = secrets.token_bytes(16)
        self.cipher = _cipher(passphrase, salt)
        self.held = bytearray()
        self.number = 0
        target.write(MAGIC + salt)

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.held += data
        while len(self.held) > CHUNK:
            self._put(bytes(self.held[:CHUNK]), last=False)
            del self.held[:CHUNK]
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._put(bytes(self.held), last=True)
        super().close()

    def _put(self, data: bytes, *, last: bool) -> None:
        sealed = self.cipher.encrypt(_nonce(self.number, last), data, None)
        self.target.write(struct.pack(">I?", len(sealed), last) + sealed)
        self.number += 1


class _Opener(io.RawIOBase):
    """Decrypts what `_Sealer` wrote. Raises InvalidTag or EOFError where it is not whole."""

    def __init__(self, source: BinaryIO, passphrase: str) -> None:
        self.source = source
        self.cipher = _cipher(passphrase, source.read(16).ljust(16, b"\0"))
        self.held = b""
        self.number = 0
        self.done = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self.held and not self.done:
            head = self.source.read(5)
            if len(head) < 5:
                raise EOFError("cut off")
            size, last = struct.unpack(">I?", head)
            if size > CHUNK + 16:
                raise InvalidTag
            self.held = self.cipher.decrypt(_nonce(self.number, last), self.source.read(size), None)
            self.number, self.done = self.number + 1, last
        size = min(len(buffer), len(self.held))
        buffer[:size], self.held = self.held[:size], self.held[size:]
        return size
