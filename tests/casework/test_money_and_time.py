"""Payments that come, come late, come twice or never; times that are lost; and what the clock does."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from moothall import outbox
from moothall.casework import actions, clock, queries
from moothall.casework.errors import NotAllowed
from moothall.casework.models import Case
from moothall.language import Service, load_service
from moothall.notify.models import Message
from moothall.packs.models import ServiceVersion
from moothall.pay import actions as pay
from moothall.pay import registry
from moothall.pay.models import Payment, Refund, StandInPayment
from moothall.slots import actions as slots
from moothall.slots.models import Booking, Resource, Slot
from tests.casework.conftest import (
    NOW,
    address,
    fresh,
    is_whole,
    kinds,
    later,
    missed_bin,
    pays,
    permit,
    resident,
    staff,
)

pytestmark = pytest.mark.django_db


def started(case: Case, now: datetime = NOW, **given: Any) -> Payment:
    return actions.start_payment(
        case.pk, actor=resident(), return_url="http://testserver/back", now=now, **given
    )


def ends(payment: Payment, status: str, now: datetime = NOW) -> None:
    StandInPayment.objects.filter(provider_id=payment.provider_id).update(status=status)
    pay.refresh(payment.public_id, now=now)


def told(case: Case) -> list[str]:
    events = case.events.filter(kind="message_queued").order_by("sequence")
    return [event.fields["told"] for event in events]


def test_a_permit_waits_for_its_fee_and_then_begins() -> None:
    case = permit()
    assert (case.state, case.paid_state, case.fee_pence) == ("unpaid", "due", 4500)
    assert case.finish_by is None
    assert told(case) == []
    nadia = staff("nadia")
    seen = queries.case_for(nadia, case.reference, now=NOW)
    assert seen is not None
    assert seen.moves == ()
    assert seen.state_label == "Waiting for payment"
    track = queries.track(case.reference, case.contact_email, now=NOW)
    assert track is not None
    assert track.payment.can_pay
    assert track.payment.label == "£45.00 to pay"
    pays(case, later(minutes=5))
    case = fresh(case)
    assert (case.state, case.paid_state, case.paid_pence) == ("received", "paid", 4500)
    assert case.started_at == later(minutes=5)
    assert case.finish_by is not None
    assert told(case)[0] == "received"
    with pytest.raises(NotAllowed):
        started(case)
    is_whole(case)


def test_a_declined_card_can_be_tried_again() -> None:
    case = permit()
    first = started(case)
    assert started(case).public_id == first.public_id, "a second click takes the same payment up"
    ends(first, "failed")
    assert fresh(case).state == "unpaid"
    second = started(case)
    assert second.public_id != first.public_id
    ends(second, "success")
    assert fresh(case).state == "received"
    assert kinds(case).count("payment_failed") == 1
    is_whole(case)


def test_a_payment_that_never_came_lapses_by_the_clock() -> None:
    case = permit()
    assert case.pay_by == later(hours=24)
    assert clock.tick(later(hours=23)) == 0
    assert clock.tick(later(hours=25)) == 1
    case = fresh(case)
    assert (case.state, case.outcome) == ("lapsed", "expired")
    with pytest.raises(NotAllowed):
        started(case, later(hours=26))
    is_whole(case)


def test_a_payment_that_comes_after_all_is_honoured() -> None:
    case = permit()
    payment = started(case, later(hours=23))
    clock.tick(later(hours=25))
    assert fresh(case).state == "lapsed"
    ends(payment, "success", later(hours=25, minutes=1))
    case = fresh(case)
    assert case.state == "received"
    assert case.ended_at is None
    assert case.finish_by is not None
    assert told(case)[0] == "received"
    is_whole(case)


def test_paid_twice_is_paid_back_once() -> None:
    case = permit()
    first, second = started(case), started(case, key="another window")
    ends(first, "success")
    ends(second, "success")
    case = fresh(case)
    assert (case.paid_pence, case.refunded_pence) == (9000, 4500)
    assert Refund.objects.get().payment_id == second.pk
    assert kinds(case).count("started") == 1
    is_whole(case)


def test_an_adviser_takes_the_payment_by_phone() -> None:
    case = permit(actor=staff("asha"), channel="phone")
    with pytest.raises(NotAllowed):
        actions.start_payment(
            case.pk, actor=resident(), return_url="http://testserver/", moto=True, now=NOW
        )
    payment = actions.start_payment(
        case.pk, actor=staff("asha"), return_url="http://testserver/", moto=True, now=NOW
    )
    assert payment.moto
    ends(payment, "success")
    assert fresh(case).state == "received"
    is_whole(case)


def test_saying_no_pays_everything_back() -> None:
    case = permit()
    pays(case)
    nadia = staff("nadia")
    actions.move(
        case.pk, "start_check", actor=nadia, expected=fresh(case).lock_version, now=later(hours=1)
    )
    actions.move(
        case.pk,
        "refuse",
        actor=nadia,
        expected=fresh(case).lock_version,
        reason="Wrong street",
        message="Your street has no permits.",
        now=later(hours=2),
    )
    case = fresh(case)
    assert (case.outcome, case.refunded_pence) == ("refused", 4500)
    track = queries.track(case.reference, case.contact_email, now=later(hours=2))
    assert track is not None
    assert track.payment.label == "£45.00 paid back"
    is_whole(case)


def test_a_refund_that_the_provider_refuses_is_no_refund() -> None:
    case = permit()
    pays(case)
    actions.refund(case.pk, Decimal(5), "Sorry", actor=staff("nadia"), now=NOW)
    refund = Refund.objects.get()
    refund.status = "error"
    refund.save()
    registry.tell_refund(refund, later(hours=1))
    case = fresh(case)
    assert (case.refunded_pence, case.paid_state) == (0, "paid")
    is_whole(case)


# Bulky waste: a time that is booked


@pytest.fixture
def times(db: None) -> list[Slot]:
    """Three mornings with one place each."""
    resource, _ = Resource.objects.get_or_create(slug="bulky_waste", defaults={"name": "Bulky"})
    Slot.objects.filter(resource=resource).delete()
    return [
        Slot.objects.create(
            resource=resource,
            starts=later(days=7 + day),
            ends=later(days=7 + day, hours=5),
            place_number=1,
        )
        for day in range(3)
    ]


def collection(
    slot: Slot,
    now: datetime = NOW,
    key: str = "bulky-1",
    service: Service | str = "bulky_waste",
    **other: Any,
) -> Case:
    return actions.open_case(
        service=service,
        answers={
            "from_home": True,
            "address": address(),
            "items": [
                {"_id": "a", "thing": "sofa", "how_many": 1},
                {"_id": "b", "thing": "cold", "how_many": 2},
            ],
            "where_left": "Front path",
            "has_benefits": False,
            "collection_slot": slot.as_answer(),
            "name": "Robin Sallow",
            "email": "robin.sallow@example.org",
            **other,
        },
        look_ups={},
        channel="online",
        actor=resident(),
        key=key,
        held_by=key,
        now=now,
    )


def test_the_time_is_held_while_they_pay_and_booked_when_they_have(times: list[Slot]) -> None:
    slots.hold(times[0].pk, "bulky-1", later(minutes=30), now=NOW)
    case = collection(times[0])
    held = Booking.objects.get()
    assert (held.holder, held.held_until is None) == (case.reference, False)
    pays(case)
    booked = Booking.objects.get()
    assert (booked.holder, booked.held_until) == (case.reference, None)
    assert case.answers["items"][1]["how_many"] == 2
    assert "booked" in kinds(case)
    is_whole(case)


def test_the_time_is_taken_before_they_pay_and_nothing_is_paid(times: list[Slot]) -> None:
    case = collection(times[0])
    later_on = later(hours=3)
    slots.book(times[0].pk, "someone else", now=later_on)
    with pytest.raises(slots.SlotTaken):
        started(case, later_on)
    assert Payment.objects.count() == 0


def test_the_time_is_lost_while_they_pay_and_they_choose_another(times: list[Slot]) -> None:
    case = collection(times[0])
    payment = started(case)
    after = later(hours=3)
    slots.expire(after)
    slots.book(times[0].pk, "someone else", now=after)
    ends(payment, "success", after)
    case = fresh(case)
    assert case.state == "booked", "paid is paid: the case goes on"
    assert case.slot_lost
    assert "slot_lost" in told(case)
    track = queries.track(case.reference, case.contact_email, now=after)
    assert track is not None
    assert track.rebook == "collection_slot"
    with pytest.raises(slots.SlotTaken):
        actions.rebook(case.pk, times[0].as_answer(), actor=resident(), now=after)
    actions.rebook(case.pk, times[1].as_answer(), actor=resident(), now=after)
    case = fresh(case)
    assert not case.slot_lost
    assert case.answers["collection_slot"]["id"] == str(times[1].pk)
    assert Booking.objects.get(slot=times[1]).holder == case.reference
    is_whole(case)


def test_a_day_is_changed_and_then_cancelled_and_paid_back(times: list[Slot]) -> None:
    case = collection(times[0])
    pays(case)
    case = fresh(case)
    actions.move(
        case.pk,
        "change_day",
        actor=resident(),
        expected=case.lock_version,
        answers={"collection_slot": times[2].as_answer()},
        now=later(days=1),
    )
    assert Booking.objects.get().slot_id == times[2].pk
    case = fresh(case)
    assert case.answers["collection_slot"]["id"] == str(times[2].pk)
    actions.move(case.pk, "cancel", actor=resident(), expected=case.lock_version, now=later(days=2))
    case = fresh(case)
    assert Booking.objects.count() == 0
    assert case.refunded_pence == case.paid_pence > 0
    is_whole(case)


def test_one_cell_of_a_list_is_put_right(times: list[Slot]) -> None:
    case = collection(times[0])
    pays(case)
    case = fresh(case)
    actions.correct(
        case.pk,
        "items.b.how_many",
        1,
        "They rang",
        actor=staff("bryn"),
        expected=case.lock_version,
        now=later(days=1),
    )
    case = fresh(case)
    assert [row["how_many"] for row in case.answers["items"]] == [1, 1]
    is_whole(case)


def stored(text: str) -> Service:
    """A service of the test's own, kept as a pack would keep it."""
    service = load_service(text, file="service.yaml")
    ServiceVersion.objects.create(
        service_id=service.id,
        version=service.version,
        sha256=service.sha256,
        canonical=service.canonical,
    )
    return service


