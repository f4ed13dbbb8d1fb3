"""Every word of the public pages is in Welsh too, and fits the English it translates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
from babel.messages.extract import extract_from_dir
from django.test import Client
from django.utils import translation

ROOT = Path(__file__).resolve().parents[2] / "src" / "moothall"
CATALOGUE = ROOT / "design" / "locale" / "cy" / "LC_MESSAGES" / "django.po"
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}
OPTIONS = {
    "**/templates/**.html": {
        "extensions": "jinja2.ext.i18n,jinja2.ext.do,jinja2.ext.loopcontrols",
        "trim_blocks": "true",
        "lstrip_blocks": "true",
    }
}
STAFF = ("design/templates/design/desk.html",)


def words(room: str) -> Iterator[tuple[str, str]]:
    """The words of a room's screens with the file they are in."""
    methods = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
    for file, _line, message, _comments, _context in extract_from_dir(
        str(ROOT / room), methods, OPTIONS, KEYWORDS
    ):
        if f"{room}/{file}" not in STAFF:
            yield (message[0] if isinstance(message, tuple) else message), f"{room}/{file}"


@pytest.fixture(scope="module")
def catalogue() -> dict[str, polib.POEntry]:
    """The Welsh catalogue by English words."""
    return {entry.msgid: entry for entry in polib.pofile(str(CATALOGUE))}


@pytest.mark.parametrize("room", ["design", "journeys", "website", "insight"])
def test_nothing_on_a_public_page_is_untranslated(room: str, catalogue) -> None:
    missing = sorted(
        {
            f"{file}: {message}"
            for message, file in words(room)
            if message not in catalogue or not catalogue[message].translated()
        }
    )
    assert missing == [], "Run tools/messages.sh and translate these."


def test_translations_keep_the_names_that_are_filled_in(catalogue) -> None:
    names = re.compile(r"%\(\w+\)[sd]|%%\{count\}")
    wrong = [
        entry.msgid
        for entry in catalogue.values()
        if entry.translated()
        for text in (list(entry.msgstr_plural.values()) or [entry.msgstr])
        if set(names.findall(text)) != set(names.findall(entry.msgid))
    ]
    assert wrong == []


def test_the_compiled_catalogue_is_the_written_one(catalogue) -> None:
    compiled = {e.msgid: e for e in polib.mofile(str(CATALOGUE.with_suffix(".mo")))}
    stale = [
        entry.msgid
        for entry in catalogue.values()
        if entry.translated()
        and (entry.msgid not in compiled or compiled[entry.msgid].msgstr != entry.msgstr)
    ]
    assert stale == [], "Run tools/messages.sh."


def test_numbers_take_their_welsh_forms() -> None:
    with translation.override("cy"):
        said = [
            translation.ngettext("%(num)d year", "%(num)d years", n) % {"num": n}
            for n in (1, 2, 3, 8)
        ]
    assert said == ["1 flwyddyn", "2 flynedd", "3 blynedd", "8 mlynedd"]


@pytest.mark.django_db
def test_a_welsh_page_reads_welsh(council) -> None:
    text = Client().get("/cy/").content.decode()
    for said in ("Beth sydd angen i chi ei wneud?", "Gwasanaethau", "Neidio i", "Hygyrchedd"):
        assert said in text
    for left in ("What do you need", "Skip to main", "Accessibility"):
        assert left not in text
