"""One file holds the council: made in the middle of a storm, put back elsewhere, and nothing is missing."""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.house import House, free_port, on_postgresql
from tests.journeys.people import PERMIT
from tests.resident import Http, Resident
from tests.stories import storm

pytestmark = pytest.mark.storm


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Callable[[], House]]:
    """Makes places without a council: a home, and with PostgreSQL an empty database."""
    made: list[House] = []

    def make() -> House:
        home = tmp_path / f"home{len(made)}"
        home.mkdir()
        url = ""
        if on_postgresql():
            from tests.postgres import admin, url_of

            name = f"moothall_restored_{free_port()}"
            admin(f"CREATE DATABASE {name}")
            url = url_of(name)
        house = House(home, url, free_port())
        house.log = (home / "serve.log").open("ab")
        made.append(house)
        return house

    yield make
    for house in made:
        house.close()


def refused(house: House, *args: str) -> str:
    """What a command that must fail says."""
    with pytest.raises((subprocess.CalledProcessError, AssertionError)) as failed:
        house.moothall(*args)
    error = failed.value
    return (
        str(getattr(error, "stderr", "") or "")
        + str(getattr(error, "output", "") or "")
        + str(error)
    )


def test_a_backup_in_a_storm_brings_back_all_that_was_acknowledged(house: House, empty) -> None:
    person = Resident(Http(house.url, timeout=60))
    person.start("parking-permit")
    person.fill(PERMIT)
    person.press(PERMIT)
    person.open("/services/parking-permit/pay/")
    with_files = re.findall(r"WM-\w{3}-\w{3}", person.page.text)[0]
    seen = storm.Storm()
    threads = [
        threading.Thread(target=storm._resident, args=(house, seen, number), daemon=True)
        for number in range(3)
    ]
    for thread in threads:
        thread.start()
    storm._wait_for(seen, 5)
    before = list(seen.acknowledged)
    folder = house.home / "backups"
    told = json.loads(house.moothall("backup", str(folder), "--json"))
    storm._wait_for(seen, len(seen.acknowledged) + 1)  # nobody had to wait for it
    seen.stop.set()
    for thread in threads:
        thread.join(timeout=120)
    file = Path(told["file"])
    assert file.stat().st_mode & 0o077 == 0
    assert [one.name for one in folder.iterdir()] == [file.name], "nothing half made is left"

    other = empty()
    said = other.moothall("restore", str(file))
    assert "every chain verifies" in said
    other.start()
    found = storm.look(other, settled=False)
    assert {*before, with_files} <= set(found["cases"])
    assert {*found["cases"]} <= {*storm.look(house, settled=False)["cases"]}
    visitor = Resident(Http(other.url, timeout=60))
    visitor.open(f"/track/{with_files}")
    visitor.press({"secret": str(PERMIT["email"])})
    assert "What you told us" in visitor.page.text
    uploads = [path for path in (other.home / "files").rglob("*") if path.is_file()]
    assert uploads
    assert all(
        path.read_bytes() == (house.home / path.relative_to(other.home)).read_bytes()
        for path in uploads
    )
    # A council that is being served is not overwritten, and neither is one that is only there.
    assert "served" in refused(other, "restore", str(file), "--replace")
    other.kill()
    assert "every chain verifies" in other.moothall("restore", str(file), "--replace")
