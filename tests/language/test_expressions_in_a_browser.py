"""The browser's evaluator gives what Python gives: over the vectors, what ships, and chance."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from moothall import language
from moothall.language import compiled, example_facts, load_service, on_route
from moothall.language.expressions import Env, ExpressionError, compile_expression
from moothall.language.expressions.run import build
from tests.language import vectors
from tests.language.random_expressions import Maker

pytestmark = pytest.mark.browser
SCRIPT = Path(language.__file__).parent / "browser" / "expressions.js"
SERVICES = sorted(Path("services").glob("*/service.yaml"))
DOC = vectors.load()

RUN = """async ([source, jobs]) => {
  const address = URL.createObjectURL(new Blob([source], {type: "text/javascript"}));
  const {build, Calendar, Env} = await import(address);
  const workedOut = {};
  const results = [];
  for (const {local, worked_out, facts, items} of jobs) {
    const rules = {local, workedOut: {}};
    for (const [name, form] of Object.entries(worked_out)) rules.workedOut[name] = build(form);
    for (const {form, row, lang} of items) {
      const value = build(form)(new Env(rules, facts, {row, lang}));
      results.push(value === undefined ? "undefined" : value);
    }
  }
  return results;
}"""


@pytest.fixture(scope="module")
def page(chromium: Any) -> Iterator[Any]:
    opened = chromium.new_page()
    yield opened
    opened.close()


def _evaluate(page: Any, jobs: list[dict[str, Any]]) -> list[Any]:
    found: list[Any] = page.evaluate(RUN, [SCRIPT.read_text(encoding="utf-8"), jobs])
    return found


def _job(facts: Any, items: list[dict[str, Any]], doc: dict[str, Any] = DOC) -> dict[str, Any]:
    return {
        "local": {name: spec["value"] for name, spec in doc["local"].items()},
        "worked_out": doc["worked_out"],
        "facts": facts,
        "items": items,
    }


def test_every_vector_gives_its_value_in_the_browser(page: Any) -> None:
    every = [*DOC["vectors"], *DOC["forms"]]
    jobs = [
        _job(
            DOC["facts"][vector["facts"]],
            [{"form": vector["form"], "row": vector.get("row"), "lang": vector.get("lang", "en")}],
        )
        for vector in every
    ]
    found = _evaluate(page, jobs)
    for vector, value in zip(every, found, strict=True):
        assert (value, type(value)) == (vector["expected"], type(vector["expected"])), vector


def test_whatever_the_checker_takes_gives_the_same_in_both(page: Any) -> None:
    maker = Maker(20261125)
    scope, rules = vectors.scope_of(DOC), vectors.rules_of(DOC)
    jobs, sources, expected = [], [], []
    for _ in range(150):
        given = maker.facts()
        facts = vectors.facts_of(given)
        items = []
        for _ in range(12):
            source = maker.source()
            try:
                found = compile_expression(source, scope, rules, optional=True)
            except ExpressionError:
                continue
            items.append({"form": found.form, "row": None, "lang": "en"})
            sources.append((source, given))
            expected.append(found.value(facts))
        jobs.append(_job(given, items))
    assert len(expected) > 1200
    for value, wanted, source in zip(_evaluate(page, jobs), expected, sources, strict=True):
        assert (value, type(value)) == (wanted, type(wanted)), source


def test_every_expression_that_ships_gives_the_same_in_both(page: Any) -> None:
    jobs, expected, names = [], [], []
    for path in SERVICES:
        service = load_service(path.read_text(encoding="utf-8"), file=str(path))
        sent = json.loads(json.dumps(compiled(service)))
        assert sent["format"] == 1
        for example in service.examples:
            if example.local:
                continue
            facts = example_facts(service, example)
            facts = language.Facts(
                on_route(service, facts), facts.look_ups, today=facts.today,
                started=facts.started, calendar=facts.calendar,
            )  # fmt: skip
            items = []
            for at, item in sent["expressions"].items():
                items.append({"form": item["form"], "row": None, "lang": "en"})
                expected.append(build(item["form"])(Env(service.rules, facts)))
                names.append((service.id, example.name, at))
            given = {
                "answers": facts.answers, "look_ups": facts.look_ups,
                "today": facts.today.isoformat(), "started": facts.today.isoformat(),
                "holidays": [day.isoformat() for day in facts.calendar.holidays],
            }  # fmt: skip
            jobs.append(
                {"local": sent["local"], "worked_out": sent["worked_out"], "facts": given,
                 "items": items}
            )  # fmt: skip
    assert len(expected) > 1000
    for value, wanted, name in zip(_evaluate(page, jobs), expected, names, strict=True):
        assert (value, type(value)) == (wanted, type(wanted)), name
