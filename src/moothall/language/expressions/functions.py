"""The closed list of functions: what each takes and gives, and what it does.

All of them work offline: they need nothing but the answers, the calendar and the day.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from moothall.language.expressions.types import (
    DATE,
    DAYS_OF_WEEK,
    TEXT,
    TIME,
    WEEKDAY,
    WHOLE,
    Type,
)
from moothall.language.expressions.values import (
    MILLION,
    add_days,
    add_months,
    as_date,
    as_text,
    as_time,
    band_label,
    parse_date,
    rounded,
    years_between,
)
from moothall.language.facts import FIRST_DAY

PLACE: Final = Type("address")  # an address or a location


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the language. `takes` None: its arguments have rules of their own."""

    name: str
    takes: tuple[Type, ...] | None
    gives: Type
    does: str
    example: str
    offline: bool = True


FUNCTIONS: Final[Mapping[str, Function]] = {
    item.name: item
    for item in (
        Function("days", (DATE, DATE), WHOLE, "Days from the first date to the second.",
                 "days(started, today)"),
        Function("working_days", (DATE, DATE), WHOLE,
                 "Working days after the first date, up to and with the second.",
                 "working_days(missed_on, today)"),
        Function("years", (DATE, DATE), WHOLE, "Whole years between two dates, as an age is counted.",
                 "years(born_on, today)"),
        Function("add_days", (DATE, WHOLE), DATE, "The date so many days later.",
                 "add_days(today, 14)"),
        Function("add_working_days", (DATE, WHOLE), DATE, "The date so many working days later.",
                 "add_working_days(today, 3)"),
        Function("add_months", (DATE, WHOLE), DATE,
                 "The date so many months later; the last of the month where there is no such day.",
                 "add_months(started, 12)"),
        Function("day", (DATE,), TEXT, "The day, such as 2026-03-11.", "day(started)"),
        Function("month", (DATE,), TEXT, "The month, such as 2026-03.", "month(started)"),
        Function("quarter", (DATE,), TEXT, "The quarter, such as 2026 Q1.", "quarter(started)"),
        Function("year", (DATE,), WHOLE, "The year.", "year(started)"),
        Function("financial_year", (DATE,), TEXT, "The financial year, such as 2025-26.",
                 "financial_year(started)"),
        Function("weekday", (DATE,), WEEKDAY, "The day of the week, as an option: monday to sunday.",
                 "weekday(today) is saturday"),
        Function("ward", (PLACE,), TEXT, "The ward's code, of an address or a place on the map.",
                 "ward(address)"),
        Function("ward_name", (PLACE,), TEXT, "The ward's name.", "ward_name(address)"),
        Function("postcode", (Type("address"),), TEXT, "The postcode of an address.",
                 "postcode(address)"),
        Function("uprn", (Type("address"),), TEXT, "The UPRN of an address.", "uprn(address)"),
        Function("date_of", (Type("slot"),), DATE, "The day of a booked time.", "date_of(visit)"),
        Function("time_of", (Type("slot"),), TIME, "The time of day of a booked time.",
                 "time_of(visit)"),
        Function("starts_with", (TEXT, TEXT), Type("bool"), "Whether a text starts with another.",
                 'starts_with(postcode(address), "XW1")'),
        Function("length", (TEXT,), WHOLE, "Characters in a text.", "length(notes)"),
        Function("count", None, WHOLE, "Rows of a repeat, options chosen, or files.", "count(items)"),
        Function("sum", None, WHOLE, "The expression added up over the rows of a repeat.",
                 "sum(items, price_each)"),
        Function("any", None, Type("bool"), "Whether the expression is true of a row at least.",
                 "any(items, kind is fridge)"),
        Function("all", None, Type("bool"), "Whether the expression is true of every row.",
                 "all(items, kind is not fridge)"),
        Function("min", None, WHOLE, "The smallest of two or more.", "min(3, count(items))"),
        Function("max", None, WHOLE, "The largest of two or more.", "max(0, cars - 1)"),
        Function("divide", None, WHOLE,
                 "The first divided by the second, or the third where the second is zero.",
                 "divide(income, people, 0)"),
        Function("round_half_up", None, WHOLE,
                 "Rounded to a whole number, or an amount to the penny; halves go up.",
                 "round_half_up(price * 0.175)"),
        Function("round_up", None, WHOLE, "Rounded up.", "round_up(hours / 2)"),
        Function("round_down", None, WHOLE, "Rounded down.", "round_down(price * 0.5)"),
        Function("band", None, TEXT,
                 "Which band a number falls in: `under 18`, `18 to 64`, `65 and over`.",
                 "band(age, 18, 65)"),
        Function("plural", None, TEXT,
                 "In texts: the form that fits the number, one= and other= (Welsh also zero=, two=, "
                 "few=, many=).", 'plural(count(items), one="item", other="items")'),
    )
}  # fmt: skip


