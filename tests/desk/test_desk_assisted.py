"""An adviser takes contacts: a bin by phone, a permit with its payment, a question that needs no case."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from moothall.casework.models import Case, Contact
from moothall.journeys.models import Draft


def picture() -> bytes:
    made = BytesIO()
    Image.new("RGB", (4, 4), "white").save(made, "PNG")
    return made.getvalue()


BIN = {
    "address": "990000000001",
    "address__postcode": "XW1 7DT",
    "bin": "refuse",
    "missed_on__day": "11",
    "missed_on__month": "3",
    "missed_on__year": "2026",
    "name": "Ida Rowan",
    "tell_me_by": "text",
}


def begin(asha, service: str, channel: str = "phone"):
    asha.open("/desk/assisted/")
    return asha.press(service, channel=channel)


def test_an_adviser_reports_a_missed_bin_for_a_caller(staff, council, clock):
    asha = staff("asha")
    page = begin(asha, "Report a missed bin")
    assert page.headings[0] == "Report a missed bin"
    assert "Phone" in page.words
    asha.press("Update", address__postcode="XW1 7DT")
    assert "1 Abbot Close" in asha.page.words
    clock.pass_(minutes=3)
    asha.press("Update", **BIN)
    # What the other system answered is shown, and the questions that now apply have come.
    assert "Due on" in asha.page.words or "due on" in asha.page.words
    asha.press("Update", **BIN, was_out="yes", phone="07700 900123")
    clock.pass_(minutes=1, seconds=30)
    asha.press("Send it in", phone="07700 900123", was_out="yes")
    assert asha.url.endswith("/done/"), (asha.url, asha.page.errors, asha.page.words)
    case = Case.objects.get()
    assert asha.page.reference == case.reference
    assert case.channel == "phone"
    contact = Contact.objects.get()
    assert (contact.channel, contact.outcome, contact.minutes) == ("phone", "filed", 5)
    assert contact.adviser.email.startswith("asha")
    assert contact.case_id == case.pk


def test_what_is_left_blank_is_told_only_when_it_is_sent_in(staff, council):
    asha = staff("asha")
    begin(asha, "Report a missed bin")
    asha.press("Update", address__postcode="XW1 7DT")
    assert asha.status == 200
    assert not asha.page.errors
    asha.press("Send it in")
    assert asha.status == 422
    assert asha.page.title.startswith("Error:")
    assert asha.page.errors
    assert Case.objects.count() == 0


def test_a_form_that_stops_is_recorded_as_not_for_them(staff, council):
    asha = staff("asha")
    begin(asha, "Report a missed bin")
    asha.press("Update", address__postcode="XW1 7DT")
    asha.press("Update", **{**BIN, "missed_on__day": "2"})
    assert "It is too late to report this" in asha.page.words
    asha.follow("End: the service is not for them")
    asha.press("Record and end", minutes="4")
    contact = Contact.objects.get()
    assert (contact.outcome, contact.minutes, contact.case_id) == ("not_eligible", 4, None)
    assert contact.service_id == "missed_bin"
    assert not Draft.objects.exists()


@pytest.mark.parametrize("minutes", ["", "7"])
def test_a_question_that_was_answered_is_recorded_without_a_case(staff, council, minutes):
    asha = staff("asha")
    asha.open("/desk/assisted/")
    asha.follow("Record a contact without a form")
    asha.press("Record the contact", channel="desk", outcome="answered", minutes=minutes)
    contact = Contact.objects.get()
    assert (contact.channel, contact.outcome) == ("desk", "answered")
    assert contact.minutes == (int(minutes) if minutes else None)
    assert "The contact was recorded." in asha.page.words
    asha.follow("Record a contact without a form")
    asha.press("Record the contact", channel="phone", minutes="ten")
    assert asha.status == 422
    assert len(asha.page.errors) == 2


def test_a_chase_up_is_counted_on_its_case(staff, missed_bin):
    case = missed_bin()
    asha = staff("asha")
    asha.open("/desk/assisted/")
    asha.press("Find their cases", words="ida.rowan@example.org")
    asha.follow(case.reference)
    asha.follow("Record a contact about this case")
    assert "It is reported" in asha.page.words
    asha.press("Record the contact", channel="phone", minutes="2", note="Wants it before Friday")
    contact = Contact.objects.get(outcome="chased")
    assert (contact.case_id, contact.channel, contact.minutes) == (case.pk, "phone", 2)
    assert "Wants it before Friday" in asha.page.words
    assert "asked how a case is going, 2 minutes (Asha Merrow)" in asha.page.words


def test_earlier_cases_of_the_caller_come_up_beside_the_form(staff, missed_bin):
    case = missed_bin(email="ida.rowan@example.org")
    asha = staff("asha")
    begin(asha, "Report a missed bin")
    asha.press("Update", address__postcode="XW1 7DT")
    asha.press("Update", **{**BIN, "tell_me_by": "email"}, was_out="yes")
    asha.press("Update", email="ida.rowan@example.org")
    assert case.reference in asha.page.words


def test_a_contact_is_its_advisers_own_and_waits_for_them(staff, council):
    asha, colm = staff("asha"), staff("colm")
    begin(asha, "Report a missed bin")
    colm.open(asha.url)
    assert colm.status == 404
    asha.open("/desk/assisted/")
    asha.follow("Report a missed bin")
    assert asha.status == 200


def test_an_adviser_takes_a_parking_permit_with_payment_by_phone(staff, council, clock):
    from moothall.connectors.stand_ins import parking_zone
    from moothall.pay.adapters import local
    from moothall.pay.models import Payment
    from moothall.places.models import Address
    from moothall.places.queries import address

    uprn = next(
        one
        for one in Address.objects.order_by("uprn").values_list("uprn", flat=True)[:400]
        if (found := parking_zone(address(one), clock.now.date()))["zone"] != "none"
        and found["permits_held"] == 0
    )
    home = address(uprn)
    asha = staff("asha")
    begin(asha, "Apply for a parking permit", channel="desk")
    asha.press("Update", address__postcode=home["postcode"])
    proofs = {
        "log_book": ("v5c.png", picture(), "image/png"),
        "proof_of_address": ("bill.png", picture(), "image/png"),
    }
    asha.press(
        "Update",
        address=uprn,
        car_is="mine",
        registration="XW26 ABC",
        engine="low",
        lasts="year",
        name="Sam Rowan",
        email="sam.rowan@example.org",
        **proofs,
    )
    assert "£45" in asha.page.words
    asha.press("Send it in")
    assert asha.url.endswith("/done/"), (asha.page.errors, asha.page.words)
    case = Case.objects.get()
    assert case.state == "unpaid"
    assert case.channel == "desk"

    asha.follow("Take the payment by phone")
    assert "£45" in asha.page.words
    assert "I do not hear it and I do not see it" in asha.page.words
    asha.press("Open the payment line")
    payment = Payment.objects.get()
    assert payment.moto
    assert "waiting for the card" in asha.page.words or "started" in asha.page.words
    asha.press("Ask again")
    assert "£45 paid" not in asha.page.words

    local.end(payment.provider_id, "success", "")  # the caller keys in the card
    asha.press("Ask again")
    assert "Payment paid" in asha.page.headings[0]
    case.refresh_from_db()
    assert (case.state, case.paid_pence) == ("received", 4500)
    # Nothing of a card was ever on the adviser's pages.
    assert "card_number" not in asha.page.html


def test_a_declined_payment_can_be_started_again(staff, council, unpaid_permit):
    from moothall.pay.adapters import local
    from moothall.pay.models import Payment

    asha = staff("asha")
    asha.open(f"/desk/cases/{unpaid_permit.reference}/payment/")
    asha.press("Open the payment line")
    waiting = asha.client.get(f"{asha.url}state.json").json()
    assert waiting["finished"] is False
    local.end(Payment.objects.get().provider_id, "failed", "P0010")
    asha.press("Ask again")
    assert asha.client.get(f"{asha.url}state.json").json() == {"status": "failed", "finished": True}
    assert "The bank declined the card" in asha.page.words
    asha.follow("Start the payment again")
    asha.press("Open the payment line")
    assert Payment.objects.count() == 2
    asha.press("Cancel the payment")
    assert "Nothing was taken" in asha.page.words


def test_a_manager_of_the_team_pays_back(staff, council, unpaid_permit):
    from moothall.outbox import drain
    from moothall.pay.adapters import local
    from moothall.pay.models import Payment

    asha, nadia = staff("asha"), staff("nadia")
    at = f"/desk/cases/{unpaid_permit.reference}/"
    asha.open(f"{at}payment/")
    asha.press("Open the payment line")
    local.end(Payment.objects.get().provider_id, "success", "")
    asha.press("Ask again")

    nadia.open(at)
    nadia.follow("Pay back")
    nadia.press("Pay back", amount="1,000", reason="Paid twice")
    assert nadia.status == 422
    assert nadia.page.errors
    nadia.press("Pay back", amount="£10.50", reason="Paid twice")
    assert nadia.url == at
    unpaid_permit.refresh_from_db()
    assert unpaid_permit.refunded_pence == 1050
    drain()
    asha.open(at)
    assert "£10.50" in asha.page.words


def test_an_adviser_has_no_services_to_take_from_a_resident_or_a_stranger(client, council):
    assert client.get("/desk/assisted/").status_code == 302


def test_a_caller_who_wants_welsh_is_asked_and_answered_in_welsh(staff, council):
    from moothall.packs.queries import service

    asha = staff("asha")
    asha.open("/desk/assisted/")
    asha.press("Report a missed bin", channel="phone", language="cy")
    welsh = service("missed_bin").text("pages.address.label", "cy")
    assert welsh != service("missed_bin").text("pages.address.label", "en")
    assert welsh in asha.page.words
    assert Draft.objects.get().language == "cy"
