"""A compiled service: what a service file says, ready to decide with. Immutable."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moothall.language.models import (
    AccessSpec,
    CaseSpec,
    DataSpec,
    ErrorTexts,
    ExampleSpec,
    FeeSpec,
    Limits,
    PlaceSpec,
    QuestionSpec,
    ServiceFile,
    SlotSource,
    StateSpec,
    TellSpec,
)

if TYPE_CHECKING:
    from moothall.language.expressions import Expression, Rules, Scope


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose."""

    id: str
    label: str
    hint: str = ""
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """A question. Its words in a language: `service.text(f"{question.path}.label", lang)`."""

    id: str  # a row's question is "items.kind"
    field: str  # the same without the repeat: "kind"
    path: str  # "pages.bin"
    type: str
    label: str
    short: str
    hint: str
    help: str
    optional: bool
    personal: str | None
    options: Mapping[str, Option]
    limits: Limits
    prefill: Expression | None
    error: ErrorTexts
    slots: SlotSource | None
    row_of: str | None
    page: str  # id of the page that asks it, "" for `case.ask`
    stage: str  # "form" or "case"
    when: Expression | None
    spec: QuestionSpec
    bounds: Mapping[str, Expression] = dataclasses.field(
        default_factory=dict
    )  # at_least, …, must, places


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the form, sections opened out. `when` has the section's condition in it."""

    kind: str  # ask, look_up, show, stop, repeat
    id: str
    path: str
    title: str
    say: str
    questions: tuple[str, ...]
    when: Expression | None
    section: str | None
    spec: Any
    argument: Expression | None = None  # of a look-up
    at_least: Expression | None = None  # of a repeat
    at_most: Expression | None = None
    index: int = 0

    @property
    def slug(self) -> str:
        """The page's part of the address."""
        return self.id.replace("_", "-")


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a long form."""

    id: str
    title: str
    path: str


@dataclass(frozen=True, slots=True)
class State:
    """A state of the case."""

    id: str
    label: str
    say: str
    ends: str | None
    clock_paused: bool
    waits_for: str
    expires: Any
    spec: StateSpec


@dataclass(frozen=True, slots=True)
class Move:
    """A step between states."""

    id: str
    label: str
    from_states: tuple[str, ...]
    to: str
    by: tuple[str, ...]
    when: Expression | None
    needs: tuple[str, ...]
    offline: bool


@dataclass(frozen=True, slots=True)
class WorkedOut:
    """A named value."""

    id: str
    label: str
    expression: Expression
    rows: tuple[tuple[Expression | None, Expression], ...] = ()  # of a table: test and value


@dataclass(frozen=True, eq=False)
class Service:
    """One service at one version, resolved (overlay and translations in it) and compiled.

    `canonical` is the stored form; `sha256` its fingerprint; `Service.from_canonical` brings it
    back. `file` is the model it was made from. `tell`, `access`, `data`, `place`, `fee` and
    `examples` are parts of that model; the functions of this room decide over them.
    """

    id: str
    version: str
    name: str
    summary: str
    kind: str
    lgsl: int | None
    owner: str
    sign_in: str
    channels: tuple[str, ...]
    audience: str
    canonical: str
    sha256: str
    languages: tuple[str, ...]
    questions: Mapping[str, Question]
    pages: tuple[Page, ...]
    sections: Mapping[str, Section]
    states: Mapping[str, State]
    moves: Mapping[str, Move]
    local: Mapping[str, Any]
    worked_out: Mapping[str, WorkedOut]
    expressions: Mapping[str, Expression]  # every compiled expression by path
    texts: Mapping[str, str]  # every translatable text by path
    translations: Mapping[str, Mapping[str, str]]
    stale: Mapping[str, Mapping[str, str]]  # lang -> path -> "stale" | "missing" | "unchecked"
    file: ServiceFile
    rules: Rules
    scope: Scope  # all names, as texts and moves see them
    uses: str = ""  # "missed_bin@1.2" where it was adopted through an overlay
    memory: dict[Any, Any] = dataclasses.field(default_factory=dict, repr=False)  # parsed texts

    @property
    def slug(self) -> str:
        """The id with hyphens, as in addresses."""
        return self.id.replace("_", "-")

    @property
    def case(self) -> CaseSpec:
        """The `case` block."""
        return self.file.case

    @property
    def fee(self) -> FeeSpec | None:
        """The `fee` block. `language.fee()` works it out."""
        return self.file.fee

    @property
    def data(self) -> DataSpec:
        """The `data` block."""
        return self.file.data

    @property
    def access(self) -> AccessSpec | None:
        """The `access` block. `language.fields_seen()` decides by it."""
        return self.file.access

    @property
    def place(self) -> PlaceSpec | None:
        """The `place` block."""
        return self.file.place

    @property
    def tell(self) -> Mapping[str, TellSpec]:
        """The messages by id."""
        return self.file.tell

    @property
    def examples(self) -> tuple[ExampleSpec, ...]:
        """The examples."""
        return tuple(self.file.examples)

    @property
    def before_you_start(self) -> str:
        """Markdown for the start page, in English, unrendered."""
        return self.file.before_you_start

    @property
    def calendar_name(self) -> str:
        """Which calendar to put in `Facts.calendar`."""
        clock = self.file.case.clock
        name = clock.calendar if clock else "council"
        if name.startswith("local."):
            return str(self.local.get(name.removeprefix("local."), "council"))
        return name

    def text(self, path: str, lang: str = "en") -> str:
        """The words at `path` in `lang`; the English ones where there is no translation."""
        found = self.translations.get(lang)
        if found is not None and path in found:
            return found[path]
        return self.texts.get(path, "")

    def page(self, page_id: str) -> Page | None:
        """The page with that id, hyphens or underscores."""
        wanted = page_id.replace("-", "_")
        return next((page for page in self.pages if page.id == wanted), None)

    @staticmethod
    def from_canonical(json_text: str) -> Service:
        """The service that was stored as `service.canonical`. Needs no YAML.

        Raises ServiceFileError if the text is no definition that this version can read.
        """
        from moothall.language.load import service_from_canonical

        return service_from_canonical(json_text)

    def with_local(self, values: Mapping[str, Any]) -> Service:
        """The same service with other local values, for examples and what-if."""
        from moothall.language.load import service_with_local

        return service_with_local(self, values)
