"""docs/write-a-service.md works: this builds exactly its files and runs exactly its commands.

Comments in the page say where a block goes; they do not show when it is read.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs/write-a-service.md"
SERVICE = "services/broken_light/service.yaml"
_STEP = re.compile(r"<!-- (?P<what>.*?) -->\n(?:```\w+\n(?P<block>.*?)```)?", re.DOTALL)


def steps() -> Iterator[tuple[str, str]]:
    for found in _STEP.finditer(PAGE.read_text(encoding="utf-8")):
        yield found["what"], found["block"] or ""


def says(*arguments: Any) -> str:
    """What a command prints, mistakes and all."""
    out = StringIO()
    with suppress(CommandError):
        call_command(*arguments, stdout=out)
    return out.getvalue()


class Reader:
    """Does what the page says, in a folder of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.found: list[tuple[str, str, str]] = []  # what, in the page, in truth

    def read(self, path: str) -> str:
        return (self.home / path).read_text(encoding="utf-8")

    def write(self, path: str, text: str) -> None:
        (self.home / path).parent.mkdir(parents=True, exist_ok=True)
        (self.home / path).write_text(text, encoding="utf-8")

    def follow(self, what: str, block: str) -> None:
        verb, _, rest = what.partition(": ")
        doing: dict[str, Callable[[], None]] = {
            "file": lambda: self.write(rest, block),
            "append": lambda: self.write(SERVICE, self.read(SERVICE) + block),
            "after": lambda: self.insert(rest, block),
            "replace": lambda: self.replace(SERVICE, rest),
            "prints": lambda: self.compare("check", block),
            "proved": self.proved,
            "routes": lambda: self.compare("check", block, "--routes"),
        }
        if verb in doing:
            doing[verb]()
        elif verb.startswith("replace in "):
            self.replace(verb.removeprefix("replace in "), rest)
        elif verb.startswith("append to "):
            path = verb.removeprefix("append to ")
            self.write(path, self.read(path).rstrip("\n") + "\n" + block)
        else:
            raise AssertionError(f"The page says {what!r}, which this test does not know.")

    def insert(self, after: str, block: str) -> None:
        lines = self.read(SERVICE).splitlines(keepends=True)
        places = [number for number, line in enumerate(lines) if after in line]
        assert len(places) == 1, after
        self.write(SERVICE, "".join([*lines[: places[0] + 1], block, *lines[places[0] + 1 :]]))

    def replace(self, path: str, change: str) -> None:
        old, new = change.split(" -> ")
        text = self.read(path)
        new = new.replace("\\n", "\n").lstrip("\n") if "\\n" in new else new
        old = f"      {old.strip()}\n" if "\n" in new else old.strip()
        assert text.count(old) >= 1, old
        self.write(path, text.replace(old, f"{new}\n" if "\n" in new else new, 1))

    def compare(self, command: str, block: str, *options: str) -> None:
        said = says(command, str(self.home / "services/broken_light"), *options)
        self.found.append((" ".join([command, *options]), block.strip(), said.strip()))

    def proved(self) -> None:
        said = says("check", str(self.home / "services/broken_light"))
        assert "1 service is proved." in said, said
        assert "advice" not in said


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    shutil.copytree(ROOT / "councils/wealdmere", tmp_path / "councils/wealdmere")
    reader = Reader(tmp_path)
    for what, block in steps():
        reader.follow(what, block)
    return reader


def test_the_tutorial_makes_a_service_that_is_proved(reader: Reader) -> None:
    reader.proved()
    assert len(reader.found) == 4
    for what, in_page, in_truth in reader.found:
        assert in_page == in_truth, what


def test_the_pieces_shown_again_are_in_the_file(reader: Reader) -> None:
    """The example that the page shows mended is the one that the steps make."""
    shown = re.search(r"```yaml\n(    answers:.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert shown is not None
    assert shown[1] in reader.read(SERVICE)


@pytest.mark.django_db
def test_the_council_can_offer_the_service_of_the_tutorial(reader: Reader, settings: Any) -> None:
    settings.SERVICES = [reader.home / "services", *settings.SERVICES]
    planned = says("pack", "plan", str(reader.home / "councils/wealdmere"))
    assert "Report a broken street light (broken_light@1)" in planned
    says("pack", "apply", str(reader.home / "councils/wealdmere"))
    from moothall.packs import queries

    offered = queries.service("broken-light")
    assert offered is not None
    assert offered.name == "Report a broken street light"


def test_publishing_an_email_address_is_refused_as_the_page_says(reader: Reader) -> None:
    reader.insert("      fault: fault", "      who: email\n")
    assert "The open data column `who` would publish `email`" in says(
        "check", str(reader.home / "services/broken_light")
    )


def test_leaving_out_that_an_email_address_is_personal_is_refused(reader: Reader) -> None:
    text = reader.read(SERVICE)
    reader.write(SERVICE, text.replace("    personal: contact\n", ""))
    assert "Add `personal: contact`" in says("check", str(reader.home / "services/broken_light"))
