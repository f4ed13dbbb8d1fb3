"""Staff accounts: add, invite, end, change team and job, reset second factors.

Only an administrator (`admin`) may; and a team's manager for the officers and advisers of that team.
`SYSTEM` may everything: commands act as it. Every change is one transaction with its audit event.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from moothall.people import audit, factors, sessions
from moothall.people.actor import SYSTEM, Actor
from moothall.people.mail import write
from moothall.people.models import AccountEvent, Job, Membership, Team, User, normalise_email

MANAGER_GIVES = (Job.OFFICER, Job.ADVISER)
"""Jobs that a manager may give and take in the teams they manage."""


class CannotChange(ValueError):
    """The change can't be made; `field` says which control is at fault, the message what to do."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class NotAllowed(PermissionError):
    """This actor may not change that account."""


def manages(actor: Actor) -> frozenset[str] | None:
    """Return the slugs of the teams whose staff `actor` may change; None: every team; empty: none."""
    if actor.kind == "system" or actor.plays("admin"):
        return None
    if not actor.plays("manager"):
        return frozenset()
    return frozenset(
        Membership.objects.filter(user=actor.user_id, job=Job.MANAGER).values_list(
            "team__slug", flat=True
        )
    )


def directory(actor: Actor, *, words: str = "", ended: bool = False) -> QuerySet[User]:
    """Return the staff whom `actor` may change, by name: an administrator's everybody, a manager's
    teams. `words`: part of a name or address. `ended`: those who no longer work here instead.
    Memberships and their teams are fetched with them."""
    teams = manages(actor)
    found = User.objects.filter(is_staff=True, is_active=not ended)
    if teams is not None:
        found = found.filter(memberships__team__slug__in=teams)
    if words := words.strip():
        found = found.filter(Q(name__icontains=words) | Q(email__icontains=words))
    return found.order_by("name", "pk").distinct().prefetch_related("memberships__team")


def may_change(actor: Actor, user: User) -> bool:
    """Whether `actor` may change the account of `user`: nobody their own; managers no administrator."""
    teams = manages(actor)
    if not user.is_staff or user.pk == actor.user_id:
        return False
    if teams is None:
        return True
    if not teams or user.is_superuser:
        return False
    theirs = list(Membership.objects.filter(user=user).values_list("team__slug", "job"))
    return any(team in teams for team, _ in theirs) and all(
        job in MANAGER_GIVES for _, job in theirs
    )


def history(user_id: int, limit: int = 100) -> list[AccountEvent]:
    """Return what happened to an account, newest first; `audit.KINDS` has the words."""
    return list(AccountEvent.objects.filter(user_id=user_id).order_by("-at", "-pk")[:limit])


def add(
    email: str, name: str, team: str, job: str, *, actor: Actor, ward: str = "",
    invite: bool = True, now: datetime | None = None,
) -> User:  # fmt: skip
    """Make a staff account with a job in a team, and (with `invite`) email its link.

    Raises CannotChange (a wrong address, a resident's address, an unknown team or job, a councillor
    without a ward) and NotAllowed.
    """
    now = now or timezone.now()
    email = normalise_email(email)
    if "@" not in email or len(email) > 254:
        raise CannotChange(
            "Enter an email address in the right form, like name@example.com", "email"
        )
    if not name.strip():
        raise CannotChange("Enter the person's name", "name")
    with transaction.atomic():
        found = _team(team)
        _check_job(job, ward)
        _check_may_give(actor, found, job)
        user = User.objects.filter(email=email).first()
        if user is not None:
            if user.is_staff:
                raise CannotChange("There is a staff account with this address already.", "email")
            raise CannotChange(
                "A resident uses this address. Use the person's work address.", "email"
            )
        user = User(email=email, name=name.strip()[:150], is_staff=True)
        user.set_unusable_password()
        user.save()
        audit.note("staff_added", user, by=actor, now=now)
        _give(user, found, job, ward, actor, now)
        if invite:
            send_invitation(user, actor=actor, now=now)
    return user


def invitation_link(user: User) -> str:
    """Return the link by which staff choose a password; good once, for three days."""
    token = default_token_generator.make_token(user)
    return settings.PUBLIC_URL + reverse("desk-set-password", args=[user.pk, token])


def send_invitation(user: User, *, actor: Actor, now: datetime | None = None) -> None:
    """Email a member of staff the link by which they choose a (new) password. Raises NotAllowed."""
    with transaction.atomic():
        _check_may(actor, user)
        write(user.email, "invitation", name=user.name, link=invitation_link(user))
        audit.note("staff_invited", user, by=actor, now=now)


def end(user: User, *, actor: Actor, now: datetime | None = None) -> None:
    """End an account: no sign-in, no session, no job; what they did stays under their name.

    Cases assigned to them are for their manager to hand on (`casework`). Raises NotAllowed, and
    CannotChange for the last administrator.
    """
    now = now or timezone.now()
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user.pk)
        _check_may(actor, user)
        _check_not_last_admin(user)
        jobs = [f"{one.team.slug}:{one.job}" for one in user.memberships.select_related("team")]
        user.is_active, user.ended_at = False, now
        user.set_unusable_password()
        user.save()
        Membership.objects.filter(user=user).delete()
        factors.reset(user)
        sessions.end_all(user, by=actor, now=now, why="ended")
        audit.note("staff_ended", user, by=actor, now=now, jobs=jobs)


