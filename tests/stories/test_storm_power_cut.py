"""A power cut on SQLite: what was acknowledged is on the disk, not only in the machine's memory.

A small library (power_cut.c) keeps, at each sync of a database file, what the file then was. When the
council is killed in a storm, those copies are what a disk would hold if all that was not synced were gone.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import threading
from pathlib import Path

import pytest

from tests.house import House, on_postgresql
from tests.stories import storm

pytestmark = pytest.mark.storm

SOURCE = Path(__file__).parent / "power_cut.c"
CASES = int(os.environ.get("MOOTHALL_SOAK_CASES", "300"))


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """The library that keeps what was synced."""
    if on_postgresql():
        pytest.skip("PostgreSQL's own tests cut its power; ours are of how SQLite is set.")
    compiler = shutil.which("gcc") or shutil.which("cc")
    if not compiler:
        pytest.skip("A C compiler is needed (apt-get install gcc libc6-dev).")
    made = tmp_path / "power_cut.so"
    done = subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-o", made, SOURCE, "-ldl"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"The C library's headers are needed: {done.stderr[:200]}")
    return made


def cut(library: Path, folder: Path, wanted: int) -> None:
    """A storm, a power cut, and what the disk then holds."""
    folder.mkdir()
    house = House.build(LD_PRELOAD=str(library), MOOTHALL_TEST_SHADOW=str(folder))
    seen = storm.Storm()
    threads = [
        threading.Thread(target=storm._resident, args=(house, seen, number), daemon=True)
        for number in range(4)
    ]
    try:
        for thread in threads:
            thread.start()
        storm._wait_for(seen, wanted)
        house.kill()
        # What a client heard before the cut was acknowledged; what it hears later comes from nobody.
        acknowledged = list(seen.acknowledged)
        seen.stop.set()
        name = Path(house.home / "moothall.sqlite3").name
        if not (folder / f"{name}-wal").exists():
            pytest.skip("This Python has SQLite built in: its syncs cannot be seen from outside.")
        for part in ("", "-wal", "-shm"):
            (house.home / f"{name}{part}").unlink(missing_ok=True)
            if part != "-shm" and (folder / f"{name}{part}").exists():
                shutil.copy(folder / f"{name}{part}", house.home / f"{name}{part}")
        with sqlite3.connect(house.home / name) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        house.extra = {}
        seen.acknowledged = acknowledged
        house.start()  # and it goes on from there
        storm.audit(house, seen, settled=False)
    finally:
        seen.stop.set()
        house.close()


def test_what_was_acknowledged_before_a_power_cut_is_on_the_disk(
    library: Path, tmp_path: Path
) -> None:
    cut(library, tmp_path / "shadow", 8)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_power_cuts_lose_nothing_that_was_acknowledged(library: Path, tmp_path: Path) -> None:
    for number in range(10):
        cut(library, tmp_path / f"shadow{number}", CASES // 10)
        print(f"  power cut {number + 1} of 10", flush=True)
