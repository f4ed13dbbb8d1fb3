"""Local values: the only ones that a council may change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import TypeAdapter, ValidationError

from moothall.language.compiler.work import Work
from moothall.language.expressions.types import (
    BOOL,
    DATE,
    MONEY,
    NUMBER,
    TEXT,
    TEXTS,
    TIME,
    WHOLE,
    Type,
)
from moothall.language.expressions.values import (
    as_date,
    as_number,
    as_time,
    as_whole,
    clamp,
    number_text,
)
from moothall.language.models import OptionSpec
from moothall.language.models.questions import Option
from moothall.language.models.service import Row, TableRow

TYPES: dict[str, Type] = {
    "text": TEXT,
    "long text": TEXT,
    "email": TEXT,
    "phone": TEXT,
    "whole number": WHOLE,
    "number": NUMBER,
    "money": MONEY,
    "date": DATE,
    "time": TIME,
    "yes or no": BOOL,
    "list of text": TEXTS,
}
_OPTIONS: TypeAdapter[dict[str, OptionSpec]] = TypeAdapter(dict[str, Option])
_ROWS: TypeAdapter[list[TableRow]] = TypeAdapter(list[Row])


class NotThat(ValueError):
    """A value that is not of the kind that is wanted; the text says what it should be."""


def compile_locals(work: Work) -> None:
    """Check every local value and put it in its run-time form."""
    run_time: dict[str, Any] = {}
    for name, spec in work.file.local.items():
        path = f"local.{name}"
        try:
            value = local_value(spec.type, spec.default)
        except NotThat as error:
            work.problem("local.value", f"{path}.default",
                         f"`{_said(spec.default)}` does not fit the local value `{name}`.",
                         f"It should be {error}.")  # fmt: skip
            value = None
        work.local[name] = as_json(spec.type, value)
        if spec.type in TYPES:
            work.local_types[name] = TYPES[spec.type]
            run_time[name] = value
        if spec.type == "options" and value is not None:
            for option, item in value.items():
                work.texts[f"{path}.options.{option}.label"] = item.label
                if item.hint:
                    work.texts[f"{path}.options.{option}.hint"] = item.hint
    work.rules.local = run_time


def _list_of_text(raw: Any) -> list[str] | None:
    good = isinstance(raw, list) and all(isinstance(item, str) for item in raw)
    return list(raw) if good else None


def _yes_no(raw: Any) -> bool | None:
    return raw if isinstance(raw, bool) else {"yes": True, "no": False}.get(str(raw))


_PLAIN: Mapping[str, tuple[Callable[[Any], Any], str]] = {
    "whole number": (as_whole, "a whole number, such as 3"),
    "number": (as_number, "a number, such as 1.5"),
    "date": (as_date, "a date, such as 2026-03-31"),
    "time": (as_time, 'a time, such as "09:30"'),
    "yes or no": (_yes_no, "true or false"),
    "list of text": (_list_of_text, "a list of texts: [a, b]"),
}


def local_value(kind: str, raw: Any) -> Any:
    """`raw` in run-time form. Raises NotThat with what it should be."""
    if kind in ("text", "long text", "email", "phone", "calendar"):
        if isinstance(raw, str) and raw:
            return raw
        raise NotThat("a text")
    if kind == "money":
        return pence(raw)
    if kind in _PLAIN:
        read, what = _PLAIN[kind]
        found = read(raw)
        if found is None:
            raise NotThat(what)
        return found
    return _block(kind, raw)


def _block(kind: str, raw: Any) -> Any:
    try:
        if kind == "options":
            found = _OPTIONS.validate_python(raw)
            if found:
                return found
            raise NotThat("options: {id: label}")
        return _ROWS.validate_python(raw)
    except ValidationError:
        what = "options: {id: label}" if kind == "options" else "a list of rows, each with `is:`"
        raise NotThat(what) from None


def pence(raw: Any) -> int:
    """Pence from pounds written as 12, 12.5 or 12.50. Raises NotThat."""
    if isinstance(raw, bool) or not isinstance(raw, int | Decimal | str):
        raise NotThat("an amount in pounds, such as 12.50")
    try:
        exact = Decimal(
            raw.replace("£", "").replace(",", "").strip() if isinstance(raw, str) else raw
        )
    except InvalidOperation:
        raise NotThat("an amount in pounds, such as 12.50") from None
    if (
        not exact.is_finite()
        or abs(exact) > 10**12
        or exact * 100 != (exact * 100).to_integral_value()
    ):
        raise NotThat("an amount in pounds with at most two decimal places, such as 12.50")
    return clamp(int(exact * 100))


def as_json(kind: str, value: Any) -> Any:
    """A local value as `Service.local` shows it."""
    if kind == "number" and value is not None:
        return number_text(value)
    if kind == "options" and value is not None:
        return {option: item.label for option, item in value.items()}
    if kind == "table" and value is not None:
        return [row.model_dump(mode="json", by_alias=True, exclude_defaults=True) for row in value]
    return value


def _said(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "…"
