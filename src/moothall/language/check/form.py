"""Proofs 1, 3 and 4 over the ways through the form.

Was everything that is used asked on the way to its use? Can every page be reached and every form
be finished? Does every table have a row for everything that can occur?
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from moothall.language.check.book import Book, Goal
from moothall.language.check.explore import (
    MOST_OUTLINE_VISITS,
    Explorer,
    Found,
    Leaf,
    TooMany,
    Trail,
)
from moothall.language.check.flow import Flow
from moothall.language.check.forms import Form, every, variables
from moothall.language.check.notes import Notes
from moothall.language.check.pairwise import rows
from moothall.language.check.saying import listed, when
from moothall.language.expressions.env import Env
from moothall.language.expressions.run import build
from moothall.language.facts import Facts

MOST_GOAL_VISITS = 4_000
MOST_DIRECTED_VISITS = 800
IN_PAIRS = "every pair of answers"


@dataclass
class Table:
    """A table under `work_out`: its rows compiled, and what was seen of them."""

    name: str
    tests: list[Any]
    values: list[Form]
    always: list[bool]
    reads: frozenset[str]
    inputs: frozenset[str]
    won: set[int] = field(default_factory=set)
    gap: Trail | None = None
    both: dict[tuple[int, int], Trail] = field(default_factory=dict)
    seen: bool = False


class FormProof:
    """Runs the explorations and keeps what they showed."""

    def __init__(self, book: Book, flow: Flow) -> None:
        self.book = book
        self.flow = flow
        self.service = book.service
        self.missing: dict[tuple[str, str], Trail] = {}
        self.possible: dict[str, set[str]] = {}
        self.negative_fee: tuple[str, Trail, frozenset[str]] | None = None
        self.tables = [
            table
            for name, form in book.worked_out.items()
            if (table := _table(name, form, book.worked_out)) is not None
        ]
        self.found = Found()
        self._reads_of: dict[int, frozenset[str]] = {}
        self._tried: set[tuple[Any, ...]] = set()

    # -- walking --------------------------------------------------------------------------------

    def run(self) -> None:
        """Walk the pages, then the pages with each group of what is used at the end."""
        self.walk_pages()
        explorer = self.book.explorer
        self.missing.update(self.found.missing)
        groups = list(self._groups())
        if self.found.visits > MOST_GOAL_VISITS:
            # The pages alone have more ways than that, so every group has: one round for all.
            goals = [goal for group in groups for goal in group[0]]
            tables = [table for group in groups for table in group[1]]
            self._judge_in_pairs(
                explorer, goals, tables, frozenset().union(*(g[2] for g in groups))
            )
            return
        for goals, tables, reads in groups:
            self._judge(explorer, goals, tables, reads)

    def walk_pages(self) -> None:
        """Walk the pages alone: what is reached, what is missing, and the routes."""
        explorer = self.book.explorer
        try:
            self.found = explorer.walk(want_routes=True)
        except TooMany:
            self.found = pairs = self.in_pairs(explorer, frozenset(), None)
            with suppress(TooMany):
                outline = explorer.walk(want_routes=True, outline=True, most=MOST_OUTLINE_VISITS)
                pairs.routes = {**outline.routes, **pairs.routes}
                pairs.reached = {**outline.reached, **pairs.reached}
                pairs.passed |= outline.passed
                pairs.could_answer |= outline.could_answer
                pairs.visits += outline.visits

    def _judge(
        self, explorer: Explorer, goals: list[Goal], tables: list[Table], reads: frozenset[str]
    ) -> None:
        def on_leaf(leaf: Leaf) -> None:
            self._leaf(leaf, goals, tables)

        try:
            seen = explorer.walk(reads, on_leaf=on_leaf, most=MOST_GOAL_VISITS)
        except TooMany:
            if len(goals) + len(tables) > 1:
                for goal in goals:
                    self._judge(explorer, [goal], [], self._goal_reads(goal))
                for table in tables:
                    self._judge(explorer, [], [table], table.reads)
                return
            self._judge_in_pairs(explorer, goals, tables, reads)
            return
        self.found.visits += seen.visits

    def _judge_in_pairs(
        self, explorer: Explorer, goals: list[Goal], tables: list[Table], reads: frozenset[str]
    ) -> None:
        seen = self.in_pairs(explorer, reads, lambda leaf: self._leaf(leaf, goals, tables))
        self.found.method = seen.method
        self.found.visits += seen.visits

    def _goal_reads(self, goal: Goal) -> frozenset[str]:
        known = self._reads_of.get(id(goal))
        if known is not None:
            return known
        found = self.book.reads(goal.expression)
        for guard in (*goal.guards, *goal.unless):
            found |= self.book.reads(guard)
        self._reads_of[id(goal)] = found
        return found

    def _groups(self) -> Iterable[tuple[list[Goal], list[Table], frozenset[str]]]:
        """Goals and tables that read the same things are judged on the same walks.

        What a walk cannot vary (the reference, the state, the day promised) makes no difference.
        """
        varied = frozenset(self.book.choices.values)
        groups: dict[frozenset[str], tuple[list[Goal], list[Table]]] = {}
        for goal in self.book.goals:
            groups.setdefault(self._goal_reads(goal) & varied, ([], []))[0].append(goal)
        for table in self.tables:
            groups.setdefault(table.reads & varied, ([], []))[1].append(table)
        merged: list[tuple[list[Goal], list[Table], frozenset[str]]] = []
        for reads, (goals, tables) in sorted(groups.items(), key=lambda item: -len(item[0])):
            for kept in merged:
                if reads <= kept[2]:
                    kept[0].extend(goals)
                    kept[1].extend(tables)
                    break
            else:
                merged.append((goals, tables, reads))
        return merged

    def in_pairs(self, explorer: Explorer, reads: frozenset[str], on_leaf: Any) -> Found:
        """Every pair of values on some walk, then a search for each page not reached by them."""
        choices = self.book.choices
        sizes = {
            name: len(choices.of(name))
            for name in sorted(explorer.relevant(reads))
            if name in choices.values and len(choices.of(name)) > 1
        }
        found = Found(method=IN_PAIRS)
        last: Mapping[str, int] = {}
        for row in rows(sizes):
            completes = found.completes
            explorer.walk(reads, on_leaf=on_leaf, found=found, want_routes=True, fixed=row)
            if found.completes > completes or not last:
                last = row
        for use in self.book.pages:
            if use.page.id in found.reached or use.page.when is None:
                continue
            cone = self._cone(use.page.id)
            fixed = {name: number for name, number in last.items() if name not in cone}
            try:
                explorer.walk(
                    reads,
                    on_leaf=on_leaf,
                    found=found,
                    want_routes=True,
                    fixed=fixed,
                    most=MOST_DIRECTED_VISITS,
                )
            except TooMany:
                continue
        return found

    def _cone(self, page_id: str) -> frozenset[str]:
        """The variables that decide whether a page is reached, without the stops before it."""
        conditions = {
            use.page.id: self.book.reads(use.page.when)
            for use in self.book.pages
            if use.page.when is not None
        }
        asked_on = {key: use.page.id for use in self.book.pages for key in use.page.questions}
        cone: set[str] = set()
        pages = [page_id]
        while pages:
            for name in conditions.get(pages.pop(), frozenset()) - cone:
                cone.add(name)
                pages.append(asked_on.get(name, name))
        return frozenset(cone)

    # -- judging a complete form --------------------------------------------------------------------

    def _leaf(self, leaf: Leaf, goals: Sequence[Goal], tables: Sequence[Table]) -> None:
        for table in tables:
            if self._is_new(table, table.reads, leaf):
                self._try_table(table, leaf)
        for goal in goals:
            if self._is_new(goal, self._goal_reads(goal), leaf):
                for env in self._envs(goal, leaf):
                    self._try_goal(goal, env, leaf)

    def _is_new(self, what: Goal | Table, reads: frozenset[str], leaf: Leaf) -> bool:
        """Whether `what` was not judged yet with the same values of all that it reads.

        The values are the choices' own, which live as long as the proof, so identity tells them.
        """
        key = (
            id(what),
            leaf.today,
            *(id(leaf.answers.get(name, leaf.look_ups.get(name, self))) for name in sorted(reads)),
        )
        if key in self._tried:
            return False
        self._tried.add(key)
        return True

    def _envs(self, goal: Goal, leaf: Leaf) -> Iterable[Env]:
        """The moments of a case at which the goal may be used."""
        states = goal.states or (self.service.case.starts,)
        for state in states:
            for extra in self.flow.case_answers(state, goal.after_move):
                answers = {**leaf.answers, **extra}
                for today in self.flow.days(goal.expression, leaf.today):
                    yield self.env(answers, leaf.look_ups, state, leaf.today, today)

    def env(
        self,
        answers: Mapping[str, Any],
        look_ups: Mapping[str, Any],
        state: str,
        started: date,
        today: date,
    ) -> Env:
        """The case in `state`, with everything known that a case knows."""
        ends = self.service.states[state].ends if state in self.service.states else None
        facts = Facts(
            answers,
            look_ups,
            today,
            state=state,
            started=started,
            ended=today if ends else None,
            fee=0,
            reference="XX-XXX-XXX",
            finish_by=started,
        )
        return Env(self.book.rules, facts, answers, look_ups)

    def _try_goal(self, goal: Goal, env: Env, leaf: Leaf) -> None:
        if not all(guard.run(env) for guard in goal.guards):
            return
        if any(barred.run(env) for barred in goal.unless):
            return
        env.missing = []
        value = goal.expression.run(env)
        for name in env.missing:
            if not goal.is_text:
                self.missing.setdefault((goal.path, name), leaf.trail)
            elif not self._left_blank(name, env):
                self.found.holes.setdefault((goal.path, name), leaf.trail)
        env.missing = None
        if goal.path.startswith("case.moves.") and goal.path.endswith(".when") and value:
            self.possible.setdefault(goal.path.split(".")[2], set()).add(str(env.facts.state))
        is_fee = goal.path == "fee.amount" or goal.path.startswith("fee.lines.")
        if is_fee and goal.path.endswith("amount") and isinstance(value, int) and value < 0:
            self.negative_fee = self.negative_fee or (
                goal.path,
                leaf.trail,
                self.book.reads(goal.expression),
            )

    def _left_blank(self, name: str, env: Env) -> bool:
        """Whether a text may lack `name`: it was asked and left blank, or a move may have asked it."""
        question = self.service.questions.get(name)
        if question is not None and question.stage == "case":
            return question.optional and name in env.answers
        return name in env.answers or env.look_ups.get(name.partition(".")[0]) is not None

    def _try_table(self, table: Table, leaf: Leaf) -> None:
        env = self.env(
            leaf.answers, leaf.look_ups, self.service.case.starts, leaf.today, leaf.today
        )
        env.missing = []
        fits = [number for number, test in enumerate(table.tests) if test(env)]
        if set(env.missing) & table.inputs and not fits:
            return
        table.seen = True
        if not fits:
            table.gap = table.gap or leaf.trail
            return
        first = fits[0]
        table.won.add(first)
        for other in fits[1:]:
            same = table.values[first] == table.values[other]
            if not table.always[other] and not same:
                table.both.setdefault((first, other), leaf.trail)

    # -- telling ------------------------------------------------------------------------------------

    def note(self, notes: Notes) -> None:
        """Tell what was found, as problems."""
        self._note_missing(notes)
        self._note_holes(notes)
        self._note_reach(notes)
        self._note_tables(notes)
        if self.negative_fee is not None:
            path, trail, reads = self.negative_fee
            notes.add(
                4, "fee.negative", path,
                f"The fee is less than nothing{when(self.service, trail, reads)}.",
                "Use `max(0, …)`, or mend the amounts.",
            )  # fmt: skip

    def _note_missing(self, notes: Notes) -> None:
        gaps = {table.name for table in self.tables if table.gap is not None}
        told: set[tuple[str, str]] = set()
        by_path: dict[str, list[str]] = {}
        for path, name in self.missing:
            by_path.setdefault(path, []).append(name)
        for path, names in by_path.items():
            if path.startswith("data.publish."):
                continue  # a column may be empty
            inner = [name for name in names if name not in self.service.worked_out]
            for name in names:
                is_work = name in self.service.worked_out
                if is_work and (inner or name in gaps):
                    continue
                if (path, name) in told or name in (
                    "state",
                    "ended",
                    "started",
                    "finish_by",
                    "reference",
                ):
                    continue
                told.add((path, name))
                if self._never_asked(name):
                    continue
                self._tell_missing(notes, path, name)

    def _never_asked(self, name: str) -> bool:
        """Whether the page that asks `name` is never reached: that is told by itself."""
        question = self.service.questions.get(name)
        page = question.page if question is not None else name.partition(".")[0]
        return bool(page) and self.service.page(page) is not None and page not in self.found.reached

    def _tell_missing(self, notes: Notes, path: str, name: str) -> None:
        trail = self.missing[path, name]
        owner = name.partition(".")[0]
        page = self.service.page(owner)
        question = self.service.questions.get(name) or self.service.questions.get(owner)
        because = self._because(name, trail)
        expression = self.service.expressions.get(path)
        source = f" in `{expression.source}`" if expression and expression.source != name else ""
        if name in self.service.worked_out:
            notes.add(
                4, "use.no_value", path,
                f"`{name}` has no value here{because}.",
                f"Make `work_out.{name}` cover it, or write `… if {name} is answered else …`.",
            )  # fmt: skip
        elif question is not None and question.stage == "case":
            notes.add(
                1, "use.not_asked", path,
                f"`{name}` is used here{source}, but no move on the way to this state asks it.",
                f"Add `{name}` to the `needs:` of the moves that lead here, or write "
                f"`{name} is answered and …`.",
            )  # fmt: skip
        elif page is not None and page.kind == "look_up":
            notes.add(
                1, "use.not_looked_up", path,
                f"`{name}` is used here{source}, but it was not looked up{because}.",
                f"Write `{name} is answered and …`, or look it up on that way too.",
            )  # fmt: skip
        else:
            notes.add(
                1, "use.not_asked", path,
                f"`{name}` is used here{source}, but it was not asked{because}.",
                f"Write `{name} is answered and …`, or ask `{name}` on that way too.",
            )  # fmt: skip

    def _because(self, name: str, trail: Trail) -> str:
        """` when …`: of the trail, the answers that decide whether `name` is asked."""
        owner = name.partition(".")[0]
        page = self.service.page(owner)
        question = self.service.questions.get(name) or self.service.questions.get(owner)
        if page is None and question is not None:
            page = self.service.page(question.page)
        about: frozenset[str] = frozenset(
            {owner} if page is not None and page.kind == "look_up" else ()
        )
        if page is not None and page.when is not None:
            about |= self.book.reads(page.when)
        if question is not None and question.when is not None:
            about |= self.book.reads(question.when)
        return when(self.service, trail, about or None)

    def _note_holes(self, notes: Notes) -> None:
        for (path, name), trail in self.found.holes.items():
            if name in self.service.worked_out and any(
                at == path and other not in self.service.worked_out
                for at, other in self.found.holes
            ):
                continue
            page = self.service.page(name.partition(".")[0])
            how = "looked up" if page is not None and page.kind == "look_up" else "asked"
            notes.add(
                1, "text.hole", path,
                f"The words have a gap where `{{{name}}}` stands, which is not {how}{self._because(name, trail)}.",
                f"Write `{{{name} if {name} is answered else \"…\"}}`, or ask it on that way too.",
                "warning",
            )  # fmt: skip

    def _note_reach(self, notes: Notes) -> None:
        found = self.found
        pages = [use.page for use in self.book.pages]
        certain = found.method == "every combination"
        blocking = next(
            (
                page
                for page in pages
                if page.kind == "stop" and page.id in found.reached and page.id not in found.passed
            ),
            None,
        )
        for page in pages:
            if page.id in found.reached:
                self._note_always(notes, page)
                continue
            if blocking is not None and page.index > blocking.index:
                continue
            if page.when is None:
                notes.add(
                    3, "reach.page", page.path, f"No answers lead to the page `{page.id}`.",
                    "Everyone has stopped before it: mend the `when` of the stops before it.",
                )  # fmt: skip
                continue
            hedge = "" if certain else " that were tried"
            notes.add(
                3, "reach.page", f"{page.path}.when",
                f"No answers{hedge} lead to the page `{page.id}`: `{page.when.source}` is never true there.",
                "Mend its `when`, or take the page out.",
            )  # fmt: skip
        if blocking is not None:
            notes.add(
                3, "reach.all_stop", blocking.path,
                f"Everyone stops at `{blocking.id}`, so nothing after it can be reached.",
                "Say `when` it stops, or mend the condition so that it is sometimes false."
                if blocking.when is not None
                else "Give it a `when:`.",
            )  # fmt: skip
        elif not found.completes:
            notes.add(
                3, "reach.no_end", "pages", "Nobody can get to the end of the form.",
                "Mend the `when` of the stops, so that some answers pass them all.",
            )  # fmt: skip
        for name, trail in {**found.no_answer, **dict.fromkeys(self.book.impossible, ())}.items():
            question = self.service.questions[name]
            notes.add(
                3, "reach.no_answer", f"{question.path}.limits",
                f"No answer to `{name}` keeps to its limits{when(self.service, trail)}.",
                "Widen the limits, or stop before the question is asked.",
                "error" if name in self.book.impossible or name not in found.could_answer else "warning",
            )  # fmt: skip

    def _note_always(self, notes: Notes, page: Any) -> None:
        if page.when is None or page.id in self.found.passed or page.kind == "stop":
            return
        notes.add(
            3, "reach.always", f"{page.path}.when",
            f"The page `{page.id}` is always shown: `{page.when.source}` is never false there.",
            "Leave the `when` out, or mend it.", "warning",
        )  # fmt: skip

    def _note_tables(self, notes: Notes) -> None:
        certain = self.found.method == "every combination" and not any(
            proof == 3 and problem.severity == "error" for proof, problem in notes.problems
        )
        for table in self.tables:
            path = f"work_out.{table.name}"
            if table.gap is not None:
                said = when(self.service, table.gap, table.reads)
                notes.add(
                    4, "table.gap", path, f"No row of the table `{table.name}` fits{said}.",
                    "Add a row for it, or end the table with `- otherwise: …`.",
                )  # fmt: skip
            for (first, other), trail in list(table.both.items())[:3]:
                if other not in table.won:
                    continue
                said = when(self.service, trail, table.reads)
                notes.add(
                    4, "table.overlap", f"{path}.table.{other}",
                    f"Rows {first + 1} and {other + 1} of the table `{table.name}` both fit{said}; "
                    f"row {first + 1} wins.",
                    "If that is not meant, make one of them narrower.", "warning",
                )  # fmt: skip
            if not table.seen or not certain or table.gap is not None:
                continue
            for number in range(len(table.tests)):
                if number not in table.won:
                    notes.add(
                        4, "table.unused_row", f"{path}.table.{number}",
                        f"Row {number + 1} of the table `{table.name}` is never used: the rows before "
                        "it fit first, or it can't occur.",
                        "Move it up, or take it out.",
                    )  # fmt: skip


def _table(name: str, form: Form, worked_out: Mapping[str, Form]) -> Table | None:
    while form[0] in ("pounds", "to_number"):
        form = form[1]
    if form[0] != "first":
        return None
    tests = [test for test, _ in form[1]]
    reads = variables(form, worked_out)
    names = {
        str(leaf[1]) if leaf[0] != "value" else f"{leaf[1]}.{leaf[2]}"
        for test in tests
        for leaf in every(test)
        if leaf[0] in ("answer", "value", "work", "look_up", "row")
    }
    return Table(
        name,
        [build(test) for test in tests],
        [value for _, value in form[1]],
        [test == ["const", True] for test in tests],
        reads,
        frozenset(names),
    )


__all__ = ["FormProof", "listed"]
