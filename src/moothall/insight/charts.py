"""Charts drawn on the server as SVG, each to stand beside a table that says the same in figures.

Pure: numbers and words in, markup out. Colours and line styles are classes in `insight.css`,
because the content policy allows no `style`; series are told apart by order, label and pattern of
the table too, never by colour alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from markupsafe import Markup, escape

WIDTH = 760
LEFT, RIGHT, TOP, BOTTOM = 56, 14, 14, 44
HEIGHT = 260
LINE_HEIGHT = 240


@dataclass(frozen=True)
class Series:
    """One row of figures over the months: `id` names its class, 0 for nothing, None for unknown."""

    id: str
    label: str
    values: tuple[float | None, ...]


def steps(top: float, wanted: int = 4) -> list[float]:
    """Return the values at which an axis from nothing to `top` has its lines: round numbers.

    The last is at or above `top`; an empty chart has the axis 0 to 1.
    """
    if top <= 0:
        return [0.0, 1.0]
    rough = top / wanted
    power = 10 ** floor(log10(rough))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough)
    return [step * n for n in range(ceil(top / step - 1e-9) + 1)]


def plain(value: float) -> str:
    """Return a number as an axis shows it: `1,200`, `2.5`."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


def _open(height: int, title: str) -> str:
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="{escape(title)}" focusable="false">'
    )


