"""How a case can move: which states can be reached, which lead to an ending, who can act."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import Any

from moothall.language.check.book import Book
from moothall.language.check.clues import gather
from moothall.language.check.notes import Notes
from moothall.language.check.saying import listed
from moothall.language.expressions import Expression
from moothall.language.expressions.values import add_days, add_months
from moothall.language.service import Move, State

MOST_DAYS_TRIED = 12


class Flow:
    """The states and moves of one service as a graph."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.service = book.service

    # -- what is known in a state -------------------------------------------------------------------

    @cached_property
    def surely_asked(self) -> Mapping[str, frozenset[str]]:
        """For each state, the questions of `case.ask` that every way to it has asked."""
        service = self.service
        everything = frozenset(q.id for q in service.questions.values() if q.stage == "case")
        known = dict.fromkeys(service.states, everything)
        if service.case.starts in known:
            known[service.case.starts] = frozenset()
        for _ in range(len(service.states) * (len(everything) + 1)):
            changed = False
            for move in service.moves.values():
                asked = frozenset(move.needs) & everything
                for start in move.from_states:
                    if start not in known or move.to not in known:
                        continue
                    new = known[move.to] & (known[start] | asked)
                    if new != known[move.to]:
                        known[move.to] = new
                        changed = True
            if not changed:
                break
        return known

    @cached_property
    def maybe_asked(self) -> Mapping[str, frozenset[str]]:
        """For each state, the questions of `case.ask` that some way to it has asked."""
        service = self.service
        everything = frozenset(q.id for q in service.questions.values() if q.stage == "case")
        known: dict[str, frozenset[str]] = {key: frozenset() for key in service.states}
        for _ in service.states:
            for move in service.moves.values():
                for start in move.from_states:
                    if start in known and move.to in known:
                        asked = known[start] | (frozenset(move.needs) & everything)
                        known[move.to] |= asked
        return known

    def case_answers(self, state: str, asking: str = "") -> Iterator[dict[str, Any]]:
        """The answers of `case.ask` that a case in `state` can have: the plain ones, all that may
        be there, and each value that makes a difference."""
        sure = self.surely_asked.get(state, frozenset())
        maybe = self.maybe_asked.get(state, frozenset())
        if asking:
            sure, maybe = sure | {asking}, maybe | {asking}
        choices = self.book.choices
        plain = {name: choices.of(name)[0] for name in sure}
        yield plain
        every = {name: choices.of(name)[0] for name in maybe}
        if every != plain:
            yield every
        for name in sorted(maybe):
            for value in choices.of(name)[1:]:
                yield {**every, name: value}

    def days(self, expression: Expression, started: date) -> list[date]:
        """Days in the life of a case that `expression` can tell apart."""
        reads = self.book.reads(expression)
        if not reads & {"today", "ended", "finish_by"}:
            return [started]
        start = started.isoformat()
        days = {start, add_days(start, 1)}
        for clue in gather([expression.form], self.book.worked_out, self.book.rules).values():
            for unit, amount in clue.shifts:
                for step in (-1, 0, 1):
                    count = amount + step
                    if unit in ("months", "years"):
                        days.add(add_months(start, count * (12 if unit == "years" else 1)))
                    else:
                        days.add(add_days(start, count * 2 if unit == "working days" else count))
        return [date.fromisoformat(day) for day in sorted(days) if day >= start][:MOST_DAYS_TRIED]

    # -- the proof ------------------------------------------------------------------------------------

    def note(self, notes: Notes, possible: Mapping[str, set[str]]) -> None:
        """Proof 3 for the case. `possible`: for moves with a `when`, the states in which some
        complete form makes it true."""
        service = self.service

        def open_from(move: Move, state: str) -> bool:
            if state not in move.from_states:
                return False
            return move.when is None or state in possible.get(move.id, set())

        steps = [
            (state, move)
            for move in service.moves.values()
            for state in move.from_states
            if state in service.states and move.to in service.states and open_from(move, state)
        ]
        reached = _closure({service.case.starts}, [(a, move.to) for a, move in steps])
        endings = {key for key, state in service.states.items() if state.ends}
        ending = _closure(endings, [(move.to, a) for a, move in steps])
        if not endings:
            notes.add(
                3, "flow.no_ending", "case.states", "No state of the case is an ending.",
                "Give the last states `ends: done` or `ends: refused`.",
            )  # fmt: skip
        for key, state in service.states.items():
            if key not in reached:
                notes.add(
                    3, "flow.state", f"case.states.{key}", f"No case can come into the state `{key}`.",
                    f"Add a move with `to: {key}`, or take the state out.",
                )  # fmt: skip
            elif endings and key not in ending:
                leads = any(a == key for a, _ in steps)
                notes.add(
                    3, "flow.stuck", f"case.states.{key}",
                    f"A case in the state `{key}` can never come to an end.",
                    "Add a move from it that leads to an ending."
                    if not leads
                    else "Its moves lead round in a circle: add one that leads to an ending.",
                )  # fmt: skip
            self._note_applicant(notes, state, steps)
        for move in service.moves.values():
            self._note_move(notes, move, reached, possible)

    def _note_move(
        self, notes: Notes, move: Move, reached: frozenset[str], possible: Mapping[str, set[str]]
    ) -> None:
        path = f"case.moves.{move.id}"
        if move.when is not None and not possible.get(move.id):
            notes.add(
                3, "flow.move", f"{path}.when",
                f"The move `{move.id}` can never be made: `{move.when.source}` is never true.",
                "Mend its `when`, or take the move out.",
            )  # fmt: skip
        elif not reached & set(move.from_states):
            notes.add(
                3, "flow.move", path,
                f"The move `{move.id}` can never be made: no case comes into {listed(move.from_states)}.",
                "Let it start from a state that a case can be in.",
            )  # fmt: skip
        for start in move.from_states:
            state = self.service.states.get(start)
            if state is not None and state.ends and start == move.to:
                notes.add(
                    3, "flow.ended_loop", path,
                    f"The move `{move.id}` leads from the ending `{start}` to itself.",
                    "Let it start from an open state.",
                )  # fmt: skip
        if set(move.by) == {"clock"} and not self._clock_uses(move):
            notes.add(
                3, "flow.clock", path,
                f"Only the clock makes the move `{move.id}`, but no state says when.",
                f"Add `expires: {{after: {{days: 28}}, move: {move.id}}}` to {listed(move.from_states)}.",
            )  # fmt: skip

    def _clock_uses(self, move: Move) -> bool:
        return any(
            state.spec.expires is not None and state.spec.expires.move == move.id
            for key, state in self.service.states.items()
            if key in move.from_states
        )

    def _note_applicant(self, notes: Notes, state: State, steps: list[tuple[str, Move]]) -> None:
        """An applicant who is asked for something must be able to give it."""
        if state.ends:
            return
        can = any(a == state.id and "applicant" in move.by for a, move in steps)
        if can:
            return
        path = f"case.states.{state.id}"
        if state.waits_for == "applicant":
            notes.add(
                3, "flow.reply", path,
                f"In the state `{state.id}` we wait for the applicant, who has no move to reply with.",
                f"Add a move `from: {state.id}` with `by: applicant` and what it `needs:`.",
            )  # fmt: skip
            return
        if not state.clock_paused or state.waits_for == "someone else":
            return
        asked = [
            move.id
            for move in self.service.moves.values()
            if move.to == state.id and "message" in move.needs and "applicant" not in move.by
        ]
        if not asked:
            notes.add(
                3, "flow.our_turn", path,
                f"The clock stops in `{state.id}`, and nothing says that we wait for anyone.",
                "Say `waits_for: applicant` or `waits_for: someone else`, or let the clock run.",
                "warning",
            )  # fmt: skip
        else:
            notes.add(
                3, "flow.reply", path,
                f"The move `{asked[0]}` writes to the applicant and the clock stops in `{state.id}`, but "
                "the applicant has no move to reply with.",
                f"Add a move `from: {state.id}` with `by: applicant`, or say `waits_for: someone else`.",
            )  # fmt: skip


def _closure(start: set[str], steps: list[tuple[str, str]]) -> frozenset[str]:
    reached = set(start)
    while True:
        new = {b for a, b in steps if a in reached and b not in reached}
        if not new:
            return frozenset(reached)
        reached |= new
