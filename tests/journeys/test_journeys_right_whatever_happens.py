"""Two tabs, double clicks, the back button, sessions and tokens that ran out: nothing is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moothall.casework.models import Case
from moothall.journeys import drafts
from moothall.journeys.models import Draft
from tests.journeys.offering import offer, service_of
from tests.journeys.people import bin_answers, path, resident, walk_to
from tests.resident import Page

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _council(council) -> None:
    """The invented council."""


def test_pressing_send_twice_makes_one_case_and_shows_the_same_page() -> None:
    person = resident()
    walk_to(person, "missed-bin", "check-answers", bin_answers())
    url, sent = person.url, person.page.data({})
    first = person.client.post(url, sent)
    second = person.client.post(url, sent)
    assert Case.objects.count() == 1
    assert Page(first.text).reference == Page(second.text).reference
    assert second.url.endswith("/services/missed-bin/done/")


def test_sending_again_from_a_browser_that_lost_its_cookies_is_the_same_case() -> None:
    person = resident()
    walk_to(person, "missed-bin", "check-answers", bin_answers())
    sent = person.page.data({})
    person.press({})
    other = resident()
    again = other.client.post("/services/missed-bin/check-answers/", sent)
    assert Page(again.text).reference == person.page.reference
    assert Case.objects.count() == 1


def test_a_question_posted_after_sending_leads_to_the_reference() -> None:
    person = resident()
    walk_to(person, "missed-bin", "where-left", bin_answers())
    old = (person.url, person.page.data({"where_left": "Too late"}))
    person.fill(bin_answers())
    person.press({})
    reference = person.page.reference
    late = person.client.post(*old)
    assert Page(late.text).reference == reference
    assert Case.objects.get().answers["where_left"] == "By the side gate"


def test_two_tabs_on_different_questions_both_keep_what_they_said() -> None:
    person = resident()
    walk_to(person, "missed-bin", "where-left", bin_answers())
    first_tab = (person.url, person.page.data({"where_left": "From the first tab"}))
    person.open("/services/missed-bin/bin/")
    person.press({"bin": "recycling"})
    answer = person.client.post(*first_tab)
    assert answer.status == 200
    kept = Draft.objects.get().answers
    assert kept["where_left"] == "From the first tab"
    assert kept["bin"] == "recycling"


def test_two_tabs_on_one_question_keep_the_later_and_say_what_was_before() -> None:
    person = resident()
    walk_to(person, "missed-bin", "where-left", bin_answers())
    page = person.url
    one = person.page.data({"where_left": "First tab"})
    other = person.page.data({"where_left": "Second tab"})
    person.client.post(page, one)
    shown = person.client.post(page, other)
    assert Draft.objects.get().answers["where_left"] == "Second tab"
    assert "First tab" in shown.text
    assert "kept your latest answer: Second tab" in shown.text
    later = person.client.get(shown.url)
    assert "First tab" not in later.text


def test_going_back_and_answering_again_changes_the_answer() -> None:
    person = resident()
    walk_to(person, "missed-bin", "was-out", bin_answers())
    person.open("/services/missed-bin/bin/")
    assert person.page.fields["bin"].values == ["refuse"]
    person.press({"bin": "recycling"})
    assert path(person) == "/services/missed-bin/missed-on/"
    assert Draft.objects.get().answers["bin"] == "recycling"


def test_two_forms_of_one_service_at_once_stay_apart() -> None:
    person = resident()
    walk_to(person, "missed-bin", "bin", bin_answers())
    first_tab = (person.url, person.page.data({"bin": "refuse"}))
    person.client.client.cookies.clear()
    walk_to(person, "missed-bin", "bin", bin_answers())
    second_tab = (person.url, person.page.data({"bin": "recycling"}))
    person.client.post(*first_tab)
    person.client.post(*second_tab)
    assert sorted(draft.answers["bin"] for draft in Draft.objects.all()) == ["recycling", "refuse"]


def test_when_cookies_are_gone_the_form_carries_its_own_draft() -> None:
    person = resident()
    walk_to(person, "missed-bin", "was-out", bin_answers())
    sent = person.page.data({"was_out": "yes"})
    person.client.client.cookies.clear()
    person._arrive(person.client.post("/services/missed-bin/was-out/", sent))
    assert path(person) == "/services/missed-bin/where-left/"
    assert Draft.objects.count() == 1


def test_when_the_draft_is_gone_what_was_typed_last_is_kept_and_the_rest_asked_again() -> None:
    person = resident()
    walk_to(person, "missed-bin", "where-left", bin_answers())
    sent = person.page.data({"where_left": "Behind the blue shed"})
    Draft.objects.all().delete()
    person._arrive(person.client.post("/services/missed-bin/where-left/", sent))
    assert path(person) == "/services/missed-bin/address/"
    assert "We have kept what you typed on the last page" in person.page.text
    walked = bin_answers()
    walked.pop("where_left")
    for _ in range(20):
        if path(person).endswith("/where-left/"):
            break
        person.press(walked)
    assert person.page.fields["where_left"].values == ["Behind the blue shed"]


def test_a_token_that_ran_out_brings_the_page_back_with_what_was_typed() -> None:
    strict = resident(enforce_csrf_checks=True)
    strict.start("missed-bin")
    strict.press({"address-postcode": "XW1 7DT"})
    strict.press({"address": "*"})
    sent = strict.page.data({"bin": "recycling"})
    sent["csrfmiddlewaretoken"] = "x" * 64
    strict._arrive(strict.client.post("/services/missed-bin/bin/", sent))
    assert strict.status == 422
    assert "Press the button again" in strict.page.text
    assert "Forbidden" not in strict.page.text
    assert strict.page.fields["bin"].values == ["recycling"]
    assert "bin" not in Draft.objects.get().answers
    strict.press({})
    assert path(strict) == "/services/missed-bin/missed-on/"
    assert Draft.objects.get().answers["bin"] == "recycling"


def test_all_cookies_gone_at_once_still_lose_nothing() -> None:
    strict = resident(enforce_csrf_checks=True)
    strict.start("missed-bin")
    strict.press({"address-postcode": "XW1 7DT"})
    strict.press({"address": "*"})
    sent = strict.page.data({"bin": "recycling"})
    strict.client.client.cookies.clear()
    strict._arrive(strict.client.post("/services/missed-bin/bin/", sent))
    assert strict.status == 422
    strict.press({})
    assert path(strict) == "/services/missed-bin/missed-on/"
    assert Draft.objects.count() == 1


def test_a_token_that_ran_out_at_the_very_end_shows_the_check_again() -> None:
    strict = resident(enforce_csrf_checks=True)
    walk_to(strict, "missed-bin", "check-answers", bin_answers())
    sent = {**strict.page.data({}), "csrfmiddlewaretoken": "x" * 64}
    strict._arrive(strict.client.post("/services/missed-bin/check-answers/", sent))
    assert strict.status == 422
    assert not Case.objects.exists()
    strict.press({})
    assert strict.page.reference


def test_elsewhere_a_lost_token_shows_what_was_typed_to_copy(council) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post(
        "/track/WM-AAA-AAA",
        {"reply": "A long message that took ten minutes", "secret": "never shown to anyone again"},
    )
    assert answer.status_code == 403
    text = answer.content.decode()
    assert "Please send that again" in text
    assert "A long message that took ten minutes" in text
    assert "never shown" not in text


def test_a_service_that_changed_keeps_every_answer_that_still_holds() -> None:
    offer(
        service_of(
            """
