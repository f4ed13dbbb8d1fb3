"""The library of service files."""

from __future__ import annotations

import pytest

from moothall.packs import library


@pytest.mark.parametrize(
    ("version", "wanted", "fits"),
    [
        ("1.2.0", "", True),
        ("1.2.0", "1", True),
        ("1.2.0", "1.2", True),
        ("1.3.1", "1.2", True),
        ("1.1.9", "1.2", False),
        ("2.0.0", "1", False),
        ("1.2.0", "1.2.0", True),
        ("1.2.1", "1.2.0", False),
    ],
)
def test_ranges(version: str, wanted: str, fits: bool) -> None:
    assert library.fits(version, wanted) is fits


def test_the_six_services_are_there() -> None:
    assert set(library.ids()) >= {
        "bulky_waste",
        "complaint",
        "crisis_support",
        "foi_request",
        "missed_bin",
        "parking_permit",
    }


def test_a_service_comes_with_its_translations() -> None:
    source = library.source("missed_bin", "1")
    assert source.file == "services/missed_bin/service.yaml"
    assert source.translations["cy"][0] == "services/missed_bin/service.cy.yaml"


def test_a_wrong_name_says_what_there_is() -> None:
    with pytest.raises(LookupError, match=r"no service mised_bin in the library.*missed_bin"):
        library.source("mised_bin")
    with pytest.raises(LookupError, match="does not fit 9"):
        library.source("missed_bin", "9")
