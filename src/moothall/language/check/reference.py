"""The made parts of docs/language.md: every key of every block, and the functions.

The page is written by hand; between `<!-- made: … -->` and `<!-- end -->` stands what this module
makes from the models, so that the reference cannot fall behind the code. A test compares.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from moothall.language.check.reference_examples import Piece
from moothall.language.check.reference_examples_case import PIECES
from moothall.language.expressions import FUNCTIONS
from moothall.language.models import (
    Duration,
    ExpressionMarker,
    OverlayFile,
    ServiceFile,
    Spec,
    TranslationFile,
    WordsMarker,
)
from moothall.language.models.pages import AskPage
from moothall.language.models.questions import QuestionSpec
from moothall.language.reading import read_yaml

MOST_SHOWN = 60
_NEEDS_QUOTES = re.compile(r"[,{}\[\]#]|: |^\d\d:\d\d$")
_MADE = re.compile(r"<!-- made: (\w+) -->\n.*?<!-- end -->", re.DOTALL)
NAMES = {
    "ServiceFile": "The service file",
    "LocalSpec": "A local value",
    "QuestionSpec": "A question",
    "OptionSpec": "An option",
    "Limits": "Limits",
    "ErrorTexts": "Error texts",
    "SlotSource": "Slots",
    "AskTogetherPage": "A page with several questions",
    "LookUpPage": "A look-up",
    "GivesOneOf": "What a look-up gives: one of a few",
    "GivesType": "What a look-up gives: a plain value",
    "ShowPage": "A page that tells",
    "StopPage": "A stop",
    "RepeatPage": "A repeat",
    "SectionPage": "A section",
    "WorkOutSpec": "A worked-out value",
    "TableRow": "A row of a table",
    "FeeSpec": "The fee",
    "FeeLine": "A line of the fee",
    "Duration": "A length of time",
    "CaseSpec": "The case",
    "StateSpec": "A state",
    "Expires": "Expiry of a state",
    "MoveSpec": "A move",
    "ClockSpec": "The clock",
    "WorkingHours": "Working hours",
    "Urgent": "Urgent cases",
    "TellSpec": "A message",
    "TellWhen": "The moment of a message",
    "AccessSpec": "Access",
    "TeamAccess": "A team's access",
    "Party": "A party",
    "DataSpec": "Data",
    "PublishSpec": "Open data",
    "PlaceSpec": "The place",
    "Open311Spec": "Open311",
    "Open311State": "A state over Open311",
    "FollowsSpec": "What it follows",
    "ExampleSpec": "An example",
    "ExampleMove": "A move of an example",
    "Expect": "What an example expects",
    "OverlayFile": "An overlay",
    "TranslationFile": "A translation",
    "TranslatedText": "A translated text",
}
# Where the annotation alone would not tell a reader what to write.
WRITTEN = {
    ("ServiceFile", "moothall"): "`1`",
    ("ServiceFile", "version"): "three numbers: `1.2.0`",
    ("ServiceFile", "pages"): "list of pages",
    ("SectionPage", "pages"): "list of pages",
    ("QuestionSpec", "type"): "a [type of question](#types-of-question)",
    ("QuestionSpec", "options"): "id → [option](#an-option), or `local.name`",
    ("LookUpPage", "from"): "name of a connector",
    ("LookUpPage", "gives"): "name → what it gives",
    ("LocalSpec", "default"): "a value of the type",
    ("WorkOutSpec", "table"): "list of [rows](#a-row-of-a-table), or `local.name`",
    ("TableRow", "cells"): "name → what it must be, written straight in the row",
    ("FeeSpec", "refund"): "move → `all` or an amount",
    ("ClockSpec", "cut_off"): 'time of day: `"16:00"`',
    ("ClockSpec", "warn_at"): "per cent, 1 to 99",
    ("ClockSpec", "calendar"): "name of a calendar",
    ("WorkingHours", "from"): "time of day",
    ("WorkingHours", "to"): "time of day",
    ("TellWhen", "clock"): "per cent, 1 to 200",
    ("TellSpec", "to"): "`applicant`, a team or a party",
    ("DataSpec", "keep"): "`<number> days, weeks, months or years after start or end`",
    ("ExampleSpec", "at"): "time of day",
    ("ExampleSpec", "today"): "date",
    ("ExampleSpec", "holidays"): "list of dates",
    ("ExampleSpec", "moves"): "list of moves: an id, or [more](#a-move-of-an-example)",
    ("ExampleMove", "on"): "date",
    ("Expect", "finish_by"): "date",
    ("Expect", "fee"): "amount in pounds",
    ("TellSpec", "when"): "`starts` or a [moment](#the-moment-of-a-message)",
    ("OverlayFile", "moothall"): "`1`",
    ("OverlayFile", "uses"): "`id@1`, `id@1.2` or `id@1.2.0`",
    ("OverlayFile", "text"): "path → words",
    ("TranslationFile", "moothall"): "`1`",
    ("TranslationFile", "language"): "`cy`",
    ("TranslationFile", "text"): "path → words, or [text](#a-translated-text)",
    ("TranslatedText", "of"): "8 hexadecimal digits",
}


def models() -> list[type[Spec]]:
    """Every block of the language, in the order in which a file meets them."""
    found: list[type[Spec]] = []

    def visit(model: type[Spec]) -> None:
        model = QuestionSpec if model is AskPage else model
        if model in found:
            return
        found.append(model)
        for info in model.model_fields.values():
            for inner in _specs(info.annotation):
                visit(inner)

    for root in (ServiceFile, OverlayFile, TranslationFile):
        visit(root)
    return found


def _specs(annotation: Any) -> Iterator[type[Spec]]:
    if isinstance(annotation, type) and issubclass(annotation, Spec):
        yield annotation
        return
    for inner in typing.get_args(annotation):
        yield from _specs(inner)


# -- one row of the table -----------------------------------------------------------------------------


def anchor(name: str) -> str:
    """The address of a heading within a page, as the usual renderers of Markdown make it."""
    return re.sub(r"[^a-z0-9 _-]", "", name.lower()).replace(" ", "-")


def _linked(model: type[Spec]) -> str:
    name = NAMES[(QuestionSpec if model is AskPage else model).__name__]
    return f"[{_small(name)}](#{anchor(name)})"


def _small(name: str) -> str:
    return name if name.startswith("Open311") else name[0].lower() + name[1:]


def type_in_words(model: type[Spec], key: str, info: FieldInfo) -> str:
    """What to write for a key, in words."""
    told = WRITTEN.get((model.__name__, key))
    if told is not None:
        return told
    if any(isinstance(mark, ExpressionMarker) for mark in info.metadata):
        return "expression"
    if any(isinstance(mark, WordsMarker) for mark in info.metadata):
        return "words"
    return _in_words(info.annotation, info)


def _in_words(annotation: Any, info: FieldInfo | None = None) -> str:
    origin = typing.get_origin(annotation)
    arguments = typing.get_args(annotation)
    if origin is typing.Annotated:
        return _annotated(arguments)
    if origin is typing.Literal:
        return ", ".join(f"`{value}`" for value in arguments)
    if origin is list:
        inner = _in_words(arguments[0])
        return "ids" if inner == "id" else f"list of {inner}"
    if origin is dict:
        return f"id → {_in_words(arguments[1])}"
    if origin is not None:  # a union, mostly with None
        kinds = [_in_words(part) for part in arguments if part is not type(None)]
        return " or ".join(dict.fromkeys(kinds))
    if isinstance(annotation, type) and issubclass(annotation, Spec):
        return _linked(annotation)
    return _plain(annotation, info)


def _plain(annotation: Any, info: FieldInfo | None) -> str:
    if annotation is bool:
        return "true or false"
    if annotation is int:
        return f"whole number{_bounds(info)}"
    if annotation is Decimal:
        return "number"
    if annotation is str:
        marks = info.metadata if info is not None else []
        return "id" if any(type(mark).__name__ == "WithJsonSchema" for mark in marks) else "text"
    return "value"


def _annotated(arguments: tuple[Any, ...]) -> str:
    marks = arguments[1:]
    if any(isinstance(mark, ExpressionMarker) for mark in marks):
        return "expression"
    if any(isinstance(mark, WordsMarker) for mark in marks):
        return "words"
    if arguments[0] is str:
        return "id"
    return _in_words(arguments[0])


def _bounds(info: FieldInfo | None) -> str:
    least = most = None
    for mark in info.metadata if info is not None else ():
        least = getattr(mark, "ge", least)
        most = getattr(mark, "le", most)
    if least is not None and most is not None:
        return f", {least} to {most}"
    return f", {least} or more" if least is not None else ""


def default_in_words(info: FieldInfo) -> str:
    """What counts where the key is left out."""
    if info.is_required():
        return "must be given"
    value = info.default
    if value is PydanticUndefined and info.default_factory is not None:
        value = info.default_factory()  # type: ignore[call-arg]  # none of ours takes the data
    if isinstance(value, Duration):
        return f"`{{{value.unit}: {value.amount}}}`"
    if isinstance(value, Spec) or value in (None, "", [], {}):
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, list):
        return f"`[{', '.join(value)}]`"
    return f"`{value}`"


def _examples(pieces: tuple[Piece, ...]) -> dict[str, Any]:
    """For each key the first value that a piece gives it."""
    found: dict[str, Any] = {}
    for piece in pieces:
        data = read_yaml(piece.text, "piece").value
        for path in piece.keys:
            block = at(data, path)
            for key, value in block.items():
                found.setdefault(key, value)
    return found


def at(data: Any, path: str) -> Any:
    """The block of a piece at `path`; keys that have dots in them are found whole."""
    while path:
        for key in data if isinstance(data, dict) else ():
            if path == key or path.startswith(f"{key}."):
                data, path = data[key], path[len(key) + 1 :]
                break
        else:
            head, _, path = path.partition(".")
            data = data[int(head)]
    return data


def _one_line(value: Any) -> str:
    """A value as it may be written on one line, shortened if it is long."""
    text = _flow(value)
    return text if len(text) <= MOST_SHOWN else text[:MOST_SHOWN].rsplit(" ", 1)[0] + " …"


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    text = " ".join(str(value).split())
    return f'"{text}"' if _NEEDS_QUOTES.search(text) and isinstance(value, str) else text


def keys() -> str:
    """For each block: what it is, a table of its keys, and examples."""
    parts: list[str] = []
    for model in models():
        name = model.__name__
        pieces = PIECES[name]
        shown = _examples(pieces)
        doc = " ".join((model.__doc__ or "").split())
        rows = [
            "| key | what to write | if left out | what it is for | example |",
            "|---|---|---|---|---|",
        ]
        for field, info in model.model_fields.items():
            key = info.alias or field
            example = f"`{_one_line(shown[key])}`" if key in shown else ""
            if (name, key) == ("TableRow", "cells"):
                example = "`bin: garden, cars: 1 to 2`"
            cells = [
                f"`{key}`",
                type_in_words(model, key, info),
                default_in_words(info),
                info.description or "",
                example,
            ]
            rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        examples = "\n".join(f"```yaml\n{piece.text}```" for piece in pieces)
        parts.append(f"### {NAMES[name]}\n\n{doc}\n\n" + "\n".join(rows) + f"\n\n{examples}\n")
    return "\n".join(parts)


def functions() -> str:
    """The closed list of functions, with what each takes and gives and whether it works offline."""
    rows = ["| function | takes | gives | what it does | offline |", "|---|---|---|---|---|"]
    for function in FUNCTIONS.values():
        takes = (
            ", ".join(kind.said() for kind in function.takes)
            if function.takes is not None
            else "see the example"
        )
        gives = (
            "the same kind"
            if function.takes is None and function.name in _SAME
            else function.gives.said()
        )
        offline = "yes" if function.offline else "no"
        rows.append(f"| `{function.example}` | {takes} | {gives} | {function.does} | {offline} |")
    return "\n".join(rows) + "\n"


_SAME = frozenset({"sum", "min", "max", "round_half_up", "round_up", "round_down", "divide"})
MADE = {"keys": keys, "functions": functions}


def refresh(page: str) -> str:
    """`page` with every made part made again."""
    return _MADE.sub(
        lambda found: f"<!-- made: {found[1]} -->\n{MADE[found[1]]()}<!-- end -->", page
    )
