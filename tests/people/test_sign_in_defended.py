"""Sign-in against guessers: the owner is not locked out, devices are told of, sessions end."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from moothall.people import sessions, staff
from moothall.people.actor import SYSTEM
from moothall.people.models import AccountEvent, SignedIn, User
from moothall.people.queries import means_wanted
from moothall.people.testing import sign_in
from tests.people.test_staff_sign_in import CODE, PASSWORD, SIGN_IN, code_now, give_app

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Safari/604.1"


@pytest.fixture
def officer(teams: None) -> User:
    return staff.add(
        "ines.marlow@example.org", "Ines Marlow", "waste", "officer", actor=SYSTEM, invite=False
    )


def _in_with_both(client: Client, officer: User, secret: str) -> Any:
    """Sign in; a code that was used already counts as fresh (the test does not wait half a minute)."""
    cache.clear()
    for one in Authenticator.objects.filter(user=officer, type="totp"):
        one.data.pop("used", None)
        one.save()
    client.post(SIGN_IN, {"email": officer.email, "password": PASSWORD})
    return client.post(CODE, {"code": code_now(secret)})


def test_a_guesser_elsewhere_cannot_lock_the_owner_out(officer: User) -> None:
    officer.set_password(PASSWORD)
    officer.save()
    secret = give_app(officer)
    mine = Client(headers={"user-agent": FIREFOX})
    assert _in_with_both(mine, officer, secret)["Location"] == "/desk/"
    mine.post("/desk/sign-out/")
    guesser = Client()
    for number in range(60):
        wrong = {"email": officer.email, "password": f"guess {number}"}
        guesser.post(SIGN_IN, wrong, REMOTE_ADDR=f"192.0.2.{number}")
    right = {"email": officer.email, "password": PASSWORD}
    refused = guesser.post(SIGN_IN, right, REMOTE_ADDR="192.0.2.200")
    assert refused.status_code == 429, "from a new browser even the right password waits"
    assert _in_with_both(mine, officer, secret)["Location"] == "/desk/"


def test_staff_are_told_of_a_browser_not_seen_before(officer: User) -> None:
    officer.set_password(PASSWORD)
    officer.save()
    secret = give_app(officer)
    mine = Client(headers={"user-agent": FIREFOX})
    _in_with_both(mine, officer, secret)
    assert mail.outbox == [], "the very first sign-in is no news"
    mine.post("/desk/sign-out/")
    _in_with_both(mine, officer, secret)
    assert mail.outbox == [], "nor is a known browser"
    _in_with_both(Client(headers={"user-agent": SAFARI}), officer, secret)
    assert "Safari on iPhone" in str(mail.outbox[-1].body)
    assert mail.outbox[-1].to == [officer.email]


def test_the_session_key_changes_at_sign_in(client: Client, newest_code: Any) -> None:
    client.post("/account/sign-in/", {"email": "nell@example.org"})
    before = client.session.session_key
    client.post("/account/sign-in/code/", {"code": newest_code("nell@example.org")})
    assert client.session.session_key != before
    row = SignedIn.objects.get()
    assert (row.session_key, row.method) == (client.session.session_key, "code")


def test_a_session_that_is_idle_too_long_ends(officer: User, settings: Any) -> None:
    client = Client()
    sign_in(client, officer)
    settings.STAFF_IDLE_SECONDS = 120 * 60
    for idle, opens in ((10, True), (119, True), (121, False)):
        session = client.session
        session[sessions.SEEN] = int(timezone.now().timestamp()) - idle * 60
        session.save()
        page = client.get("/desk/second-factor/")
        assert (page.status_code == 200) is opens
    assert not SignedIn.objects.exists()


def test_a_new_password_ends_the_other_sessions(officer: User) -> None:
    here, there = Client(), Client()
    for one in (here, there):
        sign_in(one, officer)
    done = here.post("/desk/password/", {"password": "another-good-long-one"})
    assert done["Location"] == "/desk/second-factor/"
    assert here.get("/desk/second-factor/").status_code == 200
    assert there.get("/desk/second-factor/")["Location"].startswith(SIGN_IN)
    assert [one.here for one in sessions.places(officer, here.session.session_key)] == [True]


def test_a_wish_decides_by_which_means() -> None:
    from moothall.people.models import Wishes

    nell = User.objects.create_user("nell@example.org")
    offered = ("email", "text")
    assert means_wanted(None, "update", offered) == offered
    assert means_wanted(nell.pk, "reminder", offered) == offered
    assert means_wanted(nell.pk, "news") == () == means_wanted(None, "news")
    Wishes.objects.create(
        user=nell, updates="text", reminders=False, area_news=True, satisfaction=False,
        changed_at=timezone.now(),
    )  # fmt: skip
    assert means_wanted(nell.pk, "update", offered) == ("text", "email")
    assert means_wanted(nell.pk, "must", ("letter",)) == ("letter",), (
        "must be sent: by what there is"
    )
    assert means_wanted(nell.pk, "reminder", offered) == ()
    assert means_wanted(nell.pk, "satisfaction", offered) == ()
    assert means_wanted(nell.pk, "news") == ("email",)


def test_sessions_over_are_forgotten(officer: User) -> None:
    from django.contrib.sessions.models import Session

    client = Client()
    sign_in(client, officer)
    assert sessions.prune(timezone.now()) == 0
    Session.objects.update(expire_date="2020-01-01T00:00:00Z")
    assert sessions.prune(timezone.now()) == 1


class TestStaffAccounts:
    """An administrator and a manager look after accounts."""

    def test_an_administrators_day(self, teams: None) -> None:
        from moothall.people.queries import actor_for

        def person(email: str) -> User:
            return User.objects.get(email=f"{email}@wealdmere.example")

        admin = actor_for(person("tom.ravensworth"))
        boss = actor_for(person("marcus.quill"))
        bryn = person("bryn.oakshott")
        assert staff.manages(admin) is None
        assert staff.manages(boss) == {"waste"}
        assert {one.name for one in staff.directory(boss)} == {
            "Bryn Oakshott", "Dilys Farrow", "Marcus Quill",
        }  # fmt: skip
        made = staff.add("joe.colley@example.org", "Joe Colley", "waste", "adviser", actor=boss)
        assert "desk/password/" in str(mail.outbox[-1].body)
        with pytest.raises(staff.NotAllowed):
            staff.add("x@example.org", "X", "parking", "officer", actor=boss)
        with pytest.raises(staff.NotAllowed):
            staff.give_job(made, "waste", "manager", actor=boss)
        with pytest.raises(staff.NotAllowed):
            staff.end(User.objects.get(pk=boss.user_id), actor=boss)
        with pytest.raises(staff.NotAllowed):
            staff.reset_second_factor(person("tom.ravensworth"), actor=boss)
        with pytest.raises(staff.CannotChange, match="staff account with this address"):
            staff.add("JOE.colley@example.org", "Joe", "waste", "officer", actor=admin)
        User.objects.create_user("resident@example.org")
        with pytest.raises(staff.CannotChange, match="resident uses this address"):
            staff.add("resident@example.org", "Joe", "waste", "officer", actor=admin)
        one = made.memberships.get()
        staff.change_job(one.pk, "parking", "officer", actor=admin)
        assert [str(m.team) for m in made.memberships.all()] == ["Parking"]
        there = Client()
        sign_in(there, bryn)
        staff.reset_second_factor(bryn, actor=boss)
        assert there.get("/desk/second-factor/")["Location"].startswith(SIGN_IN)
        assert not bryn.authenticator_set.exists()
        staff.end(made, actor=admin)
        made.refresh_from_db()
        assert (made.is_active, made.memberships.exists()) == (False, False)
        assert made in staff.directory(admin, ended=True)
        staff.bring_back(made, "waste", "officer", actor=boss)
        kinds = [event.kind for event in staff.history(made.pk)]
        assert kinds[-3:] == ["staff_invited", "job_given", "staff_added"]
        assert "staff_ended" in kinds
        assert AccountEvent.objects.filter(user_id=made.pk, by_label="Marcus Quill").exists()

    def test_the_last_administrator_stays(self, teams: None) -> None:
        from moothall.people.models import Membership

        admins = Membership.objects.filter(job="admin")
        assert admins.count() == 1
        with pytest.raises(staff.CannotChange, match="last administrator"):
            staff.end(admins.get().user, actor=SYSTEM)
        with pytest.raises(staff.CannotChange, match="last administrator"):
            staff.take_job(admins.get().pk, actor=SYSTEM)
