"""An adviser fills in a whole service on one screen while the person talks."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from moothall.casework.models import Case
from moothall.journeys import actions, assisted, drafts
from moothall.journeys.models import Draft
from moothall.packs import queries as packs
from moothall.people.actor import applicant
from moothall.people.models import User
from tests.journeys.people import EMAIL
from tests.stories.answers import POSTCODE, day

pytestmark = pytest.mark.django_db


@pytest.fixture
def call(council):
    """A contact that has begun ten minutes ago."""
    return begin("missed_bin")


class Call:
    """One contact: sends the screen and holds what comes back."""

    def __init__(self, service_id: str) -> None:
        self.now = timezone.now()
        self.service = packs.service(service_id)
        adviser = User.objects.create_user("adviser@example.org", is_staff=True)
        draft = actions.begin(
            self.service, "phone", None, adviser=adviser,
            started_at=self.now - timedelta(minutes=10), now=self.now,
        )  # fmt: skip
        self.draft = drafts.save(draft, now=self.now)
        self.screen = assisted.open_form(self.service, self.draft, now=self.now)

    def send(self, final: bool = False, **fields: str) -> Any:
        """Press Update, or Send it in."""
        form = {name: [value] for name, value in fields.items()}
        self.screen = assisted.answer_all(
            self.service, self.draft, form, {}, final=final, now=self.now
        )
        self.draft = self.screen.draft
        return self.screen

    def fields(self) -> dict[str, Any]:
        """The controls on the screen, by name."""
        found = {}
        for block in assisted.whole_form(self.service, self.screen):
            if block.field is not None:
                found[block.field.name] = block.field
            for row in block.rows:
                found.update({one.name: one for one in row["fields"]})
        return found


def begin(service_id: str) -> Call:
    """Begin a contact."""
    return Call(service_id)


def test_the_screen_shows_everything_that_surely_comes(call) -> None:
    shown = call.fields()
    assert {"address", "bin", "missed_on", "name"} <= set(shown)
    assert "email" not in shown


def test_answers_bring_what_depends_on_them_and_look_ups_run(call) -> None:
    call.send(**{"address-postcode": POSTCODE})
    offered = call.fields()["address"]
    assert offered.mode == "choose"
    call.send(
        **{
            "address-postcode": POSTCODE,
            "address-searched": POSTCODE,
            "address": offered.addresses[0][0],
            "bin": "refuse",
            **day("missed_on", date.today()),
            "was_out": "yes",
            "where_left": "",
            "name": "Robin Sallow",
            "tell_me_by": "email",
        }
    )
    assert call.draft.look_ups
    assert "email" in call.fields()
    kinds = {block.kind for block in assisted.whole_form(call.service, call.screen)}
    assert "look_up" in kinds


def test_what_is_left_blank_is_an_error_only_at_the_end(call) -> None:
    assert call.send(bin="refuse").errors == ()
    assert call.draft.answers == {"bin": "refuse"}
    last = call.send(final=True, bin="refuse")
    assert {one.field.split("-")[0] for one in last.errors} >= {"address", "missed_on", "name"}
    assert call.fields()["name"].error


def test_what_does_not_hold_is_shown_as_it_was_typed(call) -> None:
    call.send(**{"missed_on-day": "31", "missed_on-month": "2", "missed_on-year": "2026"})
    shown = call.fields()["missed_on"]
    assert shown.error
    assert [part.value for part in shown.parts] == ["31", "2", "2026"]
    assert "missed_on" not in call.draft.answers


def test_the_case_says_how_it_came_and_how_long_it_took(call) -> None:
    call.send(**{"address-postcode": POSTCODE})
    uprn = call.fields()["address"].addresses[0][0]
    filled = {
        "address": uprn,
        "address-postcode": POSTCODE,
        "address-searched": POSTCODE,
        "bin": "refuse",
        **day("missed_on", date.today()),
        "was_out": "yes",
        "where_left": "",
        "name": "Robin Sallow",
        "tell_me_by": "email",
        "email": EMAIL,
    }
    call.send(**filled)
    done = call.send(final=True, **filled)
    assert done.errors == ()
    assert done.complete
    case = assisted.submit(
        call.service, call.draft, key="x", actor=applicant(None), minutes=10, now=call.now
    )
    again = assisted.submit(
        call.service, Draft.objects.get(), key="x", actor=applicant(None), minutes=10, now=call.now
    )
    assert case == again == Case.objects.get()
    assert case.channel == "phone"
    contact = case.contacts.get()
    assert (contact.channel, contact.minutes) == ("phone", 10)


def test_rows_are_filled_in_on_the_same_screen(council) -> None:
    call = begin("bulky_waste")
    call.send(from_home="yes", **{"items-1-thing": "sofa", "items-1-how_many": "2"})
    rows = call.draft.answers["items"]
    assert [(row["thing"], row["how_many"]) for row in rows] == [("sofa", 2)]
    shown = call.fields()
    assert "items-2-thing" in shown
    call.send(
        from_home="yes",
        **{
            "items-1-_id": rows[0]["_id"],
            "items-1-thing": "sofa",
            "items-1-how_many": "2",
            "items-1-remove": "yes",
            "items-2-thing": "cold",
            "items-2-how_many": "1",
        },
    )
    assert [row["thing"] for row in call.draft.answers["items"]] == ["cold"]


def test_a_stop_is_told_and_nothing_more_is_asked(council) -> None:
    call = begin("bulky_waste")
    call.send(from_home="no")
    assert call.screen.stop is not None
    assert "stop" in {block.kind for block in assisted.whole_form(call.service, call.screen)}
    assert "items-1-thing" not in call.fields()


def test_a_contact_without_a_case_leaves_nothing_behind(call) -> None:
    call.send(bin="refuse")
    assisted.abandon(call.draft, now=call.now)
    assert not Draft.objects.exists()


def test_residents_cannot_open_an_advisers_draft(call, client) -> None:
    client.cookies["moothall_form_missed_bin"] = call.draft.token
    answer = client.get("/services/missed-bin/bin/")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/services/missed-bin/address/"
