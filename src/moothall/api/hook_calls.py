"""Webhooks by the API: make, change, rotate, test, look at what was sent, send it again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from ninja import Query
from pydantic import Field

from moothall.api import hooks, paging, shapes
from moothall.api.contract import Call, Reply, endpoint
from moothall.api.models import Delivery, Subscription

TAG = "Webhooks"
HookId = Annotated[str, Field(max_length=24)]
Url = Annotated[str, Field(max_length=500)]
Events = Annotated[list[Annotated[str, Field(max_length=40)]], Field(min_length=1, max_length=40)]
Services = Annotated[list[shapes.Slug], Field(max_length=100)]


class HookIn(shapes.Body):
    """Where, and what of."""

    name: Annotated[str, Field(max_length=80)]
    url: Url = Field(description="https, on a public address.")
    events: Events
    services: Services = Field([], description="Empty: all that the owner of the key sees.")


class HookChange(shapes.Body):
    """What is changed; what is left out stays."""

    name: Annotated[str, Field(max_length=80)] | None = None
    url: Url | None = None
    events: Events | None = None
    services: Services | None = None
    enabled: bool | None = None


class HookOut(shapes.Schema):
    """A webhook. `secret` only where it was made or rotated just now."""

    id: str
    name: str
    url: str
    events: list[str]
    services: list[str]
    made_at: datetime
    made_by: str
    enabled: bool
    disabled_why: str
    failing_since: datetime | None
    last_ok_at: datetime | None
    secret: str | None = None


class HookList(shapes.Schema):
    """The webhooks of the key's owner."""

    webhooks: list[HookOut]


class DeliveryOut(shapes.Schema):
    """One thing that was told, and how it went."""

    id: str
    sequence: int
    event: str
    reference: str
    at: datetime
    status: str
    tries: int
    answer: int | None
    why: str
    tried_at: datetime | None


class DeliveryList(shapes.Schema):
    """Deliveries, newest first."""

    deliveries: list[DeliveryOut]
    next: str | None


class DeliveryQuery(shapes.Strict):
    """Only those that stand so, and the page."""

    status: Literal["", "waiting", "delivered", "failed"] = ""
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str = Field("", max_length=400)


def _out(one: Subscription, secret: str | None = None) -> HookOut:
    return HookOut(
        id=one.public_id,
        name=one.name,
        url=one.url,
        events=list(one.events),
        services=list(one.services),
        made_at=one.made_at,
        made_by=one.made_by_label,
        enabled=one.disabled_at is None,
        disabled_why=one.disabled_why,
        failing_since=one.failing_since,
        last_ok_at=one.last_ok_at,
        secret=secret,
    )


def _delivery(one: Delivery) -> DeliveryOut:
    return DeliveryOut(
        id=one.public_id,
        sequence=one.sequence,
        event=one.event,
        reference=one.reference,
        at=one.at,
        status=one.status,
        tries=one.tries,
        answer=one.answer,
        why=one.why,
        tried_at=one.tried_at,
    )


def _find(call: Call, hook: str) -> Subscription:
    return hooks.find(call.actor, hook, key=call.caller.key)


@endpoint("get", "/webhooks", scope="webhooks:manage", tag=TAG, summary="List webhooks",
          answer=HookList, curl="/webhooks")  # fmt: skip
def list_webhooks(call: Call) -> HookList:
    """The webhooks of the key's owner; for a key that is held to services or teams, those it made."""
    found = hooks.of_owner(call.actor, key=call.caller.key)
    return HookList(webhooks=[_out(one) for one in found])


@endpoint("post", "/webhooks", scope="webhooks:manage", tag=TAG, summary="Make a webhook",
          answer=HookOut, status=201, curl="/webhooks")  # fmt: skip
