"""Limits of signing in, which hold across processes and cannot be used to lock somebody else out.

A browser that an account signed in with before carries a signed cookie and has a count of its own
(OWASP, "Slow down online guessing attacks with device cookies"). Whoever guesses from elsewhere can use
up the strangers' count of an account, never its owner's.
"""

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.crypto import salted_hmac

from moothall.people import limits
from moothall.people.limits import ALLOWED, Answer
from moothall.people.models import User, normalise_email
from moothall.people.write_limits import caller

COOKIE = "moothall_device"
SALT = "moothall.people.device"
LASTS = 60 * 60 * 24 * 180
MOST = 5
MINUTE, HOUR = 60, 60 * 60


def knows(request: HttpRequest, email: str) -> bool:
    """Whether somebody signed in to the account of `email` with this browser in the last half year."""
    return _mark(email) in _marks(request)


def remember(request: HttpRequest, response: HttpResponseBase, email: str) -> None:
    """Have the browser remember that the account of `email` signed in with it."""
    mark = _mark(email)
    others = [one for one in _marks(request) if one != mark]
    marks = [*others[-(MOST - 1) :], mark]
    response.set_cookie(
        COOKIE,
        signing.dumps(marks, salt=SALT),
        max_age=LASTS,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


def may_ask_code(request: HttpRequest, email: str) -> Answer:
    """Count a request for a code by email: by caller, and by address so that nobody is flooded."""
    where = limits.network_of(caller(request))
    who = f"{normalise_email(email)} {'known' if knows(request, email) else 'strange'}"
    return _all(
        ("ask_code.caller", where, 20, MINUTE),
        ("ask_code.email", who, 3, MINUTE),
        ("ask_code.email_hour", who, 20, HOUR),
    )


def may_try_code(request: HttpRequest) -> Answer:
    """Count a code that is tried; each code has five tries besides (moothall.people.sign_in)."""
    return _all(("try_code.caller", limits.network_of(caller(request)), 30, MINUTE))


def may_try_password(request: HttpRequest, email: str) -> Answer:
    """Count a password that is tried: a stranger's by caller and account, the owner's by browser."""
    where = limits.network_of(caller(request))
    email = normalise_email(email)
    by_caller = ("password.caller", where, 30, MINUTE)
    if knows(request, email):
        return _all(by_caller, ("password.device", f"{email} {_mark_of_browser(request)}", 10, 300))
    return _all(
        by_caller,
        ("password.pair", f"{email} {where}", 5, 300),
        ("password.account", email, 50, HOUR),
    )


def password_was_right(request: HttpRequest, email: str) -> None:
    """Forget the owner's own tries; those of strangers stay counted."""
    email = normalise_email(email)
    limits.clear("password.pair", f"{email} {limits.network_of(caller(request))}")
    limits.clear("password.device", f"{email} {_mark_of_browser(request)}")


def may_try_second_factor(user: User) -> Answer:
    """Count a second factor that is tried. Only who has the password comes this far."""
    return _all(("second_factor", str(user.pk), 5, 300))


def may_try_passkey(request: HttpRequest) -> Answer:
    """Count a passkey that is offered, or the question for one."""
    return _all(("passkey.caller", limits.network_of(caller(request)), 30, MINUTE))


def _all(*rules: tuple[str, str, int, int]) -> Answer:
    for bucket, key, limit, seconds in rules:
        answer = limits.allow(bucket, key, limit, seconds)
        if not answer:
            return answer
    return ALLOWED


def _mark(email: str) -> str:
    return salted_hmac(SALT, normalise_email(email), algorithm="sha256").hexdigest()[:32]


def _marks(request: HttpRequest) -> list[str]:
    try:
        found = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        return []
    return [str(one) for one in found][:MOST] if isinstance(found, list) else []


def _mark_of_browser(request: HttpRequest) -> str:
    return salted_hmac(SALT, request.COOKIES.get(COOKIE, "")).hexdigest()
