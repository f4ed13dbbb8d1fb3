"""A resident follows what they have sent, answers, sends more, changes their mind."""

from __future__ import annotations

import pytest

from moothall.casework import actions as casework
from moothall.casework.models import Case
from moothall.people.actor import Actor
from moothall.people.models import User
from moothall.people.testing import sign_in
from tests.journeys.people import EMAIL, PERMIT, bin_answers, path, resident, walk_to
from tests.stories.answers import POSTCODE, a_photo

pytestmark = pytest.mark.django_db
WASTE = Actor("staff", None, "Bryn", frozenset({"waste_team", "officer"}), frozenset({"waste"}))
PARKING = Actor(
    "staff", None, "Nadia", frozenset({"parking_team", "officer"}), frozenset({"parking"})
)


@pytest.fixture(autouse=True)
def _council(council) -> None:
    """The invented council."""


@pytest.fixture
def reference() -> str:
    """A missed bin that somebody has reported."""
    return resident().report("missed-bin", bin_answers())


def test_with_the_reference_and_the_email_one_sees_how_it_stands(reference: str) -> None:
    person = resident()
    person.open("/track/")
    person.press({"reference": reference.lower(), "secret": EMAIL.upper()})
    assert path(person) == f"/track/{reference}"
    for words in (reference, "Reported", "We promise to be done by", "What has happened"):
        assert words in person.page.text
    person.open(f"/track/{reference}")
    assert "Reported" in person.page.text


def test_the_postcode_will_do_as_well(reference: str) -> None:
    person = resident()
    person.open(f"/track/{reference}")
    person.press({"secret": POSTCODE.lower().replace(" ", "")})
    assert "Reported" in person.page.text


@pytest.mark.parametrize("secret", ["someone.else@example.org", "XW1 1AA", "", "' or 1=1"])
def test_without_the_right_proof_nothing_is_shown(reference: str, secret: str) -> None:
    person = resident()
    person.open(f"/track/{reference}")
    assert "Reported" not in person.page.text
    person.press({"secret": secret})
    assert person.status == 422
    assert "Reported" not in person.page.text
    assert "By the side gate" not in person.page.text


def test_a_made_up_reference_reads_the_same_as_a_wrong_proof(reference: str) -> None:
    texts = []
    for wanted in (reference, "WM-ZZZ-ZZZ"):
        person = resident()
        person.open("/track/")
        person.press({"reference": wanted, "secret": "nobody@example.org"})
        texts.append((person.status, person.page.errors))
    assert texts[0] == texts[1]


def test_guessing_is_stopped(reference: str) -> None:
    person = resident()
    statuses = []
    for number in range(12):
        person.open(f"/track/{reference}")
        person.press({"secret": f"guess{number}@example.org"})
        statuses.append(person.status)
    assert statuses[0] == 422
    assert statuses[-1] == 429


def test_the_link_of_a_message_opens_it_and_then_leaves_the_address_bar(reference: str) -> None:
    from moothall.casework.queries import link_token

    person = resident()
    person.open(f"/track/{reference}/{link_token(Case.objects.get())}/")
    assert path(person) == f"/track/{reference}"
    assert "Reported" in person.page.text
    stranger = resident()
    stranger.open(f"/track/{reference}/forged.token/")
    assert stranger.status == 410


def test_what_staff_do_shows_and_their_names_do_not(reference: str) -> None:
    case = Case.objects.get()
    casework.move(case.pk, "book_a_crew", actor=WASTE, expected=case.lock_version)
    person = resident()
    person.open(f"/track/{reference}")
    person.press({"secret": EMAIL})
    assert "Crew booked" in person.page.text
    assert "Bryn" not in person.page.text


def test_a_message_and_a_photo_reach_the_case(reference: str) -> None:
    person = resident()
    person.open(f"/track/{reference}")
    person.press({"secret": EMAIL})
    person._arrive(
        person.client.post(
            f"/track/{reference}",
            {
                "csrfmiddlewaretoken": person.page.fields["csrfmiddlewaretoken"].values[0],
                "reply": "The bin is still full",
                "files": ("bin.jpg", a_photo(), "image/jpeg"),
            },
        )
    )
    assert "We have your message" in person.page.text
    assert "The bin is still full" in person.page.text


def test_an_empty_message_is_refused_kindly(reference: str) -> None:
    person = resident()
    person.open(f"/track/{reference}")
    person.press({"secret": EMAIL})
    person._arrive(person.client.post(f"/track/{reference}", {"reply": "  "}))
    assert person.status == 422
    assert "Write your message" in person.page.text


