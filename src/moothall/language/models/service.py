"""The service file as a whole, an overlay, and a file of translations."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    field_serializer,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from moothall.language.models.base import Expression, Id, IdList, Named, Spec, Words, one_or_more
from moothall.language.models.case import AccessSpec, CaseSpec, FeeSpec, TellSpec
from moothall.language.models.pages import Page

SEMVER = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)\Z")
KEEP = re.compile(r"(\d+) (day|week|month|year)s? after (start|end)\Z")


def _version(value: str) -> str:
    if not SEMVER.match(value):
        raise PydanticCustomError("version", "{version} is no version", {"version": value})
    return value


def _keep(value: str) -> str:
    if not KEEP.match(value):
        raise PydanticCustomError("keep", "{keep} is no time to keep", {"keep": value})
    return value


Version = Annotated[
    str, BeforeValidator(lambda v: v if isinstance(v, str) else str(v)), AfterValidator(_version)
]
Channel = Literal["online", "phone", "desk", "field", "api"]


class LocalSpec(Spec):
    """A value that a council may set without changing the service."""

    type: Literal[
        "text",
        "long text",
        "email",
        "phone",
        "whole number",
        "number",
        "money",
        "date",
        "time",
        "yes or no",
        "options",
        "table",
        "calendar",
        "list of text",
    ] = Field(description="What kind of value.")
    default: Any = Field(description="The value where the council sets none.")
    help: Words = Field("", description="What it is for, in words a council officer reads.")

    @field_validator("default", mode="before")
    @classmethod
    def _options_from_pairs(cls, value: Any, info: ValidationInfo) -> Any:
        if info.context and info.context.get("canonical") and info.data.get("type") == "options":
            return {pair[0]: pair[1] for pair in value}
        return value

    @field_serializer("default")
    def _options_to_pairs(self, value: Any) -> Any:
        if self.type == "options" and isinstance(value, dict):
            return [[key, item] for key, item in value.items()]
        return value


class TableRow(Spec):
    """One row: what must fit, then what the value is."""

    when: Expression = Field("", description="An expression that must be true.")
    cells: dict[str, Any] = Field(
        default_factory=dict,
        description="Written straight in the row: a name and what it must be, such as "
        "`zone: a`, `cars: 2 or more`, `bin: [food, garden]`.",
    )
    value: Expression = Field(alias="is", description="The value if the row fits.")


def _row(value: Any) -> Any:
    """`{zone: a, is: 4.00}` → cells apart; `{otherwise: 4.00}` → a row that always fits."""
    if not isinstance(value, dict) or "cells" in value:
        return value
    if set(value) == {"otherwise"}:
        return {"is": value["otherwise"]}
    known = {"when", "is"}
    cells = {key: item for key, item in value.items() if key not in known}
    return {**{k: v for k, v in value.items() if k in known}, **({"cells": cells} if cells else {})}


Row = Annotated[TableRow, BeforeValidator(_row)]


def _table_tag(value: Any) -> str:
    return "table:local" if isinstance(value, str) else "table:rows"


Table = Annotated[
    Annotated[list[Row], Tag("table:rows")] | Annotated[Expression, Tag("table:local")],
    Discriminator(_table_tag),
]


class WorkOutSpec(Spec):
    """A named value: an expression, or a table whose first fitting row gives it."""

    type: Literal["text", "whole number", "number", "money", "date", "yes or no"] | None = Field(
        None, description="What kind of value; found out where not said."
    )
    value: Expression = Field("", alias="is", description="The value as an expression.")
    table: Table | None = Field(
        None, description="Rows, first that fits wins; or `local.name`, a table the council sets."
    )
    label: Words = Field("", description="What it is called on check-answers and the case page.")

    @model_validator(mode="after")
    def _is_or_table(self) -> Self:
        if bool(self.value) == (self.table is not None):
            raise PydanticCustomError("is_or_table", "give either is or table", {})
        return self


def _work_out(value: Any) -> Any:
    if isinstance(value, dict) or value is None or isinstance(value, Spec):
        return value
    return {"is": value}


class PublishSpec(Spec):
    """The open data set that the service makes."""

    dataset: str = Field(description="Its name, with hyphens.", pattern=r"^[a-z][a-z0-9-]*$")
    every: Literal["day", "week", "month", "quarter", "year"] = Field(
        "month", description="How often it is made."
    )
    columns: Named[Expression] = Field(
        description="Column and what is in it, made general enough: `month(started)`, "
        "`ward(address)`, `band(age, 18, 65)`, an answer, `state`, or `never`.",
        min_length=1,
    )
    disclosure: Literal["counts", "rows"] = Field(
        "counts",
        description="`counts`: how many of each combination. `rows`: one row a case.",
    )
    threshold: int = Field(
        5, ge=0, le=1000, description="In counts, numbers under this are not shown."
    )


class DataSpec(Spec):
    """What the law asks of the data, and what is published."""

    lawful_basis: Literal[
        "public task",
        "legal obligation",
        "contract",
        "consent",
        "vital interests",
        "legitimate interests",
    ] = Field(description="Under UK GDPR article 6.")
    keep: Annotated[str, AfterValidator(_keep)] = Field(
        description="How long, such as `1 year after end`.", examples=["6 years after end"]
    )
    then: Literal["anonymise", "delete"] = Field("anonymise", description="And then.")
    publish: PublishSpec | None = Field(None, description="The open data set.")


class PlaceSpec(Spec):
    """Where the case is."""

    answer: Id = Field(description="The question (address or location) that says where.")
    public: bool = Field(False, description="May be shown on the public map.")
    duplicates_within: int | None = Field(
        None, ge=1, le=5000, description="Metres within which another report may be the same."
    )


class Open311State(Spec):
    """One state over Open311."""

    status: Literal["open", "closed"] = Field(description="Open or closed.")
    extended: str = Field("", description="The extended status.")


class Open311Spec(Spec):
    """How the service appears over Open311."""

    code: str = Field(description="The service code.")
    group: str = Field("", description="The group it is listed in.")
    keywords: Annotated[list[str], BeforeValidator(one_or_more)] = Field(
        default_factory=list, description="Words to find it by."
    )
    order: int = Field(0, description="Its place in the list.")
    states: Named[Open311State] = Field(
        default_factory=dict, description="Each state as open or closed; open unless it ends."
    )


class FollowsSpec(Spec):
    """The service carries on from a case of another service: a renewal, a second stage."""

    service: Id = Field(description="The service that came before.")
    prefill: Named[Id] = Field(
        default_factory=dict, description="Our question: the question there that suggests it."
    )


class ExampleMove(Spec):
    """A move in an example. `book_a_crew` is short for `{move: book_a_crew}`."""

    move: Id = Field(description="The move.")
    by: Id | None = Field(None, description="Who makes it; the first of its `by:` where not said.")
    on: str | None = Field(
        None, description="The day (2026-03-12); the day before's where not said."
    )
    answers: dict[str, Any] = Field(default_factory=dict, description="What it needed.")
    reason: str = Field("", description="The reason given, for the reader.")
    message: str = Field("", description="The message sent, for the reader.")


def _example_move(value: Any) -> Any:
    return {"move": value} if isinstance(value, str) else value


class Expect(Spec):
    """What must come out."""

    asked: IdList | None = Field(None, description="The questions on the way, in order.")
    stop: Id | None = Field(None, description="The stop page reached.")
    state: Id | None = Field(None, description="The state at the end.")
    fee: Expression = Field("", description="The fee in pounds; 0 for none.")
    sent: Annotated[list[Id], BeforeValidator(one_or_more)] | None = Field(
        None, description="The messages sent, in order."
    )
    finish_by: str | None = Field(None, description="The promised day (2026-03-16).")
    urgent: bool | None = Field(None, description="Whether it is urgent.")
    work_out: dict[str, Any] = Field(default_factory=dict, description="Worked out values.")
    published: dict[str, Any] | None = Field(None, description="The row for the data set.")


class ExampleSpec(Spec):
    """A test of the service, which is also how a reader sees what it does."""

    name: str = Field(description="What happens, in a few words.")
    today: str = Field(description="The day it happens (2026-03-11).")
    at: str = Field("10:00", pattern=r"^\d\d:\d\d$", description="The time of day.")
    holidays: list[str] = Field(default_factory=list, description="Days that are no working days.")
    local: dict[str, Any] = Field(default_factory=dict, description="Local values, if others.")
    answers: dict[str, Any] = Field(default_factory=dict, description="What the person answers.")
    fakes: dict[str, Any] = Field(
        default_factory=dict,
        description="What look-ups give, by connector or by look-up id; `fails` if it fails.",
    )
    moves: list[Annotated[ExampleMove, BeforeValidator(_example_move)]] = Field(
        default_factory=list, description="What happens to the case then."
    )
    expect: Expect = Field(description="What must come out.")


class ServiceFile(Spec):
    """One service, whole."""

    moothall: Literal[1] = Field(description="Version of this language.")
    service: Id = Field(description="The service's id.", examples=["missed_bin"])
    version: Version = Field(description="Version of the service: major.minor.patch.")
    name: Words = Field(description="What residents call it.", examples=["Report a missed bin"])
    summary: Words = Field(description="What it does, in a sentence or two.")
    kind: Literal["report", "apply", "book", "pay", "register", "ask", "assess"] = Field(
        description="What the person does."
    )
    lgsl: int | None = Field(
        None, ge=1, description="Number in the Local Government Services List."
    )
    topic: Id | None = Field(None, description="Where it is listed.", examples=["waste"])
    keywords: Annotated[list[str], BeforeValidator(one_or_more)] = Field(
        default_factory=list, description="Other words that people search with."
    )
    owner: Id = Field(description="The team whose work it is.")
    sign_in: Literal["not needed", "optional", "required"] = Field(
        "not needed", description="Whether the applicant signs in."
    )
    channels: Annotated[list[Channel], BeforeValidator(one_or_more)] = Field(
        default_factory=lambda: list[Channel](["online", "phone", "desk"]),
        description="Where it can be used.",
        min_length=1,
    )
    audience: Literal["public", "staff", "care"] = Field("public", description="For whom it is.")
    local: Named[LocalSpec] = Field(
        default_factory=dict, description="The values a council may change."
    )
    before_you_start: Words = Field(
        "", description="What you need, how long it takes, what it costs (Markdown)."
    )
    what_happens_next: Words = Field("", description="On the confirmation page (Markdown).")
    pages: list[Page] = Field(description="The form, in order.", min_length=1)
    work_out: Named[Annotated[WorkOutSpec, BeforeValidator(_work_out)]] = Field(
        default_factory=dict, description="Named values."
    )
    fee: FeeSpec | None = Field(None, description="What it costs.")
    case: CaseSpec = Field(description="What happens after the form.")
    tell: Named[TellSpec] = Field(default_factory=dict, description="Who is told what, when.")
    access: AccessSpec | None = Field(None, description="Who may see and do what.")
    data: DataSpec = Field(description="Law, keeping and publishing.")
    place: PlaceSpec | None = Field(None, description="Where the case is.")
    open311: Open311Spec | None = Field(None, description="How it appears over Open311.")
    follows: FollowsSpec | None = Field(None, description="The service it carries on from.")
    examples: list[ExampleSpec] = Field(default_factory=list, description="Its tests.")


class OverlayFile(Spec):
    """A council's adoption of a service: its local values and its own words; never a copy."""

    moothall: Literal[1] = Field(description="Version of this language.")
    uses: str = Field(
        description="The service and the versions that will do: `missed_bin@1.2` takes 1.2 and "
        "later, before 2.0; `missed_bin@1.2.3` takes just that.",
        pattern=r"^[a-z][a-z0-9_]*@\d+(\.\d+){0,2}$",
    )
    local: dict[str, Any] = Field(default_factory=dict, description="Local values.")
    teams: Named[Id] = Field(
        default_factory=dict, description="The service's team: the role that plays it here."
    )
    text: dict[str, Words] = Field(
        default_factory=dict,
        description="The council's own words, by path.",
        examples=[{"pages.too_late.say": "Ring us on 01632 960000."}],
    )
    channels: Annotated[list[Channel], BeforeValidator(one_or_more)] | None = Field(
        None, description="Fewer channels than the service has."
    )


class TranslatedText(Spec):
    """One text in the other language. A bare text is short for `{text: …}`."""

    text: str = Field(description="The words.")
    of: str = Field(
        "",
        pattern=r"^([0-9a-f]{8})?$",
        description="First 8 characters of the SHA-256 of the words it translates.",
    )


def _translated(value: Any) -> Any:
    return {"text": value} if isinstance(value, str) else value


class TranslationFile(Spec):
    """The words of a service in another language: `service.cy.yaml`."""

    moothall: Literal[1] = Field(description="Version of this language.")
    language: Literal["cy"] = Field(description="Which language.")
    service: Id = Field(description="The service it belongs to.")
    text: dict[str, Annotated[TranslatedText, BeforeValidator(_translated)]] = Field(
        description="Path and words.", examples=[{"name": {"text": "…", "of": "0f3c9a21"}}]
    )
