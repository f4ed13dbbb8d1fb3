"""When the database goes away or the disk is full: plain words, nothing lost, and on by itself."""

from __future__ import annotations

import os
import pwd
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import requests
from django.db import OperationalError
from django.test import RequestFactory

from moothall.design import away
from tests import postgres
from tests.house import House, free_port, on_postgresql
from tests.resident import Http, Resident
from tests.stories import storm
from tests.stories.answers import missed_bin

pytestmark = pytest.mark.storm


class Server:
    """A PostgreSQL server of this test's own, which may be stopped and started."""

    def __init__(self) -> None:
        self.url = postgres._start()
        self.folder = Path(self.url.partition("host=")[2])
        self.programs = postgres._programs()
        self.user: dict[str, int] = {}
        if os.getuid() == 0:
            owner = pwd.getpwuid((self.folder / "data").stat().st_uid)
            self.user = {"user": owner.pw_uid, "group": owner.pw_gid}

    def _ctl(self, *args: str) -> None:
        subprocess.run(
            [self.programs / "pg_ctl", "-D", self.folder / "data", "-w", "-t", "60", *args],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd="/",
            check=True,
            **self.user,  # type: ignore[call-overload]  # user and group, or neither
        )

    def stop(self, how: str) -> None:
        """Stop it: `fast` ends connections, `immediate` is a crash."""
        self._ctl("-m", how, "stop")

    def start(self) -> None:
        """Start it again."""
        self._ctl("-l", str(self.folder / "log"), "start")


