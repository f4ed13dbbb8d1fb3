"""A key opens what its scopes say, as far as its owner may, until somebody ends it."""

from __future__ import annotations

import io
import logging
from datetime import timedelta

import pytest
from django.core.management import call_command

from moothall.api import keys
from moothall.api.models import ApiKey, ApiSecret
from moothall.casework import access
from moothall.casework.models import AccessLog
from moothall.people import staff
from moothall.people.actor import SYSTEM
from moothall.people.models import AccountEvent, User
from moothall.people.queries import actor_for
from tests.api.conftest import Machine

pytestmark = pytest.mark.django_db


def test_a_key_reads_as_its_owner_and_the_read_names_it(machine, missed_bin):
    case = missed_bin()
    crm = machine("bryn", ["cases:read"])
    answer = crm.get(f"/cases/{case.reference}")
    assert answer.status == 200
    assert answer.json["reference"] == case.reference
    assert answer.headers["ETag"] == f'"v{case.lock_version}"'
    where = next(one for one in answer.json["answers"] if one["question"] == "where_left")
    assert where["words"] == "By the side gate"
    assert answer.headers["Cache-Control"] == "no-store"
    access.flush()
    log = AccessLog.objects.get(reference=case.reference, why="case")
    assert (log.via, log.user_id) == ("CRM", crm.key.owner_id)


def test_scope_owner_and_limits_all_bound_it(machine, missed_bin):
    case = missed_bin()
    here = f"/cases/{case.reference}"
    refused = machine("bryn", ["services:read"]).get(here)
    assert refused.status == 403
    assert refused.json["scope"] == "cases:read"
    # An owner whom no service file names sees nothing, whatever the scopes.
    assert machine("tom").get(here).status == 404
    other = machine("bryn", ["cases:read"], services=["parking_permit"])
    assert other.get(here).status == 404
    assert other.get("/cases").json["cases"] == []
    same = machine("bryn", ["cases:read"], services=["missed_bin"], teams=[case.team])
    assert same.get(here).status == 200
    assert [one["reference"] for one in same.get("/cases").json["cases"]] == [case.reference]


def test_without_a_good_key_nothing_is_said(machine, clock):
    crm = machine("bryn")
    for secret in ("", "mh_nonsense", crm.secret[:-1] + ("A" if crm.secret[-1] != "A" else "B")):
        answer = Machine(secret).get("/cases")
        assert answer.status == 401
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    in_address = crm.get(f"/cases?key={crm.secret}")
    assert in_address.status == 400
    assert in_address.json["type"].endswith("#key-in-address")
    assert crm.secret not in in_address.body.decode()


def test_an_owner_who_left_takes_the_key_along(machine, clock):
    crm = machine("bryn")
    assert crm.get("/cases").status == 200
    staff.end(User.objects.get(email__startswith="bryn"), actor=SYSTEM, now=clock.now)
    assert crm.get("/cases").status == 401


def test_rotated_two_work_then_one_and_revoked_none(machine, clock):
    crm = machine("bryn")
    admin = actor_for(User.objects.get(memberships__job="admin"))
    newer = Machine(keys.rotate(crm.key, actor=admin, now=clock.now).secret)
    assert crm.get("/cases").status == newer.get("/cases").status == 200
    clock.pass_(days=8)
    assert crm.get("/cases").status == 401
    assert newer.get("/cases").status == 200
    keys.revoke(crm.key, actor=admin, now=clock.now)
    assert newer.get("/cases").status == 401
    told = AccountEvent.objects.filter(user_id=crm.key.owner_id, kind__startswith="api_key")
    assert {one.kind for one in told} == {"api_key_made", "api_key_rotated", "api_key_revoked"}


def test_an_expired_key_and_one_from_elsewhere_are_refused(machine, clock):
    soon = machine("bryn", expires_at=clock.now + timedelta(hours=1))
    assert soon.get("/cases").status == 200
    clock.pass_(hours=2)
    assert soon.get("/cases").status == 401
    assert machine("bryn", networks=["192.0.2.0/24"]).get("/cases").status == 401
    assert machine("bryn", networks=["127.0.0.0/8"]).get("/cases").status == 200


