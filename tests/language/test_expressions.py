"""Expressions: the vectors that any evaluator must pass, and what the type checker refuses."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moothall.language import Facts
from moothall.language.expressions import (
    FUNCTIONS,
    Env,
    ExpressionError,
    Rules,
    compile_expression,
)
from moothall.language.expressions.run import OPERATIONS, build
from tests.language import vectors

DOC = vectors.load()
SCOPE = vectors.scope_of(DOC)


def test_every_vector_gives_its_value_and_its_compiled_form() -> None:
    facts = {name: vectors.facts_of(given) for name, given in DOC["facts"].items()}
    rules = vectors.rules_of(DOC)
    for vector in DOC["vectors"]:
        scope = SCOPE.within(vector["row_of"]) if "row_of" in vector else SCOPE
        found = compile_expression(vector["source"], scope, rules, optional=True)
        value = found.value(facts[vector["facts"]], row=vector.get("row"))
        assert (value, type(value)) == (vector["expected"], type(vector["expected"])), vector[
            "source"
        ]
        assert found.form == vector["form"], vector["source"]


def test_every_form_without_a_source_gives_its_value() -> None:
    rules = vectors.rules_of(DOC)
    for vector in DOC["forms"]:
        facts = vectors.facts_of(DOC["facts"][vector["facts"]])
        env = Env(rules, facts, lang=vector.get("lang", "en"))
        assert build(vector["form"])(env) == vector["expected"], vector["form"]


def test_the_vectors_use_every_operation_and_function() -> None:
    def operations(form: Any) -> set[str]:
        if not isinstance(form, list) or not form:
            return set()
        if form[0] == "call":
            return {form[1]}.union(*map(operations, form[2:]))
        head = {form[0]} if isinstance(form[0], str) else set()
        return head.union(*map(operations, form))

    used: set[str] = set()
    for vector in [*DOC["vectors"], *DOC["forms"]]:
        used |= operations(vector["form"])
    assert set(FUNCTIONS) - used == set()
    assert set(OPERATIONS) - used == {"call"}


@pytest.mark.parametrize(
    ("source", "code", "part"),
    [
        ("bin is fod", "expr.option", "Did you mean `food`?"),
        ("bin is 'food'", "expr.option_quoted", "`bin is food`"),
        ("bin == food", "expr.equals_option", "`bin is food`"),
        ("bin != food", "expr.equals_option", "`bin is not food`"),
        ("bins is food", "expr.is_many", "`food in bins`"),
        ("cars is 2", "expr.is", "`cars == 2`"),
        ("bin is (not food)", "expr.is_not", "`is not`"),
        ("bin is not not food", "expr.syntax", "once"),
        ("food", "expr.option_alone", "`bin is food`"),
        ("cars", "expr.not_yes_no", "`cars > 0`"),
        ("items", "expr.not_yes_no", "`count(items) > 0`"),
        ("bin and agreed", "expr.not_yes_no", "`bin is …`"),
        ("notes == 'x'", "expr.missing", "`notes is answered and …`"),
        ("collection.due_on < today", "expr.missing", "look-up may fail"),
        ("collection.due < today", "expr.look_up_value", "`collection.due_on`"),
        ("collection == 3", "expr.look_up", "`collection.due_on`"),
        ("local.windw > 3", "expr.local", "There is no local value"),
        ("local.report_windw > 3", "expr.local", "`local.report_window`"),
        ("kind is sofa", "expr.row", "`any(items, kind …)`"),
        ("items.kind is sofa", "expr.row", "any row of `items`"),
        ("incom > 3", "expr.unknown", "Did you mean `income`?"),
        ("missed_on > 3", "expr.unlike", "a date and a whole number"),
        ("missed_on > '2026-03-01'", "expr.unlike", "without quotes"),
        ("income > cars", "expr.unlike", "£12.50"),
        ("income * income > 3", "expr.money_squared", "plain number"),
        ("cars / 0 > 1", "expr.divide", "what zero gives"),
        ("cars / cars > 1", "expr.divide", "`divide(cars, cars, 0)`"),
        ("missed_on + 3 > today", "expr.not_number", "add_days"),
        ("postcode_typed + 'a' == 'b'", "expr.not_number", "text itself"),
        ("days(today) > 3", "expr.arguments", "takes 2 values, and 1 is given"),
        ("days(cars, today) > 3", "expr.argument", "needs a date"),
        ("working_day(missed_on, today) > 3", "expr.function", "Did you mean `working_days`?"),
        ("working_days > 3", "expr.function", "needs its arguments"),
        ("sum(bins, 1) > 3", "expr.rows", "is not a repeat"),
        ("count(cars) > 3", "expr.argument", "`count` needs rows"),
        ("cars = 2", "expr.syntax", "`==` with a number"),
        ("cars > 2 && agreed", "expr.syntax", "`and` for &&"),
        ("!agreed", "expr.syntax", "`not` for !"),
        ("cars => 2", "expr.syntax", ">="),
        ("if agreed then cars > 2", "expr.syntax", "no `then`"),
        ("(cars > 2", "expr.brackets", "more ( than )"),
        ("cars ** 2 > 3", "expr.not_allowed", "to the power of"),
        ("cars % 2 > 3", "expr.not_allowed", "percentage"),
        ("items[0] > 3", "expr.not_allowed", "any(items"),
        ("[x for x in items]", "expr.not_allowed", "not part of the language"),
        ("(lambda: 1)()", "expr.not_allowed", "lambda"),
        ("agreed.__class__", "expr.dots", "has no parts"),
        ("today.year > 3", "expr.unknown", "no look-up"),
        ("missed_on == 2026-02-30", "expr.date", "not a date"),
        ("bin in []", "expr.empty_list", "empty"),
        ("cars in bins", "expr.option", "no option `cars`"),
        ("bin in cars", "expr.in", "not a list"),
        ("bin is food is garden", "expr.chain", "`and`"),
        ("at < '25:00'", "expr.time", "09:30"),
        ("band(cars, 3, 2) == 'x'", "expr.argument", "upwards"),
        ("ended < today", "expr.missing", "`ended is answered"),
        ("None is agreed", "expr.literal", "not answered"),
        ("cars > 1e40", "expr.number", "too big"),
        (" ", "expr.empty", "empty"),
        ("plural(cars, other='x') == 'x'", "expr.plural", "texts"),
        ("agreed and " * 500 + "agreed", "expr.too_long", "work_out"),
        ("(" * 300 + "agreed" + ")" * 300, "expr.syntax", "cannot be read"),
        ("not " * 100 + "agreed", "expr.too_big", "work_out"),
    ],
)
def test_a_wrong_expression_is_refused_in_plain_words(source: str, code: str, part: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(source, SCOPE, Rules(), wanted="bool")
    assert caught.value.code == code, str(caught.value)
    assert part in f"{caught.value.message} {caught.value.mend}"


@pytest.mark.parametrize(
    "source",
    [
        "extra is answered and extra > 3",
        "not (extra is answered) or extra > 3",
        "extra is not answered or extra > 3",
        "(extra if extra is answered else 0) > 3",
        "(0 if extra is not answered else extra) > 3",
        "not (extra is not answered or notes is not answered) and extra > length(notes)",
        "collection.due_on is answered and collection.price > 3",
        "collection is answered and (agreed or collection.due_on > today)",
    ],
)
def test_a_guard_makes_an_optional_answer_usable(source: str) -> None:
    assert compile_expression(source, SCOPE, Rules(), wanted="bool").type.kind == "bool"


def test_what_had_no_value_is_named_unless_it_was_asked_about() -> None:
    empty = Facts({})
    rules = vectors.rules_of(DOC)

    def missing(source: str) -> tuple[str, ...]:
        return compile_expression(source, SCOPE, rules, optional=True).reads_missing(empty)

    assert missing("cars > 1 or bin is food") == ("cars", "bin")
    assert missing("cars is answered and cars > 1") == ()
    assert missing("cars > 1 and bin is food") == ("cars",)
    assert missing("any(items, kind is sofa)") == ("items",)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=12)
    | st.sampled_from(["garden", "2026-03-11", "2199-12-31", "09:30", "²5:00"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["kind", "number", "ward", "starts", "line"]), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
EVERY = [
    compile_expression(
        vector["source"],
        SCOPE.within(vector["row_of"]) if "row_of" in vector else SCOPE,
        vectors.rules_of(DOC),
        optional=True,
    )
    for vector in DOC["vectors"]
]


@settings(max_examples=60)
@given(
    st.dictionaries(st.sampled_from(sorted({*DOC["names"], "items"})), JSON),
    st.dictionaries(st.sampled_from(["due_on", "note", "score", "price"]), JSON) | st.none(),
)
def test_no_expression_raises_whatever_the_answers_are(answers: Any, look_up: Any) -> None:
    facts = Facts(answers, {"collection": look_up})
    for expression in EVERY:
        value = expression.value(facts, row=answers)
        assert value is None or isinstance(value, bool | int | str | list | dict)
        if isinstance(value, int):
            assert abs(value) <= 10**15


@settings(max_examples=200)
@given(st.text(max_size=60))
def test_no_text_is_more_than_refused(source: str) -> None:
    with contextlib.suppress(ExpressionError):
        compile_expression(source, SCOPE, Rules(), optional=True)
