"""Bad luck and bad intent in every field and address: a clear answer, never a 500."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from moothall.people.models import User
from moothall.people.testing import sign_in
from tests.resident import Inside, Resident
from tests.stories.answers import missed_bin, parking_permit, postcode_in_a_zone

pytestmark = pytest.mark.django_db

NASTY = [
    "nul \x00 byte",
    "<script>alert(1)</script>",
    "{{ 7*7 }} {names} %s %(x)s",
    '=HYPERLINK("http://x.example")',
    "x" * 20_000,
    "👩‍👩‍👧 \u202e rtl \ufeff bom",
    "'; DROP TABLE casework_case; --",
    "\r\nSet-Cookie: a=b",
]


@pytest.mark.parametrize("words", NASTY, ids=range(len(NASTY)))
def test_every_field_of_a_form_takes_anything_without_breaking(words: str) -> None:
    for slug, answers in (
        ("missed-bin", missed_bin(date.today())),
        ("parking-permit", parking_permit(postcode_in_a_zone())),
    ):
        person = Resident(Inside(Client(raise_request_exception=True)))
        person.start(slug)
        for _ in range(30):
            if person.url.rstrip("/").endswith("check-answers") or person.page.action is None:
                break
            # First the nasty answer (an assertion in the client fails on a 500), then the good one.
            person.press(
                {name: words for name, found in person.page.fields.items() if found.kind != "file"}
            )
            assert person.status in {200, 404, 422}, person.url
            assert "<script>alert(1)</script>" not in person.page.text
            if person.url.rstrip("/").endswith("check-answers"):
                break
            if person.page.action is not None:
                person.press(answers)
                assert person.status in {200, 422}


@pytest.mark.parametrize("words", NASTY, ids=range(len(NASTY)))
def test_addresses_and_queries_take_anything_without_breaking(words: str) -> None:
    visitor = Client(raise_request_exception=True)
    for path, field in (
        ("/", "q"),
        ("/services/", "q"),
        ("/search", "q"),
        ("/track/", "reference"),
        ("/account/sign-in/", "next"),
        ("/stand-ins/messages/", "page"),
    ):
        assert visitor.get(path, {field: words[:3000]}).status_code < 500
    assert visitor.post("/track/WM-AAA-AAA", {"secret": words[:3000]}).status_code < 500
    assert visitor.post("/account/sign-in/", {"email": words[:3000]}).status_code < 500
    assert visitor.post("/desk/sign-in/", {"email": words, "password": words}).status_code < 500


@pytest.mark.parametrize("words", [*NASTY, "-1", "99999999999999999999", "1e9"], ids=range(11))
def test_the_desk_and_insight_take_anything_without_breaking(words: str) -> None:
    officer = User.objects.get(email="marcus.quill@wealdmere.example")
    desk = Client(raise_request_exception=True)
    sign_in(desk, officer)
    for path, fields in (
        (
            "/desk/",
            (
                "service",
                "state",
                "team",
                "person",
                "ward",
                "due",
                "since",
                "until",
                "after",
                "order",
            ),
        ),
        ("/desk/search/", ("t", "page", "words")),
        ("/insight/", ("from", "to", "service")),
        ("/insight/cost/", ("from", "to", "service")),
        ("/stand-ins/messages/", ("page",)),
    ):
        for field in fields:
            assert desk.get(path, {field: words[:3000]}).status_code < 500, (path, field)
    assert desk.post("/desk/search/", {"words": words}).status_code < 500


def test_a_place_to_go_on_to_is_never_another_site() -> None:
    visitor = Client()
    for target in (
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
    ):
        for path in ("/account/sign-in/", "/desk/sign-in/"):
            page = visitor.get(path, {"next": target}).content.decode()
            assert f'value="{target}"' not in page
            assert f'href="{target}"' not in page


def test_a_figure_that_is_no_number_is_refused_in_words() -> None:
    """A raised two is a digit to Python and no number: it must not break a form of the desk."""
    desk = Client(raise_request_exception=True)
    sign_in(desk, User.objects.get(email="marcus.quill@wealdmere.example"))
    for number in ("²", "٣", "1²"):
        for data in (
            {"to": number, "case": f"{number}:1"},
            {"remove": number},
            {"minutes": number},
        ):
            for path in ("/desk/give/", "/desk/views/", "/desk/assisted/contact/"):
                assert desk.post(path, data).status_code < 500
        resident = Client(raise_request_exception=True)
        start = resident.get("/services/missed-bin/address/").content.decode()
        assert "<form" in start
        sent = {"revision": number, "address-postcode": "XW1 7DT", "address": number}
        assert resident.post("/services/missed-bin/address/", sent).status_code < 500
