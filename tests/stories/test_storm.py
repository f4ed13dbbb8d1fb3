"""Nothing acknowledged is ever lost: kill every process in a storm of forms, and look."""

from __future__ import annotations

import pytest

from tests.house import House
from tests.stories import storm

pytestmark = pytest.mark.storm


def test_three_kills_in_a_storm_lose_nothing(house: House) -> None:
    seen = storm.run(house, kills=3, clients=4, between=6)
    assert len(seen.acknowledged) >= 18


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_forty_kills_in_a_storm_lose_nothing(house: House) -> None:
    seen = storm.run(house, kills=40, clients=8, between=12)
    print(f"{len(seen.acknowledged)} acknowledged, {seen.sent_again} sent again, none lost")
