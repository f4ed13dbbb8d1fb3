"""The council's colours can be read by people with low vision, or the pack is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moothall.design import theme
from moothall.design.pack import ThemeSection
from moothall.packs.sections import PackError

COLOURS = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)
PACK = Path(__file__).resolve().parents[2] / "councils" / "wealdmere"


def test_black_on_white_is_21_to_1() -> None:
    assert theme.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert theme.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@given(COLOURS, COLOURS)
def test_contrast_is_the_same_both_ways_and_never_less_than_1(one: str, other: str) -> None:
    assert theme.contrast(one, other) == theme.contrast(other, one) >= 1


@given(COLOURS, COLOURS, st.floats(0, 1))
def test_a_mix_is_a_colour(one: str, other: str, share: float) -> None:
    assert theme.HEX.fullmatch(theme.mix(one, other, share))


def test_the_default_colours_pass() -> None:
    assert theme.problems({}) == []


def test_the_invented_boroughs_colours_pass() -> None:
    assert ThemeSection().read(PACK)["colours"]["brand"] == "#1c4f45"


def test_pale_words_are_refused_with_the_line_and_the_contrast(tmp_path: Path) -> None:
    folder = tmp_path / "pale"
    folder.mkdir()
    (folder / "council.yaml").write_text(
        'council: pale\ntheme:\n  colours:\n    brand: "#88ccaa"\n    on_brand: "#ffffff"\n'
    )
    with pytest.raises(PackError) as refused:
        ThemeSection().read(folder)
    message = str(refused.value)
    assert "pale/council.yaml:5: on_brand (#ffffff) on brand (#88ccaa)" in message
    assert "1.9 to 1" in message
    assert "4.5 to 1" in message


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('brnd: "#112233"', "There is no colour called brnd."),
        ("brand: green", "green is not a colour."),
    ],
)
def test_what_is_no_colour_is_refused(tmp_path: Path, line: str, words: str) -> None:
    (tmp_path / "council.yaml").write_text(f"theme:\n  colours:\n    {line}\n")
    with pytest.raises(PackError, match=words):
        ThemeSection().read(tmp_path)


@given(st.dictionaries(st.sampled_from(sorted(theme.DEFAULTS)), COLOURS, max_size=6))
def test_a_style_sheet_is_made_of_whatever_passes_or_not(chosen: dict[str, str]) -> None:
    sheet = theme.style_sheet({"colours": chosen})
    for name, value in chosen.items():
        assert f"--mh-{name.replace('_', '-')}: {value};" in sheet
    assert "url(" not in sheet


def test_the_style_sheet_cannot_be_broken_out_of() -> None:
    sheet = theme.style_sheet({"colours": {"brand": "red;} body{display:none"}})
    assert "display:none" not in sheet


@pytest.mark.django_db
def test_theme_css_is_the_councils_and_can_be_kept_for_a_year(client, council) -> None:
    answer = client.get(f"/theme.css?v={council.generation}")
    assert answer.headers["Content-Type"].startswith("text/css")
    assert "--mh-brand: #1c4f45;" in answer.content.decode()
    assert "immutable" in answer.headers["Cache-Control"]
    assert "immutable" not in client.get("/theme.css").headers["Cache-Control"]
