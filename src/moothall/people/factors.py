"""Staff's second factors: authenticator app, passkeys and recovery codes."""

from __future__ import annotations

from typing import Any

from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.webauthn.internal import auth as webauthn
from django.db import transaction
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from moothall.people.models import User

USED_KEPT = 4
"""Codes remembered as used: more than are right at any moment (moothall.people.settings)."""


class LastFactor(Exception):
    """The only second factor can't be removed."""


def of(user: User) -> list[Authenticator]:
    """Return the app and the passkeys of `user`, oldest first."""
    kinds = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    return list(Authenticator.objects.filter(user=user, type__in=kinds).order_by("pk"))


def name_of(factor: Authenticator) -> str:
    """Return what a factor is called on the page."""
    if factor.type == Authenticator.Type.WEBAUTHN:
        return str(factor.wrap().name)
    return _("Authenticator app")


def add_app(request: HttpRequest, user: User, secret: str) -> Authenticator:
    """Keep an authenticator app whose code was right, in place of any before; make recovery codes."""
    with transaction.atomic():
        Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).delete()
        factor: Authenticator = totp.TOTP.activate(user, secret).instance
        RecoveryCodes.activate(user)
    totp.clear_totp_secret(request)
    prove(request, factor)
    return factor


def add_passkey(
    request: HttpRequest, user: User, name: str, credential: dict[str, Any]
) -> Authenticator:
    """Keep a passkey that the browser made and the form checked; make recovery codes."""
    with transaction.atomic():
        factor: Authenticator = webauthn.WebAuthn.add(user, name, credential).instance
        RecoveryCodes.activate(user)
    prove(request, factor)
    return factor


def prove(request: HttpRequest, factor: Authenticator) -> None:
    """Note in the session that `factor` was used just now."""
    post_authentication(request, factor)


def first_use(pk: int, code: str) -> bool:
    """Note that an app's code was used; False when it was used before.

    django-allauth notes it in the memory of one process; here every process of the server sees it.
    """
    with transaction.atomic():
        factor = Authenticator.objects.select_for_update().get(pk=pk)
        used = salted_hmac("moothall.people.used_code", normalize_user_code(code)).hexdigest()
        before = factor.data.get("used", [])
        if used in before:
            return False
        factor.data["used"] = [*before, used][-USED_KEPT:]
        factor.save(update_fields=["data"])
    return True


def recovery_codes(user: User) -> list[str]:
    """Return the recovery codes that have not been used."""
    found = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).first()
    return list(found.wrap().get_unused_codes()) if found else []


def renew_recovery_codes(user: User) -> list[str]:
    """Make new recovery codes; the ones before no longer work."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).delete()
        return list(RecoveryCodes.activate(user).get_unused_codes())


def remove(user: User, pk: int) -> None:
    """Remove one of the user's factors. Raises LastFactor for the only one, DoesNotExist for others'."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        kinds = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
        mine = Authenticator.objects.filter(user=user, type__in=kinds)
        factor = mine.get(pk=pk)
        if mine.count() < 2:
            raise LastFactor(_("Add another second factor before you remove this one."))
        factor.delete()


def reset(user: User) -> None:
    """Remove all second factors of `user`, who then sets one up at the next sign-in."""
    Authenticator.objects.filter(user=user).delete()
