"""Made-up addresses for a trial on real geography, where no open gazetteer exists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from moothall.places import actions, boundaries
from moothall.places.actions import AddressRow
from moothall.places.models import Postcode

FIRST_UPRN = 990_900_000_001
"""Of the range that no gazetteer issues, after the invented borough's own."""


def addresses_at_centres(on: dt.date) -> Iterator[tuple[str, AddressRow]]:
    """Yield for each postcode in use its code and one made-up address at its centre.

    The ward is that of the boundaries in force on `on`, not the table's, so that a test can hold
    the one against the other.
    """
    index = boundaries.index()
    found = Postcode.objects.filter(ended__isnull=True, lon__isnull=False).order_by("postcode")
    for number, one in enumerate(found.iterator()):
        assert one.lon is not None and one.lat is not None  # noqa: PT018 - narrows both for the type checker
        ward = index.at(one.lon, one.lat, on)
        yield (
            one.postcode,
            AddressRow(
                uprn=str(FIRST_UPRN + number),
                line=f"{number + 1} Trial Row",
                street="Trial Row",
                postcode=one.postcode,
                ward=ward.code if ward else None,
                lon=one.lon,
                lat=one.lat,
            ),
        )


def make_addresses(on: dt.date) -> int:
    """Keep one made-up address at the centre of each postcode. Returns how many."""
    rows = [row for _postcode, row in addresses_at_centres(on)]
    actions.save_addresses(rows, source="trial")
    actions.count_words()
    return len(rows)
