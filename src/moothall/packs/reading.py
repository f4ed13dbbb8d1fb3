"""Reads and writes a pack's files, with the file and line of every mistake.

Rooms give a pydantic model (with `extra="forbid"`: use `PackModel`) and get it back filled, or a
PackError that names the line.
"""

from __future__ import annotations

import csv
import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from moothall.packs.sections import PackError, PackProblem, refuse


class PackModel(BaseModel):
    """The base of a pack file's model: unknown keys are refused, values are kept as written."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Row:
    """One row of a CSV file: its line (the header is line 1) and its cells by column."""

    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]


def shown(folder: Path, path: Path) -> str:
    """The file's name as messages give it: with the pack's folder, without what is above it."""
    return f"{folder.name}/{path.relative_to(folder).as_posix()}"


def load_yaml(folder: Path, name: str) -> CommentedMap | None:
    """The file as ruamel's mapping (its `lc` knows the lines), or None if there is none.

    Use `plain` to turn it into Python's own types (numbers with a fraction become Decimal).
    """
    path = folder / name
    if not path.is_file():
        return None
    file = shown(folder, path)
    try:
        found = _yaml().load(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise refuse(
            file,
            line,
            f"This is not YAML: {error.problem}.",
            "Look at the indents, and put text that holds a colon or a brace in quotes.",
        ) from None
    except (YAMLError, UnicodeDecodeError) as error:
        raise refuse(file, 1, f"This file can't be read: {error}.", "Save it as UTF-8.") from None
    if found is None:
        found = CommentedMap()
    if not isinstance(found, CommentedMap):
        raise refuse(file, 1, "The file must be a list of keys and values.", "Start with a key.")
    return found


def read_yaml(folder: Path, name: str, model: type[Model]) -> Model | None:
    """The file checked against `model`, or None if there is none. Raises PackError."""
    loaded = load_yaml(folder, name)
    if loaded is None:
        return None
    try:
        return model.model_validate(plain(loaded))
    except ValidationError as error:
        file = shown(folder, folder / name)
        raise PackError(
            PackProblem(file, line_of(loaded, one["loc"]), *_words(one, model))
            for one in error.errors()
        ) from None


def line_of(node: object, path: Sequence[int | str]) -> int:
    """The line (from 1) at which the value at `path` stands, or its nearest parent's."""
    line = 1
    for step in path:
        if isinstance(node, CommentedMap) and step in node:
            line = node.lc.key(step)[0] + 1
            node = node[step]
        elif isinstance(node, CommentedSeq) and isinstance(step, int) and step < len(node):
            line = node.lc.item(step)[0] + 1
            node = node[step]
        else:
            break
    return line


def plain(node: object) -> Any:
    """The same data in Python's own dict, list, str and, for 8.62, Decimal."""
    if isinstance(node, Mapping):
        return {str(key): plain(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [plain(value) for value in node]
    if isinstance(node, str):
        return str(node)
    if isinstance(node, float):
        return Decimal(repr(float(node)))
    return node


def read_csv(folder: Path, name: str, columns: Sequence[str]) -> Iterator[Row] | None:
    """The rows of a CSV file, or None if there is none. Raises PackError for a missing column."""
    path = folder / name
    if not path.is_file():
        return None
    with path.open(newline="", encoding="utf-8-sig") as opened:
        header = next(csv.reader(opened), [])
    missing = [column for column in columns if column not in header]
    if missing:
        raise refuse(
            shown(folder, path),
            1,
            f"The column {missing[0]} is missing.",
            f"The first line must name these columns: {', '.join(columns)}.",
        )
    return _rows(path)


def _rows(path: Path) -> Iterator[Row]:
    with path.open(newline="", encoding="utf-8-sig") as opened:
        reader = csv.DictReader(opened)
        for cells in reader:
            yield Row(reader.line_num, {k: v or "" for k, v in cells.items() if k})


def write_yaml(folder: Path, name: str, data: object, *, says: str = "") -> None:
    """Writes `data` (dicts, lists, text, numbers) as YAML, under a comment of what it is."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as out:
        for line in says.splitlines():
            out.write(f"# {line}\n")
        yaml = YAML()
        yaml.representer.add_representer(Decimal, _plain_decimal)
        yaml.default_flow_style = False
        yaml.allow_unicode = True
        yaml.width = 100
        yaml.indent(mapping=2, sequence=4, offset=2)
        yaml.dump(data, out)


def write_csv(
    folder: Path, name: str, columns: Sequence[str], rows: Iterator[Sequence[Any]]
) -> int:
    """Writes a CSV file with its header; gives the number of rows."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    number = 0
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow(row)
            number += 1
    return number


def _plain_decimal(representer: Any, value: Decimal) -> Any:
    """A Decimal written plainly, digit for digit."""
    tag = "tag:yaml.org,2002:float" if value.as_tuple().exponent else "tag:yaml.org,2002:int"
    return representer.represent_scalar(tag, format(value, "f"))


def _yaml() -> YAML:
    """A YAML 1.2 reader that keeps lines and refuses a key given twice."""
    yaml = YAML(typ="rt")
    yaml.allow_duplicate_keys = False
    return yaml


def _words(error: Any, model: type[BaseModel]) -> tuple[str, str]:
    """What is wrong and how to mend it, for one of pydantic's errors."""
    path = ".".join(str(step) for step in error["loc"])
    key = str(error["loc"][-1]) if error["loc"] else ""
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(key, _known_keys(model), n=1)
        mend = f"Did you mean {near[0]}?" if near else "Take it out."
        return f"The key {key} is not known here.", mend
    if error["type"] == "missing":
        return f"The key {key} is missing.", f"Add {path}."
    if error["type"] == "value_error":
        said = error["msg"].removeprefix("Value error, ")
    else:
        said = error["msg"][:1].lower() + error["msg"][1:]
    return f"{path}: {said.rstrip('.')}.", "Correct the value."


def _known_keys(model: type[BaseModel]) -> set[str]:
    """Every key of the model and of the models inside it."""
    keys: set[str] = set()
    seen: set[type] = set()
    queue: list[Any] = [model]
    while queue:
        one = queue.pop()
        if isinstance(one, type) and issubclass(one, BaseModel):
            if one not in seen:
                seen.add(one)
                keys |= set(one.model_fields)
                queue += [info.annotation for info in one.model_fields.values()]
        else:
            queue += list(getattr(one, "__args__", ()))
    return keys
