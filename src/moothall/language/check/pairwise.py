"""Rows that between them hold every pair of values, for when all combinations are too many."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import partial
from itertools import combinations, product
from math import prod
from typing import Any, TypeVar

Key = TypeVar("Key", bound=Hashable)


def rows(sizes: Mapping[Key, int]) -> list[dict[Key, int]]:
    """Rows of value numbers such that each pair of values of two variables is in some row.

    `sizes` gives how many values each variable has (at least 1). The rows are always the same
    for the same sizes. The method is greedy (after AETG, Cohen and others, 1997): each row
    starts from a pair not yet held, and gives every other variable the value that adds most.
    """
    names: Sequence[Key] = sorted(sizes, key=lambda name: -sizes[name])
    if not names:
        return [{}]
    if len(names) == 1:
        return [{names[0]: value} for value in range(sizes[names[0]])]
    wanted = {
        (a, x, b, y)
        for a, b in combinations(range(len(names)), 2)
        for x in range(sizes[names[a]])
        for y in range(sizes[names[b]])
    }
    missing = sorted(wanted)
    found: list[dict[Key, int]] = []
    cursor = 0
    while wanted:
        while missing[cursor] not in wanted:
            cursor += 1
        a, x, b, y = missing[cursor]
        row = {a: x, b: y}
        for other in range(len(names)):
            if other in row:
                continue

            row[other] = max(range(sizes[names[other]]), key=partial(_worth, other, row, wanted))
        wanted -= {_pair(p, row[p], q, row[q]) for p, q in combinations(row, 2)}
        found.append({names[place]: value for place, value in row.items()})
    return found


def _worth(
    other: int, row: dict[int, int], wanted: set[tuple[int, int, int, int]], value: int
) -> tuple[int, int]:
    """How many pairs not yet held a value would add to a row; the smaller value if as many."""
    gain = sum(_pair(other, value, place, held) in wanted for place, held in row.items())
    return gain, -value


def _pair(a: int, x: int, b: int, y: int) -> tuple[int, int, int, int]:
    return (a, x, b, y) if a < b else (b, y, a, x)


def mixes(pools: Sequence[Sequence[Any]], most: int) -> list[tuple[Any, ...]]:
    """Every combination of one from each pool, or, past `most`, every pair in some combination."""
    if prod(len(pool) for pool in pools) <= most:
        return list(product(*pools))
    chosen = rows({place: len(pool) for place, pool in enumerate(pools)})
    return [tuple(pool[row[place]] for place, pool in enumerate(pools)) for row in chosen]