def _axis(lines: Sequence[float], height: int, show: Callable[[float], str]) -> list[str]:
    out = []
    for value in lines:
        y = height - BOTTOM - (height - TOP - BOTTOM) * value / lines[-1]
        out.append(f'<path class="chart__line" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
        out.append(
            f'<text class="chart__words" text-anchor="end" x="{LEFT - 8}" y="{y + 4:.1f}">'
            f"{escape(show(value))}</text>"
        )
    return out


def _months(labels: Sequence[str], height: int) -> list[str]:
    """The words under the axis, a year under its month; every second or third when they would touch."""
    if not labels:
        return []
    gap = (WIDTH - LEFT - RIGHT) / len(labels)
    every = max(1, ceil(40 / gap))
    out = []
    for n, label in enumerate(labels):
        month, _, year = label.partition(" ")
        for words, y in ((month if n % every == 0 else "", height - 26), (year, height - 10)):
            if words:
                out.append(
                    f'<text class="chart__words" text-anchor="middle" '
                    f'x="{LEFT + gap * (n + 0.5):.1f}" y="{y}">{escape(words)}</text>'
                )
    return out


def stacked(
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    title: str,
    show: Callable[[float], str] = plain,
) -> Markup:
    """Return bars over `labels`, one piece for each of `series` in order from the bottom."""
    totals = [sum((one.values[n] or 0) for one in series) for n in range(len(labels))]
    lines = steps(max(totals, default=0))
    out = [_open(HEIGHT, title), *_axis(lines, HEIGHT, show)]
    gap = (WIDTH - LEFT - RIGHT) / max(len(labels), 1)
    tall = HEIGHT - TOP - BOTTOM
    for n, label in enumerate(labels):
        floor_at = float(HEIGHT - BOTTOM)
        for one in series:
            value = one.values[n] or 0
            size = tall * value / lines[-1]
            if size <= 0:
                continue
            floor_at -= size
            out.append(
                f'<rect class="chart__piece chart--{one.id}" x="{LEFT + gap * n + gap * 0.16:.1f}" '
                f'y="{floor_at:.1f}" width="{gap * 0.68:.1f}" height="{size:.1f}">'
                f"<title>{escape(label)}, {escape(one.label)}: {escape(show(value))}</title></rect>"
            )
    out += [*_months(labels, HEIGHT), "</svg>"]
    return Markup("".join(out))  # noqa: S704 -- numbers from us, every word escaped above


def lines(
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    title: str,
    top: float | None = None,
    show: Callable[[float], str] = plain,
) -> Markup:
    """Return one line for each of `series`; a month without a figure breaks its line.

    `top` fixes the end of the axis, for shares (100).
    """
    highest = max((v for one in series for v in one.values if v is not None), default=0)
    axis = steps(top if top is not None else highest)
    out = [_open(LINE_HEIGHT, title), *_axis(axis, LINE_HEIGHT, show)]
    gap = (WIDTH - LEFT - RIGHT) / max(len(labels), 1)
    tall = LINE_HEIGHT - TOP - BOTTOM
    for one in series:
        path, pen_down = "", False
        dots = []
        for n, value in enumerate(one.values):
            if value is None:
                pen_down = False
                continue
            x, y = LEFT + gap * (n + 0.5), LINE_HEIGHT - BOTTOM - tall * value / axis[-1]
            path += f"{'L' if pen_down else 'M'}{x:.1f} {y:.1f}"
            pen_down = True
            dots.append(
                f'<circle class="chart__dot chart--{one.id}" cx="{x:.1f}" cy="{y:.1f}" r="3.4">'
                f"<title>{escape(labels[n])}, {escape(one.label)}: {escape(show(value))}</title>"
                "</circle>"
            )
        out.append(f'<path class="chart__trend chart--{one.id}" d="{path}"/>')
        out += dots
    out += [*_months(labels, LINE_HEIGHT), "</svg>"]
    return Markup("".join(out))  # noqa: S704 -- numbers from us, every word escaped above


@dataclass(frozen=True)
class Range:
    """A figure that is known only within bounds: the bar runs from low to high, the mark is the figure."""

    label: str
    low: float
    value: float
    high: float


def ranges(rows: Sequence[Range], *, title: str, show: Callable[[float], str] = plain) -> Markup:
    """Return one band a row from `low` to `high` with a mark at `value`."""
    row_height, name_width = 34, 170
    height = TOP + row_height * max(len(rows), 1) + BOTTOM
    axis = steps(max((row.high for row in rows), default=0))
    wide = WIDTH - name_width - 40
    out = [_open(height, title)]
    for value in axis:
        x = name_width + wide * value / axis[-1]
        out.append(f'<path class="chart__line" d="M{x:.1f} {TOP}V{height - BOTTOM}"/>')
        out.append(
            f'<text class="chart__words" text-anchor="middle" x="{x:.1f}" y="{height - 12}">'
            f"{escape(show(value))}</text>"
        )
    for n, row in enumerate(rows):
        middle = TOP + row_height * (n + 0.5)
        low, mark, high = (name_width + wide * v / axis[-1] for v in (row.low, row.value, row.high))
        name = row.label if len(row.label) <= 24 else row.label[:23].rstrip() + "…"
        out.append(
            f'<text class="chart__words" x="0" y="{middle + 4:.1f}">{escape(name)}</text>'
            f'<rect class="chart__range" x="{low:.1f}" y="{middle - 7:.1f}" '
            f'width="{max(high - low, 1):.1f}" height="14">'
            f"<title>{escape(row.label)}: {escape(show(row.low))} to {escape(show(row.high))}"
            "</title></rect>"
            f'<path class="chart__mark" d="M{mark:.1f} {middle - 11:.1f}v22"/>'
        )
    out.append("</svg>")
    return Markup("".join(out))  # noqa: S704 -- numbers from us, every word escaped above


def funnel(rows: Sequence[tuple[str, int]], *, title: str) -> Markup:
    """Return one bar a step of a form, as long as the share of people who got there."""
    row_height, name_width = 30, 270
    height = 8 + row_height * max(len(rows), 1)
    most = max((number for _, number in rows), default=0) or 1
    wide = WIDTH - name_width - 70
    out = [_open(height, title)]
    for n, (label, number) in enumerate(rows):
        middle = 4 + row_height * (n + 0.5)
        size = wide * number / most
        name = label if len(label) <= 38 else label[:37].rstrip() + "…"
        out.append(
            f'<text class="chart__words" x="0" y="{middle + 4:.1f}">{escape(name)}</text>'
            f'<rect class="chart__piece chart--online" x="{name_width}" y="{middle - 9:.1f}" '
            f'width="{size:.1f}" height="18"><title>{escape(label)}: {number:,}</title></rect>'
            f'<text class="chart__words" x="{name_width + size + 8:.1f}" y="{middle + 4:.1f}">'
            f"{number:,}</text>"
        )
    out.append("</svg>")
    return Markup("".join(out))  # noqa: S704 -- numbers from us, every word escaped above
