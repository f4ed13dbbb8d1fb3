"""A resident pays; what the provider says when asked is what counts, and no payment is lost or doubled."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from moothall import outbox, pay
from moothall.outbox.models import Job
from moothall.pay import actions, queries, registry, tasks
from moothall.pay.checks import settings_of_pay
from moothall.pay.models import Payment, Refund, StandInPayment
from moothall.pay.money import pence, pounds
from tests.pay import fake_pay as fakes

NOW = datetime(2031, 3, 4, 9, 30, 10, tzinfo=UTC)
LATER = datetime(2400, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _alone(db: None) -> None:
    Job.objects.all().delete()


@pytest.fixture
def heard() -> Iterator[list[tuple[str, str]]]:
    found: list[tuple[str, str]] = []
    payments, refunds = list(registry._payment), list(registry._refund)
    pay.on_change(lambda payment, now: found.append((payment.subject_ref, payment.status)))
    pay.on_refund(lambda refund, now: found.append((refund.key, refund.status)))
    yield found
    registry._payment[:] = payments
    registry._refund[:] = refunds


@pytest.fixture
def govuk(settings: Any) -> Iterator[fakes.FakePay]:
    with fakes.fake_pay() as server:
        settings.PAY = {"adapter": "govuk", "key": fakes.KEY, "url": server.url + "/"}
        yield server


def begin(key: str = "k1", **more: Any) -> Payment:
    values: dict[str, Any] = {
        "subject_ref": "WM-1",
        "amount": Decimal("54.50"),
        "description": "Parking permit",
        "return_url": "/services/parking-permit/paid/",
        "now": NOW,
    }
    return actions.start(key=key, **{**values, **more})


# The stand-in and its pages


def test_a_resident_pays_and_comes_back(client: Client, heard: list[tuple[str, str]]) -> None:
    payment = begin()
    assert payment.status == "created"
    page = client.get(payment.next_url).content.decode()
    assert "£54.50" in page
    assert "no money is taken" in page
    back = client.post(payment.next_url, {"action": "pay", "card_number": "4444 3333 2222 1111"})
    assert (back.status_code, back["Location"]) == (303, "/services/parking-permit/paid/")
    assert heard == [], "the return itself proves nothing"
    assert actions.refresh(payment.public_id).status == "success"
    assert heard == [("WM-1", "success")]
    assert actions.refresh(payment.public_id).status == "success"
    assert len(heard) == 1
    assert "This payment has ended" in client.get(payment.next_url).content.decode()
    client.post(payment.next_url, {"action": "cancel"})
    assert StandInPayment.objects.get().status == "success"


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"action": "pay", "card_number": "4000000000000002"}, "failed"),
        ({"action": "decline"}, "failed"),
        ({"action": "cancel"}, "cancelled"),
        ({"action": "time_out"}, "expired"),
    ],
)
def test_what_else_can_happen_at_the_provider(
    client: Client, heard: list[tuple[str, str]], form: dict[str, str], status: str
) -> None:
    payment = begin()
    assert client.post(payment.next_url, form).status_code == 303
    assert actions.refresh(payment.public_id).status == status
    assert heard == [("WM-1", status)]


def test_a_real_card_number_is_refused_and_not_repeated(client: Client) -> None:
    payment = begin()
    answer = client.post(payment.next_url, {"action": "pay", "card_number": "5105105105105100"})
    assert answer.status_code == 422
    assert "Enter a test card number" in answer.content.decode()
    assert "5105" not in answer.content.decode()
    assert client.post(payment.next_url, {"action": "other"}).status_code == 422
    assert StandInPayment.objects.get().status in {"created", "started"}


def test_an_adviser_takes_a_payment_without_the_number(client: Client) -> None:
    payment = begin(moto=True)
    page = client.get(payment.next_url).content.decode()
    assert "The caller pays on their keypad" in page
    assert "card_number" not in page
    assert client.post(payment.next_url, {"action": "pay"}).status_code == 303
    assert actions.refresh(payment.public_id).status == "success"


def test_the_page_speaks_the_language_of_the_payment(client: Client) -> None:
    page = client.get(begin(language="cy").next_url).content.decode()
    assert '<html lang="cy"' in page


def test_the_stand_in_is_gone_once_there_is_a_provider(client: Client, settings: Any) -> None:
    payment = begin()
    settings.PAY = {**settings.PAY, "adapter": "govuk"}
    assert client.get(payment.next_url).status_code == 404
    settings.PAY = {**settings.PAY, "adapter": "local"}
    assert client.get("/stand-ins/pay/0000/").status_code == 404


def test_a_payment_whose_return_never_came_is_found(
    client: Client, heard: list[tuple[str, str]]
) -> None:
    payment = begin()
    client.post(payment.next_url, {"action": "pay", "card_number": "4444333322221111"})
    tasks.poll(NOW + timedelta(seconds=30))
    assert outbox.drain(LATER) == 0, "the person has a minute to come back"
    tasks.poll(NOW + timedelta(seconds=61))
    outbox.drain(LATER)
    assert heard == [("WM-1", "success")]
    assert queries.payments_for("WM-1")[0].next_ask_at is None


def test_an_unfinished_payment_is_asked_after_less_and_less_often() -> None:
    payment = begin()
    at, waits = NOW, []
    for _ in range(len(tasks.WAITS) + 2):
        due = Payment.objects.get(pk=payment.pk).next_ask_at
        assert due is not None
        waits.append(int((due - at).total_seconds()))
        at = due
        tasks.poll(at)
    assert waits == [60, *tasks.WAITS, 6 * 3600]
    assert Job.objects.filter(name="pay.ask").count() == 1, "one question at a time"
    tasks.poll(NOW + timedelta(days=8))
    (problem,) = queries.problems()
    assert (problem.pk, problem.status) == (payment.pk, "error")


def test_a_payment_can_be_cancelled_unless_it_is_over(
    client: Client, heard: list[tuple[str, str]]
) -> None:
    open_one, paid = begin("k1"), begin("k2", subject_ref="WM-2")
    client.post(paid.next_url, {"action": "pay", "card_number": "4444333322221111"})
    assert actions.cancel(open_one.public_id).status == "cancelled"
    assert actions.cancel(paid.public_id).status == "success"
    assert actions.cancel(paid.public_id).status == "success"
    assert heard == [("WM-1", "cancelled"), ("WM-2", "success")]


# GOV.UK Pay


def test_pay_is_asked_by_its_contract(
    govuk: fakes.FakePay, heard: list[tuple[str, str]], settings: Any
) -> None:
    payment = begin(language="cy", amount=Decimal("1.15"), moto=True, description="d" * 400)
    assert payment.next_url.startswith(govuk.url)
    body = govuk.bodies[payment.provider_id]
    assert body == {
        "amount": 115,
        "reference": "WM-1",
        "description": "d" * 255,
        "return_url": f"{settings.PUBLIC_URL}/services/parking-permit/paid/",
        "language": "cy",
        "moto": True,
        "metadata": {"payment": payment.public_id},
    }
    govuk.end(payment.provider_id, "submitted")
    assert actions.refresh(payment.public_id).status == "started"
    govuk.end(payment.provider_id, "success")
    assert actions.refresh(payment.public_id).status == "success"
    assert heard == [("WM-1", "started"), ("WM-1", "success")]


@pytest.mark.parametrize(
    ("status", "code", "ours"),
    [
        ("failed", "P0010", "failed"),
        ("failed", "P0020", "expired"),
        ("failed", "P0030", "cancelled"),
        ("failed", "P9999", "failed"),
        ("cancelled", "P0040", "cancelled"),
        ("error", "P0050", "error"),
        ("capturable", "", "started"),
    ],
)
def test_pays_words_in_ours(govuk: fakes.FakePay, status: str, code: str, ours: str) -> None:
    payment = begin()
    govuk.end(payment.provider_id, status, code)
    assert actions.refresh(payment.public_id).status == ours


def test_an_answer_that_was_lost_opens_no_second_payment(govuk: fakes.FakePay) -> None:
    govuk.failures = ["lost", 500, 401]
    for _ in range(3):
        with pytest.raises(actions.PayUnavailable, match="Try again in a few minutes"):
            begin()
    payment = begin()
    assert list(govuk.payments) == [payment.provider_id]
    assert begin().pk == payment.pk
    with pytest.raises(ValueError, match="another payment"):
        begin(amount=Decimal("1.00"))


def test_a_payment_that_was_never_opened_ends_here(
    govuk: fakes.FakePay, heard: list[tuple[str, str]]
) -> None:
    govuk.failures = [500, 500]
    for key in ("k1", "k2"):
        with pytest.raises(actions.PayUnavailable):
            begin(key)
    first, second = queries.payments_for("WM-1")
    assert actions.cancel(second.public_id).status == "cancelled"
    tasks.poll(NOW + timedelta(minutes=5))
    assert heard == [("WM-1", "cancelled")]
    tasks.poll(NOW + timedelta(hours=3))
    assert Payment.objects.get(pk=first.pk).status == "expired"
    assert not Job.objects.filter(name="pay.ask").exists()


def test_a_refused_payment_is_something_a_person_sees(govuk: fakes.FakePay) -> None:
    with pytest.raises(actions.PayUnavailable):
        begin(return_url="nowhere")
    (problem,) = queries.problems()
    assert problem.status == "error"
    assert problem.problem == "GOV.UK Pay refused (422). Code P0102. Field: amount."


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"amount": 5449}, "We asked for £54.50, the provider has £54.49."),
        ({"reference": "WM-2"}, "The provider has the reference 'WM-2'."),
    ],
)
def test_another_amount_or_reference_is_an_error_that_a_person_sees(
    govuk: fakes.FakePay,
    heard: list[tuple[str, str]],
    change: dict[str, Any],
    words: str,
) -> None:
    payment = begin()
    govuk.payments[payment.provider_id].update(change)
    govuk.end(payment.provider_id, "success")
    assert actions.refresh(payment.public_id).status == "error"
    assert heard == [("WM-1", "error")]
    assert [p.problem for p in queries.problems()] == [words]


def test_an_end_is_an_end(govuk: fakes.FakePay) -> None:
    payment = begin()
    govuk.end(payment.provider_id, "success")
    actions.refresh(payment.public_id)
    from moothall.pay.adapters import provider

    govuk.end(payment.provider_id, "failed", "P0010")
    again = actions.record(payment.pk, provider().read(payment.provider_id), NOW)
    assert again.status == "success"
    assert "the provider now says 'failed'" in queries.problems()[0].problem


def test_a_provider_out_of_reach_is_said_plainly(govuk: fakes.FakePay) -> None:
    payment = begin()
    govuk.failures = [503]
    with pytest.raises(actions.PayUnavailable, match="do not know yet"):
        actions.refresh(payment.public_id)
    govuk.failures = [503]
    with pytest.raises(actions.PayUnavailable, match="cannot cancel"):
        actions.cancel(payment.public_id)


def test_settings_are_checked_in_words(settings: Any) -> None:
    assert settings_of_pay() == []
    settings.PAY = {"adapter": "govuk", "key": "", "url": ""}
    assert "MOOTHALL_PAY_KEY" in str(settings_of_pay()[0].msg)
    settings.PAY = {"adapter": "cheque"}
    assert "Write local or govuk" in str(settings_of_pay()[0].msg)


# Refunds


@pytest.fixture
def paid(govuk: fakes.FakePay) -> Payment:
    payment = begin()
    govuk.end(payment.provider_id, "success")
    return actions.refresh(payment.public_id)


def test_money_goes_back_in_parts_and_never_more_than_was_paid(
    govuk: fakes.FakePay, paid: Payment, heard: list[tuple[str, str]]
) -> None:
    half = actions.refund(paid.public_id, Decimal("27.25"), "Permit given up", "r1")
    assert actions.refund(paid.public_id, Decimal("27.25"), "Permit given up", "r1") == half
    with pytest.raises(actions.RefundRefused, match=r"Only £27\.25"):
        actions.refund(paid.public_id, Decimal("27.26"), "Too much", "r2")
    with pytest.raises(ValueError, match="another refund"):
        actions.refund(paid.public_id, Decimal("1.00"), "Other", "r1")
    actions.refund(paid.public_id, Decimal("27.25"), "The rest", "r3")
    for days in range(3):
        outbox.drain(LATER + timedelta(days=days))
    assert sorted(heard) == [("r1", "success"), ("r3", "success")]
    assert [r["amount"] for r in govuk.refunds[paid.provider_id]] == [2725, 2725]
    assert queries.refundable(paid) == Decimal("0.00")


def test_a_refund_whose_answer_was_lost_is_not_made_twice(
    govuk: fakes.FakePay, paid: Payment, heard: list[tuple[str, str]]
) -> None:
    actions.refund(paid.public_id, Decimal("10.00"), "Part", "r1")
    govuk.failures = ["lost", 500]
    for days in range(3):
        outbox.drain(LATER + timedelta(days=days))
    assert heard == [("r1", "success")]
    assert len(govuk.refunds[paid.provider_id]) == 1
    assert Refund.objects.get().provider_id == govuk.refunds[paid.provider_id][0]["refund_id"]


def test_two_equal_refunds_are_two(govuk: fakes.FakePay, paid: Payment) -> None:
    """The second waits for the first, so that neither takes the other's for its own."""
    first = actions.refund(paid.public_id, Decimal("5.00"), "One", "r1")
    second = actions.refund(paid.public_id, Decimal("5.00"), "Two", "r2")
    with pytest.raises(outbox.TryAgain):
        tasks.make_refund(second.pk, NOW)
    record = tasks.make_refund(first.pk, NOW)
    assert record is not None
    record()
    for days in range(3):
        outbox.drain(LATER + timedelta(days=days))
    assert len(govuk.refunds[paid.provider_id]) == 2
    assert len(set(Refund.objects.values_list("provider_id", flat=True))) == 2


