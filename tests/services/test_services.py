"""Every service file that ships is proved, complete and as the law it follows says."""

from __future__ import annotations

from datetime import date

import pytest
from ruamel.yaml import YAML

from moothall.language import Service, load_service, translation_status
from moothall.language.check import check_service
from moothall.language.check.syllables import count, sentences, total
from moothall.language.check.words import seen_by_residents
from moothall.packs import library

IDS = library.ids()
_loaded: dict[str, Service] = {}


def service(service_id: str) -> Service:
    if service_id not in _loaded:
        source = library.source(service_id)
        _loaded[service_id] = load_service(
            source.text, file=source.file, translations=source.translations
        )
    return _loaded[service_id]


@pytest.mark.parametrize("service_id", IDS)
def test_it_passes_all_seven_proofs(service_id: str) -> None:
    report = check_service(library.source(service_id))
    assert [str(one) for one in report.problems] == []


@pytest.mark.parametrize("service_id", IDS)
def test_its_stored_form_is_the_same_service(service_id: str) -> None:
    made = service(service_id)
    again = Service.from_canonical(made.canonical)
    assert again.sha256 == made.sha256
    assert again.canonical == made.canonical


@pytest.mark.parametrize("service_id", IDS)
def test_the_applicant_is_told_of_every_end(service_id: str) -> None:
    """But for an end that they made themselves."""
    made = service(service_id)
    told = {one.when.state for one in made.tell.values() if one.to == "applicant"}
    told |= {
        made.moves[one.when.move].to for one in made.tell.values() if one.when.move is not None
    }
    for state in made.states.values():
        if state.ends in {"done", "refused"}:
            into = [move for move in made.moves.values() if move.to == state.id]
            by_clock = all(move.by == ("clock",) for move in into)
            assert state.id in told or by_clock, state.id


@pytest.mark.parametrize("service_id", IDS)
def test_it_says_what_a_resident_needs_first(service_id: str) -> None:
    made = service(service_id)
    assert "minutes" in made.before_you_start
    assert made.file.what_happens_next
    assert made.file.keywords
    assert made.access is not None
    assert "applicant" in made.access.parties


@pytest.mark.parametrize("service_id", IDS)
def test_an_eleven_year_old_can_read_it(service_id: str) -> None:
    """By whole sentences only too, without the short labels and options that make a text look easy."""
    whole = [
        sentence
        for _path, text in seen_by_residents(service(service_id), "en")
        for sentence in sentences(text)
        if sentence.rstrip("\"'’”)").endswith((".", "!", "?"))
    ]
    read = total([count(sentence) for sentence in whole])
    assert len(whole) > 40
    assert read.reading_age <= 9
    assert read.longest <= 25


IN_WELSH = ("bulky_waste", "extra_bin", "garden_waste", "missed_bin", "parking_permit")


@pytest.mark.parametrize("service_id", IN_WELSH)
def test_it_is_complete_in_welsh(service_id: str) -> None:
    status = translation_status(service(service_id), "cy")
    assert [one for one in status if one.status != "current"] == []


def test_a_freedom_of_information_answer_is_due_as_the_act_says() -> None:
    """Section 10: the twentieth working day after receipt; a holiday anywhere in the UK is none."""
    made = service("foi_request")
    assert made.calendar_name == "any-uk"
    assert made.case.clock is not None
    assert made.case.clock.day_zero == "the day it starts"


def test_invented_numbers_only() -> None:
    """No telephone number, postcode or address in a service file can be real."""
    import re

    for service_id in IDS:
        text = library.source(service_id).text
        for number in re.findall(r"\b0\d{4} \d{6}\b|\b0\d{4} \d{3} ?\d{3}\b", text):
            assert number.startswith(("01632 960", "07700 900")), number
        for address in re.findall(r"[\w.]+@[\w.]+\w", text):
            assert address.endswith("@example.org"), address
        for uprn in re.findall(r"uprn:(\d+)", text):
            assert uprn.startswith("9900000000"), uprn


def test_examples_run_in_any_year() -> None:
    """Each example fixes its own day."""
    for service_id in IDS:
        for example in YAML(typ="safe").load(library.source(service_id).text)["examples"]:
            assert date.fromisoformat(str(example["today"]))
