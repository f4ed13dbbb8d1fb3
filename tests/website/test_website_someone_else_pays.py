"""A resident asks somebody else to pay; that person pays and sees nothing else."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from moothall.casework import actions as casework
from moothall.casework.errors import NotAllowed
from moothall.casework.ledger import check_case, rebuild_case
from moothall.casework.models import Case
from moothall.casework.payers import payer_view, token
from moothall.notify.models import Message
from moothall.pay.actions import refresh
from moothall.pay.models import Payment, Refund, StandInPayment
from moothall.people.actor import applicant
from tests.journeys.people import BULKY, EMAIL, path, resident, walk_to

pytestmark = pytest.mark.django_db
PAYER = "ash.fennel@example.org"


@pytest.fixture(autouse=True)
def _council(council) -> None:
    """The invented council."""


@pytest.fixture
def case() -> Case:
    """A bulky collection that is sent and not paid."""
    person = resident()
    walk_to(person, "bulky-waste", "check-answers", BULKY)
    person.client.client.post("/services/bulky-waste/check-answers/", person.page.data({}))
    return Case.objects.get()


def ask(case: Case, name: str = "Ash Fennel", email: str = PAYER):
    person = resident()
    person.open(f"/track/{case.reference}")
    person.press({"secret": EMAIL})
    assert f"/track/{case.reference}/someone-else/" in str(person.page.links)
    person.open(f"/track/{case.reference}/someone-else/")
    person.press({"name": name, "email": email})
    return person


def link_sent() -> str:
    message = Message.objects.filter(to=PAYER).latest("pk")
    found = re.search(r"/pay-for/\S+/", message.body)
    assert found is not None
    return found.group()


def the_provider_says(payment: Payment, status: str) -> None:
    StandInPayment.objects.filter(provider_id=payment.provider_id).update(status=status)


def test_somebody_else_pays_and_the_case_begins(case: Case) -> None:
    person = ask(case)
    assert path(person) == f"/track/{case.reference}"
    assert "We have written to them" in person.page.text
    assert "You asked somebody else to pay" in person.page.text

    payer = resident()
    payer.open(link_sent())
    for words in (case.reference, "£24", case.contact_name):
        assert words in payer.page.text
    for answer in ("On the front path", EMAIL, "Sofa", "follow"):
        assert answer.lower() not in payer.page.text.lower()
    sent = payer.client.client.post(link_sent(), payer.page.data({}))
    assert sent.status_code == 303
    assert "/stand-ins/pay/" in sent.headers["Location"]
    payment = Payment.objects.get(key__contains=":payer:")
    the_provider_says(payment, "success")
    payer.open(link_sent())
    assert payer.page.heading == "Thank you, you have paid"
    case.refresh_from_db()
    assert case.paid_state == "paid"
    assert case.state != "unpaid"
    person.open(f"/track/{case.reference}")
    assert "You paid £24" in person.page.text
    assert check_case(case).why == ""
    assert rebuild_case(case.pk, only_compare=True) == []


@pytest.mark.parametrize("status", ["failed", "cancelled", "expired"])
def test_a_payment_that_did_not_succeed_can_be_tried_again(case: Case, status: str) -> None:
    ask(case)
    payer = resident()
    payer.open(link_sent())
    payer.client.client.post(link_sent(), payer.page.data({}))
    the_provider_says(Payment.objects.get(key__contains=":payer:"), status)
    payer.open(link_sent())
    assert "No money has been taken" in payer.page.text
    again = payer.client.client.post(link_sent(), payer.page.data({}))
    assert again.status_code == 303
    assert Payment.objects.filter(key__contains=":payer:").count() == 2


def test_both_pay_and_the_second_is_paid_back(case: Case) -> None:
    ask(case)
    payer = resident()
    payer.open(link_sent())
    payer.client.client.post(link_sent(), payer.page.data({}))
    own = Payment.objects.exclude(key__contains=":payer:").get()
    theirs = Payment.objects.get(key__contains=":payer:")
    for payment in (own, theirs):
        the_provider_says(payment, "success")
    refresh(own.public_id)
    payer.open(link_sent())
    assert payer.page.heading == "Thank you, you have paid"
    case.refresh_from_db()
    assert case.paid_state == "part_refunded"
    assert Refund.objects.get().payment_id == theirs.pk


def test_a_newer_invitation_takes_the_place_of_the_one_before(case: Case) -> None:
    ask(case)
    first = link_sent()
    ask(case, name="Bay Fennel")
    payer = resident()
    payer.open(first)
    assert payer.page.heading == "There is nothing to pay here now"
    payer.open(link_sent())
    assert "£24" in payer.page.text


def test_the_link_ends_with_the_time_to_pay_and_a_forged_one_shows_nothing(case: Case) -> None:
    ask(case)
    late = timezone.now() + timedelta(days=30)
    view = payer_view(link_sent().split("/")[-2], now=late)
    assert view is not None
    assert view.state == "over"
    client = resident()
    for forged in (token(case, 1)[:-1] + "x", token(case, 999), "nothing", f"{case.reference}.2~x"):
        client.open(f"/pay-for/{forged}/")
        assert client.status in {404, 410}
        assert "£24" not in client.page.text


def test_only_three_people_are_asked_and_twice_the_same_form_asks_once(case: Case) -> None:
    actor = applicant(None)
    casework.ask_payer(case.pk, "Ash", PAYER, actor=actor, key="v1")
    casework.ask_payer(case.pk, "Ash", PAYER, actor=actor, key="v1")
    assert Message.objects.filter(to=PAYER).count() == 1
    for number in (2, 3):
        casework.ask_payer(case.pk, "Ash", PAYER, actor=actor, key=f"v{number}")
    with pytest.raises(NotAllowed):
        casework.ask_payer(case.pk, "Ash", PAYER, actor=actor, key="v4")
    person = ask(case)
    assert person.status == 422
    assert "three people" in person.page.text


@pytest.mark.parametrize(
    ("name", "email", "field"),
    [("", PAYER, "name"), ("x" * 61, PAYER, "name"), ("Ash", "no address", "email")],
)
def test_what_is_wrong_is_said_beside_the_field(case: Case, name, email, field: str) -> None:
    person = ask(case, name, email)
    assert person.status == 422
    assert person.page.errors
    assert person.page.fields["email"].values == [email] or field == "name"
    assert not Message.objects.filter(to=PAYER).exists()


def test_a_stranger_cannot_ask_and_a_name_carries_no_link(case: Case) -> None:
    person = resident()
    person.open(f"/track/{case.reference}/someone-else/")
    assert path(person) == f"/track/{case.reference}"
    Case.objects.filter(pk=case.pk).update(contact_name="http://evil.example/ <b>Click</b>")
    casework.ask_payer(case.pk, "Ash http://x.example", PAYER, actor=applicant(None))
    body = Message.objects.get(to=PAYER).body
    assert "evil.example" not in body
    assert "x.example" not in body
    assert body.count("://") == 1
