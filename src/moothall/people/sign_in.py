"""Residents' sign-in by a code in an email, on django-allauth's machinery.

One flow for everybody who types an address, so that nothing shows whether it has an account: the
page, the time and the count of tries are the same. A first code makes the account. The session
holds only a keyed digest of the code.
"""

from __future__ import annotations

import time
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.models import Login
from allauth.account.stages import LoginByCodeStage, LoginStageController
from allauth.core.internal.cryptokit import normalize_user_code
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from moothall.people.backends import may_sign_in
from moothall.people.mail import write
from moothall.people.models import User, normalise_email

LATELY_SECONDS = 15 * 60


class EmailedCode(LoginCodeVerificationProcess):
    """A code on its way to an address, and what has been tried with it. Kept in the session."""

    @classmethod
    def begin(cls, request: HttpRequest, email: str, next_address: str) -> EmailedCode:
        """Send a code to `email` and note in the session that it is awaited."""
        email = normalise_email(email)
        login = Login(user=None, email=email)
        login.state["stages"] = {"current": LoginByCodeStage.key}
        stage = LoginByCodeStage(LoginStageController(request, login), request, login)
        state: dict[str, Any] = cls.initial_state(user=None, email=email)
        stage.state.update(state | {"initiated_by_user": True, "next": next_address})
        process = cls(stage=stage)
        process.send()
        process.persist()
        return process

    @classmethod
    def awaited(cls, request: HttpRequest) -> EmailedCode | None:
        """Return the code that this session awaits, or None when there is none or it is too old."""
        stage = LoginStageController.enter(request, LoginByCodeStage.key)
        if stage is None or not stage.state:
            return None
        process = cls(stage=stage)
        found: EmailedCode | None = process.abort_if_invalid()
        return found

    @property
    def email(self) -> str:
        """The address that the code went to."""
        return str(self.state["email"])

    @property
    def next_address(self) -> str:
        """Where to go when signed in, or ""."""
        return str(self.state.get("next", ""))

    def send(self, skip_enumeration_mails: bool = False) -> None:
        """Write to the address: a code, or for staff and closed accounts what to do in its place."""
        user = User.objects.filter(email=self.email).first()
        self.state["code"] = ""
        if user is not None and user.is_staff:
            write(self.email, "staff", sign_in=settings.PUBLIC_URL + reverse("desk-sign-in"))
        elif user is not None and not may_sign_in(user):
            write(self.email, "closed")
        else:
            code = get_adapter().generate_login_code()
            self.state["code"] = _digest(self.email, code)
            write(self.email, "code", code=code, minutes=app_settings.LOGIN_BY_CODE_TIMEOUT // 60)

    def resend(self) -> None:
        """Send another code; the one before no longer works."""
        self.state["at"] = time.time()
        self.send()
        self.record_resend()
        self.persist()

    def is_right(self, typed: str) -> bool:
        """Whether `typed` is the code; spaces and dashes do not matter."""
        expected = str(self.state.get("code", ""))
        return bool(expected) and constant_time_compare(_digest(self.email, typed), expected)

    def sign_in(self) -> HttpResponse:
        """Sign the person in, making the account when this is their first code."""
        language = (get_language() or "en").split("-")[0]
        user, _made = User.objects.get_or_create(
            email=self.email, defaults={"language": language, "password": _no_password()}
        )
        self.abort()
        record_authentication(self.request, user, method="code")
        login = Login(user=user, redirect_url=self.next_address or None, email=self.email)
        return perform_login(self.request, login)


def safe_next(request: HttpRequest) -> str:
    """Return the address to go to after signing in when it is one of ours, else ""."""
    found = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(
        found, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return found if ours and found.startswith("/") else ""


def caller_address(request: HttpRequest) -> str:
    """Return the network address that limits are counted by: the caller's, past our own proxies."""
    return str(get_adapter(request).get_client_ip(request))


def signed_in_lately(request: HttpRequest) -> bool:
    """Whether the person proved who they are in the last quarter of an hour."""
    records = get_authentication_records(request, request.user)
    return bool(records) and time.time() - records[-1]["at"] < LATELY_SECONDS


def too_many() -> str:
    """Return what a person is told at a limit."""
    return _("There were too many tries. Wait a few minutes, then try again.")


def _digest(email: str, code: str) -> str:
    return salted_hmac(
        "moothall.people.code", f"{email} {normalize_user_code(code)}", algorithm="sha256"
    ).hexdigest()


def _no_password() -> str:
    from django.contrib.auth.hashers import make_password

    return make_password(None)
