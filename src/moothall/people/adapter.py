"""How django-allauth meets our accounts."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from moothall.people.backends import may_sign_in
from moothall.people.models import User, normalise_email


class AccountAdapter(DefaultAccountAdapter):
    """Accounts with an email address and no user name; staff only with a second factor."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": _(
            "There were too many tries. Wait five minutes, then try again."
        ),
        "rate_limited": _("There were too many tries. Wait a minute, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up by allauth's own form: a first emailed code makes the account."""
        return False

    def clean_email(self, email: str) -> str:
        """Return the address in the form in which we keep it."""
        return normalise_email(email)

    def get_login_stages(self) -> list[str]:
        """Return allauth's stages, then ours: staff set up a second factor before they are signed in."""
        return [*super().get_login_stages(), "moothall.people.stages.SetUpSecondFactorStage"]

    def pre_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse | None:
        """Turn away an account that may not be used, whatever way it came in by."""
        if not may_sign_in(user):
            from allauth.account.internal.stagekit import clear_login

            clear_login(request)
            return redirect("desk-sign-in" if user.is_staff else "account_login")
        response: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return response

    def login(self, request: HttpRequest, user: Any) -> None:
        """Sign in; a member of staff for a working day, a resident for two weeks."""
        super().login(request, user)
        if user.is_staff:
            request.session.set_expiry(settings.STAFF_SESSION_SECONDS)

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Say nothing: our pages say what happened themselves."""

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Return the desk for staff, the account for residents."""
        return "/desk/" if getattr(request.user, "is_staff", False) else settings.LOGIN_REDIRECT_URL


class SecondFactorAdapter(DefaultMFAAdapter):
    """Second factors: secrets are kept encrypted, and the council's name is shown in the app."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("That code is not right. Enter the code that your app shows now."),
    }

    def encrypt(self, text: str) -> str:
        """Return `text` encrypted under the secret key: a copy of the database opens no account."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret. Raises ValueError when the secret key has been replaced."""
        try:
            return _cipher().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            raise ValueError(
                "A second factor can't be read: MOOTHALL_SECRET_KEY is not the one it was made with. "
                "Put the old key back, or reset the person with `moothall add_staff`."
            ) from None

    def get_totp_issuer(self) -> str:
        """Return the council's name, as the authenticator app shows it."""
        return council_name()

    def _get_site_name(self) -> str:
        return council_name()

    def get_public_key_credential_user_entity(self, user: Any) -> dict[str, Any]:
        """Return the names that the passkey's window shows."""
        entity: dict[str, Any] = super().get_public_key_credential_user_entity(user)
        return {**entity, "display_name": user.name or user.email, "name": user.email}

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Return this website's identity for passkeys."""
        return {"id": context.request.get_host().partition(":")[0], "name": council_name()}


def council_name() -> str:
    """Return the council's name, or the product's before a pack is applied."""
    from moothall.packs.queries import council

    return council().name or "Moothall"


def _cipher() -> MultiFernet:
    keys = [str(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    return MultiFernet(
        [
            Fernet(
                base64.urlsafe_b64encode(
                    hashlib.scrypt(
                        key.encode(), salt=b"moothall.people.second_factor", n=2, r=8, p=1, dklen=32
                    )
                )
            )
            for key in keys
        ]
    )


def display(user: User) -> str:
    """Return how a person is called on a page."""
    return user.name or user.email
