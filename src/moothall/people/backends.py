"""Which accounts may be signed in at all."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings


def may_sign_in(user: Any) -> bool:
    """Whether this account may be used now.

    Not when it is closed; and an account that the demonstration made, whose password anyone can
    read, only while the demonstration is on. Asked at sign-in and again at every request.
    """
    if not getattr(user, "is_active", False):
        return False
    return bool(settings.DEMONSTRATION) or not getattr(user, "is_demonstration", False)


class AccountBackend(AuthenticationBackend):
    """django-allauth's password check, and our rule of who may sign in."""

    def user_can_authenticate(self, user: Any) -> bool:
        """Whether this account may be used now; Django asks at each request too."""
        return may_sign_in(user)