def test_the_time_is_lost_and_the_file_says_to_pay_back(times: list[Slot]) -> None:
    text = (Path(settings.ROOT) / "services" / "bulky_waste" / "service.yaml").read_text()
    assert "if_slot_lost: rebook" in text
    service = stored(text.replace("if_slot_lost: rebook", "if_slot_lost: refund"))
    case = collection(times[0], service=service)
    payment = started(case)
    after = later(hours=3)
    slots.expire(after)
    slots.book(times[0].pk, "someone else", now=after)
    ends(payment, "success", after)
    case = fresh(case)
    assert (case.state, case.outcome) == ("lapsed", "expired")
    assert case.refunded_pence == case.paid_pence > 0
    assert told(case) == ["slot_refunded"]
    with pytest.raises(NotAllowed):
        started(case, after)
    is_whole(case)


STALL = """
moothall: 1
service: market_stall
version: 1.0.0
name: Ask for a market stall
summary: Ask for a stall on the market.
kind: apply
owner: waste_team
pages:
  - ask: metres
    type: whole number
    label: How many metres?
  - ask: charity
    type: yes or no
    label: Are you a charity?
  - ask: name
    type: name
    label: What is your name?
    personal: contact
  - ask: email
    type: email
    label: What is your email address?
    personal: contact
fee:
  amount: 10.00 * metres
  taken: on approval
  state: approved
  waived_when: charity
case:
  starts: asked
  states:
    asked: Asked
    approved: {label: Approved, waits_for: applicant}
    pitched: {label: Stall is yours, ends: done}
  moves:
    approve: {from: asked, to: approved, by: waste_team}
    pitch: {from: approved, to: pitched, by: system}
    drop: {from: approved, to: asked, by: applicant}
tell:
  pay_now:
    to: applicant
    when: {state: approved}
    by: email
    subject: Please pay for your stall ({reference})
    say: Your stall is approved.
access:
  teams:
    waste_team: {sees: all}
data:
  lawful_basis: contract
  keep: 1 year after end
"""


