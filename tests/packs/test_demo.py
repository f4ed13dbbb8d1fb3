"""The demonstration's year, made for real and small."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.utils import timezone

from moothall.casework.models import Case, Contact
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
    """SIGKILL at three moments; the last run ends with the same number of cases as an unharmed one."""
    env = environment(tmp_path, "", 0)
    command = [sys.executable, "-m", "moothall", "set_up", "--cases", "15"]
    for wait in ("moothall.db", "council", "year"):
        process = subprocess.Popen(
            command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        _wait_for(wait, tmp_path, process)
        process.send_signal(signal.SIGKILL)
        process.wait()
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    again = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert again.returncode == 0
    assert "no changes" in again.stdout
    assert "made already" in again.stdout
    verified = subprocess.run(
        [sys.executable, "-m", "moothall", "ledger", "verify"],
        env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert verified.returncode == 0, verified.stdout + verified.stderr


def _wait_for(what: str, home: Path, process: subprocess.Popen[bytes]) -> None:
    """Until the database exists, the council is applied, or half the year is made (or it ended)."""
    import sqlite3

    queries = {
        "moothall.db": "SELECT 1",
        "council": "SELECT 1 FROM packs_council",
        "year": "SELECT 1 FROM casework_case LIMIT 1",
    }
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline:
        found = [path for path in home.glob("*") if path.suffix in {".db", ".sqlite3"}]
        if found:
            try:
                with sqlite3.connect(f"file:{found[0]}?mode=ro", uri=True) as connection:
                    if connection.execute(queries[what]).fetchone():
                        return
            except sqlite3.Error:
                pass
        time.sleep(0.05)
    assert process.poll() in {None, 0}, os.fsdecode(
        process.stdout.read() if process.stdout else b""
    )
