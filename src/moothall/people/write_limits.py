"""How often anybody may change something: a limit for every address that takes a form.

One table, by the name of the address, so that a test can hold that no public write is without one.
Counted by the caller's network address, for staff by account. The figures leave room for a library's
or a mobile network's many people behind one address, and for the quickest typist; what they stop is
a program. Sign-in, tracking and codes have narrower limits of their own besides, by account.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from moothall.people import limits
from moothall.people.limits import TooMany

MINUTES = 60
SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}


@dataclass(frozen=True)
class Limit:
    """So many writes in so many seconds. Addresses that share a `bucket` share the count."""

    bucket: str
    times: int
    seconds: int = 10 * MINUTES


FORMS = Limit("forms", 1200)
"""A page of a form: two a second from one address, all day."""
BEGIN = Limit("begin", 300)
SAVE = Limit("save", 30)
"""Each sends an email."""
TRACK = Limit("track", 120)
SIGN_IN = Limit("sign_in", 120)
"""Codes and passwords have their own limits by account."""
ACCOUNT = Limit("account", 240)
SENSITIVE = Limit("sensitive", 30)
WORDS = Limit("words", 60)
"""Free words to the council: replies, feedback, call-backs, the contact form."""
STAFF = Limit("staff", 3000)
MACHINES = Limit("machines", 3000)
"""Receipts of other systems and of the demonstration's stand-ins; each proves who it is besides."""
DEFAULT = Limit("other", 240)
"""What is not in the table: never unlimited. A public address belongs in the table."""

TABLE: dict[str, Limit] = {
    # Filling in a form
    "journey-start": BEGIN,
    "journey-go-on": FORMS,
    "journey-page": FORMS,
    "journey-resume": BEGIN,
    # Following a case
    "track": TRACK,
    "track-case": TRACK,
    "track-link": TRACK,
    "track-someone-else": SAVE,
    "pay-for": TRACK,
    # The website
    "contact": WORDS,
    "feedback": WORDS,
    "satisfaction": WORDS,
    "call-back": WORDS,
    # Signing in
    "account_login": SIGN_IN,
    "account_confirm_login_code": SIGN_IN,
    "account_logout": ACCOUNT,
    "one-login": SIGN_IN,
    "one-login-back": SIGN_IN,
    "one-login-ended": MACHINES,
    "desk-sign-in": SIGN_IN,
    "desk-passkey-sign-in": SIGN_IN,
    "mfa_authenticate": SIGN_IN,
    "desk-second-factor-first": SIGN_IN,
    "desk-first-app": SIGN_IN,
    "desk-first-passkey": SIGN_IN,
    "desk-set-password": SIGN_IN,
    "desk-sign-out": ACCOUNT,
    "single-sign-on": SIGN_IN,
    "single-sign-on-back": SIGN_IN,
    "single-sign-on-ended": MACHINES,
    # The account
    "account": ACCOUNT,
    "account-details": ACCOUNT,
    "account-form": ACCOUNT,
    "account-messages": ACCOUNT,
    "account-wishes": ACCOUNT,
    "account-confirm": SENSITIVE,
    "account-email": SENSITIVE,
    "account-email-code": SENSITIVE,
    "account-sessions": ACCOUNT,
    "account-data": SENSITIVE,
    "account-data-copy": SENSITIVE,
    "account-delete": SENSITIVE,
    "account-address": ACCOUNT,
    # Other systems, and the demonstration's stand-ins for them
    "notify-receipts": MACHINES,
    "pay-stand-in": MACHINES,
    "stand-in-single-sign-on": MACHINES,
    "stand-in-one-login": MACHINES,
}


def limit_of(name: str) -> Limit:
    """Return the limit of the address called `name`."""
    return TABLE.get(name, DEFAULT)


class WriteLimits:
    """Middleware: counts every write and answers 429 with a plain page when there are too many."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass on; `process_view` counts, when it is known which address was asked for."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponse | None:
        """Count a write before the view sees it. The API counts all its requests itself, by key."""
        times = float(settings.WRITE_LIMITS_TIMES)
        if request.method in SAFE or times <= 0 or request.path.startswith("/api/"):
            return None
        match = request.resolver_match
        limit = limit_of((match.url_name if match else "") or "")
        who = "staff" if getattr(request.user, "is_staff", False) else ""
        if who:
            limit, key = STAFF, str(request.user.pk)
        else:
            key = limits.network_of(caller(request))
        allowed = limits.allow(
            f"write:{limit.bucket}",
            key,
            max(1, int(limit.times * times)),
            limit.seconds,
            timezone.now(),
        )
        return None if allowed else too_many_page(request, allowed.retry_after)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Make the same page of a limit that a view came upon."""
        if isinstance(error, TooMany):
            return too_many_page(request, error.retry_after)
        return None


def caller(request: HttpRequest) -> str:
    """Return the caller's address, past our own proxies."""
    from moothall.people.sign_in import caller_address

    return caller_address(request)


def too_many_page(request: HttpRequest, retry_after: int) -> HttpResponse:
    """Return the plain 429 page (or, for a machine, JSON) with Retry-After in seconds."""
    if request.path.startswith("/api/") or request.headers.get("Accept") == "application/json":
        from django.http import JsonResponse

        response: HttpResponse = JsonResponse(
            {
                "type": "about:blank",
                "title": "Too many requests",
                "status": 429,
                "detail": f"Wait {retry_after} seconds, then try again.",
            },
            status=429,
            content_type="application/problem+json",
        )
    else:
        from django.shortcuts import render

        values = {"minutes": max(1, -(-retry_after // 60))}
        response = render(request, "people/too_many.html", values, status=429)
    response.headers["Retry-After"] = str(retry_after)
    response.headers["Cache-Control"] = "no-store"
    return response
