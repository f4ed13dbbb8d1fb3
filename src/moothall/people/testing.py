"""Signing in without the pages, for tests of other rooms."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY,
    AUTHENTICATION_METHODS_SESSION_KEY,
)

if TYPE_CHECKING:
    from django.test import Client

    from moothall.people.models import User


def sign_in(client: Client, user: User) -> None:
    """Sign `user` in on a test client; staff as if their second factor had been right."""
    client.force_login(user, backend="moothall.people.backends.AccountBackend")
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        {"method": "mfa" if user.is_staff else "code", "type": "totp", "at": time.time()}
    ]
    session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(user.pk)
    session.save()
