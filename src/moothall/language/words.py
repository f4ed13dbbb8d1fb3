"""Words: texts with `{names}`, values said in words, translations and their state."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from moothall.language.canonical import sha256_of
from moothall.language.expressions import Env, ExpressionError, Type
from moothall.language.expressions.values import as_time, money_text, number_text, parse_date
from moothall.language.facts import Facts
from moothall.language.results import TextStatus
from moothall.language.service import Service
from moothall.language.template import Part, compile_text

MONTHS: Final[Mapping[str, tuple[str, ...]]] = {
    "en": (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    "cy": (
        "Ionawr",
        "Chwefror",
        "Mawrth",
        "Ebrill",
        "Mai",
        "Mehefin",
        "Gorffennaf",
        "Awst",
        "Medi",
        "Hydref",
        "Tachwedd",
        "Rhagfyr",
    ),
}
WEEKDAYS: Final[Mapping[str, tuple[str, ...]]] = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "cy": (
        "Dydd Llun",
        "Dydd Mawrth",
        "Dydd Mercher",
        "Dydd Iau",
        "Dydd Gwener",
        "Dydd Sadwrn",
        "Dydd Sul",
    ),
}
YES_NO: Final = {"en": ("Yes", "No"), "cy": ("Ie", "Na")}
_LANGS: Final = frozenset(MONTHS)


def _lang(lang: str) -> str:
    return lang if lang in _LANGS else "en"


def say_date(day: date, lang: str = "en") -> str:
    """`11 March 2026`, `11 Mawrth 2026`."""
    return f"{day.day} {MONTHS[_lang(lang)][day.month - 1]} {day.year}"


def say_weekday(day: date, lang: str = "en") -> str:
    """`Wednesday 11 March 2026`."""
    return f"{WEEKDAYS[_lang(lang)][day.weekday()]} {say_date(day, lang)}"


def say_time(text: str, lang: str = "en") -> str:
    """`14:30` as `2:30pm`, `12:00` as `midday`, in Welsh `2:30yp` and `canol dydd`."""
    hour, minute = int(text[:2]), int(text[3:5])
    if (hour, minute) == (12, 0):
        return "canol dydd" if lang == "cy" else "midday"
    if (hour, minute) == (0, 0):
        return "canol nos" if lang == "cy" else "midnight"
    half = ("yb", "yp") if lang == "cy" else ("am", "pm")
    shown = f"{hour % 12 or 12}" + (f":{minute:02d}" if minute else "")
    return f"{shown}{half[hour >= 12]}"


def render(
    service: Service,
    text: str,
    facts: Facts,
    lang: str = "en",
    *,
    row_of: str | None = None,
    row: Mapping[str, Any] | None = None,
) -> str:
    """`text` with its `{expressions}` replaced, in words of `lang`. Missing values are empty.

    For a text about a row of a repeat (`pages.items.row`) give `row_of` and the `row`. A part that
    is no expression of this service is left as it stands.
    """
    if "{" not in text and "}" not in text:
        return text
    parts = _parts(service, text, row_of)
    env = Env(service.rules, facts, row=row, lang=lang)
    return "".join(
        part if isinstance(part, str) else say(service, part.run(env), part.type, lang)
        for part in parts
    )


def _parts(service: Service, text: str, row_of: str | None) -> tuple[Part, ...]:
    key = ("text", text, row_of)
    found = service.memory.get(key)
    if found is None:
        scope = service.scope if row_of is None else service.scope.within(row_of)
        try:
            found = compile_text(text, scope, service.rules)
        except ExpressionError:
            found = (text,)
        if len(service.memory) < 5000:
            service.memory[key] = found
    parts: tuple[Part, ...] = found
    return parts


def say(service: Service, value: Any, kind: Type, lang: str = "en") -> str:
    """The value of an expression in words."""
    if value is None:
        return ""
    match kind.kind:
        case "date":
            day = parse_date(value)
            return say_date(day, lang) if day else ""
        case "money":
            return money_text(value)
        case "number":
            return number_text(value)
        case "time":
            return say_time(value, lang)
        case "bool":
            return YES_NO[_lang(lang)][not value]
        case "choice":
            return option_label(service, kind.words, value, lang)
        case "choices":
            return ", ".join(option_label(service, kind.words, item, lang) for item in value)
        case "texts":
            return ", ".join(value)
        case "address" | "location" | "files" | "slot" | "bank":
            return say_thing(kind.kind, value, lang)
        case "rows":
            from moothall.language.answers.display import display

            return display(service, kind.words, value, lang)
    return str(value)


def option_label(service: Service, words: str, option: str, lang: str = "en") -> str:
    """An option's label. `words` is a question's id, `state`, `weekday`, or a look-up's value."""
    question = service.questions.get(words)
    if question is not None:
        found = question.options.get(option)
        if found is None:
            return option.replace("_", " ")
        given = question.spec.options
        path = f"{given}.options" if isinstance(given, str) else f"{question.path}.options"
        return service.text(f"{path}.{option}.label", lang) or found.label
    if words == "state":
        state = service.states.get(option)
        return service.text(f"case.states.{option}.label", lang) if state else option
    if words == "weekday":
        from moothall.language.expressions.types import DAYS_OF_WEEK

        if option in DAYS_OF_WEEK:
            return WEEKDAYS[_lang(lang)][DAYS_OF_WEEK.index(option)]
    return option.replace("_", " ")


