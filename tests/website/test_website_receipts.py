"""What somebody sent, on paper: tagged, in their language, and never more than their words."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies
from pypdf import PdfReader

from moothall.casework.models import Case
from moothall.casework.queries import link_token
from moothall.design import paper
from moothall.people.testing import sign_in
from tests.journeys.people import EMAIL, PERMIT, bin_answers, path, resident, walk_to

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOSTILE = (
    '#panic("x") *bold* _i_ $x^2$ \\ `raw` <label> @ref // gone /* gone */ [a](b) "] '
    "Siân Ŵyn Llŷr Łukasz \u202eright to left\u202c مرحبا שלום 日本 😀 \x00\x07\ud800"
)


def read(data: bytes) -> tuple[PdfReader, str]:
    """The PDF and its words on one line, as a screen reader or a search would find them."""
    found = PdfReader(BytesIO(data))
    words = " ".join(" ".join(page.extract_text() for page in found.pages).split())
    return found, words.replace("\u200b", "")


def tagged(found: PdfReader) -> Any:
    root: Any = found.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/StructTreeRoot"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert root["/Outlines"]
    return root


def test_what_was_typed_stays_words() -> None:
    one = paper.Paper(
        title=f"Receipt {HOSTILE}",
        council="Cyngor Ŵ & Co #1",
        lang="cy",
        lead=(HOSTILE, ""),
        sections=(
            paper.Part(
                HOSTILE,
                (("Name", HOSTILE), ("Long", "x" * 10_000), ("", ""), ("Lines", "a\n\n\r\nb")),
                heads=("Cwestiwn", "Ateb"),
            ),
        ),
        link="https://council.example/track/WM-7K3-9QF",
        link_says="Picture",
        mark="WM-7K3-9QF",
    )
    data = paper.pdf(one, now=NOW)
    assert data == paper.pdf(one, now=NOW)
    found, words = read(data)
    assert tagged(found)["/Lang"] == "cy-GB"
    assert found.metadata is not None
    assert str(found.metadata.title).startswith('Receipt #panic("x") *bold*')
    for said in ('#panic("x") *bold* _i_ $x^2$', "`raw` <label> @ref", "// gone", "Siân Ŵyn Llŷr"):
        assert said in words
    assert words.count("x") > 9_990
    assert "right to left" in words
    assert b"/JavaScript" not in data


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(strategies.text(max_size=200))
def test_any_words_make_a_paper(words: str) -> None:
    part = paper.Part(words or "-", ((words, words),), (words,), ("a", "b"))
    data = paper.pdf(paper.Paper(words or "-", words, sections=(part,), mark=words), now=NOW)
    assert data.startswith(b"%PDF-")


@pytest.mark.django_db
def test_the_receipt_of_a_report_is_for_those_who_may_follow_it(council: Any) -> None:
    person = resident()
    reference = person.report("missed-bin", bin_answers())
    answer = person.client.client.get(f"/track/{reference}/receipt.pdf")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/track/{reference}")
    person.open(f"/track/{reference}")
    person.press({"secret": EMAIL})
    assert "Download your receipt" in person.page.text
    answer = person.client.client.get(f"/track/{reference}/receipt.pdf")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{reference}.pdf"'
    assert "no-store" in answer.headers["Cache-Control"]
    found, words = read(answer.content)
    assert tagged(found)["/Lang"] == "en-GB"
    for said in (reference, "Wealdmere", "What happens next", "By the side gate", "promise"):
        assert said in words, said
    # A case in Welsh has a receipt in Welsh, whichever page asks for it.
    Case.objects.update(language="cy")
    found, words = read(person.client.client.get(f"/track/{reference}/receipt.pdf").content)
    assert tagged(found)["/Lang"] == "cy-GB"
    for said in ("Derbynneb", "Eich cais", "Beth sy", "/cy/track/", "By the side gate"):
        assert said in words, said
    link = f"/track/{reference}/{link_token(Case.objects.get())}/?to=receipt"
    answer = resident().client.client.get(link, follow=True)
    assert answer.headers["Content-Type"] == "application/pdf"


@pytest.mark.django_db
def test_a_receipt_says_what_it_cost(council: Any) -> None:
    from moothall.pay.models import Payment, StandInPayment

    person = resident()
    walk_to(person, "parking-permit", "check-answers", PERMIT)
    person.client.client.post("/services/parking-permit/check-answers/", person.page.data({}))
    StandInPayment.objects.filter(provider_id=Payment.objects.get().provider_id).update(
        status="success"
    )
    person.open("/services/parking-permit/pay/")
    assert path(person).endswith("/done/")
    case = Case.objects.get()
    person.open(f"/track/{case.reference}")
    person.press({"secret": EMAIL})
    _found, words = read(person.client.client.get(f"/track/{case.reference}/receipt.pdf").content)
    pounds = f"£{case.fee_pence // 100}"
    assert f"Total {pounds}" in words
    assert f"Paid {pounds}" in words
    assert "VAT None is charged" in words or "Of this, VAT at 20%" in words


@pytest.mark.django_db
def test_an_officer_prints_what_they_may_see(council: Any, client: Any) -> None:
    from moothall.people.models import User

    reference = resident().report("missed-bin", bin_answers())
    address = f"/desk/cases/{reference}/print.pdf"
    assert client.get(address).status_code in {302, 303, 403}
    officer = User.objects.filter(is_staff=True, memberships__team__slug="waste").first()
    assert officer is not None
    sign_in(client, officer)
    answer = client.get(address)
    assert answer.status_code == 200
    found, words = read(answer.content)
    tagged(found)
    for said in (f"Case {reference}", "By the side gate", "Messages", "What happened", "personal"):
        assert said in words, said
