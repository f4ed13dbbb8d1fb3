"""Laying out a graph in layers, from the first box down, so that arrows rarely cross.

The classic four steps (Sugiyama and others, 1981): turn round the arrows that close a circle,
give each box a layer, order each layer to lessen crossings, then choose places. The words on an
arrow are boxes of their own on a layer between, so that no two of them can overlap.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

Point = tuple[float, float]

LOOP = 36.0
"""How far an arrow from a box to itself goes out, in pixels."""


@dataclass(frozen=True)
class Box:
    """Something to place: its id and its size in pixels."""

    id: Hashable
    width: float
    height: float


@dataclass(frozen=True)
class Arrow:
    """An arrow from one box to another, with the size of the words on it."""

    id: Hashable
    start: Hashable
    end: Hashable
    width: float
    height: float


@dataclass
class Placed:
    """Where everything goes: centres of boxes and words, the line of each arrow, the size."""

    boxes: dict[Hashable, Point] = field(default_factory=dict)
    words: dict[Hashable, Point] = field(default_factory=dict)
    lines: dict[Hashable, list[Point]] = field(default_factory=dict)
    width: float = 0.0
    height: float = 0.0


@dataclass
class _Node:
    key: Hashable
    layer: int
    width: float
    height: float
    x: float = 0.0
    y: float = 0.0
    above: list[_Node] = field(default_factory=list)
    below: list[_Node] = field(default_factory=list)


def _back_arrows(first: Hashable, boxes: Sequence[Box], arrows: Sequence[Arrow]) -> set[Hashable]:
    """The arrows that lead back to a box already on the way, found depth first from `first`."""
    leaving: dict[Hashable, list[Arrow]] = defaultdict(list)
    for arrow in arrows:
        leaving[arrow.start].append(arrow)
    back: set[Hashable] = set()
    done: set[Hashable] = set()
    for root in [first, *(box.id for box in boxes)]:
        if root in done:
            continue
        on_way = {root}
        stack = [(root, iter(leaving[root]))]
        while stack:
            here, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                stack.pop()
                on_way.discard(here)
                done.add(here)
            elif following.end in on_way:
                back.add(following.id)
            elif following.end not in done:
                on_way.add(following.end)
                stack.append((following.end, iter(leaving[following.end])))
    return back


def _layers(
    boxes: Sequence[Box], forward: Sequence[tuple[Hashable, Hashable]]
) -> dict[Hashable, int]:
    """The longest way from a start to each box, counted in arrows."""
    layer = {box.id: 0 for box in boxes}
    for _ in boxes:
        changed = False
        for start, end in forward:
            if start != end and layer[end] < layer[start] + 1:
                layer[end] = layer[start] + 1
                changed = True
        if not changed:
            break
    return layer


def _order(rows: list[list[_Node]]) -> None:
    """Sort each row by the middle of its neighbours, down and up, keeping the best found."""

    def crossings() -> int:
        found = 0
        for row in rows[:-1]:
            place = {id(node): n for n, node in enumerate(rows[rows.index(row) + 1])}
            ends = [
                place[id(below)]
                for node in row
                for below in sorted(node.below, key=lambda b: place[id(b)])
            ]
            found += sum(a > b for n, a in enumerate(ends) for b in ends[n + 1 :])
        return found

    best, least = [list(row) for row in rows], crossings()
    for turn in range(12):
        downward = turn % 2 == 0
        for index in range(1, len(rows)) if downward else range(len(rows) - 2, -1, -1):
            beside = rows[index - 1] if downward else rows[index + 1]
            place = {id(node): n for n, node in enumerate(beside)}
            now = {id(node): n for n, node in enumerate(rows[index])}

            def middle(
                node: _Node,
                place: dict[int, int] = place,
                now: dict[int, int] = now,
                down: bool = downward,
            ) -> float:
                near = [place[id(other)] for other in (node.above if down else node.below)]
                return sum(near) / len(near) if near else float(now[id(node)])

            rows[index].sort(key=middle)
        if (count := crossings()) < least:
            best, least = [list(row) for row in rows], count
    rows[:] = best


def _place(rows: list[list[_Node]], gap: float) -> None:
    """Give each node an x near the middle of its neighbours, without overlaps in its row."""
    for row in rows:
        x = 0.0
        for node in row:
            node.x = x + node.width / 2
            x += node.width + gap
    for turn in range(24):
        ordered = rows if turn % 2 == 0 else rows[::-1]
        for row in ordered:
            for node in row:
                near = (
                    [*node.above, *node.below]
                    if turn > 3
                    else (node.above if turn % 2 == 0 else node.below)
                )
                if near:
                    node.x = sum(other.x for other in near) / len(near)
            _spread(row, gap)


def _spread(row: list[_Node], gap: float) -> None:
    """Push apart what overlaps, keeping the order and the middle of each clump."""
    clumps: list[tuple[list[_Node], float]] = []
    for node in row:
        clump, centre = [node], node.x
        while clumps:
            before, middle = clumps[-1]
            if middle + _width(before, gap) / 2 + gap <= centre - _width(clump, gap) / 2:
                break
            clumps.pop()
            clump = before + clump
            wanted = []
            offset = 0.0
            for member in clump:
                wanted.append(member.x - offset - member.width / 2)
                offset += member.width + gap
            centre = sum(wanted) / len(wanted) + _width(clump, gap) / 2
        clumps.append((clump, centre))
    for clump, centre in clumps:
        x = centre - _width(clump, gap) / 2
        for node in clump:
            node.x = x + node.width / 2
            x += node.width + gap


def _width(clump: list[_Node], gap: float) -> float:
    return sum(node.width for node in clump) + gap * (len(clump) - 1)


def place(
    boxes: Sequence[Box],
    arrows: Sequence[Arrow],
    *,
    first: Hashable,
    gap: float = 28.0,
    rise: float = 38.0,
) -> Placed:
    """Places for `boxes` and `arrows`, in pixels from the top left. `first` is put on top.

    An arrow from a box to itself gets words but no line: the caller draws its loop.
    """
    back = _back_arrows(first, boxes, arrows)
    straight = [a for a in arrows if a.start != a.end]
    forward = [(a.end, a.start) if a.id in back else (a.start, a.end) for a in straight]
    layer = {key: 2 * value for key, value in _layers(boxes, forward).items()}
    loops: dict[Hashable, float] = defaultdict(float)
    for arrow in arrows:
        if arrow.start == arrow.end:
            loops[arrow.start] = max(loops[arrow.start], arrow.width + LOOP)
    nodes = {
        box.id: _Node(box.id, layer[box.id], box.width + 2 * loops[box.id], box.height)
        for box in boxes
    }
    every = list(nodes.values())
    chains: dict[Hashable, list[_Node]] = {}
    for arrow, (top, bottom) in zip(straight, forward, strict=True):
        chain = [nodes[top]]
        for level in range(layer[top] + 1, layer[bottom]):
            has_words = level == (layer[bottom] - 1 if arrow.id in back else layer[top] + 1)
            size = (arrow.width, arrow.height) if has_words else (10.0, 0.0)
            chain.append(_Node((arrow.id, level), level, *size))
        chain.append(nodes[bottom])
        for above, below in pairwise(chain):
            above.below.append(below)
            below.above.append(above)
        every.extend(chain[1:-1])
        chains[arrow.id] = chain
    rows: list[list[_Node]] = [[] for _ in range(max(n.layer for n in every) + 1)]
    for node in every:
        rows[node.layer].append(node)
    _order(rows)
    _place(rows, gap)
    return _measure(rows, nodes, chains, arrows, back, rise)


def _measure(
    rows: list[list[_Node]],
    nodes: Mapping[Hashable, _Node],
    chains: Mapping[Hashable, list[_Node]],
    arrows: Sequence[Arrow],
    back: set[Hashable],
    rise: float,
) -> Placed:
    placed = Placed()
    y = 0.0
    extents: list[tuple[float, float]] = []  # top and bottom of each row
    for row in rows:
        tall = max((node.height for node in row), default=0.0)
        for node in row:
            node.y = y + tall / 2
        extents.append((y, y + tall))
        y += tall + rise
    left = min(n.x - n.width / 2 for row in rows for n in row)
    right = max(n.x + n.width / 2 for row in rows for n in row)
    for row in rows:
        for node in row:
            node.x -= left
    placed.width, placed.height = right - left, y - rise
    placed.boxes = {key: (node.x, node.y) for key, node in nodes.items()}
    ports = _ports(chains)
    for arrow in arrows:
        if arrow.start == arrow.end:
            node = nodes[arrow.start]
            placed.words[arrow.id] = (node.x + node.width / 2 - arrow.width / 2, node.y)
            continue
        chain = chains[arrow.id]
        worded = chain[-2] if arrow.id in back else chain[1]
        placed.words[arrow.id] = (worded.x, worded.y)
        points = _down(chain, extents, ports[arrow.id, False], ports[arrow.id, True])
        placed.lines[arrow.id] = points[::-1] if arrow.id in back else points
    return placed


def _down(
    chain: list[_Node], extents: list[tuple[float, float]], leaves: float, arrives: float
) -> list[Point]:
    """A line down a chain: straight through each row, sideways only between rows."""
    first, last = chain[0], chain[-1]
    points = [(leaves, first.y + first.height / 2), (leaves, extents[first.layer][1])]
    for node in chain[1:-1]:
        top, bottom = extents[node.layer]
        points += [(node.x, top), (node.x, bottom)]
    points += [(arrives, extents[last.layer][0]), (arrives, last.y - last.height / 2)]
    kept = points[:1]
    for point in points[1:]:
        if abs(point[0] - kept[-1][0]) > 1 or abs(point[1] - kept[-1][1]) > 1:
            kept.append(point)
    return kept


def _ports(chains: Mapping[Hashable, list[_Node]]) -> dict[tuple[Hashable, bool], float]:
    """Where along its box each line leaves (False) and arrives (True), so that none share a tip."""
    sides: dict[tuple[int, bool], list[tuple[float, Hashable, _Node]]] = defaultdict(list)
    for key, chain in chains.items():
        sides[id(chain[0]), False].append((chain[1].x, key, chain[0]))
        sides[id(chain[-1]), True].append((chain[-2].x, key, chain[-1]))
    ports: dict[tuple[Hashable, bool], float] = {}
    for (_, arriving), ends in sides.items():
        ends.sort(key=lambda end: end[0])
        apart = min(26.0, (ends[0][2].width - 40) / max(1, len(ends) - 1))
        for n, (_, key, node) in enumerate(ends):
            ports[key, arriving] = node.x + (n - (len(ends) - 1) / 2) * apart
    return ports
