"""Local values: the only ones that a council may change."""

from __future__ import annotations

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
from moothall.language.expressions.values import as_date, as_number, as_time, clamp
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


def local_value(kind: str, raw: Any) -> Any:
    """`raw` in run-time form. Raises NotThat with what it should be."""
    if kind in ("text", "long text", "email", "phone", "calendar"):
        if isinstance(raw, str) and raw:
            return raw
        raise NotThat("a text")
    if kind == "whole number":
        if isinstance(raw, int) and not isinstance(raw, bool):
            return clamp(raw)
        raise NotThat("a whole number, such as 3")
    if kind == "number":
        found = as_number(raw)
        if found is None:
            raise NotThat("a number, such as 1.5")
        return found
    if kind == "money":
        return pence(raw)
    if kind == "date":
        found_date = as_date(raw)
        if found_date is None:
            raise NotThat("a date, such as 2026-03-31")
        return found_date
    if kind == "time":
        found_time = as_time(raw)
        if found_time is None:
            raise NotThat('a time, such as "09:30"')
        return found_time
    if kind == "yes or no":
        if isinstance(raw, bool) or raw in ("yes", "no"):
            return raw is True or raw == "yes"
        raise NotThat("true or false")
    if kind == "list of text":
        if isinstance(raw, list) and all(isinstance(item, str) for item in raw):
            return list(raw)
        raise NotThat("a list of texts: [a, b]")
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
    from moothall.language.expressions.values import number_text

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
