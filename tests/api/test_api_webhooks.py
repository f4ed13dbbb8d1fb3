"""Another system is told what happens: signed, again until it takes it, and never from inside our walls."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import json
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from moothall import outbox
from moothall.api import hooks, sending
from moothall.api.models import Delivery, Subscription
from moothall.casework import actions
from moothall.notify.models import Message
from moothall.outbox import claim
from moothall.people.models import User
from moothall.people.queries import actor_for

pytestmark = pytest.mark.django_db


class Receiver:
    """A system on loopback that takes webhooks; `fails(n)` says with what it answers the n-th."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers = lambda number: 204
        mine = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                mine.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(mine.answers(len(mine.got)))
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_args: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?from=moothall"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()


@pytest.fixture
def receiver(settings) -> Iterator[Receiver]:
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    settings.DEMONSTRATION = True
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


def _made(crm, receiver, events=("case.opened", "case.moved", "case.ended"), **more):
    answer = crm.post(
        "/webhooks", {"name": "CRM", "url": receiver.url, "events": list(events), **more}
    )
    assert answer.status == 201, answer.body
    return answer.json


def _right(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """As docs/api.md tells integrators to check it."""
    told = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mine = base64.b64encode(hmac.new(key, told, hashlib.sha256).digest()).decode()
    given = headers["webhook-signature"].split()
    return any(hmac.compare_digest(one, f"v1,{mine}") for one in given)


def test_a_case_is_told_of_thinly_and_signed(machine, missed_bin, receiver, clock):
    crm = machine("bryn")
    hook = _made(crm, receiver)
    case = missed_bin()
    outbox.drain(clock.now, strict=True)
    ((headers, body),) = receiver.got
    told = json.loads(body)
    assert told["type"] == "case.opened"
    assert told["data"] == {
        "reference": case.reference, "service": "missed_bin", "state": case.state,
        "ended": False, "event": told["data"]["event"], "sequence": 1,
        "url": f"http://localhost:8000/api/v1/cases/{case.reference}",
    }  # fmt: skip
    assert b"Rowan" not in body
    assert _right(hook["secret"], headers, body)
    assert not _right(hook["secret"], headers, body + b" ")
    assert hook["secret"] not in str(list(Subscription.objects.values()))
    assert "secret" not in (crm.get("/webhooks").json["webhooks"][0]) or (
        crm.get("/webhooks").json["webhooks"][0]["secret"] is None
    )

    step = crm.get(f"/cases/{case.reference}/moves").json["moves"]
    close = next(one for one in step if one["ends"])
    crm.post(
        f"/cases/{case.reference}/moves/{close['id']}",
        {"reason": "Twice", "message": "It was emptied."} if close["needs"] else {},
        If_Match="*",
    )
    outbox.drain(clock.now, strict=True)
    assert [json.loads(body)["type"] for _, body in receiver.got[1:]] == [
        "case.moved",
        "case.ended",
    ]


def test_half_of_the_tries_fail_and_each_is_told_at_least_once(
    machine, missed_bin, receiver, clock
):
    crm = machine("bryn")
    hook = _made(crm, receiver, ["case.opened"])
    receiver.answers = lambda number: 500 if number % 2 else 200
    cases = [missed_bin(uprn=f"99000000000{n}") for n in range(1, 6)]
    for _ in range(12):
        outbox.drain(clock.now)
        clock.pass_(hours=6)
    by_id: dict[str, set[bytes]] = {}
    for headers, body in receiver.got:
        by_id.setdefault(headers["webhook-id"], set()).add(body)
        assert _right(hook["secret"], headers, body)
    assert all(len(bodies) == 1 for bodies in by_id.values())
    told = {json.loads(body)["data"]["reference"] for bodies in by_id.values() for body in bodies}
    assert told == {one.reference for one in cases}
    assert len(by_id) == len(cases)
    sequences = sorted(json.loads(next(iter(one)))["data"]["sequence"] for one in by_id.values())
    assert sequences == [1, 2, 3, 4, 5]
    log = crm.get(f"/webhooks/{hook['id']}/deliveries?limit=2").json
    assert [one["status"] for one in log["deliveries"]] == ["delivered", "delivered"]
    assert log["next"]


def test_a_killed_worker_loses_none(machine, missed_bin, receiver, clock):
    crm = machine("bryn")
    _made(crm, receiver, ["case.opened"])
    missed_bin()
    outbox.drain(clock.now, limit=0)
    # A worker takes what is due and is killed before and after it was sent, nothing written.
    for _ in range(2):
        for outside in (False, True):
            claim.claim("killed", outside=outside, now=clock.now, lease=90, most=50)
        clock.pass_(minutes=5)
    outbox.drain(clock.now)
    assert len(receiver.got) == 1
    assert Delivery.objects.get().status == "delivered"


def test_nobody_is_told_of_what_its_owner_may_not_see(machine, missed_bin, receiver, clock):
    stranger = machine("nadia")
    _made(stranger, receiver, ["case.opened"])
    parking = machine("bryn", services=["parking_permit"])
    _made(parking, receiver, ["case.opened"])
    assert parking.post(
        "/webhooks",
        {"name": "x", "url": receiver.url, "events": ["case.opened"], "services": ["missed_bin"]},
    ).status == 422  # fmt: skip
    missed_bin()
    outbox.drain(clock.now, strict=True)
    assert receiver.got == []
    assert not Delivery.objects.exists()


def test_a_new_secret_signs_beside_the_old_one_for_a_week(machine, receiver, clock):
    crm = machine("bryn")
    old = _made(crm, receiver)
    new = crm.post(f"/webhooks/{old['id']}/rotate", Idempotency_Key="r1").json
    again = crm.post(f"/webhooks/{old['id']}/rotate", Idempotency_Key="r1").json
    assert again["secret"] is None
    crm.post(f"/webhooks/{old['id']}/test")
    outbox.drain(clock.now, strict=True)
    headers, body = receiver.got[-1]
    assert _right(old["secret"], headers, body)
    assert _right(new["secret"], headers, body)
    clock.pass_(days=8)
    crm.post(f"/webhooks/{old['id']}/test")
    outbox.drain(clock.now, strict=True)
    headers, body = receiver.got[-1]
    assert not _right(old["secret"], headers, body)
    assert _right(new["secret"], headers, body)


def test_what_never_answers_is_turned_off_and_its_owner_told(machine, missed_bin, receiver, clock):
    crm = machine("bryn")
    hook = _made(crm, receiver, ["case.opened"])
    receiver.answers = lambda number: 503
    missed_bin()
    outbox.drain(clock.now)
    clock.pass_(days=6)
    outbox.drain(clock.now)
    hooks.look_after(clock.now)
    found = crm.get(f"/webhooks/{hook['id']}").json
    assert not found["enabled"]
    letter = Message.objects.get(subject__startswith="A webhook was turned off")
    assert letter.to == User.objects.get(email__startswith="bryn").email
    missed_bin(uprn="990000000002")
    outbox.drain(clock.now)
    before = len(receiver.got)

    receiver.answers = lambda number: 200
    assert crm.call("PATCH", f"/webhooks/{hook['id']}", {"enabled": True}).json["enabled"]
    lost = crm.get(f"/webhooks/{hook['id']}/deliveries").json["deliveries"][0]
    again = crm.post(f"/webhooks/{hook['id']}/deliveries/{lost['id']}/redeliver")
    assert again.status == 202
    outbox.drain(clock.now)
    assert receiver.got[-1][0]["webhook-id"] == lost["id"]
    assert len(receiver.got) == before + 1
    receiver.answers = lambda number: 410
    crm.post(f"/webhooks/{hook['id']}/test")
    outbox.drain(clock.now)
    assert not crm.get(f"/webhooks/{hook['id']}").json["enabled"]
    assert crm.call("DELETE", f"/webhooks/{hook['id']}").status == 204


def test_a_redirect_is_not_followed(machine, receiver, clock):
    crm = machine("bryn")
    hook = _made(crm, receiver)
    receiver.answers = lambda number: 302
    crm.post(f"/webhooks/{hook['id']}/test")
    outbox.drain(clock.now)
    one = Delivery.objects.get()
    assert (one.status, one.answer, len(receiver.got)) == ("waiting", 302, 1)


@pytest.mark.parametrize(
    "url",
    [
        "http://crm.example/hook",
        "https://127.0.0.1/hook",
        "https://10.0.0.8/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://[fd00::1]/",
        "https://user:pass@crm.example/",
        "https://crm.example/#x",
        "https:///hook",
        "ftp://crm.example/",
        "https://crm.example:99999/",
        "https://crm.example/a b",
        "javascript:alert(1)",
    ],
)
def test_addresses_that_are_refused(settings, url):
    settings.DEMONSTRATION = False
    settings.WEBHOOK_NETWORKS = []
    with pytest.raises(sending.Refused):
        sending.target_of(url)


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.2.3.4", "192.168.1.1", "169.254.169.254", "::1", "fe80::1", "100.64.0.1"])  # fmt: skip
def test_a_name_that_leads_inside_is_refused_after_it_was_looked_up(settings, monkeypatch, inside):
    settings.WEBHOOK_NETWORKS = []
    both = [(2, 1, 6, "", ("93.184.216.34", 443)), (2, 1, 6, "", (inside, 443))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_a, **_k: both)
    with pytest.raises(sending.Refused):
        sending.post("https://crm.example/hook", b"{}", {})


@given(st.ip_addresses(v=4), st.sampled_from(["::ffff:{}", "64:ff9b::{}"]))
@hypothesis_settings(max_examples=60)
def test_an_address_hidden_in_another_is_judged_by_what_it_hides(address, shape):
    hidden = ipaddress.ip_address(shape.format(address))
    assert sending.may_reach(hidden) == sending.may_reach(address)
    if not address.is_global:
        assert not sending.may_reach(hidden)


def test_a_wrong_certificate_and_a_silent_host_are_out_of_reach(receiver, monkeypatch):
    monkeypatch.setattr(sending, "SECONDS", 0.2)
    with pytest.raises(sending.Unreachable, match=r"connection|certificate"):
        sending.post(receiver.url.replace("http://", "https://"), b"{}", {})
    silent = socket.create_server(("127.0.0.1", 0))
    try:
        with pytest.raises(sending.Unreachable, match="No answer"):
            sending.post(f"http://127.0.0.1:{silent.getsockname()[1]}/", b"{}", {})
    finally:
        silent.close()


def test_what_is_undone_is_not_told(machine, missed_bin, receiver, clock):
    from django.db import transaction

    crm = machine("bryn")
    _made(crm, receiver, ["case.noted"])
    case = missed_bin()
    actor = actor_for(User.objects.get(email__startswith="bryn"))
    with pytest.raises(RuntimeError), transaction.atomic():
        actions.add_note(case.pk, "Never mind", actor=actor, now=clock.now)
        raise RuntimeError
    outbox.drain(clock.now, strict=True)
    assert receiver.got == []
    clock.now += timedelta(seconds=1)
    actions.add_note(case.pk, "Mind", actor=actor, now=clock.now)
    outbox.drain(clock.now, strict=True)
    assert len(receiver.got) == 1


def test_nothing_is_sent_unsigned_or_for_somebody_who_left(
    machine, missed_bin, receiver, clock, settings
):
    from moothall.people import staff
    from moothall.people.actor import SYSTEM

    crm = machine("bryn")
    hook = _made(crm, receiver, ["case.opened"])
    missed_bin()
    settings.SECRET_KEY = "another one, as after a move without the old one"
    outbox.drain(clock.now)
    assert "SECRET_KEY" in Delivery.objects.get().why
    new = crm.post(f"/webhooks/{hook['id']}/rotate").json["secret"]
    crm.post(f"/webhooks/{hook['id']}/test")
    outbox.drain(clock.now)
    assert _right(new, *receiver.got[-1])
    crm.post(f"/webhooks/{hook['id']}/test")
    staff.end(User.objects.get(email__startswith="bryn"), actor=SYSTEM, now=clock.now)
    outbox.drain(clock.now)
    assert len(receiver.got) == 1
    assert Delivery.objects.order_by("-sequence")[0].why == "Its owner no longer works here."
