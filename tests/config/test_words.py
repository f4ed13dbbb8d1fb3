"""What residents read can be read by most people: their page in the docs, and the site's own pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from moothall.language.check.readability import measure

ROOT = Path(__file__).resolve().parents[2]
AIM = 11.0


def _paragraphs(markdown: str) -> list[tuple[str, int, str]]:
    found = []
    for number, line in enumerate(markdown.splitlines(), 1):
        words = re.sub(r"^[#\-\d. ]+|[*`]", "", line).strip()
        if words:
            found.append((f"line {number}", number, words))
    return found


def test_the_page_for_residents_reads_easily() -> None:
    found = measure("en", _paragraphs((ROOT / "docs/for-residents.md").read_text()))
    assert found.reading_age is not None
    assert found.reading_age <= AIM, found.summary()
    assert not [text.text for text in found.worst if text.long]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["/", "/services/", "/track/", "/accessibility", "/privacy", "/cookies", "/contact"]
)
def test_the_pages_about_the_site_read_easily(client, address: str) -> None:
    page = client.get(address).content.decode()
    main = page.split("<main", 1)[1].split("</main>")[0]
    blocks = re.findall(r"<(?:p|li|h1|h2|dd)\b[^>]*>(.*?)</(?:p|li|h1|h2|dd)>", main, re.DOTALL)
    texts = [
        (address, n, re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", block)).strip())
        for n, block in enumerate(blocks)
    ]
    found = measure("en", [one for one in texts if len(one[2].split()) > 3])
    assert found.reading_age is None or found.reading_age <= AIM + 1, found.summary()
    assert not [text.text for text in found.worst if text.long]
