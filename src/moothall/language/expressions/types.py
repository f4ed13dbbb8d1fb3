"""The types that an expression can have."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

WORDS: Final = {
    "text": "a text",
    "whole": "a whole number",
    "number": "a number",
    "money": "an amount of money",
    "date": "a date",
    "time": "a time of day",
    "bool": "yes or no",
    "choice": "one of some options",
    "choices": "a set of options",
    "address": "an address",
    "location": "a place on the map",
    "files": "files",
    "slot": "a bookable time",
    "bank": "bank details",
    "texts": "a list of texts",
    "rows": "the rows of a repeat",
    "look_up": "a look-up",
}
KIND_OF_QUESTION: Final = {
    "date": "date",
    "time": "time",
    "yes or no": "bool",
    "choose one": "choice",
    "choose many": "choices",
    "whole number": "whole",
    "money": "money",
    "address": "address",
    "location": "location",
    "file": "files",
    "photo": "files",
    "signature": "files",
    "bank details": "bank",
    "slot": "slot",
}
KIND_OF_VALUE: Final = {
    "whole number": "whole",
    "number": "number",
    "money": "money",
    "date": "date",
    "time": "time",
    "yes or no": "bool",
    "list of text": "texts",
}


@dataclass(frozen=True, slots=True)
class Type:
    """What kind of value. `optional`: it may be missing. `options`: of a choice.

    `pounds`: a number made from literals only, which may be read as pounds where money is meant.
    `words`: where the options' labels are: a question's id, or `state`.
    """

    kind: str
    options: tuple[str, ...] = ()
    optional: bool = False
    pounds: bool = False
    words: str = ""

    def definite(self) -> Type:
        """The same, never missing."""
        return replace(self, optional=False) if self.optional else self

    def maybe(self, optional: bool = True) -> Type:
        """The same, which may be missing."""
        return replace(self, optional=True) if optional and not self.optional else self

    def said(self) -> str:
        """In words, for messages."""
        return WORDS[self.kind]


TEXT: Final = Type("text")
WHOLE: Final = Type("whole")
NUMBER: Final = Type("number")
MONEY: Final = Type("money")
DATE: Final = Type("date")
TIME: Final = Type("time")
BOOL: Final = Type("bool")
TEXTS: Final = Type("texts")
DAYS_OF_WEEK: Final = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
WEEKDAY: Final = Type("choice", options=DAYS_OF_WEEK, words="weekday")


def question_type(kind: str, options: tuple[str, ...] = (), words: str = "") -> Type:
    """The type of a question's answer."""
    found = KIND_OF_QUESTION.get(kind, "text")
    if found in ("choice", "choices"):
        return Type(found, options=options, words=words)
    return Type(found)
