"""Whose account a provider's sign-in is: by issuer and subject, and the first time by a proved address.

Staff: the council's single sign-on. The first sign-in joins an account by email address where the domain
is one of the council's own; without an account one is made when the person's groups give them a job.
Residents: GOV.UK One Login, whose email address is proved there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from moothall.people import audit, sessions
from moothall.people.actor import SYSTEM
from moothall.people.backends import may_sign_in
from moothall.people.models import (
    ExternalIdentity,
    GroupJob,
    Membership,
    User,
    normalise_email,
)

STAFF, RESIDENT = "single_sign_on", "one_login"
LAST_SEEN_MINUTES = 5


class NoAccount(Exception):
    """Nobody of ours signs in by this identity. `kind` is unknown, domain, unverified, closed, resident or
    taken."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True)
class Claims:
    """What a provider told, read once: `email` is empty where it is none of theirs to give."""

    issuer: str
    subject: str
    email: str
    email_is_proved: bool
    name: str
    groups: frozenset[str] | None
    """None: the provider did not say, so nothing follows for anybody's jobs."""

    @property
    def domain(self) -> str:
        """The part of the address behind the @."""
        return self.email.rpartition("@")[2]


def read(claims: Mapping[str, Any], groups_claim: str = "groups") -> Claims:
    """Read an ID token's claims: `email`, or a user name that is an address; groups where they are told.

    `email_verified` is believed where it is said; where it is not (as with Entra ID) the address counts
    as the provider's own, which is why only the council's own domains are taken (`staff`).
    """
    email = str(claims.get("email") or "")
    if not email and "@" in str(claims.get("preferred_username") or ""):
        email = str(claims["preferred_username"])
    verified = claims.get("email_verified")
    told = claims.get(groups_claim)
    # A person with too many groups gets a pointer in place of the list (Entra ID): that says nothing.
    elsewhere = (
        isinstance(claims.get("_claim_names"), dict) and groups_claim in claims["_claim_names"]
    )
    return Claims(
        issuer=str(claims["iss"]).rstrip("/"),
        subject=str(claims["sub"]),
        email=normalise_email(email)[:254],
        email_is_proved=verified in (True, "true") or (verified is None and bool(email)),
        name=str(claims.get("name") or "").strip()[:150],
        groups=frozenset(map(str, told)) if isinstance(told, list) and not elsewhere else None,
    )


def staff(claims: Claims, *, domains: Iterable[str], now: datetime | None = None) -> User:
    """The member of staff who signs in, with their jobs as their groups say. Raises NoAccount."""
    now = now or timezone.now()
    with transaction.atomic():
        user = _known(claims, now)
        if user is None:
            user = _joined_by_email(claims, domains, now)
        if not user.is_staff:
            raise NoAccount("resident")
        if not user.is_active:
            raise NoAccount("closed")
        _jobs_by_group(user, claims.groups, now)
        if claims.groups is not None and not user.is_superuser and not _has_job(user):
            raise NoAccount("unknown")
    return user


def _has_job(user: User) -> bool:
    return Membership.objects.filter(user=user).exists()


def _known(claims: Claims, now: datetime) -> User | None:
    found = (
        ExternalIdentity.objects.select_related("user")
        .filter(issuer=claims.issuer, subject=claims.subject)
        .first()
    )
    if found is None:
        return None
    if (now - found.used_at).total_seconds() > LAST_SEEN_MINUTES * 60:
        ExternalIdentity.objects.filter(pk=found.pk).update(used_at=now)
    return found.user


def _joined_by_email(claims: Claims, domains: Iterable[str], now: datetime) -> User:
    wanted = {one.strip().lower() for one in domains if one.strip()}
    if not claims.email or claims.domain not in wanted:
        raise NoAccount("domain")
    if not claims.email_is_proved:
        raise NoAccount("unverified")
    user = User.objects.filter(email=claims.email).first()
    if user is None:
        user = _made(claims, now)
    elif not user.is_staff:
        raise NoAccount("resident")
    elif not may_sign_in(user):
        raise NoAccount("closed")
    return _link(user, claims, STAFF, now)


