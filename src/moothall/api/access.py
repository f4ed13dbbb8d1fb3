"""Who asks: the bearer of a key, with the rights of its owner and no more than the key's scopes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from moothall.api import keys
from moothall.api.models import ApiKey
from moothall.api.problems import Problem
from moothall.casework.models import Case
from moothall.casework.queries import visible
from moothall.people import limits
from moothall.people.actor import Actor
from moothall.people.queries import actor_for
from moothall.people.sign_in import caller_address

PER_KEY = 1200
"""Requests of one key in 10 minutes."""
WRONG = 60
"""Wrong keys from one network address in 10 minutes."""
WINDOW = timedelta(minutes=10)


@dataclass(frozen=True)
class Caller:
    """The key that was shown, and the member of staff it acts for."""

    key: ApiKey
    actor: Actor
    now: datetime

    @property
    def services(self) -> frozenset[str]:
        """Ids of the services that the key is narrowed to; empty means all."""
        return frozenset(self.key.services.split())

    def needs(self, scope: str) -> None:
        """Refuse where the key has not this scope."""
        if scope not in self.key.scopes.split():
            raise Problem(
                403,
                f"This key may not do that: it lacks the scope {scope}. "
                "An administrator can make a key that has it.",
                scope=scope,
            )

    def case(self, reference: str) -> Case:
        """The case of this reference, if the owner may see it and the key is for its service."""
        found = visible(self.actor).filter(reference=reference.strip().upper()).first()
        if found is None or (self.services and found.service_id not in self.services):
            raise Problem(404, "There is no case with this reference.")
        return found


class Bearer(HttpBearer):
    """`Authorization: Bearer mh_…`; never in the address, where logs would keep it."""

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        """The caller, or None; ninja answers 401. Wrong keys are counted by network address."""
        now, address = timezone.now(), caller_address(request)
        bucket = limits.network_of(address)
        times = float(settings.WRITE_LIMITS_TIMES)
        if times > 0:
            wrong = limits.check("api:wrong", bucket, WRONG, WINDOW, now)
            if not wrong:
                raise _too_many(wrong.retry_after)
        key = keys.known(token.strip(), address=address, now=now)
        if key is None:
            limits.allow("api:wrong", bucket, WRONG, WINDOW, now)
            return None
        if times > 0:
            allowed = limits.allow("api:key", key.public_id, int(PER_KEY * times), WINDOW, now)
            if not allowed:
                raise _too_many(allowed.retry_after)
        caller = Caller(key, actor_for(key.owner), now)
        request.api_key = key  # type: ignore[attr-defined]  # for the log and the replays
        return caller


def _too_many(seconds: int) -> Problem:
    return Problem(
        429,
        f"Wait {seconds} seconds, then send it again.",
        headers={"Retry-After": str(seconds)},
    )


def caller_of(request: HttpRequest) -> Caller:
    """The caller of a request that ninja let in."""
    auth: Any = getattr(request, "auth", None)
    if not isinstance(auth, Caller):
        raise Problem(401, "Send a key: Authorization: Bearer mh_…")
    return auth
