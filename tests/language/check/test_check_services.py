"""Every service that ships, and the pack's overlays, pass all seven proofs."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from moothall.language import Facts, Service, Source, load_service, walk
from moothall.language.check import check_service, diagram_svg, routes, script
from moothall.language.check.book import Book

ROOT = Path(__file__).parents[3]
SERVICES = sorted((ROOT / "services").glob("*/service.yaml"))
OVERLAYS = sorted((ROOT / "councils").glob("*/services/*.yaml"))


def source(path: Path) -> Source:
    translations = {
        beside.suffixes[-2][1:]: (beside.name, beside.read_text(encoding="utf-8"))
        for beside in path.parent.glob("service.*.yaml")
    }
    return Source(path.parent.name, path.read_text(encoding="utf-8"), translations)


def library(service_id: str, version_range: str = "") -> Source:
    return source(ROOT / "services" / service_id / "service.yaml")


def compiled(path: Path) -> Service:
    made = source(path)
    return load_service(made.text, file=made.file, translations=made.translations)


BY_PAIRS = {"council_tax_reduction"}
"""Forms so long, with so much that depends on so much, that every combination is too many."""


def named(path: Path) -> str:
    return path.parent.name if path.name == "service.yaml" else f"overlay-{path.stem}"


@pytest.mark.parametrize("path", SERVICES, ids=named)
def test_a_shipped_service_passes_all_seven_proofs(path: Path) -> None:
    report = check_service(source(path))
    assert [str(problem) for problem in report.errors] == []
    # A permit is given for good, and can be given up all the same.
    assert {problem.code for problem in report.warnings} <= {"move.ended"}
    assert report.coverage.uncovered == ()
    assert report.coverage.share == 1
    if named(path) in BY_PAIRS:
        assert report.method == "every pair of answers"
        assert report.walks < 60_000
    else:
        assert report.method == "every combination"
        assert report.walks < 6_000  # what keeps it far under a second
    assert report.routes_count > 1
    assert report.readability["en"].total.longest <= 25


@pytest.mark.parametrize("path", OVERLAYS, ids=named)
def test_an_overlay_of_the_pack_passes_too(path: Path) -> None:
    report = check_service(source(path), library=library)
    assert [str(problem) for problem in report.problems] == []


@pytest.mark.parametrize("path", SERVICES, ids=named)
def test_a_shipped_service_can_be_drawn_and_read_out(path: Path) -> None:
    service = compiled(path)
    for lang in service.languages:
        assert service.text("name", lang) in diagram_svg(service, lang)
        assert service.text("name", lang).upper() in script(service, lang)


def answers_at_random(book: Book, choose: random.Random) -> Iterator[tuple[str, Any]]:
    """For each question, one of the answers that the checker tries or, for options, any at all."""
    service = book.service
    for name, values in book.choices.values.items():
        question = service.questions.get(name)
        if question is not None and question.type == "choose one":
            yield name, choose.choice(list(question.options))
        else:
            yield name, choose.choice(values)


@pytest.mark.parametrize("path", SERVICES, ids=named)
def test_no_walk_of_the_real_form_takes_a_way_that_is_not_listed(path: Path) -> None:
    """The explorer merges walks and leaves answers out; the form itself does neither."""
    service = compiled(path)
    listed = {route for route, _ in routes(service).routes}
    book = Book(service)
    look_ups = {page.id for page in service.pages if page.kind == "look_up"}
    taken = set()
    for seed in range(120):
        given = dict(answers_at_random(book, random.Random(seed)))
        facts = Facts(
            {key: value for key, value in given.items() if key not in look_ups},
            {key: value for key, value in given.items() if key in look_ups},
            today=book.base,
        )
        way = walk(service, facts)
        if way.next is not None:
            continue  # an answer outside limits that depend on other answers
        route = tuple(
            step.id
            for step in way.steps
            if step.kind != "look_up" or (way.stop is not None and step.id == way.stop.id)
        )
        assert route in listed
        taken.add(route)
    assert taken


def test_the_examples_of_an_overlay_are_about_the_library_s_own_values() -> None:
    """A council that gives itself more time does not have to write the examples again."""
    overlay = "moothall: 1\nuses: missed_bin@1\nlocal:\n  report_window: 5\n  return_within: 10\n"
    report = check_service(overlay, file="overlay.yaml", library=library)
    assert [str(problem) for problem in report.problems] == []
    assert report.service is not None
    assert report.service.local["report_window"] == 5


def test_a_compiled_service_can_be_checked_as_well() -> None:
    service = compiled(SERVICES[0])
    assert check_service(Service.from_canonical(service.canonical)).ok


def test_a_day_is_taken_from_the_examples_so_that_a_check_never_depends_on_today() -> None:
    assert Book(compiled(ROOT / "services/missed_bin/service.yaml")).base == date(2026, 3, 11)


def test_welsh_that_has_fallen_behind_or_is_not_there_is_pointed_at() -> None:
    made = library("missed_bin")
    file, welsh = made.translations["cy"]
    english = made.text.replace("label: Which bin was missed?", "label: Which of your bins?")
    lines = welsh.splitlines(keepends=True)
    place = next(n for n, line in enumerate(lines) if "pages.was_out.label:" in line)
    following = next(n for n in range(place + 1, len(lines)) if not lines[n].startswith("   "))
    shorter = "".join([*lines[:place], *lines[following:]])
    report = check_service(Source("service.yaml", english, {"cy": (file, shorter)}))
    said = {problem.code: str(problem) for problem in report.warnings}
    assert report.ok
    line = next(n for n, text in enumerate(shorter.splitlines(), 1) if "pages.bin.label:" in text)
    assert said["translation.stale"] == (
        f"{file}:{line}: The English of `pages.bin.label` has changed since its Welsh was written. "
        "Mend the words, and give the new `of:` that `check --script --paths` prints."
    )
    assert "There is no Welsh for `pages.was_out.label`." in said["translation.missing"]
    assert "`check --script --paths --lang cy`" in said["translation.missing"]


def test_the_report_shows_the_hardest_words_first() -> None:
    text = check_service(library("crisis_support")).text()
    assert "7 readability               proved (reading age " in text
    assert "    hardest words: " in text
