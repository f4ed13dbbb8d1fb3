"""What the desk itself changes: saved views, team views, and a person's wishes. Cases change in
`casework.actions`."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from moothall.casework.teamwork import managed_teams
from moothall.desk.models import KeptWords, SavedView, TeamView, Wish
from moothall.people.actor import Actor

MOST_VIEWS = 30
"""Saved views that one person, or one team, may keep: more than a page can show well."""
LONGEST_WORDS = 120
WORDS_KEPT = timedelta(days=90)


class TooMany(Exception):
    """More saved views than a person may keep. The text says what to do."""


class MayNot(Exception):
    """This person may not do that. The text says who may."""


def _me(actor: Actor) -> int:
    if actor.user_id is None or not actor.is_staff:
        raise ValueError("Only somebody who is signed in keeps views.")
    return actor.user_id


def _tidy(name: str) -> str:
    name = " ".join(name.split())[:60]
    if not name:
        raise ValueError("Give the view a name, so that you can find it again.")
    return name


@transaction.atomic
def save_view(actor: Actor, name: str, query: str) -> SavedView:
    """Keep a filtered queue under a name; the same name again takes the new filters.

    Raises ValueError for an empty name and TooMany beyond MOST_VIEWS.
    """
    name = _tidy(name)
    mine = SavedView.objects.filter(user_id=_me(actor))
    if not mine.filter(name=name).exists() and mine.count() >= MOST_VIEWS:
        raise TooMany(f"You have {MOST_VIEWS} saved views. Remove one before you save another.")
    view, _ = SavedView.objects.update_or_create(
        user_id=_me(actor), name=name, defaults={"query": query[:600]}
    )
    return view


@transaction.atomic
def share_view(
    actor: Actor, team: str, name: str, query: str, *, now: datetime | None = None
) -> TeamView:
    """Give a team a view under a name; the same name again takes the new filters.

    For a manager of that team. Each reader sees in it what they may see, so nothing is given away.
    Raises MayNot, ValueError, TooMany.
    """
    if team not in managed_teams(actor):
        raise MayNot("Only a manager of the team can share a view with it.")
    name = _tidy(name)
    theirs = TeamView.objects.filter(team=team)
    if not theirs.filter(name=name).exists() and theirs.count() >= MOST_VIEWS:
        raise TooMany(f"The team has {MOST_VIEWS} views. Remove one before you share another.")
    view, _ = TeamView.objects.update_or_create(
        team=team,
        name=name,
        defaults={
            "query": query[:600],
            "made_by_id": _me(actor),
            "made_at": now or timezone.now(),
        },
    )
    return view


def _view(actor: Actor, key: str) -> SavedView | TeamView:
    """A view that this person may change, by its key `mine-<id>` or `team-<id>`. Raises MayNot."""
    kind, _, number = key.partition("-")
    pk = int(number) if number.isascii() and number.isdigit() and len(number) < 18 else 0
    found: SavedView | TeamView | None = None
    if kind == "mine":
        found = SavedView.objects.filter(user_id=_me(actor), pk=pk).first()
    elif kind == "team":
        found = TeamView.objects.filter(team__in=managed_teams(actor), pk=pk).first()
    if found is None:
        raise MayNot("This view is not yours to change.")
    return found


@transaction.atomic
def rename_view(actor: Actor, key: str, name: str) -> None:
    """Give a view another name. Raises MayNot, and ValueError where the name is empty or taken."""
    view, name = _view(actor, key), _tidy(name)
    if _beside(view).exclude(pk=view.pk).filter(name=name).exists():
        raise ValueError("Another view has this name. Choose a different one.")
    view.name = name
    view.save(update_fields=["name"])


def _beside(view: SavedView | TeamView) -> QuerySet[SavedView] | QuerySet[TeamView]:
    if isinstance(view, SavedView):
        return SavedView.objects.filter(user_id=view.user_id)
    return TeamView.objects.filter(team=view.team)


@transaction.atomic
def move_view(actor: Actor, key: str, step: int) -> None:
    """Put a view so many places further down (or up, when negative) in its list. Raises MayNot."""
    view = _view(actor, key)
    order: list[SavedView | TeamView] = list(_beside(view))
    at = next(number for number, one in enumerate(order) if one.pk == view.pk)
    order.insert(max(0, min(len(order) - 1, at + step)), order.pop(at))
    for number, one in enumerate(order, 1):
        if one.position != number:
            one.position = number
            one.save(update_fields=["position"])


@transaction.atomic
def delete_view(actor: Actor, key: str) -> None:
    """Remove a view of one's own, or of a team that one manages. Raises MayNot."""
    _view(actor, key).delete()
    Wish.objects.filter(opens_with=key).update(opens_with="")


@transaction.atomic
def remove_view(actor: Actor, view_id: int) -> None:
    """Remove one of this person's own saved views; nothing happens when it is not theirs."""
    SavedView.objects.filter(user_id=_me(actor), pk=view_id).delete()


@transaction.atomic
def wish(
    actor: Actor,
    *,
    shortcuts: bool | None = None,
    late_list: bool | None = None,
    opens_with: str | None = None,
) -> Wish:
    """Change how the desk is for this person; None leaves a thing as it is."""
    changes = {"shortcuts": shortcuts, "late_list": late_list, "opens_with": opens_with}
    given = {name: value for name, value in changes.items() if value is not None}
    made, _ = Wish.objects.update_or_create(user_id=_me(actor), defaults=given)
    return made


@transaction.atomic
def keep_words(actor: Actor, words: str, *, now: datetime | None = None) -> str:
    """Keep words that a queue is narrowed to; return the token that stands for them in addresses."""
    words = " ".join(words.split())[:LONGEST_WORDS]
    if not words:
        return ""
    kept, _ = KeptWords.objects.update_or_create(
        user_id=_me(actor),
        words=words,
        defaults={"at": now or timezone.now()},
        create_defaults={"at": now or timezone.now(), "token": secrets.token_hex(6)},
    )
    return kept.token


def forget_words(now: datetime) -> int:
    """Delete words that nobody looked for lately; return how many."""
    with transaction.atomic():
        return KeptWords.objects.filter(at__lt=now - WORDS_KEPT).delete()[0]
