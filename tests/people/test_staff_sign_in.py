"""Staff sign in with a password and a second factor; nobody reaches the desk without one."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from moothall.people import actions, demonstration, factors
from moothall.people.models import Team, User
from moothall.people.queries import actor_for, demo_sign_ins

pytestmark = pytest.mark.django_db

SIGN_IN = "/desk/sign-in/"
CODE = "/desk/sign-in/code/"
SET_UP = "/desk/sign-in/set-up/"
PASSWORD = "correct-horse-battery"


def code_now(secret: str) -> str:
    counter = int(timezone.now().timestamp()) // 30
    return totp.format_hotp_value(totp.hotp_value(secret, counter))


@pytest.fixture
def officer(db: None) -> User:
    team, _made = Team.objects.get_or_create(
        slug="test_waste", defaults={"name": "Waste", "plays": ["waste_team"]}
    )
    user = User.objects.create_user(
        "ines.marlow@example.org", PASSWORD, name="Ines Marlow", is_staff=True
    )
    team.memberships.create(user=user, job="officer")
    return user


def give_app(user: User) -> str:
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(user, secret)
    return secret


def give_password(client: Client, email: str = "ines.marlow@example.org", **more: str) -> Any:
    return client.post(SIGN_IN, {"email": email, "password": PASSWORD, **more})


def test_an_officer_signs_in_with_password_and_app(client: Client, officer: User) -> None:
    secret = give_app(officer)
    first = give_password(client, next="/desk/search/")
    assert first["Location"] == CODE
    assert "_auth_user_id" not in client.session, "the password alone signs nobody in"
    assert "authenticator app" in client.get(CODE).content.decode()
    wrong = client.post(CODE, {"code": "000000" if code_now(secret) != "000000" else "111111"})
    assert wrong.status_code == 422
    done = client.post(CODE, {"code": code_now(secret)})
    assert done["Location"] == "/desk/search/"
    assert int(client.session["_auth_user_id"]) == officer.pk
    assert client.get("/desk/second-factor/").status_code == 200
    left = client.session.get_expiry_date() - timezone.now()
    assert left <= dt.timedelta(hours=12), "a working day, not two weeks"


def test_the_first_time_a_second_factor_is_set_up_before_anything_opens(
    client: Client, officer: User
) -> None:
    first = give_password(client)
    assert first["Location"] == SET_UP
    assert "_auth_user_id" not in client.session
    assert client.get("/desk/second-factor/")["Location"].startswith(SIGN_IN)
    assert "Set up a second factor" in client.get(SET_UP).content.decode()
    page = client.get(f"{SET_UP}app/").content.decode()
    found = re.search(r"data-secret>([A-Z2-7 ]+)<", page)
    assert found
    secret = found.group(1).replace(" ", "")
    assert client.post(f"{SET_UP}app/", {"code": ""}).status_code == 422
    done = client.post(f"{SET_UP}app/", {"code": code_now(secret)})
    assert done["Location"].startswith("/desk/second-factor/codes/")
    assert int(client.session["_auth_user_id"]) == officer.pk
    shown = client.get(done["Location"]).content.decode()
    codes = re.findall(r"<code>(\d{4}) (\d{4})</code>", shown)
    assert len(codes) == 10
    kept = Authenticator.objects.get(user=officer, type="totp")
    assert secret not in str(kept.data), "a copy of the database opens no account"

    # Another day the app is lost: a recovery code signs in, once.
    other = Client()
    give_password(other)
    recovery = "".join(codes[0])
    assert other.post(CODE, {"code": recovery}).status_code == 302
    again = Client()
    give_password(again)
    assert again.post(CODE, {"code": recovery}).status_code == 422


def test_wrong_passwords_say_the_same_for_everyone_and_have_an_end(officer: User) -> None:
    User.objects.create_user("resident@example.org", PASSWORD)
    User.objects.create_user("left@example.org", PASSWORD, is_staff=True, is_active=False)
    seen = set()
    for email, password in [
        ("ines.marlow@example.org", "wrong"),
        ("nobody@example.org", "wrong"),
        ("resident@example.org", PASSWORD),
        ("left@example.org", PASSWORD),
    ]:
        page = Client().post(SIGN_IN, {"email": email, "password": password})
        found = re.search(r'href="#email">([^<]+)<', page.content.decode())
        assert found
        seen.add((page.status_code, found.group(1)))
    assert len(seen) == 1
    client = Client()
    answers = [
        client.post(SIGN_IN, {"email": "ines.marlow@example.org", "password": "wrong"}).status_code
        for _ in range(6)
    ]
    assert answers[-1] == 429
    refused = give_password(client)
    assert refused.status_code == 429, "even the right password waits"


def test_wrong_second_factors_have_an_end(client: Client, officer: User) -> None:
    secret = give_app(officer)
    give_password(client)
    wrong = "000000" if code_now(secret) != "000000" else "111111"
    for _ in range(6):
        page = client.post(CODE, {"code": wrong})
    assert "too many tries" in page.content.decode()
    assert client.post(CODE, {"code": code_now(secret)}).status_code == 429


def test_a_real_code_works_once(officer: User) -> None:
    secret = give_app(officer)
    code = code_now(secret)
    one, other = Client(), Client()
    give_password(one)
    give_password(other)
    assert one.post(CODE, {"code": code}).status_code == 302
    cache.clear()  # another process of the server has not seen it in its memory
    assert other.post(CODE, {"code": code}).status_code == 422


def test_a_colleague_changes_their_password(client: Client, officer: User) -> None:
    from moothall.people.testing import sign_in

    give_app(officer)
    sign_in(client, officer)
    elsewhere = Client()
    sign_in(elsewhere, officer)
    assert client.post("/desk/password/", {"password": "short"}).status_code == 422
    changed = client.post("/desk/password/", {"password": "another-horse-battery"})
    assert changed["Location"] == "/desk/second-factor/"
    assert client.get("/desk/second-factor/").status_code == 200, "this session goes on"
    assert elsewhere.get("/desk/second-factor/").status_code == 302, "every other one ends"
    assert give_password(Client()).status_code == 422


def test_a_session_with_a_password_alone_opens_no_page_of_the_desk(
    client: Client, officer: User
) -> None:
    client.force_login(officer, backend="moothall.people.backends.AccountBackend")
    assert client.get("/desk/second-factor/")["Location"].startswith(SIGN_IN)
    assert client.get(SIGN_IN).status_code == 200, "no loop between the two"


def test_a_resident_at_the_desk_is_refused(client: Client) -> None:
    from moothall.people.testing import sign_in

    sign_in(client, User.objects.create_user("resident@example.org"))
    assert client.get("/desk/second-factor/").status_code == 403


def test_steps_of_a_sign_in_lead_back_when_there_is_none(client: Client) -> None:
    for address in (CODE, SET_UP, f"{SET_UP}app/", f"{SET_UP}passkey/"):
        assert client.get(address)["Location"] == SIGN_IN


def test_staff_look_after_their_second_factors(client: Client, officer: User) -> None:
    from moothall.people.testing import sign_in

    give_app(officer)
    sign_in(client, officer)
    page = client.get("/desk/second-factor/").content.decode()
    assert "Authenticator app" in page
    factor = factors.of(officer)[0]
    assert client.post(f"/desk/second-factor/{factor.pk}/remove/").status_code == 422
    assert factors.of(officer), "the last one stays"
    other = User.objects.create_user("other@example.org", is_staff=True)
    give_app(other)
    theirs = factors.of(other)[0]
    assert client.post(f"/desk/second-factor/{theirs.pk}/remove/").status_code == 404
    before = factors.renew_recovery_codes(officer)
    client.post("/desk/second-factor/codes/")
    assert factors.recovery_codes(officer) != before
    # After a quarter of an hour nothing may be changed without signing in again.
    session = client.session
    session["account_authentication_methods"][0]["at"] -= 16 * 60
    session.save()
    for address in ("codes/", "app/", "passkey/"):
        assert client.get(f"/desk/second-factor/{address}")["Location"] == "/desk/second-factor/"


def test_a_new_colleague_chooses_a_password_by_a_link(client: Client, officer: User) -> None:
    made = actions.add_staff(
        "Joe.Colley@example.org", name="Joe Colley", team="test_waste", job="manager"
    )
    address = made.link.removeprefix("http://localhost:8000")
    assert "joe.colley" not in address, "no personal data in an address"
    assert "12 characters" in client.get(address).content.decode()
    short = client.post(address, {"password": "password"})
    assert short.status_code == 422
    assert client.post(address, {"password": PASSWORD})["Location"] == SIGN_IN
    assert client.get(address).status_code == 404, "a link works once"
    first = give_password(client, "joe.colley@example.org")
    assert first["Location"] == SET_UP
    joe = User.objects.get(email="joe.colley@example.org")
    assert actor_for(joe).roles == {"waste_team", "manager"}
    assert actor_for(joe).teams == {"test_waste"}


def test_someone_who_lost_their_phone_sets_up_again(client: Client, officer: User) -> None:
    give_app(officer)
    actions.add_staff(officer.email, reset=True)
    assert give_password(client)["Location"] == SET_UP


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"team": "test_waste"}, "both a team and a job"),
        ({"team": "nowhere", "job": "officer"}, "There is no team 'nowhere'"),
        ({"team": "test_waste", "job": "councillor"}, "needs a ward"),
    ],
)
def test_a_colleague_that_cannot_be_added_is_explained(
    officer: User, given: dict[str, str], words: str
) -> None:
    with pytest.raises(actions.CannotAdd, match=words):
        actions.add_staff("new@example.org", **given)
    assert not User.objects.filter(email="new@example.org").exists()


def test_createsuperuser_then_a_second_factor(client: Client, monkeypatch: Any) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", email="chief@example.org", interactive=False, verbosity=0)
    user = get_user_model().objects.get(email="chief@example.org")
    assert actor_for(user).plays("admin")
    assert give_password(client, "chief@example.org")["Location"] == SET_UP


def test_passkeys_are_asked_for_by_our_own_script_only(client: Client) -> None:
    page = client.get(SIGN_IN)
    text = page.content.decode()
    scripts = re.findall(r"<script[^>]*>", text)
    assert all('src="/static/' in one for one in scripts)
    assert any("people/passkey.js" in one for one in scripts)
    options = client.get("/desk/sign-in/passkey/").json()["options"]["publicKey"]
    assert options["userVerification"] == "required"
    assert options["rpId"] == "testserver"
    refused = client.post("/desk/sign-in/passkey/", {"credential": '{"id": "x"}'})
    assert refused.status_code == 422
    assert "passkey is not known" in refused.content.decode()
    assert client.post("/desk/sign-in/passkey/", {}).status_code == 422


def test_the_demonstration_prints_sign_ins_that_work(teams: None) -> None:
    found = demo_sign_ins(timezone.now())
    roles = [one.role for one in found]
    assert set(roles) == {
        "adviser", "officer", "manager", "councillor", "designer", "admin", "resident",
    }  # fmt: skip
    one = next(one for one in found if one.role == "adviser")
    # Two people who look at the demonstration at once share the account and the code.
    for _ in range(2):
        client = Client()
        client.post(SIGN_IN, {"email": one.email, "password": one.password})
        code = demonstration.code(one.email, timezone.now())
        done = client.post(CODE, {"code": code})
        assert done["Location"] == "/desk/", done.content.decode()
    user = User.objects.get(email=one.email)
    assert actor_for(user).plays("adviser", "contact_centre")


def test_printed_table_has_one_line_for_each_role(teams: None, capsys: Any) -> None:
    call_command("sign_ins")
    shown = capsys.readouterr().out
    for job in ("adviser", "officer", "manager", "councillor", "designer", "admin"):
        assert len(re.findall(rf"^  {job} .*\b\d{{6}}\b", shown, re.MULTILINE)) == 1
    assert "/stand-ins/messages/" in shown
    assert demonstration.PASSWORD in shown


def test_the_councillor_speaks_for_a_ward(teams: None) -> None:
    one = next(one for one in demo_sign_ins(timezone.now()) if one.role == "councillor")
    actor = actor_for(User.objects.get(email=one.email))
    assert actor.wards == {"X05000001"}
