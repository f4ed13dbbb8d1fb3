"""Proof 6: the examples run through the code that decides for real cases, and visit everything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from moothall.language.check.example_run import LONDON, ExampleRun, Failed
from moothall.language.check.explore import Trail
from moothall.language.check.notes import Notes
from moothall.language.check.report import Coverage
from moothall.language.check.saying import say
from moothall.language.compiler.local import NotThat, pence
from moothall.language.decide import public_row, work_out
from moothall.language.results import Walk
from moothall.language.service import Service


def run_examples(service: Service, notes: Notes, reached: Mapping[str, Trail]) -> Coverage:
    """Run every example of `service`; note what does not come out as it should.

    `reached` gives for a page the answers of one way to it, to say how to visit it.
    """
    visited: set[str] = set()
    broken = False
    for number, example in enumerate(service.examples):
        run = ExampleRun(service, example, f"examples.{number}", notes)
        try:
            _compare(run, run.go())
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


# -- what should have come out ----------------------------------------------------------------


def _compare(run: ExampleRun, way: Walk) -> None:
    expect = run.example.expect
    stopped = way.stop.id if way.stop is not None else "no stop"
    if expect.stop is not None and way.stop is None:
        run.differs("stop", "the stop", f"`{expect.stop}`", "")
        return
    if expect.stop is not None and stopped != expect.stop:
        run.differs("stop", "the stop", f"`{expect.stop}`", f"`{stopped}`", stopped)
        return
    if expect.stop is None and way.stop is not None:
        run.wrong("stopped", "expect", f"it stops at `{stopped}`.",
                   f"Write `expect: {{stop: {stopped}}}`, or mend the answers.")  # fmt: skip
        return
    run.leftovers(way)
    if expect.asked is not None:
        asked = [key for key in way.asked if key in run.service.questions or _is_repeat(run, key)]
        if asked != list(expect.asked):
            run.differs("asked", "what is asked", _list(expect.asked), _list(asked), _list(asked))
    if not run.state:
        _no_case(run, expect)
        return
    if expect.state is not None and expect.state != run.state:
        run.differs(
            "state", "the state at the end", f"`{expect.state}`", f"`{run.state}`", run.state
        )
    if expect.sent is not None and list(expect.sent) != run.sent:
        run.differs("sent", "what is sent", _list(expect.sent), _list(run.sent), _list(run.sent))
    _money(run, expect.fee)
    _promised(run)
    _worked_out(run)
    _published(run)


def _no_case(run: ExampleRun, expect: Any) -> None:
    for key in ("state", "fee", "sent", "finish_by", "urgent", "published"):
        if getattr(expect, key) not in (None, "", [], "0"):
            run.wrong("no_case", f"expect.{key}",
                       f"it stops in the form, so there is no case and no `{key}`.",
                       f"Leave out `{key}:`.")  # fmt: skip
    if run.example.moves:
        run.wrong("moves", "moves", "it stops in the form, so there is no case to move.",
                   "Leave out `moves:`.")  # fmt: skip


def _is_repeat(run: ExampleRun, key: str) -> bool:
    page = run.service.page(key)
    return page is not None and page.kind == "repeat"


def _money(run: ExampleRun, expected: str) -> None:
    if not expected:
        return
    try:
        wanted = pence(expected)
    except NotThat:
        run.wrong(
            "fee",
            "expect.fee",
            f"`{expected}` is not an amount.",
            "Write pounds, such as 12.50.",
        )
        return
    found = run.pence or 0
    if wanted != found:
        run.differs("fee", "the fee", _pounds(wanted), _pounds(found), _pounds(found))


def _promised(run: ExampleRun) -> None:
    expect = run.example.expect
    found = run.promise()
    if expect.finish_by is not None:
        day = ""
        if found is not None and found.finish_by is not None:
            day = found.finish_by.astimezone(LONDON).date().isoformat()
        if day != expect.finish_by:
            run.differs("finish_by", "the promised day", expect.finish_by, day, day)
    if expect.urgent is not None:
        urgent = bool(found and found.urgent)
        if urgent != expect.urgent:
            now = str(urgent).lower()
            run.differs("urgent", "urgent", _yes(expect.urgent), _yes(urgent), now)


def _worked_out(run: ExampleRun) -> None:
    expect = run.example.expect
    if not expect.work_out:
        return
    found = work_out(run.service, run.facts())
    for name, wanted in expect.work_out.items():
        value = found.get(name)
        worked = run.service.worked_out[name]
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
            run.differs("work_out", f"`{name}`", _text(wanted), said, write)


def _published(run: ExampleRun) -> None:
    expected = run.example.expect.published
    if expected is None:
        return
    row = public_row(run.service, run.facts(), state=run.state) or {}
    for column, wanted in expected.items():
        found = row.get(column, "")
        if _text(wanted) != found:
            write = f"{{{column}: {found}}}" if found else ""
            run.differs("published", f"the column `{column}`", _text(wanted), found, write)


def _list(names: Iterable[str]) -> str:
    return f"[{', '.join(names)}]"


def _pounds(value: int) -> str:
    return f"{value // 100}.{value % 100:02d}"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return _yes(value)
    return "" if value is None else str(value)
