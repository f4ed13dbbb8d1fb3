"""Answers: read from a form, checked, and said back in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moothall.language.answers.display import display, row_line
from moothall.language.answers.examples import example_facts, example_look_up, plain_answer
from moothall.language.answers.faults import Fault, count_faults, faults, row_faults
from moothall.language.answers.messages import field_errors, fill, message
from moothall.language.answers.read import read_fields
from moothall.language.expressions import Env
from moothall.language.facts import Facts
from moothall.language.results import FieldError, Reading
from moothall.language.service import Page, Question, Service
from moothall.language.words import render

__all__ = [
    "check_answer",
    "display",
    "example_facts",
    "example_look_up",
    "plain_answer",
    "read_answer",
    "row_line",
]


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
    `<prefix><id>-day`, `-month`, `-year`; times `<id>` or `-hour`, `-minute`; bank details `-name`,
    `-sort_code`, `-account_number`, `-roll_number`; a place `-lon`, `-lat`, `-words`; a typed
    address `-line`, `-town`, `-postcode`. For a row's question (`items.kind`) the name is the part
    after the dot, with `prefix="items-1-"`; `facts.answers` may hold the row so far under the
    repeat's id as its last row. Addresses chosen by UPRN, slots and files need a look-up: resolve
    them and call `check_answer`.
    """
    question = service.questions[question_id]
    value, found, blank = read_fields(question, form, prefix)
    if not found:
        found = _faults(service, question, None if blank else value, facts)
    errors = field_errors(service, question, found, facts=facts, lang=lang, prefix=prefix)
    if blank and not errors:
        return Reading(None, (), True)
    return Reading(None if errors and blank else value, errors, blank)


def _faults(
    service: Service,
    question: Question,
    value: Any,
    facts: Facts,
    row: Mapping[str, Any] | None = None,
) -> tuple[Fault, ...]:
    env = Env(service.rules, facts)
    if question.row_of:
        env.row = row if row is not None else _last_row(question.row_of, facts)
    return faults(question, value, env)


def _last_row(repeat: str, facts: Facts) -> Mapping[str, Any]:
    rows = facts.answers.get(repeat)
    last = rows[-1] if isinstance(rows, list) and rows else {}
    return last if isinstance(last, Mapping) else {}


def check_answer(
    service: Service,
    question_id: str,
    value: Any,
    *,
    facts: Facts,
    lang: str = "en",
    prefix: str = "",
    row: Mapping[str, Any] | None = None,
) -> tuple[FieldError, ...]:
    """What is wrong with an answer in its JSON form; nothing where it is good.

    For a repeat's id `value` is the list of rows: errors of rows have fields `<id>-<n>-<field>`,
    n from 1. For a row's question give the `row` it stands in.
    """
    question = service.questions.get(question_id)
    if question is not None:
        found = _faults(service, question, value, facts, row)
        return field_errors(service, question, found, facts=facts, lang=lang, prefix=prefix)
    page = service.page(question_id)
    if page is None or page.kind != "repeat":
        raise KeyError(question_id)
    return _check_rows(service, page, value, facts, lang)


def _check_rows(
    service: Service, page: Page, value: Any, facts: Facts, lang: str
) -> tuple[FieldError, ...]:
    rows = value if isinstance(value, list) else []
    env = Env(service.rules, facts)
    what = render(service, service.text(f"{page.path}.one", lang) or "item", facts, lang)
    errors = [
        FieldError(page.id, fill(code, "repeat", what, str(limit or ""), lang))
        for code, _, limit in count_faults(page, len(rows), env)
    ]
    questions = tuple(service.questions[name] for name in page.questions)
    for number, row in enumerate(rows, 1):
        for question, (code, part, limit) in row_faults(questions, row, env):
            said = message(service, question, code, limit, facts, lang)
            errors.append(FieldError(f"{page.id}-{number}-{question.field}{part}", said))
    return tuple(errors)
