"""From pydantic's errors to problems that a service manager can mend."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Final, TypeVar, Union, get_args, get_origin

from pydantic import Tag, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from moothall.language.models import QUESTION_TYPES, Spec
from moothall.language.models.pages import KINDS
from moothall.language.reading import Path, Tree

M = TypeVar("M", bound=Spec)
# Errors that our own validators raise: code, message (KEY is the key), how to mend it.
PLAIN: Final[Mapping[str, tuple[str, str, str]]] = {
    "one_unit": (
        "one_unit",
        "`KEY` needs exactly one unit of time.",
        "For example {working_days: 3} or {hours: 48}.",
    ),
    "amount_or_lines": (
        "fee",
        "The fee needs `amount` or `lines`, and not both.",
        "Give `amount: 12.50`, or lines each with a label and an amount.",
    ),
    "fee_state": (
        "fee",
        "`state` goes with `taken: on approval`, and must be there then.",
        "Say which state asks for the fee, or take it `before`.",
    ),
    "is_or_table": (
        "work_out",
        "`KEY` needs `is` or `table`, and not both.",
        "Give an expression (`is:`) or rows (`table:`).",
    ),
    "one_moment": (
        "tell_when",
        "`when` of a message needs exactly one moment.",
        "Write `starts`, {state: …}, {move: …}, {clock: 75%} or {days_before_expiry: 28}.",
    ),
    "after_or_on": (
        "expires",
        "`expires` needs `after` or `on`, and not both.",
        "For example {after: {days: 28}, move: give_up}.",
    ),
}


def validate(
    model: type[M], value: Any, tree: Tree, say_path: Callable[[Path], str] | None = None
) -> M | None:
    """`value` as a `model`, or None with problems noted in `tree`."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        details = error.errors(include_url=False)
        misspelt = _misspelt(model, details)
        for detail in details:
            if detail["type"] != "missing" or detail["loc"] not in misspelt:
                _note(model, value, tree, detail, say_path)
        return None


def _misspelt(model: type[Spec], details: list[ErrorDetails]) -> set[tuple[int | str, ...]]:
    """Places of keys that are missing only because they are written wrong."""
    out: set[tuple[int | str, ...]] = set()
    for detail in details:
        if detail["type"] == "extra_forbidden":
            *block, key = detail["loc"]
            owner = model_at(model, detail["loc"]) or model
            near = get_close_matches(str(key), keys_of(owner), n=1, cutoff=0.55)
            out |= {(*block, name) for name in near}
    return out


def _note(
    model: type[Spec],
    value: Any,
    tree: Tree,
    detail: ErrorDetails,
    say_path: Callable[[Path], str] | None,
) -> None:
    path, block = _tree_path(value, detail["loc"])
    said = say_path(path) if say_path else ".".join(map(str, path))
    code, message, mend = _in_words(model, detail, path, block)
    tree.problem(f"shape.{code}", tree.where(path), said, message, mend)


def _tree_path(value: Any, loc: tuple[int | str, ...]) -> tuple[Path, Any]:
    """The error's place in the tree: tags of unions and shorthands left out."""
    path: list[int | str] = []
    at = value
    for index, part in enumerate(loc):
        last = index == len(loc) - 1
        if (
            isinstance(at, dict)
            and (part in at or last)
            and isinstance(part, str)
            and ":" not in part
        ):
            if part in at:
                at = at[part]
            path.append(part)
        elif isinstance(at, list) and isinstance(part, int) and part < len(at):
            at = at[part]
            path.append(part)
    return tuple(path), at


def model_at(model: type[Spec], loc: tuple[int | str, ...]) -> type[Spec] | None:
    """The model whose block an error's place is in (its last part is a key of that block)."""
    at: Any = model
    found: type[Spec] | None = model
    for part in loc[:-1]:
        at = _step(at, part)
        if at is None:
            return None
        plain = _plain(at)
        if isinstance(plain, type) and issubclass(plain, Spec):
            found = plain
    plain = _plain(at)
    return plain if isinstance(plain, type) and issubclass(plain, Spec) else found


def _plain(annotation: Any) -> Any:
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, types.UnionType):
        members = [item for item in get_args(annotation) if item is not type(None)]
        if len(members) == 1:
            return _plain(members[0])
    return annotation


def field_named(model: type[Spec], key: str) -> FieldInfo | None:
    """The field that `key` in a file means."""
    for name, info in model.model_fields.items():
        if (info.alias or name) == key:
            return info
    return None


def keys_of(model: type[Spec]) -> list[str]:
    """The keys that a block of this model may have."""
    return [info.alias or name for name, info in model.model_fields.items()]


def _step(annotation: Any, part: int | str) -> Any:
    plain = _plain(annotation)
    if isinstance(plain, type) and issubclass(plain, Spec):
        info = field_named(plain, str(part))
        return info.annotation if info else None
    origin = get_origin(plain)
    if origin is list:
        return get_args(plain)[0]
    if origin is dict:
        return get_args(plain)[1]
    if origin in (Union, types.UnionType):
        for member in get_args(plain):
            if any(isinstance(mark, Tag) and mark.tag == part for mark in get_args(member)[1:]):
                return get_args(member)[0]
    return None


