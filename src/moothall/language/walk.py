"""The way through the form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moothall.language.expressions import Env
from moothall.language.expressions.values import to_json
from moothall.language.facts import Facts
from moothall.language.results import Walk
from moothall.language.route import Route
from moothall.language.service import Service


def walk(service: Service, facts: Facts, *, skip_optional: bool = False) -> Walk:
    """The way through the form that the answers make. Fast: call it as often as you like.

    A question counts as answered when its id is a key of `facts.answers` and the value fits the
    question (None or "" only where it is optional: that is how a skipped question is kept; with
    `skip_optional` an absent key will do too). A `show` page never holds up. A look-up that has
    not run is `next`: call its connector with `run_look_up_input`, keep what it gave under its id
    in `look_ups` (None if it failed), and walk again. Answers of questions that are no longer on
    the way are ignored.
    """
    route = Route(service, facts, skip_optional=skip_optional).go()
    return Walk(
        tuple(route.steps), route.next, route.stop, route.next is None and route.stop is None,
        tuple(route.asked),
    )  # fmt: skip


def on_route(service: Service, facts: Facts) -> dict[str, Any]:
    """The answers that count: good ones of questions on the way, and those that moves asked for.

    Questions not answered yet are passed over, so that a draft keeps what comes after them. Take
    it once, when the case is opened: conditions on `today` may differ later.
    """
    route = Route(service, facts, lenient=True).go()
    answers = dict(route.answers)
    for name, question in service.questions.items():
        if question.stage == "case" and facts.answers.get(name) is not None:
            answers[name] = facts.answers[name]
    return answers


def run_look_up_input(service: Service, look_up_id: str, facts: Facts) -> tuple[str, Any]:
    """Name of the connector and the argument (JSON form) to call it with.

    KeyError if the service has no such look-up.
    """
    page = service.page(look_up_id)
    if page is None or page.kind != "look_up":
        raise KeyError(look_up_id)
    route = Route(service, facts, lenient=True).go()
    if page.argument is None:
        return page.spec.source, None
    value = page.argument.run(route.env)
    return page.spec.source, to_json(value, page.argument.type.kind)


def asked_in_row(
    service: Service, repeat_id: str, row: Mapping[str, Any], facts: Facts
) -> tuple[str, ...]:
    """The questions (`items.kind`) that are asked in a row, given the row's answers so far."""
    page = service.page(repeat_id)
    if page is None or page.kind != "repeat":
        raise KeyError(repeat_id)
    env = Env(service.rules, facts)
    out: list[str] = []
    good: dict[str, Any] = {}
    env.row = good
    for name in page.questions:
        question = service.questions[name]
        if question.when is None or question.when.run(env):
            out.append(name)
            if row.get(question.field) is not None:
                good[question.field] = row[question.field]
    return tuple(out)


def prefill_value(service: Service, question_id: str, facts: Facts) -> Any | None:
    """What the question's `prefill` suggests (JSON form); None for `account.…` or if missing."""
    question = service.questions[question_id]
    if question.prefill is None:
        return None
    return question.prefill.json_value(facts)


def limits_of(service: Service, question_id: str, facts: Facts) -> dict[str, Any]:
    """The limits that are expressions, worked out: at_least, at_most, earliest, latest, places.

    Also for a repeat's id. Amounts are in pence, dates ISO text. What is missing is left out.
    """
    question = service.questions.get(question_id)
    if question is not None:
        bounds = dict(question.bounds)
        bounds.pop("must", None)
    else:
        page = service.page(question_id)
        if page is None:
            raise KeyError(question_id)
        found = {"at_least": page.at_least, "at_most": page.at_most}
        bounds = {name: bound for name, bound in found.items() if bound is not None}
    out = {name: bound.json_value(facts) for name, bound in bounds.items()}
    return {name: value for name, value in out.items() if value is not None}
