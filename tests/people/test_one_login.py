"""Residents come in by GOV.UK One Login; an account of their address is joined once it is proved theirs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client

from moothall.people import oidc
from moothall.people.models import ExternalIdentity, SignedIn, User
from moothall.people.stand_in_provider import Persona
from tests.people.provider_server import ProviderServer, query

pytestmark = pytest.mark.django_db

BEGIN, BACK = "/account/one-login/", "/account/one-login/back/"
NIA = Persona("urn:fdc:1", "nia.vaughan@example.org", "Nia Vaughan")
KEY = rsa.generate_private_key(65537, 2048)


@pytest.fixture
def provider(settings: Any, tmp_path: Path) -> Iterator[ProviderServer]:
    """GOV.UK One Login as it would be, with Nia Vaughan at it."""
    oidc.forget()
    form = serialization.Encoding.PEM
    public = KEY.public_key().public_bytes(form, serialization.PublicFormat.SubjectPublicKeyInfo)
    private = tmp_path / "key.pem"
    private.write_bytes(
        KEY.private_bytes(form, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = ProviderServer(
        one_login=True,
        client_key=public.decode(),
        redirect_uris=(f"{settings.PUBLIC_URL}{BACK}", f"{settings.PUBLIC_URL}/cy{BACK}"),
    )
    server.people(NIA)
    settings.ONE_LOGIN = {"issuer": server.url, "client_id": "council", "key_file": str(private)}
    yield server
    server.close()
    oidc.forget()


def comes_back(client: Client, server: ProviderServer, play: str = "", prefix: str = "") -> Any:
    left = client.get(f"{prefix}{BEGIN}?next=/account/details/")
    assert left.status_code == 302, left.content.decode()
    told = server.goes_there(left["Location"], "urn:fdc:1", play)
    return client.get(f"{prefix}{BACK}?{query(told)}")


def test_a_new_resident_comes_in_and_out_again(client: Client, provider: ProviderServer) -> None:
    assert "GOV.UK One Login" in client.get("/account/sign-in/").content.decode()
    assert comes_back(client, provider)["Location"] == "/account/details/"
    user = User.objects.get(email="nia.vaughan@example.org")
    assert not user.is_staff
    assert SignedIn.objects.get(user=user).method == "one_login"
    assert client.get("/account/").status_code == 200
    again = Client()
    assert comes_back(again, provider)["Location"] == "/account/details/"
    assert User.objects.filter(email="nia.vaughan@example.org").count() == 1
    out = client.post("/account/sign-out/").content.decode()
    assert f"{provider.url}/logout?id_token_hint=" in out
    assert client.get("/account/").status_code == 302


def test_in_welsh_the_way_back_is_welsh(client: Client, provider: ProviderServer) -> None:
    left = client.get(f"/cy{BEGIN}")
    assert "ui_locales=cy" in left["Location"]
    assert "%2Fcy%2Faccount%2Fone-login%2Fback%2F" in left["Location"]
    assert comes_back(client, provider, prefix="/cy").status_code == 302


def test_an_account_of_the_address_is_joined_only_after_a_code(
    client: Client, provider: ProviderServer, newest_code: Any
) -> None:
    owner = User.objects.create_user("nia.vaughan@example.org")
    back = comes_back(client, provider)
    assert back["Location"] == "/account/sign-in/code/"
    assert "_auth_user_id" not in client.session
    assert not ExternalIdentity.objects.exists()
    done = client.post("/account/sign-in/code/", {"code": newest_code("nia.vaughan@example.org")})
    assert done["Location"] == "/account/details/"
    assert ExternalIdentity.objects.get().user == owner
    assert comes_back(Client(), provider)["Location"] == "/account/details/"


@pytest.mark.parametrize(
    ("play", "status", "words"),
    [
        ("access_denied", 422, "get a code by email"),
        ("login_required", 422, "get a code by email"),
        ("temporarily_unavailable", 503, "does not work just now"),
        ("server_error", 503, "does not work just now"),
        ("wrong_state", 422, "Begin again here"),
        ("wrong_nonce", 422, "does not work just now"),
        ("wrong_audience", 422, "does not work just now"),
        ("expired", 422, "does not work just now"),
        ("wrong_signature", 422, "does not work just now"),
        ("used_code", 422, "does not work just now"),
        ("email_not_verified", 422, "has not proved your email address"),
    ],
)
def test_its_errors_leave_a_way_on(
    client: Client, provider: ProviderServer, play: str, status: int, words: str
) -> None:
    page = comes_back(client, provider, play)
    assert page.status_code == status
    text = page.content.decode()
    assert words in text
    assert "Email me a code" in text
    assert not User.objects.filter(email="nia.vaughan@example.org").exists()


def test_it_ends_sessions_from_its_side(client: Client, provider: ProviderServer) -> None:
    comes_back(client, provider)
    token = provider.stand_in.logout_token("council", "urn:fdc:1")
    assert Client().post("/account/one-login/ended/", {"logout_token": token}).status_code == 200
    assert client.get("/account/").status_code == 302


def test_staff_do_not_come_in_as_residents(client: Client, provider: ProviderServer) -> None:
    user = User.objects.create_user("nia.vaughan@example.org", None, is_staff=True)
    ExternalIdentity.objects.create(
        user=user, kind="one_login", issuer=provider.url, subject="urn:fdc:1",
        made_at="2026-01-01T00:00Z", used_at="2026-01-01T00:00Z",
    )  # fmt: skip
    page = comes_back(client, provider)
    assert page.status_code == 422
    assert "at the desk" in page.content.decode()
