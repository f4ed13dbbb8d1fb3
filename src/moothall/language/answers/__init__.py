"""Answers: read from a form, checked, and said back in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moothall.language.facts import Facts
from moothall.language.results import FieldError, Reading
from moothall.language.service import Service


def read_answer(
    service: Service,
    question_id: str,
    form: Mapping[str, list[str]],
    *,
    prefix: str = "",
    lang: str = "en",
    facts: Facts,
) -> Reading:
    """Read one answer from the fields of a form and check it.

    `form` is name → values (a QueryDict's `lists()` as a dict). Names are `<prefix><id>`; dates
    `<prefix><id>-day`, `-month`, `-year`; times `-hour`, `-minute`; bank details `-name`,
    `-sort_code`, `-account_number`, `-roll_number`. For a row's question (`items.kind`) the name
    is the part after the dot, with `prefix="items-1-"`. A typed address is `-line`, `-town`,
    `-postcode`. Addresses chosen by UPRN, slots and files need a look-up: resolve them and call
    `check_answer`.
    """
    raise NotImplementedError


def check_answer(
    service: Service,
    question_id: str,
    value: Any,
    *,
    facts: Facts,
    lang: str = "en",
    prefix: str = "",
) -> tuple[FieldError, ...]:
    """What is wrong with an answer in its JSON form. For a repeat's id: the list of rows."""
    raise NotImplementedError


def display(service: Service, question_id: str, value: Any, lang: str = "en") -> str:
    """An answer in words; lines are parted by newlines."""
    raise NotImplementedError


def plain_answer(service: Service, question_id: str, value: Any) -> Any:
    """The JSON form of an answer as it is written in an example: money in pounds, `uprn:…`, yes."""
    raise NotImplementedError


def example_look_up(service: Service, look_up_id: str, value: Any) -> Mapping[str, Any] | None:
    """The JSON form of what an example's `fakes` give for a look-up; None for `fails`."""
    raise NotImplementedError
