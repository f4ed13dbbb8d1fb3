"""Several of a thing, a time to choose, files, and paying."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from moothall.casework.models import Case
from moothall.files.models import StoredFile
from moothall.journeys.models import Draft
from moothall.pay.models import Payment
from moothall.slots.models import Booking
from tests.journeys.offering import offer, service_of
from tests.journeys.people import BULKY, PERMIT, path, resident, walk_to
from tests.resident import Page
from tests.stories.answers import a_photo

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _council(council) -> None:
    """The invented council, with bookable times."""
    from moothall.slots.models import Resource, Slot

    resource = Resource.objects.get(slug="bulky_waste")
    if not Slot.objects.filter(resource=resource, starts__gt=timezone.now()).exists():
        for days in (10, 11, 12):
            starts = timezone.now().replace(hour=8, minute=0, second=0, microsecond=0)
            for place in range(2):
                Slot.objects.create(
                    resource=resource,
                    starts=starts + timedelta(days=days),
                    ends=starts + timedelta(days=days, hours=4),
                    place_number=place,
                )


# ---- Several of a thing ----


def test_things_are_added_changed_and_removed() -> None:
    person = resident()
    walk_to(person, "bulky-waste", "items", BULKY)
    person.press({"items-1-thing": "sofa", "items-1-how_many": "2"})
    assert "items-another" in person.page.fields
    person.press({"items-another": "yes"})
    assert "items-2-thing" in person.page.fields
    person.press({"items-2-thing": "cold", "items-2-how_many": "1"})
    rows = Draft.objects.get().answers["items"]
    assert [row["thing"] for row in rows] == ["sofa", "cold"]
    change = next(href for words, href in person.page.links if words.startswith("Change"))
    person.open(f"/services/bulky-waste/items/{change}")
    assert person.page.fields["items-1-how_many"].values == ["2"]
    person.press({"items-1-how_many": "3"})
    assert Draft.objects.get().answers["items"][0]["how_many"] == 3
    remove = next(href for words, href in person.page.links if words.startswith("Remove"))
    for sure, status in (("", 422), ("no", 200)):
        person.open(f"/services/bulky-waste/items/{remove}")
        assert "Do you want to remove this?" in person.page.text
        person.press({"sure": sure})
        assert person.status == status
        assert len(Draft.objects.get().answers["items"]) == 2
    person.open(f"/services/bulky-waste/items/{remove}")
    person.press({"sure": "yes"})
    assert [row["thing"] for row in Draft.objects.get().answers["items"]] == ["cold"]
    assert "Removed: " in person.page.text
    person.press({"items-another": "no"})
    assert path(person) == "/services/bulky-waste/where-left/"


def test_a_row_whose_answer_needs_another_question_asks_it() -> None:
    person = resident()
    walk_to(person, "bulky-waste", "items", BULKY)
    assert "items-1-what_is_it" not in person.page.fields
    person.press({"items-1-thing": "other", "items-1-how_many": "1"})
    assert "items-1-what_is_it" in person.page.fields
    assert person.page.fields["items-1-how_many"].values == ["1"]
    person.press({"items-1-what_is_it": "Rowing machine"})
    assert "items-another" in person.page.fields
    assert "Rowing machine" in person.page.text


def test_whether_there_are_more_must_be_said() -> None:
    person = resident()
    walk_to(person, "bulky-waste", "items", BULKY)
    person.press({"items-1-thing": "sofa", "items-1-how_many": "2"})
    person.press({})
    assert person.status == 422
    assert "add another" in person.page.errors[0]


def test_a_wrong_row_is_422_and_not_kept() -> None:
    person = resident()
    walk_to(person, "bulky-waste", "items", BULKY)
    person.press({"items-1-thing": "sofa", "items-1-how_many": "99"})
    assert person.status == 422
    assert person.page.fields["items-1-how_many"].values == ["99"]
    assert "items" not in Draft.objects.get().answers


def test_two_tabs_that_each_add_a_row_keep_both() -> None:
    person = resident()
    walk_to(person, "bulky-waste", "items", BULKY)
    first = (person.url, person.page.data({"items-1-thing": "sofa", "items-1-how_many": "1"}))
    second = (person.url, person.page.data({"items-1-thing": "bed", "items-1-how_many": "1"}))
    person.client.post(*first)
    person.client.post(*second)
    assert [row["thing"] for row in Draft.objects.get().answers["items"]] == ["sofa", "bed"]


# ---- A time ----


def test_the_chosen_time_is_held_and_another_person_cannot_take_it() -> None:
    person = resident()
    walk_to(person, "bulky-waste", "collection-slot", BULKY)
    offered = person.page.fields["collection_slot"].options
    person.press({"collection_slot": offered[0]})
    assert not person.page.errors
    held = Booking.objects.get()
    assert held.holder == Draft.objects.get().holder
    assert held.held_until is not None


def test_a_time_that_is_gone_is_told_and_nothing_else_is_lost() -> None:
    from moothall.slots.models import Slot

    person = resident()
    walk_to(person, "bulky-waste", "collection-slot", BULKY)
    offered = person.page.fields["collection_slot"].options
    slot = Slot.objects.get(pk=offered[0])
    now = timezone.now()
    for one in Slot.objects.filter(resource=slot.resource, starts=slot.starts):
        Booking.objects.create(slot=one, holder=f"somebody-{one.pk}", made_at=now)
    person.press({"collection_slot": offered[0]})
    assert person.status == 422
    assert "just taken" in person.page.errors[0] or "another time" in person.page.errors[0]
    assert Draft.objects.get().answers["where_left"] == "On the front path"


# ---- Paying ----


def to_the_provider(person, answers=BULKY) -> str:
    """Walk to the provider's page; return the address of the payment."""
    walk_to(person, "bulky-waste", "check-answers", answers)
    assert "Continue to pay £24" in person.page.text
    answer = person.client.client.post("/services/bulky-waste/check-answers/", person.page.data({}))
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def end_payment(status: str) -> Payment:
    """What the provider says from now on."""
    from moothall.pay.models import StandInPayment

    payment = Payment.objects.get()
    StandInPayment.objects.filter(provider_id=payment.provider_id).update(
        status=status, code={"failed": "P0010", "cancelled": "P0030"}.get(status, "")
    )
    return payment


