"""Together the services that ship use every feature of the language.

A feature that no service uses has never met a real case. `NOT_YET` names those that still have none,
with the reason; a service that begins to use one must take it off the list.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from moothall.language import load_service
from moothall.language.expressions.functions import FUNCTIONS
from moothall.language.models import ServiceFile
from moothall.language.models.questions import QuestionSpec
from moothall.packs import library

SENSITIVE = "no council service of these asks it; the checker's tests and examples use it"
STAFF = "all of these are for the public; the tests of the website and casework use it"
NO_NEED = "no real service of these needs it; the language's own examples use it"
NOT_YET: dict[str, str] = {
    **dict.fromkeys(
        (
            f"QuestionSpec.personal: {kind}"
            for kind in ("biometric", "ethnicity", "politics", "religion", "sexuality")
        ),
        SENSITIVE,
    ),
    "ServiceFile.audience: care": STAFF,
    "ServiceFile.audience: staff": STAFF,
    "ServiceFile.kind: assess": STAFF,
    "ServiceFile.lgsl": "numbers are left out until they are sure",
    "LookUpPage.offline": "forms in the field come later",
    **dict.fromkeys(
        (
            "DataSpec.lawful_basis: consent",
            "DataSpec.lawful_basis: legitimate interests",
            "DataSpec.lawful_basis: vital interests",
            "Duration.years",
            "FeeSpec.vat: exempt",
            "FeeSpec.vat: zero rated",
            "GivesOneOf.always",
            "GivesType.type: list of text",
            "GivesType.type: money",
            "GivesType.type: number",
            "GivesType.type: time",
            "LocalSpec.type: date",
            "length()",
            "round_down()",
            "round_up()",
            "time_of()",
        ),
        NO_NEED,
    ),
}


def _models(kind: Any, found: dict[str, type[BaseModel]]) -> dict[str, type[BaseModel]]:
    """Every model that can stand in a service file, by name."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        kind = QuestionSpec if issubclass(kind, QuestionSpec) else kind  # a page of one question
        if kind.__name__ not in found:
            found[kind.__name__] = kind
            for field in kind.model_fields.values():
                _models(field.annotation, found)
    else:
        for part in get_args(kind):
            _models(part, found)
    return found


def _choices(kind: Any) -> Iterator[Any]:
    """The fixed words that a key may hold."""
    if get_origin(kind) is Literal:
        yield from get_args(kind)
    elif get_origin(kind) in (typing.Union, types.UnionType, list, tuple, typing.Annotated, dict):
        for part in get_args(kind):
            yield from _choices(part)


def _features() -> set[str]:
    wanted: set[str] = set()
    for name, model in _models(ServiceFile, {}).items():
        for key, field in model.model_fields.items():
            wanted.add(f"{name}.{key}")
            wanted |= {f"{name}.{key}: {word}" for word in _choices(field.annotation)}
    return wanted | {f"{name}()" for name in FUNCTIONS}


def _used(model: BaseModel) -> Iterator[str]:
    names = [
        one.__name__
        for one in type(model).__mro__
        if issubclass(one, BaseModel) and one.model_fields
    ]
    for key, field in type(model).model_fields.items():
        value = getattr(model, key)
        given = key in model.model_fields_set
        words = set(_choices(field.annotation))
        for name in names:
            if given:
                yield f"{name}.{key}"
            for one in value if isinstance(value, list | tuple) else [value]:
                if isinstance(one, str | int) and one in words:
                    yield f"{name}.{key}: {one}"
        yield from _inside(value)


def _inside(value: Any) -> Iterator[str]:
    if isinstance(value, BaseModel):
        yield from _used(value)
    elif isinstance(value, dict):
        for one in value.values():
            yield from _inside(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _inside(one)


def _missing() -> set[str]:
    used: set[str] = set()
    for service_id in library.ids():
        source = library.source(service_id)
        used |= set(
            _used(
                load_service(source.text, file=source.file, translations=source.translations).file
            )
        )
        used |= {f"{name}()" for name in re.findall(r"\b([a-z_]+)\(", source.text)}
    return _features() - used


def test_every_feature_of_the_language_is_used_by_a_service() -> None:
    missing = _missing()
    assert sorted(missing - set(NOT_YET)) == [], "no service uses these: use them or say why not"
    assert sorted(set(NOT_YET) - missing) == [], "these are used now: take them off the list"
