"""Bad luck and bad intent in every field and address: a clear answer, never a 500."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.test import Client, RequestFactory

from moothall.casework.models import Case
from moothall.config.content_type import in_utf8
from moothall.people.models import User
from moothall.people.testing import sign_in
from tests.resident import Inside, Page, Resident
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


FIGURES = ["²", "9" * 5000, "9" * 30, "-1", "1e999999", "NaN", "1:²", "²:1", "9" * 19 + ":1"]
"""What passes for a number in one place and breaks in the next."""


@pytest.fixture
def case() -> Case:
    """A case with the waste team."""
    resident = Resident(Inside(Client()))
    return Case.objects.get(reference=resident.report("missed-bin", missed_bin(date.today())))


def _staff(name: str) -> Client:
    client = Client(raise_request_exception=True)
    sign_in(client, User.objects.get(email=f"{name}@wealdmere.example"))
    return client


@pytest.mark.parametrize("words", [*FIGURES, "a\0b", "2026-13-45T00:00:00", "2026-01-01T00:00:00"])
def test_every_form_of_the_desk_takes_anything(case: Case, words: str) -> None:
    officer, adviser = _staff("marcus.quill"), _staff("asha.merrow")
    at = f"/desk/cases/{case.reference}/"
    note = {"channel": "phone", "outcome": "answered", "service": "", "text": "Words"}
    forms: list[tuple[Client, str, dict[str, str], tuple[str, ...]]] = [
        (
            officer,
            "/desk/assign/",
            {"case": f"{case.pk}:1", "to": "nobody"},
            ("case", "to", "back"),
        ),
        (officer, "/desk/views/", {"name": "Mine"}, ("name", "remove", "back")),
        (officer, f"{at}assign/", {"to": "nobody"}, ("to", "expected")),
        (officer, f"{at}note/", {"text": "Words"}, ("text", "expected")),
        (officer, f"{at}reply/", {"text": "Words", "means": "email"}, ("key", "subject", "text")),
        (officer, f"{at}received/", note, ("text", "kept", "expected", "channel")),
        (officer, f"{at}correct/name/", {"reason": "Typed wrong"}, ("name", "reason", "expected")),
        (adviser, "/desk/assisted/contact/", note, ("started", "minutes", "channel", "service")),
        (
            adviser,
            "/desk/assisted/",
            {"channel": "phone", "service": "missed_bin"},
            ("language", "channel", "service"),
        ),
    ]
    for client, path, good, names in forms:
        for name in names:
            answer = client.post(path, {**good, name: words})
            assert answer.status_code < 500, (path, name)
    call = adviser.post("/desk/assisted/", {"channel": "phone", "service": "bulky_waste"})[
        "Location"
    ]
    page = Page(adviser.get(call).content.decode())
    for name in page.fields:
        assert adviser.post(call, {name: words}).status_code < 500, name
    assert adviser.post(f"{call}end/", {"outcome": "answered", "minutes": words}).status_code < 500


@pytest.mark.parametrize("words", [*FIGURES, "a\0b"])
def test_marks_that_a_form_carries_may_be_anything(words: str) -> None:
    visitor = Client(raise_request_exception=True)
    resident = Resident(Inside(visitor))
    resident.start("missed-bin")
    answers = missed_bin(date.today())
    for path in ("address", "address", "bin"):
        for name in ("revision", "draft", "remove-file", "remove", "change", "idempotency"):
            sent = {**resident.page.data(answers), name: words}
            answer = visitor.post(f"/services/missed-bin/{path}/", sent)
            assert answer.status_code < 500, (path, name)
        resident.open("/services/missed-bin/go-on")
        resident.press(answers)
    for slug, repeat in (("bulky-waste", "items"),):
        field = f"{repeat}-{words}-what"
        assert visitor.post(f"/services/{slug}/{repeat}/", {field: "x"}).status_code < 500


def test_a_file_is_only_taken_out_of_an_answer_of_files() -> None:
    visitor = Client(raise_request_exception=True)
    resident = Resident(Inside(visitor))
    resident.start("missed-bin")
    resident.fill(missed_bin(date.today()))
    before = resident.page.text.count("Robin Sallow")
    visitor.post("/services/missed-bin/name/", {"remove-file": "x"})
    assert resident.open("/services/missed-bin/check-answers/").heading == "Check your answers"
    assert resident.page.text.count("Robin Sallow") == before == 1


@pytest.mark.parametrize(
    "parameter",
    [
        "charset=hex",
        "charset=idna",
        "charset=undefined",
        "charset=utf-16",
        "x*=hex''%41",
        "charset",
    ],
)
@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x"])
def test_a_character_set_of_ones_own_breaks_nothing(parameter: str, kind: str) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="email"\r\n\r\na%41\r\n--x--\r\n'
    environ = RequestFactory().generic("POST", "/?q=%41", body).environ
    environ["CONTENT_TYPE"] = in_utf8(f"{kind}; {parameter}")
    made = WSGIRequest(environ)
    assert made.GET["q"] == "A"
    assert made.POST.get("email", "a%41") == "a%41"
    assert ("email" in made.POST) == kind.startswith("multipart")


def test_an_ordinary_kind_of_body_is_left_alone() -> None:
    for kind in ("", "application/json", "multipart/form-data; boundary=----aB3"):
        assert in_utf8(kind) == kind
    assert in_utf8("multipart/form-data; charset=utf-8; boundary=x") == (
        'multipart/form-data; boundary="x"'
    )


def test_a_nul_finds_nothing_and_breaks_nothing() -> None:
    visitor = Client(raise_request_exception=True)
    resident = Client(raise_request_exception=True)
    sign_in(resident, User.objects.create(email="a.resident@example.org"))
    for client in (visitor, resident):
        assert client.get("/files/a%00b/").status_code == 404
        assert client.get("/track/WM%00").status_code == 200
        assert client.get("/desk/cases/WM%00/").status_code < 500
    assert visitor.post("/stand-ins/messages/", {"to": "a\0b"}).status_code == 200
    assert visitor.get("/stand-ins/messages/?to=a%00b").status_code == 200
    visitor.cookies["moothall_session"] = "abcdefgh\0ijklmnop"
    assert visitor.get("/account/").status_code == 302


def test_words_with_a_nul_are_kept_without_it(case: Case) -> None:
    officer = _staff("marcus.quill")
    officer.post(f"/desk/cases/{case.reference}/note/", {"text": "Side\0 gate"})
    assert "Side gate" in officer.get(f"/desk/cases/{case.reference}/").content.decode()


def test_what_is_too_large_is_refused_before_it_is_read() -> None:
    answer = Client().post(
        "/track/", b"a=b", content_type="application/x-www-form-urlencoded",
        headers={"content-length": "120000001"},
    )  # fmt: skip
    assert answer.status_code == 400
    assert "smaller" in answer.content.decode()


@pytest.mark.parametrize("amount", [*FIGURES, "1e30", "0.001", "-0", "Infinity", "10000000"])
def test_an_amount_that_is_none_is_refused(amount: str) -> None:
    from moothall.desk.views.payment import pounds_of

    assert pounds_of(amount) is None
    assert pounds_of("£1,200.50") == Decimal("1200.50")
