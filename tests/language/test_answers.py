"""Answers: what people type, what is kept, and what they are told."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moothall.language import (
    Facts,
    Service,
    asked_in_row,
    check_answer,
    display,
    limits_of,
    load_service,
    plain_answer,
    prefill_value,
    read_answer,
)
from moothall.language.answers import formats
from moothall.language.answers.messages import TEXTS
from moothall.language.models import QUESTION_TYPES
from tests.language.files import bulky, small

TODAY = date(2026, 3, 11)
FACTS = Facts({}, today=TODAY)


def every_type() -> Service:
    """A service that asks one question of every type, named by its type."""
    pages = "".join(
        f"  - ask: q_{name.lower().replace(' ', '_')}\n"
        f"    type: {name}\n"
        f"    label: What is it?\n"
        f"    short: The {name}\n"
        + (
            "    options: {a: Apple, b: Pear, c: {label: None of these, alone: true}}\n"
            if "choose" in name
            else ""
        )
        + ("    slots: {resource: crew}\n" if name == "slot" else "")
        for name in QUESTION_TYPES
    )
    return load_service(small(pages))


SERVICE = every_type()


def read(question: str, **fields: Any) -> Any:
    form = {
        f"q_{question}{name}".replace("__", "-"): value if isinstance(value, list) else [value]
        for name, value in fields.items()
    }
    return read_answer(SERVICE, f"q_{question}", form, facts=FACTS)


GOOD = [
    ("text", "  two   words \x07", "two words"),
    ("long_text", "one\r\ntwo ", "one\ntwo"),
    ("name", "Robin O'Sallow", "Robin O'Sallow"),
    ("email", " robin.sallow@example.org ", "robin.sallow@example.org"),
    ("phone", "07700 900123", "07700 900123"),
    ("phone", "+44 (0)1632 960 001", "+44 (0)1632 960 001"),
    ("time", "2.30pm", "14:30"),
    ("time", "09:05", "09:05"),
    ("time", "midday", "12:00"),
    ("time", "12am", "00:00"),
    ("yes_or_no", "yes", True),
    ("yes_or_no", "no", False),
    ("choose_one", "a", "a"),
    ("choose_many", ["b", "a", "b"], ["a", "b"]),
    ("whole_number", "1,200", 1200),
    ("money", "£1,234.5", 123450),
    ("money", "1.15", 115),
    ("vehicle_registration", "ab12 cde", "AB12CDE"),
    ("national_insurance_number", "qq 12 34 56 c", "QQ123456C"),
    ("nhs_number", "999 000 0018", "9990000018"),
]


@pytest.mark.parametrize(("question", "typed", "kept"), GOOD)
def test_what_is_typed_is_kept_in_one_form(question: str, typed: Any, kept: Any) -> None:
    found = read(question, **{"": typed})
    assert found.errors == ()
    assert found.value == kept
    assert check_answer(SERVICE, f"q_{question}", kept, facts=FACTS) == ()


BAD = [
    ("email", "robin@", "Enter an email address in the right form, like name@example.org"),
    ("email", "robin@example", "Enter an email address in the right form, like name@example.org"),
    (
        "phone",
        "12345",
        "Enter a phone number, like 01632 960 001, 07700 900 982 or +44 808 157 0192",
    ),
    (
        "phone",
        "07700 9001",
        "Enter a phone number, like 01632 960 001, 07700 900 982 or +44 808 157 0192",
    ),
    ("time", "25:00", "Enter a time for the time, like 9:30am or 14:15"),
    ("yes_or_no", "maybe", "Choose yes or no for the yes or no"),
    ("choose_one", "z", "Choose one of the options for the choose one"),
    ("choose_many", ["a", "z"], "Choose only options from the list for the choose many"),
    ("choose_many", ["a", "c"], "Choose either “None of these” or the others for the choose many"),
    ("whole_number", "3.5", "The whole number must be a whole number, like 3"),
    ("whole_number", "-1", "The whole number must be 0 or more"),
    ("money", "1.155", "The money must be an amount in pounds and pence, like 12.50"),
    ("vehicle_registration", "!", "Enter a vehicle registration number, like AB12 CDE"),
    (
        "national_insurance_number",
        "BG123456A",
        "Enter a National Insurance number, like QQ 12 34 56 C",
    ),
    ("nhs_number", "9990000019", "Enter an NHS number of 10 digits, like 999 000 0018"),
    ("text", "x" * 501, "The text must be 500 characters or fewer"),
]


@pytest.mark.parametrize(("question", "typed", "told"), BAD)
def test_a_wrong_answer_is_told_what_to_do(question: str, typed: Any, told: str) -> None:
    found = read(question, **{"": typed})
    assert [(error.field, error.message) for error in found.errors] == [(f"q_{question}", told)]


@pytest.mark.parametrize("question", [name.lower().replace(" ", "_") for name in QUESTION_TYPES])
def test_every_type_says_in_both_languages_that_nothing_was_entered(question: str) -> None:
    for lang in ("en", "cy"):
        found = read_answer(SERVICE, f"q_{question}", {}, facts=FACTS, lang=lang)
        assert found.blank
        assert found.value is None
        (error,) = found.errors
        assert error.field == f"q_{question}"
        assert "{" not in error.message
    english = read_answer(SERVICE, f"q_{question}", {}, facts=FACTS).errors
    assert english != found.errors


@pytest.mark.parametrize(
    ("typed", "part", "told"),
    [
        ({"__day": "27", "__month": "", "__year": "2026"}, "-month", "The date must include a month"),
        ({"__day": "31", "__month": "2", "__year": "2026"}, "-day", "The date must be a real date, like 27 3 2026"),
        ({"__day": "1", "__month": "1", "__year": "26"}, "-day", "The date must be a real date, like 27 3 2026"),
        ({"__day": "1", "__month": "1", "__year": "1066"}, "-year", "The date must be a real date, like 27 3 2026"),
        ({"__day": "²", "__month": "1", "__year": "2026"}, "-day", "The date must be a real date, like 27 3 2026"),
    ],
)  # fmt: skip
def test_a_date_says_which_part_to_mend(typed: dict[str, str], part: str, told: str) -> None:
    (error,) = read("date", **typed).errors
    assert (error.field, error.message) == (f"q_date{part}", told)


@pytest.mark.parametrize(
    ("month", "number"), [("3", 3), ("March", 3), ("mar", 3), ("Mawrth", 3), ("12", 12)]
)
def test_a_month_may_be_written_out_in_either_language(month: str, number: int) -> None:
    found = read("date", __day="7", __month=month, __year="2026")
    assert found.value == f"2026-{number:02d}-07"


def test_bank_details_are_checked_field_by_field() -> None:
    found = read("bank_details", __name="R Sallow", __sort_code="30 94 3", __account_number="1")
    assert [error.field for error in found.errors] == [
        "q_bank_details-sort_code", "q_bank_details-account_number",
    ]  # fmt: skip
    good = read(
        "bank_details", __name="R Sallow", __sort_code="30-94-30", __account_number="00733445"
    )
    assert good.errors == ()
    assert good.value["sort_code"] == "309430"
    assert display(SERVICE, "q_bank_details", good.value) == "R Sallow\n30-94-30\n00733445"


def test_a_typed_address_needs_a_whole_postcode() -> None:
    found = read("address", __line="1 Mill Lane", __town="Wealdmere", __postcode="xw11aa")
    assert found.errors == ()
    assert found.value["line"] == "1 Mill Lane, Wealdmere"
    assert (found.value["postcode"], found.value["typed"]) == ("XW1 1AA", True)
    (error,) = read("address", __line="1 Mill Lane", __postcode="XW1").errors
    assert (error.field, error.message) == (
        "q_address-postcode", "Enter a full UK postcode, like XW1 1AA",
    )  # fmt: skip


def test_the_files_own_error_texts_come_first() -> None:
    (error,) = read_answer(
        bulky(), "born_on", {"born_on-day": ["1"], "born_on-month": ["1"], "born_on-year": ["2020"]},
        facts=FACTS,
    ).errors  # fmt: skip
    assert error.message == "You must be 16 or over"
    (error,) = read_answer(
        bulky(), "born_on", {"born_on-day": ["1"], "born_on-month": ["1"], "born_on-year": ["2027"]},
        facts=FACTS,
    ).errors  # fmt: skip
    assert error.message == "Date of birth must be today or in the past"


def test_rows_are_read_with_a_prefix_and_checked_together() -> None:
    service = bulky()
    found = read_answer(
        service, "items.number", {"items-2-number": ["12"]}, prefix="items-2-", facts=FACTS
    )
    assert [(e.field, e.message) for e in found.errors] == [
        ("items-2-number", "Your answer to “How many?” must be 9 or less")
    ]
    rows = [{"kind": "sofa", "number": 1}, {"kind": "fridge", "number": 0}]
    errors = check_answer(service, "items", rows, facts=FACTS)
    assert [(e.field, e.message) for e in errors] == [
        ("items-2-number", "Your answer to “How many?” must be 1 or more"),
        ("items-2-gas_out", "Choose yes or no for “Is the gas out?”"),
    ]
    assert [e.message for e in check_answer(service, "items", [], facts=FACTS)] == [
        "Add at least one thing"
    ]
    four = [{"kind": "sofa", "number": 1}] * 4
    assert [e.message for e in check_answer(service, "items", four, facts=FACTS)] == [
        "Add no more than 3 of thing"
    ]
    assert asked_in_row(service, "items", {"kind": "sofa"}, FACTS) == ("items.kind", "items.number")
    assert asked_in_row(service, "items", {"kind": "fridge"}, FACTS)[-1] == "items.gas_out"


def test_a_choice_that_the_council_took_away_is_asked_again() -> None:
    service = bulky().with_local({"kinds": {"sofa": "Sofa", "fridge": "Fridge"}, "most": 5})
    (error,) = check_answer(service, "items", [{"kind": "bed", "number": 1}], facts=FACTS)
    assert error.field == "items-1-kind"
    assert limits_of(service, "items", FACTS) == {"at_least": 1, "at_most": 5}


def test_limits_and_prefills_are_worked_out_for_the_page() -> None:
    service = bulky()
    rows = [{"kind": "sofa", "number": 2}]
    facts = Facts({"items": rows}, today=TODAY)
    assert limits_of(service, "visit", facts) == {"earliest": "2026-03-13", "places": 2}
    assert prefill_value(service, "born_on", facts) is None


@pytest.mark.parametrize(
    ("shape", "typed", "fits"),
    [
        ("AA000000", "ab 123456", True),
        ("AA000000", "A1123456", False),
        ("00-A", "12-x", True),
        ("00-A", "12x", False),
    ],
)
def test_a_code_has_a_shape(shape: str, typed: str, fits: bool) -> None:
    assert formats.looks_like(typed, shape) is fits


def test_every_default_text_is_there_in_welsh_too() -> None:
    assert set(TEXTS["en"]) == set(TEXTS["cy"])
    for code, english in TEXTS["en"].items():
        assert ("{limit}" in english) == ("{limit}" in TEXTS["cy"][code]), code


def test_examples_are_written_short() -> None:
    service = bulky()
    assert plain_answer(SERVICE, "q_money", "12.50") == 1250
    assert plain_answer(SERVICE, "q_yes_or_no", "yes") is True
    assert plain_answer(SERVICE, "q_choose_many", "a") == ["a"]
    assert plain_answer(SERVICE, "q_address", "uprn:990000000001")["uprn"] == "990000000001"
    assert plain_answer(SERVICE, "q_photo", "hole.jpg")[0]["name"] == "hole.jpg"
    assert plain_answer(service, "items", [{"kind": "sofa"}]) == [{"_id": "1", "kind": "sofa"}]


FORM = st.dictionaries(
    st.sampled_from(
        [f"q_{name.lower().replace(' ', '_')}{part}" for name in QUESTION_TYPES
         for part in ("", "-day", "-month", "-year", "-hour", "-minute", "-lon", "-lat", "-words",
                      "-line", "-town", "-postcode", "-name", "-sort_code", "-account_number")]
    ),
    st.lists(st.text(max_size=20) | st.sampled_from(["1e400", "nan", "inf", "31", "٣", "a"]), max_size=2),
)  # fmt: skip


@settings(max_examples=80)
@given(FORM)
def test_no_form_can_break_the_reading(form: dict[str, list[str]]) -> None:
    for name in SERVICE.questions:
        found = read_answer(SERVICE, name, form, facts=FACTS)
        if found.good and not found.blank:
            assert check_answer(SERVICE, name, found.value, facts=FACTS) == ()
            assert isinstance(display(SERVICE, name, found.value, "cy"), str)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["id", "line", "postcode", "lon", "lat", "starts", "name", "size", "typed"]),
        inner, max_size=4,
    ),
    max_leaves=6,
)  # fmt: skip


@settings(max_examples=80)
@given(JSON)
def test_no_value_can_break_the_checking_or_the_display(value: Any) -> None:
    for name in SERVICE.questions:
        errors = check_answer(SERVICE, name, value, facts=FACTS, lang="cy")
        assert all(error.message for error in errors)
        assert isinstance(display(SERVICE, name, value), str)
    assert isinstance(display(bulky_service(), "items", value), str)
    check_answer(bulky_service(), "items", value, facts=FACTS)


_KEPT: list[Service] = []


def bulky_service() -> Service:
    if not _KEPT:
        _KEPT.append(bulky())
    return _KEPT[0]
