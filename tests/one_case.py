"""One case with everything a case can have, and everybody who might knock: for the walk of every door.

Every text in it holds a word that is found nowhere else (WORDS), so that a page which shows what it
should not is found by looking for the word.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.test import Client
from django.urls import URLPattern

from moothall.people.models import Membership, Team, User

NOW = datetime(2026, 3, 11, 10, 0, tzinfo=UTC)  # a Wednesday in an ordinary week

WORDS = {
    "name": "Quenbrillow",
    "email": "ottoline.q@example.org",
    "answer": "zanthorp gate",
    "note": "vexmallow",
    "task": "drumwicket",
    "call-back": "01632 960789",
    "reply": "plinthorpe",
    "message": "larkenstow",
    "file": "grobbelheath",
    "draft": "thrackley lane",
    "saved view": "wumblefold",
}
"""What is told apart on every page; the key is what the list of doors calls it."""

ROLES = (
    "stranger",
    "expired",  # an officer of the team whose session has ended
    "ended",  # an officer of the team who no longer works here
    "neighbour",  # a resident; the case isn't theirs
    "resident",  # the case is theirs
    "elsewhere",  # an officer of a team that has nothing to do with it
    "adviser",
    "crew",
    "officer",
    "manager",
    "councillor",  # of the case's ward
    "far-councillor",  # of another ward
    "designer",
    "admin",
    "key",  # another system with every scope, by a key of the officer
    "far-key",  # the same by a key of the officer elsewhere
)


@dataclass
class OneCase:
    """The case and what belongs to it, by the names that addresses use."""

    reference: str
    service_slug: str
    values: dict[str, str]
    """By the name of a route's part, or `<route>.<part>` where it differs: `desk-task.number`."""
    clients: dict[str, Client]


def make(sign_in: Callable[[Client, User], None]) -> OneCase:
    """Make the case by the product's own actions, and sign everybody in."""
    from moothall.casework import actions, bulk
    from moothall.casework.models import ReplyTemplate, Task
    from moothall.desk.models import SavedView
    from moothall.files.actions import receive
    from moothall.people.actor import applicant

    # Invented people may sign in to a demonstration only.
    User.objects.update(is_demonstration=False)
    bryn, maggie = _user("bryn"), _user("maggie")
    officer = _actor(bryn)
    case, payment = _bulky_waste(maggie)
    actions.add_note(case.pk, f"Says {WORDS['note']}", actor=officer, now=NOW)
    actions.set_task(case.pk, f"Ask {WORDS['task']}", actor=officer, now=NOW)
    actions.ask_call_back(case.pk, WORDS["call-back"], actor=applicant(maggie), now=NOW)
    actions.reply(case.pk, f"From {WORDS['reply']}", actor=officer, now=NOW)
    photo = receive(_photo(), owner=case.reference, name=f"{WORDS['file']}.png")
    actions.receive_reply(
        case.pk,
        f"I am in {WORDS['message']}",
        [photo.public_id],
        actor=applicant(maggie),
        now=NOW,
    )
    view = SavedView.objects.create(user=bryn, name=WORDS["saved view"], query="mine=1")
    case.refresh_from_db()
    tasks = {one.kind: one for one in Task.objects.filter(case=case)}
    run = bulk.draft(officer, "note", cases=[(case.pk, case.lock_version)], now=NOW)
    own = _draft(user=maggie)
    asha = _user("asha")
    call = _draft(adviser=asha, channel="phone")
    template = ReplyTemplate.objects.order_by("pk").first()
    failed = _failed_message(case.reference)
    key, hook = _machines()
    asked, hold = _privacy_office(case.reference)
    values = {
        "reference": case.reference,
        "slug": "bulky-waste",
        "service": "bulky_waste",
        "page": "address",
        "public_id": photo.public_id,
        "file_id": photo.public_id,
        "payment": payment.public_id,
        "provider_id": payment.provider_id,
        "run": run.public_id,
        "question": "where_left",
        "move_id": "cancel",
        "move": "cancel",
        "holder": call.holder,
        "user_id": str(bryn.pk),
        "pk": str(own.pk),
        "number": str(tasks["task"].number),
        "template": str(template.pk if template else 1),
        "team": "waste",
        "key": key,
        "hook": hook,
        "view": str(view.pk),
        "desk-call-made.number": str(tasks["call_back"].number),
        "desk-reply-edit.number": str(template.pk if template else 1),
        "desk-reply-remove.number": str(template.pk if template else 1),
        "desk-payment-wait.public_id": payment.public_id,
        "desk-payment-state.public_id": payment.public_id,
        "desk-api-key.public_id": key,
        "account-data-copy.public_id": _own_copy(maggie),
        "desk-hold.number": str(hold),
        "desk-record-file.kind": "json",
        "desk-subject-request.public_id": asked,
        "desk-subject-copy.public_id": asked,
        "desk-subject-file.public_id": asked,
        "desk-webhook.public_id": hook,
        **{
            f"{name}.public_id": run.public_id
            for name in (
                "desk-many-run", "desk-many-check", "desk-many-state", "desk-many-stop",
                "desk-many-resume", "desk-many-report",
            )
        },
        # What follows is itself the proof of who calls: a right one opens to anybody who holds it.
        "token": "a-made-up-one",
        "desk-remove-factor.pk": _second_factor(bryn),
        # Parts with no object of this case behind them.
        "rest": "a-made-up-one",
        "what": "message",
        "ref": failed,
        "deed": "retry",
        "delivery": "a-made-up-one",
    }  # fmt: skip
    return OneCase(case.reference, "bulky-waste", values, _clients(sign_in, case.ward))


