"""Walking every way through a form that its expressions can tell apart.

At each page the explorer tries every answer that makes a difference (see `values`). Two walks that
stand at the same page with the same values of all that is still going to be read have the same
future, so the second is not walked on: that keeps the number of walks near the number of pages
for an ordinary form, and every combination is still proved. Where there are too many even so,
`Explorer` raises TooMany and the caller goes on with pairs of values instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from moothall.language.answers import check_answer
from moothall.language.check.forms import Form, variables
from moothall.language.check.values import Choices
from moothall.language.expressions import Expression, Rules
from moothall.language.expressions.env import Env
from moothall.language.facts import Facts
from moothall.language.service import Page, Question, Service

MOST_VISITS = 6_000
MOST_OUTLINE_VISITS = 12_000
MOST_ROUTES = 1_000
MANY_VALUES = 6
Trail = tuple[tuple[str, Any], ...]
Route = tuple[str, ...]


class TooMany(Exception):
    """More walks than the cap allows."""


@dataclass(frozen=True)
class Leaf:
    """A form that is complete: the answers, what was looked up, and the day."""

    answers: Mapping[str, Any]
    look_ups: Mapping[str, Any]
    today: date
    trail: Trail


@dataclass
class PageUses:
    """The expressions of one page, apart from its `when`."""

    page: Page
    whole: list[Expression] = field(default_factory=list)
    by_row: list[Expression] = field(default_factory=list)
    texts: list[Expression] = field(default_factory=list)  # between { and } in its words


@dataclass
class Found:
    """What the walks showed."""

    reached: dict[str, Trail] = field(default_factory=dict)
    passed: set[str] = field(default_factory=set)  # pages whose `when` was false on some walk
    missing: dict[tuple[str, str], Trail] = field(default_factory=dict)  # (path, name) → a walk
    holes: dict[tuple[str, str], Trail] = field(default_factory=dict)  # the same, in words
    no_answer: dict[str, Trail] = field(default_factory=dict)  # question whose limits refuse all
    could_answer: set[str] = field(default_factory=set)
    completes: int = 0
    stops: int = 0
    visits: int = 0
    method: str = "every combination"
    routes: dict[Route, Trail] = field(default_factory=dict)
    more_routes: bool = False
    known: dict[tuple[Any, ...], Any] = field(default_factory=dict)
    """What expressions gave, by the numbers of the values that they read."""


class Explorer:
    """Walks one service. `goals` are the forms that a complete form is judged by."""

    def __init__(
        self,
        service: Service,
        rules: Rules,
        uses: Sequence[PageUses],
        worked_out: Mapping[str, Form],
        choices: Choices,
        base: date,
    ) -> None:
        self.service = service
        self.rules = rules
        self.uses = uses
        self.worked_out = worked_out
        self.choices = choices
        self.base = base
        self._names: dict[int, tuple[str, ...]] = {}
        self._read_at = [self._reads(use, use.texts) for use in uses]
        self._steered_at = [self._reads(use, ()) for use in uses]
        self._asked_at = [self._sets(use.page) for use in uses]
        self.loose = {
            key
            for use in uses
            for key in use.page.questions
            if use.page.kind == "ask" and self._isloose(service.questions[key])
        }

    def _reads(self, use: PageUses, texts: Sequence[Expression]) -> frozenset[str]:
        expressions = [*use.whole, *use.by_row, *texts]
        if use.page.when is not None:
            expressions.append(use.page.when)
        for key in use.page.questions:
            question = self.service.questions[key]
            if question.when is not None:
                expressions.append(question.when)
        found: frozenset[str] = frozenset()
        for expression in expressions:
            found |= variables(expression.form, self.worked_out)
        return found

    def names(self, expression: Expression) -> tuple[str, ...]:
        """The variables that `expression` reads, in one order."""
        known = self._names.get(id(expression))
        if known is None:
            known = tuple(sorted(variables(expression.form, self.worked_out)))
            self._names[id(expression)] = known
        return known

    def _sets(self, page: Page) -> tuple[str, ...]:
        return page.questions if page.kind == "ask" else (page.id,)

    def _isloose(self, question: Question) -> bool:
        """Whether the limits of `question` depend on other answers."""
        reads: set[str] = set()
        for expression in question.bounds.values():
            reads |= variables(expression.form, self.worked_out)
        return bool(reads - {"today", question.id})

    def _live(
        self, goals: frozenset[str], read_at: Sequence[frozenset[str]]
    ) -> list[tuple[str, ...]]:
        """For each page, and the end, the variables asked before that are still to be read."""
        needed = goals
        asked_before: list[set[str]] = [{"today"}]
        for names in self._asked_at:
            asked_before.append(asked_before[-1] | set(names))
        live = [tuple(sorted(needed & asked_before[-1]))]
        for index in range(len(self.uses) - 1, -1, -1):
            needed = needed | read_at[index]
            live.append(tuple(sorted(needed & asked_before[index])))
        return live[::-1]

    def relevant(self, goals: frozenset[str]) -> frozenset[str]:
        """The variables that are read anywhere."""
        return frozenset().union(goals, *self._read_at)

    def walk(
        self,
        goals: frozenset[str] = frozenset(),
        *,
        on_leaf: Callable[[Leaf], None] | None = None,
        found: Found | None = None,
        want_routes: bool = False,
        fixed: Mapping[str, int] | None = None,
        most: int = MOST_VISITS,
        outline: bool = False,
    ) -> Found:
        """Walk every way. `fixed` holds variables to one of their values (by number).

        An `outline` leaves out what only words read, and tries the first and the last of many
        values: the ways that there are, not every combination that takes one.
        """
        read_at = self._steered_at if outline else self._read_at
        run = _Run(
            self,
            self._live(goals, read_at),
            frozenset().union(goals, *read_at),
            on_leaf,
            found or Found(),
            want_routes,
            fixed or {},
            most,
            outline,
        )
        run.go()
        return run.found


class _Run:
    """One exploration: the state that goes down and up with the walk."""

    def __init__(
        self,
        explorer: Explorer,
        live: list[tuple[str, ...]],
        relevant: frozenset[str],
        on_leaf: Callable[[Leaf], None] | None,
        found: Found,
        want_routes: bool,
        fixed: Mapping[str, int],
        most: int,
        outline: bool,
    ) -> None:
        self.outline = outline
        self.explorer = explorer
        self.live = live
        self.relevant = relevant
        self.on_leaf = on_leaf
        self.found = found
        self.want_routes = want_routes
        self.fixed = fixed
        self.most = most
        self.answers: dict[str, Any] = {}
        self.look_ups: dict[str, Any] = {}
        self.held: dict[str, int] = {}
        self.trail: list[tuple[str, Any]] = []
        self.today = explorer.base
        self.memo: dict[tuple[Any, ...], dict[Route, Trail]] = {}
        self.visits = 0

    def go(self) -> None:
        choices = self.explorer.choices
        for number, day in self.pick("today"):
            self.today = date.fromisoformat(day)
            self.held["today"] = number
            if len(choices.of("today")) > 1 and "today" in self.relevant:
                self.trail.append(("today", day))
                self.keep_routes(self.page(0))
                self.trail.pop()
            else:
                self.keep_routes(self.page(0))

    def keep_routes(self, suffixes: dict[Route, Trail]) -> None:
        for route, trail in suffixes.items():
            if len(self.found.routes) >= MOST_ROUTES:
                self.found.more_routes = True
                return
            self.found.routes.setdefault(route, trail)

    def pick(self, name: str) -> Iterator[tuple[int, Any]]:
        """The values of `name` to try here, with their numbers."""
        values = self.explorer.choices.of(name)
        if name in self.fixed:
            number = self.fixed[name]
            yield number, values[number]
            if name in self.explorer.loose:
                yield from ((n, value) for n, value in enumerate(values) if n != number)
        elif name in self.relevant:
            if self.outline and len(values) > MANY_VALUES:
                yield from ((0, values[0]), (len(values) - 1, values[-1]))
            else:
                yield from enumerate(values)
        else:
            yield 0, values[0]

    def env(self) -> Env:
        facts = Facts(self.answers, self.look_ups, self.today)
        return Env(self.explorer.rules, facts, self.answers, self.look_ups)

    def check(self, expression: Expression, rows: Sequence[Mapping[str, Any]] | None = None) -> Any:
        """Evaluate, noting every name that had no value; what was seen before is not tried again."""
        seen = (id(expression), *map(self.held.get, self.explorer.names(expression)))
        if seen in self.found.known:
            return self.found.known[seen]
        value = None
        for row in [None] if rows is None else rows:
            env = self.env()
            env.missing = []
            if row is not None:
                env.row = row
            value = expression.run(env)
            for name in env.missing:
                key = (expression.path, name)
                if key not in self.found.missing:
                    self.found.missing[key] = tuple(self.trail)
        self.found.known[seen] = value
        return value

    def page(self, index: int) -> dict[Route, Trail]:
        key = (index, *(self.held.get(name, -1) for name in self.live[index]))
        known = self.memo.get(key)
        if known is not None:
            return known
        self.visits += 1
        self.found.visits += 1
        if self.visits > self.most:
            raise TooMany
        self.memo[key] = suffixes = self._page(index)
        return suffixes

    def _page(self, index: int) -> dict[Route, Trail]:
        if index == len(self.explorer.uses):
            self.found.completes += 1
            if self.on_leaf is not None:
                leaf = Leaf(dict(self.answers), dict(self.look_ups), self.today, tuple(self.trail))
                self.on_leaf(leaf)
            return {(): ()} if self.want_routes else {}
        use = self.explorer.uses[index]
        page = use.page
        if page.when is not None and not self.check(page.when):
            self.found.passed.add(page.id)
            return self.page(index + 1)
        match page.kind:
            case "stop":
                self.reach(use)
                self.found.stops += 1
                return {(page.id,): ()} if self.want_routes else {}
            case "show":
                self.reach(use)
                return self.prefixed(page.id, self.page(index + 1))
            case "look_up" | "repeat":
                return self.one_variable(index, use)
            case _:
                return self.questions(index, use, 0, asked=False)

    def reach(self, use: PageUses, rows: Sequence[Mapping[str, Any]] = ()) -> None:
        self.found.reached.setdefault(use.page.id, tuple(self.trail))
        for expression in use.whole:
            self.check(expression)
        for expression in use.by_row:
            self.check(expression, rows)
        for expression in use.texts:
            seen = (id(expression), *map(self.held.get, self.explorer.names(expression)))
            if seen in self.found.known:
                continue
            self.found.known[seen] = None
            env = self.env()
            env.missing = []
            expression.run(env)
            for name in env.missing:
                if not self.left_blank(name):
                    self.found.holes.setdefault((expression.path, name), tuple(self.trail))

    def left_blank(self, name: str) -> bool:
        """Whether `name` was asked and the person left it blank, or the look-up gave no such value."""
        owner = name.partition(".")[0]
        return name in self.answers or self.look_ups.get(owner) is not None

    def one_variable(self, index: int, use: PageUses) -> dict[Route, Trail]:
        page = use.page
        store = self.look_ups if page.kind == "look_up" else self.answers
        merged: dict[Route, Trail] = {}
        for number, value in self.pick(page.id):
            store[page.id] = value
            self.held[page.id] = number
            self.note(page.id, value)
            self.reach(use, value if page.kind == "repeat" else ())
            if page.kind == "look_up" and value is None and page.spec.if_it_fails == "stop":
                self.found.stops += 1
                after: dict[Route, Trail] = {(page.id,): ()} if self.want_routes else {}
            else:
                after = self.page(index + 1)
                if page.kind == "repeat":
                    after = self.prefixed(page.id, after)
            self.merge(merged, after, page.id, value)
            self.forget(page.id)
            store.pop(page.id, None)
            self.held.pop(page.id, None)
        return merged

    def questions(self, index: int, use: PageUses, number: int, asked: bool) -> dict[Route, Trail]:
        """The questions of a page from `number` on; then the page's own uses and what follows."""
        page = use.page
        if number == len(page.questions):
            if asked:
                self.reach(use)
            after = self.page(index + 1)
            return self.prefixed(page.id, after) if asked else after
        question = self.explorer.service.questions[page.questions[number]]
        own = question.when if question.id != page.id else None
        if own is not None and not self.check(own):
            return self.questions(index, use, number + 1, asked)
        merged: dict[Route, Trail] = {}
        fits = False
        for choice, value in self.pick(question.id):
            self.answers[question.id] = value
            self.held[question.id] = choice
            if question.id not in self.explorer.loose or self.allowed(question, value):
                fits = True
                self.note(question.id, value)
                self.merge(merged, self.questions(index, use, number + 1, True), question.id, value)
                self.forget(question.id)
            self.answers.pop(question.id, None)
            self.held.pop(question.id, None)
            if fits and question.id in self.fixed:
                break
        if fits:
            self.found.could_answer.add(question.id)
        else:
            self.found.no_answer.setdefault(question.id, tuple(self.trail))
        return merged

    def allowed(self, question: Question, value: Any) -> bool:
        facts = Facts(self.answers, self.look_ups, self.today)
        return not check_answer(self.explorer.service, question.id, value, facts=facts)

    def note(self, name: str, value: Any) -> None:
        if name in self.relevant and len(self.explorer.choices.of(name)) > 1:
            self.trail.append((name, value))

    def forget(self, name: str) -> None:
        if self.trail and self.trail[-1][0] == name:
            self.trail.pop()

    def prefixed(self, page: str, after: dict[Route, Trail]) -> dict[Route, Trail]:
        if not self.want_routes:
            return after
        return {(page, *route): trail for route, trail in after.items()}

    def merge(
        self, into: dict[Route, Trail], after: dict[Route, Trail], name: str, value: Any
    ) -> None:
        if not self.want_routes:
            return
        told = name in self.relevant and len(self.explorer.choices.of(name)) > 1
        for route, trail in after.items():
            if route in into:
                continue
            if len(into) >= MOST_ROUTES:
                self.found.more_routes = True
                return
            into[route] = ((name, value), *trail) if told else trail
