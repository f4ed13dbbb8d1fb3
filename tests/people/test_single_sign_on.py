"""Staff come in by the council's single sign-on; whatever goes wrong there lets nobody in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from moothall.people import oidc
from moothall.people.models import (
    AccountEvent,
    ExternalIdentity,
    GroupJob,
    Membership,
    SignedIn,
    Team,
    User,
)
from moothall.people.stand_in_provider import Persona
from tests.people.provider_server import ProviderServer, query

pytestmark = pytest.mark.django_db

BEGIN, BACK = "/desk/single-sign-on/", "/desk/single-sign-on/back/"
INES = Persona("s-1", "Ines.Marlow@wealdmere.example", "Ines Marlow", ("waste-officers",))


@pytest.fixture
def provider(settings: Any) -> Iterator[ProviderServer]:
    """The council's provider, with Ines Marlow at it."""
    oidc.forget()
    server = ProviderServer(client_secret="quiet", redirect_uris=(f"{settings.PUBLIC_URL}{BACK}",))
    server.people(INES)
    settings.SINGLE_SIGN_ON = {
        **settings.SINGLE_SIGN_ON,
        "issuer": server.url,
        "client_id": "moothall",
        "client_secret": "quiet",
        "domains": ["wealdmere.example"],
    }
    yield server
    server.close()
    oidc.forget()


@pytest.fixture
def waste(db: None) -> Team:
    team, _ = Team.objects.get_or_create(
        slug="waste", defaults={"name": "Waste", "plays": ["waste_team"]}
    )
    return team


@pytest.fixture
def ines(waste: Team) -> User:
    user = User.objects.create_user(
        "ines.marlow@wealdmere.example", None, name="Ines Marlow", is_staff=True
    )
    waste.memberships.create(user=user, job="officer")
    return user


def comes_back(
    client: Client, server: ProviderServer, play: str = "", who: str = "s-1", begin: str = BEGIN
) -> Any:
    """The whole way: to the provider and back, where the person does `play`."""
    left = client.get(begin)
    assert left.status_code == 302, left.content.decode()
    assert left["Location"].startswith(f"{server.url}/authorize?")
    told = server.goes_there(left["Location"], who, play)
    return client.get(f"{BACK}?{query(told)}")


def test_an_officer_signs_in_and_is_joined_once(
    client: Client, provider: ProviderServer, ines: User
) -> None:
    page = client.get("/desk/sign-in/?next=/desk/mine/")
    assert "/desk/single-sign-on/?next=" in page.content.decode()
    back = comes_back(client, provider, begin=f"{BEGIN}?next=/desk/mine/")
    assert back["Location"] == "/desk/mine/"
    assert client.get("/desk/").status_code == 200
    assert SignedIn.objects.get(user=ines).method == "single_sign_on"
    linked = ExternalIdentity.objects.get(user=ines)
    assert (linked.issuer, linked.subject) == (provider.url, "s-1")
    # From now on the subject counts: a new address at the provider is the same person.
    provider.people(Persona("s-1", "ines.newname@wealdmere.example", "Ines Newname"))
    other = Client()
    assert comes_back(other, provider)["Location"] == "/desk/"
    assert User.objects.filter(is_staff=True, email__contains="newname").count() == 0
    # And somebody who is given the old address is somebody else.
    provider.people(Persona("s-2", INES.email, "Another Ines"))
    refused = comes_back(Client(), provider, who="s-2")
    assert refused.status_code == 422
    assert "joined with another identity" in refused.content.decode()


