"""A backup is whole or it is refused; sealed, it opens with its passphrase only."""

from __future__ import annotations

import json
import tarfile
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from moothall.config import backups, restoring
from moothall.config.backups import BackupRefused
from moothall.files.actions import receive
from tests.stories.answers import a_photo

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 3, 11, 9, tzinfo=UTC)
PHRASE = "a horse that reads by lamplight"


@pytest.fixture(autouse=True)
def _home(settings, tmp_path: Path) -> None:
    settings.HOME = tmp_path / "home"
    settings.FILES_ROOT = tmp_path / "home" / "files"
    settings.HOME.mkdir()


def an_upload() -> None:
    from io import BytesIO

    receive(BytesIO(a_photo()), owner="WM-AAA-AAA", name="one.jpg", now=NOW)


def spoilt(whole: bytes) -> list[bytes]:
    """What becomes of files: cut off, changed, empty, something else, longer."""
    middle = len(whole) // 2
    changed = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
    return [whole[:middle], whole[:60], whole[:-1], changed, b"", b"no backup at all", whole + b"x"]


@pytest.mark.parametrize("phrase", ["", PHRASE], ids=["plain", "sealed"])
def test_what_was_written_is_read_and_what_was_damaged_is_refused(
    tmp_path: Path, phrase: str
) -> None:
    an_upload()
    made = backups.make(tmp_path / "b", passphrase=phrase, now=NOW)
    assert made.path.stat().st_mode & 0o077 == 0
    assert [path.name for path in (tmp_path / "b").iterdir()] == [made.path.name]
    assert sum(name.startswith("files/") for name in made.manifest.members) == 1
    assert "council/council.yaml" in made.manifest.members
    assert backups.check(made.path, passphrase=phrase) == made.manifest
    whole = made.path.read_bytes()
    assert b"wealdmere" not in whole[200:]
    for number, damaged in enumerate(spoilt(whole)):
        path = tmp_path / f"{number}.tar.gz"
        path.write_bytes(damaged)
        with pytest.raises(BackupRefused, match=r"Use another backup|goes on after its end"):
            backups.check(path, passphrase=phrase)
    last = backups.last()
    assert last is not None
    assert last["file"] == str(made.path)
    assert last["sealed"] is bool(phrase)


def test_a_sealed_backup_needs_its_passphrase(tmp_path: Path) -> None:
    made = backups.make(tmp_path, passphrase=PHRASE, now=NOW)
    with pytest.raises(BackupRefused, match="--passphrase-file"):
        backups.check(made.path)
    with pytest.raises(BackupRefused, match="passphrase is wrong"):
        backups.check(made.path, passphrase=PHRASE + "!")


def test_only_the_newest_are_kept_and_strangers_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    for hour in range(4):
        backups.make(tmp_path, keep=2, now=NOW + timedelta(hours=hour))
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == [
        "moothall-wealdmere-20260311T110000Z.tar.gz",
        "moothall-wealdmere-20260311T120000Z.tar.gz",
        "notes.txt",
    ]


def test_a_backup_of_a_newer_version_or_another_database_is_not_put_back(tmp_path: Path) -> None:
    manifest = backups.make(tmp_path, now=NOW).manifest
    restoring._refuse_if_not_for_here(manifest)
    newer = {**manifest.migrations, "casework": "9999_from_the_future"}
    with pytest.raises(BackupRefused, match="newer Moothall"):
        restoring._refuse_if_not_for_here(
            backups.Manifest(**{**vars(manifest), "migrations": newer})
        )
    other = "postgresql" if connection.vendor == "sqlite" else "sqlite"
    with pytest.raises(BackupRefused, match="MOOTHALL_DATABASE_URL"):
        restoring._refuse_if_not_for_here(backups.Manifest(**{**vars(manifest), "vendor": other}))
    with pytest.raises(BackupRefused, match="newer Moothall"):
        backups._manifest(json.dumps({**vars(manifest), "format": 2}).encode())
    with pytest.raises(BackupRefused, match="damaged, or a newer"):
        backups._manifest(b"[]")


def test_a_member_that_would_leave_its_folder_is_refused(tmp_path: Path) -> None:
    for name in ("../outside", "/etc/passwd", "files/../../x", "elsewhere/x", "files//x"):
        path = tmp_path / "bad.tar.gz"
        with tarfile.open(path, "w:gz") as archive:
            archive.addfile(tarfile.TarInfo(name))
        with pytest.raises(BackupRefused, match="not ours"):
            backups.read(path, tmp_path / "into")


def test_a_council_that_is_here_is_not_overwritten_unasked() -> None:
    with pytest.raises(BackupRefused, match="--replace"):
        restoring._refuse_if_there()


def test_the_commands_say_what_to_do(tmp_path: Path) -> None:
    out = StringIO()
    call_command("backup", str(tmp_path / "b"), stdout=out)
    assert "read back" in out.getvalue()
    assert "is not encrypted" in out.getvalue()
    [file] = (tmp_path / "b").iterdir()
    call_command("restore", str(file), "--check", stdout=out)
    assert "is whole: wealdmere" in out.getvalue()
    (tmp_path / "a-file").write_text("")
    for words, args in (
        ("could not be written", ("backup", str(tmp_path / "a-file" / "b"))),
        ("There is no file", ("restore", str(tmp_path / "none"), "--check")),
        ("cannot be read", ("backup", str(tmp_path), "--passphrase-file", "/nowhere")),
        (
            "shorter than 12",
            ("backup", str(tmp_path), "--passphrase-file", str(tmp_path / "a-file")),
        ),
    ):
        with pytest.raises(CommandError, match=words):
            call_command(*args, stdout=StringIO())