def test_a_refund_made_behind_our_back_stops_ours(govuk: fakes.FakePay, paid: Payment) -> None:
    govuk.refunds[paid.provider_id].append(
        {"refund_id": "x", "amount": 3, "status": "success", "created_date": "2031"}
    )
    refund = actions.refund(paid.public_id, Decimal("10.00"), "Part", "r1")
    outbox.drain(LATER)
    refund.refresh_from_db()
    assert refund.status == "error"
    assert "not those that we know of" in refund.problem
    assert queries.refundable(paid) == Decimal("54.50")


def test_a_refund_that_takes_days_is_asked_after(
    govuk: fakes.FakePay, paid: Payment, heard: list[tuple[str, str]]
) -> None:
    govuk.refund_status = "submitted"
    refund = actions.refund(paid.public_id, Decimal("10.00"), "Part", "r1", now=NOW)
    outbox.drain(LATER)
    tasks.poll_refunds(NOW + timedelta(days=1))
    outbox.drain(LATER)
    assert heard == [("r1", "submitted")]
    govuk.refunds[paid.provider_id][0]["status"] = "success"
    tasks.poll_refunds(NOW + timedelta(days=2))
    outbox.drain(LATER)
    assert heard[-1] == ("r1", "success")
    refund.refresh_from_db()
    assert refund.ended_at is not None


