"""Papers of the council as PDF: tagged for screen readers (PDF/UA-1), in its name and colour.

What is on a paper goes to the typesetter as data beside a fixed template (`paper.typ`), so nothing
that a person typed can act as markup.
"""

from __future__ import annotations

import io
import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import segno
import typst
from django.http import HttpResponse

TEMPLATE = Path(__file__).with_name("paper.typ")
LONGEST_WORD = 36
"""Longer runs without a space are given places to break: no line leaves the page."""
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
MOST = 200_000
"""Characters on one paper; what is beyond them is cut off, and the paper says so."""


@dataclass(frozen=True)
class Part:
    """A part of a paper: lines of words, then rows of two cells under `heads`."""

    title: str
    rows: tuple[tuple[str, str], ...] = ()
    lines: tuple[str, ...] = ()
    heads: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Paper:
    """One paper. `lang` is that of its words (`en`, `cy`), `colour` the council's as `#rrggbb`.

    `link` is an address that a telephone reads from the paper; `link_says` says in words what it does.
    """

    title: str
    council: str
    lang: str = "en"
    lead: tuple[str, ...] = ()
    sections: tuple[Part, ...] = ()
    footer: str = ""
    colour: str = "#2b4a4a"
    link: str = ""
    link_says: str = ""
    mark: str = ""
    """What stands large at the head: the reference."""
    mark_says: str = ""


@lru_cache(maxsize=1)
def _template() -> bytes:
    return TEMPLATE.read_bytes()


@lru_cache(maxsize=1)
def _fonts() -> Any:
    """Return the fonts of this computer and those that come with the typesetter, looked up once."""
    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=True)


def pdf(paper: Paper, *, now: datetime) -> bytes:
    """Return the paper as PDF/UA-1 bytes: about 10 ms for a page. The same paper gives the same bytes.

    Characters that no font here can draw become a replacement mark.
    """
    data = _each(asdict(paper), printable)
    # The standard asks for words in every heading.
    for one in (data, *data["sections"]):
        one["title"] = one["title"].strip() or "–"
    _cut(data)
    data["qr"] = _square(paper.link) if paper.link else ""
    for turn in (None, _without_pictures, _in_common_scripts):
        try:
            return _compile(_each(data, turn) if turn else data, now)
        except typst.TypstError:
            # A character that no font has: the standard refuses text that shows as nothing.
            if turn is _in_common_scripts:
                raise
    raise AssertionError("unreachable")


def response(paper: Paper, name: str, *, now: datetime) -> HttpResponse:
    """Return the paper as a download that nobody keeps a copy of on the way."""
    made = HttpResponse(pdf(paper, now=now), content_type="application/pdf")
    safe = re.sub(r"[^A-Za-z0-9._-]+", "-", name)
    made["Content-Disposition"] = f'attachment; filename="{safe}"'
    made["Cache-Control"] = "private, no-store"
    made["X-Content-Type-Options"] = "nosniff"
    made["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return made


def _compile(data: Any, now: datetime) -> bytes:
    made = typst.compile(
        _template(),
        format="pdf",
        font_paths=_fonts(),
        pdf_standards=["ua-1"],
        sys_inputs={"paper": json.dumps(data)},
        timestamp=int(now.timestamp()),
    )
    if not isinstance(made, bytes):
        raise TypeError("The typesetter gave no single file.")
    return made


def _square(link: str) -> str:
    """Return the address as a picture for telephones (a QR code), as SVG."""
    written = io.BytesIO()
    segno.make(link, error="m").save(written, kind="svg", border=0, xmldecl=False)
    return written.getvalue().decode()


def _each(value: Any, turn: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return turn(value)
    if isinstance(value, dict):
        return {name: one if name == "qr" else _each(one, turn) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_each(one, turn) for one in value]
    return value


def printable(text: str) -> str:
    """Return text without what cannot stand on paper: controls, lone halves of characters, and
    marks that would turn the direction of the words around them."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = text.replace("\t", " ")
    text = "".join(
        c
        for c in text
        if c == "\n"
        or (unicodedata.category(c) not in {"Cc", "Cs", "Cn", "Co"} and c not in TURNING)
    )
    return re.sub(rf"\S{{{LONGEST_WORD},}}", _breakable, text)


def _breakable(found: re.Match[str]) -> str:
    run = found.group()
    step = LONGEST_WORD // 2
    return "\u200b".join(run[at : at + step] for at in range(0, len(run), step))


def _without_pictures(text: str) -> str:
    """Replace emoji and whatever else lies beyond the first plane of characters."""
    return "".join(
        c
        if ord(c) < 0x2190 or (ord(c) < 0xFFFF and unicodedata.category(c)[0] == "L")
        else "\ufffd"
        for c in text
        if c not in "\ufe0f\u200d"
    )


def _in_common_scripts(text: str) -> str:
    """Replace what is beyond Latin, Greek and Cyrillic, which the typesetter's own font has."""
    return "".join(c if _drawn(c) else "?" for c in text)


def _drawn(character: str) -> bool:
    code = ord(character)
    return code < 0x0180 or 0x0370 < code < 0x0530 or 0x1E00 <= code < 0x2070


def _cut(data: Any) -> None:
    """Shorten cells until the paper is of a size that can be set at once."""
    left = MOST
    for part in data["sections"]:
        for row in part["rows"]:
            for at, cell in enumerate(row):
                if len(cell) > left:
                    row[at] = cell[:left] + " …"
                left = max(0, left - len(cell))
