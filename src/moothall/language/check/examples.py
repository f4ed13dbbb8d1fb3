"""Proof 6: the examples run through the code that decides for real cases, and visit everything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from moothall.language.answers import check_answer, example_look_up, plain_answer
from moothall.language.check.explore import Trail
from moothall.language.check.notes import Notes
from moothall.language.check.report import Coverage
from moothall.language.check.saying import listed, say
from moothall.language.clock import expiry, promise
from moothall.language.compiler.local import NotThat, pence
from moothall.language.decide import (
    contact_details,
    fee,
    messages_due,
    moves_for,
    public_row,
    work_out,
)
from moothall.language.facts import Calendar, Facts
from moothall.language.models import ExampleMove, ExampleSpec
from moothall.language.problems import ServiceFileError
from moothall.language.results import Message, Promise, Walk
from moothall.language.service import Move, Service
from moothall.language.walk import on_route, walk

LONDON = ZoneInfo("Europe/London")
REFERENCE = "XX-XXX-XXX"
NEEDS = frozenset({"reason", "message", "photo"})


class Failed(Exception):
    """The example cannot go on; why has been noted."""


def run_examples(service: Service, notes: Notes, reached: Mapping[str, Trail]) -> Coverage:
    """Run every example of `service`; note what does not come out as it should.

    `reached` gives for a page the answers of one way to it, to say how to visit it.
    """
    visited: set[str] = set()
    broken = False
    for number, example in enumerate(service.examples):
        run = _Run(service, example, f"examples.{number}", notes)
        try:
            run.go()
        except Failed:
            broken = True
        broken = broken or run.failed
        visited |= run.visited
    return _coverage(service, notes, reached, visited, broken)


def _coverage(
    service: Service,
    notes: Notes,
    reached: Mapping[str, Trail],
    visited: set[str],
    broken: bool,
) -> Coverage:
    """What is visited. Told as problems only once every example runs, and only for what a case or
    a form can come to: the rest is the business of proof 3."""
    every = list(_to_visit(service, reached))
    uncovered = [item for item in every if item[0] not in visited]
    if not service.examples:
        notes.add(
            6, "example.none", "examples", "The service has no examples, so nothing shows that it works.",
            "Add `examples:` that together visit every stop, state and move.",
        )  # fmt: skip
    elif not broken:
        told = {
            problem.path.removesuffix(".when") for proof, problem in notes.problems if proof == 3
        }
        for what, path, mend in uncovered:
            if path not in told:
                notes.add(6, "example.coverage", path, f"No example visits {what}.", mend)
    return Coverage(
        tuple(what for what, _, _ in every if what in visited),
        tuple(what for what, _, _ in uncovered),
        len(service.examples),
    )


def _to_visit(service: Service, reached: Mapping[str, Trail]) -> Iterable[tuple[str, str, str]]:
    """Everything that examples should visit: what it is, its path, and how to visit it."""
    for page in service.pages:
        if page.kind == "stop" or (page.kind == "look_up" and page.spec.if_it_fails == "stop"):
            hint = (
                "the look-up fails"
                if page.kind == "look_up"
                else say(service, reached.get(page.id, ()))
            )
            mend = f"Add an example that leads there, such as one where {hint}."
            yield (
                f"the stop `{page.id}`",
                page.path,
                mend if hint else "Add an example that leads there.",
            )
    for key in service.states:
        moves = [move.id for move in service.moves.values() if move.to == key]
        mend = (
            f"Add an example that makes the move `{moves[0]}`."
            if moves
            else "Add an example that sends the form."
        )
        yield f"the state `{key}`", f"case.states.{key}", mend
    for key in service.moves:
        yield (
            f"the move `{key}`",
            f"case.moves.{key}",
            f"Add an example whose `moves:` have `{key}` in them.",
        )


@dataclass
class _Run:
    service: Service
    example: ExampleSpec
    path: str
    notes: Notes
    visited: set[str] = field(default_factory=set)
    answers: dict[str, Any] = field(default_factory=dict)
    look_ups: dict[str, Any] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    marks: set[str] = field(default_factory=set)
    pauses: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    state: str = ""
    pence: int | None = None
    finish_by: date | None = None
    failed: bool = False

    # -- telling ----------------------------------------------------------------------------------

    def wrong(self, code: str, where: str, message: str, mend: str) -> None:
        self.failed = self.failed or code != "differs"
        self.notes.add(
            6, f"example.{code}", f"{self.path}.{where}" if where else self.path,
            f"Example “{self.example.name}”: {message}", mend,
        )  # fmt: skip

    def differs(self, where: str, what: str, expected: str, found: str, write: str = "") -> None:
        """What came out is not what was expected. `write`: the expectation that would be right."""
        self.wrong(
            "differs", f"expect.{where}",
            f"{what} should be {expected or 'nothing'}, and it is {found or 'nothing'}.",
            f"Mend the service, or write `{where}: {write}`." if write
            else f"Mend the service, or leave out `{where}:`.",
        )  # fmt: skip

    # -- the form ---------------------------------------------------------------------------------

    def go(self) -> None:
        if self.example.local:
            try:
                self.service = self.service.with_local(self.example.local)
            except ServiceFileError as error:
                self.wrong("local", "local", error.problems[0].message, error.problems[0].mend)
                raise Failed from None
        self.today = date.fromisoformat(self.example.today)
        hour, minute = self.example.at.split(":")
        self.now = datetime.combine(self.today, time(int(hour), int(minute)), LONDON)
        self.calendar = Calendar(_days(self.example.holidays))
        for name, value in self.example.answers.items():
            self.answers[name] = plain_answer(self.service, name, value)
        ended = self.form()
        if ended.stop is None and ended.complete and self.example.expect.stop is None:
            self.case()
        self.expectations(ended)

    def facts(self) -> Facts:
        state = self.service.states.get(self.state)
        return Facts(
            self.answers, self.look_ups, self.now.date(), now=self.now, state=self.state or None,
            started=self.today if self.state else None,
            ended=self.now.date() if state is not None and state.ends else None,
            fee=self.pence, reference=REFERENCE if self.state else None,
            finish_by=self.finish_by, calendar=self.calendar,
        )  # fmt: skip

    def form(self) -> Walk:
        """Go through the form with the example's answers."""
        for _ in range(2 * len(self.service.pages) + 2):
            way = walk(self.service, self.facts())
            step = way.next
            if step is None:
                self.visit_stops(way)
                return way
            if step.kind == "look_up":
                self.look_up(step.id)
                continue
            missing = [key for key in step.questions if key not in self.answers]
            if step.kind == "repeat" and step.id not in self.answers:
                missing = [step.id]
            optional = [key for key in missing if self._optional(key)]
            if not missing or len(optional) < len(missing):
                self.unanswered(
                    step.id, [key for key in missing if key not in optional], step.questions
                )
            self.answers.update(dict.fromkeys(optional))
        self.wrong(
            "circle", "", "the form does not come to an end.", "Tell whoever looks after Moothall."
        )
        raise Failed

    def _optional(self, key: str) -> bool:
        question = self.service.questions.get(key)
        if question is None:
            page = self.service.page(key)
            return page is not None and bool(page.spec.optional)
        return question.optional

    def unanswered(self, page: str, missing: list[str], asked: tuple[str, ...]) -> None:
        told = False
        for key in (*asked, page):
            if key not in self.answers or key in missing:
                continue
            for error in check_answer(self.service, key, self.answers[key], facts=self.facts()):
                told = True
                self.wrong(
                    "refused", f"answers.{key}", f"the answer to `{key}` is refused: {_sentence(error.message)}",
                    "Give an answer that the form takes.",
                )  # fmt: skip
        if missing or not told:
            names = missing or [page]
            self.wrong(
                "unanswered", "answers", f"it gives no answer to {listed(names)}, which is asked.",
                f"Add `{names[0]}:` to its `answers:`.",
            )  # fmt: skip
        raise Failed

    def look_up(self, name: str) -> None:
        page = self.service.page(name)
        source = page.spec.source if page is not None else name
        for key in (name, source):
            if key in self.example.fakes:
                self.look_ups[name] = example_look_up(self.service, name, self.example.fakes[key])
                return
        self.wrong(
            "fake", "fakes", f"it does not say what the look-up `{name}` gives.",
            f"Add `fakes: {{{source}: …}}`, or `fakes: {{{source}: fails}}`.",
        )  # fmt: skip
        raise Failed

    def visit_stops(self, way: Walk) -> None:
        for step in way.steps:
            if step.failed or (way.stop is not None and step.id == way.stop.id):
                self.visited.add(f"the stop `{step.id}`")

    def leftovers(self, way: Walk) -> None:
        """Answers that the example gives and nobody asks for."""
        kept = on_route(self.service, self.facts())
        for name in self.example.answers:
            if name in kept or name in way.asked:
                continue
            self.wrong(
                "not_asked", f"answers.{name}", f"it answers `{name}`, which is not asked on its way.",
                "Take the answer out, or mend the answers before it.",
            )  # fmt: skip

    # -- the case ---------------------------------------------------------------------------------

    def case(self) -> None:
        """Open the case and make the moves."""
        due = fee(self.service, self.facts())
        self.pence = due.pence if due is not None else None
        self.answers = on_route(self.service, self.facts())
        self.started = self.now
        self.entered = self.now
        self.state = self.service.case.starts
        self.visit_state()
        self.promise()
        self.tell("starts")
        self.tell(f"state:{self.state}")
        for number, step in enumerate(self.example.moves):
            self.move(self.service.moves[step.move], step, f"moves.{number}")

    def visit_state(self) -> None:
        self.visited.add(f"the state `{self.state}`")

    def promise(self) -> Promise | None:
        if self.service.case.clock is None:
            return None
        found = promise(self.service, self.facts(), started=self.started, pauses=self.pauses)
        if found.finish_by is not None:
            self.finish_by = found.finish_by.astimezone(LONDON).date()
        return found

    def tell(self, moment: str) -> None:
        for message in messages_due(self.service, self.facts(), when=moment):
            if self.reaches(message):
                self.sent.append(message.id)

    def reaches(self, message: Message) -> bool:
        """Whether we have an address for one of the means of the message."""
        parties = self.service.access.parties if self.service.access else {}
        if message.to == "applicant" or message.to not in parties:
            if message.to != "applicant":
                return True
            details = contact_details(self.service, self.facts())
            have = {"email": details.email, "text": details.phone, "letter": details.address}
        else:
            party = parties[message.to]
            have = {
                means: str(self.answers.get(question or "") or "")
                for means, question in (
                    ("email", party.email), ("text", party.phone), ("letter", party.address)
                )
            }  # fmt: skip
        return any(have[means] for means in message.by)

    def clock_until(self, until: datetime) -> None:
        """What the clock does before `until`: messages at shares of the promise and before expiry."""
        moments: list[tuple[datetime, str]] = []
        promised = self.promise()
        if promised is not None and not self.ends():
            moments += [(at, mark) for mark, at in promised.marks if mark not in self.marks]
        runs_out = expiry(self.service, self.facts(), state=self.state, entered=self.entered)
        if runs_out is not None:
            for told in self.service.tell.values():
                days = told.when.days_before_expiry
                if days is not None:
                    at = runs_out.at - timedelta(days=days)
                    mark = f"expiry:{days}"
                    if (
                        key := f"{mark}:{self.entered.isoformat()}"
                    ) not in self.marks and at >= self.entered:
                        moments.append((at, mark))
                        if at <= until:
                            self.marks.add(key)
        for at, mark in sorted(moments):
            if at <= until:
                if not mark.startswith("expiry:"):
                    self.marks.add(mark)
                self.now = max(self.now, at.astimezone(LONDON))
                self.tell(mark)

    def ends(self) -> bool:
        return bool(self.service.states[self.state].ends)

    def move(self, move: Move, step: ExampleMove, where: str) -> None:
        by = step.by or move.by[0]
        runs_out = expiry(self.service, self.facts(), state=self.state, entered=self.entered)
        at = self.now
        if step.on is not None:
            at = datetime.combine(date.fromisoformat(step.on), self.started.timetz())
            if at < self.now:
                self.wrong("moves", where, f"`{move.id}` on {step.on} is before the move before it.",
                           "Put the moves in order.")  # fmt: skip
                raise Failed
        elif by == "clock" and runs_out is not None and runs_out.move == move.id:
            at = max(at, runs_out.at.astimezone(LONDON))
        if (
            runs_out is not None
            and at > runs_out.at
            and not (by == "clock" and runs_out.move == move.id)
        ):
            self.wrong(
                "expired", where,
                f"by {at.date()} the clock has made `{runs_out.move}` already "
                f"({runs_out.at.astimezone(LONDON).date()}).",
                f"Make `{move.id}` earlier, or put `{runs_out.move}` before it.",
            )  # fmt: skip
            raise Failed
        self.clock_until(at)
        self.now = at
        if move.id not in {
            m.id
            for m in moves_for(self.service, self.facts(), state=self.state, roles=frozenset({by}))
        }:
            self.cannot(move, by, where)
        self.answer_needs(move, step, where)
        self.visited.add(f"the move `{move.id}`")
        was_paused = self.service.states[self.state].clock_paused
        self.state = move.to
        self.entered = self.now
        paused = self.service.states[self.state].clock_paused
        if paused and not was_paused:
            self.pauses.append((self.now, None))
        elif was_paused and not paused:
            self.pauses[-1] = (self.pauses[-1][0], self.now)
        self.visit_state()
        self.promise()
        self.tell(f"move:{move.id}")
        self.tell(f"state:{self.state}")

    def cannot(self, move: Move, by: str, where: str) -> None:
        if self.state not in move.from_states:
            why = f"the case is in `{self.state}`, and `{move.id}` starts from {listed(move.from_states)}."
            mend = "Put the moves in an order that the case allows."
        elif by not in move.by:
            why = f"`{by}` may not make `{move.id}`."
            mend = f"It is made by {listed(move.by)}."
        else:
            source = move.when.source if move.when is not None else ""
            why = f"`{move.id}` cannot be made here: `{source}` is not true."
            mend = "Change the answers, or leave the move out."
        self.wrong("move", where, why, mend)
        raise Failed

    def answer_needs(self, move: Move, step: ExampleMove, where: str) -> None:
        for name, value in step.answers.items():
            if name not in self.service.questions:
                self.wrong("unknown", where, f"there is no question `{name}`.", "Mend the name.")
                raise Failed
            self.answers[name] = plain_answer(self.service, name, value)
            for error in check_answer(self.service, name, self.answers[name], facts=self.facts()):
                self.wrong("refused", where, f"the answer to `{name}` is refused: {_sentence(error.message)}",
                           "Give an answer that is taken.")  # fmt: skip
        for name in move.needs:
            if name in NEEDS or name in step.answers:
                continue
            question = self.service.questions[name]
            if question.optional:
                continue
            self.wrong(
                "needs", where, f"`{move.id}` needs an answer to `{name}`.",
                f"Write `{{move: {move.id}, answers: {{{name}: …}}}}`.",
            )  # fmt: skip
            raise Failed

    # -- what should have come out ------------------------------------------------------------------

    def expectations(self, way: Walk) -> None:
        expect = self.example.expect
        stopped = way.stop.id if way.stop is not None else "no stop"
        if expect.stop is not None and way.stop is None:
            self.differs("stop", "the stop", f"`{expect.stop}`", "")
            return
        if expect.stop is not None and stopped != expect.stop:
            self.differs("stop", "the stop", f"`{expect.stop}`", f"`{stopped}`", stopped)
            return
        if expect.stop is None and way.stop is not None:
            self.wrong("stopped", "expect", f"it stops at `{stopped}`.",
                       f"Write `expect: {{stop: {stopped}}}`, or mend the answers.")  # fmt: skip
            return
        self.leftovers(way)
        if expect.asked is not None:
            asked = [
                key for key in way.asked if key in self.service.questions or self._is_repeat(key)
            ]
            if asked != list(expect.asked):
                self.differs(
                    "asked", "what is asked", _list(expect.asked), _list(asked), _list(asked)
                )
        if not self.state:
            self._no_case(expect)
            return
        if expect.state is not None and expect.state != self.state:
            self.differs(
                "state", "the state at the end", f"`{expect.state}`", f"`{self.state}`", self.state
            )
        if expect.sent is not None and list(expect.sent) != self.sent:
            self.differs(
                "sent", "what is sent", _list(expect.sent), _list(self.sent), _list(self.sent)
            )
        self.money(expect.fee)
        self.promised()
        self.worked_out()
        self.published()

    def _no_case(self, expect: Any) -> None:
        for key in ("state", "fee", "sent", "finish_by", "urgent", "published"):
            if getattr(expect, key) not in (None, "", [], "0"):
                self.wrong("no_case", f"expect.{key}",
                           f"it stops in the form, so there is no case and no `{key}`.",
                           f"Leave out `{key}:`.")  # fmt: skip
        if self.example.moves:
            self.wrong("moves", "moves", "it stops in the form, so there is no case to move.",
                       "Leave out `moves:`.")  # fmt: skip

    def _is_repeat(self, key: str) -> bool:
        page = self.service.page(key)
        return page is not None and page.kind == "repeat"

    def money(self, expected: str) -> None:
        if not expected:
            return
        try:
            wanted = pence(expected)
        except NotThat:
            self.wrong(
                "fee",
                "expect.fee",
                f"`{expected}` is not an amount.",
                "Write pounds, such as 12.50.",
            )
            return
        found = self.pence or 0
        if wanted != found:
            self.differs("fee", "the fee", _pounds(wanted), _pounds(found), _pounds(found))

    def promised(self) -> None:
        expect = self.example.expect
        found = self.promise()
        if expect.finish_by is not None:
            day = ""
            if found is not None and found.finish_by is not None:
                day = found.finish_by.astimezone(LONDON).date().isoformat()
            if day != expect.finish_by:
                self.differs("finish_by", "the promised day", expect.finish_by, day, day)
        if expect.urgent is not None:
            urgent = bool(found and found.urgent)
            if urgent != expect.urgent:
                now = str(urgent).lower()
                self.differs("urgent", "urgent", _yes(expect.urgent), _yes(urgent), now)

    def worked_out(self) -> None:
        expect = self.example.expect
        if not expect.work_out:
            return
        found = work_out(self.service, self.facts())
        for name, wanted in expect.work_out.items():
            value = found.get(name)
            worked = self.service.worked_out[name]
            if worked.expression.type.kind == "money" and isinstance(value, int):
                try:
                    same = pence(wanted) == value
                except NotThat:
                    same = False
                value = _pounds(value)
            else:
                same = _text(wanted) == _text(value)
            if not same:
                said = _text(value)
                write = f"{{{name}: {said}}}" if said else ""
                self.differs("work_out", f"`{name}`", _text(wanted), said, write)

    def published(self) -> None:
        expected = self.example.expect.published
        if expected is None:
            return
        row = public_row(self.service, self.facts(), state=self.state) or {}
        for column, wanted in expected.items():
            found = row.get(column, "")
            if _text(wanted) != found:
                write = f"{{{column}: {found}}}" if found else ""
                self.differs("published", f"the column `{column}`", _text(wanted), found, write)


def _days(texts: list[str]) -> list[date]:
    days = []
    for text in texts:
        try:
            days.append(date.fromisoformat(text))
        except ValueError:
            continue
    return days


def _list(names: Iterable[str]) -> str:
    return f"[{', '.join(names)}]"


def _sentence(text: str) -> str:
    return text if text.rstrip("”").endswith((".", "?", "!")) else f"{text}."


def _pounds(value: int) -> str:
    return f"{value // 100}.{value % 100:02d}"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return _yes(value)
    return "" if value is None else str(value)
