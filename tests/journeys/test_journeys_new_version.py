"""The council changes a form while somebody fills it in: what fits is kept, and they are told the rest."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moothall.casework.models import Case
from moothall.files.models import StoredFile
from moothall.journeys import actions
from moothall.journeys.changes import reconcile
from moothall.journeys.models import Draft
from moothall.language import Facts, check_answer, load_service, on_route
from moothall.people.models import User
from moothall.people.testing import sign_in
from tests.journeys.offering import BARE, offer, service_of
from tests.journeys.people import path, resident
from tests.stories.answers import a_photo

pytestmark = pytest.mark.django_db

FIRST_FORM = """
- ask: colour
  type: choose one
  label: Which colour?
  options: {red: Red, blue: Blue}
- ask: size
  type: whole number
  label: How many?
- ask: why
  type: text
  label: Why?
- ask: picture
  type: photo
  label: A photo
  optional: true
- repeat: things
  title: Your things
  one: thing
  questions:
    - {ask: kind, type: choose one, label: What kind?, options: {old: Old, new: New}}
    - {ask: note, type: text, label: Note}
- ask: email
  type: email
  label: Email
  personal: contact
"""

SECOND_FORM = """
- ask: colour
  type: choose one
  label: Which colour would you like?
  options: {red: Dark red, green: Green}
- ask: size
  type: whole number
  label: How many?
  limits: {at_most: 3}
- ask: when
  type: text
  label: Which day suits you?
- ask: picture
  type: photo
  label: A photo
  optional: true
- repeat: things
  title: Your things
  one: thing
  questions:
    - {ask: kind, type: choose one, label: What kind?, options: {new: New, odd: Odd}}
    - {ask: note, type: text, label: Note}
- ask: email
  type: email
  label: Email
  personal: contact
"""


@pytest.fixture(autouse=True)
def _council(council) -> None:
    """The invented council."""


def begun(colour: str = "red") -> Any:
    """Somebody who has answered all of the first form."""
    offer(service_of(FIRST_FORM, version="1.0.0"))
    person = resident()
    person.start("trial")
    person.fill(
        {
            "colour": colour,
            "size": "7",
            "why": "Because",
            "picture": ("me.jpg", a_photo(), "image/jpeg"),
            "things-1-kind": "old",
            "things-1-note": "On the shelf",
            "things-another": "no",
            "email": "robin@example.org",
        }
    )
    return person


def test_on_return_they_are_told_what_changed_and_look_at_it_before_they_go_on() -> None:
    person = begun()
    offer(service_of(SECOND_FORM, version="2.0.0"))
    person.open("/services/trial/go-on")
    assert path(person) == "/services/trial/new-version/"
    text = person.page.text
    assert "We changed this form since you started" in text
    assert "How many?" in text
    assert "You had answered: 7" in " ".join(text.split())
    assert "Which day suits you?" in text  # new
    assert "Why?" in text
    assert "Because" in text
    assert "Which colour would you like?" in text
    assert "Dark red" in text
    assert "What kind?" in text
    assert "Old" in text
    assert Draft.objects.get().notes["new_version"]["seen"] is True
    kept = Draft.objects.get().answers
    assert kept["colour"] == "red"
    assert kept["email"] == "robin@example.org"
    assert kept["things"][0]["note"] == "On the shelf"
    assert "kind" not in kept["things"][0]
    assert kept["picture"]
    assert StoredFile.objects.filter(owner=Draft.objects.get().holder).exists()
    assert "size" not in kept
    assert "why" not in kept
    person.press()
    assert path(person) == "/services/trial/size/"
    person.press({"size": "2"})
    assert path(person) == "/services/trial/when/"
    person.press({"when": "Monday"})
    assert path(person) == "/services/trial/picture/"
    person.open("/services/trial/go-on")
    assert path(person) == "/services/trial/things/"
    href = next(h for w, h in person.page.links if w.startswith("Change"))
    person.open(urljoin(person.url, href))
    person.press({"things-1-kind": "odd"})
    person.press({"things-another": "no"})
    person.open("/services/trial/go-on")
    assert path(person) == "/services/trial/check-answers/"
    assert "See what changed" in person.page.text
    person.press()
    case = Case.objects.get()
    assert case.answers["things"][0]["kind"] == "odd"
    assert case.answers["size"] == 2


def test_an_answer_typed_on_the_old_page_is_kept_and_they_are_told_after_it() -> None:
    person = begun()
    person.open("/services/trial/colour/?change")
    offer(service_of(SECOND_FORM, version="2.0.0"))
    person.press({"colour": "blue"})
    assert person.status == 422
    assert person.page.errors
    person.press({"colour": "green"})
    assert path(person) == "/services/trial/new-version/"
    assert Draft.objects.get().answers["colour"] == "green"


def test_an_answer_to_a_question_that_went_at_that_moment_is_no_error() -> None:
    person = begun()
    person.open("/services/trial/why/?change")
    offer(service_of(SECOND_FORM, version="2.0.0"))
    person.press({"why": "Something else"})
    assert person.status == 200
    assert path(person) == "/services/trial/new-version/"


def test_a_change_that_touches_nothing_of_theirs_passes_without_a_word() -> None:
    person = begun()
    offer(service_of(FIRST_FORM, version="1.0.1"))
    person.open("/services/trial/go-on")
    assert path(person) == "/services/trial/check-answers/"
    assert "new_version" not in Draft.objects.get().notes


FEE = """
fee:
  amount: {amount}.00
  taken: before
  vat: outside the scope
