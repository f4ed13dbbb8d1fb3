"""The stored form of a definition: stable, complete, and read without YAML."""

from __future__ import annotations

import json
import unicodedata
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moothall.language import (
    Service,
    ServiceFileError,
    canonical_json,
    fingerprint,
    load_service,
    sha256_of,
)
from tests.language.files import BULKY, BULKY_CY, MISSED_BIN, bulky, missed_bin


@pytest.mark.parametrize("service", [missed_bin(), bulky()], ids=["missed_bin", "bulky"])
def test_a_stored_definition_comes_back_the_same(service: Service) -> None:
    again = Service.from_canonical(service.canonical)
    assert again.canonical == service.canonical
    assert again.sha256 == service.sha256 == sha256_of(service.canonical)
    assert list(again.questions) == list(service.questions)
    assert [page.id for page in again.pages] == [page.id for page in service.pages]
    assert list(again.states) == list(service.states)
    assert list(again.moves) == list(service.moves)
    assert again.local == service.local
    assert dict(again.texts) == dict(service.texts)
    assert again.translations == service.translations
    assert again.stale == service.stale
    for path, expression in service.expressions.items():
        assert again.expressions[path].form == expression.form
    for name, question in service.questions.items():
        assert list(again.questions[name].options) == list(question.options)


def test_the_fingerprint_is_of_the_meaning_not_of_the_layout() -> None:
    plain = missed_bin().sha256
    spaced = MISSED_BIN.replace("kind: report", "kind:   report  # what the person does\n")
    assert load_service(spaced).sha256 == plain
    default = MISSED_BIN.replace("sign_in: optional", "sign_in: optional\naudience: public")
    assert load_service(default).sha256 == plain
    longhand = MISSED_BIN.replace("by: waste_crew", "by: [waste_crew]")
    assert load_service(longhand).sha256 == plain
    for old, new in (
        ("default: 3", "default: 4"),
        ("label: Which bin was missed?", "label: Which bin?"),
        ("refuse: Rubbish, recycling: Recycling", "recycling: Recycling, refuse: Rubbish"),
        ("needs: reason", "needs: [reason, message]"),
    ):
        assert load_service(MISSED_BIN.replace(old, new)).sha256 != plain, new
    assert load_service(BULKY).sha256 != bulky().sha256
    assert bulky().sha256 == load_service(BULKY, translations={"cy": ("x", BULKY_CY)}).sha256


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", '{"definition": {}, "translations": {}, "uses": ""}', "7"]
)
def test_what_is_no_stored_definition_is_refused(text: str) -> None:
    with pytest.raises(ServiceFileError):
        Service.from_canonical(text)


def test_canonical_json_has_one_spelling() -> None:
    assert canonical_json({"b": 1, "a": [True, None, "é"]}) == '{"a":[true,null,"é"],"b":1}'
    assert canonical_json("e\u0301") == canonical_json("é")
    assert canonical_json(Decimal("12.50")) == '"12.50"'
    assert canonical_json(date(2026, 3, 11)) == '"2026-03-11"'
    assert canonical_json(frozenset({"b", "a"})) == '["a","b"]'
    assert fingerprint({"a": 1}) == sha256_of('{"a":1}')
    assert canonical_json({"lat": 52.4, "lon": -1.0}) == '{"lat":52.4,"lon":-1.0}'
    for wrong in (object(), b"x"):
        with pytest.raises(TypeError):
            canonical_json(wrong)
    for wrong_number in (float("nan"), float("inf")):
        with pytest.raises(ValueError):
            canonical_json(wrong_number)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(JSON)
def test_canonical_json_is_stable_and_reads_back(value: Any) -> None:
    text = canonical_json(value)
    assert canonical_json(json.loads(text)) == text
    assert text == unicodedata.normalize("NFC", text)
