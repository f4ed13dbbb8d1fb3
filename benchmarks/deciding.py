"""Deciding and checking: a 40-question service, and the check of every shipped one."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

from benchmarks.figures import milliseconds, row
from moothall.language import Calendar, Facts, fee, load_service, moves_for, on_route, promise, walk

ROOT = Path(__file__).resolve().parents[1]


def forty_questions() -> str:
    """A service of forty questions, each second one shown by the answer before it."""
    lines = [
        "moothall: 1\nservice: forty\nversion: 1.0.0\nname: Forty questions\nsummary: Forty.\n"
        "kind: ask\nowner: a_team\nsign_in: not needed\nchannels: [online]\naudience: public\npages:"
    ]
    for n in range(40):
        when = f"    when: q{n - 1} > 3\n" if n % 2 else ""
        lines.append(
            f"  - ask: q{n}\n    type: whole number\n    label: How many?\n{when.rstrip()}"
        )
    lines.append(
        "case:\n  starts: open\n  states:\n    open: {label: Open}\n    done: {label: Done, ends: done}\n"
        "  moves:\n    finish: {label: Finish, from: open, to: done, by: a_team}\n"
        "  clock: {finish_within: {working_days: 5}}\n"
        "access:\n  teams:\n    a_team: {sees: all}\n"
        "data: {lawful_basis: public task, keep: 1 year after end, then: delete}"
    )
    return "\n".join(line for line in lines if line)


def timed(times: int, work: Callable[[], object]) -> list[float]:
    """Seconds of each of `times` runs."""
    work()
    took = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        took.append(time.perf_counter() - started)
    return took


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    times = 50 if parser.parse_args().quick else 1000
    service = load_service(forty_questions())
    answers = {f"q{n}": 5 for n in range(40)}
    facts = Facts(
        answers=answers,
        look_ups={},
        today=date(2026, 3, 11),
        state="open",
        calendar=Calendar(frozenset()),
    )
    started = datetime(2026, 3, 11, 9, tzinfo=UTC)
    roles = frozenset({"a_team"})
    for name, work in (
        ("next page (walk)", lambda: walk(service, facts)),
        ("answers on the route", lambda: on_route(service, facts)),
        ("fee", lambda: fee(service, facts)),
        ("moves", lambda: moves_for(service, facts, state="open", roles=roles)),
        ("promise", lambda: promise(service, facts, started=started, pauses=())),
    ):
        row(
            f"decision in a service of 40 questions: {name} (aim: 1 ms)",
            "-",
            milliseconds(timed(times, work)),
        )

    from moothall.language.check import check_service
    from moothall.packs.library import read_source

    for folder in sorted((ROOT / "services").iterdir()):
        if (folder / "service.yaml").exists():
            source = read_source(folder / "service.yaml")
            took = timed(3, lambda source=source: check_service(source))  # type: ignore[misc]  # mypy can't infer a lambda's default
            row(f"moothall check: {folder.name} (aim: 1 s)", "-", milliseconds(took))


if __name__ == "__main__":
    main()
