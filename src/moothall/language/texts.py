"""The words of a service by path: found, replaced, and parsed into text and `{expressions}`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from moothall.language.models import (
    AskTogetherPage,
    QuestionSpec,
    RepeatPage,
    SectionPage,
    Spec,
    WordsMarker,
)

S = TypeVar("S", bound=Spec)
Change = Callable[[str, str], str]


def map_texts(model: S, path: str, change: Change) -> S:
    """The same model with every text replaced by `change(path, text)`."""
    updates: dict[str, Any] = {}
    for name, info in type(model).model_fields.items():
        value = getattr(model, name)
        here = _join(path, info.alias or name)
        if isinstance(value, str):
            if value and any(isinstance(mark, WordsMarker) for mark in info.metadata):
                new: Any = change(here, value)
            else:
                continue
        else:
            new = _map_value(model, name, value, path, here, change)
        if new is not value:
            updates[name] = new
    return model.model_copy(update=updates) if updates else model


def _map_value(owner: Spec, name: str, value: Any, path: str, here: str, change: Change) -> Any:
    if isinstance(value, Spec):
        return map_texts(value, here, change)
    if isinstance(value, list) and any(isinstance(item, Spec) for item in value):
        items = [
            map_texts(item, _item_path(owner, name, item, path, here, index), change)
            if isinstance(item, Spec)
            else item
            for index, item in enumerate(value)
        ]
        return items if any(a is not b for a, b in zip(items, value, strict=True)) else value
    if isinstance(value, Mapping) and any(isinstance(item, Spec) for item in value.values()):
        pairs = {
            key: map_texts(item, _join(here, key), change) if isinstance(item, Spec) else item
            for key, item in value.items()
        }
        return pairs if any(pairs[key] is not value[key] for key in pairs) else value
    return value


def _item_path(owner: Spec, name: str, item: Spec, path: str, here: str, index: int) -> str:
    """Pages and questions go by their ids, so that a path stays when others come between."""
    if name == "pages":
        return _join("pages", page_id(item))
    if isinstance(owner, AskTogetherPage | RepeatPage) and isinstance(item, QuestionSpec):
        return _join(path, item.ask)
    if isinstance(item, QuestionSpec):
        return _join(here, item.ask)
    return _join(here, str(index))


def page_id(page: Any) -> str:
    """The id of a page's model."""
    for key in ("ask", "look_up", "show", "stop", "repeat", "section"):
        found = getattr(page, key, None)
        if isinstance(found, str):
            return found
    return ""


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def flat_pages(pages: list[Any]) -> list[tuple[Any, SectionPage | None, tuple[int | str, ...]]]:
    """Every page in order, with its section and its place in the file; sections opened out."""
    out: list[tuple[Any, SectionPage | None, tuple[int | str, ...]]] = []
    for index, page in enumerate(pages):
        if isinstance(page, SectionPage):
            out.append((page, None, ("pages", index)))
            for item, _, place in flat_pages(page.pages):
                out.append((item, page, ("pages", index, *place)))
        else:
            out.append((page, None, ("pages", index)))
    return out


def places_of(pages: list[Any], asks: list[QuestionSpec]) -> dict[str, tuple[int | str, ...]]:
    """Path by ids → place in the file."""
    places: dict[str, tuple[int | str, ...]] = {}
    for page, _, place in flat_pages(pages):
        here = f"pages.{page_id(page)}"
        places.setdefault(here, place)
        if isinstance(page, AskTogetherPage | RepeatPage):
            for number, question in enumerate(page.questions):
                places.setdefault(f"{here}.{question.ask}", (*place, "questions", number))
    for number, question in enumerate(asks):
        places.setdefault(f"case.ask.{question.ask}", ("case", "ask", number))
    return places
