"""Making, rotating and revoking keys, and knowing who calls by one.

A key is `mh_<prefix>_<secret>`: the prefix finds it, the secret is compared by its digest in constant
time. Only an administrator makes keys; what a key may do is bounded by its owner at every request, so
an owner who leaves or changes jobs takes the key's rights along.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from moothall.api.models import ApiKey, ApiSecret
from moothall.packs.queries import offered
from moothall.people import audit
from moothall.people.actor import SYSTEM, Actor
from moothall.people.backends import may_sign_in
from moothall.people.models import Membership, Team, User

SCOPES: Final = {
    "cases:read": "Read cases: lists, counts, search, one case, its files, tasks and mentions",
    "cases:write": "Change cases: steps, assigning, notes, tasks, corrections, joining, handing over",
    "cases:open": "Open cases for people, and record that they were in touch",
    "cases:reply": "Write to the people whose cases they are",
    "payments": "Take payments by phone and pay back",
    "bulk": "Do one thing to many cases",
    "reports:read": "Read the figures of teams and wards",
    "services:read": "Read the services and their forms",
    "staff:read": "Read who works here",
    "troubles": "See what went wrong in the machine room, and try it again",
    "replies:manage": "Change the replies that colleagues write with",
    "webhooks:manage": "Say which addresses are told when something happens",
}
"""Every scope and what it opens, in words."""
SECRET: Final = re.compile(r"mh_([a-z0-9]{10})_([A-Za-z0-9_-]{43})\Z", re.ASCII)
IN_AN_ADDRESS: Final = re.compile(r"mh_[a-z0-9]{10}_", re.ASCII)
OVERLAP: Final = timedelta(days=7)
"""How long the old secret of a rotated key still works."""
LONGEST: Final = timedelta(days=731)
MOST_LIVE: Final = 100
TOUCH: Final = timedelta(minutes=5)
"""How old `last_used_at` may be before it is written again."""


class CannotMake(ValueError):
    """The key can't be made or changed; `field` says which control is at fault."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class NotAllowed(PermissionError):
    """Only an administrator may do this."""


@dataclass(frozen=True)
class Made:
    """A key and its secret, which is shown this once."""

    key: ApiKey
    secret: str


@dataclass(frozen=True)
class Caller:
    """Who calls: the key, and the actor that acts by it."""

    key: ApiKey
    actor: Actor

    def may(self, scope: str) -> bool:
        """Whether the key has this scope."""
        return scope in self.key.scopes


def _check_admin(actor: Actor) -> None:
    if actor is not SYSTEM and not actor.plays("admin"):
        raise NotAllowed("Only an administrator may make and revoke keys.")


def make(
    name: str,
    owner: User,
    scopes: Sequence[str],
    *,
    actor: Actor,
    services: Sequence[str] = (),
    teams: Sequence[str] = (),
    networks: Sequence[str] = (),
    per_minute: int = 600,
    expires_at: datetime | None = None,
    now: datetime | None = None,
) -> Made:
    """Make a key for a member of staff. `expires_at` None: it does not expire.

    Raises CannotMake and NotAllowed.
    """
    now = now or timezone.now()
    _check_admin(actor)
    name = " ".join(name.split())[:80]
    if not name:
        raise CannotMake("name", "Say which system the key is for")
    if not owner.is_staff or not may_sign_in(owner):
        raise CannotMake("owner", "Choose somebody who works here")
    _check_scopes(scopes)
    _check_limits(services, teams)
    if not 1 <= per_minute <= 60_000:
        raise CannotMake("per_minute", "Requests a minute must be between 1 and 60,000")
    if expires_at is not None and not now < expires_at <= now + LONGEST:
        raise CannotMake("expires", "The key must end within two years from now")
    with transaction.atomic():
        live = ApiKey.objects.filter(owner=owner, revoked_at=None).count()
        if live >= MOST_LIVE:
            raise CannotMake("owner", f"{owner.name} has {MOST_LIVE} keys. Revoke one first")
        key = ApiKey.objects.create(
            public_id=f"key_{secrets.token_hex(8)}",
            name=name,
            owner=owner,
            scopes=[one for one in SCOPES if one in scopes],
            services=sorted(set(services)),
            teams=sorted(set(teams)),
            networks=networks_in(networks),
            per_minute=per_minute,
            made_at=now,
            made_by_id=actor.user_id,
            made_by_label=actor.label[:150],
            expires_at=expires_at,
        )
        secret = _add_secret(key, now)
        audit.note("api_key_made", owner, by=actor, now=now, key=name, scopes=key.scopes)
    return Made(key, secret)


def _check_scopes(scopes: Sequence[str]) -> None:
    if not scopes:
        raise CannotMake("scopes", "Choose at least one thing that the key may do")
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown:
        raise CannotMake("scopes", f"There is no scope “{unknown[0]}”")


def _check_limits(services: Sequence[str], teams: Sequence[str]) -> None:
    unknown = sorted(set(services) - {one.id for one in offered()})
    if unknown:
        raise CannotMake("services", f"The council offers no service “{unknown[0]}”")
    missing = sorted(set(teams) - set(Team.objects.values_list("slug", flat=True)))
    if missing:
        raise CannotMake("teams", f"There is no team “{missing[0]}”")


