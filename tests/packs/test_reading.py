"""A pack's files: what is wrong is said with its line and how to mend it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from moothall.packs.reading import PackModel, read_csv, read_yaml, write_csv, write_yaml
from moothall.packs.sections import PackError


class Cost(PackModel):
    cost: str
    pounds: Decimal


class Costs(PackModel):
    costs: list[Cost]


def written(folder: Path, text: str) -> Path:
    (folder / "costs.yaml").write_text(text, encoding="utf-8")
    return folder


def mistake(folder: Path) -> str:
    with pytest.raises(PackError) as caught:
        read_yaml(folder, "costs.yaml", Costs)
    return str(caught.value).replace(folder.name, "pack")


def test_a_missing_file_is_nothing(tmp_path: Path) -> None:
    assert read_yaml(tmp_path, "costs.yaml", Costs) is None


def test_money_is_exact(tmp_path: Path) -> None:
    written(tmp_path, "costs:\n  - {cost: phone, pounds: 2.83}\n  - {cost: web, pounds: 1.10}\n")
    read = read_yaml(tmp_path, "costs.yaml", Costs)
    assert read is not None
    assert [one.pounds for one in read.costs] == [Decimal("2.83"), Decimal("1.1")]


def test_no_is_text(tmp_path: Path) -> None:
    written(tmp_path, "costs:\n  - {cost: no, pounds: 1}\n")
    read = read_yaml(tmp_path, "costs.yaml", Costs)
    assert read is not None
    assert read.costs[0].cost == "no"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "costs:\n  - cost: phone\n    pound: 2.83\n    pounds: 1\n",
            "pack/costs.yaml:3: The key pound is not known here. Did you mean pounds?",
        ),
        (
            "costs:\n  - cost: web\n    pounds: 1\n  - cost: phone\n",
            "pack/costs.yaml:4: The key pounds is missing. Add costs.1.pounds.",
        ),
        (
            "costs:\n  - cost: phone\n    pounds: cheap\n",
            "pack/costs.yaml:3: costs.0.pounds: input should be a valid decimal. Correct the value.",
        ),
        ("- one\n- two\n", "pack/costs.yaml:1: The file must be a list of keys and values."),
        ("costs: [\n", "pack/costs.yaml:2: This is not YAML"),
        ("costs: []\ncosts: []\n", "pack/costs.yaml:2: This is not YAML"),
    ],
)
def test_a_mistake_names_its_line_and_the_way_out(tmp_path: Path, text: str, said: str) -> None:
    assert mistake(written(tmp_path, text)).startswith(said)


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    written(tmp_path, "costs:\n  - {cost: phone}\n  - {pounds: 1}\n")
    assert len(mistake(tmp_path).splitlines()) == 2


def test_a_table_keeps_its_lines(tmp_path: Path) -> None:
    write_csv(tmp_path, "a/b.csv", ["code", "name"], iter([["1", "One, two"], ["2", "Three"]]))
    rows = read_csv(tmp_path, "a/b.csv", ["code", "name"])
    assert rows is not None
    assert [(row.line, row["name"]) for row in rows] == [(2, "One, two"), (3, "Three")]


def test_a_table_without_a_column_is_refused(tmp_path: Path) -> None:
    write_csv(tmp_path, "b.csv", ["code"], iter([]))
    with pytest.raises(PackError, match="The column name is missing"):
        read_csv(tmp_path, "b.csv", ["code", "name"])


def test_what_is_written_reads_back(tmp_path: Path) -> None:
    data = {"costs": [{"cost": "café: £1", "pounds": Decimal("0.15")}]}
    data["costs"][0]["pounds"] = 0.15
    write_yaml(tmp_path, "costs.yaml", data, says="Costs.")
    read = read_yaml(tmp_path, "costs.yaml", Costs)
    assert read is not None
    assert read.costs[0] == Cost(cost="café: £1", pounds=Decimal("0.15"))