@pytest.mark.parametrize(("charity", "state"), [(False, "approved"), (True, "pitched")])
def test_a_fee_on_approval(charity: bool, state: str) -> None:
    case = actions.open_case(
        service=stored(STALL),
        answers={
            "metres": 3,
            "charity": charity,
            "name": "Robin Sallow",
            "email": "robin.sallow@example.org",
        },
        look_ups={},
        channel="online",
        actor=resident(),
        key="stall",
        now=NOW,
    )
    assert (case.state, case.paid_state) == ("asked", "")
    case = actions.move(
        case.pk, "approve", actor=staff("bryn"), expected=case.lock_version, now=later(hours=1)
    )
    assert case.state == state
    if charity:
        assert case.paid_state == "waived"
    else:
        assert (case.paid_state, case.fee_pence) == ("due", 3000)
        assert told(case) == ["pay_now"]
        pays(case, later(hours=2))
        case = fresh(case)
        assert (case.state, case.outcome, case.paid_pence) == ("pitched", "done", 3000)
    is_whole(case)


# The clock


def test_a_warning_then_a_broken_promise_once_each() -> None:
    case = missed_bin()
    assert case.warn_at is not None
    assert case.finish_by is not None
    assert clock.tick(NOW + timedelta(hours=1)) == 0
    clock.tick(case.warn_at + timedelta(minutes=1))
    assert fresh(case).warned_at is not None
    assert fresh(case).breached_at is None
    clock.tick(case.finish_by + timedelta(minutes=1))
    clock.tick(case.finish_by + timedelta(minutes=2))
    names = kinds(case)
    assert names.count("warned") == 1
    assert names.count("breached") == 1
    late = case.finish_by + timedelta(days=2)
    [row] = queries.queue(staff("bryn"), now=late).rows
    assert row.late
    assert "2 days late" in row.why_late
    assert "Nobody has it" in row.why_late
    is_whole(case)


