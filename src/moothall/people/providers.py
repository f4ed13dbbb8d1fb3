"""Which sign-in providers the council uses: from the settings, or the demonstration's stand-ins."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.urls import reverse

from moothall.people import limits
from moothall.people.models import User
from moothall.people.oidc import Provider
from moothall.people.stand_in_provider import Persona, StandIn

SSO, ONE_LOGIN = "single-sign-on", "one-login"
STAND_IN_CLIENT = "moothall"
STAND_INS = {SSO: "/stand-ins/single-sign-on", ONE_LOGIN: "/stand-ins/one-login"}


def stand_ins_on() -> bool:
    """Whether this demonstration plays the providers itself."""
    return bool(settings.DEMONSTRATION and settings.SIGN_IN_STAND_INS)


def sso_settings() -> dict[str, Any]:
    """The settings of single sign-on (moothall.people.settings)."""
    found: dict[str, Any] = settings.SINGLE_SIGN_ON
    return found


def single_sign_on() -> Provider | None:
    """The council's single sign-on, or None where it has none."""
    given = sso_settings()
    if given["issuer"]:
        return Provider(SSO, given["issuer"], given["client_id"], secret=given["client_secret"])
    return _stand_in_provider(SSO) if stand_ins_on() else None


def one_login() -> Provider | None:
    """GOV.UK One Login, or None where the council does not use it."""
    given = settings.ONE_LOGIN
    if given["issuer"]:
        key = Path(given["key_file"]).read_text() if given["key_file"] else ""
        return Provider(
            ONE_LOGIN, given["issuer"], given["client_id"], key=key, scope="openid email"
        )
    return _stand_in_provider(ONE_LOGIN) if stand_ins_on() else None


def domains() -> list[str]:
    """The domains whose addresses are staff's own."""
    found = list(sso_settings()["domains"])
    if not found and stand_ins_on():
        return ["wealdmere.example"]
    return found


def wanting() -> list[str]:
    """What is missing of the settings, in words; empty where all is there or nothing is used."""
    missing = []
    sso = sso_settings()
    if sso["issuer"]:
        for name, variable in (
            ("client_id", "MOOTHALL_SSO_CLIENT_ID"),
            ("client_secret", "MOOTHALL_SSO_CLIENT_SECRET"),
            ("domains", "MOOTHALL_SSO_DOMAINS"),
        ):
            if not sso[name]:
                missing.append(f"{variable} is not set: single sign-on lets nobody in without it.")
        if not sso["issuer"].startswith("https://"):
            missing.append("MOOTHALL_SSO_ISSUER does not begin with https://.")
    login = settings.ONE_LOGIN
    if login["issuer"]:
        if not login["client_id"]:
            missing.append("MOOTHALL_ONE_LOGIN_CLIENT_ID is not set.")
        if not login["key_file"] or not Path(login["key_file"]).is_file():
            missing.append("MOOTHALL_ONE_LOGIN_KEY_FILE names no file: it holds our private key.")
    return missing


def _stand_in_provider(name: str) -> Provider:
    inside = f"http://127.0.0.1:{settings.PORT}{STAND_INS[name]}"
    return Provider(
        name,
        f"{settings.PUBLIC_URL}{STAND_INS[name]}",
        STAND_IN_CLIENT,
        secret=_client_secret() if name == SSO else "",
        key=_client_key() if name == ONE_LOGIN else "",
        scope="openid email" if name == ONE_LOGIN else "openid email profile",
        inside=inside,
    )


def stand_in(name: str) -> StandIn:
    """The stand-in as it answers now, with the demonstration's people."""
    people = User.objects.filter(
        is_demonstration=True, is_active=True, is_staff=name == SSO
    ).order_by("name")
    return StandIn(
        issuer=f"{settings.PUBLIC_URL}{STAND_INS[name]}",
        secret=settings.SECRET_KEY,
        personas=[
            Persona(f"demo-{one.pk}", one.email, one.name or one.email) for one in people[:200]
        ],
        once=lambda code: bool(limits.allow(f"stand_in.{name}", code, 1, 600)),
        inside=f"http://127.0.0.1:{settings.PORT}{STAND_INS[name]}",
        client_secret=_client_secret() if name == SSO else "",
        client_key=_public_key() if name == ONE_LOGIN else "",
        redirect_uris=tuple(
            f"{settings.PUBLIC_URL}{one}"
            for one in (
                reverse("single-sign-on-back"),
                reverse("one-login-back"),
                "/cy" + reverse("one-login-back"),
            )
        ),
        one_login=name == ONE_LOGIN,
        rotated=True,  # another process may be asked for the keys
    )


def _client_secret() -> str:
    return f"stand-in of {settings.SECRET_KEY[:8]}"


@cache
def _made_key() -> rsa.RSAPrivateKey:
    """The key by which we prove ourselves to the stand-in: made once, the same for every process."""
    path = Path(settings.HOME) / "stand_in_key.pem"
    kind = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    if not path.exists():
        made = rsa.generate_private_key(65537, 2048)
        begun = path.with_suffix(f".{os.getpid()}")
        begun.touch(0o600)
        begun.write_bytes(made.private_bytes(*kind, serialization.NoEncryption()))
        with suppress(FileExistsError):
            os.link(begun, path)  # whoever is first decides
        begun.unlink()
    found = serialization.load_pem_private_key(path.read_bytes(), None)
    assert isinstance(found, rsa.RSAPrivateKey)
    return found


def _client_key() -> str:
    kind = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return _made_key().private_bytes(*kind, serialization.NoEncryption()).decode()


def _public_key() -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return _made_key().public_key().public_bytes(serialization.Encoding.PEM, form).decode()
