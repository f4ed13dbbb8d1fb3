"""A report from every postcode lands in its right ward: on the invented borough, and on a real one.

The real geography comes from MOOTHALL_TRIAL_DATA and stays out of the repository. It has no open
gazetteer, so each postcode gets one made-up address at its centre. The ward that a case must have is
the one that Code-Point Open publishes for the postcode.
"""

from __future__ import annotations

import csv
import os
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.core.management import call_command

from moothall.casework.models import Case
from moothall.journeys import actions as journeys
from moothall.packs.queries import service as offered_service
from moothall.places import queries as places
from tests.house import on_postgresql
from tests.stories.answers import working_day_before

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 11, 10, 0, tzinfo=ZoneInfo("Europe/London"))
"""A Wednesday."""


def report_from(postcode: str, minute: int) -> Case:
    """A resident at the first address of `postcode` reports a missed bin, answer by answer."""
    service = offered_service("missed_bin")
    assert service is not None
    address = places.addresses_at(postcode)[0]
    now = NOW + timedelta(seconds=minute)
    draft = journeys.begin(service, now=now)
    draft.answers = {
        "address": dict(address),
        "bin": "refuse",
        "missed_on": working_day_before(date(2026, 3, 11)).isoformat(),
        "was_out": True,
        "name": "Robin Sallow",
        "tell_me_by": "nothing",
    }
    draft.save()
    return journeys.submit(service, draft, now=now)


def test_every_postcode_of_the_invented_borough() -> None:
    rows = list(csv.DictReader((Path(settings.PACK) / "geography/addresses.csv").open()))
    ward_of = {row["uprn"]: row["ward"] for row in rows}
    postcodes = sorted({row["postcode"] for row in rows})
    step = 10 if on_postgresql() else 1
    wrong = []
    for number, postcode in enumerate(postcodes[::step]):
        case = report_from(postcode, number)
        uprn = places.addresses_at(postcode)[0]["uprn"]
        if case.ward != ward_of[uprn]:
            wrong.append((postcode, case.ward, ward_of[uprn]))
    assert wrong == []
    assert len(postcodes) > 700


@pytest.mark.trial
@pytest.mark.timeout(1200)
def test_every_postcode_of_a_real_borough() -> None:
    folder = Path(settings.TRIAL_DATA) / "trafford"
    if not folder.exists():
        pytest.skip(f"MOOTHALL_TRIAL_DATA: no trial data in {settings.TRIAL_DATA}")
    from moothall.places.trial import make_addresses

    call_command(
        "import_wards", str(folder / "wards_2023_full.geojson"), "--valid-from", "2023-05-04"
    )
    call_command("import_postcodes", str(folder / "codepoint_open_2025-05.csv"))
    make_addresses(date(2026, 3, 11))

    rows = list(csv.DictReader((folder / "codepoint_open_2025-05.csv").open()))
    assert len(rows) == 6486
    step = int(os.environ.get("MOOTHALL_TEST_TRIAL_STEP", "10"))
    wrong = []
    for number, row in enumerate(rows[::step]):
        case = report_from(row["postcode"], number)
        if case.ward != row["admin_ward_code"]:
            wrong.append((row["postcode"], case.ward, row["admin_ward_code"]))
    assert wrong == []
    assert Case.objects.exclude(ward="").values("ward").distinct().count() == 21
