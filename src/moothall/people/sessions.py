"""Where a person is signed in: sessions that can be seen, ended, and that end by themselves.

Two clocks run: one from the sign-in (absolute, kept by Django's session), one from the last page
(idle). The idle clock is written down at most every `TOUCH`, so that reading pages costs no writes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from moothall.people import audit, guard
from moothall.people.actor import Actor
from moothall.people.mail import write
from moothall.people.models import AccountEvent, SignedIn, User

TOUCH = timedelta(minutes=5)
SEEN = "moothall_seen"
METHOD = "moothall_method"


@dataclass(frozen=True)
class Place:
    """One place where a person is signed in, as the page shows it."""

    pk: int
    device: str
    method: str
    started_at: datetime
    seen_at: datetime
    here: bool
    """Whether it is the browser that asks."""


def places(
    user: User, session_key: str | None = None, *, now: datetime | None = None
) -> list[Place]:
    """Return where `user` is signed in, the present browser first, then the latest seen."""
    rows = list(SignedIn.objects.filter(user=user).order_by("-seen_at", "-pk")[:200])
    living = set(
        Session.objects.filter(
            session_key__in=[one.session_key for one in rows],
            expire_date__gt=now or timezone.now(),
        ).values_list("session_key", flat=True)
    )
    found = [
        Place(
            one.pk, one.device, one.method, one.started_at, one.seen_at,
            one.session_key == session_key,
        )
        for one in rows
        if one.session_key in living
    ]  # fmt: skip
    return sorted(found, key=lambda one: not one.here)


def end(user: User, pk: int, *, by: Actor | None = None, now: datetime | None = None) -> bool:
    """End one session of `user`; False when there is no such one."""
    with transaction.atomic():
        row = SignedIn.objects.filter(user=user, pk=pk).first()
        if row is None:
            return False
        Session.objects.filter(session_key=row.session_key).delete()
        audit.note("session_ended", user, by=by, now=now, device=row.device)
        row.delete()
    return True


def end_all(
    user: User,
    *,
    keep: str | None = None,
    by: Actor | None = None,
    now: datetime | None = None,
    why: str = "asked",
) -> int:
    """End every session of `user`, save the one with the key `keep`; return how many there were."""
    with transaction.atomic():
        rows = SignedIn.objects.filter(user=user)
        if keep:
            rows = rows.exclude(session_key=keep)
        keys = list(rows.values_list("session_key", flat=True))
        Session.objects.filter(session_key__in=keys).delete()
        rows.delete()
        audit.note("sessions_ended", user, by=by, now=now, sessions=len(keys), why=why)
    return len(keys)


def end_of_provider(user: User, provider_session: str) -> int:
    """End what a sign-in provider tells us to end: the sessions of its `sid`, or all when blank."""
    with transaction.atomic():
        rows = SignedIn.objects.filter(user=user, method__in=("single_sign_on", "one_login"))
        if provider_session:
            rows = rows.filter(provider_session=provider_session)
        keys = list(rows.values_list("session_key", flat=True))
        Session.objects.filter(session_key__in=keys).delete()
        rows.delete()
        if keys:
            audit.note("sessions_ended", user, sessions=len(keys), why="provider")
    return len(keys)


def prune(now: datetime) -> int:
    """Forget sessions that are over, Django's and ours; return how many of ours went."""
    Session.objects.filter(expire_date__lt=now).delete()
    living = Session.objects.values("session_key")
    return SignedIn.objects.exclude(session_key__in=living).delete()[0]


def idle_seconds(user: Any) -> int:
    """Return after how many seconds without a page this person is signed out."""
    return int(
        settings.STAFF_IDLE_SECONDS
        if getattr(user, "is_staff", False)
        else settings.RESIDENT_IDLE_SECONDS
    )


class SessionCare:
    """Middleware: ends sessions that were idle too long and notes, now and then, that one is in use."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Look at the session before the view does."""
        known = settings.SESSION_COOKIE_NAME in request.COOKIES
        seen = request.session.get(SEEN) if known else None
        if seen is not None:
            now = timezone.now()
            idle = now.timestamp() - float(seen)
            # The session knows who it is: no query before one is needed.
            if idle > TOUCH.total_seconds() and request.user.is_authenticated:
                if idle > idle_seconds(request.user):
                    logout(request)
                else:
                    request.session[SEEN] = int(now.timestamp())
                    SignedIn.objects.filter(session_key=request.session.session_key).update(
                        seen_at=now
                    )
        response = self.get_response(request)
        email = getattr(request, "_moothall_signed_in", "")
        if email:
            guard.remember(request, response, email)
        return response


def device_of(agent: str) -> str:
    """Return roughly what a browser says it is: "Firefox on Windows"; "" when it says nothing known."""
    systems = (
        ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
        ("CrOS", "ChromeOS"), ("Mac OS X", "Mac"), ("Linux", "Linux"),
    )  # fmt: skip
    browsers = (
        ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"),
        ("Firefox/", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    )  # fmt: skip
    system = next((name for mark, name in systems if mark in agent), "")
    browser = next((name for mark, name in browsers if mark in agent), "")
    return f"{browser} on {system}" if browser and system else browser or system


def method_of(request: HttpRequest) -> str:
    """Return how the person of this session signed in."""
    told = request.session.get(METHOD)
    if told:
        return str(told)
    records = request.session.get("account_authentication_methods") or []
    kinds = {record.get("type") or record.get("method") for record in records}
    if "webauthn" in kinds and "password" not in {r.get("method") for r in records}:
        return "passkey"
    return "password" if "password" in {r.get("method") for r in records} else "code"


def _signed_in(sender: Any, request: HttpRequest | None, user: Any, **more: Any) -> None:
    if request is None or not hasattr(request, "session"):
        return
    now = timezone.now()
    request.session[SEEN] = int(now.timestamp())
    if request.session.session_key is None:
        request.session.create()
    device = device_of(request.META.get("HTTP_USER_AGENT", ""))[:80]
    method = method_of(request)
    with transaction.atomic():
        SignedIn.objects.update_or_create(
            session_key=request.session.session_key,
            defaults={
                "user_id": user.pk,
                "started_at": now,
                "seen_at": now,
                "device": device,
                "method": method,
                "provider_session": str(request.session.get("moothall_sid", ""))[:200],
            },
        )
        strange = (
            user.is_staff and not user.is_demonstration and not guard.knows(request, user.email)
        )
        before = AccountEvent.objects.filter(user_id=user.pk, kind="signed_in").exists()
        audit.note("signed_in", user, now=now, device=device, method=method)
        if strange and before:
            write(user.email, "new_device", name=user.name, device=device, at=now)
    request._moothall_signed_in = user.email  # type: ignore[attr-defined]  # read by SessionCare


def _signed_out(sender: Any, request: HttpRequest | None, user: Any, **more: Any) -> None:
    if request is None or user is None or not getattr(user, "pk", None):
        return
    key = getattr(getattr(request, "session", None), "session_key", None)
    if key:
        SignedIn.objects.filter(session_key=key).delete()


def key_changed(old: str | None, new: str | None) -> None:
    """Note that a session goes on under another key, as after a new password."""
    if old and new and old != new:
        SignedIn.objects.filter(session_key=old).update(session_key=new)


def connect() -> None:
    """Hear of everybody who signs in or out."""
    user_logged_in.connect(_signed_in, dispatch_uid="moothall.people.sessions.in")
    user_logged_out.connect(_signed_out, dispatch_uid="moothall.people.sessions.out")