def test_only_an_administrator_makes_keys_and_only_sensible_ones(council, clock):
    bryn = User.objects.get(email__startswith="bryn")
    with pytest.raises(keys.NotAllowed):
        keys.make("CRM", bryn, ["cases:read"], actor=actor_for(bryn))
    for wrong in (
        {"name": " "},
        {"scopes": []},
        {"scopes": ["everything"]},
        {"services": ["no_such"]},
        {"teams": ["no-such"]},
        {"networks": ["a network"]},
        {"per_minute": 0},
        {"expires_at": clock.now - timedelta(days=1)},
    ):
        given = {"name": "CRM", "scopes": ["cases:read"], **wrong}
        name, scopes = given.pop("name"), given.pop("scopes")
        with pytest.raises(keys.CannotMake) as refused:
            keys.make(name, bryn, scopes, actor=SYSTEM, now=clock.now, **given)
        assert refused.value.field in {*wrong, "expires"}
    assert not ApiKey.objects.exists()


def test_a_key_is_counted_and_told_how_much_is_left(machine, clock):
    crm = machine("bryn", per_minute=3)
    first = crm.get("/cases/counts")
    assert first.headers["RateLimit-Policy"] == '"key";q=3;w=60'
    assert first.headers["RateLimit"].startswith('"key";r=2;t=')
    assert crm.get("/cases/counts").status == crm.get("/cases/counts").status == 200
    refused = crm.get("/cases/counts")
    assert refused.status == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert refused.json["status"] == 429
    clock.pass_(minutes=3)
    assert crm.get("/cases/counts").status == 200


def test_neither_log_nor_database_holds_a_secret(machine, missed_bin, caplog):
    case = missed_bin()
    crm = machine("bryn")
    with caplog.at_level(logging.DEBUG):
        crm.get(f"/cases/{case.reference}")
        crm.get("/cases?nothing=such")
    said = " ".join(f"{one.getMessage()} {vars(one)}" for one in caplog.records)
    assert crm.secret[14:] not in said
    assert case.reference not in said
    assert crm.secret[14:] not in str(list(ApiSecret.objects.values()))


def test_the_command_makes_lists_rotates_and_revokes(council):
    out = io.StringIO()
    bryn = User.objects.get(email__startswith="bryn")
    call_command(
        "api", "key", "make", "CRM", "--owner", bryn.email, "--scope", "cases:read",
        stdout=out, stderr=io.StringIO(),
    )  # fmt: skip
    secret = out.getvalue().strip()
    assert Machine(secret).get("/cases").status == 200
    key = ApiKey.objects.get()
    listed = io.StringIO()
    call_command("api", "key", "list", stdout=listed)
    assert key.public_id in listed.getvalue()
    assert secret not in listed.getvalue()
    rotated = io.StringIO()
    call_command("api", "key", "rotate", key.public_id, "--overlap-hours", "0", stdout=rotated)
    assert Machine(secret).get("/cases").status == 401
    assert Machine(rotated.getvalue().strip()).get("/cases").status == 200
    call_command("api", "key", "revoke", key.public_id, stdout=io.StringIO())
    assert Machine(rotated.getvalue().strip()).get("/cases").status == 401


def test_a_key_held_to_a_service_does_nothing_to_others(machine, missed_bin, clock):
    boss = machine("marcus", services=["missed_bin"])
    reply = {"name": "Snow", "text": "We are late."}
    assert boss.post("/reply-templates", reply).status == 403
    assert boss.post("/reply-templates", {**reply, "service": "missed_bin"}).status == 201
    assert boss.get(f"/teams/{missed_bin().team}/weeks").status == 403
    assert {one["id"] for one in boss.get("/services").json["services"]} == {"missed_bin"}
    assert boss.get("/services/parking_permit").status == 403
    adviser = machine("asha", services=["missed_bin"])
    opened = adviser.post("/cases", {"service": "pothole", "channel": "phone", "answers": {}})
    assert opened.status == 403
    handed = boss.post(
        f"/cases/{missed_bin().reference}/hand-over", {"service": "complaint", "reason": "Theirs"}
    )
    assert handed.status == 403
    tom = machine("tom", services=["missed_bin"])
    assert tom.post("/troubles/job/1/retry").status == 403
