"""A resident answers a service's questions, and changes their mind."""

from __future__ import annotations

import pytest

from moothall.casework.models import Case
from moothall.journeys.models import Draft
from tests.journeys.people import EMAIL, bin_answers, path, resident, walk_to

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _council(council) -> None:
    """The invented council."""


def test_a_missed_bin_is_reported_and_the_case_holds_what_was_said() -> None:
    person = resident()
    reference = person.report("missed-bin", bin_answers())
    case = Case.objects.get(reference=reference)
    assert case.channel == "online"
    assert case.contact_email == EMAIL
    assert case.answers["bin"] == "refuse"
    assert case.answers["where_left"] == "By the side gate"
    assert case.answers["address"]["ward"]
    assert case.finish_by is not None
    assert "We promise to be done by" in person.page.text
    assert f"/track/{reference}/" in person.page.text


def test_once_sent_the_draft_keeps_no_answers() -> None:
    person = resident()
    person.report("missed-bin", bin_answers())
    draft = Draft.objects.get()
    assert (draft.answers, draft.look_ups, draft.notes) == ({}, {}, {})
    assert draft.case is not None


def test_nothing_is_stored_before_the_first_answer() -> None:
    person = resident()
    person.start("missed-bin")
    assert path(person) == "/services/missed-bin/address/"
    assert not Draft.objects.exists()


def test_the_address_is_found_by_postcode_then_chosen() -> None:
    person = resident()
    person.start("missed-bin")
    answers = bin_answers()
    person.press({"address-postcode": answers["address-postcode"]})
    assert path(person) == "/services/missed-bin/address/"
    offered = person.page.fields["address"].options
    assert offered[-1] == "not-listed"
    assert all(one.isdigit() for one in offered[:-1])
    assert len(offered) > 2
    person.press({})
    assert person.status == 422
    assert person.page.errors == ["Error: Choose your address from the list"]
    person.press({"address": offered[0]})
    assert path(person) == "/services/missed-bin/bin/"


def test_the_address_is_found_by_words() -> None:
    from moothall.places.models import Address

    somewhere = Address.objects.exclude(street="").first()
    person = resident()
    person.start("missed-bin")
    person.press({"address-postcode": somewhere.line})
    assert somewhere.uprn in person.page.fields["address"].options


def test_an_address_that_nobody_has_is_an_error_and_can_be_typed_by_hand() -> None:
    person = resident()
    person.start("missed-bin")
    person.press({"address-postcode": "XW99 9ZZ"})
    assert person.status == 422
    assert "by hand" in person.page.errors[0]
    assert person.page.fields["address-postcode"].values == ["XW99 9ZZ"]
    assert "<title>Error:" in person.page.text


def test_an_address_not_in_the_list_is_typed_by_hand_and_gets_its_ward() -> None:
    person = resident()
    person.start("missed-bin")
    answers = bin_answers()
    person.press({"address-postcode": answers["address-postcode"]})
    person.press({"address": "not-listed"})
    assert "address-line" in person.page.fields
    person.press({"address-line": "", "address-town": "Wealdmere"})
    assert person.status == 422
    person.press({"address-line": "The Old Shed", "address-town": "Wealdmere"})
    if "address-nearest" in person.page.fields:
        person.press({"address-nearest": "*"})
    draft = Draft.objects.get()
    assert draft.answers["address"]["typed"] is True
    assert draft.answers["address"]["ward"]
    assert "The Old Shed" in draft.answers["address"]["line"]


def test_a_split_postcode_asks_which_address_is_nearest() -> None:
    from moothall.places.models import Postcode

    split = Postcode.objects.filter(is_split=True).first()
    if split is None:
        pytest.skip("the invented borough has no split postcode")
    person = resident()
    person.start("missed-bin")
    person.press({"address-postcode": split.postcode})
    person.press({"address": "not-listed"})
    person.press({"address-line": "The Old Shed", "address-town": "Wealdmere"})
    assert "nearest to yours" in person.page.text
    person.press({})
    assert person.status == 422
    assert "nearest" in person.page.errors[0]
    person.press({"address-nearest": "*"})
    assert Draft.objects.get().answers["address"]["ward"]


def test_a_wrong_answer_is_422_with_summary_field_message_and_title() -> None:
    person = resident()
    walk_to(person, "missed-bin", "missed-on", bin_answers())
    person.press({"missed_on-day": "31", "missed_on-month": "2", "missed_on-year": "2026"})
    assert person.status == 422
    assert "<title>Error:" in person.page.text
    assert 'class="govuk-error-summary"' in person.page.text
    assert 'href="#missed_on' in person.page.text
    assert person.page.errors
    assert person.page.fields["missed_on-day"].values == ["31"]


def test_a_blank_answer_is_422_and_says_what_to_do() -> None:
    person = resident()
    walk_to(person, "missed-bin", "bin", bin_answers())
    person.press({})
    assert person.status == 422
    assert person.page.errors


