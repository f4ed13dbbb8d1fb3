"""`moothall check`: the seven proofs, and what else can be told from a service file.

Pure like the rest of the language: texts in, a report out. See LANGUAGE.md for what is proved and
docs/language.md for the language itself.
"""

from __future__ import annotations

from collections.abc import Mapping

from moothall.language.check import names, safety
from moothall.language.check.book import Book
from moothall.language.check.diagram import draw_service
from moothall.language.check.diff import Change, semantic_diff
from moothall.language.check.examples import run_examples
from moothall.language.check.flow import Flow
from moothall.language.check.form import FormProof
from moothall.language.check.notes import Notes, Where
from moothall.language.check.readability import Readability, note_readability
from moothall.language.check.report import Coverage, Report
from moothall.language.check.routes import RouteList, routes
from moothall.language.check.schema import json_schema
from moothall.language.check.script import script
from moothall.language.load import Library, Source, read
from moothall.language.problems import Problem
from moothall.language.service import Service

__all__ = [
    "Change",
    "Coverage",
    "Readability",
    "Report",
    "RouteList",
    "check_service",
    "diagram_svg",
    "json_schema",
    "routes",
    "script",
    "semantic_diff",
]

TYPE_CODES = (
    "expr.unlike", "expr.compare", "expr.option", "expr.is", "expr.in", "expr.not_yes_no",
    "expr.wrong_kind", "expr.argument", "expr.not_number", "expr.equals_option", "expr.time",
    "expr.missing", "expr.money_squared", "expr.pence", "expr.divide", "limit.", "work_out.cell",
    "options.", "publish.kind",
)  # fmt: skip


def check_service(
    source: Source | Service | str,
    *,
    file: str = "service.yaml",
    translations: Mapping[str, tuple[str, str]] | None = None,
    library: Library | None = None,
) -> Report:
    """Check a service with all seven proofs.

    `source` is a Source, the text of a file (with `file` and `translations`), or a compiled
    Service (whose problems then have no lines). Never raises for a faulty file: the report says
    what is wrong and how to mend it.
    """
    if isinstance(source, Service):
        return _prove(source, (), lambda path: (file, 0, 0), file)
    if isinstance(source, Source):
        file, text, translations = source.file, source.text, source.translations
    else:
        text = source
    loaded = read(text, file=file, translations=translations, library=library)
    if loaded.service is None:
        by_proof: dict[int, list[Problem]] = {}
        for problem in loaded.problems:
            by_proof.setdefault(_proof_of(problem), []).append(problem)
        return Report(file, None, loaded.problems, {n: tuple(p) for n, p in by_proof.items()})
    return _prove(
        loaded.service, loaded.problems, loaded.where, file, _original(loaded.service, library)
    )


def _original(service: Service, library: Library | None) -> Service | None:
    """The library's own service behind an overlay: its examples are about its own local values."""
    if not service.uses or library is None:
        return None
    name, _, version_range = service.uses.partition("@")
    source = library(name, version_range)
    return read(source.text, file=source.file, translations=source.translations).service


def diagram_svg(service: Service, lang: str = "en") -> str:
    """The states and moves of `service` as an SVG picture with a title and a description."""
    return draw_service(service, lang)


def _proof_of(problem: Problem) -> int:
    return 2 if problem.code.startswith(TYPE_CODES) else 1


def _prove(
    service: Service,
    before: tuple[Problem, ...],
    where: Where,
    file: str,
    examples: Service | None = None,
) -> Report:
    """The seven proofs. `examples`: the service that the examples are about, if another."""
    notes = Notes(where)
    notes.problems = [(_proof_of(problem), problem) for problem in before]
    book = Book(service)
    flow = Flow(book)
    form = FormProof(book, flow)
    form.run()
    form.note(notes)
    flow.note(notes, form.possible)
    names.note(book, notes)
    safety.note(book, notes)
    coverage = run_examples(examples or service, notes, form.found.reached)
    measured = note_readability(service, notes)
    by_proof: dict[int, list[Problem]] = {}
    for number, problem in notes.problems:
        by_proof.setdefault(number, []).append(problem)
    return Report(
        file,
        service,
        tuple(problem for _, problem in notes.problems),
        {number: tuple(problems) for number, problems in by_proof.items()},
        coverage,
        len(form.found.routes),
        form.found.more_routes,
        form.found.method,
        form.found.visits,
        measured,
    )
