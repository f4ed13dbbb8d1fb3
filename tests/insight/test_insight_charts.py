"""Charts are well-formed pictures with a name, true to their figures, with no inline style."""

from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from moothall.insight.charts import Range, Series, funnel, lines, ranges, stacked, steps

figures = st.lists(
    st.one_of(st.none(), st.integers(0, 100_000).map(float)), min_size=3, max_size=3
).map(tuple)


@settings(max_examples=40, deadline=None)
@given(st.lists(figures, max_size=4), st.text(max_size=12))
def test_any_figures_make_a_picture_that_can_be_read(rows, words):
    words = "".join(letter for letter in words if letter.isprintable())
    series = [Series("online", words, row) for row in rows]
    for svg in (
        stacked(("Jan", "Feb", "Mar"), series, title=words),
        lines(("Jan", "Feb", "Mar"), series, title=words),
        funnel([(words, 3), ("b", 0)], title=words),
        ranges([Range(words, 1, 2, 3)], title=words),
    ):
        root = ElementTree.fromstring(svg)
        assert root.get("role") == "img"
        assert "style=" not in svg


def test_bars_are_as_tall_as_their_figures():
    svg = stacked(
        ("Jan", "Feb"),
        [Series("online", "Online", (10.0, 20.0)), Series("phone", "Phone", (0.0, 10.0))],
        title="Contacts",
    )
    bars = [n for n in ElementTree.fromstring(svg).iter() if "chart__piece" in n.get("class", "")]
    heights = [float(bar.get("height", "0")) for bar in bars]
    assert len(heights) == 3  # nothing is drawn for nothing
    assert abs(heights[1] / heights[0] - 2) < 0.01


def test_a_month_without_a_figure_breaks_the_line():
    svg = lines(("a", "b", "c"), [Series("online", "Online", (1.0, None, 2.0))], title="Share")
    trend = next(n for n in ElementTree.fromstring(svg).iter() if "trend" in n.get("class", ""))
    assert trend.get("d", "").count("M") == 2


@settings(max_examples=60, deadline=None)
@given(st.floats(0.01, 1e7))
def test_an_axis_reaches_its_highest_figure_in_few_round_steps(top):
    found = steps(top)
    assert found[0] == 0
    assert found[-1] >= top * 0.999999
    assert 2 <= len(found) <= 7