@pytest.mark.parametrize(
    ("play", "status", "words"),
    [
        ("access_denied", 422, "you said no"),
        ("login_required", 422, "you said no"),
        ("temporarily_unavailable", 503, "busy"),
        ("server_error", 503, "busy"),
        ("wrong_state", 422, "Begin again here"),
        ("wrong_nonce", 422, "could not be trusted"),
        ("wrong_issuer", 422, "could not be trusted"),
        ("wrong_audience", 422, "could not be trusted"),
        ("expired", 422, "could not be trusted"),
        ("wrong_signature", 422, "could not be trusted"),
        ("used_code", 422, "refused"),
        ("email_not_verified", 422, "not proved your email address"),
    ],
)
def test_what_goes_wrong_is_said_and_lets_nobody_in(
    client: Client, provider: ProviderServer, ines: User, play: str, status: int, words: str
) -> None:
    page = comes_back(client, provider, play)
    assert page.status_code == status
    assert words in page.content.decode()
    assert "_auth_user_id" not in client.session
    assert not ExternalIdentity.objects.exists()
    # The flow is used up: the same answer again does nothing.
    assert client.get(f"{BACK}?code=x&state=y").status_code == 422


def test_a_new_key_of_the_provider_is_learnt_at_once(
    client: Client, provider: ProviderServer, ines: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert comes_back(client, provider)["Location"] == "/desk/"
    monkeypatch.setattr(oidc, "KEYS_AGAIN_SECONDS", 0)
    assert comes_back(Client(), provider, "new_keys")["Location"] == "/desk/"
    asked = provider.asked.count("/.well-known/jwks.json")
    assert asked == 2


def test_nobody_comes_in_without_the_browser_that_began(
    client: Client, provider: ProviderServer, ines: User
) -> None:
    left = client.get(BEGIN)
    told = provider.goes_there(left["Location"], "s-1")
    stranger = Client()
    page = stranger.get(f"{BACK}?{query(told)}")
    assert page.status_code == 422
    assert "another browser" in page.content.decode()
    mixed = client.get(f"{BACK}?{query({**told, 'iss': 'https://somebody.example'})}")
    assert mixed.status_code == 422


def test_without_a_second_factor_at_the_provider_ours_comes_next(
    client: Client, provider: ProviderServer, ines: User, settings: Any
) -> None:
    back = comes_back(client, provider, "no_factor")
    assert back["Location"] == "/desk/sign-in/set-up/"
    assert client.get("/desk/")["Location"].startswith("/desk/sign-in/")
    settings.SINGLE_SIGN_ON = {**settings.SINGLE_SIGN_ON, "factor": "always"}
    assert comes_back(Client(), provider, "no_factor")["Location"] == "/desk/"


def test_groups_give_and_take_jobs_and_make_accounts(
    client: Client, provider: ProviderServer, waste: Team
) -> None:
    page = comes_back(client, provider)
    assert page.status_code == 422
    assert "no job at the desk yet" in page.content.decode()
    assert not User.objects.filter(email="ines.marlow@wealdmere.example").exists()
    GroupJob.objects.create(team=waste, group="waste-officers", job="officer")
    GroupJob.objects.create(team=waste, group="waste-leads", job="manager")
    assert comes_back(client, provider)["Location"] == "/desk/"
    user = User.objects.get(email="ines.marlow@wealdmere.example")
    assert user.is_staff
    assert not user.has_usable_password()
    provider.people(Persona("s-1", INES.email, INES.name, ("waste-leads",)))
    assert comes_back(Client(), provider)["Location"] == "/desk/"
    assert [one.job for one in Membership.objects.filter(user=user)] == ["manager"]
    kinds = AccountEvent.objects.filter(user_id=user.pk).values_list("kind", flat=True)
    assert {"staff_added", "identity_linked", "job_given", "job_taken"} <= set(kinds)
    # Out of every group: no job, and no way in.
    provider.people(Persona("s-1", INES.email, INES.name, ()))
    assert comes_back(Client(), provider).status_code == 422
    # A job that an administrator gave stays.
    waste.memberships.create(user=user, job="adviser")
    assert comes_back(Client(), provider)["Location"] == "/desk/"


def test_strangers_residents_and_leavers_stay_out(
    provider: ProviderServer, ines: User, settings: Any
) -> None:
    provider.people(
        INES,
        Persona("s-3", "mallory@elsewhere.example", "Mallory"),
        Persona("s-4", "resident@wealdmere.example", "Resident"),
    )
    User.objects.create_user("resident@wealdmere.example")
    for who, words in (("s-3", "not one of the council’s own"), ("s-4", "resident’s account")):
        page = comes_back(Client(), provider, who=who)
        assert page.status_code == 422
        assert words in page.content.decode()
    assert comes_back(Client(), provider)["Location"] == "/desk/"
    User.objects.filter(pk=ines.pk).update(is_active=False)
    assert "has ended" in comes_back(Client(), provider).content.decode()


def test_a_provider_that_is_away_says_so_and_a_password_may_still_do(
    client: Client, provider: ProviderServer, settings: Any
) -> None:
    provider.broken = 500
    page = client.get(BEGIN)
    assert page.status_code == 503
    assert "does not answer" in page.content.decode()
    settings.SINGLE_SIGN_ON = {**settings.SINGLE_SIGN_ON, "issuer": "http://127.0.0.1:9"}
    assert client.get(BEGIN).status_code == 503
    settings.SINGLE_SIGN_ON = {**settings.SINGLE_SIGN_ON, "issuer": provider.url, "only": True}
    sent = {"email": "ines.marlow@wealdmere.example", "password": "long enough a password"}
    refused = client.post("/desk/sign-in/", sent)
    assert "signs in by single sign-on" in refused.content.decode()
    other = client.post("/desk/sign-in/", {**sent, "email": "break.glass@example.org"})
    assert "is not right" in other.content.decode()


def test_the_provider_ends_sessions_from_its_side(
    client: Client, provider: ProviderServer, ines: User
) -> None:
    assert comes_back(client, provider)["Location"] == "/desk/"
    token = provider.stand_in.logout_token("moothall", "s-1", "session-s-1")
    ended = "/desk/single-sign-on/ended/"
    assert client.get(ended).status_code == 405
    assert Client().post(ended, {"logout_token": token[:-4] + "AAAA"}).status_code == 400
    stranger = provider.stand_in.logout_token("somebody-else", "s-1")
    assert Client().post(ended, {"logout_token": stranger}).status_code == 400
    assert client.get("/desk/").status_code == 200
    assert Client().post(ended, {"logout_token": token}).status_code == 200
    assert client.get("/desk/")["Location"].startswith("/desk/sign-in/")


def test_there_is_no_single_sign_on_where_none_is_set_up(client: Client, db: None) -> None:
    assert client.get(BEGIN).status_code == 404
    assert client.get(BACK).status_code == 404
    assert "single-sign-on" not in client.get("/desk/sign-in/").content.decode()
    stand_in = "/stand-ins/single-sign-on/.well-known/openid-configuration"
    assert client.get(stand_in).status_code == 404


def test_the_demonstration_can_play_it_itself(client: Client, settings: Any, teams: None) -> None:
    settings.DEMONSTRATION = settings.SIGN_IN_STAND_INS = True
    base = "/stand-ins/single-sign-on/"
    told = client.get(f"{base}.well-known/openid-configuration").json()
    assert told["issuer"] == f"{settings.PUBLIC_URL}/stand-ins/single-sign-on"
    assert len(client.get(f"{base}.well-known/jwks.json").json()["keys"]) == 2
    asked = {
        "response_type": "code", "client_id": "moothall", "nonce": "n", "state": "s",
        "redirect_uri": f"{settings.PUBLIC_URL}{BACK}", "code_challenge": "c",
        "code_challenge_method": "S256",
    }  # fmt: skip
    page = client.get(f"{base}authorize", asked)
    assert "bryn.oakshott@wealdmere.example" in page.content.decode()
    away = client.get(f"{base}authorize", {**asked, "redirect_uri": "https://evil.example/"})
    assert away.status_code == 400