def test_the_case_is_there_before_the_payment_and_the_reference_after_it() -> None:
    person = resident()
    next_url = to_the_provider(person)
    case = Case.objects.get()
    assert case.paid_state == "due"
    assert "/stand-ins/pay/" in next_url
    end_payment("success")
    person.open("/services/bulky-waste/pay/")
    assert path(person) == "/services/bulky-waste/done/"
    assert person.page.reference == case.reference
    case.refresh_from_db()
    assert case.paid_state == "paid"


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("failed", "Your payment was declined"),
        ("cancelled", "You cancelled your payment"),
        ("error", "Something went wrong with your payment"),
    ],
)
def test_a_payment_that_did_not_succeed_leads_somewhere_good(status: str, words: str) -> None:
    person = resident()
    to_the_provider(person)
    end_payment(status)
    person.open("/services/bulky-waste/pay/")
    assert person.page.heading == words
    assert Case.objects.get().reference in person.page.text
    again = person.client.client.post("/services/bulky-waste/pay/", person.page.data({}))
    assert again.status_code == 303
    assert Payment.objects.count() == 2
    assert Case.objects.count() == 1


def test_coming_back_without_having_paid_offers_to_go_on() -> None:
    person = resident()
    to_the_provider(person)
    person.open("/services/bulky-waste/done/")
    assert path(person) == "/services/bulky-waste/pay/"
    assert person.page.heading == "You have not paid yet"


