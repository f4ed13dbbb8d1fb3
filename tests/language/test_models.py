"""The models describe themselves: schema and reference are made from them."""

from __future__ import annotations

import inspect

import pytest

import moothall.language as language
from moothall.language import models
from moothall.language.expressions import FUNCTIONS, Rules, Scope, compile_expression
from moothall.language.expressions.scope import RESERVED
from moothall.language.expressions.types import (
    BOOL,
    DATE,
    MONEY,
    NUMBER,
    WHOLE,
    Type,
)
from moothall.language.models import QUESTION_TYPES, SENSITIVE_KINDS, ServiceFile, Spec
from moothall.language.models.questions import PersonalKind, QuestionType


def specs() -> list[type[Spec]]:
    found = [
        item for item in vars(models).values() if inspect.isclass(item) and issubclass(item, Spec)
    ]
    return [item for item in found if item is not Spec]


@pytest.mark.parametrize("model", specs(), ids=lambda model: model.__name__)
def test_every_key_is_described(model: type[Spec]) -> None:
    assert model.__doc__
    for name, info in model.model_fields.items():
        assert info.description, f"{model.__name__}.{name}"


def test_the_lists_of_types_and_kinds_agree() -> None:
    assert QuestionType.__origin__.__args__ == QUESTION_TYPES
    assert set(SENSITIVE_KINDS) < set(PersonalKind.__args__)


def test_a_schema_can_be_made() -> None:
    schema = ServiceFile.model_json_schema(by_alias=True)
    assert {"service", "pages", "case", "data"} <= set(schema["required"])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_example_of_every_function_is_good(name: str) -> None:
    kind = Type("choice", options=("fridge", "sofa"))
    scope = Scope(
        names={
            "missed_on": DATE, "born_on": DATE, "address": Type("address"), "visit": Type("slot"),
            "notes": Type("text"), "cars": WHOLE, "age": WHOLE, "income": MONEY, "price": MONEY,
            "people": WHOLE, "hours": NUMBER,
        },
        rows={"items": {"kind": kind, "price_each": MONEY}},
        facts={"today": DATE, "started": DATE},
        in_text=True,
    )  # fmt: skip
    found = compile_expression(FUNCTIONS[name].example, scope, Rules())
    wanted = FUNCTIONS[name].gives
    assert found.type.kind in {wanted.kind, BOOL.kind, MONEY.kind}
    assert FUNCTIONS[name].does.endswith(".")
    assert name in RESERVED or name.isidentifier()


def test_what_other_rooms_call_is_exported() -> None:
    for name in language.__all__:
        assert getattr(language, name).__doc__, name
