"""Compiles what happens after the form: states, moves, clock, fee, messages, access, data."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from moothall.language.compiler.pages import compile_question, type_of
from moothall.language.compiler.work import Work
from moothall.language.expressions import Scope
from moothall.language.expressions.values import parse_date
from moothall.language.models import Duration, MoveSpec
from moothall.language.service import Move, State

ACTORS = frozenset({"applicant", "system", "clock"})
NEEDS = frozenset({"reason", "message", "photo"})
PARTIES = frozenset({"applicant", "agent", "carer", "subject"})


def compile_case(work: Work) -> tuple[dict[str, State], dict[str, Move]]:
    """Compile the `case` block; its questions join the names that moves and texts may use."""
    for spec in work.file.case.ask:
        path = f"case.ask.{spec.ask}"
        scope = work.case_scope()
        when = work.compile(spec.when, scope, f"{path}.when", "bool")
        question = compile_question(work, spec, path, scope, page="", when=when, stage="case")
        work.names[spec.ask] = type_of(question).maybe()
    scope = work.case_scope()
    states = _states(work, scope)
    moves = {name: _move(work, name, spec, scope) for name, spec in work.file.case.moves.items()}
    _clock(work, replace(scope, facts={k: v for k, v in scope.facts.items() if k != "finish_by"}))
    return states, moves


def _states(work: Work, scope: Scope) -> dict[str, State]:
    case = work.file.case
    _known_state(work, case.starts, "case.starts")
    out: dict[str, State] = {}
    for name, spec in case.states.items():
        path = f"case.states.{name}"
        if spec.expires is not None:
            here = f"{path}.expires"
            if spec.expires.after is not None:
                _duration(work, spec.expires.after, f"{here}.after", scope)
            work.compile(spec.expires.on, scope, f"{here}.on", "date", optional=True)
            move = case.moves.get(spec.expires.move)
            if move is None:
                _unknown(work, f"{here}.move", "move", spec.expires.move, list(case.moves))
            elif "clock" not in move.by or name not in move.source:
                work.problem("expires.move", f"{here}.move",
                             f"The clock cannot make the move `{spec.expires.move}` from `{name}`.",
                             f"Give that move `from: {name}` and `by: clock`.")  # fmt: skip
        out[name] = State(name, spec.label, spec.say, spec.ends, spec.clock == "paused",
                          spec.waits_for, spec.expires, spec)  # fmt: skip
    return out


def _move(work: Work, name: str, spec: MoveSpec, scope: Scope) -> Move:
    path = f"case.moves.{name}"
    for state in spec.source:
        _known_state(work, state, f"{path}.from")
        found = work.file.case.states.get(state)
        # What has ended and still runs out (a permit in force) may be given up before.
        over = found is not None and found.ends is not None and found.expires is None
        if over and "clock" not in spec.by and "applicant" in spec.by:
            work.problem("move.ended", f"{path}.from", f"`{state}` has ended, so an applicant cannot go on.",
                         "Open a new case (`follows:`), or let staff make the move.", "warning")  # fmt: skip
    _known_state(work, spec.to, f"{path}.to")
    for need in spec.needs:
        question = work.questions.get(need)
        if need not in NEEDS and (question is None or question.row_of):
            _unknown(work, f"{path}.needs", "need", need, [*sorted(NEEDS), *work.questions])
    when = work.compile(spec.when, scope, f"{path}.when", "bool")
    label = spec.label or name.replace("_", " ").capitalize()
    return Move(name, label, tuple(spec.source), spec.to, tuple(spec.by), when,
                tuple(spec.needs), spec.offline)  # fmt: skip


def _known_state(work: Work, name: str, path: str) -> None:
    if name not in work.file.case.states:
        _unknown(work, path, "state", name, list(work.file.case.states))


def _unknown(work: Work, path: str, what: str, name: str, known: list[str]) -> None:
    near = get_close_matches(name, known, n=1, cutoff=0.6)
    mend = f"Did you mean `{near[0]}`?" if near else f"There are: {', '.join(known) or 'none'}."
    work.problem(f"unknown.{what}", path, f"There is no {what} called `{name}`.", mend)


def _duration(work: Work, duration: Duration, path: str, scope: Scope) -> None:
    work.compile(duration.amount, scope, f"{path}.{duration.unit}", "whole")


def _clock(work: Work, scope: Scope) -> None:
    clock = work.file.case.clock
    if clock is None:
        return
    path = "case.clock"
    _duration(work, clock.finish_within, f"{path}.finish_within", scope)
    if clock.urgent is not None:
        work.compile(clock.urgent.when, scope, f"{path}.urgent.when", "bool")
        if clock.urgent.finish_within is not None:
            _duration(work, clock.urgent.finish_within, f"{path}.urgent.finish_within", scope)
    known = ("council", "england-and-wales", "scotland", "northern-ireland", "any-uk")
    if clock.calendar.startswith("local."):
        local = work.file.local.get(clock.calendar.removeprefix("local."))
        if local is None or local.type != "calendar":
            work.problem("clock.calendar", f"{path}.calendar", f"`{clock.calendar}` is not a calendar.",
                         "It needs a local value of type calendar.")  # fmt: skip
    elif clock.calendar not in known:
        _unknown(work, f"{path}.calendar", "calendar", clock.calendar, [*known, "local.name"])
    hours = clock.working_hours
    for text in (hours.start, hours.end, clock.cut_off):
        if text and not ("00:00" <= text <= "23:59" and text[3:] < "60"):
            work.problem(
                "clock.time", path, f"`{text}` is not a time of day.", 'Write it as "16:00".'
            )
    if hours.end <= hours.start:
        work.problem("clock.hours", f"{path}.working_hours", "The working day ends before it starts.",
                     'Write {from: "09:00", to: "17:00"}.')  # fmt: skip


def compile_fee(work: Work) -> None:
    """Compile the `fee` block."""
    fee = work.file.fee
    if fee is None:
        return
    scope = work.scope()
    work.compile(fee.amount, scope, "fee.amount", "money")
    for index, line in enumerate(fee.lines):
        work.compile(line.amount, scope, f"fee.lines.{index}.amount", "money")
        work.compile(line.when, scope, f"fee.lines.{index}.when", "bool")
    work.compile(fee.waived_when, scope, "fee.waived_when", "bool")
    if fee.state is not None:
        _known_state(work, fee.state, "fee.state")
    case_scope = work.case_scope()
    for move, amount in fee.refund.items():
        if move not in work.file.case.moves:
            _unknown(work, f"fee.refund.{move}", "move", move, list(work.file.case.moves))
        work.compile(amount, case_scope, f"fee.refund.{move}", "money")
    _duration(work, fee.abandoned_after, "fee.abandoned_after", scope)


def compile_tell(work: Work) -> None:
    """Compile the messages."""
    scope = work.case_scope()
    parties = set(work.file.access.parties) if work.file.access else set()
    expiring = any(state.expires for state in work.file.case.states.values())
    for name, spec in work.file.tell.items():
        path = f"tell.{name}"
        work.compile(spec.only_if, scope, f"{path}.only_if", "bool")
        if spec.when.state is not None:
            _known_state(work, spec.when.state, f"{path}.when")
        if spec.when.move is not None and spec.when.move not in work.file.case.moves:
            _unknown(work, f"{path}.when", "move", spec.when.move, list(work.file.case.moves))
        if spec.when.clock is not None and work.file.case.clock is None:
            work.problem("tell.clock", f"{path}.when", "There is no clock to have a share of.",
                         "Add `case: clock:`, or choose another moment.")  # fmt: skip
        if spec.when.days_before_expiry is not None and not expiring:
            work.problem("tell.expiry", f"{path}.when", "No state expires.",
                         "Add `expires:` to a state, or choose another moment.")  # fmt: skip
        if spec.to in PARTIES and spec.to != "applicant" and spec.to not in parties:
            work.problem("tell.to", f"{path}.to", f"The party `{spec.to}` is not described.",
                         f"Add access: parties: {spec.to}: with its label and email question.")  # fmt: skip
        if "email" in spec.by and not spec.subject:
            work.problem("tell.subject", path, f"The message `{name}` goes by email and has no subject.",
                         "Add `subject:`.")  # fmt: skip


def compile_access(work: Work) -> None:
    """Check the names in `access` and compile its conditions."""
    access = work.file.access
    if access is None:
        return
    known = [*work.questions, *(page.id for page in work.pages if page.kind == "repeat")]
    for team, rights in access.teams.items():
        path = f"access.teams.{team}"
        for name in rights.sees:
            if name != "all" and name not in known:
                _unknown(work, f"{path}.sees", "question", name, known)
        for move in rights.moves or ():
            if move not in work.file.case.moves:
                _unknown(work, f"{path}.moves", "move", move, list(work.file.case.moves))
    for name in access.nobody_but:
        if name not in known:
            _unknown(work, f"access.nobody_but.{name}", "question", name, known)
    _parties(work, known)


def _parties(work: Work, known: list[str]) -> None:
    parties = work.file.access.parties if work.file.access else {}
    scope = work.case_scope()
    for name, party in parties.items():
        path = f"access.parties.{name}"
        if name not in PARTIES:
            _unknown(work, path, "party", name, sorted(PARTIES))
        for key in ("name", "email", "phone", "address"):
            question = getattr(party, key)
            if question is not None and question not in work.questions:
                _unknown(work, f"{path}.{key}", "question", question, known)
        for other in party.speaks_for:
            if other not in parties:
                _unknown(work, f"{path}.speaks_for", "party", other, list(parties))
        work.compile(party.when, scope, f"{path}.when", "bool")


def compile_data(work: Work) -> None:
    """Compile what is published; check place, renewals and Open311."""
    scope = work.case_scope()
    publish = work.file.data.publish
    if publish is not None:
        for column, source in publish.columns.items():
            if source != "never":
                found = work.compile(source, scope, f"data.publish.columns.{column}", optional=True)
                if found is not None and found.type.kind in (
                    "address", "location", "files", "slot", "bank", "rows", "look_up",
                ):  # fmt: skip
                    work.problem("publish.kind", f"data.publish.columns.{column}",
                                 f"`{source}` is {found.type.said()}, which cannot be published.",
                                 "Make it general: ward(…), month(…), count(…), band(…).")  # fmt: skip
    place = work.file.place
    if place is not None:
        question = work.questions.get(place.answer)
        if question is None or question.type not in ("address", "location"):
            work.problem("place.answer", "place.answer",
                         f"`{place.answer}` is not a question of type address or location.",
                         "Name the question that says where.")  # fmt: skip
    follows = work.file.follows
    for ours in follows.prefill if follows else ():
        if ours not in work.questions:
            _unknown(work, "follows.prefill", "question", ours, list(work.questions))
    if work.file.open311 is not None:
        for state in work.file.open311.states:
            _known_state(work, state, f"open311.states.{state}")


def check_examples(work: Work) -> None:
    """Check that what the examples name exists."""
    sources = {page.spec.source for page in work.pages if page.kind == "look_up"}
    look_ups = {page.id for page in work.pages if page.kind == "look_up"}
    stops = [
        page.id
        for page in work.pages
        if page.kind == "stop"
        or (page.kind == "look_up" and getattr(page.spec, "if_it_fails", "") == "stop")
    ]
    asks = [*(name for name, q in work.questions.items() if not q.row_of), *work.rows]
    for index, example in enumerate(work.file.examples):
        path = f"examples.{index}"
        if parse_date(example.today) is None:
            work.problem(
                "example.today", path, f"`{example.today}` is not a day.", "Write 2026-03-11."
            )
        for name in example.answers:
            if name not in asks:
                _unknown(work, f"{path}.answers.{name}", "question", name, asks)
        for name in example.fakes:
            if name not in sources | look_ups:
                _unknown(work, f"{path}.fakes.{name}", "look-up", name, sorted(sources | look_ups))
        for name in example.local:
            if name not in work.file.local:
                _unknown(work, f"{path}.local.{name}", "local value", name, list(work.file.local))
        for step in example.moves:
            if step.move not in work.file.case.moves:
                _unknown(work, f"{path}.moves", "move", step.move, list(work.file.case.moves))
        _expectations(work, path, example.expect, asks, stops)


def _expectations(work: Work, path: str, expect: Any, asks: list[str], stops: list[str]) -> None:
    here = f"{path}.expect"
    for name in expect.asked or ():
        if name not in asks:
            _unknown(work, f"{here}.asked", "question", name, asks)
    for name in expect.sent or ():
        if name not in work.file.tell:
            _unknown(work, f"{here}.sent", "message", name, list(work.file.tell))
    if expect.stop is not None and expect.stop not in stops:
        _unknown(work, f"{here}.stop", "stop page", expect.stop, stops)
    if expect.state is not None:
        _known_state(work, expect.state, f"{here}.state")
    for name in expect.work_out:
        if name not in work.file.work_out:
            _unknown(work, f"{here}.work_out", "worked out value", name, list(work.file.work_out))
