"""A code to an address, in a session that is signed in: to prove that it is still them, or that an
address is theirs. The session holds only a keyed digest of it."""

from __future__ import annotations

import secrets
import time
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac

from moothall.people import guard
from moothall.people.mail import write
from moothall.people.models import User, normalise_email

SECONDS = 15 * 60
TRIES = 5
SALT = "moothall.people.confirming"
AGAIN, ADDRESS = "again", "address"
"""What a code proves: that it is still them; that a new address is theirs."""


def send(request: HttpRequest, purpose: str, email: str, *, real: bool = True) -> bool:
    """Send a code for `purpose` to an address; False at a limit. The one before no longer works.

    `real=False`: the address may not be used (it has an account of its own): its owner is told in place
    of the code, and this page looks the same.
    """
    email = normalise_email(email)
    if not guard.may_ask_code(request, email):
        return False
    code = f"{secrets.randbelow(10**8):08}"
    request.session[_key(purpose)] = {
        "email": email,
        "digest": _digest(purpose, email, code) if real else "",
        "at": time.time(),
        "tries": 0,
    }
    if real:
        shown = f"{code[:4]}-{code[4:]}"
        write(email, f"confirm_{purpose}", code=shown, minutes=SECONDS // 60)
    else:
        write(email, "address_taken")
    return True


def awaited(request: HttpRequest, purpose: str) -> str:
    """To which address a code went that may still be typed; "" for none."""
    found = request.session.get(_key(purpose))
    if not found or time.time() - found["at"] > SECONDS or found["tries"] >= TRIES:
        return ""
    return str(found["email"])


def is_right(request: HttpRequest, purpose: str, typed: str) -> bool:
    """Whether `typed` is the code; each wrong one counts, a right one is used up."""
    found: dict[str, Any] | None = request.session.get(_key(purpose))
    if found is None or not awaited(request, purpose) or not guard.may_try_code(request):
        return False
    plain = "".join(one for one in typed if one.isdigit())
    right = bool(found["digest"]) and constant_time_compare(
        _digest(purpose, found["email"], plain), found["digest"]
    )
    if right:
        del request.session[_key(purpose)]
    else:
        request.session[_key(purpose)] = {**found, "tries": found["tries"] + 1}
    return right


def proved_again(request: HttpRequest, user: User) -> None:
    """Note that the person proved who they are just now (moothall.people.sign_in.signed_in_lately)."""
    record_authentication(request, user, method="code")


def _key(purpose: str) -> str:
    return f"moothall_confirm_{purpose}"


def _digest(purpose: str, email: str, code: str) -> str:
    return salted_hmac(SALT, f"{purpose} {email} {code}", algorithm="sha256").hexdigest()
