"""Sharing cases out among people: in turns, or to whoever has least. Also for many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from django.db.models import Count

from moothall.casework.models import Case


def load_of(people: Sequence[int]) -> dict[int, int]:
    """How many open cases each of `people` has, whatever their service. One query."""
    found = dict.fromkeys(people, 0)
    rows = (
        Case.objects.filter(assigned_to__in=list(people), ended_at=None)
        .order_by()
        .values_list("assigned_to")
        .annotate(number=Count("pk"))
    )
    found.update({user_id: number for user_id, number in rows if user_id is not None})
    return found


def share_out(
    cases: Sequence[int],
    people: Sequence[int],
    *,
    who_can: Mapping[int, Set[int]],
    way: str = "least",
    load: Mapping[int, int] | None = None,
) -> dict[int, int]:
    """Return who is to have which case: case id to user id; a case that nobody can have is left out.

    `way`: "turns" gives each the next case in order; "least" always gives it to whoever has the
    fewest open cases by then (`load`, read from the database when not given). Ties go in the order
    of `people`, so the same cases and people give the same answer.
    """
    if way == "turns":
        return _in_turns(cases, people, who_can)
    have = dict(load if load is not None else load_of(people))
    given: dict[int, int] = {}
    for case in cases:
        able = [one for one in people if one in who_can.get(case, ())]
        if not able:
            continue
        chosen = min(able, key=lambda one: have.get(one, 0))
        have[chosen] = have.get(chosen, 0) + 1
        given[case] = chosen
    return given


def _in_turns(
    cases: Sequence[int], people: Sequence[int], who_can: Mapping[int, Set[int]]
) -> dict[int, int]:
    given: dict[int, int] = {}
    queue = list(people)
    for case in cases:
        chosen = next((one for one in queue if one in who_can.get(case, ())), None)
        if chosen is not None:
            given[case] = chosen
            queue.remove(chosen)
            queue.append(chosen)
    return given


def suggestion(people: Sequence[int], *, load: Mapping[int, int] | None = None) -> int | None:
    """Who of `people` has least to do now, or None when there is nobody."""
    have = load if load is not None else load_of(people)
    return min(people, key=lambda one: have.get(one, 0), default=None)
