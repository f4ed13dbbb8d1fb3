"""An administrator gives another system a key and a webhook at the desk; nobody else may."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from moothall import outbox
from moothall.api.models import ApiKey, Delivery, Subscription
from moothall.people.models import User
from moothall.people.testing import sign_in
from tests.api.conftest import Machine

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(council, clock):
    def at(name: str) -> Client:
        client = Client()
        sign_in(client, User.objects.get(email__startswith=name))
        return client

    return at


def _secret(page: str) -> str:
    found = re.search(r'class="api-secret"[^>]*>([^<]+)<', page)
    assert found, page[:2000]
    return found[1]


def test_a_key_is_made_shown_once_rotated_and_revoked(desk, missed_bin):
    case = missed_bin()
    tom = desk("tom")
    bryn = User.objects.get(email__startswith="bryn")
    empty = tom.post("/desk/api-keys/", {"name": "CRM", "owner": bryn.pk, "per_minute": "600"})
    assert empty.status_code == 422
    assert "Choose at least one thing" in empty.content.decode()
    body = {
        "name": "CRM", "owner": bryn.pk, "scopes": ["cases:read", "cases:write"],
        "services": ["missed_bin"], "per_minute": "600", "lasts": "365",
    }  # fmt: skip
    made = tom.post("/desk/api-keys/", body)
    secret = _secret(made.content.decode())
    assert "no-store" in made.headers["Cache-Control"]
    assert Machine(secret).get(f"/cases/{case.reference}").status == 200
    key = ApiKey.objects.get()
    assert key.made_by_label.startswith("Tom")
    for page in ("/desk/api-keys/", f"/desk/api-keys/{key.public_id}/"):
        shown = tom.get(page).content.decode()
        assert "CRM" in shown
        assert secret[14:] not in shown
    newer = _secret(tom.post(f"/desk/api-keys/{key.public_id}/", {"do": "rotate"}).content.decode())
    assert Machine(newer).get("/me").status == Machine(secret).get("/me").status == 200
    tom.post(f"/desk/api-keys/{key.public_id}/", {"do": "revoke"})
    assert Machine(newer).get("/me").status == 401
    assert "Revoked" in tom.get(f"/desk/api-keys/{key.public_id}/").content.decode()
    assert key.public_id in tom.get("/desk/api-keys/?ended=yes").content.decode()


def test_a_webhook_is_made_tested_and_looked_at(desk, missed_bin, clock, settings):
    settings.DEMONSTRATION = True
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    tom = desk("tom")
    bryn = User.objects.get(email__startswith="bryn")
    body = {"name": "CRM", "owner": bryn.pk, "events": ["case.opened"], "url": "https://10.0.0.1/"}
    assert "private network" in tom.post("/desk/webhooks/", body).content.decode()
    made = tom.post("/desk/webhooks/", {**body, "url": "http://127.0.0.1:9/"})
    assert _secret(made.content.decode()).startswith("whsec_")
    hook = Subscription.objects.get()
    at = f"/desk/webhooks/{hook.public_id}/"
    missed_bin()
    outbox.drain(clock.now)
    page = tom.get(at).content.decode()
    assert "case.opened" in page
    assert "The connection failed." in page
    sent = Delivery.objects.get()
    again = tom.post(at, {"do": "again", "delivery": sent.public_id}, follow=True)
    assert "sent again" in again.content.decode()
    for do in ("test", "off", "on"):
        assert tom.post(at, {"do": do}).status_code == 303
    assert _secret(tom.post(at, {"do": "rotate"}).content.decode()).startswith("whsec_")
    assert "CRM" in tom.get("/desk/webhooks/").content.decode()
    assert tom.post(at, {"do": "remove"}).status_code == 303
    assert not Subscription.objects.exists()


@pytest.mark.parametrize("name", ["bryn", "marcus", "priya", "wilf"])
def test_nobody_but_an_administrator_gets_there(desk, name):
    client = desk(name)
    for page in ("/desk/api-keys/", "/desk/webhooks/", "/desk/api-keys/key_x/"):
        assert client.get(page).status_code == 403
        assert client.post(page, {}).status_code == 403
