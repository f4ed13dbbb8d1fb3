"""Webhooks: subscriptions, what is written for them in the transaction of an event, and their log."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from moothall import outbox
from moothall.api import keys, signing
from moothall.api.events import EVENTS, types_of
from moothall.api.models import ApiKey, Delivery, Subscription
from moothall.api.sending import Refused, target_of
from moothall.casework import permissions
from moothall.casework.errors import Invalid, NotAllowed, NotFound
from moothall.casework.events import Kind
from moothall.casework.models import Case, Event
from moothall.notify import actions as notify
from moothall.packs.queries import offered
from moothall.people import audit
from moothall.people.actor import SYSTEM, Actor
from moothall.people.backends import may_sign_in
from moothall.people.models import User
from moothall.people.queries import actor_for

OVERLAP: Final = timedelta(days=7)
"""How long the old secret signs beside the new one."""
FAILING: Final = timedelta(days=5)
"""How long nothing may have got through before a webhook is turned off."""
KEPT: Final = timedelta(days=30)
"""How long deliveries stay in the log."""
MOST: Final = 50
"""Webhooks of one owner."""


@dataclass(frozen=True)
class Made:
    """A subscription and its secret, which is shown this once."""

    subscription: Subscription
    secret: str


def make(
    name: str,
    url: str,
    events: Sequence[str],
    *,
    owner: User,
    actor: Actor,
    services: Sequence[str] = (),
    key: ApiKey | None = None,
    now: datetime | None = None,
) -> Made:
    """Have `url` told of `events`. `key`: by which it is made; it is bounded by it and ends with it.

    Raises Invalid with the field.
    """
    now = now or timezone.now()
    secret = signing.new_secret()
    made = Subscription(
        public_id=f"hook_{secrets.token_hex(8)}",
        owner=owner,
        key=key,
        secret=signing.locked(secret),
        made_at=now,
        made_by_label=actor.label[:150],
    )
    _set(made, name=name, url=url, events=events, services=services)
    with transaction.atomic():
        if Subscription.objects.filter(owner=owner).count() >= MOST:
            raise Invalid("name", f"There are {MOST} webhooks of this owner. Remove one first.")
        made.save()
        audit.note("webhook_made", owner, by=actor, now=now, name=made.name)
    return Made(made, secret)


def _set(
    one: Subscription,
    *,
    name: str | None = None,
    url: str | None = None,
    events: Sequence[str] | None = None,
    services: Sequence[str] | None = None,
) -> None:
    if name is not None:
        one.name = " ".join(name.split())[:80]
        if not one.name:
            raise Invalid("name", "Say which system is told.")
    if url is not None:
        one.url = url.strip()
        try:
            target_of(one.url)
        except Refused as why:
            raise Invalid("url", str(why)) from None
    if events is not None:
        unknown = sorted(set(events) - set(EVENTS))
        if unknown or not events:
            words = f"There is no event “{unknown[0]}”." if unknown else "Choose an event at least."
            raise Invalid("events", words)
        one.events = [name for name in EVENTS if name in events]
    if services is not None:
        only = set(one.key.services) if one.key is not None and one.key.services else None
        known = {service.id for service in offered()}
        for service in services:
            if service not in known or (only is not None and service not in only):
                raise Invalid("services", f"There is no service “{service}” within reach.")
        one.services = sorted(set(services))


def change(
    one: Subscription,
    *,
    actor: Actor,
    name: str | None = None,
    url: str | None = None,
    events: Sequence[str] | None = None,
    services: Sequence[str] | None = None,
    enabled: bool | None = None,
    now: datetime | None = None,
) -> Subscription:
    """Change a subscription, or turn it off and on again; None leaves a thing as it is."""
    now = now or timezone.now()
    with transaction.atomic():
        one = Subscription.objects.select_for_update().get(pk=one.pk)
        _set(one, name=name, url=url, events=events, services=services)
        if enabled is True:
            if one.key is not None and not one.key.is_live(now):
                raise NotAllowed("The key by which it was made has ended. Make a new webhook.")
            one.disabled_at, one.disabled_why, one.failing_since = None, "", None
        elif enabled is False and one.disabled_at is None:
            one.disabled_at, one.disabled_why = now, f"Turned off by {actor.label}."[:200]
        one.save()
        audit.note("webhook_changed", one.owner, by=actor, now=now, name=one.name)
    return one


def rotate(one: Subscription, *, actor: Actor, now: datetime | None = None) -> Made:
    """Give it a new secret; for a week everything carries a signature by the old one too."""
    now = now or timezone.now()
    secret = signing.new_secret()
    with transaction.atomic():
        one = Subscription.objects.select_for_update().get(pk=one.pk)
        one.old_secret, one.old_until = one.secret, now + OVERLAP
        one.secret = signing.locked(secret)
        one.save(update_fields=["secret", "old_secret", "old_until"])
        audit.note("webhook_changed", one.owner, by=actor, now=now, name=one.name, secret="new")  # noqa: S106  a word, no secret
    return Made(one, secret)


def remove(one: Subscription, *, actor: Actor, now: datetime | None = None) -> None:
    """Remove it with its log."""
    with transaction.atomic():
        audit.note("webhook_removed", one.owner, by=actor, now=now, name=one.name)
        one.delete()


def of_owner(actor: Actor, *, key: ApiKey | None = None) -> QuerySet[Subscription]:
    """The subscriptions of this person; by a key that is held to something, those that it made."""
    found = Subscription.objects.filter(owner=actor.user_id or 0)
    if actor.only_services or actor.only_teams:
        found = found.filter(key=key)
    return found.select_related("owner", "key").order_by("name", "pk")


def find(actor: Actor, public_id: str, *, key: ApiKey | None = None) -> Subscription:
    """One of them. Raises NotFound."""
    one = of_owner(actor, key=key).filter(public_id=public_id).first()
    if one is None:
        raise NotFound("There is no webhook of this name.")
    return one


def send_test(one: Subscription, *, now: datetime | None = None) -> Delivery:
    """Send an event of type `webhook.test`."""
    now = now or timezone.now()
    with transaction.atomic():
        return _write(one, "webhook.test", "", {}, now, now)


def redeliver(one: Subscription, public_id: str, *, now: datetime | None = None) -> Delivery:
    """Send a delivery again under the same id. Raises NotFound."""
    now = now or timezone.now()
    with transaction.atomic():
        delivery = one.deliveries.select_for_update().filter(public_id=public_id).first()
        if delivery is None:
            raise NotFound("There is no delivery of this name, or its time in the log is over.")
        delivery.status, delivery.why = Delivery.Status.WAITING, ""
        delivery.save(update_fields=["status", "why"])
        # Not unique: a try that waits for hours must not keep this one from being made now.
        outbox.enqueue("api.deliver", delivery_id=delivery.pk)
    return delivery


# From an event to deliveries


def when_event(case: Case, event: Event) -> None:
    """Something happened to a case: called in its transaction. One query when nobody listens."""
    ended = case.ended_at is not None and case.ended_at == event.at
    types = types_of(event.kind, ended)
    if event.kind == Kind.MESSAGE_QUEUED and event.fields.get("audience") != "applicant":
        types = []
    if not types or not Subscription.objects.filter(disabled_at=None).exists():
        return
    outbox.enqueue(
        "api.tell",
        reference=case.reference,
        types=types,
        at=event.at.isoformat(),
        data={
            "reference": case.reference,
            "service": case.service_id,
            "state": case.state,
            "ended": case.ended_at is not None,
            "event": event.sequence,
        },
    )


@outbox.task("api.tell")
def tell(reference: str, types: list[str], at: str, data: dict[str, Any], now: datetime) -> None:
    """Write a delivery for each subscription that is to be told and whose owner may see the case."""
    case = Case.objects.filter(reference=reference).first()
    if case is None:
        return
    for one in Subscription.objects.filter(disabled_at=None).select_related("owner", "key"):
        wanted = [name for name in types if name in one.events]
        if not wanted or (one.services and case.service_id not in one.services):
            continue
        if not _may_be_told(one, case, now):
            continue
        for name in wanted:
            _write(one, name, reference, data, datetime.fromisoformat(at), now)


def _may_be_told(one: Subscription, case: Case, now: datetime) -> bool:
    owner = one.owner
    if not owner.is_staff or not may_sign_in(owner):
        return False
    if one.key is not None and not one.key.is_live(now):
        return False
    actor = actor_for(owner) if one.key is None else keys.actor_of(one.key)
    return permissions.sees_row(case, actor)


def _write(
    one: Subscription, name: str, reference: str, data: dict[str, Any], at: datetime, now: datetime
) -> Delivery:
    Subscription.objects.filter(pk=one.pk).update(sequence=F("sequence") + 1)
    one.refresh_from_db(fields=["sequence"])
    told = {**data, "sequence": one.sequence}
    if reference:
        told["url"] = f"{settings.PUBLIC_URL}/api/v1/cases/{reference}"
    delivery = Delivery.objects.create(
        public_id=f"msg_{secrets.token_hex(12)}",
        subscription=one,
        sequence=one.sequence,
        event=name,
        reference=reference,
        body=json.dumps({"type": name, "timestamp": at.isoformat(), "data": told}),
        at=now,
    )
    outbox.enqueue("api.deliver", unique=f"api.deliver:{delivery.pk}", delivery_id=delivery.pk)
    return delivery


# By day


@outbox.task("api.look_after")
def look_after(now: datetime) -> None:
    """Turn off what nobody answers any more and tell its owner; forget old answers and deliveries."""
    from moothall.api.contract import forget_answers

    forget_answers(now)
    Delivery.objects.filter(at__lt=now - KEPT).exclude(status=Delivery.Status.WAITING).delete()
    for one in Subscription.objects.filter(
        Q(failing_since__lt=now - FAILING), disabled_at=None
    ).select_related("owner"):
        turn_off(one, f"Nothing got through for {FAILING.days} days.", now)


def turn_off(one: Subscription, why: str, now: datetime) -> None:
    """Turn a subscription off and tell its owner by email, in the caller's transaction."""
    Subscription.objects.filter(pk=one.pk, disabled_at=None).update(
        disabled_at=now, disabled_why=why
    )
    audit.note("webhook_changed", one.owner, by=SYSTEM, now=now, name=one.name, off=True)
    notify.queue(
        to=one.owner.email,
        means="email",
        subject=f"A webhook was turned off: {one.name}",
        body=f"We could not tell “{one.name}” what happens to cases, and have stopped trying.\n\n"
        f"{why}\n\nMend the system that is told, then turn the webhook on again and send what it "
        f"missed: {settings.PUBLIC_URL}/desk/webhooks/",
        key=f"webhook-off:{one.public_id}:{now.isoformat()}",
        now=now,
    )


outbox.every("api.look_after", 3600, "api.look_after")
