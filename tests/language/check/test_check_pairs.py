"""What happens where there are too many combinations to try each."""

from __future__ import annotations

from itertools import combinations, product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moothall.language import Service, load_service
from moothall.language.check import check_service, pairwise
from moothall.language.check.book import Book
from moothall.language.check.explore import TooMany


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 5), min_size=1, max_size=7))
def test_every_pair_of_values_is_in_some_row(sizes: list[int]) -> None:
    rows = pairwise.rows(dict(enumerate(sizes)))
    assert all(set(row) == set(range(len(sizes))) for row in rows)
    for a, b in combinations(range(len(sizes)), 2):
        held = {(row[a], row[b]) for row in rows}
        assert held == set(product(range(sizes[a]), range(sizes[b])))
    assert rows == pairwise.rows(dict(enumerate(sizes)))


def test_few_combinations_are_all_mixed_and_many_only_in_pairs() -> None:
    assert len(pairwise.mixes([[1, 2], [3, 4], [5, 6]], 8)) == 8
    assert len(pairwise.mixes([[0, 1, 2]] * 6, 100)) < 30


def service_of(questions: int, condition: str) -> str:
    """A form of yes or no questions, whose price depends on all of them at once."""
    asks = "".join(
        f"  - ask: q{n}\n    type: yes or no\n    label: Is it number {n}?\n"
        for n in range(questions)
    )
    every = " and ".join(f"q{n}" for n in range(questions))
    return f"""\
moothall: 1
service: many_questions
version: 1.0.0
name: Answer many questions
summary: It asks a lot.
kind: ask
owner: a_team
pages:
{asks}  - ask: late
    type: yes or no
    label: Is it late?
    when: {condition}
work_out:
  price: {{type: money, table: [{{when: {every}, is: 5.00}}, {{otherwise: 7.00}}]}}
fee: {{amount: price, label: Fee}}
case:
  starts: open
  states: {{open: Open, done: {{label: Done, ends: done}}}}
  moves: {{finish: {{from: open, to: done, by: a_team}}}}
data: {{lawful_basis: public task, keep: 1 year after end}}
examples:
  - name: It is not late
    today: 2026-03-11
    answers: {{{", ".join(f"q{n}: false" for n in range(questions))}}}
    moves: [finish]
    expect: {{state: done, fee: 7.00}}
"""


def test_a_small_form_is_proved_by_every_combination() -> None:
    report = check_service(service_of(6, "q0 and q3 and q5"))
    assert report.ok, report.text()
    assert report.method == "every combination"
    assert report.routes_count == 2


def test_a_big_form_is_tried_in_pairs_and_the_report_says_so() -> None:
    """Three questions must agree, which no pair shows: the page is then searched for by itself."""
    report = check_service(service_of(16, "q0 and q7 and q15"))
    assert report.method == "every pair of answers"
    assert "every pair of answers" in report.text()
    assert report.ok, report.text()
    assert report.walks < 60_000


def test_the_explorer_says_when_there_are_too_many() -> None:
    service: Service = load_service(service_of(16, "q0"))
    book = Book(service)
    goals = frozenset(f"q{n}" for n in range(16))
    with pytest.raises(TooMany):  # 500 visits cannot be enough for 65,536 combinations
        book.explorer.walk(goals, most=500)


CTR = Path(__file__).parents[3] / "services" / "council_tax_reduction" / "service.yaml"
LAST_ROW = "      - {otherwise: 0}\n"
LAST_ROWS = (
    "      - {when: children == 0, is: 0}\n"
    "      - {when: children > 0 and weekly_income > 440, is: 0}\n"
)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ([(LAST_ROW, LAST_ROWS), ("weekly_income > 260", "weekly_income > 262")], "table.gap"),
        (
            [(LAST_ROW, LAST_ROW.replace("otherwise", "when: weekly_income > 5000, is"))],
            "table.gap",
        ),
        ([("children > 0 and weekly_income > 260 and", "children > 0 and")], "table.overlap"),
    ],
    ids=["two pounds that no row covers", "no last row", "a row inside another"],
)
def test_bands_of_what_rows_add_up_to_meet_their_edges(
    changes: list[tuple[str, str]], code: str
) -> None:
    """An income is the sum over a repeat: its amounts are tried around each edge of the bands."""
    text = CTR.read_text(encoding="utf-8")
    assert not check_service(text).problems
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    assert code in {problem.code for problem in check_service(text).problems}
