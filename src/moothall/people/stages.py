"""The rule that staff have a second factor, in its one place.

A member of staff is signed in only when their session holds a proof by a second factor: an
authenticator app, a passkey or a recovery code. Who has none sets one up before the sign-in ends,
so that no request is ever made by staff with a password alone. `used_second_factor` is asked again
by moothall.people.access at every page of the desk.
"""

from __future__ import annotations

from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.stages import LoginStage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect


def used_second_factor(request: HttpRequest, user: Any) -> bool:
    """Whether `user` has proved a second factor in this session."""
    return any(
        record.get("method") == "mfa" for record in get_authentication_records(request, user)
    )


class SetUpSecondFactorStage(LoginStage):
    """The last stage of a sign-in: staff without a second factor make one."""

    key = "moothall_second_factor"
    urlname = "desk-second-factor-first"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        """Pass residents and proven staff; send the rest to set up."""
        user = self.login.user
        if user is None or not user.is_staff or used_second_factor(self.request, user):
            return None, True
        return redirect(self.urlname), True
