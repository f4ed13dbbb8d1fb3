"""What the reader makes of YAML, and tables and local values as they are written."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from moothall.language import Facts, load_service, read, table_rows, work_out
from moothall.language.reading import read_yaml
from tests.language.files import small


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: no", "no"), ("a: on", "on"), ("a: NO", "NO"), ("a: yes", "yes"), ("a: true", True),
        ("a: False", False), ("a: 010", "010"), ("a: 10", 10), ("a: -3", -3), ("a: 1_000", "1_000"),
        ("a: 12.50", Decimal("12.50")), ("a: 1.15", Decimal("1.15")), ("a: 1e3", "1e3"),
        ("a: 0x1F", "0x1F"), ("a: 09:30", "09:30"), ("a: 2026-03-11", "2026-03-11"), ("a: 1.2.3", "1.2.3"),
        ("a:", None), ("a: ~", None), ("a: 'no'", "no"), ('a: "12.50"', "12.50"), ("a: .inf", ".inf"),
        ("a: |\n  one\n  two\n", "one\ntwo\n"), ("a: &x {b: 1}", {"b": 1}), ("a: [1, no]", [1, "no"]),
    ],
)  # fmt: skip
def test_a_value_is_what_it_looks_like(text: str, value: Any) -> None:
    tree = read_yaml(text, "x.yaml")
    assert tree.problems == []
    assert tree.value == {"a": value}
    assert type(tree.value["a"]) is type(value)


def test_every_place_is_known() -> None:
    tree = read_yaml("a:\n  - b: 1\n    c: {d: 2}\n", "x.yaml")
    assert tree.where(("a",)) == (1, 1)
    assert tree.where(("a", 0, "b")) == (2, 5)
    assert tree.where(("a", 0, "c", "d")) == (3, 9)
    assert tree.where(("a", 0, "c", "nothing")) == (3, 5)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "yaml.empty"), ("a: !!python/object:x y", "yaml.tag"), ("a: *b", "yaml.alias"),
        ("a: {b: {c: [{d: 1}]}", "yaml.unclosed"), ("? [a, b]\n: 1", "yaml.key"),
        ("a: " + "[" * 60 + "]" * 60, "yaml.deep"),
        ("a: &a [1, 2, 3, 4, 5, 6, 7, 8, 9]\n" + "".join(
            f"{name}: &{name} [{', '.join(['*' + before] * 9)}]\n" for before, name in zip("abcdefg", "bcdefgh")
        ), "yaml.too_big"),
        ("x" * 1_000_001, "yaml.too_long"),
    ],
    ids=["empty", "tag", "alias", "unclosed", "key", "deep", "bomb", "long"],
)  # fmt: skip
def test_what_yaml_is_not_read_says_why(text: str, code: str) -> None:
    assert code in {problem.code for problem in read_yaml(text, "x.yaml").problems}


def test_a_file_without_a_service_says_what_is_missing() -> None:
    found = {problem.path for problem in read("moothall: 1\n").problems}
    assert {"service", "version", "name", "pages", "case", "data"} <= found
    assert read("- a\n- b\n").problems[0].code == "shape.block"


TABLE = """\
work_out:
  price:
    type: money
    table:
      - {bin: garden, cars: 1 to 2, is: 10.00}
      - {bin: [garden, refuse], cars: under 5, is: 20.00}
      - {notes: urgent, is: 30.00}
      - {notes: missing, cars: over 8, is: 5 * cars}
      - {when: "cars == 7", is: 40.00}
      - {otherwise: 50.00}
"""


@pytest.mark.parametrize(
    ("answers", "rows", "pence"),
    [
        ({"bin": "garden", "cars": 1}, (0, 1, 5), 1000),
        ({"bin": "garden", "cars": 3}, (1, 5), 2000),
        ({"bin": "garden", "cars": 6, "notes": "urgent"}, (2, 5), 3000),
        ({"bin": "refuse", "cars": 9}, (3, 5), 4500),
        ({"bin": "refuse", "cars": 9, "notes": "x"}, (5,), 5000),
        ({"bin": "refuse", "cars": 7}, (4, 5), 4000),
        ({}, (5,), 5000),
    ],
)
def test_the_first_row_that_fits_gives_the_value(
    answers: dict[str, Any], rows: tuple[int, ...], pence: int
) -> None:
    service = load_service(small(work_out=TABLE))
    facts = Facts(answers)
    assert table_rows(service, "price", facts) == rows
    assert work_out(service, facts) == {"price": pence}


LOCAL = """\
local:
  prices:
    type: table
    default:
      - {bin: garden, is: 10.00}
      - {otherwise: 12.50}
  holidays: {type: calendar, default: scotland}
  rate: {type: number, default: 1.5}
  start: {type: date, default: 2026-01-01}
  opens: {type: time, default: "09:00"}
  free: {type: yes or no, default: no}
"""


def test_a_council_may_set_a_table_a_calendar_and_plain_values() -> None:
    text = small(
        local=LOCAL,
        work_out="work_out:\n  price: {table: local.prices}\n  late: on_day > local.start and not local.free\n"
        "  more: cars * local.rate\n",
        case="  clock: {finish_within: {working_days: 3}, calendar: local.holidays}",
    )
    service = load_service(text)
    facts = Facts({"bin": "garden", "cars": 3, "on_day": "2026-02-01"})
    assert work_out(service, facts) == {"price": 1000, "late": True, "more": "4.5"}
    assert service.calendar_name == "scotland"
    assert service.local["rate"] == "1.5"
    dearer = service.with_local(
        {"prices": [{"otherwise": Decimal("99.00")}], "free": True, "holidays": "council"}
    )
    assert work_out(dearer, facts) == {"price": 9900, "late": False, "more": "4.5"}
    assert dearer.calendar_name == "council"


def test_money_is_exact_where_floats_are_not() -> None:
    """1.15 pounds is 115 pence, and 4,586 amounts like it that a float would get wrong."""
    for pence in (115, 229, 435, 819, 100_03, 999_99):
        service = load_service(small(fee=f"fee: {{amount: {pence // 100}.{pence % 100:02d}}}"))
        assert service.expressions["fee.amount"].value(Facts({})) == pence
