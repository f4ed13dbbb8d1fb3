"""The documents say what the code does: settings, commands, links and figures are held to it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])


def test_every_setting_is_in_the_page_about_running() -> None:
    source = (ROOT / "src/moothall/config/settings.py").read_text()
    source += (ROOT / "src/moothall/config/management/commands/serve.py").read_text()
    source += (ROOT / "src/moothall/people/settings.py").read_text()
    page = (ROOT / "docs/run.md").read_text()
    missing = sorted(
        name for name in set(re.findall(r"MOOTHALL_[A-Z_]+", source)) if f"`{name}`" not in page
    )
    assert missing == []


def test_every_setting_in_the_page_exists() -> None:
    code = "".join(
        path.read_text()
        for folder in ("src", "tests", "tools")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".sh"}
    )
    page = (ROOT / "docs/run.md").read_text()
    unknown = sorted(n for n in set(re.findall(r"`(MOOTHALL_[A-Z_]+)`", page)) if n not in code)
    assert unknown == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_local_link_leads_somewhere(page: Path) -> None:
    broken = []
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
        if "://" in target or target.startswith(("mailto:", "/")):
            continue
        if not (page.parent / target).exists():
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_command_in_the_docs_exists(page: Path) -> None:
    known = set(get_commands())
    named = set(
        re.findall(r"(?m)(?:^|^`|/)moothall ([a-z_]+)\b", "\n".join(_code(page.read_text())))
    )
    assert named - known - {"check"} == set()


def _code(text: str) -> list[str]:
    return re.findall(r"```.*?```", text, re.DOTALL) + re.findall(r"`[^`\n]+`", text)