def address_of(one: OneCase, prefix: str, pattern: URLPattern) -> str:
    """The address of a route for this case. Raises KeyError that says what to add."""
    route = prefix + str(pattern.pattern)
    for name in pattern.pattern.converters:
        value = one.values.get(f"{pattern.name}.{name}", one.values.get(name))
        if value is None:
            raise KeyError(
                f"{route}: nothing of the case is called <{name}>. Make one in tests/one_case.py "
                f"and give it there as “{pattern.name}.{name}” or “{name}”."
            )
        start = next(at for at in (route.find(f":{name}>"), route.find(f"<{name}>")) if at != -1)
        route = (
            route[: route.rfind("<", 0, start + 1)] + value + route[route.find(">", start) + 1 :]
        )
    return "/" + route.removeprefix("^").removesuffix("$")


def _user(name: str) -> User:
    return User.objects.get(email__startswith=f"{name}.")


def _actor(user: User) -> Any:
    from moothall.people.queries import actor_for

    return actor_for(user)


def _photo() -> BytesIO:
    from PIL import Image

    picture = BytesIO()
    Image.new("RGB", (4, 4), "white").save(picture, "PNG")
    picture.seek(0)
    return picture


def _bulky_waste(owner: User) -> tuple[Any, Any]:
    from moothall.casework.actions import open_case, start_payment
    from moothall.casework.types import ContactDetails
    from moothall.packs.queries import service
    from moothall.pay import actions as pay
    from moothall.pay.adapters import local
    from moothall.people.actor import applicant
    from moothall.places.queries import address
    from moothall.slots.models import Resource, Slot

    time = Slot.objects.create(
        resource=Resource.objects.get(slug="bulky_waste"),
        starts=NOW + timedelta(days=7),
        ends=NOW + timedelta(days=7, hours=5),
        place_number=90,
    )
    name = f"Ottoline {WORDS['name']}"
    case = open_case(
        service=service("bulky_waste"),
        answers={
            "from_home": True,
            "address": dict(address("990000000005") or {}),
            "items": [{"_id": "r1", "thing": "sofa", "how_many": 1}],
            "where_left": f"By the {WORDS['answer']}",
            "has_benefits": False,
            "collection_slot": time.as_answer(),
            "name": name,
            "email": WORDS["email"],
            "phone": None,
        },
        look_ups={},
        channel="online",
        actor=applicant(owner),
        key="one-case",
        contact=ContactDetails(name=name, email=WORDS["email"]),
        held_by="one-case",
        now=NOW,
    )
    payment = start_payment(
        case.pk, actor=applicant(owner), return_url="https://example.org/", now=NOW
    )
    local.end(payment.provider_id, "success", "")
    pay.refresh(payment.public_id, now=NOW)
    case.refresh_from_db()
    return case, payment