def permit_that_needs_more(person) -> Case:
    """A paid application for a permit, for which an officer has asked for more."""
    from moothall.pay.models import Payment, StandInPayment

    walk_to(person, "parking-permit", "check-answers", PERMIT)
    person.client.client.post("/services/parking-permit/check-answers/", person.page.data({}))
    StandInPayment.objects.filter(provider_id=Payment.objects.get().provider_id).update(
        status="success"
    )
    person.open("/services/parking-permit/pay/")
    case = Case.objects.get()
    for move, needs in (("start_check", {}), ("ask_for_more", {"message": "A newer bill, please"})):
        case.refresh_from_db()
        casework.move(case.pk, move, actor=PARKING, expected=case.lock_version, **needs)
    case.refresh_from_db()
    return case


def test_asked_for_more_one_sends_it_and_the_case_goes_on() -> None:
    person = resident()
    case = permit_that_needs_more(person)
    person.open(f"/track/{case.reference}")
    person.press({"secret": EMAIL})
    assert "A newer bill, please" in person.page.text
    person.open(f"/track/{case.reference}?move=send_more")
    person._arrive(
        person.client.post(
            f"/track/{case.reference}",
            {**person.page.data({"message": ""}), "move": "send_more"},
        )
    )
    assert person.status == 422
    person.press(
        {"message": "Here it is", "more_proof": ("bill.jpg", a_photo((90, 90)), "image/jpeg")}
    )
    case.refresh_from_db()
    assert case.state == "checking"
    assert case.answers["more_proof"][0]["name"] == "bill.jpg"


def test_one_can_take_it_back() -> None:
    person = resident()
    case = permit_that_needs_more(person)
    person.open(f"/track/{case.reference}")
    person.press({"secret": EMAIL})
    person.open(f"/track/{case.reference}?move=take_back")
    assert "Are you sure?" in person.page.text
    person.press({})
    case.refresh_from_db()
    assert case.ended_at is not None


def test_a_move_that_is_no_longer_possible_says_so(reference: str) -> None:
    person = resident()
    person.open(f"/track/{reference}")
    person.press({"secret": EMAIL})
    person._arrive(person.client.post(f"/track/{reference}", {"move": "no_such_move"}))
    assert person.status == 409
    assert "has moved on" in person.page.text


# ---- The account ----


def test_an_account_shows_ones_cases_and_started_forms_and_fills_in_details() -> None:
    user = User.objects.create_user("morag.fell@example.org", name="Morag Fell")
    person = resident()
    sign_in(person.client.client, user)
    reference = person.report("missed-bin", bin_answers())
    walk_to(
        person,
        "bulky-waste",
        "items",
        {"from_home": "yes", "address-postcode": POSTCODE, "address": "*"},
    )
    person.open("/account/")
    assert reference in person.page.text
    assert "Book a bulky waste collection" in person.page.text
    person.open(f"/track/{reference}")
    assert "Reported" in person.page.text
    # What is filled in says where it comes from, can be changed, and never takes an answer's place.
    walk_to(person, "parking-permit", "name", PERMIT)
    assert person.page.fields["name"].values == ["Morag Fell"]
    assert "We filled this in from your account" in person.page.text
    person.press({"name": "Sam Rowan"})
    person.open("/services/parking-permit/name/")
    assert person.page.fields["name"].values == ["Sam Rowan"]
    assert "We filled this in from your account" not in person.page.text
    person.open("/account/details/")
    person.press({"name": "Morag Fell", "phone": "12", "language": "en"})
    assert person.status == 422
    person.press({"phone": "07700 900321", "postcode": POSTCODE, "language": "cy"})
    assert person.status == 422
    person.press({"uprn": "*"})
    assert path(person) == "/account/"
    assert user.details.address["uprn"]
    user.refresh_from_db()
    assert user.language == "cy"


def test_an_account_is_for_whoever_is_signed_in(client) -> None:
    for url in ("/account/", "/account/details/"):
        answer = client.get(url)
        assert answer.status_code == 302
        assert "/account/sign-in/" in answer.headers["Location"]
    assert client.post("/account/forms/1/").status_code == 302


def test_anothers_started_form_is_not_ones_own() -> None:
    owner = resident()
    sign_in(owner.client.client, User.objects.create_user("owner@example.org"))
    walk_to(owner, "missed-bin", "bin", bin_answers())
    from moothall.journeys.models import Draft

    other = resident()
    sign_in(other.client.client, User.objects.create_user("other@example.org"))
    answer = other.client.client.post(f"/account/forms/{Draft.objects.get().pk}/")
    assert answer.status_code == 404


