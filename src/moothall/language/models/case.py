"""The case: its states, the moves between them, its clock; the fee; what is told; who may see."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from moothall.language.models.base import (
    Duration,
    Expression,
    Id,
    IdList,
    Named,
    Spec,
    Words,
    one_or_more,
    unless_dict,
)
from moothall.language.models.questions import QuestionSpec


def _share(value: Any) -> Any:
    """`75%` and `75` are the same."""
    if isinstance(value, str) and value.endswith("%") and value[:-1].isdigit():
        return int(value[:-1])
    return value


Share = Annotated[int, BeforeValidator(_share)]


class Expires(Spec):
    """What the clock does with a case that waits too long in a state."""

    after: Duration | None = Field(
        None, description="This long after the case came into the state.", examples=[{"days": 28}]
    )
    on: Expression = Field("", description="Or on a date.", examples=["add_months(started, 12)"])
    move: Id = Field(description="The move that the clock makes (its `by:` must have `clock`).")

    @model_validator(mode="after")
    def _after_or_on(self) -> Self:
        if bool(self.after) == bool(self.on):
            raise PydanticCustomError("after_or_on", "give either after or on", {})
        return self


class StateSpec(Spec):
    """A state of the case. `reported: Reported` is short for `reported: {label: Reported}`."""

    label: Words = Field(description="What the resident reads.", examples=["Crew booked"])
    say: Words = Field("", description="What it means and what happens next (Markdown).")
    ends: Literal["done", "refused", "withdrawn", "expired", "moved on"] | None = Field(
        None,
        description="The case ends here, and how: our promise is kept or over. With `expires`, what it "
        "gave is in force and still runs out (a permit).",
    )
    clock: Literal["running", "paused"] = Field(
        "running", description="`paused`: time here does not count against the promise."
    )
    waits_for: Literal["staff", "applicant", "someone else"] = Field(
        "staff", description="Whose turn it is. An applicant who is waited for must have a move."
    )
    expires: Expires | None = Field(None, description="What happens if it waits too long.")


State = Annotated[StateSpec, BeforeValidator(unless_dict("label"))]


class MoveSpec(Spec):
    """A step from one state to another."""

    label: Words = Field(
        "", description="The button. The id in words where not said.", examples=["Book a crew"]
    )
    source: IdList = Field(alias="from", description="The state or states it starts from.")
    to: Id = Field(description="The state it leads to.")
    by: Annotated[list[Id], BeforeValidator(one_or_more)] = Field(
        description="Who may: teams, `applicant`, `system` or `clock`.", min_length=1
    )
    when: Expression = Field("", description="Possible only when this is true.")
    needs: Annotated[list[Id], BeforeValidator(one_or_more)] = Field(
        default_factory=list,
        description="What must be given: `reason`, `message` (to the applicant), `photo`, or a "
        "question of `case.ask` or of the form.",
    )
    offline: bool = Field(False, description="Can be made in the field with no signal.")


class WorkingHours(Spec):
    """The working day, for promises in working hours."""

    start: str = Field("09:00", alias="from", pattern=r"^\d\d:\d\d$", description="Opens.")
    end: str = Field("17:00", alias="to", pattern=r"^\d\d:\d\d$", description="Closes.")


class Urgent(Spec):
    """When a case cannot wait as long as the others."""

    when: Expression = Field(description="Urgent when this is true.")
    finish_within: Duration | None = Field(
        None, description="The shorter promise; the same as for others where not said."
    )
    why: Words = Field("", description="What staff read beside it.")


class ClockSpec(Spec):
    """The promise."""

    finish_within: Duration = Field(
        description="How soon we promise to finish.", examples=[{"working_days": 3}]
    )
    calendar: str = Field(
        "council",
        description="Which holidays are not working days: `council`, `england-and-wales`, "
        "`scotland`, `northern-ireland`, `any-uk` (a holiday anywhere in the UK, as the Freedom "
        "of Information Act says), or `local.name`.",
    )
    day_zero: Literal["the day it starts", "the day before"] = Field(
        "the day it starts",
        description="The day that counts as nought. `the day it starts`: the next working day is "
        "day one. `the day before`: the day it starts is day one, if it is a working day.",
    )
    cut_off: str = Field(
        "",
        pattern=r"^(\d\d:\d\d)?$",
        description="Started after this time of day counts as started the next working day.",
        examples=["16:00"],
    )
    working_hours: WorkingHours = Field(
        default_factory=WorkingHours, description="The working day."
    )
    warn_at: Share = Field(
        75, ge=1, le=99, description="Per cent of the time after which staff are warned."
    )
    urgent: Urgent | None = Field(None, description="A shorter promise for some.")


class CaseSpec(Spec):
    """What happens after the form."""

    starts: Id = Field(description="The state a new case is in.")
    states: Named[State] = Field(description="The states, in their usual order.", min_length=1)
    moves: Named[MoveSpec] = Field(default_factory=dict, description="The steps between states.")
    clock: ClockSpec | None = Field(None, description="The promise.")
    ask: list[QuestionSpec] = Field(
        default_factory=list,
        description="Questions that are answered when a move needs them, by whoever makes it.",
    )


def _refund(value: Any) -> Any:
    return "fee" if value == "all" else value


class FeeLine(Spec):
    """One line of the fee."""

    label: Words = Field(description="What it is for.")
    amount: Expression = Field(
        description="How much, in pounds.", examples=["12.50 * count(items)"]
    )
    when: Expression = Field("", description="Only when this is true.")


class FeeSpec(Spec):
    """What it costs. Give `amount` or `lines`."""

    amount: Expression = Field("", description="How much, in pounds.", examples=["price", "12.50"])
    label: Words = Field("", description="What the fee is for, where it is one amount.")
    lines: list[FeeLine] = Field(default_factory=list, description="The fee in lines.")
    taken: Literal["before", "on approval"] = Field(
        "before",
        description="`before`: the case waits until it is paid. `on approval`: when the case "
        "comes into `state`.",
    )
    state: Id | None = Field(None, description="The state that asks for it, if on approval.")
    waived_when: Expression = Field("", description="Nothing to pay when this is true.")
    by_phone: bool = Field(True, description="Can be taken over the phone.")
    vat: Literal["outside the scope", "exempt", "zero rated", "standard rated"] = Field(
        "outside the scope", description="How it is treated for VAT; the amount includes it."
    )
    refund: Named[Annotated[Expression, BeforeValidator(_refund)]] = Field(
        default_factory=dict,
        description="Money back on a move: `{move: all}` or `{move: amount}`.",
        examples=[{"cancel": "all", "cancel_late": "fee / 2"}],
    )
    refund_says: Words = Field("", description="The refund rule in words.")
    abandoned_after: Duration = Field(
        default_factory=lambda: Duration(hours="24"),
        description="An unpaid case is given up after this long.",
    )
    if_slot_lost: Literal["rebook", "refund"] = Field(
        "rebook", description="Paid, but the slot was gone: offer another, or pay back."
    )

    @model_validator(mode="after")
    def _amount_or_lines(self) -> Self:
        if bool(self.amount) == bool(self.lines):
            raise PydanticCustomError("amount_or_lines", "give either amount or lines", {})
        if (self.taken == "on approval") != (self.state is not None):
            raise PydanticCustomError("fee_state", "say state with taken: on approval", {})
        return self


class TellWhen(Spec):
    """When a message goes. `when: starts` is short for `when: {starts: true}`."""

    starts: bool = Field(False, description="When the case starts (and is paid, if it must be).")
    state: Id | None = Field(None, description="When the case comes into this state.")
    clock: Share | None = Field(
        None, ge=1, le=200, description="When this per cent of the promised time has gone."
    )
    move: Id | None = Field(None, description="When this move is made.")
    days_before_expiry: int | None = Field(
        None, ge=0, le=400, description="Days before the state the case is in expires."
    )

    @property
    def mark(self) -> str:
        """The moment in the form that `messages_due` takes, such as `state:booked`."""
        if self.state is not None:
            return f"state:{self.state}"
        if self.clock is not None:
            return f"clock:{self.clock}"
        if self.move is not None:
            return f"move:{self.move}"
        if self.days_before_expiry is not None:
            return f"expiry:{self.days_before_expiry}"
        return "starts"

    @model_validator(mode="after")
    def _one_moment(self) -> Self:
        given = [
            self.starts,
            *(v is not None for v in (self.state, self.clock, self.move, self.days_before_expiry)),
        ]
        if sum(given) != 1:
            raise PydanticCustomError("one_moment", "give exactly one moment", {})
        return self


def _tell_when(value: Any) -> Any:
    if value == "starts":
        return {"starts": True}
    return value


class TellSpec(Spec):
    """One message."""

    to: str = Field(description="`applicant`, a team, or a party.", examples=["applicant"])
    when: Annotated[TellWhen, BeforeValidator(_tell_when)] = Field(
        description="`starts`, `{state: booked}`, `{move: ask_for_more}`, `{clock: 75%}` or `{days_before_expiry: 28}`."
    )
    by: Annotated[list[Literal["email", "text", "letter"]], BeforeValidator(one_or_more)] = Field(
        description="By which means, best first; the first that we have an address for is used.",
        min_length=1,
    )
    subject: Words = Field("", description="Subject of an email or heading of a letter.")
    say: Words = Field(description="The message, with `{names}`.")
    only_if: Expression = Field("", description="Sent only when this is true.")


RowScope = Literal["own_team", "own_ward", "allocated", "restricted", "all"]


class TeamAccess(Spec):
    """What one team may see and do."""

    sees: Annotated[list[Id], BeforeValidator(one_or_more)] = Field(
        default_factory=list,
        description="Ids of questions, or `all`: all but the sensitive ones and those of "
        "`nobody_but`.",
    )
    moves: Annotated[list[Id], BeforeValidator(one_or_more)] | None = Field(
        None, description="Of the moves whose `by:` names the team, only these. Not said: all."
    )
    rows: Annotated[list[RowScope], BeforeValidator(one_or_more)] = Field(
        default_factory=lambda: list[RowScope](["own_team"]),
        description="Which cases: of the own team, of the own ward (councillors), allocated to "
        "the person, restricted ones too, or all.",
    )


class Party(Spec):
    """Someone a case is about, or who speaks for another."""

    label: Words = Field(description="What the party is called.", examples=["Carer"])
    name: Id | None = Field(None, description="The question that gives the name.")
    email: Id | None = Field(None, description="The question that gives the email address.")
    phone: Id | None = Field(None, description="The question that gives the phone number.")
    address: Id | None = Field(None, description="The question that gives the address.")
    speaks_for: IdList = Field(default_factory=list, description="Parties it may speak for.")
    when: Expression = Field("", description="Part of the case only when this is true.")


class AccessSpec(Spec):
    """Who may see and do what. What is not given is denied."""

    teams: Named[TeamAccess] = Field(
        default_factory=dict, description="By team (or job: `adviser`, `councillor`)."
    )
    nobody_but: Named[IdList] = Field(
        default_factory=dict, description="Sensitive answers and the only teams that see them."
    )
    log_reads: bool = Field(True, description="Keep a log of who read a case.")
    parties: Named[Party] = Field(
        default_factory=dict, description="applicant, agent, carer, subject and who they are."
    )
