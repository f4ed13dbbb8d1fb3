"""One example, run: the form is filled in with its answers, and its moves are made."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from moothall.language.answers import check_answer, example_look_up, plain_answer
from moothall.language.check.notes import Notes
from moothall.language.check.saying import listed
from moothall.language.clock import expiry, promise
from moothall.language.decide import contact_details, fee, messages_due, moves_for
from moothall.language.expressions.values import parse_date
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


@dataclass
class ExampleRun:
    """What happens in an example, and what came of it."""

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
        """Note a mistake of this example at `where`, a path within it."""
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

    def go(self) -> Walk:
        """Run it; the way through the form that it took. Raises Failed, with the reason noted."""
        if self.example.local:
            try:
                self.service = self.service.with_local(self.example.local)
            except ServiceFileError as error:
                self.wrong("local", "local", error.problems[0].message, error.problems[0].mend)
                raise Failed from None
        self.today = date.fromisoformat(self.example.today)
        hour, minute = self.example.at.split(":")
        self.now = datetime.combine(self.today, time(int(hour), int(minute)), LONDON)
        self.calendar = Calendar(day for day in map(parse_date, self.example.holidays) if day)
        for name, value in self.example.answers.items():
            self.answers[name] = plain_answer(self.service, name, value)
        ended = self.form()
        if ended.stop is None and ended.complete and self.example.expect.stop is None:
            self.case()
        return ended

    def facts(self) -> Facts:
        """What the decision functions are given at this moment."""
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
        """Tell which question of `page` has no answer, or why its answer is refused."""
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
        """Take what the example says that a look-up gives."""
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
        """Note the stop that the form came to, if it did."""
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
        """Note the state that the case is in."""
        self.visited.add(f"the state `{self.state}`")

    def promise(self) -> Promise | None:
        """The promise as it stands, or None where the service makes none."""
        if self.service.case.clock is None:
            return None
        found = promise(self.service, self.facts(), started=self.started, pauses=self.pauses)
        if found.finish_by is not None:
            self.finish_by = found.finish_by.astimezone(LONDON).date()
        return found

    def tell(self, moment: str) -> None:
        """Send what is due at `moment` to those whom we can reach."""
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
                    at = runs_out.reminder(days)
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
        """Whether the case has ended."""
        return bool(self.service.states[self.state].ends)

    def move(self, move: Move, step: ExampleMove, where: str) -> None:
        """Make one move: the clock runs up to it, then the state changes and messages go."""
        by = step.by or move.by[0]
        runs_out = expiry(self.service, self.facts(), state=self.state, entered=self.entered)
        at = self.now
        if step.on is not None:
            day = parse_date(step.on)
            if day is None:
                self.wrong("day", where, f"`{step.on}` is not a day.", "Write it like 2026-03-11.")
                raise Failed
            at = datetime.combine(day, self.started.timetz())
            if at < self.now:
                self.wrong(
                    "moves",
                    where,
                    f"`{move.id}` on {step.on} is before the move before it.",
                    "Put the moves in order.",
                )
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
        """Tell why a move cannot be made here."""
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
        """Take the answers that a move needs."""
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


def _sentence(text: str) -> str:
    return text if text.rstrip("”").endswith((".", "?", "!")) else f"{text}."