def test_coming_back_is_believed_only_when_the_provider_says_so() -> None:
    person = resident()
    to_the_provider(person)
    person.open("/services/bulky-waste/pay/?status=success&paid=yes")
    assert person.page.heading == "You have not paid yet"
    assert Case.objects.get().paid_state == "due"


def test_coming_back_in_another_browser_by_the_providers_link_finds_the_way() -> None:
    person = resident()
    to_the_provider(person)
    payment = end_payment("success")
    other = resident()
    other.open(payment.return_url.replace("http://testserver", ""))
    assert other.page.reference == Case.objects.get().reference or "/track/" in other.url


def test_pressing_pay_twice_opens_one_case() -> None:
    person = resident()
    walk_to(person, "bulky-waste", "check-answers", BULKY)
    sent = person.page.data({})
    for _ in range(2):
        person.client.client.post("/services/bulky-waste/check-answers/", sent)
    assert Case.objects.count() == 1
    assert Payment.objects.count() == 1


# ---- Files ----


def test_files_are_kept_shown_removed_and_go_to_the_case() -> None:
    person = resident()
    walk_to(person, "parking-permit", "log-book", PERMIT)
    person.press({})
    assert person.status == 422
    person.press({"log_book": ("one.jpg", a_photo(), "image/jpeg")})
    person.open("/services/parking-permit/log-book/")
    assert "one.jpg" in person.page.text
    person.press({"log_book": ("two.jpg", a_photo((50, 40)), "image/jpeg")})
    kept = Draft.objects.get().answers["log_book"]
    assert [one["name"] for one in kept] == ["one.jpg", "two.jpg"]
    person.open("/services/parking-permit/log-book/")
    data = {**person.page.data({}), "remove-file": kept[0]["id"]}
    person._arrive(person.client.post("/services/parking-permit/log-book/", data))
    assert [one["name"] for one in Draft.objects.get().answers["log_book"]] == ["two.jpg"]
    person.fill(PERMIT)
    person.client.client.post("/services/parking-permit/check-answers/", person.page.data({}))
    case = Case.objects.get()
    assert {one.owner for one in StoredFile.objects.all()} == {case.reference}


def test_a_file_that_is_not_what_it_says_is_refused_in_plain_words() -> None:
    person = resident()
    walk_to(person, "parking-permit", "log-book", PERMIT)
    person.press({"log_book": ("virus.jpg", b"MZ this is a program", "image/jpeg")})
    assert person.status == 422
    assert person.page.errors
    assert not StoredFile.objects.exists()


def test_an_upload_of_a_draft_is_seen_only_from_its_own_browser() -> None:
    person = resident()
    walk_to(person, "parking-permit", "log-book", PERMIT)
    person.press(PERMIT)
    stored = StoredFile.objects.get()
    url = f"/files/{stored.public_id}/"
    assert person.client.client.get(url).status_code == 200
    assert resident().client.client.get(url).status_code in {302, 403, 404}


# ---- Parts of a long form, telling pages, look-ups that fail ----


def test_a_long_form_has_a_list_of_its_parts() -> None:
    offer(
        service_of(
            """
- {ask: start, type: yes or no, label: Do you ask for someone else?}
- section: first
  title: First part
  pages:
    - {ask: one, type: text, label: One?}
    - {ask: two, type: text, label: Two?}
- section: hidden
  title: Part for others
  when: start
  pages:
    - {ask: four, type: text, label: Four?}
- section: second
  title: Second part
  pages:
    - {ask: three, type: text, label: Three?}
"""
        )
    )
    person = resident()
    person.start("trial")
    person.press({"start": "no"})
    assert path(person) == "/services/trial/tasks/"
    assert "First part" in person.page.text
    assert "0 of " in person.page.text
    assert "Cannot start yet" in person.page.text
    person.open("/services/trial/one/")
    person.press({"one": "1"})
    assert path(person) == "/services/trial/two/"
    person.press({"two": "2"})
    assert path(person) == "/services/trial/tasks/"
    assert "Part for others" not in person.page.text
    assert "1 of 2 parts are done" in person.page.text
    person.open(next(href for words, href in person.page.links if words == "Second part"))
    person.press({"three": "3"})
    assert path(person) == "/services/trial/check-answers/"
    assert Page(person.page.text).action is not None


