"""The demonstration's sign-ins: secrets that anyone may read, so they work only while it is on.

Nothing here makes an account unless settings.DEMONSTRATION is on, and moothall.people.backends
refuses these accounts at every request when it is off.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth
from allauth.mfa.utils import decrypt
from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password

from moothall.people.models import User

PASSWORD = "wealdmere-moot-hall"  # noqa: S105 - printed for everyone who looks at the demonstration


class NotADemonstration(RuntimeError):
    """The demonstration is off: its accounts are not made."""


def secret(email: str) -> str:
    """Return the fixed authenticator secret of a demonstration account."""
    digest = hashlib.sha256(f"moothall demonstration {email}".encode()).digest()
    return base64.b32encode(digest[:20]).decode()


def code(email: str, now: dt.datetime) -> str:
    """Return the authenticator code of a demonstration account at `now`."""
    counter = int(now.timestamp()) // 30
    return auth.format_hotp_value(auth.hotp_value(secret(email), counter))


def code_is_right(user: User, typed: str) -> bool:
    """Whether `typed` is a demonstration account's code, now or half a minute to either side.

    A real code works once. Here several people who look at the demonstration share one account and
    may type the same code in the same half minute.
    """
    if not (settings.DEMONSTRATION and user.is_demonstration):
        return False
    return bool(auth.validate_totp_code(secret(user.email), typed))


def give_sign_in(users: list[User]) -> None:
    """Give staff accounts the fixed password and second factor. Saves them.

    Raises NotADemonstration when settings.DEMONSTRATION is off.
    """
    if not settings.DEMONSTRATION:
        raise NotADemonstration("The demonstration is off: its sign-ins are not made.")
    kept_hash = next((user.password for user in users if user.has_usable_password()), "")
    # One hash for all of them: hashing is slow on purpose.
    hashed = (
        kept_hash if kept_hash and check_password(PASSWORD, kept_hash) else make_password(PASSWORD)
    )
    for user in users:
        user.is_demonstration = True
        if user.password != hashed:
            user.password = hashed
            user.save()
    kept = {
        one.user_id: one
        for one in Authenticator.objects.filter(user__in=users, type=Authenticator.Type.TOTP)
    }
    for user in users:
        one = kept.get(user.pk)
        if one is None:
            auth.TOTP.activate(user, secret(user.email))
        elif _secret_of(one) != secret(user.email):
            one.delete()
            auth.TOTP.activate(user, secret(user.email))


def _secret_of(one: Authenticator) -> str:
    try:
        return str(decrypt(one.data["secret"]))
    except ValueError:
        return ""
