"""Sending one delivery, again and again for three days if need be, under one id."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

from django.db import transaction
from django.db.models import F

from moothall import outbox
from moothall.api import hooks, sending, signing
from moothall.api.models import Delivery, Subscription
from moothall.people.backends import may_sign_in

WAITS: Final = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Seconds between tries, as Standard Webhooks proposes: over three days in all."""
GONE: Final = 410


def backoff(failures: int) -> float:
    """Seconds to wait after so many failures."""
    return float(WAITS[min(failures, len(WAITS)) - 1])


def _gave_up(reason: str, delivery_id: int) -> None:
    Delivery.objects.filter(pk=delivery_id).update(status=Delivery.Status.FAILED)


@outbox.task(
    "api.deliver", external=True, retries=len(WAITS), backoff=backoff, lease=40, gave_up=_gave_up
)
def deliver(delivery_id: int, now: datetime) -> Callable[[], None] | None:
    """Send a delivery that waits. What came of the try is in its log at once."""
    one = Delivery.objects.select_related("subscription__owner").filter(pk=delivery_id).first()
    if one is None or one.status != Delivery.Status.WAITING:
        return None
    if why_not := _why_not(one.subscription):
        return partial(_over, one.pk, why_not, now)
    try:
        status = sending.post(one.subscription.url, one.body.encode(), headers(one, now))
    except sending.Refused as why:
        _tried(one, None, str(why), now)
        return partial(_over, one.pk, str(why), now)
    except sending.Unreachable as why:
        _tried(one, None, str(why), now)
        raise outbox.TryAgain(str(why)) from why
    if 200 <= status < 300:
        return partial(_delivered, one.pk, status, now)
    said = f"It answered {status}."
    _tried(one, status, said, now)
    if status == GONE:
        return partial(_gone, one.pk, now)
    raise outbox.TryAgain(said)


def _why_not(hook: Subscription) -> str:
    """Why nothing is sent to a subscription any more; empty when it is."""
    if hook.disabled_at is not None:
        return "The webhook is turned off."
    if not hook.owner.is_staff or not may_sign_in(hook.owner):
        return "Its owner no longer works here."
    if not signing.opened(hook.secret):
        return "Its secret was kept under another SECRET_KEY. Give it a new one."
    return ""


def headers(one: Delivery, now: datetime) -> dict[str, str]:
    """What is sent beside the body: id, time, and a signature for each live secret."""
    hook = one.subscription
    secrets = [signing.opened(hook.secret)]
    if hook.old_secret and hook.old_until is not None and hook.old_until > now:
        secrets.append(signing.opened(hook.old_secret))
    stamp = int(now.timestamp())
    return {
        "Content-Type": "application/json",
        "User-Agent": "Moothall-Webhooks/1",
        "webhook-id": one.public_id,
        "webhook-timestamp": str(stamp),
        "webhook-signature": signing.signatures(secrets, one.public_id, stamp, one.body),
    }


def _tried(one: Delivery, status: int | None, why: str, now: datetime) -> None:
    with transaction.atomic():
        Delivery.objects.filter(pk=one.pk).update(
            tries=F("tries") + 1, answer=status, why=why[:200], tried_at=now
        )
        Subscription.objects.filter(pk=one.subscription_id, failing_since=None).update(
            failing_since=now
        )


def _delivered(delivery_id: int, status: int, now: datetime) -> None:
    Delivery.objects.filter(pk=delivery_id).update(
        status=Delivery.Status.DELIVERED, tries=F("tries") + 1, answer=status, why="", tried_at=now
    )
    mine = Delivery.objects.filter(pk=delivery_id).values("subscription_id")
    Subscription.objects.filter(pk__in=mine).update(failing_since=None, last_ok_at=now)


def _over(delivery_id: int, why: str, now: datetime) -> None:
    Delivery.objects.filter(pk=delivery_id).update(
        status=Delivery.Status.FAILED, why=why[:200], tried_at=now
    )


def _gone(delivery_id: int, now: datetime) -> None:
    _over(delivery_id, "It answered 410: it wants nothing any more.", now)
    one = Delivery.objects.select_related("subscription__owner").get(pk=delivery_id)
    hooks.turn_off(one.subscription, "It answered 410: it wants nothing any more.", now)
