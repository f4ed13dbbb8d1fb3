"""A resident signs in with a code by email, and a first code makes the account."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from moothall.people.models import User
from moothall.people.queries import actor_for

pytestmark = pytest.mark.django_db

SIGN_IN = "/account/sign-in/"
CODE = "/account/sign-in/code/"


def ask(client: Client, email: str, **more: str) -> Any:
    return client.post(SIGN_IN, {"email": email, **more})


def test_a_new_resident_signs_in_and_comes_back_to_where_they_were(
    client: Client, newest_code: Any
) -> None:
    page = client.get(SIGN_IN, {"next": "/services/missed-bin/start"})
    assert 'name="next" value="/services/missed-bin/start"' in page.content.decode()
    sent = ask(client, " Nell.Fairwater@Example.ORG ", next="/services/missed-bin/start")
    assert (sent.status_code, sent["Location"]) == (302, CODE)
    assert "nell.fairwater<wbr>@example.org" in client.get(CODE).content.decode()
    assert not User.objects.filter(email="nell.fairwater@example.org").exists()

    code = newest_code("nell.fairwater@example.org")
    done = client.post(CODE, {"code": code.replace("-", " ")})

    assert (done.status_code, done["Location"]) == (302, "/services/missed-bin/start")
    user = User.objects.get(email="nell.fairwater@example.org")
    assert int(client.session["_auth_user_id"]) == user.pk
    assert not user.has_usable_password()
    assert not user.is_staff
    assert actor_for(user).kind == "applicant"


def test_a_known_resident_signs_in_again_whatever_the_capitals(
    client: Client, newest_code: Any
) -> None:
    user = User.objects.create_user("sam.orton@example.org", name="Sam Orton")
    ask(client, "SAM.ORTON@example.org")
    done = client.post(CODE, {"code": newest_code("sam.orton@example.org")})
    assert done["Location"] == "/account/"
    assert int(client.session["_auth_user_id"]) == user.pk
    assert User.objects.filter(email__iexact="sam.orton@example.org").count() == 1


def test_nothing_shows_whether_an_address_has_an_account(client: Client) -> None:
    User.objects.create_user("known@example.org")
    User.objects.create_user("closed@example.org", is_active=False)
    User.objects.create_user("works.here@example.org", is_staff=True)
    seen = set()
    for email in (
        "known@example.org",
        "closed@example.org",
        "works.here@example.org",
        "new@example.org",
    ):
        one = Client()
        sent = ask(one, email)
        shown = email.replace("@", "<wbr>@")
        page = one.get(CODE).content.decode().replace(shown, "…")
        wrong = one.post(CODE, {"code": "0000-0000"})
        words = wrong.content.decode().replace(shown, "…")
        rest = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page + words)
        seen.add((sent.status_code, sent["Location"], wrong.status_code, rest))
    assert len(seen) == 1
    assert len(mail.outbox) == 4, "every address gets one email, so the time tells nothing either"


def test_staff_and_closed_accounts_get_words_and_no_code(client: Client) -> None:
    User.objects.create_user("works.here@example.org", is_staff=True)
    User.objects.create_user("closed@example.org", is_active=False)
    ask(client, "works.here@example.org")
    assert "/desk/sign-in/" in mail.outbox[-1].body
    ask(Client(), "closed@example.org")
    assert "closed" in mail.outbox[-1].body
    for message in mail.outbox:
        assert not [line for line in str(message.body).splitlines() if line[:4].isdecimal()]
    assert client.post(CODE, {"code": ""}).status_code == 422
    assert "_auth_user_id" not in client.session


def test_a_wrong_code_is_explained_and_five_end_it(client: Client, newest_code: Any) -> None:
    ask(client, "nell@example.org")
    right = newest_code("nell@example.org")
    wrong = "0000-0000" if right != "0000-0000" else "1111-1111"
    for _ in range(4):
        page = client.post(CODE, {"code": wrong})
        assert page.status_code == 422
        assert "That code is not right" in page.content.decode()
    page = client.post(CODE, {"code": wrong})
    assert "Ask for a new one" in page.content.decode()
    again = client.post(CODE, {"code": right})
    assert again["Location"] == "/account/sign-in/?expired=1"
    assert "_auth_user_id" not in client.session


def test_a_code_works_once_and_only_in_the_browser_that_asked(
    client: Client, newest_code: Any
) -> None:
    ask(client, "nell@example.org")
    code = newest_code("nell@example.org")
    other = Client()
    ask(other, "someone.else@example.org")
    assert other.post(CODE, {"code": code}).status_code == 422
    assert client.post(CODE, {"code": code}).status_code == 302
    client.post("/account/sign-out/")
    assert client.post(CODE, {"code": code})["Location"] == "/account/sign-in/?expired=1"


def test_a_code_goes_stale(client: Client, newest_code: Any) -> None:
    ask(client, "nell@example.org")
    session = client.session
    stage = session["account_login"]["state"]["stages"]["login_by_code"]["data"]
    stage["at"] -= 15 * 60 + 1
    session.save()
    page = client.post(CODE, {"code": newest_code("nell@example.org")}, follow=True)
    assert "no longer valid" in page.content.decode()


def test_another_code_replaces_the_first_and_there_is_an_end_to_asking(
    client: Client, newest_code: Any
) -> None:
    ask(client, "nell@example.org")
    first = newest_code("nell@example.org")
    page = client.post(CODE, {"again": "1"})
    assert "We have sent another code" in page.content.decode()
    second = newest_code("nell@example.org")
    if first != second:
        assert client.post(CODE, {"code": first}).status_code == 422
    client.post(CODE, {"again": "1"})
    assert client.post(CODE, {"again": "1"}).status_code == 429
    assert client.post(CODE, {"code": newest_code("nell@example.org")}).status_code == 302


def test_too_many_codes_for_one_address_are_refused(client: Client) -> None:
    answers = [ask(Client(), "nell@example.org").status_code for _ in range(4)]
    assert answers == [302, 302, 302, 429]
    page = ask(Client(), "nell@example.org")
    assert "too many tries" in page.content.decode()
    assert len(mail.outbox) == 3


def test_the_code_is_nowhere_in_the_session(client: Client, newest_code: Any) -> None:
    ask(client, "nell@example.org")
    kept = repr(dict(client.session.items()))
    code = newest_code("nell@example.org")
    assert code not in kept
    assert code.replace("-", "") not in kept


@pytest.mark.parametrize(
    ("typed", "words"),
    [("", "Enter your email address"), ("nell at example", "in the right form")],
)
def test_a_wrong_address_is_422_with_the_reason(client: Client, typed: str, words: str) -> None:
    page = ask(client, typed)
    assert page.status_code == 422
    assert words in page.content.decode()
    assert 'href="#email"' in page.content.decode()


def test_next_never_leads_to_another_site(client: Client, newest_code: Any) -> None:
    for number, evil in enumerate(
        (
            "https://evil.example/",
            "//evil.example/",
            "javascript:alert(1)",
            "\\\\evil.example",
        )
    ):
        one, email = Client(), f"nell{number}@example.org"
        ask(one, email, next=evil)
        done = one.post(CODE, {"code": newest_code(email)})
        assert done["Location"] == "/account/"


def test_signing_out_takes_a_button(client: Client, newest_code: Any) -> None:
    ask(client, "nell@example.org")
    client.post(CODE, {"code": newest_code("nell@example.org")})
    assert client.get("/account/sign-out/").status_code == 405
    assert "_auth_user_id" in client.session
    assert client.post("/account/sign-out/")["Location"] == "/"
    assert "_auth_user_id" not in client.session


def test_in_welsh_the_address_stays_welsh(client: Client) -> None:
    page = client.get("/cy/account/sign-in/")
    assert 'action="/cy/account/sign-in/"' in page.content.decode()
    sent = client.post("/cy/account/sign-in/", {"email": "nia@example.org"})
    assert sent["Location"] == "/cy/account/sign-in/code/"


def test_a_person_already_signed_in_is_not_asked_again(client: Client, newest_code: Any) -> None:
    ask(client, "nell@example.org")
    client.post(CODE, {"code": newest_code("nell@example.org")})
    assert client.get(SIGN_IN, {"next": "/services/"})["Location"] == "/services/"
    assert client.get(CODE)["Location"] == "/account/"


def test_two_first_codes_at_once_make_one_account(newest_code: Any) -> None:
    one, other = Client(), Client()
    ask(one, "twice@example.org")
    first = newest_code("twice@example.org")
    ask(other, "twice@example.org")
    second = newest_code("twice@example.org")
    assert one.post(CODE, {"code": first}).status_code == 302
    assert other.post(CODE, {"code": second}).status_code == 302
    assert User.objects.filter(email="twice@example.org").count() == 1


def test_a_session_of_a_resident_lasts_two_weeks(client: Client, newest_code: Any) -> None:
    ask(client, "nell@example.org")
    client.post(CODE, {"code": newest_code("nell@example.org")})
    left = client.session.get_expiry_date() - timezone.now()
    assert dt.timedelta(days=13) < left <= dt.timedelta(days=14)


def test_in_the_demonstration_the_code_is_on_the_page_of_sent_messages(
    client: Client, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "moothall.notify.email.EmailBackend"
    ask(client, "nell@example.org")
    page = client.get(CODE).content.decode()
    assert 'href="/stand-ins/messages/"' in page
    shown = client.get("/stand-ins/messages/").content.decode()
    found = re.search(r"\b\d{4}-\d{4}\b", shown)
    assert found, shown
    assert client.post(CODE, {"code": found.group()}).status_code == 302
    settings.DEMONSTRATION = False
    other = Client()
    ask(other, "someone@example.org")
    assert "/stand-ins/" not in other.get(CODE).content.decode()


def test_an_email_is_plain_text(client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr("moothall.people.mail.council_name", lambda: "St Osyth's & Mere")
    User.objects.create_user("works.here@example.org", is_staff=True)
    for email in ("nell@example.org", "works.here@example.org"):
        ask(Client(), email)
        body = str(mail.outbox[-1].body)
        assert "St Osyth's & Mere" in body
        assert "&#" not in body
        assert "\n\n\n" not in body
    assert re.fullmatch(r"\d{4}-\d{4} is your sign-in code", mail.outbox[0].subject)