def _made(claims: Claims, now: datetime) -> User:
    """A new account, where the person's groups give them a job."""
    if not GroupJob.objects.filter(group__in=claims.groups or ()).exists():
        raise NoAccount("unknown")
    user = User(email=claims.email, name=claims.name or claims.email, is_staff=True)
    user.set_unusable_password()
    user.save()
    audit.note("staff_added", user, by=SYSTEM, now=now, why="single sign-on")
    return user


def _link(user: User, claims: Claims, kind: str, now: datetime) -> User:
    other = ExternalIdentity.objects.filter(user=user, issuer=claims.issuer).first()
    if other is not None:
        # The address was given to somebody else at the provider: an administrator looks at it.
        raise NoAccount("taken")
    ExternalIdentity.objects.create(
        user=user, kind=kind, issuer=claims.issuer, subject=claims.subject, made_at=now, used_at=now
    )
    audit.note("identity_linked", user, now=now, provider=kind)
    return user


def _jobs_by_group(user: User, groups: frozenset[str] | None, now: datetime) -> None:
    """Give the jobs of the person's groups, and take those that a group gave and no longer does."""
    if groups is None:
        return
    wanted = {
        (one.team_id, one.job, one.ward): one
        for one in GroupJob.objects.select_related("team").filter(group__in=groups)
    }
    changed = False
    for one in Membership.objects.select_related("team").filter(user=user).exclude(by_group=""):
        if (one.team_id, one.job, one.ward) not in wanted:
            audit.note("job_taken", user, by=SYSTEM, now=now, team=one.team.slug, job=one.job,
                       ward=one.ward, group=one.by_group)  # fmt: skip
            one.delete()
            changed = True
    for (team_id, job, ward), rule in wanted.items():
        _, made = Membership.objects.get_or_create(
            user=user, team_id=team_id, job=job, ward=ward, defaults={"by_group": rule.group}
        )
        if made:
            audit.note("job_given", user, by=SYSTEM, now=now, team=rule.team.slug, job=job,
                       ward=ward, group=rule.group)  # fmt: skip
            changed = True
    if changed and hasattr(user, "_moothall_actor"):
        del user._moothall_actor


def resident(claims: Claims, *, now: datetime | None = None) -> User | None:
    """The resident who signs in; None: their address has an account that they must first prove is theirs.

    A first sign-in makes an account. Raises NoAccount (unverified, closed, resident for staff).
    """
    now = now or timezone.now()
    with transaction.atomic():
        user = _known(claims, now)
        if user is None:
            if not claims.email or not claims.email_is_proved:
                raise NoAccount("unverified")
            if User.objects.filter(email=claims.email).exists():
                return None
            user = User(email=claims.email)
            user.set_unusable_password()
            user.save()
            audit.note("account_made", user, now=now)
            _link(user, claims, RESIDENT, now)
        if user.is_staff:
            raise NoAccount("resident")
        if not user.is_active:
            raise NoAccount("closed")
    return user


def join(user: User, issuer: str, subject: str, *, now: datetime | None = None) -> None:
    """Join a resident's account, proved by an emailed code, with their One Login. Raises NoAccount."""
    now = now or timezone.now()
    claims = Claims(issuer, subject, user.email, True, "", None)
    with transaction.atomic():
        if user.is_staff:
            raise NoAccount("resident")
        known = _known(claims, now)
        if known is not None and known.pk != user.pk:
            raise NoAccount("taken")
        if known is None:
            _link(user, claims, RESIDENT, now)


def end(issuer: str, subject: str, session: str) -> int:
    """End the sessions that a provider says are over; return how many."""
    rows = ExternalIdentity.objects.select_related("user").filter(issuer=issuer.rstrip("/"))
    if subject:
        rows = rows.filter(subject=subject)
    else:
        rows = rows.filter(user__signed_in__provider_session=session).distinct()
    return sum(sessions.end_of_provider(one.user, session) for one in rows[:10])
