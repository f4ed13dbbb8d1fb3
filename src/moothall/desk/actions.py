"""What the desk itself changes: a person's own saved views. Cases change in `casework.actions`."""

from __future__ import annotations

from django.db import transaction

from moothall.desk.models import SavedView
from moothall.people.actor import Actor

MOST_VIEWS = 30
"""Saved views that one person may keep: more than a page can show well."""


class TooMany(Exception):
    """More saved views than a person may keep. The text says what to do."""


def _me(actor: Actor) -> int:
    if actor.user_id is None:
        raise ValueError("Only somebody who is signed in keeps views.")
    return actor.user_id


@transaction.atomic
def save_view(actor: Actor, name: str, query: str) -> SavedView:
    """Keep a filtered queue under a name; the same name again takes the new filters.

    Raises ValueError for an empty name and TooMany beyond MOST_VIEWS.
    """
    name = " ".join(name.split())[:60]
    if not name:
        raise ValueError("Give the view a name, so that you can find it again.")
    mine = SavedView.objects.filter(user_id=_me(actor))
    if not mine.filter(name=name).exists() and mine.count() >= MOST_VIEWS:
        raise TooMany(f"You have {MOST_VIEWS} saved views. Remove one before you save another.")
    view, _ = SavedView.objects.update_or_create(
        user_id=_me(actor), name=name, defaults={"query": query[:600]}
    )
    return view


@transaction.atomic
def remove_view(actor: Actor, view_id: int) -> None:
    """Remove one of this person's own saved views; nothing happens when it is not theirs."""
    SavedView.objects.filter(user_id=_me(actor), pk=view_id).delete()
