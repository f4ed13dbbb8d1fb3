"""Whatever a file says, the checker answers; and what it lists is what the form does."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from moothall.language.check import check_service, diagram_svg, routes, script
from tests.language.check.files import SKIP_PERMIT

ROOT = Path(__file__).parents[3]
TEXTS = [
    SKIP_PERMIT,
    *(p.read_text(encoding="utf-8") for p in sorted(ROOT.glob("services/*/service.yaml"))),
]


def spoilt_at_random(text: str, choose: random.Random) -> str:
    """`text` as a tired person may leave it: lines lost, doubled, moved; words and numbers wrong."""
    lines = text.split("\n")
    words = re.findall(r"[a-z_]{3,}", text)
    for _ in range(choose.randint(1, 3)):
        place = choose.randrange(len(lines))
        match choose.randrange(4):
            case 0:
                del lines[place]
            case 1:
                lines.insert(choose.randrange(len(lines)), lines[place])
            case 2:
                lines[place] = re.sub(r"[a-z_]{3,}", choose.choice(words), lines[place], count=1)
            case _:
                number = str(choose.choice([0, 1, 2, 7, 100, 10**9]))
                lines[place] = re.sub(r"\d+", number, lines[place], count=1)
    return "\n".join(lines)


@pytest.mark.parametrize("seed", range(60))
def test_a_spoilt_file_is_always_answered(seed: int) -> None:
    choose = random.Random(seed)
    report = check_service(spoilt_at_random(choose.choice(TEXTS), choose), file="spoilt.yaml")
    assert report.text().endswith("\n")
    for problem in report.problems:
        assert problem.message
        assert str(problem).startswith("spoilt.yaml")
    if report.service is not None:
        assert routes(report.service).text()
        assert script(report.service)
        assert diagram_svg(report.service)


def test_a_file_that_is_no_service_is_answered_too() -> None:
    for text in ("", "- a\n- b\n", "moothall: 2\n", "just words", "{", "a: &x [*x]\n"):
        report = check_service(text, file="odd.yaml")
        assert not report.ok
        assert report.service is None
        assert "to mend; nothing else was checked." in report.text()
