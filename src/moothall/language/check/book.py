"""The expressions of a service in the places where they are used.

`service.expressions` has every compiled expression by its path; here they are sorted by what
happens to them: on which page, with which guard, and when in the life of a case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from moothall.language.check.clues import Clues, gather
from moothall.language.check.explore import Explorer, PageUses
from moothall.language.check.forms import Form, variables
from moothall.language.check.values import Choices, Maker
from moothall.language.expressions import Expression, Rules
from moothall.language.service import Service
from moothall.language.template import compile_text

USUAL_DAY = date(2026, 3, 11)
"""A Wednesday with no holiday near, for services without examples."""


@dataclass(frozen=True)
class Goal:
    """An expression that is used once the form is complete.

    It counts only where its guards are true (and `unless` false). `states` are those in which the
    case can then be; empty where it makes no difference.
    """

    path: str
    expression: Expression
    guards: tuple[Expression, ...] = ()
    unless: tuple[Expression, ...] = ()
    states: tuple[str, ...] = ()
    after_move: str = ""
    is_text: bool = False


class Book:
    """Everything that the proofs look up about one service, worked out once."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.impossible: frozenset[str] = frozenset()

    @cached_property
    def base(self) -> date:
        """The day on which the checker pretends to be: that of the first example."""
        for example in self.service.examples:
            try:
                return date.fromisoformat(example.today)
            except ValueError:
                continue
        return USUAL_DAY

    @cached_property
    def rules(self) -> Rules:
        """The rules that the service's expressions share."""
        return self.service.rules

    @cached_property
    def worked_out(self) -> Mapping[str, Form]:
        """The compiled form of each worked-out value."""
        return {name: item.expression.form for name, item in self.service.worked_out.items()}

    @cached_property
    def clues(self) -> Mapping[str, Clues]:
        """What the expressions say about each name."""
        return gather(self._forms(), self.worked_out, self.rules)

    def _forms(self) -> list[Form]:
        forms = [expression.form for expression in self.service.expressions.values()]
        forms += [page.when.form for page in self.service.pages if page.when is not None]
        forms += list(self.worked_out.values())
        return forms

    @cached_property
    def choices(self) -> Choices:
        """The answers to try."""
        maker = Maker(
            self.service, self.rules, self._forms(), self.worked_out, self.clues, self.base
        )
        made = maker.make()
        self.impossible = frozenset(maker.impossible)
        return made

    @cached_property
    def pages(self) -> list[PageUses]:
        """Each page with its expressions, in order."""
        uses = {page.id: PageUses(page) for page in self.service.pages}
        for path, expression in self.service.expressions.items():
            parts = path.split(".")
            if parts[0] != "pages" or parts[1] not in uses:
                continue
            use = uses[parts[1]]
            if expression is use.page.when or path == f"{use.page.path}.when":
                continue
            if any(
                question.when is expression
                for question in (self.service.questions[key] for key in use.page.questions)
            ):
                continue
            in_row = use.page.kind == "repeat" and parts[2] not in (
                "at_least",
                "at_most",
                "title",
                "say",
            )
            (use.by_row if in_row else use.whole).append(expression)
        for path, text in self.service.texts.items():
            parts = path.split(".")
            if parts[0] == "pages" and parts[1] in uses:
                use = uses[parts[1]]
                if use.page.kind != "repeat" or parts[2] in ("title", "say"):
                    use.texts += self.in_text(path, text)
        return list(uses.values())

    def in_text(self, path: str, text: str) -> list[Expression]:
        """The expressions between { and } in a text that is not about a row of a repeat."""
        if "{" not in text:
            return []
        parts = compile_text(text, self.service.scope, self.rules, path)
        return [part for part in parts if not isinstance(part, str)]

    @cached_property
    def explorer(self) -> Explorer:
        """Walks the form."""
        return Explorer(
            self.service, self.rules, self.pages, self.worked_out, self.choices, self.base
        )

    def reads(self, expression: Expression) -> frozenset[str]:
        """The variables that `expression` depends on, through named values too."""
        return variables(expression.form, self.worked_out)

    @cached_property
    def goals(self) -> list[Goal]:
        """What is used once the form is complete, but for the named values themselves."""
        return list(self._goals())

    def _goals(self) -> Iterator[Goal]:
        found = self.service.expressions
        for path, expression in found.items():
            parts = path.split(".")
            match parts[0]:
                case "fee":
                    yield self._fee_goal(path, parts, expression)
                case "tell":
                    guard = found.get(f"tell.{parts[1]}.only_if")
                    guards = (guard,) if guard is not None and guard is not expression else ()
                    yield Goal(path, expression, guards, states=self._told_in(parts[1]))
                case "access":
                    guard = found.get(f"access.parties.{parts[2]}.when") if len(parts) > 2 else None
                    guards = (guard,) if guard is not None and guard is not expression else ()
                    yield Goal(path, expression, guards)
                case "data":
                    endings = tuple(key for key, state in self.service.states.items() if state.ends)
                    yield Goal(path, expression, states=endings)
                case "case":
                    yield self._case_goal(path, parts, expression)
                case "place" | "follows":
                    yield Goal(path, expression)
        for path, text in self.service.texts.items():
            yield from self._text_goals(path, text)

    def _text_goals(self, path: str, text: str) -> Iterator[Goal]:
        parts = path.split(".")
        states: tuple[str, ...] = ()
        guards: tuple[Expression, ...] = ()
        if parts[0] == "tell":
            guard = self.service.expressions.get(f"tell.{parts[1]}.only_if")
            guards, states = (guard,) if guard is not None else (), self._told_in(parts[1])
        elif parts[:2] == ["case", "states"]:
            states = (parts[2],)
        elif path != "what_happens_next":
            return
        for expression in self.in_text(path, text):
            yield Goal(path, expression, guards, states=states, is_text=True)

    def _fee_goal(self, path: str, parts: list[str], expression: Expression) -> Goal:
        found = self.service.expressions
        waived = found.get("fee.waived_when")
        unless = (waived,) if waived is not None and waived is not expression else ()
        guards: tuple[Expression, ...] = ()
        if parts[1] == "lines":
            guard = found.get(f"fee.lines.{parts[2]}.when")
            guards = (guard,) if guard is not None and guard is not expression else ()
        return Goal(path, expression, guards, unless)

    def _case_goal(self, path: str, parts: list[str], expression: Expression) -> Goal:
        if parts[1] == "states" and parts[2] in self.service.states:
            return Goal(path, expression, states=(parts[2],))
        if parts[1] == "moves" and parts[2] in self.service.moves:
            return Goal(path, expression, states=self.service.moves[parts[2]].from_states)
        if parts[1] == "ask":
            return Goal(path, expression, after_move=parts[2])
        guard = self.service.expressions.get("case.clock.urgent.when")
        if "urgent" in parts and guard is not None and guard is not expression:
            return Goal(path, expression, (guard,))
        return Goal(path, expression)

    def _told_in(self, message: str) -> tuple[str, ...]:
        told = self.service.tell.get(message)
        if told is None:
            return ()
        if told.when.state is not None:
            return (told.when.state,)
        if told.when.move is not None and told.when.move in self.service.moves:
            return (self.service.moves[told.when.move].to,)
        if told.when.mark == "starts":
            return (self.service.case.starts,)
        return tuple(key for key, state in self.service.states.items() if not state.ends)
