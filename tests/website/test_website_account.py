"""A resident's account: what was written, what they want to hear, where they are signed in, their data, the end."""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.core import mail
from django.test import Client

from moothall import outbox
from moothall.casework import actions as casework
from moothall.casework import ledger
from moothall.casework.models import Case, Event
from moothall.casework.types import ContactDetails
from moothall.files.models import StoredFile
from moothall.journeys.models import Details, Draft
from moothall.packs.queries import service
from moothall.people import limits
from moothall.people.actor import applicant
from moothall.people.models import AccountEvent, DataCopy, SignedIn, User, Wishes
from moothall.people.queries import actor_for, means_wanted
from moothall.people.testing import sign_in
from moothall.places.queries import address
from moothall.website import own_data

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 11, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    limits.forget()
    yield
    limits.forget()


@pytest.fixture
def nia(council: Any) -> User:
    return User.objects.create_user("nia.vaughan@example.org", name="Nia Vaughan")


@pytest.fixture
def at_home(client: Client, nia: User) -> Client:
    sign_in(client, nia)
    return client


@pytest.fixture
def case(nia: User) -> Any:
    """A missed bin that Nia reported, with a reply of the council to her."""
    made = casework.open_case(
        service=service("missed_bin"),
        answers={
            "address": dict(address("990000000001") or {}),
            "bin": "refuse",
            "missed_on": NOW.date().isoformat(),
            "was_out": True,
            "where_left": "By the blue door",
            "name": "Nia Vaughan",
            "tell_me_by": "email",
            "email": nia.email,
        },
        look_ups={"collection": {"due_on": NOW.date().isoformat(), "crew_note": "none"}},
        channel="online",
        actor=applicant(nia),
        key="account-test",
        contact=ContactDetails(name="Nia Vaughan", email=nia.email),
        now=NOW,
    )
    bryn = User.objects.get(email__startswith="bryn.")
    casework.reply(made.pk, "The crew comes back tomorrow.", actor=actor_for(bryn), now=NOW)
    made.refresh_from_db()
    return made


def words(answer: Any) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def newest_code(email: str) -> str:
    message = next(one for one in reversed(mail.outbox) if one.to == [email])
    found = re.search(r"^(\d{4}-\d{4})$", str(message.body), re.MULTILINE)
    assert found, message.body
    return found.group(1)


def a_while_ago(client: Client) -> None:
    """The sign-in was an hour ago."""
    session = client.session
    records = session[AUTHENTICATION_METHODS_SESSION_KEY]
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        {**one, "at": one["at"] - 3600} for one in records
    ]
    session.save()


def test_messages_of_all_cases_stand_on_one_page(at_home: Client, case: Any) -> None:
    page = words(at_home.get("/account/messages/"))
    assert "The crew comes back tomorrow." in page
    assert case.reference in page
    assert "Your messages" in words(at_home.get("/account/"))
    assert at_home.get("/account/messages/?page=99").status_code == 200
    other = Client()
    sign_in(other, User.objects.create_user("someone.else@example.org"))
    assert "There are none yet" in words(other.get("/account/messages/"))


def test_what_they_want_to_hear_is_what_is_sent(at_home: Client, nia: User) -> None:
    assert at_home.post("/account/wishes/", {"updates": "pigeon"}).status_code == 422
    done = at_home.post("/account/wishes/", {"updates": "text", "reminders": "no"})
    assert done["Location"] == "/account/?saved=wishes"
    assert "We have saved what you want to hear" in words(at_home.get(done["Location"]))
    assert Wishes.objects.get(user=nia).updates == "text"
    assert means_wanted(nia.pk, "update", ("email", "text")) == ("text", "email")
    assert means_wanted(nia.pk, "reminder", ("email", "text")) == ()


def test_they_see_where_they_are_signed_in_and_end_it(nia: User) -> None:
    here, phone, library = Client(), Client(), Client()
    for one, device in ((here, "Firefox/1 Windows"), (phone, "iPhone"), (library, "Linux")):
        one.defaults["HTTP_USER_AGENT"] = device
        one.post("/account/sign-in/", {"email": nia.email})
        assert (
            one.post("/account/sign-in/code/", {"code": newest_code(nia.email)}).status_code == 302
        )
    page = words(here.get("/account/sessions/"))
    assert "Firefox on Windows (this one)" in page
    assert "iPhone" in page
    row = SignedIn.objects.get(device="iPhone")
    here.post("/account/sessions/", {"end": row.pk})
    assert phone.get("/account/").status_code == 302
    assert library.get("/account/").status_code == 200
    here.post("/account/sessions/", {"end": "others"})
    assert library.get("/account/").status_code == 302
    assert here.get("/account/").status_code == 200
    here.post("/account/sessions/", {"end": "99999999"})
    here.post("/account/sessions/", {"end": "all"})
    assert here.get("/account/").status_code == 302


def test_the_address_changes_by_a_code_and_the_old_one_is_told(at_home: Client, nia: User) -> None:
    assert at_home.post("/account/email/", {"email": "no address"}).status_code == 422
    assert at_home.post("/account/email/", {"email": nia.email.upper()}).status_code == 422
    assert at_home.get("/account/email/code/")["Location"] == "/account/email/"
    sent = at_home.post("/account/email/", {"email": "Nia.New@example.org"})
    assert sent["Location"] == "/account/email/code/"
    assert at_home.post("/account/email/code/", {"code": "00000000"}).status_code == 422
    done = at_home.post("/account/email/code/", {"code": newest_code("nia.new@example.org")})
    assert done["Location"] == "/account/?saved=email"
    nia.refresh_from_db()
    assert nia.email == "nia.new@example.org"
    assert any(one.to == ["nia.vaughan@example.org"] for one in mail.outbox)
    assert AccountEvent.objects.filter(user_id=nia.pk, kind="email_changed").exists()
    assert at_home.get("/account/").status_code == 200


