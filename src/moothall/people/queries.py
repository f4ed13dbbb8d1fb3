"""Who plays what, and the demonstration's sign-ins: reads only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from django.conf import settings
from django.db.models import QuerySet

from moothall.people import demonstration
from moothall.people.actor import ANONYMOUS, Actor, applicant
from moothall.people.models import Job, Membership, Team, User, Wishes

__all__ = [
    "SignIn",
    "actor_for",
    "colleagues",
    "demo_sign_ins",
    "jobs_of",
    "means_wanted",
    "team",
    "teams_playing",
]


def actor_for(user: object) -> Actor:
    """Return the actor that `user` (of a request: perhaps anonymous) acts as.

    Staff have the service roles that their teams play, and their jobs: "adviser", "officer",
    "manager", "councillor", "admin", "designer". One query the first time for each user object.
    """
    if not isinstance(user, User):
        # A request's user is a lazy wrapper: ask what is inside.
        if not getattr(user, "is_authenticated", False):
            return ANONYMOUS
        pk = getattr(user, "pk", None)
    else:
        pk = user.pk
    kept: Actor | None = getattr(user, "_moothall_actor", None)
    if kept is None:
        kept = _actor(user, pk)
        user._moothall_actor = kept  # type: ignore[attr-defined]  # our own note on the user
    return kept


def _actor(user: object, pk: int | None) -> Actor:
    name = getattr(user, "name", "") or "Someone"
    if not getattr(user, "is_staff", False):
        # applicant() asks for nothing but pk
        return applicant(user, name)  # type: ignore[arg-type]  # the request's lazy wrapper of a User
    memberships = list(Membership.objects.filter(user=pk).select_related("team"))
    roles = {role for one in memberships for role in one.team.plays}
    roles |= {one.job for one in memberships}
    if getattr(user, "is_superuser", False):
        roles.add("admin")
    return Actor(
        "staff",
        pk,
        name,
        roles=frozenset(roles),
        teams=frozenset(one.team.slug for one in memberships),
        wards=frozenset(one.ward for one in memberships if one.ward),
    )


def teams_playing(role: str) -> list[Team]:
    """Return the teams that play the service role `role`, by name."""
    # A council has tens of teams: JSON containment differs between the databases, a loop does not.
    return [one for one in Team.objects.all() if role in one.plays]


def team(slug: str) -> Team | None:
    """Return the team of this slug, or None."""
    return Team.objects.filter(slug=slug).first()


def jobs_of(user: User) -> frozenset[str]:
    """Return the jobs that `user` has in any team."""
    return frozenset(Membership.objects.filter(user=user).values_list("job", flat=True))


def colleagues(team_slug: str) -> QuerySet[User]:
    """Return the active staff of a team, by name: whom a case may be assigned to."""
    return (
        User.objects.filter(memberships__team__slug=team_slug, is_staff=True, is_active=True)
        .exclude(memberships__job=Job.COUNCILLOR)
        .order_by("name")
        .distinct()
    )


Telling = Literal["must", "update", "reminder", "news", "satisfaction"]
"""Kinds of message to a resident. `must`: the law or the service needs it to be sent (that a request
came in, a decision, a question to answer, a payment)."""


def means_wanted(
    user_id: int | None, kind: Telling, offered: Sequence[str] = ("email",)
) -> tuple[str, ...]:
    """Return by which of the `offered` means a resident wants to be told, the best first; () for not.

    `offered` are email, text, letter in the order in which the service would try them. Somebody without
    an account has the defaults: everything but news of the area. What must be sent is always sent, by
    the wanted means first where the service offers them. One query; none without an account.
    """
    wishes = Wishes.objects.filter(user=user_id).first() if user_id is not None else None
    if wishes is None:
        return () if kind == "news" else tuple(offered)
    wanted = {
        "reminder": wishes.reminders,
        "news": wishes.area_news,
        "satisfaction": wishes.satisfaction,
    }.get(kind, True)
    if not wanted:
        return ()
    return tuple(sorted(offered, key=lambda one: one != wishes.updates))


@dataclass(frozen=True)
class SignIn:
    """One of the demonstration's sign-ins. `password` and `code` are blank for a resident."""

    role: str
    kind: Literal["staff", "resident"]
    name: str
    team: str
    email: str
    address: str
    password: str
    code: str
    """An authenticator code that works now."""


def demo_sign_ins(now: dt.datetime) -> list[SignIn]:
    """Return the demonstration's sign-ins, one for each role first; none when it is off."""
    if not settings.DEMONSTRATION:
        return []
    found: list[SignIn] = []
    staff = Membership.objects.filter(user__is_demonstration=True, user__is_active=True)
    order = {job: number for number, job in enumerate(Job.values)}
    for one in sorted(
        staff.select_related("user", "team"), key=lambda one: (order[one.job], one.pk)
    ):
        found.append(
            SignIn(
                role=one.job,
                kind="staff",
                name=one.user.name,
                team=one.team.name,
                email=one.user.email,
                address=f"{settings.PUBLIC_URL}/desk/sign-in/",
                password=demonstration.PASSWORD,
                code=demonstration.code(one.user.email, now),
            )
        )
    residents = User.objects.filter(is_demonstration=True, is_staff=False, is_active=True)
    for user in residents.order_by("pk"):
        found.append(
            SignIn(
                role="resident",
                kind="resident",
                name=user.name,
                team="",
                email=user.email,
                address=f"{settings.PUBLIC_URL}/account/sign-in/",
                password="",
                code="",
            )
        )
    return found
