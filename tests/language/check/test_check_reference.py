"""docs/language.md says what the code does, and every example in it runs."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from moothall.language import Service, Source, load_service, read
from moothall.language.check import reference
from moothall.language.check.reference_examples import BASE
from moothall.language.check.reference_examples_case import PIECES
from moothall.language.expressions import FUNCTIONS, ExpressionError, compile_expression
from moothall.language.models import QUESTION_TYPES
from moothall.language.reading import read_yaml

PAGE = Path(__file__).parents[3] / "docs/language.md"
TEXT = PAGE.read_text(encoding="utf-8")
YAML = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
EXPRESSIONS = [
    line
    for block in re.findall(r"```expression\n(.*?)```", TEXT, re.DOTALL)
    for line in block.splitlines()
]


def test_the_page_is_up_to_date() -> None:
    assert reference.refresh(TEXT) == TEXT, "run `moothall check --reference docs/language.md`"


def test_every_key_of_every_block_has_an_example() -> None:
    for model in reference.models():
        shown = {
            key
            for piece in PIECES[model.__name__]
            for path in piece.keys
            for key in reference.at(read_yaml(piece.text, "piece").value, path)
        }
        keys = {info.alias or name for name, info in model.model_fields.items()} - {"cells"}
        assert keys <= shown, f"{model.__name__}: {sorted(keys - shown)}"
        assert f"### {reference.NAMES[model.__name__]}\n" in TEXT
        for info in model.model_fields.values():
            assert info.description


def laid_over(base: Any, piece: Any) -> Any:
    """`piece` over `base`: blocks are merged, pages go to the end, everything else replaces."""
    if isinstance(base, dict) and isinstance(piece, dict):
        merged = dict(base)
        for key, value in piece.items():
            if key == "pages":
                merged[key] = [*base.get(key, []), *value]
            elif key == "clock":
                merged[key] = value
            else:
                merged[key] = laid_over(base[key], value) if key in base else value
        return merged
    return piece


def as_yaml(value: Any, indent: int = 0) -> str:
    """Plain values as YAML, every text in quotes."""
    space = "  " * indent
    if isinstance(value, dict) and value:
        return "".join(
            f"\n{space}{key}: {as_yaml(item, indent + 1)}" for key, item in value.items()
        )
    if isinstance(value, list) and value:
        return "".join(f"\n{space}- {as_yaml(item, indent + 1)}" for item in value)
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    if isinstance(value, bool):
        return str(value).lower()
    return "{}" if value == {} else "[]" if value == [] else "" if value is None else str(value)


@pytest.mark.parametrize("text", YAML, ids=range(len(YAML)))
def test_an_example_of_the_page_runs(text: str) -> None:
    tree = read_yaml(text, "language.md")
    assert tree.problems == []
    if "uses" in tree.value:
        load_service(text, library=lambda name, versions: Source("service.yaml", BASE))
        return
    if "language" in tree.value:
        loaded = read(BASE, translations={"cy": ("service.cy.yaml", text)})
    elif "moothall" in tree.value:
        loaded = read(text)
    else:
        base = read_yaml(BASE, "base").value
        loaded = read(as_yaml(laid_over(base, tree.value)).lstrip())
    assert [str(problem) for problem in loaded.problems if problem.severity == "error"] == []
    assert loaded.service is not None


@pytest.fixture(scope="module")
def service() -> Service:
    return load_service(BASE)


@pytest.mark.parametrize("source", EXPRESSIONS)
def test_an_expression_of_the_page_is_one(service: Service, source: str) -> None:
    compile_expression(source, service.scope, service.rules)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_example_of_a_function_is_right(service: Service, name: str) -> None:
    names = {
        "hours": service.scope.names["cars"],
        "price_each": service.scope.rows["items"]["number"],
    }
    scope = replace(
        service.scope,
        in_text=True,
        names={**service.scope.names, **names},
        rows={"items": {**service.scope.rows["items"], **names}},
    )
    compile_expression(FUNCTIONS[name].example, scope, service.rules)
    assert f"| `{FUNCTIONS[name].example}` |" in TEXT


def test_every_type_of_question_is_in_the_table() -> None:
    table = TEXT.partition("## Types of question")[2].partition("## Every key")[0]
    for name in QUESTION_TYPES:
        assert name in table


def test_every_reserved_name_is_listed() -> None:
    from moothall.language.expressions import RESERVED

    listed = TEXT.partition("These cannot be ids")[2].partition("\n\n")[0]
    assert {name for name in RESERVED if name not in FUNCTIONS} <= set(
        re.findall(r"`(\w+)`", listed)
    )


def test_what_the_page_says_cannot_be_done_cannot(service: Service) -> None:
    for source in ("cars ** 2", "income / cars", "income + cars", "bin == garden", "missed_on > 3"):
        with pytest.raises(ExpressionError):
            compile_expression(source, service.scope, service.rules)


def test_links_within_the_page_lead_somewhere() -> None:
    headings = {reference.anchor(title) for title in re.findall(r"^#+ (.*)$", TEXT, re.MULTILINE)}
    assert set(re.findall(r"\(#([^)]+)\)", TEXT)) <= headings
