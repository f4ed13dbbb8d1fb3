"""Workers are killed with SIGKILL while they work: every job's effects are there exactly once."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.house import on_postgresql

pytestmark = pytest.mark.storm


class Nursery:
    """The process of nursery.py, with its database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ledger = folder / "ledger"
        self.url = f"sqlite://{folder}/jobs.sqlite3"
        self.database = f"outbox_kill_{os.getpid()}"
        if on_postgresql():
            from tests.postgres import admin, url_of

            admin(f"DROP DATABASE IF EXISTS {self.database}")
            admin(f"CREATE DATABASE {self.database}")
            self.url = url_of(self.database)
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("nursery.py"))]
            + [self.url, str(folder), str(self.ledger)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, line: str) -> str:
        """Send one line and return the answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def rows(self, statement: str) -> list[Any]:
        """Read the database from outside."""
        if on_postgresql():
            import psycopg

            with psycopg.connect(self.url) as connection:
                return connection.execute(statement).fetchall()  # type: ignore[call-overload]
        with closing(sqlite3.connect(self.folder / "jobs.sqlite3", timeout=30)) as connection:
            return connection.execute(statement).fetchall()

    def number(self, statement: str) -> int:
        """The single number that a statement gives."""
        return int(self.rows(statement)[0][0])

    def wait_until_fewer_jobs_than(self, number: int) -> None:
        """Wait for the workers; the suite's time limit ends it if they never do it."""
        while self.number("SELECT count(*) FROM outbox_job") > number:
            time.sleep(0.02)

    def kill(self, pid: str) -> None:
        """SIGKILL."""
        os.kill(int(pid), signal.SIGKILL)
        self.ask(f"wait {pid}")

    def close(self) -> None:
        """End the process and drop the database."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(timeout=60)
        if on_postgresql():
            from tests.postgres import admin

            admin(f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)")


@pytest.fixture
def nursery(tmp_path: Path) -> Iterator[Nursery]:
    started = Nursery(tmp_path)
    started.ask("migrate")
    yield started
    started.close()


def test_every_job_is_done_once_whoever_is_killed(nursery: Nursery) -> None:
    jobs = 240
    nursery.ask(f"jobs {jobs}")
    children = (jobs + 2) // 3
    calls = jobs // 5
    workers = [nursery.ask("worker"), nursery.ask("worker")]
    for left in (200, 150, 100, 50):
        nursery.wait_until_fewer_jobs_than(left)
        nursery.kill(workers.pop(0))
        workers.append(nursery.ask("worker"))
    nursery.wait_until_fewer_jobs_than(0)
    for pid in workers:
        nursery.kill(pid)

    found = nursery.rows("SELECT kind, count(*), count(DISTINCT n) FROM effect GROUP BY kind")
    assert {kind: (all_of, different) for kind, all_of, different in found} == {
        "inside": (jobs, jobs),
        "child": (children, children),
        "outside": (calls, calls),
    }
    # A call to the outside may be made again after a kill (its key makes the other side count it
    # once), but none is left out.
    called = [int(line) for line in nursery.ledger.read_text().split()]
    assert set(called) == set(range(0, jobs, 5))


def test_sigterm_finishes_the_job_in_hand_and_puts_the_rest_back(nursery: Nursery) -> None:
    nursery.ask("jobs 60")
    worker = nursery.ask("worker")
    nursery.wait_until_fewer_jobs_than(70)
    os.kill(int(worker), signal.SIGTERM)
    assert nursery.ask(f"wait {worker}") == "0"
    assert nursery.number("SELECT count(*) FROM outbox_job WHERE holder <> ''") == 0
    done = nursery.number("SELECT count(*) FROM effect WHERE kind = 'inside'")
    waiting = nursery.number("SELECT count(*) FROM outbox_job WHERE name = 'tests.inside'")
    assert done + waiting == 60
