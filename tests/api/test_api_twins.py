"""Everything that can be done at the desk can be done by the API: each address has its twin, or a reason."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from moothall.api.api import api
from moothall.api.contract import OPERATIONS
from moothall.desk.urls import urlpatterns

assert api

SCREENS_ONLY = {
    "desk-views": "a saved view is an address of the queue's page; systems keep their filters themselves",
    "desk-settings": "how the desk looks and which emails one person gets",
    "desk-keys": "the list of single-key shortcuts",
    "desk-case-print": "a case laid out for paper; what is on it is read with get_case",
    "desk-case-open": "who else has the page of a case open just now",
}
"""Addresses of the desk that are about the screen itself."""
ACCOUNTS = {
    "desk-staff": "reading is there; accounts are changed by a person with a second factor, never by a key",
    "desk-staff-person": "as above",
}


PRIVACY_OFFICE = "moothall.desk.views.privacy_office"
"""Holds, subject access, who looked at what: disclosure is decided by a person with a second factor."""


def _names(patterns: list[URLPattern | URLResolver]) -> set[str]:
    return {
        one.name
        for one in patterns
        if isinstance(one, URLPattern)
        and one.name
        and not one.callback.__module__.startswith(PRIVACY_OFFICE)
    }


def test_each_address_of_the_desk_has_its_twin() -> None:
    twins = {name for one in OPERATIONS.values() for name in one.desk}
    missing = _names(urlpatterns) - twins - set(SCREENS_ONLY)
    assert missing == set(), "give the API an operation with desk=(…), or say why it is for screens"


def test_no_twin_and_no_reason_outlives_its_address() -> None:
    known = _names(urlpatterns)
    twins = {name for one in OPERATIONS.values() for name in one.desk}
    assert twins - known == set()
    assert (set(SCREENS_ONLY) | set(ACCOUNTS)) - known == set()


def test_each_operation_says_what_it_is() -> None:
    for path, view in api._get_bound_routers()[0].path_operations.items():
        for operation in view.operations:
            assert operation.description, path
            assert operation.summary, path
