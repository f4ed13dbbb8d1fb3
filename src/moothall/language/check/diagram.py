"""`moothall check --diagram`: a case's states and moves as an SVG picture.

Only presentation attributes are used (no style sheet, no script), so that the picture may stand
inside a page with a strict content security policy.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from itertools import pairwise

from moothall.language.check.layout import Arrow, Box, Point, place
from moothall.language.service import Service, State

INK = "#0b0c0c"
PALE = "#505a5f"
PAPER = "#ffffff"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
ENDINGS = {"done": ("#e5f2ec", "#00703c"), "refused": ("#fbe9e7", "#a3261b")}
OTHER_ENDING = ("#eeeff0", "#505a5f")
OPEN = ("#eaf1f8", "#1d5d90")
PAUSED = ("#fff6da", "#8a5a00")
MARGIN = 32.0
LINE = 18.0


@dataclass(frozen=True)
class DrawnState:
    """A state as it is drawn. `ends` is None for an open state; `expires` is in words."""

    id: str
    label: str
    ends: str | None = None
    paused: bool = False
    expires: str = ""


@dataclass(frozen=True)
class DrawnMove:
    """A move as it is drawn, one for each state that it may start from."""

    id: str
    label: str
    start: str
    end: str
    by: tuple[str, ...]
    offline: bool = False
    when: str = ""


def _width(text: str, size: float) -> float:
    """Roughly how wide `text` is in a sans serif of that size, in pixels."""
    narrow = sum(character in "iljtfrI.,:;'()|! " for character in text)
    wide = sum(character in "mwMWQO@" for character in text)
    return size * (0.6 * (len(text) - narrow - wide) + 0.35 * narrow + 0.95 * wide) + 2


def _wrap(text: str, size: float, most: float) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and _width(longer, size) > most:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


@dataclass(frozen=True)
class _Words:
    lines: tuple[tuple[str, float, str, str], ...]  # text, size, weight, colour

    @property
    def width(self) -> float:
        return max(
            _width(text, size * (1.06 if weight == "600" else 1))
            for text, size, weight, _ in self.lines
        )

    @property
    def height(self) -> float:
        return sum(size * 1.28 for _, size, _, _ in self.lines)

    def svg(self, x: float, y: float) -> str:
        top = y - self.height / 2
        parts = []
        for text, size, weight, colour in self.lines:
            top += size * 1.28
            parts.append(
                f'<text x="{x:.1f}" y="{top - size * 0.36:.1f}" text-anchor="middle" font-size="{size:g}"'
                f' font-weight="{weight}" fill="{colour}">{escape(text)}</text>'
            )
        return "".join(parts)


def _state_words(state: DrawnState) -> _Words:
    _, colour = _colours(state)
    lines = [(text, 16.0, "600", INK) for text in _wrap(state.label, 16, 190)]
    notes = []
    if state.ends:
        notes.append(f"Ends: {state.ends}")
    if state.paused:
        notes.append("Clock paused")
    if state.expires:
        notes.append(state.expires)
    for note in notes:
        lines += [(text, 13.0, "400", colour) for text in _wrap(note, 13, 200)]
    return _Words(tuple(lines))


def _move_words(move: DrawnMove) -> _Words:
    lines = [(text, 14.0, "600", INK) for text in _wrap(move.label, 14, 170)]
    by = " or ".join(name.replace("_", " ") for name in move.by)
    note = f"by {by}" + (", works offline" if move.offline else "")
    lines += [(text, 12.0, "400", PALE) for text in _wrap(note, 12, 180)]
    if move.when:
        lines += [(text, 12.0, "400", PALE) for text in _wrap(f"when {move.when}", 12, 180)]
    return _Words(tuple(lines))


def _colours(state: DrawnState) -> tuple[str, str]:
    if state.ends:
        return ENDINGS.get(state.ends, OTHER_ENDING)
    return PAUSED if state.paused else OPEN


def _curve(points: list[Point]) -> str:
    """A smooth line that goes straight up or down at each point."""
    parts = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for (x1, y1), (x2, y2) in pairwise(points):
        if abs(x1 - x2) < 0.5:
            parts.append(f"L{x2:.1f} {y2:.1f}")
        else:
            middle = (y1 + y2) / 2
            parts.append(f"C{x1:.1f} {middle:.1f} {x2:.1f} {middle:.1f} {x2:.1f} {y2:.1f}")
    return "".join(parts)


def draw(name: str, starts: str, states: list[DrawnState], moves: list[DrawnMove]) -> str:
    """The SVG of one case. `starts` is the id of the state in which a case opens."""
    state_words = {state.id: _state_words(state) for state in states}
    move_words = {n: _move_words(move) for n, move in enumerate(moves)}
    boxes = [
        Box(s.id, max(120.0, state_words[s.id].width + 36), state_words[s.id].height + 26)
        for s in states
    ]
    arrows = [
        Arrow(n, m.start, m.end, move_words[n].width + 12, move_words[n].height + 4)
        for n, m in enumerate(moves)
    ]
    placed = place(boxes, arrows, first=starts)
    size = {box.id: (box.width, box.height) for box in boxes}
    top = MARGIN + 74
    heading = _wrap(f"How a case moves: {name}", 20, max(placed.width, 420))
    top += LINE * 1.4 * (len(heading) - 1)
    key = _legend_entries(states)
    inside = (placed.width, *(_width(line, 21) for line in heading), _legend_width(key))
    width = max(inside) + 2 * MARGIN
    left = (width - placed.width) / 2
    height = top + placed.height + 92

    def at(point: Point) -> Point:
        return point[0] + left, point[1] + top

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}"'
        f' height="{height:.0f}" role="img" aria-labelledby="title desc" font-family="{escape(FONT)}">',
        f'<title id="title">How a case moves: {escape(name)}</title>',
        f'<desc id="desc">{escape(describe(starts, states, moves))}</desc>',
        '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8"'
        f' orient="auto-start-reverse"><path d="M0 0L10 5L0 10z" fill="{PALE}"/></marker></defs>',
        f'<rect width="100%" height="100%" fill="{PAPER}"/>',
    ]
    for n, line in enumerate(heading):
        parts.append(
            f'<text x="{MARGIN:g}" y="{MARGIN + 20 + n * LINE * 1.4:.1f}" font-size="20" font-weight="600"'
            f' fill="{INK}">{escape(line)}</text>'
        )
    start_x, start_y = at(placed.boxes[starts])
    start_top = start_y - size[starts][1] / 2
    parts.append(f'<circle cx="{start_x:.1f}" cy="{start_top - 32:.1f}" r="7" fill="{INK}"/>')
    parts.append(_line([(start_x, start_top - 25), (start_x, start_top - 3)]))
    for n, move in enumerate(moves):
        if move.start == move.end:
            x, y = at(placed.boxes[move.start])
            edge = x + size[move.start][0] / 2
            parts.append(
                f'<path d="M{edge:.1f} {y - 9:.1f}C{edge + 32:.1f} {y - 24:.1f} {edge + 32:.1f} {y + 24:.1f}'
                f' {edge + 3:.1f} {y + 9:.1f}" fill="none" stroke="{PALE}" stroke-width="1.6"'
                ' marker-end="url(#tip)"/>'
            )
        else:
            points = [at(point) for point in placed.lines[n]]
            (_, y1), (x2, y2) = points[-2:]
            points[-1] = (x2, y2 - 3 if y2 > y1 else y2 + 3)
            parts.append(_line(points))
    for n in move_words:
        x, y = at(placed.words[n])
        wide, tall = move_words[n].width + 8, move_words[n].height + 2
        parts.append(
            f'<rect x="{x - wide / 2:.1f}" y="{y - tall / 2:.1f}" width="{wide:.1f}" height="{tall:.1f}"'
            f' fill="{PAPER}"/>' + move_words[n].svg(x, y)
        )
    for state in states:
        x, y = at(placed.boxes[state.id])
        parts.append(_box(state, x, y, *size[state.id], words=state_words[state.id]))
    parts.append(_legend(MARGIN, height - 40, key))
    parts.append("</svg>\n")
    return "\n".join(parts)


def _line(points: list[Point]) -> str:
    return f'<path d="{_curve(points)}" fill="none" stroke="{PALE}" stroke-width="1.6" marker-end="url(#tip)"/>'


def _box(state: DrawnState, x: float, y: float, wide: float, tall: float, words: _Words) -> str:
    fill, stroke = _colours(state)
    left, top = x - wide / 2, y - tall / 2
    dashes = ' stroke-dasharray="6 4"' if state.paused else ""
    parts = [
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{tall:.1f}" rx="12" fill="{fill}"'
        f' stroke="{stroke}" stroke-width="2"{dashes}/>'
    ]
    if state.ends:
        parts.append(
            f'<rect x="{left + 4:.1f}" y="{top + 4:.1f}" width="{wide - 8:.1f}" height="{tall - 8:.1f}"'
            f' rx="9" fill="none" stroke="{stroke}" stroke-width="1"/>'
        )
    return "".join(parts) + words.svg(x, y)


def _legend_entries(states: list[DrawnState]) -> list[DrawnState]:
    """One state of each look, labelled with what the look means."""
    entries = [DrawnState("", "Open")]
    if any(state.paused for state in states):
        entries.append(DrawnState("", "Clock paused", paused=True))
    for ending in dict.fromkeys(state.ends for state in states if state.ends):
        entries.append(DrawnState("", f"Ends: {ending}", ends=ending))
    return entries


def _legend_width(entries: list[DrawnState]) -> float:
    return sum(62 + _width(entry.label, 13) for entry in entries)


def _legend(x: float, y: float, entries: list[DrawnState]) -> str:
    parts = []
    for entry in entries:
        blank = _Words((("", 1, "400", INK),))
        parts.append(_box(DrawnState("", "", entry.ends, entry.paused), x + 15, y, 30, 20, blank))
        parts.append(
            f'<text x="{x + 38:.1f}" y="{y + 4.5:.1f}" font-size="13" fill="{INK}">'
            f"{escape(entry.label)}</text>"
        )
        x += 62 + _width(entry.label, 13)
    return "".join(parts)


def describe(starts: str, states: list[DrawnState], moves: list[DrawnMove]) -> str:
    """The picture in words, for a person who cannot see it."""
    label = {state.id: state.label for state in states}
    sentences = [f"A case starts as “{label[starts]}”."]
    for state in states:
        leaving = [move for move in moves if move.start == state.id]
        if state.ends:
            sentences.append(f"“{state.label}” is an ending ({state.ends}).")
        steps = [
            f"“{move.label}” by {' or '.join(name.replace('_', ' ') for name in move.by)} leads to “{label[move.end]}”"
            for move in leaving
        ]
        if steps:
            sentences.append(f"From “{state.label}”: " + "; ".join(steps) + ".")
    return " ".join(sentences)


def draw_service(service: Service, lang: str = "en") -> str:
    """The case of `service` as an SVG, its labels in `lang`."""
    states = [
        DrawnState(
            state.id,
            service.text(f"case.states.{state.id}.label", lang) or state.label,
            state.ends,
            state.clock_paused,
            _expiry(service, state),
        )
        for state in service.states.values()
    ]
    moves = [
        DrawnMove(
            move.id,
            service.text(f"case.moves.{move.id}.label", lang) or move.label,
            start,
            move.to,
            move.by,
            move.offline,
            move.when.source if move.when is not None else "",
        )
        for move in service.moves.values()
        for start in move.from_states
    ]
    return draw(service.text("name", lang), service.case.starts, states, moves)


def _expiry(service: Service, state: State) -> str:
    expires = state.spec.expires
    if expires is None:
        return ""
    if expires.after is None:
        return "Expires on a date"
    unit = expires.after.unit.replace("_", " ")
    amount = expires.after.amount
    if amount.startswith("local."):
        amount = str(service.local.get(amount.removeprefix("local."), amount))
    if not amount.isdecimal():
        return f"Expires after a number of {unit}"
    if amount == "1":
        unit = unit.removesuffix("s")
    return f"Expires after {amount} {unit}"