def _in_words(
    model: type[Spec], detail: ErrorDetails, path: Path, block: Any
) -> tuple[str, str, str]:
    kind, loc, given = detail["type"], detail["loc"], detail["input"]
    key = next((part for part in reversed(path) if isinstance(part, str)), "")
    context = detail.get("ctx") or {}
    owner = model_at(model, loc) or model
    info = field_named(owner, key)
    help_text = (info.description or "") if info else ""
    example = f" For example: {key}: {_yaml(info.examples[0])}" if info and info.examples else ""
    match kind:
        case "extra_forbidden":
            return _unknown_key(owner, str(loc[-1]))
        case "missing":
            wanted = field_named(owner, str(loc[-1])) or info
            example = (
                f" For example: {loc[-1]}: {_yaml(wanted.examples[0])}"
                if wanted and wanted.examples
                else ""
            )
            return (
                "missing",
                f"`{loc[-1]}` is missing.",
                f"Add it: {wanted.description if wanted else ''}{example}",
            )
        case "bad_id":
            return (
                "id",
                f"`{context.get('id')}` is not an id.",
                "Ids are small letters, digits and _, and start with a letter: missed_on.",
            )
        case "question_type":
            near = get_close_matches(str(given).lower(), QUESTION_TYPES, n=1, cutoff=0.5)
            return (
                "question_type",
                f"`{given}` is not a type of question.",
                f"Did you mean `{near[0]}`?" if near else f"Types: {', '.join(QUESTION_TYPES)}.",
            )
        case "literal_error":
            choices = [part.strip(" '") for part in _choices(str(context.get("expected", "")))]
            near = get_close_matches(str(given), choices, n=1, cutoff=0.6)
            return (
                "one_of",
                f"`{key}` cannot be `{_short(given)}`.",
                (f"Did you mean `{near[0]}`? " if near else "")
                + f"It is one of: {', '.join(choices)}.",
            )
        case "union_tag_not_found" | "union_tag_invalid":
            return _no_kind(given)
        case _ if kind in PLAIN:
            code, message, mend = PLAIN[kind]
            return (code, message.replace("KEY", key), mend)
        case "version":
            return ("version", f"`{given}` is not a version.", "Write three numbers: 1.0.0.")
        case "keep":
            return ("keep", f"`{given}` does not say how long to keep the data.",
                    "Write it like `1 year after end` or `6 months after start`.")  # fmt: skip
    return _wrong_kind(kind, key, given, help_text, example, context)


def _yaml(example: Any) -> str:
    """An example value as it is written in a file."""
    if isinstance(example, dict):
        return "{" + ", ".join(f"{key}: {_yaml(item)}" for key, item in example.items()) + "}"
    return str(example)


def _choices(expected: str) -> list[str]:
    return expected.replace(" or ", ", ").split(", ")


def _short(given: Any) -> str:
    text = "true" if given is True else "false" if given is False else str(given)
    return text if len(text) <= 60 else text[:57] + "…"


def _unknown_key(owner: type[Spec], key: str) -> tuple[str, str, str]:
    known = keys_of(owner)
    near = get_close_matches(key, known, n=1, cutoff=0.55)
    if near:
        return ("unknown_key", f"There is no key `{key}` here.", f"Did you mean `{near[0]}`?")
    return ("unknown_key", f"There is no key `{key}` here.",
            f"Leave it out, or use one of: {', '.join(known)}.")  # fmt: skip


def _no_kind(given: Any) -> tuple[str, str, str]:
    if isinstance(given, dict):
        for key in given:
            near = get_close_matches(str(key), KINDS, n=1, cutoff=0.6)
            if near:
                return (
                    "page_kind",
                    f"`{key}` is not a kind of page.",
                    f"Did you mean `{near[0]}`?",
                )
    return ("page_kind", "This page does not say what it does.",
            f"Start it with one of: {', '.join(KINDS)}.")  # fmt: skip


def _wrong_kind(
    kind: str, key: str, given: Any, help_text: str, example: str, context: dict[str, Any]
) -> tuple[str, str, str]:
    if given is None:
        return (
            "no_value",
            f"`{key}` has no value.",
            f"Give one or leave it out: {help_text}{example}",
        )
    if kind == "string_type":
        if isinstance(given, dict):
            return ("text", f"`{key}` should be a text, and is a block.",
                    "If the text starts with {, put it in quotes.")  # fmt: skip
        if isinstance(given, bool):
            return (
                "text",
                f"`{key}` should be a text, and is {_short(given)}.",
                "Put it in quotes.",
            )
        if isinstance(given, list):
            return ("text", f"`{key}` should be one text, and is a list.", help_text + example)
        return ("text", f"`{key}` should be a text.", f'Put it in quotes: "{given}".')
    if kind.startswith(("bool", "int", "decimal", "greater", "less")):
        what = "true or false" if kind.startswith("bool") else "a whole number"
        if kind.startswith("greater") or kind.startswith("less"):
            limit = next((v for k, v in context.items() if k in ("ge", "gt", "le", "lt")), "")
            side = "at least" if kind.startswith("greater") else "at most"
            return ("limit", f"`{key}` cannot be {_short(given)}.", f"It must be {side} {limit}.")
        if kind.startswith("decimal"):
            what = "a number"
        return (
            "number",
            f"`{key}` should be {what}, and is `{_short(given)}`.",
            help_text + example,
        )
    if kind in ("dict_type", "model_type", "model_attributes_type"):
        return ("block", f"`{key}` should be a block of keys, and is `{_short(given)}`.",
                help_text + example)  # fmt: skip
    if kind == "list_type":
        return ("list", f"`{key}` should be a list, and is `{_short(given)}`.",
                f"Start each item with a dash. {help_text}{example}")  # fmt: skip
    if kind == "too_short":
        return ("empty", f"`{key}` is empty.", f"Put something in it: {help_text}{example}")
    if kind == "string_pattern_mismatch":
        return ("form", f"`{key}` cannot be `{_short(given)}`.", help_text + example)
    return ("wrong", f"`{key}` cannot be `{_short(given)}`.", help_text + example)