def test_ticks_that_were_missed_are_made_up_in_their_order() -> None:
    case = missed_bin()
    assert clock.tick(later(days=60)) == 1
    after = [kind for kind in kinds(case) if kind in {"reminded", "warned", "breached"}]
    assert after == sorted(after, key=["reminded", "warned", "breached"].index)
    assert set(after) == {"reminded", "warned", "breached"}
    assert Message.objects.filter(subject_ref=case.reference, to__startswith="waste@").exists()
    assert clock.tick(later(days=90)) == 0
    is_whole(case)


def test_a_tick_is_bounded_and_the_soonest_go_first() -> None:
    cases = [missed_bin(now=later(minutes=number)) for number in range(4)]
    assert clock.tick(later(days=60), limit=3) == 3
    left = Case.objects.get(wake_at__isnull=False)
    assert left.pk == cases[-1].pk
    assert clock.tick(later(days=60), limit=3) == 1


def test_a_case_that_ends_late_before_any_tick_has_broken_its_promise() -> None:
    case = missed_bin()
    bryn = staff("bryn")
    for move, when in (("book_a_crew", later(days=1)), ("bin_emptied", later(days=30))):
        case = fresh(case)
        actions.move(case.pk, move, actor=bryn, expected=case.lock_version, now=when)
    assert fresh(case).breached_at is not None
    is_whole(case)


def test_a_permit_is_reminded_of_and_runs_out() -> None:
    case = permit()
    pays(case)
    nadia = staff("nadia")
    for move in ("start_check", "issue"):
        case = fresh(case)
        actions.move(case.pk, move, actor=nadia, expected=case.lock_version, now=later(days=1))
    case = fresh(case)
    assert case.expires_at is not None
    assert case.expires_at.year == 2027
    clock.tick(case.expires_at - timedelta(days=29))
    assert told(case)[-1] == "renew"
    clock.tick(case.expires_at + timedelta(minutes=1))
    case = fresh(case)
    assert (case.state, case.outcome) == ("ended", "done")
    is_whole(case)


def test_the_outbox_wakes_each_case_by_a_job_of_its_own() -> None:
    case = missed_bin()
    clock.tick_job(now=later(days=60))
    clock.tick_job(now=later(days=60))
    outbox.drain(later(days=900), strict=True)
    assert kinds(case).count("breached") == 1
    is_whole(case)
