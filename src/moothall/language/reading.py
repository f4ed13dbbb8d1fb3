"""Read YAML 1.2 into plain values, keeping where each stood.

Only text, whole numbers, Decimals built from the source text, true, false and nothing come out:
`no`, `on`, `2026-03-11`, `09:00` and `010` stay text. Tags and repeated keys are refused; a block may
be named (`&name`) and used again (`*name`), which examples do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from moothall.language.problems import Problem

Path = tuple[str | int, ...]
WHOLE: Final = re.compile(r"-?(0|[1-9][0-9]{0,14})\Z")
DECIMAL: Final = re.compile(r"-?(0|[1-9][0-9]{0,14})\.[0-9]{1,6}\Z")
WORDS_FOR_TRUE: Final = {"true": True, "True": True, "TRUE": True}
WORDS_FOR_FALSE: Final = {"false": False, "False": False, "FALSE": False}
PLAIN_TAGS: Final = frozenset(
    ["", "!"]
    + [
        f"tag:yaml.org,2002:{name}"
        for name in [
            "str",
            "int",
            "float",
            "bool",
            "null",
            "map",
            "seq",
            "timestamp",
            "merge",
            "value",
        ]
    ]
)
LONGEST: Final = 1_000_000
DEEPEST: Final = 30
MOST_NODES: Final = 50_000


@dataclass
class Tree:
    """A file as plain values. `marks` says where each path's key or item stands (from 1)."""

    file: str
    value: Any = None
    marks: dict[Path, tuple[int, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def where(self, path: Path) -> tuple[int, int]:
        """Line and column of the longest known beginning of `path`; (0, 0) if there is none."""
        for length in range(len(path), -1, -1):
            found = self.marks.get(path[:length])
            if found is not None:
                return found
        return (0, 0)

    def problem(self, code: str, at: tuple[int, int], path: str, message: str, mend: str) -> None:
        """Note a problem."""
        self.problems.append(Problem(code, self.file, at[0], at[1], path, message, mend))


def read_yaml(text: str, file: str) -> Tree:
    """Read `text`. Problems are in the tree; `value` is what could be read, or None."""
    tree = Tree(file)
    if len(text) > LONGEST:
        tree.problem("yaml.too_long", (0, 0), "", "The file is longer than a million characters.",
                     "Split the service or shorten its texts.")  # fmt: skip
        return tree
    if "\t" in text:
        for number, line in enumerate(text.split("\n"), 1):
            if line[: len(line) - len(line.lstrip())].find("\t") >= 0:
                tree.problem(
                    "yaml.tab", (number, line.index("\t") + 1), "",
                    "The line is indented with a tab.", "Use spaces: two for each step.",
                )  # fmt: skip
                return tree
    try:
        node = YAML().compose(text)
    except MarkedYAMLError as error:
        _explain(tree, text, error)
        return tree
    except (YAMLError, ValueError, RecursionError) as error:
        tree.problem("yaml.unreadable", (0, 0), "", "The file is not YAML that can be read.",
                     f"The reader says: {str(error).splitlines()[0]}.")  # fmt: skip
        return tree
    if node is None:
        tree.problem("yaml.empty", (1, 1), "", "The file is empty.",
                     "Start with `moothall: 1` and `service:`.")  # fmt: skip
        return tree
    tree.value = _value(tree, node, (), 0)
    return tree


def _mark(node: Node) -> tuple[int, int]:
    return (node.start_mark.line + 1, node.start_mark.column + 1)


def _value(tree: Tree, node: Node, path: Path, depth: int) -> Any:
    tree.marks.setdefault(path, _mark(node))
    if len(tree.marks) > MOST_NODES:
        if not any(problem.code == "yaml.too_big" for problem in tree.problems):
            tree.problem("yaml.too_big", _mark(node), "", "The file holds too much.",
                         "Split the service; repeat blocks (&name, *name) only a few times.")  # fmt: skip
        return None
    if depth > DEEPEST:
        tree.problem("yaml.deep", _mark(node), "", "Blocks are nested too deep.", "Flatten them.")
        return None
    tag = str(node.tag or "")
    if tag not in PLAIN_TAGS:
        tree.problem("yaml.tag", _mark(node), "", f"`{tag}` is a YAML tag, which is not allowed.",
                     "Leave it out, or put the text in quotes.")  # fmt: skip
        return None
    if isinstance(node, ScalarNode):
        return _scalar(tree, node)
    if isinstance(node, SequenceNode):
        items = node.value
        if node.flow_style:
            items = _join_items(tree, node, path)
        return [
            item if isinstance(item, str) else _value(tree, item, (*path, index), depth + 1)
            for index, item in enumerate(items)
        ]
    return _mapping(tree, node, path, depth) if isinstance(node, MappingNode) else None


def _scalar(tree: Tree, node: ScalarNode) -> Any:
    text: str = node.value
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        tree.problem("yaml.character", _mark(node), "", "There is half a character here.",
                     "Type the text again.")  # fmt: skip
        return text.encode("utf-8", "replace").decode("utf-8")
    if node.style in ("'", '"', "|", ">"):
        return text
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    if text in WORDS_FOR_TRUE or text in WORDS_FOR_FALSE:
        return text in WORDS_FOR_TRUE
    if WHOLE.match(text):
        return int(text)
    if DECIMAL.match(text):
        return Decimal(text)
    return text


def _mapping(tree: Tree, node: MappingNode, path: Path, depth: int) -> dict[str, Any]:
    out: dict[str, Any] = {}
    pairs = _join_pairs(tree, node, path) if node.flow_style else node.value
    for key_node, value_node in pairs:
        if not isinstance(key_node, ScalarNode):
            tree.problem("yaml.key", _mark(key_node), "", "A key must be a word.",
                         "If this is meant as text that starts with { or [, put it in quotes.")  # fmt: skip
            continue
        key = str(_scalar(tree, key_node)) if not key_node.value.isascii() else key_node.value
        here = (*path, key)
        if key in out:
            line = tree.marks[here][0]
            tree.problem("yaml.repeated_key", _mark(key_node), ".".join(map(str, here)),
                         f"`{key}` is given twice (the first is in line {line}).",
                         "Keep one of them.")  # fmt: skip
            continue
        tree.marks[here] = _mark(key_node)
        if isinstance(value_node, str):
            out[key] = value_node
        else:
            out[key] = _value(tree, value_node, here, depth + 1)
    return out


def _open_brackets(text: str) -> int:
    return text.count("(") - text.count(")")


def _is_plain(node: Any) -> bool:
    return isinstance(node, ScalarNode) and node.style not in ("'", '"', "|", ">")


def _join_pairs(tree: Tree, node: MappingNode, path: Path) -> list[tuple[Any, Any]]:
    """Mend `{when: f(a, b)}`, which YAML reads as `when: f(a` and an empty key `b)`."""
    pairs: list[tuple[Any, Any]] = []
    for key_node, value_node in node.value:
        lone = _is_plain(key_node) and _is_plain(value_node) and value_node.value == ""
        if lone and pairs and (_is_plain(pairs[-1][1]) or isinstance(pairs[-1][1], str)):
            before_key, before = pairs[-1]
            said = before if isinstance(before, str) else before.value
            joined = f"{said}, {key_node.value}"
            if isinstance(before, str) and _open_brackets(said) > 0:
                pairs[-1] = (before_key, joined)
                _retell(tree, before_key, joined)
                continue
            if said and (_open_brackets(said) > 0 or " " in key_node.value):
                pairs[-1] = (before_key, joined)
                _tell_comma(tree, before_key, key_node, joined, path)
                continue
        pairs.append((key_node, value_node))
    return pairs


def _tell_comma(tree: Tree, key: Any, at: Any, joined: str, path: Path) -> None:
    tree.problem(
        "yaml.comma",
        _mark(at),
        ".".join(map(str, (*path, key.value))),
        f"Inside {{…}} a comma ends a value, so `{joined}` was cut in two at the comma.",
        f'Put quotes round it: {key.value}: "{joined}".',
    )


def _retell(tree: Tree, key: Any, joined: str) -> None:
    last = tree.problems.pop()
    tree.problems.append(
        Problem(
            last.code,
            last.file,
            last.line,
            last.column,
            last.path,
            f"Inside {{…}} a comma ends a value, so `{joined}` was cut at the commas.",
            f'Put quotes round it: {key.value}: "{joined}".',
        )
    )


def _join_items(tree: Tree, node: SequenceNode, path: Path) -> list[Any]:
    """Mend `[f(a, b)]`, which YAML reads as two items."""
    items: list[Any] = []
    for item in node.value:
        before = items[-1] if items else None
        said = before if isinstance(before, str) else getattr(before, "value", "")
        if _is_plain(item) and isinstance(said, str) and _open_brackets(said) > 0:
            joined = f"{said}, {item.value}"
            items[-1] = joined
            tree.problem(
                "yaml.comma", _mark(item), ".".join(map(str, path)),
                f"Inside […] a comma ends an item, so `{joined}` was cut in two at the comma.",
                f'Put quotes round it: "{joined}".',
            )  # fmt: skip
            continue
        items.append(item)
    return items


def _explain(tree: Tree, text: str, error: MarkedYAMLError) -> None:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    lines = text.split("\n")
    said = lines[line - 1].strip() if 0 < line <= len(lines) else ""
    problem = error.problem or ""
    code, message, mend = (
        "yaml.unreadable",
        "This line is not YAML that can be read.",
        (f"The reader says: {problem}."),
    )
    if "mapping values are not allowed" in problem:
        code, message, mend = (
            "yaml.colon",
            "There is a second colon in this line, so it is not clear where the text starts.",
            'Put the text in quotes: label: "Note: …". Or check the indent of the line.',
        )
    elif "cannot start any token" in problem:
        code, message, mend = (
            "yaml.first_character",
            f"A text cannot start with `{said.split(':')[-1].strip()[:1]}` unless it is in quotes.",
            "Put the whole text in quotes.",
        )
    elif "but got '['" in problem or "but got '{'" in problem or "but got ']'" in problem:
        code, message, mend = (
            "yaml.bracket",
            "Inside {…} an unquoted text cannot have [ ] { } in it.",
            'Put quotes round the expression: {when: "bin in [food, garden]"}.',
        )
    elif "expected ',' or '}'" in problem or "expected ',' or ']'" in problem:
        code, message, mend = (
            "yaml.unclosed",
            "A { or [ is opened and not closed.",
            "Close it, or put the text in quotes if it starts with a brace.",
        )
    elif "quoted scalar" in problem or "quoted scalar" in (error.context or ""):
        code, message, mend = _QUOTE
    elif "expected <block end>" in problem or "did not find expected" in problem:
        if re.search(r":\s*\{[^}]*\}\s*\S", said):
            code, message, mend = (
                "yaml.brace",
                "The text starts with { and so is read as a block.",
                "Put the whole text in quotes.",
            )
        else:
            code, message, mend = (
                "yaml.indent",
                "The indent of this line does not fit the lines before it.",
                "Line it up with the other keys of its block, with spaces.",
            )
    elif "could not find expected ':'" in problem:
        code, message, mend = (
            "yaml.no_colon",
            "The line has no colon after its key, or the text above it runs on to this line.",
            "Write `key: value`; for a text of several lines write `key: >` and indent it.",
        )
    elif "<document start>" in problem:
        code, message, mend = (
            "yaml.indent",
            "The indent of this line does not fit the lines before it.",
            "Line it up with the other keys of its block, with spaces.",
        )
    elif "duplicate" in problem or "found duplicate" in str(error):
        code, message, mend = "yaml.repeated_key", "A key is given twice.", "Keep one of them."
    elif "undefined alias" in problem:
        code, message, mend = (
            "yaml.alias", "A text that starts with * is read as a YAML alias.",
            "Put the text in quotes.",
        )  # fmt: skip
    left_open = _open_quote(lines, line)
    if left_open:
        line, column = left_open
        code, message, mend = _QUOTE
    tree.problem(code, (line, column), "", message, mend)


_QUOTE: Final = (
    "yaml.quote",
    "A text in quotes is not closed.",
    "Put a quote at its end; inside '…' write '' for an apostrophe.",
)
_OPENS: Final = re.compile(r"""^\s*(?:- )?[\w.]+:\s+(["'])(?:(?!\1).)*$""")
_KEY: Final = re.compile(r"\s*(?:- )?[a-z_]+:(\s|$)")


def _open_quote(lines: list[str], until: int) -> tuple[int, int] | None:
    """The first line that opens a quote and does not close it, where a new key follows."""
    for index, text in enumerate(lines[: max(until, 0)]):
        found = _OPENS.match(text)
        if found and index + 1 < len(lines) and _KEY.match(lines[index + 1]):
            return (index + 1, found.start(1) + 1)
    return None
