"""What changes accounts of staff."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.urls import reverse

from moothall.people import factors
from moothall.people.models import Job, Membership, Team, User, normalise_email


class CannotAdd(ValueError):
    """A member of staff can't be added; the message says what to do."""


@dataclass(frozen=True)
class Invitation:
    """A new member of staff and the link by which they choose a password, good for three days."""

    user: User
    link: str


def add_staff(
    email: str,
    *,
    name: str = "",
    team: str = "",
    job: str = "",
    ward: str = "",
    reset: bool = False,
) -> Invitation:
    """Give someone a staff account, or a known member of staff a new link.

    With `team` and `job` they join the team. With `reset` their second factors are removed, so that
    they set one up again. Raises CannotAdd.
    """
    email = normalise_email(email)
    if bool(team) != bool(job):
        raise CannotAdd("Give both a team and a job, or neither.")
    if job and job not in Job.values:
        raise CannotAdd(f"'{job}' is not a job. Write one of {', '.join(Job.values)}.")
    if job == Job.COUNCILLOR and not ward:
        raise CannotAdd("A councillor needs a ward: give its code.")
    with transaction.atomic():
        found = Team.objects.filter(slug=team).first() if team else None
        if team and found is None:
            known = ", ".join(Team.objects.values_list("slug", flat=True)) or "none yet"
            raise CannotAdd(f"There is no team '{team}'. The teams are: {known}.")
        user, made = User.objects.get_or_create(email=email, defaults={"name": name})
        if user.is_demonstration:
            raise CannotAdd("This address belongs to the demonstration. Use the person's own.")
        if made:
            user.set_unusable_password()
        user.is_staff = user.is_active = True
        user.name = name or user.name
        user.save()
        if found is not None:
            Membership.objects.get_or_create(user=user, team=found, job=job, ward=ward)
        if reset:
            factors.reset(user)
    token = default_token_generator.make_token(user)
    return Invitation(
        user, settings.PUBLIC_URL + reverse("desk-set-password", args=[user.pk, token])
    )
