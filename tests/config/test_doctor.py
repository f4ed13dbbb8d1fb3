"""The doctor says what is wrong, why it matters and what to do, and always comes to an end."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db.utils import OperationalError
from django.utils import timezone

from moothall.config import backups, doctor
from moothall.outbox.models import Job

pytestmark = pytest.mark.django_db


def _wrong(only: str) -> str:
    found = [one for one in doctor.examine(only) if one.level != doctor.OK]
    for one in found:
        assert one.why
        assert one.mend
        assert one.check == only
    return " ".join(one.what for one in found)


def _deployed(settings: Any) -> None:
    settings.DEMONSTRATION = False
    settings.SECURE = True
    settings.PUBLIC_URL = "https://council.example"
    settings.ALLOWED_HOSTS = ["council.example", "localhost"]
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    settings.NOTIFY = {**settings.NOTIFY, "adapter": "govuk", "key": "k"}
    settings.PAY = {**settings.PAY, "adapter": "govuk", "key": "k"}


def test_settings_and_stand_ins(settings) -> None:
    for words in ("demonstration is on", "MOOTHALL_PUBLIC_URL", "MOOTHALL_TRUSTED_PROXIES"):
        assert words in _wrong("settings")
    assert "Messages go to the stand-in" in _wrong("outside systems")
    _deployed(settings)
    assert _wrong("settings") == ""
    assert _wrong("outside systems") == "Uploads are not scanned for viruses."
    settings.DEBUG, settings.SECRET_KEY, settings.ALLOWED_HOSTS = True, "short", ["*"]
    wrong = _wrong("settings")
    assert "MOOTHALL_DEBUG is on" in wrong
    assert "MOOTHALL_SECRET_KEY is shorter" in wrong
    assert "MOOTHALL_HOSTS is *" in wrong
    settings.PAY = {**settings.PAY, "key": ""}
    settings.VIRUS_SCAN = "127.0.0.1:9"
    wrong = _wrong("outside systems")
    assert "MOOTHALL_PAY_KEY is empty" in wrong
    assert "scanner does not answer" in wrong


def test_a_worker_that_is_away_and_jobs_that_were_given_up() -> None:
    Job.objects.all().delete()
    now = timezone.now()
    job = {"enqueued_at": now, "due_at": now + timedelta(hours=1)}
    Job.objects.create(name="a", every_seconds=60, **job)
    assert _wrong("background work") == ""
    Job.objects.update(due_at=now - timedelta(hours=1))
    Job.objects.create(name="b", dead_at=now, **job)
    Job.objects.create(name="c", enqueued_at=now, due_at=now - timedelta(minutes=9))
    wrong = _wrong("background work")
    assert "9 minutes late" in wrong
    assert "at set times was not done" in wrong
    assert "1 jobs were given up" in wrong


def test_backups(settings, tmp_path: Path) -> None:
    settings.HOME = tmp_path
    assert "No backup was ever made" in _wrong("backups")
    at = timezone.now() - timedelta(days=3)
    note = {"file": str(tmp_path / "gone.tar.gz"), "at": at.isoformat(), "bytes": 1}
    (tmp_path / "last_backup.json").write_text(json.dumps(note))
    assert backups.last() == note
    wrong = _wrong("backups")
    assert "3 days old" in wrong
    assert "no longer where it was put" in wrong


def test_the_machine_and_a_disk_that_cannot_be_written(settings, tmp_path: Path) -> None:
    settings.HOME = tmp_path
    tmp_path.chmod(0o755)
    assert "Everybody on the machine" in _wrong("machine")
    settings.HOME = tmp_path / "not-there"
    assert "could not be looked at" in _wrong("machine")


def test_the_database_the_council_and_the_ledger(monkeypatch: pytest.MonkeyPatch) -> None:
    from moothall.packs.models import Council

    assert _wrong("council") == ""
    assert _wrong("ledger") == ""
    monkeypatch.setattr("moothall.config.health.pending_migrations", lambda: 2)
    assert "2 migrations are not applied" in _wrong("database")

    def away() -> Any:
        raise OperationalError

    Council.objects.all().delete()
    assert "No council" in _wrong("council")
    monkeypatch.setattr("moothall.config.doctor.connection.cursor", away)
    assert _wrong("database") == "The database does not answer."
    assert doctor.examine("ledger") == []


def test_the_command_tells_people_and_programs(settings) -> None:
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", "--only", "settings", stdout=out)
    assert ended.value.code == 2
    assert "Mend: Set MOOTHALL_DEMONSTRATION=no" in out.getvalue()
    _deployed(settings)
    out = StringIO()
    call_command("doctor", "--only", "settings", "--json", stdout=out)
    assert {one["level"] for one in json.loads(out.getvalue())} == {"ok"}


def test_an_address_that_does_not_answer() -> None:
    found = doctor.examine_url("http://127.0.0.1:9/")
    assert {one.level for one in found} == {doctor.ERROR}
    assert "does not answer as it should" in found[-1].what