def test_a_refund_that_cannot_be_made_is_given_up(govuk: fakes.FakePay, paid: Payment) -> None:
    refund = actions.refund(paid.public_id, Decimal("10.00"), "Part", "r1")
    govuk.failures = [500] * 20
    for days in range(20):
        outbox.drain(LATER + timedelta(days=days))
    refund.refresh_from_db()
    assert (refund.status, refund.problem) == ("error", "GOV.UK Pay does not answer now (500).")


def test_only_what_was_paid_goes_back() -> None:
    payment = begin()
    with pytest.raises(actions.RefundRefused, match="was made"):
        actions.refund(payment.public_id, Decimal("1.00"), "Early", "r1")


def test_the_stand_in_refunds_too(client: Client, heard: list[tuple[str, str]]) -> None:
    payment = begin()
    client.post(payment.next_url, {"action": "pay", "card_number": "4444333322221111"})
    actions.refresh(payment.public_id)
    for key in ("r1", "r2"):
        actions.refund(payment.public_id, Decimal("20.00"), "Part", key)
        outbox.drain(LATER)
    assert heard == [("WM-1", "success"), ("r1", "success"), ("r2", "success")]


# Money


@given(st.integers(1, 10_000_000))
@examples(max_examples=200, deadline=None)
def test_pence_and_pounds_are_exact_both_ways(whole: int) -> None:
    assert pence(pounds(whole)) == whole
    assert pence(Decimal(f"{whole // 100}.{whole % 100:02d}")) == whole


@pytest.mark.parametrize("wrong", ["0", "-1", "0.001", "1.999", "100000.01", "NaN", "Infinity"])
def test_what_is_no_amount(wrong: str) -> None:
    with pytest.raises(ValueError):
        pence(Decimal(wrong))


def test_a_float_is_no_money() -> None:
    with pytest.raises(TypeError):
        pence(1.15)  # type: ignore[arg-type]


def test_the_database_refuses_nothing_and_less() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.create(
            public_id="p", key="p", subject_ref="x", pence=0, provider="local", created_at=NOW
        )
