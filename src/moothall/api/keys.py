"""Making, checking, changing and ending keys."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from moothall.api.models import ApiKey
from moothall.packs import queries as packs
from moothall.people.actor import Actor
from moothall.people.models import User

SCOPES: dict[str, str] = {
    "cases:read": "Read cases and search them",
    "cases:open": "Open cases for people, and note contacts",
    "cases:write": "Do to cases what the owner may: steps, notes, replies, tasks, corrections, money",
    "bulk:write": "Do one thing to many cases",
    "reports:read": "Read team figures: workload, ageing, broken promises",
    "desk:manage": "Keep reply templates and deal with troubles",
    "staff:manage": "Keep staff accounts",
    "webhooks:manage": "Keep webhooks",
}
LASTS = timedelta(days=365)
OVERLAP = timedelta(days=14)
"""How long a key that was replaced goes on working."""
TOUCH = timedelta(minutes=1)


class KeyRefused(ValueError):
    """A key cannot be made as asked; `field` says which part, the text what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class NoSuchKey(LookupError):
    """There is no such key for this person."""


@dataclass(frozen=True)
class Made:
    """A key that was just made. `secret` is shown once and is nowhere kept."""

    key: ApiKey
    secret: str


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _check_admin(actor: Actor) -> None:
    if not actor.is_staff or not actor.plays("admin"):
        raise PermissionError("Only administrators keep API keys.")


def make(
    name: str,
    owner: User,
    scopes: Collection[str],
    *,
    actor: Actor,
    services: Collection[str] = (),
    networks: str = "",
    expires_at: datetime | None = None,
    replaces: ApiKey | None = None,
    now: datetime | None = None,
) -> Made:
    """Make a key for `owner`, who must work here. It expires after a year if nothing else is said.

    `services` (ids) and `networks` (like 203.0.113.0/24, separated by blanks) narrow it. Raises
    PermissionError for anybody but an administrator, KeyRefused.
    """
    _check_admin(actor)
    now = now or timezone.now()
    name = " ".join(name.split())
    if not name or len(name) > 80:
        raise KeyRefused("name", "Give the key a name of 80 letters or fewer: which program uses it.")
    if not owner.is_staff or not owner.is_active:
        raise KeyRefused("owner", "Choose somebody who works here.")
    wrong = sorted(set(scopes) - set(SCOPES))
    if wrong or not scopes:
        raise KeyRefused("scopes", "Choose at least one thing that the key may do.")
    for one in services:
        if packs.service(one) is None:
            raise KeyRefused("services", f"The council does not offer a service called {one}.")
    for one in networks.split():
        try:
            ipaddress.ip_network(one, strict=False)
        except ValueError as error:
            raise KeyRefused(
                "networks", f"{one} is no network. Write it like 203.0.113.0/24."
            ) from error
    ends = expires_at or now + LASTS
    if ends <= now:
        raise KeyRefused("expires_at", "The day on which the key ends must be in the future.")
    secret = secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        public_id=secrets.token_hex(6),
        secret_hash=_hash(secret),
        name=name,
        owner=owner,
        made_by=actor.label,
        scopes=" ".join(one for one in SCOPES if one in scopes),
        services=" ".join(sorted(services)),
        networks=" ".join(networks.split()),
        made_at=now,
        expires_at=ends,
        replaces=replaces,
    )
    return Made(key, f"mh_{key.public_id}_{secret}")


def rotate(public_id: str, *, actor: Actor, now: datetime | None = None) -> Made:
    """Make a key like this one and have the old one end in 14 days. Raises NoSuchKey, KeyRefused."""
    now = now or timezone.now()
    with transaction.atomic():
        old = _locked(public_id, actor)
        made = make(
            old.name,
            old.owner,
            old.scopes.split(),
            actor=actor,
            services=old.services.split(),
            networks=old.networks,
            replaces=old,
            now=now,
        )
        until = now + OVERLAP
        if old.expires_at is None or old.expires_at > until:
            old.expires_at = until
            old.save(update_fields=["expires_at"])
    return made


def revoke(public_id: str, *, actor: Actor, now: datetime | None = None) -> ApiKey:
    """End a key at once. Doing it again changes nothing. Raises NoSuchKey."""
    with transaction.atomic():
        key = _locked(public_id, actor)
        if key.revoked_at is None:
            key.revoked_at = now or timezone.now()
            key.save(update_fields=["revoked_at"])
    return key


def _locked(public_id: str, actor: Actor) -> ApiKey:
    _check_admin(actor)
    key = ApiKey.objects.select_for_update(of=("self",)).filter(public_id=public_id).first()
    if key is None:
        raise NoSuchKey("There is no such key.")
    return key


def listed(actor: Actor) -> list[ApiKey]:
    """Every key, newest first, for administrators. One query."""
    _check_admin(actor)
    return list(ApiKey.objects.select_related("owner").order_by("-made_at"))


def known(text: str, *, address: str, now: datetime) -> ApiKey | None:
    """The key of this text if it holds now, from this network address, for somebody who works here.

    One query, and a write once a minute. The answer takes the same work for a key that is not known.
    """
    mark, _, rest = text.partition("_")
    public_id, _, secret = rest.partition("_")
    key = (
        ApiKey.objects.select_related("owner").filter(public_id=public_id[:16]).first()
        if mark == "mh" and len(secret) == 43
        else None
    )
    expected = key.secret_hash if key is not None else _hash("nobody's")
    if not hmac.compare_digest(_hash(secret), expected) or key is None:
        return None
    if not is_live(key, now) or not (key.owner.is_active and key.owner.is_staff):
        return None
    if key.networks and not _inside(address, key.networks.split()):
        return None
    if key.last_used_at is None or now - key.last_used_at > TOUCH:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
    return key


def is_live(key: ApiKey, now: datetime) -> bool:
    """Whether a key is neither revoked nor over."""
    return key.revoked_at is None and (key.expires_at is None or now < key.expires_at)


def _inside(address: str, networks: Collection[str]) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(found in ipaddress.ip_network(one, strict=False) for one in networks)