def test_the_answers_are_checked_and_one_is_changed() -> None:
    person = resident()
    walk_to(person, "missed-bin", "check-answers", bin_answers())
    assert "By the side gate" in person.page.text
    changes = [href for words, href in person.page.links if words.startswith("Change")]
    where = next(href for href in changes if "where-left" in href)
    person.open(where)
    assert person.page.fields["where_left"].values == ["By the side gate"]
    person.press({"where_left": "In the back lane"})
    assert path(person).endswith("/check-answers/")
    assert "In the back lane" in person.page.text
    assert "By the side gate" not in person.page.text


def test_a_change_that_needs_more_asks_for_it_and_returns_to_the_check() -> None:
    person = resident()
    walk_to(person, "missed-bin", "check-answers", {**bin_answers(), "tell_me_by": "email"})
    person.open("/services/missed-bin/tell-me-by/?change")
    options = person.page.fields["tell_me_by"].options
    other = next(one for one in options if one not in {"email", "nothing", "none"})
    person.press({"tell_me_by": other})
    assert not path(person).endswith("/check-answers/")
    person.press(bin_answers())
    assert path(person).endswith("/check-answers/")


def test_the_back_link_leads_back_from_any_entry() -> None:
    person = resident()
    walk_to(person, "missed-bin", "was-out", bin_answers())
    for before in ("missed-on", "bin", "address"):
        href = (
            person.page.text.split('class="govuk-back-link"')[0]
            .rsplit('href="', 1)[1]
            .split('"')[0]
        )
        person.open(href)
        assert path(person) == f"/services/missed-bin/{before}/"


def test_a_page_that_was_not_come_to_yet_sends_one_to_where_they_are() -> None:
    person = resident()
    walk_to(person, "missed-bin", "bin", bin_answers())
    person.open("/services/missed-bin/email/")
    assert path(person) == "/services/missed-bin/bin/"
    person.open("/services/missed-bin/check-answers/")
    assert path(person) == "/services/missed-bin/bin/"


def test_a_page_that_no_service_has_is_404() -> None:
    person = resident()
    person.open("/services/missed-bin/no-such-page/")
    assert person.status == 404
    assert "Page not found" in person.page.heading
    person.open("/services/no-such-service/start")
    assert person.status == 404


def test_a_stop_page_helps() -> None:
    person = resident()
    answers = {
        **bin_answers(),
        "missed_on-year": "2020",
        "missed_on-month": "1",
        "missed_on-day": "6",
    }
    person.start("missed-bin")
    for _ in range(10):
        if person.page.action is None or person.page.errors:
            break
        person.press(answers)
    assert person.page.action is None
    assert "What you can do" in person.page.text
    assert "Go back and change your answer" in person.page.text
    assert "01632 960100" in person.page.text


def test_starting_again_asks_whether_to_carry_on() -> None:
    person = resident()
    walk_to(person, "missed-bin", "missed-on", bin_answers())
    person.start("missed-bin")
    assert "already started" in person.page.heading
    person.press({})
    assert path(person) == "/services/missed-bin/missed-on/"
    person.start("missed-bin")
    person.press(again="yes")
    assert path(person) == "/services/missed-bin/address/"
    assert not Draft.objects.exists()


def test_a_second_report_starts_fresh_and_the_first_keeps_its_reference() -> None:
    person = resident()
    first = person.report("missed-bin", bin_answers())
    second = person.report("missed-bin", bin_answers())
    assert first != second
    person.open("/services/missed-bin/done/")
    assert person.page.reference == second


def test_the_done_page_is_nobody_elses() -> None:
    resident().report("missed-bin", bin_answers())
    stranger = resident()
    stranger.open("/services/missed-bin/done/")
    assert path(stranger) == "/track/"


def test_welsh_all_the_way_and_the_case_is_in_welsh() -> None:
    person = resident()
    person.prefix = "/cy"
    person.start("missed-bin")
    assert '<html lang="cy"' in person.page.text
    person.fill(bin_answers())
    assert path(person) == "/cy/services/missed-bin/check-answers/"
    person.press({})
    assert path(person) == "/cy/services/missed-bin/done/"
    assert Case.objects.get(reference=person.page.reference).language == "cy"


def test_no_page_may_be_kept_by_a_browser_or_proxy(client) -> None:
    answer = client.get("/services/missed-bin/address/")
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_next_person_at_a_shared_computer_finds_no_lasting_cookie(client) -> None:
    client.post("/services/missed-bin/address/", {"address-postcode": "XW1 7DT"})
    cookie = client.cookies["moothall_form_missed_bin"]
    assert cookie["max-age"] == ""
    assert cookie["httponly"] is True
    assert cookie["samesite"] == "Lax"
