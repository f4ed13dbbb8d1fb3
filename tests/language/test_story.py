"""Stories: a resident on the way through a form, and what is decided about the case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from moothall.language import (
    Facts,
    Service,
    check_answer,
    contact_details,
    display,
    fee,
    load_service,
    messages_due,
    moves_for,
    on_route,
    promise,
    public_row,
    read_answer,
    run_look_up_input,
    walk,
    work_out,
)
from moothall.language.clock import LONDON
from tests.language.files import bulky, missed_bin, small

TODAY = date(2026, 3, 11)
ADDRESS = {
    "uprn": "990000000001", "line": "1 Mill Lane", "postcode": "XW1 1AA", "ward": "X05000009",
    "ward_name": "Millbrook", "lon": -1.1, "lat": 52.4,
}  # fmt: skip
SLOT = {
    "id": "7",
    "resource": "bulky_round",
    "starts": "2026-03-17T07:00",
    "ends": "2026-03-17T12:00",
}


def typed(service: Service, facts: Facts, question: str, **fields: str) -> Facts:
    """The person types `fields` on the page of `question` and goes on."""
    form = {name.replace("__", "-"): [value] for name, value in fields.items()}
    reading = read_answer(service, question, form, facts=facts)
    assert reading.errors == ()
    return replace(facts, answers={**facts.answers, question: reading.value})


def test_a_missed_bin_is_reported_step_by_step() -> None:
    service = missed_bin()
    facts = Facts({}, today=TODAY)
    way = walk(service, facts)
    assert way.next is not None
    assert (way.next.kind, way.next.slug) == ("ask", "address")
    assert not way.complete

    facts = replace(facts, answers={"address": ADDRESS})
    way = walk(service, facts)
    assert way.next is not None
    assert (way.next.kind, way.next.id) == ("look_up", "collection")
    assert run_look_up_input(service, "collection", facts) == ("waste.last_collection", ADDRESS)

    facts = replace(facts, look_ups={"collection": {"due_on": "2026-03-10", "crew_note": "none"}})
    facts = typed(service, facts, "bin", bin="garden")
    facts = typed(
        service,
        facts,
        "missed_on",
        missed_on__day="10",
        missed_on__month="March",
        missed_on__year="2026",
    )
    way = walk(service, facts)
    assert way.complete
    assert way.asked == ("address", "bin", "missed_on")
    assert [step.id for step in way.steps] == ["address", "collection", "bin", "missed_on"]
    back = way.before("missed_on")
    onward = way.after("address")
    assert back is not None
    assert onward is not None
    assert back.id == "bin"
    assert onward.kind == "look_up"

    started = datetime(2026, 3, 11, 10, 0, tzinfo=LONDON)
    assert promise(service, facts, started=started).finish_by == datetime(
        2026, 3, 16, 23, 59, 59, tzinfo=LONDON
    )
    case = replace(facts, started=TODAY)
    assert public_row(service, case, state="reported") == {
        "month": "2026-03", "ward": "X05000009", "bin": "garden", "result": "reported",
    }  # fmt: skip
    team = frozenset({"waste_team"})
    assert [move.id for move in moves_for(service, case, state="reported", roles=team)] == [
        "book_a_crew", "close",
    ]  # fmt: skip
    assert moves_for(service, case, state="reported", roles=frozenset({"applicant"})) == ()


def test_too_late_stops_the_form_and_a_failed_look_up_does_not() -> None:
    service = missed_bin()
    answers = {"address": ADDRESS, "bin": "refuse", "missed_on": "2026-03-03"}
    way = walk(service, Facts(answers, {"collection": None}, today=TODAY))
    assert way.stop is not None
    assert way.stop.id == "too_late"
    assert not way.complete
    assert way.next is None


def test_a_look_up_is_asked_for_again_when_its_address_changes() -> None:
    service = missed_bin()
    found = {"due_on": "2026-03-10", "crew_note": "none", "_with": ADDRESS}
    facts = Facts({"address": ADDRESS}, {"collection": found}, today=TODAY)
    assert walk(service, facts).next is not None
    assert getattr(walk(service, facts).next, "id", "") == "bin"
    moved = replace(facts, answers={"address": {**ADDRESS, "uprn": "990000000002"}})
    assert getattr(walk(service, moved).next, "id", "") == "collection"


def bulky_answers(**others: Any) -> dict[str, Any]:
    answers: dict[str, Any] = {
        "full_name": "Robin Sallow",
        "email": "robin.sallow@example.org",
        "born_on": "1980-05-01",
        "address": ADDRESS,
        "items": [
            {"_id": "1", "kind": "sofa", "number": 2},
            {"_id": "2", "kind": "fridge", "number": 1, "gas_out": True},
        ],
        "visit": SLOT,
        "benefits": False,
    }
    answers.update(others)
    return answers


def bulky_case(answers: Mapping[str, Any]) -> Facts:
    return Facts(
        answers, today=TODAY, started=TODAY, state="booked", reference="WM-7K3-9QF",
        finish_by=date(2026, 3, 25),
    )  # fmt: skip


def test_bulky_things_are_priced_and_booked() -> None:
    service = bulky()
    facts = bulky_case(bulky_answers())
    way = walk(service, facts)
    assert way.complete
    assert [step.id for step in way.steps] == [
        "person", "born_on", "address", "items", "fridge_note", "visit", "benefits",
    ]  # fmt: skip
    assert way.steps[0].section == "you"
    assert way.steps[0].questions == ("full_name", "email")
    assert work_out(service, facts) == {"things": 3, "cold": 1, "price": 1250}
    due = fee(service, facts)
    assert due is not None
    assert due.pence == 4750
    assert due.lines == (("Collection of 3 things", 3750), ("Making fridges safe", 1000))
    assert due.refund == (("cancel", 4750), ("cancel_late", 2375))
    assert (due.taken, due.waived, due.abandoned_after) == ("before", False, ("hours", 24))


def test_one_thing_on_benefits_is_free_and_said_in_the_singular() -> None:
    service = bulky()
    one = [{"_id": "1", "kind": "bed", "number": 1}]
    due = fee(service, bulky_case(bulky_answers(items=one, benefits=True)))
    assert due is not None
    assert (due.pence, due.lines) == (0, (("Collection of 1 thing", 0),))
    welsh = fee(service, bulky_case(bulky_answers(items=one)), "cy")
    assert welsh is not None
    assert welsh.lines[0][0] == "Casglu 1 peth"


def test_a_ward_that_the_council_names_pays_nothing() -> None:
    service = bulky()
    home = {**ADDRESS, "ward": "X05000001"}
    due = fee(service, bulky_case(bulky_answers(address=home)))
    assert due is not None
    assert (due.pence, due.waived) == (0, True)


def test_the_message_has_the_answers_in_words() -> None:
    service = bulky()
    facts = replace(bulky_case(bulky_answers()), fee=4750)
    (message,) = messages_due(service, facts, when="starts")
    assert message.to == "applicant"
    assert message.by == ("email", "text")
    assert message.subject == "We will come (WM-7K3-9QF)"
    assert message.body == (
        "Dear Robin Sallow, we come on Tuesday 17 March 2026, 7am to midday for £47.50. Things:\n"
        "2 × Sofa\n1 × Fridge or freezer\n"
    )
    assert messages_due(service, bulky_case(bulky_answers(email=None)), when="starts") == ()
    assert [m.id for m in messages_due(service, facts, when="move:ask")] == ["asked"]
    assert [m.id for m in messages_due(service, facts, when="clock:50")] == ["half_gone"]
    assert [m.id for m in messages_due(service, facts, when="expiry:7")] == ["soon_over"]


def test_moves_depend_on_the_day_and_on_the_role() -> None:
    service = bulky()
    facts = bulky_case(bulky_answers())
    mine = frozenset({"applicant"})
    assert [m.id for m in moves_for(service, facts, state="booked", roles=mine)] == ["cancel"]
    later = replace(facts, today=date(2026, 3, 16))
    assert [m.id for m in moves_for(service, later, state="booked", roles=mine)] == ["cancel_late"]
    crew = frozenset({"waste_crew"})
    assert [m.id for m in moves_for(service, facts, state="booked", roles=crew)] == ["collect"]
    clock = frozenset({"clock"})
    assert [m.id for m in moves_for(service, facts, state="asking", roles=clock)] == ["lapse"]


def test_an_answer_that_is_no_longer_on_the_way_does_not_count() -> None:
    service = bulky()
    rows = [{"_id": "1", "kind": "sofa", "number": 1, "gas_out": True}]
    answers = on_route(service, Facts(bulky_answers(items=rows, ghost=1), today=TODAY))
    assert answers["items"] == [{"kind": "sofa", "number": 1, "_id": "1"}]
    assert "ghost" not in answers
    short = missed_bin()
    stopped = {"address": ADDRESS, "bin": "refuse", "missed_on": "2026-01-01"}
    assert on_route(short, Facts(stopped, {"collection": None}, today=TODAY)) == stopped


def test_a_draft_keeps_what_comes_after_a_gap() -> None:
    service = bulky()
    answers = bulky_answers()
    del answers["born_on"]
    facts = Facts(answers, today=TODAY)
    assert getattr(walk(service, facts).next, "id", "") == "born_on"
    assert "visit" in on_route(service, facts)


def test_a_good_answer_goes_stale_when_its_limit_moves_on() -> None:
    service = bulky()
    facts = Facts(bulky_answers(), today=TODAY)
    assert walk(service, facts).complete
    late = replace(facts, today=date(2026, 3, 16))
    assert getattr(walk(service, late).next, "id", "") == "visit"
    (error,) = check_answer(service, "visit", SLOT, facts=late)
    assert error.message == "Your answer to “When shall we come?” must be on or after 18 March 2026"


def test_a_skipped_optional_question_is_kept_as_nothing() -> None:
    service = bulky()
    answers = bulky_answers(email=None)
    assert walk(service, Facts(answers, today=TODAY)).complete
    del answers["email"]
    assert not walk(service, Facts(answers, today=TODAY)).complete
    assert walk(service, Facts(answers, today=TODAY), skip_optional=True).complete


def test_contact_details_come_from_the_answers() -> None:
    found = contact_details(bulky(), Facts(bulky_answers(), today=TODAY))
    assert (found.name, found.email, found.phone) == (
        "Robin Sallow",
        "robin.sallow@example.org",
        "",
    )
    assert (found.postcode, found.address) == ("XW1 1AA", "1 Mill Lane")


def test_answers_are_said_in_both_languages() -> None:
    service = bulky()
    assert display(service, "items", bulky_answers()["items"]) == "2 × Sofa\n1 × Fridge or freezer"
    assert display(service, "items", bulky_answers()["items"], "cy").startswith("2 × Soffa")
    assert display(service, "born_on", "1980-05-01") == "1 May 1980"
    assert display(service, "born_on", "1980-05-01", "cy") == "1 Mai 1980"
    assert display(service, "benefits", True, "cy") == "Ie"
    assert display(service, "visit", SLOT, "cy") == "Dydd Mawrth 17 Mawrth 2026, 7yb tan canol dydd"
    assert display(service, "address", ADDRESS) == "1 Mill Lane, XW1 1AA"
    assert service.text("name", "cy") == "Casglu pethau mawr"
    assert service.text("summary", "cy") == service.text("summary")


def test_publishing_says_only_what_the_file_says() -> None:
    row = public_row(bulky(), replace(bulky_case(bulky_answers()), fee=4750), state="booked")
    assert row == {
        "quarter": "2026 Q1", "ward": "X05000009", "things": "2 to 4", "fee": "47.50", "cold": "yes",
    }  # fmt: skip


def test_a_gap_in_a_draft_is_no_reason_to_stop() -> None:
    pages = """
  - {ask: at_home, type: yes or no, label: Is it your home?}
  - {stop: not_home, when: not at_home, title: Only for homes, say: Ask a firm.}
  - {ask: colour, type: text, label: Which colour?}
"""
    service = load_service(small(pages))
    answers = {"bin": "garden", "cars": 1, "notes": None, "on_day": "2026-03-11", "colour": "red"}
    facts = Facts(answers, today=TODAY)
    assert getattr(walk(service, facts).next, "id", "") == "at_home"
    assert on_route(service, facts)["colour"] == "red"
    no = replace(facts, answers={**answers, "at_home": False})
    assert getattr(walk(service, no).stop, "id", "") == "not_home"
    assert "colour" not in on_route(service, no)


def test_a_fee_that_is_not_known_yet_says_so() -> None:
    service = bulky()
    answers = bulky_answers()
    del answers["benefits"]
    full = fee(service, bulky_case(answers))
    assert full is not None
    assert full.known  # the last row of the table takes whoever has not said
    priced = load_service(small(fee="fee: {amount: 2.50 * cars}"))
    early = fee(priced, Facts({}))
    assert early is not None
    assert (early.pence, early.known) == (0, False)


def test_no_more_is_paid_back_than_was_paid() -> None:
    paid = replace(bulky_case(bulky_answers()), fee=1000)
    due = fee(bulky(), paid)
    assert due is not None
    assert due.refund == (("cancel", 1000), ("cancel_late", 500))
