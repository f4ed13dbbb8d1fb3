"""A colleague has this open: a hint from who looked at a case within the last minutes.

No part of the chain and no lock: two people may work on a case, and the second to save is told what
the first one did. A page writes once a minute at most.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import DatabaseError

from moothall.casework.beside_types import Watching
from moothall.casework.models import Viewing
from moothall.people.actor import Actor

OPEN_FOR = timedelta(minutes=5)
"""Whoever looked so lately may still have the page open."""
WRITE_EVERY = timedelta(minutes=1)
KEPT = timedelta(days=1)


def look(case_id: int, actor: Actor, *, now: datetime) -> tuple[Watching, ...]:
    """Note that this person has the case open; return who else has, by name. One query, seldom two.

    Never fails the page: a database that is too busy for a hint gives none.
    """
    if not actor.is_staff or actor.user_id is None:
        return ()
    seen = list(
        Viewing.objects.filter(case_id=case_id, at__gt=now - OPEN_FOR, at__lte=now + WRITE_EVERY)
        .select_related("user")
        .order_by("-at", "pk")[:20]
    )
    mine = next((one for one in seen if one.user_id == actor.user_id), None)
    if mine is None or mine.at <= now - WRITE_EVERY:
        try:
            Viewing.objects.bulk_create(
                [Viewing(case_id=case_id, user_id=actor.user_id, at=now)],
                update_conflicts=True,
                unique_fields=["case", "user"],
                update_fields=["at"],
            )
        except DatabaseError:
            return ()
    return tuple(Watching(one.user.name, one.at) for one in seen if one.user_id != actor.user_id)


def forget(now: datetime) -> int:
    """Drop what is older than a day; return how many."""
    gone, _ = Viewing.objects.filter(at__lt=now - KEPT).delete()
    return gone