def _draft(**who: Any) -> Any:
    from moothall.journeys.models import Draft
    from moothall.packs.queries import service

    offered = service("bulky_waste")
    assert offered is not None
    draft = Draft.new(service_id=offered.id, definition_sha=offered.sha256, now=NOW, **who)
    draft.answers = {"from_home": True, "where_left": WORDS["draft"]}
    draft.save()
    return draft


def _failed_message(reference: str) -> str:
    from moothall.notify.models import Message

    message = Message.objects.filter(subject_ref=reference).order_by("pk").first()
    assert message is not None
    Message.objects.filter(pk=message.pk).update(status="failed", reason="No such mailbox")
    return message.reference


def _second_factor(user: User) -> str:
    return str(Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP).pk)


def _machines() -> tuple[str, str]:
    from moothall.api import hooks, keys
    from moothall.people.actor import SYSTEM

    bryn = _user("bryn")
    key = keys.make("CRM", bryn, ["cases:read"], actor=SYSTEM, now=NOW).key
    hook = hooks.make(
        "CRM", "https://crm.example/hook", ["case.opened"], owner=bryn, actor=SYSTEM, now=NOW
    )
    return key.public_id, hook.subscription.public_id


def _own_copy(user: User) -> str:
    """The copy of their data that the case's person asked for."""
    from moothall import outbox
    from moothall.website import own_data

    copy = own_data.ask(user, "en", now=NOW)
    outbox.drain(NOW, strict=True)
    return copy.public_id


def _privacy_office(reference: str) -> tuple[str, int]:
    """A request of the case's person with its copy made, and a hold on the case."""
    from moothall import outbox
    from moothall.casework import holds, subject_requests
    from moothall.casework.subject import Person

    admin = _actor(_user("tom"))
    person = Person(f"Ottoline {WORDS['name']}", WORDS["email"])
    asked = subject_requests.take(
        "access", person, "Seen at the desk", NOW.date(), actor=admin, now=NOW
    )
    subject_requests.build(asked.public_id, {}, actor=admin, now=NOW)
    outbox.drain(NOW, strict=True)
    review = NOW.date() + timedelta(days=90)
    hold = holds.place("A claim", review, actor=admin, reference=reference, now=NOW)
    return asked.public_id, hold.pk


def _clients(sign_in: Callable[[Client, User], None], ward: str) -> dict[str, Client]:
    from moothall.api import keys
    from moothall.people import staff
    from moothall.people.actor import SYSTEM

    members = Team.objects.get(slug="members")
    councillors = {"councillor": ward, "far-councillor": "X05000001"}
    assert ward not in ("", "X05000001")
    people = {
        "expired": _user("dilys"),
        "neighbour": _user("dafydd"),
        "resident": _user("maggie"),
        "elsewhere": _user("nadia"),
        "adviser": _user("asha"),
        "crew": _user("terry"),
        "officer": _user("bryn"),
        "manager": _user("marcus"),
        "designer": _user("priya"),
        "admin": _user("tom"),
    }
    for role, of_ward in councillors.items():
        people[role] = User.objects.create_user(
            f"{role}@wealdmere.example",
            "long enough a password",
            name=f"Cllr {role}",
            is_staff=True,
        )
        Membership.objects.create(user=people[role], team=members, job="councillor", ward=of_ward)
    people["ended"] = User.objects.create_user(
        "gone@wealdmere.example", "long enough a password", name="Gone Away", is_staff=True
    )
    Membership.objects.create(
        user=people["ended"], team=Team.objects.get(slug="waste"), job="officer"
    )
    clients = {"stranger": Client()}
    for role, person in people.items():
        clients[role] = Client()
        sign_in(clients[role], person)
    staff.end(people["ended"], actor=_actor(people["admin"]), now=NOW)
    for role, owner in (("key", people["officer"]), ("far-key", people["elsewhere"])):
        made = keys.make(role, owner, list(keys.SCOPES), actor=SYSTEM, now=NOW)
        clients[role] = Client(headers={"Authorization": f"Bearer {made.secret}"})
    clients["expired"].session.flush()
    assert clients["expired"].cookies[settings.SESSION_COOKIE_NAME].value
    return clients