def _working_days(env: Any, start: str, end: str) -> int:
    first, last = parse_date(start) or FIRST_DAY, parse_date(end) or FIRST_DAY
    return int(env.calendar.working_days(first, last))


def _add_working_days(env: Any, start: str, count: int) -> str:
    return str(env.calendar.add_working_days(parse_date(start) or FIRST_DAY, count).isoformat())


def _days(env: Any, start: str, end: str) -> int:
    return ((parse_date(end) or FIRST_DAY) - (parse_date(start) or FIRST_DAY)).days


def _quarter(env: Any, day: str) -> str:
    return f"{day[:4]} Q{(int(day[5:7]) + 2) // 3}"


def _financial_year(env: Any, day: str) -> str:
    year = int(day[:4]) - (day[5:] < "04-01")
    return f"{year}-{(year + 1) % 100:02d}"


def _weekday(env: Any, day: str) -> str:
    return DAYS_OF_WEEK[(parse_date(day) or FIRST_DAY).weekday()]


def _part(name: str) -> Callable[..., Any]:
    return lambda env, value: as_text(value.get(name))


def _date_of(env: Any, slot: Mapping[str, Any]) -> str | None:
    starts = slot.get("starts")
    return as_date(starts[:10]) if isinstance(starts, str) else None


def _time_of(env: Any, slot: Mapping[str, Any]) -> str | None:
    starts = slot.get("starts")
    return as_time(starts[11:16]) if isinstance(starts, str) else None


def _round_number(how: str) -> Callable[..., Any]:
    return lambda env, value: rounded(value, MILLION, how)


def _band(env: Any, value: int, *edges: int) -> str:
    return band_label(value, list(edges), money=False)


def _band_money(env: Any, value: int, *edges: int) -> str:
    return band_label(value, list(edges), money=True)


def plural_form(count: int, lang: str) -> str:
    """Which plural form a whole number takes (CLDR 46): English one/other; Welsh six forms."""
    if lang == "cy":
        return {0: "zero", 1: "one", 2: "two", 3: "few", 6: "many"}.get(count, "other")
    return "one" if count == 1 else "other"


def _plural(env: Any, count: int, forms: Mapping[str, str]) -> str:
    return forms.get(plural_form(count, env.lang)) or forms.get("other", "")


RUNTIME: Final[Mapping[str, Callable[..., Any]]] = {
    "days": _days,
    "working_days": _working_days,
    "years": lambda env, a, b: years_between(a, b),
    "add_days": lambda env, day, count: add_days(day, count),
    "add_working_days": _add_working_days,
    "add_months": lambda env, day, count: add_months(day, count),
    "day": lambda env, day: day,
    "month": lambda env, day: day[:7],
    "quarter": _quarter,
    "year": lambda env, day: int(day[:4]),
    "financial_year": _financial_year,
    "weekday": _weekday,
    "ward": _part("ward"),
    "ward_name": _part("ward_name"),
    "postcode": _part("postcode"),
    "uprn": _part("uprn"),
    "date_of": _date_of,
    "time_of": _time_of,
    "starts_with": lambda env, text, start: text.lower().startswith(start.lower()),
    "length": lambda env, text: len(text),
    "min": lambda env, *values: min(values),
    "max": lambda env, *values: max(values),
    "round_half_up": _round_number("half_up"),
    "round_up": _round_number("up"),
    "round_down": _round_number("down"),
    "band": _band,
    "band_money": _band_money,
    "plural": _plural,
}