def test_a_telling_page_is_shown_on_the_way_and_the_way_goes_on() -> None:
    offer(
        service_of(
            """
- {ask: danger, type: yes or no, label: Are you in danger?}
- {show: safe, when: danger, title: Get safe first, say: "Call **999**."}
- {ask: words, type: text, label: What happened?}
"""
        )
    )
    person = resident()
    person.start("trial")
    person.press({"danger": "yes"})
    assert person.page.heading == "Get safe first"
    assert "<strong>999</strong>" in person.page.text
    person.press({})
    assert path(person) == "/services/trial/words/"
    back = person.page.text.split('class="govuk-back-link"')[0].rsplit('href="', 1)[1].split('"')[0]
    assert back == "/services/trial/safe/"


LOOK_UP = """
- {{ask: address, type: address, label: Where?}}
- look_up: round
  from: waste.last_collection
  with: address
  gives: {{due_on: date}}
  if_it_fails: {then}
  title: We can't look that up now
  say: Try again in a while.
- {{ask: words, type: text, label: What happened?}}
"""


@pytest.fixture
def broken_look_up(monkeypatch):
    """The other system does not answer until `broken` is emptied."""
    from moothall import connectors
    from moothall.connectors import LookUpFailed
    from moothall.journeys import facts

    broken = ["yes"]
    real = connectors.call

    def call(name, argument, *, today):
        if broken:
            raise LookUpFailed("The other system is down.")
        return (
            {"due_on": today.isoformat()}
            if name == "waste.last_collection"
            else real(name, argument, today=today)
        )

    monkeypatch.setattr(facts.connectors, "call", call)
    return broken


def test_a_look_up_that_fails_carries_on_where_the_file_says_so(broken_look_up) -> None:
    offer(service_of(LOOK_UP.format(then="carry on")))
    person = resident()
    person.start("trial")
    person.press({"address-postcode": "XW1 7DT"})
    person.press({"address": "*"})
    assert path(person) == "/services/trial/words/"
    assert Draft.objects.get().look_ups == {"round": None}


def test_a_look_up_that_fails_stops_kindly_where_the_file_says_so(broken_look_up) -> None:
    offer(service_of(LOOK_UP.format(then="stop")))
    person = resident()
    person.start("trial")
    person.press({"address-postcode": "XW1 7DT"})
    person.press({"address": "*"})
    assert person.page.heading == "We can't look that up now"
    assert "Try again" in person.page.text
    broken_look_up.clear()
    person.press({})
    assert path(person) == "/services/trial/words/"


def test_only_times_within_the_questions_limits_are_offered() -> None:
    from moothall.slots.models import Slot

    def starts(limits: str) -> set:
        offer(
            service_of(
                "- {ask: when, type: slot, label: When?, slots: {resource: bulky_waste}"
                + limits
                + "}",
                id="trial" + str(len(limits)),
            )
        )
        person = resident()
        person.start("trial" + str(len(limits)))
        found = person.page.fields["when"].options
        return {
            timezone.localtime(slot.starts).date() for slot in Slot.objects.filter(pk__in=found)
        }

    every = sorted(starts(""))
    first, last = every[0], every[-1]
    later = starts(f', limits: {{earliest: "{(first + timedelta(days=1)).isoformat()}"}}')
    assert later
    assert first not in later
    sooner = starts(f', limits: {{latest: "{(last - timedelta(days=1)).isoformat()}"}}')
    assert sooner
    assert last not in sooner