- {ask: colour, type: choose one, label: Which colour?, options: {red: Red, blue: Blue}}
- {ask: size, type: whole number, label: How big?}
- {ask: words, type: text, label: Anything else?}
"""
        )
    )
    person = resident()
    walk_to(person, "trial", "words", {"colour": "red", "size": "7"})
    offer(
        service_of(
            """
- {ask: colour, type: choose one, label: Which colour?, options: {green: Green, blue: Blue}}
- {ask: size, type: whole number, label: How big?}
- {ask: shape, type: text, label: What shape?}
- {ask: words, type: text, label: Anything else?}
""",
            version="1.1.0",
        )
    )
    person.press({"words": "Typed while it changed"})
    assert path(person) == "/services/trial/new-version/"
    assert "changed this form since you started" in person.page.text
    person.press()
    assert path(person) == "/services/trial/colour/"
    kept = Draft.objects.get()
    assert kept.answers == {"size": 7, "words": "Typed while it changed"}


def test_drafts_are_thrown_away_when_their_time_is_over() -> None:
    person = resident()
    walk_to(person, "missed-bin", "bin", bin_answers())
    draft = Draft.objects.get()
    assert drafts.purge(draft.expires_at - timedelta(seconds=1)) == 0
    assert drafts.purge(draft.expires_at) == 1
    assert not Draft.objects.exists()


TABS = st.lists(
    st.tuples(
        st.sampled_from(["colour", "size", "words"]),
        st.integers(0, 3),
        st.sampled_from(["red", "blue", "1", "7", "some words", ""]),
    ),
    max_size=8,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(tabs=TABS)
def test_whatever_tabs_send_in_whatever_order_no_page_breaks_and_no_answer_is_mixed_up(
    tabs, council
) -> None:
    offer(
        service_of(
            """
- {ask: colour, type: choose one, label: Which colour?, options: {red: Red, blue: Blue}}
- {ask: size, type: whole number, label: How big?}
- {ask: words, type: text, label: Anything else?}
"""
        )
    )
    Draft.objects.all().delete()
    client = Client()
    last: dict[str, object] = {}
    for name, revision, value in tabs:
        answer = client.post(f"/services/trial/{name}/", {name: value, "revision": str(revision)})
        assert answer.status_code in {303, 422}
        if answer.status_code == 303:
            last[name] = int(value) if name == "size" else value
    draft = Draft.objects.first()
    assert (draft.answers if draft else {}) == last


def test_a_mistake_in_the_first_answer_is_not_taken_for_answers_that_were_lost() -> None:
    person = resident()
    for _ in range(2):
        person.start("missed-bin")
        person.press({})
        assert person.status == 422
        assert "been away" not in person.page.text
        person.fill(bin_answers())
        person.press({})
        assert person.page.reference


def test_a_form_of_answers_that_have_gone_says_so() -> None:
    person = resident()
    walk_to(person, "missed-bin", "where-left", bin_answers())
    Draft.objects.all().delete()
    person.press({})
    person.open("/services/missed-bin/address/")
    person.press({})
    stranger = resident()
    stranger.start("missed-bin")
    sent = {**stranger.page.data({}), "revision": "4"}
    assert "been away" in stranger.client.post("/services/missed-bin/address/", sent).text
