"""Rules of the house that a machine can hold: templates, names in files, tidy rooms."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "moothall"


def _tracked() -> list[Path]:
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.decode().split("\0") if name]


def test_no_template_holds_script_or_style() -> None:
    """The content policy forbids them; a page that needs one is broken before anyone sees it."""
    bad = []
    for template in SOURCE.rglob("templates/**/*.html"):
        text = template.read_text()
        for match in re.finditer(
            r"<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son[a-z]+=\"", text
        ):
            if 'type="application/json"' in match.group():
                continue
            line = text.count("\n", 0, match.start()) + 1
            bad.append(f"{template.relative_to(ROOT)}:{line}: {match.group().strip()}")
    assert bad == []


def test_no_file_names_a_registry() -> None:
    """Locks hold hashes and no addresses, so that they work behind any mirror."""
    hosts = re.compile(r"pypi\.(org|python)|pythonhosted\.org|registry\.npmjs|deb\.debian\.org")
    mine = Path(__file__).resolve()
    bad = []
    for path in _tracked():
        if path == mine or not path.is_file() or path.suffix in {".png", ".mo", ".ico"}:
            continue
        if hosts.search(path.read_text(errors="ignore")):
            bad.append(str(path.relative_to(ROOT)))
    assert bad == []


def test_no_room_is_called_utils() -> None:
    bad = [
        str(path.relative_to(ROOT))
        for path in SOURCE.rglob("*.py")
        if path.stem in {"utils", "util", "helpers", "misc", "common"}
    ]
    assert bad == []


def test_trial_data_stays_out() -> None:
    """Real data of a council is for tests on a machine, never for the repository."""
    names = re.compile(r"trafford|localwaste", re.IGNORECASE)
    bad = [str(p.relative_to(ROOT)) for p in _tracked() if names.search(p.name)]
    assert bad == []