def test_somebody_elses_address_is_not_taken_and_not_told_of(at_home: Client, nia: User) -> None:
    User.objects.create_user("taken@example.org")
    sent = at_home.post("/account/email/", {"email": "taken@example.org"})
    assert sent["Location"] == "/account/email/code/"
    assert "code" in words(at_home.get("/account/email/code/"))
    message = next(one for one in reversed(mail.outbox) if one.to == ["taken@example.org"])
    assert not re.search(r"\d{4}-\d{4}", str(message.body))
    for _ in range(6):
        at_home.post("/account/email/code/", {"code": "12345678"})
    assert at_home.get("/account/email/code/")["Location"] == "/account/email/"
    nia.refresh_from_db()
    assert nia.email == "nia.vaughan@example.org"


def test_before_what_matters_they_prove_again_who_they_are(at_home: Client, nia: User) -> None:
    a_while_ago(at_home)
    for path in ("/account/email/", "/account/data/", "/account/delete/"):
        assert at_home.get(path)["Location"].startswith("/account/confirm/?next=")
        assert at_home.post(path, {"sure": "yes"}).status_code == 303
    assert User.objects.filter(pk=nia.pk).exists()
    asked = at_home.post("/account/confirm/", {"next": "/account/delete/"})
    assert "We have sent a code to" in words(asked)
    wrong = at_home.post("/account/confirm/", {"next": "/account/delete/", "code": "1"})
    assert wrong.status_code == 422
    right = {"next": "/account/delete/", "code": newest_code(nia.email)}
    assert at_home.post("/account/confirm/", right)["Location"] == "/account/delete/"
    assert at_home.get("/account/delete/").status_code == 200
    evil = at_home.get("/account/confirm/?next=https://evil.example/")
    assert evil["Location"] == "/account/"


def test_they_take_their_data_with_them(at_home: Client, nia: User, case: Any) -> None:
    Details.objects.create(user=nia, phone="01632 960001")
    bryn = actor_for(User.objects.get(email__startswith="bryn."))
    casework.add_note(case.pk, "Secret words of staff", actor=bryn, now=NOW)
    assert at_home.post("/account/data/")["Location"] == "/account/data/"
    at_home.post("/account/data/")
    copy = DataCopy.objects.get()  # two clicks are one copy
    assert "We are making your copy" in words(at_home.get("/account/data/"))
    where = f"/account/data/{copy.public_id}/my-data.zip"
    assert at_home.get(where).status_code == 404
    outbox.drain(NOW, strict=True)
    page = words(at_home.get("/account/data/"))
    assert "Download your data" in page
    body = b"".join(at_home.get(where).streaming_content)
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        told = archive.read("index.html").decode()
        data = json.loads(archive.read("data.json"))
    assert "By the blue door" in told
    assert "The crew comes back tomorrow." in told
    assert "Secret words" not in told + json.dumps(data)
    assert "Bryn" not in json.dumps(data)
    assert data["account"]["phone"] == "01632 960001"
    assert [one["reference"] for one in data["cases"]] == [case.reference]
    stranger = Client()
    sign_in(stranger, User.objects.create_user("someone.else@example.org"))
    assert stranger.get(where).status_code == 404
    assert own_data.forget_old(NOW + timedelta(days=4)) == 1
    assert at_home.get(where).status_code == 404
    assert not StoredFile.objects.filter(owner__startswith="copy:").exists()
    a_while_ago(at_home)
    assert at_home.get(where).status_code == 303


def test_an_account_is_deleted_and_the_councils_record_stays(
    at_home: Client, nia: User, case: Any
) -> None:
    missed = service("missed_bin")
    Draft.new(service_id=missed.id, definition_sha=missed.sha256, now=NOW, user=nia).save()
    Details.objects.create(user=nia, phone="01632 960001")
    page = words(at_home.get("/account/delete/"))
    assert case.reference in page
    assert "Not known until it is finished" in page
    assert "1 form that you have not sent" in page
    assert at_home.post("/account/delete/").status_code == 422
    assert User.objects.filter(pk=nia.pk).exists()
    gone = at_home.post("/account/delete/", {"sure": "yes"})
    assert "Your account is deleted" in words(at_home.get(gone["Location"]))
    assert at_home.get("/account/").status_code == 302
    assert not User.objects.filter(pk=nia.pk).exists()
    assert not Draft.objects.filter(user=nia.pk).exists()
    kept = Case.objects.get(pk=case.pk)
    assert kept.applicant_id is None
    assert kept.contact_email == "nia.vaughan@example.org"
    assert ledger.rebuild_case(case.pk, only_compare=True) == []
    assert not ledger.verify(reference=case.reference).broken
    said = json.dumps([event.fields for event in Event.objects.filter(case=case.pk)])
    assert f'"applicant": {nia.pk}' not in said
    event = AccountEvent.objects.get(user_id=nia.pk, kind="account_deleted")
    assert event.detail == {}
    assert any(
        one.to == ["nia.vaughan@example.org"] and "deleted" in one.subject for one in mail.outbox
    )
    # What was sent is followed as by anybody: by reference and address.
    visitor = Client()
    found = visitor.post(f"/track/{case.reference}", {"secret": "nia.vaughan@example.org"})
    assert found.status_code in {200, 303, 302}
    # The same address may begin again, and the old cases are not handed to whoever has it.
    sign_in(visitor, User.objects.create_user("nia.vaughan@example.org"))
    assert case.reference not in words(visitor.get("/account/"))
