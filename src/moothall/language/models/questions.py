"""Questions: what may be asked and how an answer is limited."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from moothall.language.models.base import (
    Expression,
    Id,
    Named,
    Spec,
    Words,
    one_or_more,
    unless_dict,
)

QUESTION_TYPES: tuple[str, ...] = (
    "text",
    "long text",
    "name",
    "email",
    "phone",
    "address",
    "location",
    "date",
    "time",
    "yes or no",
    "choose one",
    "choose many",
    "whole number",
    "money",
    "file",
    "photo",
    "vehicle registration",
    "National Insurance number",
    "NHS number",
    "bank details",
    "signature",
    "slot",
)
_BY_LOWER = {name.lower().replace("-", " ").replace("_", " "): name for name in QUESTION_TYPES}

# Kinds of personal data. The second group is what a team must be given by name: never "all".
PERSONAL_KINDS: tuple[str, ...] = ("contact", "identity", "circumstances")
SENSITIVE_KINDS: tuple[str, ...] = (
    "health",
    "finance",
    "ethnicity",
    "religion",
    "sexuality",
    "politics",
    "criminal",
    "biometric",
    "safeguarding",
)


def _question_type(value: Any) -> Any:
    if isinstance(value, str):
        found = _BY_LOWER.get(value.strip().lower().replace("-", " ").replace("_", " "))
        if found is None:
            raise PydanticCustomError("question_type", "{type} is no type", {"type": value})
        return found
    return value


QuestionType = Annotated[
    Literal[
        "text",
        "long text",
        "name",
        "email",
        "phone",
        "address",
        "location",
        "date",
        "time",
        "yes or no",
        "choose one",
        "choose many",
        "whole number",
        "money",
        "file",
        "photo",
        "vehicle registration",
        "National Insurance number",
        "NHS number",
        "bank details",
        "signature",
        "slot",
    ],
    BeforeValidator(_question_type),
]
PersonalKind = Literal[
    "contact",
    "identity",
    "circumstances",
    "health",
    "finance",
    "ethnicity",
    "religion",
    "sexuality",
    "politics",
    "criminal",
    "biometric",
    "safeguarding",
]


class OptionSpec(Spec):
    """One thing to choose. `refuse: Rubbish` is short for `refuse: {label: Rubbish}`."""

    label: Words = Field(description="What the person sees.", examples=["Garden waste"])
    hint: Words = Field("", description="A line of help under the option.")
    alone: bool = Field(
        False,
        description="In `choose many`: cannot be chosen together with others, like 'None of these'.",
    )


Option = Annotated[OptionSpec, BeforeValidator(unless_dict("label"))]


def _options_tag(value: Any) -> str:
    return "options:local" if isinstance(value, str) else "options:here"


Options = Annotated[
    Annotated[Named[Option], Tag("options:here")] | Annotated[Expression, Tag("options:local")],
    Discriminator(_options_tag),
]


class Limits(Spec):
    """What an answer must keep to. Each has a good error text of its own; `error` can replace it."""

    at_least: Expression = Field(
        "",
        description="Smallest number or amount; fewest choices, files or rows.",
        examples=["1"],
    )
    at_most: Expression = Field(
        "", description="Largest number or amount; most choices, files or rows.", examples=["5"]
    )
    earliest: Expression = Field(
        "", description="Earliest date, time or slot.", examples=["today", "add_days(today, 2)"]
    )
    latest: Expression = Field(
        "", description="Latest date, time or slot.", examples=["today", "add_months(today, 3)"]
    )
    shortest: int | None = Field(None, ge=1, description="Fewest characters of a text.")
    longest: int | None = Field(
        None, ge=1, le=100_000, description="Most characters of a text.", examples=[500]
    )
    words: int | None = Field(None, ge=1, description="Most words of a long text.")
    looks_like: str = Field(
        "",
        description="Shape of a code: A for a letter, 0 for a digit, anything else for itself.",
        examples=["AA000000"],
    )
    accept: list[Literal["images", "pdf", "documents", "spreadsheets"]] = Field(
        default_factory=list, description="Kinds of file; images and pdf where not said."
    )
    largest: Decimal | None = Field(None, gt=0, description="Largest file in megabytes.")
    must: Expression = Field(
        "",
        description="Anything else that must be true of this answer; say how to mend it in "
        "`error: {must: …}`.",
        examples=["ends_on > starts_on"],
    )


class ErrorTexts(Spec):
    """Error texts in place of the default ones. Each says what to do, not what went wrong."""

    missing: Words = Field("", description="Nothing was entered.")
    wrong: Words = Field("", description="The entry is not of this kind at all.")
    at_least: Words = Field("", description="Fewer or less than `at_least`.")
    at_most: Words = Field("", description="More than `at_most`.")
    earliest: Words = Field("", description="Before `earliest`.")
    latest: Words = Field("", description="After `latest`.")
    shortest: Words = Field("", description="Shorter than `shortest`.")
    longest: Words = Field("", description="Longer than `longest`, or than `words`.")
    looks_like: Words = Field("", description="Not of the shape of `looks_like`.")
    must: Words = Field("", description="`limits.must` is not true.")


class SlotSource(Spec):
    """Where bookable times come from, for a question of type `slot`."""

    resource: Id = Field(description="The resource in the pack's slots.", examples=["bulky_round"])
    places: Expression = Field(
        "1", description="How many places the booking takes.", examples=["count(items)"]
    )


class QuestionSpec(Spec):
    """One question. On a page of its own, together with others, or in each row of a repeat."""

    ask: Id = Field(description="The question's id: its name everywhere else.", examples=["bin"])
    type: QuestionType = Field(description="What kind of answer.", examples=["choose one"])
    label: Words = Field(
        description="The question, as the person reads it.", examples=["Which bin was missed?"]
    )
    short: Words = Field(
        "",
        description="A short name for lists and error texts; the label where not said.",
        examples=["Bin"],
    )
    hint: Words = Field("", description="A line of help under the question.")
    help: Words = Field("", description="More help, folded away (Markdown).")
    options: Options = Field(
        default_factory=dict,
        description="What may be chosen: `{id: label}`, or `local.name` for a set that the council "
        "sets.",
    )
    optional: bool = Field(False, description="The person may leave it blank.")
    personal: PersonalKind | None = Field(
        None, description="Which kind of personal data the answer is.", examples=["contact"]
    )
    limits: Limits = Field(default_factory=Limits, description="What the answer must keep to.")
    prefill: Expression = Field(
        "",
        description="Where a first suggestion comes from: an expression over what is known, or "
        "`account.name`, `account.email`, `account.phone`, `account.address`.",
        examples=["collection.due_on", "account.email"],
    )
    error: ErrorTexts = Field(default_factory=ErrorTexts, description="Error texts of your own.")
    slots: SlotSource | None = Field(None, description="For type `slot`: which times are offered.")
    when: Expression = Field(
        "", description="Asked only when this is true.", examples=["bin is garden"]
    )


Strings = Annotated[list[str], BeforeValidator(one_or_more)]
