"""Pages: ask, look up, show, stop, repeat, section."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from moothall.language.models.base import Expression, Id, IdList, Named, Spec, Words
from moothall.language.models.questions import QuestionSpec

KINDS = ("ask", "look_up", "show", "stop", "repeat", "section")


class AskPage(QuestionSpec):
    """A page that asks one question. The page's id is the question's id."""


class AskTogetherPage(Spec):
    """A page that asks a few questions that belong together, such as name and email."""

    ask: Id = Field(description="The page's id.", examples=["contact"])
    title: Words = Field(description="The page's heading.", examples=["How can we reach you?"])
    say: Words = Field("", description="Words above the questions (Markdown).")
    questions: list[QuestionSpec] = Field(min_length=1, description="The questions, in order.")
    when: Expression = Field("", description="Shown only when this is true.")


class GivesOneOf(Spec):
    """A value that is one of a few."""

    one_of: IdList = Field(description="The values that can come back.", examples=["[none, late]"])
    always: bool = Field(True, description="false: may be missing even when the look-up works.")


class GivesType(Spec):
    """A value of a plain type."""

    type: Literal[
        "text", "whole number", "number", "money", "date", "time", "yes or no", "list of text"
    ] = Field(description="What kind of value.")
    always: bool = Field(True, description="false: may be missing even when the look-up works.")


def _gives_tag(value: Any) -> str:
    if isinstance(value, GivesOneOf) or (isinstance(value, dict) and "one_of" in value):
        return "gives:one_of"
    return "gives:type"


def _gives(value: Any) -> Any:
    return {"type": value} if isinstance(value, str) else value


Gives = Annotated[
    Annotated[GivesOneOf, Tag("gives:one_of")] | Annotated[GivesType, Tag("gives:type")],
    Discriminator(_gives_tag),
    BeforeValidator(_gives),
]


class LookUpPage(Spec):
    """Ask another system. The person sees nothing unless it fails and we cannot go on."""

    look_up: Id = Field(description="The look-up's id; values are read as `id.value`.")
    source: str = Field(
        alias="from",
        description="Name of the connector. Never an address, never a secret.",
        examples=["waste.last_collection"],
    )
    argument: Expression = Field(
        alias="with", description="What is sent: an answer or an expression.", examples=["address"]
    )
    gives: Named[Gives] = Field(
        description="What comes back: `{name: type}` or `{name: {one_of: [a, b]}}`."
    )
    if_it_fails: Literal["carry on", "stop"] = Field(
        "carry on",
        description="`carry on`: its values may be missing. `stop`: the form ends with `title` "
        "and `say`.",
    )
    title: Words = Field("", description="Heading of the page shown when it fails and we stop.")
    say: Words = Field("", description="What the person can do when it fails and we stop.")
    offline: bool = Field(False, description="The answer is carried on the device.")
    when: Expression = Field("", description="Looked up only when this is true.")


class ShowPage(Spec):
    """A page that only tells. Nothing to answer."""

    show: Id = Field(description="The page's id.")
    title: Words = Field(description="The page's heading.")
    say: Words = Field(description="What it says (Markdown).")
    when: Expression = Field("", description="Shown only when this is true.")


class StopPage(Spec):
    """A page that ends the form kindly: why, and what the person can do."""

    stop: Id = Field(description="The page's id, which names the reason.", examples=["too_late"])
    when: Expression = Field("", description="Reached only when this is true.")
    title: Words = Field(description="The page's heading: why we stop.")
    say: Words = Field(description="What the person can do now (Markdown).")
    instead: Id | None = Field(None, description="Another service that helps here, by its id.")


class RepeatPage(Spec):
    """Several of a thing: the same questions for each. Each row is summarised on one line."""

    repeat: Id = Field(description="The repeat's id; rows are counted with `count(id)`.")
    title: Words = Field(description="The heading.", examples=["What should we collect?"])
    say: Words = Field("", description="Words above the rows (Markdown).")
    one: Words = Field("item", description="What one row is called.", examples=["item"])
    row: Words = Field("", description="One row in a line.", examples=["{kind}: {notes}"])
    questions: list[QuestionSpec] = Field(min_length=1, description="Asked for each row.")
    at_least: Expression = Field("1", description="Fewest rows.")
    at_most: Expression = Field("20", description="Most rows (100 at the very most).")
    optional: bool = Field(False, description="May have no row at all.")
    when: Expression = Field("", description="Asked only when this is true.")


class SectionPage(Spec):
    """A named part of a long form; makes the task list."""

    section: Id = Field(description="The section's id.")
    title: Words = Field(description="Its name in the task list.")
    pages: list[Page] = Field(min_length=1, description="The pages of this part.")
    when: Expression = Field("", description="Only when this is true.")


def page_tag(value: Any) -> str | None:
    """Which kind of page a block is, by its first telling key."""
    if not isinstance(value, dict):
        for kind in KINDS:
            if hasattr(value, kind):
                if kind == "ask":
                    return "page:questions" if hasattr(value, "questions") else "page:ask"
                return f"page:{kind}"
        return None
    found = [kind for kind in KINDS if kind in value]
    if not found:
        return None
    if found[0] == "ask":
        return "page:questions" if "questions" in value else "page:ask"
    return f"page:{found[0]}"


Page = Annotated[
    Annotated[AskPage, Tag("page:ask")]
    | Annotated[AskTogetherPage, Tag("page:questions")]
    | Annotated[LookUpPage, Tag("page:look_up")]
    | Annotated[ShowPage, Tag("page:show")]
    | Annotated[StopPage, Tag("page:stop")]
    | Annotated[RepeatPage, Tag("page:repeat")]
    | Annotated[SectionPage, Tag("page:section")],
    Discriminator(page_tag),
]
