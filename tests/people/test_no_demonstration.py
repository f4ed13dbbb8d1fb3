"""Without the demonstration its accounts cannot be: not made, not signed in, not kept signed in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from moothall.people import demonstration
from moothall.people.models import User
from moothall.people.pack import TeamsSection
from moothall.people.queries import demo_sign_ins
from moothall.people.testing import sign_in

pytestmark = pytest.mark.django_db

ADVISER = "asha.merrow@wealdmere.example"


def test_a_pack_makes_no_sign_in(settings: Any) -> None:
    User.objects.filter(is_demonstration=True).delete()
    settings.DEMONSTRATION = False
    section = TeamsSection()
    data = section.read(Path(project.PACK))
    assert data is not None
    section.apply(data)
    assert section.plan(data) == []
    assert not User.objects.exists()


def test_the_known_password_and_secret_are_refused(teams: None, settings: Any) -> None:
    settings.DEMONSTRATION = False
    client = Client()
    page = client.post("/desk/sign-in/", {"email": ADVISER, "password": demonstration.PASSWORD})
    assert page.status_code == 422
    user = User.objects.get(email=ADVISER)
    assert not demonstration.code_is_right(user, demonstration.code(ADVISER, timezone.now()))
    with pytest.raises(demonstration.NotADemonstration):
        demonstration.give_sign_in([user])


def test_half_a_sign_in_goes_no_further(teams: None, settings: Any) -> None:
    client = Client()
    first = client.post("/desk/sign-in/", {"email": ADVISER, "password": demonstration.PASSWORD})
    assert first["Location"] == "/desk/sign-in/code/"
    settings.DEMONSTRATION = False
    code = demonstration.code(ADVISER, timezone.now())
    client.post("/desk/sign-in/code/", {"code": code})
    assert client.get("/desk/second-factor/")["Location"].startswith("/desk/sign-in/")


def test_a_session_ends_with_the_demonstration(teams: None, settings: Any) -> None:
    client = Client()
    sign_in(client, User.objects.get(email=ADVISER))
    assert client.get("/desk/second-factor/").status_code == 200
    settings.DEMONSTRATION = False
    assert client.get("/desk/second-factor/")["Location"].startswith("/desk/sign-in/")


def test_a_demonstration_resident_gets_no_code(teams: None, settings: Any, mailoutbox: Any) -> None:
    settings.DEMONSTRATION = False
    resident = User.objects.filter(is_demonstration=True, is_staff=False).first()
    assert resident is not None
    Client().post("/account/sign-in/", {"email": resident.email})
    assert "closed" in mailoutbox[-1].body


def test_none_are_printed(teams: None, settings: Any) -> None:
    settings.DEMONSTRATION = False
    assert demo_sign_ins(timezone.now()) == []
    with pytest.raises(CommandError, match="demonstration is off"):
        call_command("sign_ins")