def make_webhook(call: Call, body: HookIn) -> Reply:
    """Have an address told when something happens. The secret is in this answer and in no other."""
    made = hooks.make(
        body.name,
        body.url,
        body.events,
        owner=call.caller.key.owner,
        actor=call.actor,
        services=body.services,
        key=call.caller.key,
        now=call.now,
    )
    one = made.subscription
    return Reply(
        _out(one, made.secret),
        headers={"Location": f"/api/v1/webhooks/{one.public_id}"},
        kept=_out(one),
    )


@endpoint("get", "/webhooks/{hook}", scope="webhooks:manage", tag=TAG, summary="Read a webhook",
          answer=HookOut)  # fmt: skip
def get_webhook(call: Call, hook: HookId) -> HookOut:
    """A webhook and whether what is sent to it gets through."""
    return _out(_find(call, hook))


@endpoint("patch", "/webhooks/{hook}", scope="webhooks:manage", tag=TAG, summary="Change a webhook",
          answer=HookOut)  # fmt: skip
def change_webhook(call: Call, hook: HookId, body: HookChange) -> HookOut:
    """Change where it goes and what of, or turn it off and on."""
    one = hooks.change(_find(call, hook), actor=call.actor, now=call.now, **body.model_dump())
    return _out(one)


@endpoint("delete", "/webhooks/{hook}", scope="webhooks:manage", tag=TAG,
          summary="Remove a webhook", status=204)  # fmt: skip
def remove_webhook(call: Call, hook: HookId) -> Reply:
    """Remove a webhook with its log."""
    hooks.remove(_find(call, hook), actor=call.actor, now=call.now)
    return Reply()


@endpoint("post", "/webhooks/{hook}/rotate", scope="webhooks:manage", tag=TAG,
          summary="Give a webhook a new secret", answer=HookOut)  # fmt: skip
def rotate_webhook(call: Call, hook: HookId) -> Reply:
    """A new secret. For a week everything is signed with the old one too."""
    made = hooks.rotate(_find(call, hook), actor=call.actor, now=call.now)
    return Reply(_out(made.subscription, made.secret), kept=_out(made.subscription))


@endpoint("post", "/webhooks/{hook}/test", scope="webhooks:manage", tag=TAG,
          summary="Send a test", answer=DeliveryOut, status=202)  # fmt: skip
def send_webhook_test(call: Call, hook: HookId) -> DeliveryOut:
    """Send an event of type `webhook.test`."""
    return _delivery(hooks.send_test(_find(call, hook), now=call.now))


@endpoint("get", "/webhooks/{hook}/deliveries", scope="webhooks:manage", tag=TAG,
          summary="List deliveries", answer=DeliveryList)  # fmt: skip
def list_deliveries(call: Call, hook: HookId, given: DeliveryQuery = Query(...)) -> Reply:  # noqa: B008  django-ninja's way
    """What was sent in the last 30 days, newest first, and how each try went."""
    found = _find(call, hook).deliveries.order_by("-sequence")
    what = [hook, given.status]
    after = paging.read(given.cursor, what)
    if given.status:
        found = found.filter(status=given.status)
    if after:
        found = found.filter(sequence__lt=int(after))
    rows = list(found[: given.limit + 1])
    more = len(rows) > given.limit
    rows = rows[: given.limit]
    following = paging.write(str(rows[-1].sequence), what) if more else None
    return Reply(
        DeliveryList(deliveries=[_delivery(one) for one in rows], next=following),
        headers=paging.link(call.request, following) if following else {},
    )


@endpoint("post", "/webhooks/{hook}/deliveries/{delivery}/redeliver", scope="webhooks:manage",
          tag=TAG, summary="Send a delivery again", answer=DeliveryOut, status=202)  # fmt: skip
def redeliver(
    call: Call, hook: HookId, delivery: Annotated[str, Field(max_length=40)]
) -> DeliveryOut:
    """Send a delivery again, under the same id."""
    return _delivery(hooks.redeliver(_find(call, hook), delivery, now=call.now))