def bring_back(
    user: User, team: str, job: str, *, actor: Actor, ward: str = "", now: datetime | None = None
) -> None:
    """Open an ended account again with a job, and send a new invitation. As `add` otherwise."""
    now = now or timezone.now()
    with transaction.atomic():
        found = _team(team)
        _check_job(job, ward)
        _check_may_give(actor, found, job)
        user = User.objects.select_for_update().get(pk=user.pk)
        if not user.is_staff or user.is_active:
            raise CannotChange("This account has not ended.")
        if user.is_superuser and manages(actor) is not None:
            raise NotAllowed("Only an administrator may do that.")
        user.is_active, user.ended_at = True, None
        user.save()
        audit.note("staff_back", user, by=actor, now=now)
        _give(user, found, job, ward, actor, now)
        send_invitation(user, actor=actor, now=now)


def give_job(
    user: User, team: str, job: str, *, actor: Actor, ward: str = "", now: datetime | None = None
) -> Membership:
    """Give a job in a team, besides those that the person has. Raises CannotChange, NotAllowed."""
    with transaction.atomic():
        found = _team(team)
        _check_job(job, ward)
        _check_may_give(actor, found, job)
        if not user.is_staff or not user.is_active:
            raise CannotChange("This is not the account of somebody who works here.")
        if user.pk == actor.user_id:
            raise NotAllowed("Nobody changes their own account.")
        return _give(user, found, job, ward, actor, now)


def take_job(membership_id: int, *, actor: Actor, now: datetime | None = None) -> None:
    """Take a job away. Raises NotAllowed, and CannotChange for the last administrator's or a job that
    the council's sign-in provider gives (it would be back at the next sign-in)."""
    with transaction.atomic():
        one = Membership.objects.select_related("user", "team").filter(pk=membership_id).first()
        if one is None:
            raise CannotChange("That job has been taken away already.")
        _check_may(actor, one.user)
        _check_may_give(actor, one.team, one.job)
        if one.by_group:
            raise CannotChange(
                f"The group {one.by_group} gives this job. Take the person out of the group."
            )
        if one.job == Job.ADMIN and not one.user.is_superuser:
            _check_not_last_admin(one.user)
        one.delete()
        audit.note(
            "job_taken", one.user, by=actor, now=now, team=one.team.slug, job=one.job, ward=one.ward
        )


def change_job(
    membership_id: int, team: str, job: str, *, actor: Actor, ward: str = "",
    now: datetime | None = None,
) -> Membership:  # fmt: skip
    """Put another team or job in the place of one that the person has. As `take_job` and `give_job`."""
    with transaction.atomic():
        one = Membership.objects.select_related("user").filter(pk=membership_id).first()
        if one is None:
            raise CannotChange("That job has been taken away already.")
        if (one.team.slug, one.job, one.ward) == (team, job, ward):
            return one
        made = give_job(one.user, team, job, actor=actor, ward=ward, now=now)
        take_job(membership_id, actor=actor, now=now)
        return made


def reset_second_factor(user: User, *, actor: Actor, now: datetime | None = None) -> None:
    """Remove the second factors of somebody who lost theirs, end their sessions and tell them by email.

    They set one up at the next sign-in. Ask who they are first, by a way that you know: whoever has
    the password and this reset has the account. Raises NotAllowed.
    """
    with transaction.atomic():
        _check_may(actor, user)
        factors.reset(user)
        sessions.end_all(user, by=actor, now=now, why="second factor reset")
        audit.note("second_factor_reset", user, by=actor, now=now)
        write(user.email, "factor_reset", name=user.name)


def end_sessions(user: User, *, actor: Actor, now: datetime | None = None) -> int:
    """Sign a member of staff out everywhere, for example after a lost laptop. Raises NotAllowed."""
    with transaction.atomic():
        _check_may(actor, user)
        return sessions.end_all(user, by=actor, now=now)


def unused_since(days: int, *, now: datetime | None = None) -> QuerySet[User]:
    """Return the active staff who have not signed in for so many days: accounts to look at."""
    before = (now or timezone.now()) - timedelta(days=days)
    return (
        User.objects.filter(is_staff=True, is_active=True, date_joined__lt=before)
        .filter(Q(last_login=None) | Q(last_login__lt=before))
        .order_by("last_login", "name")
    )


def _team(slug: str) -> Team:
    found = Team.objects.filter(slug=slug).first()
    if found is None:
        raise CannotChange("Choose a team", "team")
    return found


def _check_job(job: str, ward: str) -> None:
    if job not in Job.values:
        raise CannotChange("Choose a job", "job")
    if job == Job.COUNCILLOR and not ward.strip():
        raise CannotChange("Choose the ward that the councillor speaks for", "ward")
    if job != Job.COUNCILLOR and ward.strip():
        raise CannotChange("Only a councillor has a ward", "ward")


def _check_may_give(actor: Actor, team: Team, job: str) -> None:
    teams = manages(actor)
    if teams is None:
        return
    if team.slug not in teams or job not in MANAGER_GIVES:
        raise NotAllowed("Only an administrator may give or take that job.")


def _check_may(actor: Actor, user: User) -> None:
    if actor is not SYSTEM and not may_change(actor, user):
        raise NotAllowed("You may not change this account.")


def _check_not_last_admin(user: User) -> None:
    admins = User.objects.filter(is_staff=True, is_active=True).filter(
        Q(is_superuser=True) | Q(memberships__job=Job.ADMIN)
    )
    if admins.filter(pk=user.pk).exists() and not admins.exclude(pk=user.pk).exists():
        raise CannotChange("This is the last administrator. Make another one first.")


def _give(
    user: User, team: Team, job: str, ward: str, actor: Actor, now: datetime | None
) -> Membership:
    one, made = Membership.objects.get_or_create(user=user, team=team, job=job, ward=ward)
    if made:
        audit.note("job_given", user, by=actor, now=now, team=team.slug, job=job, ward=ward)
    return one
