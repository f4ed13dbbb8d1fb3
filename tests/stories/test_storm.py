"""Nothing acknowledged is ever lost: kill every process in a storm of forms, and look."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from tests.house import House, on_postgresql
from tests.stories import storm

pytestmark = pytest.mark.storm

KILLS = int(os.environ.get("MOOTHALL_SOAK_KILLS", "200"))
A_ROUND = 20
PROGRESS = Path(os.environ.get("MOOTHALL_SOAK_STATE", "var/soak"))


def test_three_kills_in_a_storm_lose_nothing(house: House) -> None:
    seen = storm.run(house, kills=3, clients=4, between=6, settled=False)
    assert len(seen.acknowledged) >= 18


@pytest.mark.soak
@pytest.mark.timeout(4 * 3600)
def test_two_hundred_kills_in_a_storm_lose_nothing() -> None:
    """Rounds of twenty kills, each on a council of its own that is audited whole at its end.

    A round that passed is noted in `var/soak`, so that a soak that was cut off goes on after it;
    remove the folder to begin again.
    """
    name = "postgresql" if on_postgresql() else "sqlite"
    notes = PROGRESS / f"kills-{name}.json"
    notes.parent.mkdir(parents=True, exist_ok=True)
    done = json.loads(notes.read_text()) if notes.exists() else {"kills": 0, "cases": 0, "again": 0}
    while done["kills"] < KILLS:
        kills, started = min(A_ROUND, KILLS - done["kills"]), time.monotonic()
        house = House.build()

        def say(kill: int, seen: storm.Storm, before: int = done["kills"]) -> None:
            print(
                f"  {name}: kill {before + kill} of {KILLS}, "
                f"{len(seen.acknowledged)} cases acknowledged in this round",
                flush=True,
            )

        try:
            seen = storm.run(
                house,
                kills=kills,
                clients=6,
                between=8,
                whom=("all", "web", "all", "worker", "all"),
                progress=say,
            )
        finally:
            house.close()
        done["kills"] += kills
        done["cases"] += len(seen.acknowledged)
        done["again"] += seen.sent_again
        notes.write_text(json.dumps(done))
        print(f"  {name}: round passed in {time.monotonic() - started:.0f} s", flush=True)
    print(
        f"{name}: {done['kills']} SIGKILLs, {done['cases']} cases acknowledged, {done['again']} "
        "submissions sent again: none lost, none doubled, none half there, each confirmed once, "
        "every chain verified"
    )