def networks_in(given: Sequence[str]) -> list[str]:
    """Networks in their one form. Raises CannotMake for what is none."""
    found = []
    for text in given:
        try:
            found.append(str(ipaddress.ip_network(text.strip(), strict=False)))
        except ValueError as error:
            raise CannotMake(
                "networks", f"“{text}” is not a network. Write it like 192.0.2.0/24"
            ) from error
    return found


def _add_secret(key: ApiKey, now: datetime) -> str:
    prefix = "".join(secrets.choice("abcdefghijkmnpqrstuvwxyz23456789") for _ in range(10))
    secret = secrets.token_urlsafe(32)
    ApiSecret.objects.create(key=key, prefix=prefix, digest=_digest(secret), made_at=now)
    return f"mh_{prefix}_{secret}"


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def rotate(
    key: ApiKey, *, actor: Actor, overlap: timedelta = OVERLAP, now: datetime | None = None
) -> Made:
    """Give a key a new secret. The one before works for `overlap` longer; older ones end now."""
    now = now or timezone.now()
    _check_admin(actor)
    with transaction.atomic():
        key = ApiKey.objects.select_for_update().get(pk=key.pk)
        if not key.is_live(now):
            raise CannotMake("", "This key has ended. Make a new one")
        key.secrets.filter(until__gt=now).update(until=now)
        key.secrets.filter(until=None).update(until=now + overlap)
        secret = _add_secret(key, now)
        audit.note("api_key_rotated", key.owner, by=actor, now=now, key=key.name)
    return Made(key, secret)


def revoke(key: ApiKey, *, actor: Actor, now: datetime | None = None) -> None:
    """End a key at once, with the webhooks that it made; done again, it changes nothing.

    Its owner may do it too: whoever finds out that a key leaked must not wait for anybody.
    """
    now = now or timezone.now()
    if actor.user_id is None or actor.user_id != key.owner_id:
        _check_admin(actor)
    with transaction.atomic():
        key = ApiKey.objects.select_for_update().get(pk=key.pk)
        if key.revoked_at is not None:
            return
        key.revoked_at, key.revoked_by_label = now, actor.label[:150]
        key.save(update_fields=["revoked_at", "revoked_by_label"])
        key.webhooks.filter(disabled_at=None).update(
            disabled_at=now, disabled_why="The key by which it was made was revoked."
        )
        audit.note("api_key_revoked", key.owner, by=actor, now=now, key=key.name)


def listed(*, ended: bool = False, now: datetime | None = None) -> QuerySet[ApiKey]:
    """The keys by name, with owners and secrets; `ended`: those that were revoked or ran out."""
    now = now or timezone.now()
    over = Q(revoked_at__isnull=False) | Q(expires_at__lte=now)
    found = ApiKey.objects.filter(over) if ended else ApiKey.objects.exclude(over)
    live = ApiSecret.objects.filter(Q(until=None) | Q(until__gt=now)).order_by("-made_at")
    return (
        found.select_related("owner")
        .prefetch_related(Prefetch("secrets", queryset=live, to_attr="live_secrets"))
        .order_by("name", "pk")
    )


def by_public_id(public_id: str) -> ApiKey | None:
    """The key of this id, or None."""
    return ApiKey.objects.select_related("owner").filter(public_id=public_id).first()


def caller_of(bearer: str, network: str, *, now: datetime) -> Caller | None:
    """Who calls by this key from this address; None for any reason, which is nobody's to know.

    Three queries: the secret with its key and owner, the owner's jobs, and now and then a note of use.
    """
    match = SECRET.match(bearer)
    if match is None:
        return None
    found = (
        ApiSecret.objects.select_related("key__owner")
        .filter(prefix=match[1])
        .filter(Q(until=None) | Q(until__gt=now))
        .first()
    )
    known = found.digest if found is not None else _digest("nobody")
    if not hmac.compare_digest(known, _digest(match[2])) or found is None:
        return None
    key = found.key
    if not key.is_live(now) or not key.owner.is_staff or not may_sign_in(key.owner):
        return None
    if key.networks and not _inside(network, key.networks):
        return None
    _note_use(found, key, now)
    return Caller(key, actor_of(key))


def _inside(network: str, allowed: Sequence[str]) -> bool:
    try:
        address = ipaddress.ip_address(network)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address in ipaddress.ip_network(one) for one in allowed)


def _note_use(secret: ApiSecret, key: ApiKey, now: datetime) -> None:
    if secret.last_used_at is None or now - secret.last_used_at > TOUCH:
        with transaction.atomic():
            ApiSecret.objects.filter(pk=secret.pk).update(last_used_at=now)
            ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)


def actor_of(key: ApiKey) -> Actor:
    """The actor that acts by a key: its owner, narrowed to the key's services and teams.

    With teams, the owner is taken as a member of those only. One query.
    """
    owner = key.owner
    jobs = list(Membership.objects.filter(user=owner.pk).select_related("team"))
    if key.teams:
        jobs = [one for one in jobs if one.team.slug in key.teams]
    roles = {role for one in jobs for role in one.team.plays} | {one.job for one in jobs}
    if owner.is_superuser and not key.teams:
        roles.add("admin")
    return Actor(
        "staff",
        owner.pk,
        owner.name or "Someone",
        roles=frozenset(roles),
        teams=frozenset(one.team.slug for one in jobs),
        wards=frozenset(one.ward for one in jobs if one.ward),
        only_services=frozenset(key.services),
        only_teams=frozenset(key.teams),
    ).by_key(key.name)
