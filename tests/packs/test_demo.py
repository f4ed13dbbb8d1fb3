"""The demonstration's year, made for real and small."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from django.utils import timezone

from moothall.casework.models import Case, Contact, Task
from moothall.packs.demo import make as making
from moothall.packs.demo.make import Maker, make
from moothall.packs.models import Council
from tests.house import environment


@pytest.mark.django_db
def test_a_small_year_uses_every_service_and_channel(council: object) -> None:
    made = make(cases=60)
    cases = list(Case.objects.all())
    assert made.cases == len(cases) >= 55
    assert {case.service_id for case in cases} >= {"missed_bin", "bulky_waste", "parking_permit"}
    assert {case.channel for case in cases} >= {"online", "phone"}
    assert sum(case.ended_at is not None for case in cases) > len(cases) / 3
    assert all(case.opened_at <= timezone.now() for case in cases)
    assert Contact.objects.filter(case=None).exists()
    assert Task.objects.filter(ended_at=None).exists()
    assert make(cases=60).cases == 0


@pytest.mark.django_db
def test_a_year_cut_off_between_batches_goes_on(
    council: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    class CutOff(Exception):
        pass

    whole = Maker.make_batch
    calls = []

    def cut(self: Maker, *args: object) -> None:
        calls.append(args)
        whole(self, *args)  # type: ignore[arg-type]
        if len(calls) == 20:
            raise CutOff

    monkeypatch.setattr(making.Maker, "make_batch", cut)
    now = timezone.now()
    with pytest.raises(CutOff):
        make(cases=40, now=now)
    first = Case.objects.count()
    done = Council.objects.get().year_made["done"]
    monkeypatch.setattr(making.Maker, "make_batch", whole)
    made = make(cases=40)
    assert made.cases == Case.objects.count() - first
    assert Council.objects.get().year_made["done"] > done
    keys = list(Case.objects.values_list("key", flat=True))
    assert len(keys) == len(set(keys))


@pytest.mark.storm
def test_a_set_up_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    """SIGKILL when the council is there, and in the middle of the year; then it is run to its end."""
    env = environment(tmp_path, "", 0)
    command = [sys.executable, "-m", "moothall", "set_up", "--cases", "15"]
    for table in ("packs_council", "casework_case"):
        process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
        _wait_for(table, tmp_path / "moothall.sqlite3", process)
        process.send_signal(signal.SIGKILL)
        process.wait()
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no changes" in done.stdout
    with sqlite3.connect(tmp_path / "moothall.sqlite3") as database:
        (cases, keys) = database.execute(
            "SELECT count(*), count(DISTINCT key) FROM casework_case"
        ).fetchone()
        (state,) = database.execute("SELECT year_made FROM packs_council").fetchone()
    assert cases == keys >= 13
    assert json.loads(state)["finished"] is True
    verify = [sys.executable, "-m", "moothall", "ledger", "verify"]
    verified = subprocess.run(verify, env=env, capture_output=True, text=True, check=False)
    assert verified.returncode == 0, verified.stdout + verified.stderr


def _wait_for(table: str, path: Path, process: subprocess.Popen[bytes]) -> None:
    """Until the table has a row, or the process has ended."""
    while process.poll() is None:
        if path.exists():
            with suppress(sqlite3.Error), sqlite3.connect(f"file:{path}?mode=ro", uri=True) as read:
                if read.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone():
                    return
        time.sleep(0.05)
    assert process.returncode == 0
