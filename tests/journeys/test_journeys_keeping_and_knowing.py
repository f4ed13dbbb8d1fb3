"""Save and return, signing in, what is filled in for you, what is counted, and how much is asked of the database."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from moothall.journeys.models import Details, Draft
from moothall.notify.models import Message
from moothall.people.models import User
from moothall.people.testing import sign_in
from tests.journeys.offering import offer, service_of
from tests.journeys.people import EMAIL, bin_answers, path, resident, walk_to

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _council(council) -> None:
    """The invented council."""


def a_user(**fields) -> User:
    """A resident with an account."""
    return User.objects.create_user("morag.fell@example.org", name="Morag Fell", **fields)


def signed_in(user: User):
    """Somebody signed in."""
    person = resident()
    sign_in(person.client.client, user)
    return person


# ---- Save and return ----


def test_a_form_is_saved_and_opened_elsewhere_by_the_emailed_link() -> None:
    person = resident()
    walk_to(person, "missed-bin", "missed-on", bin_answers())
    person.open("/services/missed-bin/save/")
    person.press({"email": "not an address"})
    assert person.status == 422
    person.press({"email": EMAIL})
    assert "We have kept your answers" in person.page.heading
    message = Message.objects.get()
    assert message.to == EMAIL
    link = re.search(r"http\S+/services/resume/\S+", message.body).group()
    elsewhere = resident()
    elsewhere.open(link.replace("http://testserver", ""))
    assert path(elsewhere) == "/services/missed-bin/missed-on/"
    elsewhere.fill(bin_answers())
    elsewhere.press({})
    assert elsewhere.page.reference
    again = resident()
    again.open(link.replace("http://testserver", ""))
    assert again.status == 410


def test_the_first_browser_can_go_on_after_saving() -> None:
    person = resident()
    walk_to(person, "missed-bin", "missed-on", bin_answers())
    person.open("/services/missed-bin/save/")
    person.press({"email": EMAIL})
    person.open("/services/missed-bin/missed-on/")
    person.fill(bin_answers())
    assert path(person) == "/services/missed-bin/check-answers/"


def test_nobody_is_flooded_with_links() -> None:
    """Ten an hour to one address, whoever asks and for whichever form; others still get theirs."""
    from moothall.journeys.keep import PER_ADDRESS
    from moothall.people import limits

    for _again in range(PER_ADDRESS):
        assert limits.allow("saved_link", "someone@example.org", PER_ADDRESS, 3600)
    person = resident()
    walk_to(person, "missed-bin", "bin", bin_answers())
    person.open("/services/missed-bin/save/")
    person.press({"email": "Someone@example.org"})
    assert person.status == 422
    assert "often enough" in person.page.text
    person.press({"email": "another@example.org"})
    assert person.status == 200
    assert "We have kept your answers" in person.page.text


def test_a_saved_form_is_kept_for_28_days_and_an_unsaved_one_for_a_day() -> None:
    person = resident()
    walk_to(person, "missed-bin", "bin", bin_answers())
    left = Draft.objects.get().expires_at - timezone.now()
    assert timedelta(hours=23) < left <= timedelta(hours=24)
    person.open("/services/missed-bin/save/")
    person.press({"email": EMAIL})
    left = Draft.objects.get().expires_at - timezone.now()
    assert timedelta(days=27) < left <= timedelta(days=28)


@pytest.mark.parametrize("token", ["forged", "a:b:c", "x" * 300])
def test_a_forged_link_opens_nothing(token: str) -> None:
    person = resident()
    person.open(f"/services/resume/{token}/")
    assert person.status == 410


def test_a_draft_cookie_cannot_be_guessed_from_the_link_or_the_row() -> None:
    person = resident()
    walk_to(person, "missed-bin", "bin", bin_answers())
    draft = Draft.objects.get()
    stranger = resident()
    for guess in (draft.token_hash, draft.holder, str(draft.pk)):
        stranger.client.client.cookies["moothall_form_missed_bin"] = guess
        stranger.open("/services/missed-bin/bin/")
        assert path(stranger) == "/services/missed-bin/address/"


# ---- Signing in ----

WORDS = "- {ask: words, type: text, label: What happened?}\n- {ask: more, type: text, label: More?}"


def test_a_service_that_needs_an_account_asks_to_sign_in_and_comes_back() -> None:
    offer(service_of(WORDS, sign_in="required"))
    person = resident()
    answer = person.client.client.get("/services/trial/start")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(
        "/account/sign-in/?next=%2Fservices%2Ftrial%2Fstart"
    )


def test_when_the_session_ran_out_what_was_typed_is_kept_and_there_after_signing_in() -> None:
    offer(service_of(WORDS, sign_in="required"))
    user = a_user()
    person = signed_in(user)
    person.start("trial")
    sent = person.page.data({"words": "Typed with care"})
    person.client.client.logout()
    answer = person.client.client.post("/services/trial/words/", sent)
    assert answer.status_code in {302, 303}
    assert "/account/sign-in/" in answer.headers["Location"]
    sign_in(person.client.client, user)
    person.open("/services/trial/words/")
    assert person.page.fields["words"].values == ["Typed with care"]


def test_nobody_sees_the_form_of_another_account() -> None:
    person = signed_in(a_user())
    walk_to(person, "missed-bin", "bin", bin_answers())
    assert Draft.objects.get().user.email == "morag.fell@example.org"
    cookie = person.client.client.cookies["moothall_form_missed_bin"].value
    other = resident()
    other.client.client.cookies["moothall_form_missed_bin"] = cookie
    other.open("/services/missed-bin/bin/")
    assert path(other) == "/services/missed-bin/address/"


def test_the_account_fills_in_what_the_file_says_and_nothing_counts_before_it_is_sent() -> None:
    user = a_user()
    from moothall.places.models import Address
    from moothall.places.queries import address

    home = Address.objects.order_by("uprn").first()
    Details.objects.create(user=user, phone="07700 900321", address=address(home.uprn))
    person = signed_in(user)
    person.start("parking-permit")
    assert person.page.fields["address"].values == [home.uprn]
    assert not Draft.objects.exists()
    person.press({})
    assert Draft.objects.get().answers["address"]["uprn"] == home.uprn
    walk = {**bin_answers(), "name": "", "email": ""}
    walk_to(person, "missed-bin", "name", bin_answers())
    assert person.page.fields["name"].values == ["Morag Fell"]
    assert walk["name"] == ""


# ---- What is counted ----


def test_each_question_counts_what_became_of_it_without_anybody() -> None:
    from moothall import measures
    from moothall.measures.queries import totals

    today = timezone.localdate()

    def counted(name: str, *by: str) -> dict[tuple[str, ...], int]:
        measures.flush()
        return totals(name, today, today, by=by)

    steps_before = counted("journey.step", "service", "step", "outcome")
    started_before = counted("journey.started", "service")
    person = resident()
    walk_to(person, "missed-bin", "bin", bin_answers())
    person.press({})
    person.press({"bin": "refuse"})
    steps = counted("journey.step", "service", "step", "outcome")
    for outcome, times in (("shown", 1), ("error", 1), ("answered", 1)):
        key = ("missed_bin", "bin", outcome)
        assert steps.get(key, 0) - steps_before.get(key, 0) == times
    key = ("missed_bin",)
    assert counted("journey.started", "service")[key] - started_before.get(key, 0) == 1


# ---- How much is asked of the database ----


def test_a_question_page_asks_little_of_the_database() -> None:
    person = resident()
    walk_to(person, "missed-bin", "where-left", bin_answers())
    client = person.client.client
    client.get("/services/missed-bin/where-left/")
    with CaptureQueriesContext(connection) as shown:
        client.get("/services/missed-bin/where-left/")
    sent = person.page.data({"where_left": "By the gate"})
    with CaptureQueriesContext(connection) as taken:
        client.post("/services/missed-bin/where-left/", sent)
    assert len(shown) <= 6, "\n".join(one["sql"][:110] for one in shown)
    assert len(taken) <= 10, "\n".join(one["sql"][:110] for one in taken)


# ---- How long a page takes ----


def test_time_at_a_page_is_counted_in_spans_and_nobody_is_in_the_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from moothall import measures
    from moothall.journeys import timing
    from moothall.measures.models import Count

    now = timezone.now()
    clock = {"now": now}
    monkeypatch.setattr("django.utils.timezone.now", lambda: clock["now"])
    measures.buffer.forget()
    person = resident()
    walk_to(person, "missed-bin", "bin", bin_answers())
    clock["now"] = now + timedelta(seconds=12)
    person.press({"bin": ""})  # an error: the time runs on
    assert person.status == 422
    clock["now"] = now + timedelta(seconds=30)
    person.press({"bin": "refuse"})
    assert person.status == 200
    measures.flush()
    rows = Count.objects.filter(name=timing.COUNT, labels__contains='"step":"bin"')
    assert [(one.labels, one.n) for one in rows] == [
        ('{"below":"40","service":"missed_bin","step":"bin"}', 1)
    ]


def test_a_time_that_is_no_true_one_is_not_counted() -> None:
    from django.core import signing

    from moothall.journeys import timing

    now = timezone.now()
    mark = timing.mark(now)
    assert timing.span({"shown": [mark]}, now + timedelta(seconds=3)) == 5
    assert timing.span({"shown": [mark]}, now + timedelta(seconds=1799)) == 1800
    assert timing.span({"shown": [mark]}, now + timedelta(hours=2)) is None
    assert timing.span({"shown": [mark]}, now - timedelta(seconds=9)) is None
    for bad in ("", "12", "12:forged", "\x00", "9" * 5000, signing.Signer(salt="other").sign("1")):
        assert timing.span({"shown": [bad]}, now) is None
        assert timing.mark(now, {"shown": [bad]}) == mark
    assert timing.span({}, now) is None