class Looker(threading.Thread):
    """Somebody who reads pages and asks the API all the time, and notes every answer."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.url = url
        self.stop = threading.Event()
        self.wrong: list[str] = []
        self.answers: dict[int, int] = {}
        self.longest = 0.0

    def run(self) -> None:
        """Ask until told to stop."""
        while not self.stop.is_set():
            for path in ("/services/missed-bin/", "/api/v1/services", "/health/ready"):
                begun = time.monotonic()
                try:
                    answer = requests.get(self.url + path, timeout=60, allow_redirects=False)
                except requests.RequestException as error:
                    self.wrong.append(f"{path}: {type(error).__name__}")
                    continue
                self.longest = max(self.longest, time.monotonic() - begun)
                self.answers[answer.status_code] = self.answers.get(answer.status_code, 0) + 1
                self._look(path, answer)
            time.sleep(0.05)

    def _look(self, path: str, answer: requests.Response) -> None:
        status = answer.status_code
        if status not in {200, 401, 503}:
            self.wrong.append(f"{path}: {status}")
        if status == 503 and path != "/health/ready":
            if answer.headers.get("Retry-After") != str(away.RETRY_SECONDS):
                self.wrong.append(f"{path}: no Retry-After")
            kind = answer.headers["Content-Type"]
            wanted = "application/problem+json" if path.startswith("/api/") else "text/html"
            if not kind.startswith(wanted):
                self.wrong.append(f"{path}: {kind}")


@pytest.fixture
def own() -> Iterator[tuple[Server, House]]:
    """A council on a server of its own."""
    if not on_postgresql():
        pytest.skip("SQLite has no server that could restart.")
    from psycopg import connect

    server = Server()
    with connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE moothall_away")
    home = Path(tempfile.mkdtemp(prefix="moothall-house-"))
    url = server.url.replace("/postgres?", "/moothall_away?")
    house = House(home, url, free_port())
    house.moothall("set_up", "--cases", "0")
    house.start()
    yield server, house
    house.kill()
    house.log.close()


@pytest.mark.timeout(600)
def test_a_database_that_restarts_under_load_costs_a_moment_and_nothing_else(
    own: tuple[Server, House],
) -> None:
    server, house = own
    seen, looker = storm.Storm(), Looker(house.url)
    threads = [
        threading.Thread(target=storm._resident, args=(house, seen, number), daemon=True)
        for number in range(3)
    ]
    for thread in (*threads, looker):
        thread.start()
    # A restart is waited for; an outage longer than the patience of a page (8 s) is told plainly.
    for how, seconds in (("fast", 1), ("immediate", 10)):
        storm._wait_for(seen, len(seen.acknowledged) + 3)
        server.stop(how)
        time.sleep(seconds)
        server.start()
    storm._wait_for(
        seen, len(seen.acknowledged) + 4
    )  # by itself: nobody restarted anything of ours
    looker.stop.set()
    seen.stop.set()
    for thread in (*threads, looker):
        thread.join(timeout=120)
    assert looker.wrong == []
    assert looker.answers.get(503), looker.answers
    assert looker.longest < 40
    storm.audit(house, seen, settled=False)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk with room for the council and little more."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=160m,mode=700", "tmpfs", str(place)],
        capture_output=True,
        check=False,
    )
    if made.returncode:
        pytest.skip("A disk that can be full needs the right to mount one.")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=False, capture_output=True)


@pytest.mark.timeout(600)
def test_a_full_disk_refuses_plainly_and_goes_on_when_there_is_room(small_disk: Path) -> None:
    if on_postgresql():
        pytest.skip("PostgreSQL's disk is its own; uploads go the same way as here.")
    house = House.build()
    kept_home = house.home
    house.kill()
    home = small_disk / "home"
    subprocess.run(["cp", "-a", str(kept_home), str(home)], check=True)
    house.home = home
    house.start()
    filler = small_disk / "filler"
    seen, looker = storm.Storm(), Looker(house.url)
    thread = threading.Thread(target=storm._resident, args=(house, seen, 1), daemon=True)
    try:
        thread.start()
        storm._wait_for(seen, 2)
        _fill(filler)
        looker.start()
        person = Resident(Http(house.url, timeout=30))
        person.start("missed-bin")  # reading needs no room
        with pytest.raises(AssertionError, match="503 at"):
            person.press(missed_bin(date.today(), name="Full Disk"))
        assert looker.answers.get(200) or looker.answers == {}
        filler.unlink()
        storm._wait_for(seen, len(seen.acknowledged) + 2)
        looker.stop.set()
        seen.stop.set()
        thread.join(timeout=120)
        looker.join(timeout=60)
        assert [one for one in looker.wrong if "503" not in one] == []
        storm.audit(house, seen, settled=False)
        checked: Any = house.moothall(
            "shell", "-c",
            "from django.db import connection as c\n"
            "cursor = c.cursor(); cursor.execute('PRAGMA integrity_check'); print(cursor.fetchone())",
        )  # fmt: skip
        assert "ok" in checked
    finally:
        house.home = kept_home
        house.close()


def _fill(path: Path) -> None:
    """Write until there is no room left."""
    block = b"\0" * 65536
    with path.open("wb", buffering=0) as file:
        for size in (len(block), 512):
            try:
                while True:
                    file.write(block[:size])
            except OSError:
                continue


def test_what_is_away_is_told_from_a_fault_of_ours() -> None:
    assert away.kind_of(OperationalError("server closed the connection unexpectedly")) == "database"
    assert away.kind_of(OperationalError("database is locked")) == "database"
    assert away.kind_of(OperationalError("database or disk is full")) == "disk"
    assert away.kind_of(OSError(28, "No space left on device")) == "disk"
    assert away.kind_of(OperationalError("no such column: casework_case.colour")) is None
    assert away.kind_of(ValueError("x")) is None
    assert away.kind_of(None) is None
    with pytest.raises(KeyError) as meanwhile:
        try:
            raise OperationalError("the connection is closed")
        except OperationalError:
            raise KeyError("x")  # noqa: B904 - what went wrong while it was handled
    assert away.kind_of(meanwhile.value) == "database"
    asked = RequestFactory()
    page = away.answer(asked.get("/services/"), "disk")
    assert page.status_code == 503
    assert page["Retry-After"] == "10"
    told = away.answer(asked.get("/api/v1/cases"), "database")
    assert told["Content-Type"] == "application/problem+json"
