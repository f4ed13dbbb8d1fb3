"""The one pass over the pages that every answer about the way through the form comes from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moothall.language.answers.faults import count_faults, faults, row_faults
from moothall.language.expressions import Env
from moothall.language.facts import Facts
from moothall.language.results import Step
from moothall.language.service import Page, Question, Service

_NOTHING: Any = object()


class Route:
    """Goes through the pages in order; each sees only the answers that are on the way before it.

    `lenient` goes on past a page that is not answered, as if it had been left out.
    `skip_optional` takes an optional question that has no key as left blank.
    """

    def __init__(
        self, service: Service, facts: Facts, *, lenient: bool = False, skip_optional: bool = False
    ) -> None:
        self.service = service
        self.facts = facts
        self.lenient = lenient
        self.skip_optional = skip_optional
        self.answers: dict[str, Any] = {}
        self.look_ups: dict[str, Mapping[str, Any] | None] = {}
        self.env = Env(service.rules, facts, self.answers, self.look_ups)
        self.steps: list[Step] = []
        self.asked: list[str] = []
        self.next: Step | None = None
        self.stop: Step | None = None

    def go(self) -> Route:
        """Go through the pages. Gives itself."""
        for page in self.service.pages:
            if page.when is not None and not self._reached(page):
                continue
            step = getattr(self, f"_{page.kind}")(page)
            if step is None:
                continue
            self.steps.append(step)
            if step.kind == "stop" or step.failed:
                self.stop = step
                break
            if not step.answered and not self.lenient:
                self.next = step
                break
        return self

    def _reached(self, page: Page) -> bool:
        """Whether the page's condition holds. A gap in a lenient route is no reason to stop."""
        if page.when is None:
            return True
        if page.kind != "stop" or not self.lenient:
            return bool(page.when.run(self.env))
        self.env.missing = []
        holds = bool(page.when.run(self.env))
        gaps, self.env.missing = self.env.missing, None
        return holds and not gaps

    def _ask(self, page: Page) -> Step | None:
        questions = self.service.questions
        asked: list[str] = []
        answered = True
        alone = len(page.questions) == 1 and page.questions[0] == page.id
        for name in page.questions:
            question = questions[name]
            if not alone and question.when is not None and not question.when.run(self.env):
                continue
            asked.append(name)
            answered = self._answer(question) and answered
        if not asked:
            return None
        self.asked += asked
        return Step("ask", page.id, tuple(asked), page, answered, page.section)

    def _answer(self, question: Question) -> bool:
        value = self.facts.answers.get(question.id, _NOTHING)
        if value is _NOTHING:
            return self.skip_optional and question.optional
        if faults(question, value, self.env):
            return False
        if value is not None and value != "" and value != []:
            self.answers[question.id] = value
        return True

    def _look_up(self, page: Page) -> Step:
        found = self.facts.look_ups.get(page.id, _NOTHING)
        run = found is not _NOTHING
        if run and isinstance(found, Mapping) and "_with" in found and page.argument is not None:
            run = found["_with"] == page.argument.run(self.env)
        if run:
            good = isinstance(found, Mapping)
            self.look_ups[page.id] = found if good else None
            stops = not good and page.spec.if_it_fails == "stop"
            return Step("look_up", page.id, (), page, True, page.section, failed=stops)
        return Step("look_up", page.id, (), page, False, page.section)

    def _show(self, page: Page) -> Step:
        return Step("show", page.id, (), page, True, page.section)

    def _stop(self, page: Page) -> Step:
        return Step("stop", page.id, (), page, False, page.section)

    def _repeat(self, page: Page) -> Step:
        self.asked.append(page.id)
        return Step("repeat", page.id, page.questions, page, self._rows(page), page.section)

    def _rows(self, page: Page) -> bool:
        rows = self.facts.answers.get(page.id, _NOTHING)
        if rows is _NOTHING:
            return self.skip_optional and bool(page.spec.optional)
        if rows is None:
            rows = []
        if not isinstance(rows, list) or count_faults(page, len(rows), self.env):
            return False
        questions = tuple(self.service.questions[name] for name in page.questions)
        kept: list[dict[str, Any]] = []
        good = True
        for row in rows:
            good = not row_faults(questions, row, self.env) and good
            found: dict[str, Any] = dict(self.env.row)
            if isinstance(row, Mapping) and "_id" in row:
                found["_id"] = row["_id"]
            kept.append(found)
        self.env.row = {}
        if (good or self.lenient) and kept:
            self.answers[page.id] = kept
        return good