def test_a_started_form_is_taken_up_again_from_the_account() -> None:
    user = User.objects.create_user("morag.fell@example.org")
    person = resident()
    sign_in(person.client.client, user)
    walk_to(person, "missed-bin", "missed-on", bin_answers())
    from moothall.journeys.models import Draft

    elsewhere = resident()
    sign_in(elsewhere.client.client, user)
    elsewhere._arrive(elsewhere.client.post(f"/account/forms/{Draft.objects.get().pk}/", {}))
    assert path(elsewhere) == "/services/missed-bin/missed-on/"
    elsewhere.fill(bin_answers())
    elsewhere.press({})
    assert elsewhere.page.reference


def test_one_carries_on_from_a_case_with_what_it_can_take_over() -> None:
    person = resident()
    case = permit_that_needs_more(person)
    person.open(f"/track/{case.reference}")
    person.press({"secret": EMAIL})
    person._arrive(person.client.post(f"/track/{case.reference}", {"follow": "parking-permit"}))
    assert path(person) == "/services/parking-permit/address/"
    assert person.page.fields["address"].values == [case.answers["address"]["uprn"]]
    person.press({})
    assert person.page.fields["car_is"].values == ["mine"]
    from moothall.journeys.models import Draft

    draft = Draft.objects.get(submitted_at=None)
    assert draft.follows == case.reference
    assert list(draft.answers) == ["address"]


def test_the_time_was_gone_when_the_payment_came_and_another_is_chosen() -> None:
    from django.utils import timezone

    from moothall.pay.models import Payment, StandInPayment
    from moothall.slots.models import Booking, Slot
    from tests.journeys.people import BULKY

    person = resident()
    walk_to(person, "bulky-waste", "check-answers", BULKY)
    person.client.client.post("/services/bulky-waste/check-answers/", person.page.data({}))
    booking = Booking.objects.get()
    starts = booking.slot.starts
    booking.delete()
    for slot in Slot.objects.filter(resource=booking.slot.resource, starts=starts):
        Booking.objects.create(slot=slot, holder=f"somebody-{slot.pk}", made_at=timezone.now())
    StandInPayment.objects.filter(provider_id=Payment.objects.get().provider_id).update(
        status="success"
    )
    person.open("/services/bulky-waste/pay/")
    case = Case.objects.get()
    assert person.page.reference == case.reference
    assert case.slot_lost
    person.open(f"/track/{case.reference}")
    person.press({"secret": EMAIL})
    assert "The time you chose had gone" in person.page.text
    person.open(f"/track/{case.reference}?rebook")
    person.press({"collection_slot": "*"})
    case.refresh_from_db()
    assert not case.slot_lost
    assert case.answers["collection_slot"]["starts"] != starts.isoformat()


def test_they_ask_for_a_call_and_say_in_the_end_how_we_did(reference: str) -> None:
    from moothall.notify.models import Message

    person = resident()
    person.open(f"/track/{reference}")
    person.press({"secret": EMAIL})

    def ask(**sent: str) -> None:
        token = person.page.fields["csrfmiddlewaretoken"].values[0]
        person._arrive(
            person.client.post(
                f"/track/{reference}", {"csrfmiddlewaretoken": token, "ring": "1", **sent}
            )
        )

    ask(phone="")
    assert person.status == 422
    assert "Enter the phone number that we should ring" in person.page.text
    ask(phone="my mobile", window="morning", about="The side gate")
    assert person.status == 422
    assert "Enter a phone number, like" in person.page.text
    ask(phone="07700 900123", window="any", about="The side gate", key="once")
    assert "We will ring you by the end of" in person.page.text
    assert "Ask for a call" not in person.page.text
    ask(phone="07700 900999", key="once")  # sent twice: the first stands
    person.open(f"/cy/track/{reference}")
    assert "Byddwn yn eich ffonio erbyn diwedd" in person.page.text
    case = Case.objects.get()
    assert [task.phone for task in case.tasks.all()] == ["07700 900123"]
    casework.move(case.pk, "book_a_crew", actor=WASTE, expected=case.lock_version)
    case.refresh_from_db()
    assert "feedback" not in "".join(Message.objects.values_list("body", flat=True))
    casework.move(case.pk, "bin_emptied", actor=WASTE, expected=case.lock_version)
    person.open(f"/track/{reference}")
    assert "Tell us how we did" in person.page.text
    last = Message.objects.order_by("-pk").first()
    assert last is not None
    assert "/services/missed-bin/feedback?after=case" in last.body
    person.open("/services/missed-bin/feedback?after=case")
    assert person.status == 200