"""


def priced(amount: int, version: str, days: int = 5) -> Any:
    text = BARE.format(
        id="trial",
        version=version,
        name="Trial",
        sign_in="optional",
        pages="  - {ask: email, type: email, label: Email, personal: contact}",
    ).replace("{working_days: 5}", f"{{working_days: {days}}}")
    return load_service(text + FEE.format(amount=amount), file="trial/service.yaml")


def test_nobody_pays_a_fee_they_have_not_seen() -> None:
    offer(priced(10, "1.0.0"))
    person = resident()
    person.start("trial")
    person.fill({"email": "robin@example.org"})
    other_tab = (person.url, person.page.data({}))
    offer(priced(25, "2.0.0", days=9))
    person.press()  # sends the page that says £10
    assert path(person) == "/services/trial/new-version/"
    assert not Case.objects.exists()
    assert "It now costs £25. It was £10 when you started." in person.page.text
    assert "9 working days. It was 5 working days" in person.page.text
    person.press()
    assert path(person) == "/services/trial/check-answers/"
    assert "£25" in person.page.text
    answer = person.client.post(*other_tab)  # the other tab still shows £10
    assert answer.status == 422
    assert "We changed this form" in answer.text
    assert not Case.objects.exists()
    answer = person.client.post(person.url, person.page.data({}) | {"price": "1000"})
    assert answer.status == 422
    assert "What it costs changed" in answer.text
    person.press()
    assert Case.objects.get().fee_pence == 2500


def test_changed_twice_before_they_look_they_are_told_of_both() -> None:
    person = begun("blue")
    offer(service_of(SECOND_FORM, version="2.0.0"))
    draft = Draft.objects.get()
    from moothall.packs.queries import service

    current = service("trial")
    assert current is not None
    actions.bring_up_to_date(current, draft, timezone.now())
    offer(service_of(FIRST_FORM, version="3.0.0"))
    person.open("/services/trial/go-on")
    assert path(person) == "/services/trial/new-version/"
    assert "You had answered: Blue" in " ".join(person.page.text.split())
    assert "You had answered: Because" in " ".join(person.page.text.split())


def test_the_desk_is_told_too_and_sends_only_what_it_has_seen() -> None:
    adviser = Client()
    sign_in(adviser, User.objects.get(email__startswith="asha"))
    offer(service_of(FIRST_FORM, version="1.0.0"))
    answer = adviser.post("/desk/assisted/", {"channel": "phone", "service": "trial"})
    here = answer.headers["Location"]
    form = {
        "colour": "red", "size": "7", "why": "Because", "things-1-kind": "new",
        "things-1-note": "x", "email": "robin@example.org",
    }  # fmt: skip
    adviser.post(here, {**form, "do": "look"})
    offer(service_of(SECOND_FORM, version="2.0.0"))
    answer = adviser.post(here, {**form, "size": "2", "do": "send"})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert not Case.objects.exists()
    assert "This form was changed since the contact began" in text
    assert "New question: Which day suits you?" in text
    adviser.post(here, {**form, "size": "2", "when": "Monday", "do": "send"})
    assert Case.objects.get().answers["when"] == "Monday"


TYPES = st.sampled_from(
    [
        "type: text",
        "type: long text",
        "type: text\n  limits: {longest: 4}",
        "type: whole number",
        "type: whole number\n  limits: {at_most: 5, at_least: 1}",
        "type: yes or no",
        "type: date",
        "type: date\n  limits: {latest: today}",
        "type: money",
        "type: email",
        "type: choose one\n  options: {a: A, b: B}",
        "type: choose one\n  options: {b: Bee, c: C}",
        "type: choose many\n  options: {a: A, b: B, c: C}",
        "type: photo",
        "type: address",
    ]
)
VALUES = st.sampled_from(
    [
        None, "", "abc", "a longer text", 3, 9, True, "2026-03-04", "2039-01-01", 1250,
        "robin@example.org", "a", "b", "c", ["a"], ["a", "b"], [],
        [{"id": "x", "name": "x.jpg", "type": "image/jpeg", "size": 10}],
        {"line": "1 Mill Lane", "postcode": "XW1 1AA", "typed": True}, {"odd": 1}, "\x00",
    ]
)  # fmt: skip


@st.composite
def forms(draw: Any) -> str:
    """The pages of a form: some of five questions, in any order, some only after others; a repeat."""
    pages: list[str] = []
    asked: list[str] = []
    for name in draw(st.permutations(["one", "two", "three", "four"]))[: draw(st.integers(1, 4))]:
        kind = draw(TYPES)
        optional = "\n  optional: true" if draw(st.booleans()) else ""
        yes_before = [one for one in asked if one.startswith("yes:")]
        when = f"\n  when: {yes_before[-1][4:]}" if yes_before and draw(st.booleans()) else ""
        pages.append(
            f"- ask: {name}\n  label: {draw(st.sampled_from(['A', 'B']))}\n  {kind}{optional}{when}"
        )
        if kind == "type: yes or no" and not optional and not when:
            asked.append(f"yes:{name}")
    if draw(st.booleans()):
        kinds = [draw(TYPES).replace("\n  ", ", ") for _ in range(2)]
        most = draw(st.sampled_from(["", "\n  at_most: 1"]))
        pages.append(
            f"- repeat: rows\n  title: Rows\n  one: row{most}\n  questions:\n"
            f"    - {{ask: one_of, label: L, {kinds[0]}}}\n    - {{ask: two_of, label: M, {kinds[1]}}}"
        )
    return "\n".join(pages)


ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("one", "two", "three", "four", "gone"), VALUES),
        "rows": st.lists(
            st.fixed_dictionaries(
                {"_id": st.sampled_from(["r1", "r2"])},
                optional={"one_of": VALUES, "two_of": VALUES, "lost": VALUES},
            ),
            max_size=3,
        ),
    },
)

_made: dict[str, Any] = {}


def made(pages: str) -> Any:
    if pages not in _made:
        _made[pages] = service_of(pages)
    return _made[pages]


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(forms(), forms(), ANSWERS)
def test_any_pair_of_definitions_is_reconciled(old: str, new: str, answers: Any) -> None:
    before, after = made(old), made(new)
    now = datetime(2026, 3, 10, 9, tzinfo=UTC)
    facts = Facts(answers={}, look_ups={}, today=now.date(), now=now)
    result = reconcile(before, after, answers, facts, facts)
    at = Facts(answers=result.kept, look_ups={}, today=now.date(), now=now)
    for name, value in result.kept.items():
        if name in after.questions:
            assert not check_answer(after, name, value, facts=at), (name, value)
        else:
            for row in value:
                good: dict[str, Any] = {}
                for field, said in row.items():
                    if field == "_id":
                        continue
                    question = f"{name}.{field}"
                    assert not check_answer(after, question, said, facts=at, row=good)
                    good[field] = said
    again = reconcile(after, after, result.kept, facts, facts)
    assert again.kept == result.kept
    assert not again.lost
    assert not again.asked
    # Nothing goes without being said, but what no longer counted before.
    counted = on_route(before, Facts(answers=answers, look_ups={}, today=now.date(), now=now))
    for name, value in counted.items():
        if not isinstance(value, list) or name != "rows":
            assert name in result.kept or name in result.lost