def say_thing(kind: str, value: Any, lang: str = "en") -> str:
    """An address, place, booked time, files or bank details in words; nothing if it is none."""
    if kind == "files" and isinstance(value, list | tuple):
        names = [
            str(item.get("name") or item.get("id")) for item in value if isinstance(item, Mapping)
        ]
        return "\n".join(names)
    if not isinstance(value, Mapping):
        return ""
    if kind == "address":
        line, postcode = str(value.get("line") or ""), str(value.get("postcode") or "")
        return line if not postcode or postcode in line else f"{line}, {postcode}"
    if kind == "location":
        words = value.get("words")
        if words:
            return str(words)
        lat, lon = value.get("lat"), value.get("lon")
        numbers = isinstance(lat, int | float) and isinstance(lon, int | float)
        return f"{lat:.5f}, {lon:.5f}" if numbers else ""
    if kind == "slot":
        return _say_slot(value, lang)
    sort_code = str(value.get("sort_code") or "").replace("-", "").replace(" ", "")
    shown = "-".join((sort_code[:2], sort_code[2:4], sort_code[4:]))
    parts = [value.get("name"), shown, value.get("account_number"), value.get("roll_number")]
    return "\n".join(str(part) for part in parts if part)


def _say_slot(value: Mapping[str, Any], lang: str) -> str:
    starts, ends = value.get("starts"), value.get("ends")
    if not isinstance(starts, str):
        return ""
    day = parse_date(starts[:10])
    said = say_weekday(day, lang) if day else starts
    clock = [as_time(item[11:16]) for item in (starts, ends) if isinstance(item, str)]
    times = [say_time(item, lang) for item in clock if item is not None]
    joined = (" tan " if lang == "cy" else " to ").join(times)
    return f"{said}, {joined}" if joined else said


def translatable(service: Service) -> Mapping[str, str]:
    """Every text that can be translated: path → English."""
    return service.texts


def translation_status(service: Service, lang: str) -> tuple[TextStatus, ...]:
    """Every translatable text with its translation and whether it still fits the English."""
    given = service.translations.get(lang, {})
    states = service.stale.get(lang, {})
    return tuple(
        TextStatus(
            path, english, given.get(path, ""), sha256_of(english)[:8],
            states.get(path, "current" if path in given else "missing"),
        )
        for path, english in service.texts.items()
    )  # fmt: skip
