"""`moothall check`, as it is typed. It needs no database: none of these tests may use one."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from moothall.language.check.schema import schema_text
from tests.language.check.files import SKIP_PERMIT, spoilt


def check(*arguments: Any) -> str:
    out = StringIO()
    call_command("check", *(str(argument) for argument in arguments), stdout=out)
    return out.getvalue()


@pytest.fixture
def skip(tmp_path: Path) -> Path:
    folder = tmp_path / "services/skip_permit"
    folder.mkdir(parents=True)
    (folder / "service.yaml").write_text(SKIP_PERMIT, encoding="utf-8")
    return folder


def test_with_no_path_it_checks_the_library_and_the_council_s_overlays() -> None:
    said = check()
    assert "Report a missed bin (missed_bin 1.0.0)" in said
    assert "services are proved." in said


def test_a_service_is_named_by_its_id_its_folder_or_its_file(skip: Path) -> None:
    assert "1 service is proved." in check("missed_bin")
    assert "1 service is proved." in check(skip)
    assert "1 service is proved." in check(skip / "service.yaml")
    assert "1 service is proved." in check(skip.parent)


def test_a_mistake_ends_with_status_one_after_everything_is_told(skip: Path) -> None:
    (skip / "service.yaml").write_text(spoilt("fee: 20.00,", "fee: 21.00,"), encoding="utf-8")
    out = StringIO()
    with pytest.raises(CommandError, match="1 of 1 services must be mended"):
        call_command("check", str(skip), stdout=out)
    assert (
        "services/skip_permit/service.yaml:123: Example “A small skip for a week”" in out.getvalue()
    )


def test_advice_counts_only_where_it_is_asked_for(skip: Path) -> None:
    words = "say: A skip on your own land needs no permit."
    (skip / "service.yaml").write_text(
        spoilt(words, f"{words[:-1]} {'at all ' * 12}."), encoding="utf-8"
    )
    assert "(advice) A sentence has 33 words" in check(skip)
    with pytest.raises(CommandError):
        check(skip, "--strict")


def test_a_path_that_leads_nowhere_is_told_with_what_there_is() -> None:
    with pytest.raises(
        CommandError, match=r"no file, folder or service called missed_bun\. Services: .*missed_bin"
    ):
        check("missed_bun")


def test_it_draws_lists_and_reads_out(skip: Path, tmp_path: Path) -> None:
    drawn = tmp_path / "skip.svg"
    assert "drawn in" in check(skip, "--diagram", drawn)
    assert drawn.read_text(encoding="utf-8").startswith("<svg ")
    assert check(skip, "--diagram", "-").startswith("<svg ")
    assert "4 ways through the form" in check(skip, "--routes")
    assert check(skip, "--script").startswith("APPLY FOR A SKIP PERMIT\n")
    assert "pages.size.options.small.label\n    Up to 4 yards\n" in check(
        skip, "--script", "--paths"
    )


def test_several_pictures_get_names_of_their_own(tmp_path: Path) -> None:
    check("missed_bin", "complaint", "--diagram", tmp_path / "case.svg")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "case-complaint.svg",
        "case-missed-bin.svg",
    ]


def test_it_speaks_welsh_where_the_service_does(skip: Path) -> None:
    assert "missed_bin" in check("missed_bin", "--script", "--lang", "cy")
    assert "[current, of: " in check("missed_bin", "--script", "--paths", "--lang", "cy")
    with pytest.raises(CommandError, match="has no words in cy"):
        check(skip, "--script", "--lang", "cy")


def test_what_cannot_be_read_cannot_be_drawn(skip: Path) -> None:
    (skip / "service.yaml").write_text(spoilt("  - ask: size", "  - asks: size"), encoding="utf-8")
    with pytest.raises(CommandError, match=r"service\.yaml:21: "):
        check(skip, "--routes")


def test_it_prints_the_schema_and_makes_the_reference_again(tmp_path: Path) -> None:
    assert check("--schema") == schema_text()
    page = tmp_path / "language.md"
    page.write_text(
        "Before\n<!-- made: functions -->\nold\n<!-- end -->\nAfter\n", encoding="utf-8"
    )
    check("--reference", page)
    made = page.read_text(encoding="utf-8")
    assert made.startswith("Before\n<!-- made: functions -->\n| function | takes |")
    assert made.endswith("<!-- end -->\nAfter\n")
