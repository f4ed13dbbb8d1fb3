"""The desk's screens for keys and webhooks, for administrators. A secret is shown once, when it is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib import messages
from django.contrib.messages import get_messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from moothall.api import hooks, keys
from moothall.api.events import EVENTS
from moothall.api.models import ApiKey, Delivery, Subscription
from moothall.casework.errors import CaseworkError, Invalid
from moothall.casework.permissions import TAKES_CONTACTS
from moothall.design.forms import whole_number
from moothall.packs.queries import offered
from moothall.people.access import staff_required
from moothall.people.actor import Actor
from moothall.people.models import Team, User
from moothall.people.queries import actor_for
from moothall.people.sign_in import signed_in_lately

KEYS = "/desk/api-keys/"
HOOKS = "/desk/webhooks/"
LASTS = {"90": "90 days", "365": "A year", "730": "Two years", "": "Until it is revoked"}
LATELY = "You signed in a while ago. Sign out and in again, then do this."
P = ParamSpec("P")


def admin_page(
    view: Callable[Concatenate[HttpRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Let only administrators in, and let no shared computer keep the page."""

    @wraps(view)
    @never_cache
    @staff_required(jobs=("admin",))
    def page(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        return view(request, *args, **kwargs)

    return page


def _actor(request: HttpRequest) -> Actor:
    return actor_for(request.user)


def _show(
    request: HttpRequest, template: str, values: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    actor = _actor(request)
    shared = {
        "actor": actor,
        "get_messages": get_messages(request),
        "may_see_insight": True,
        "takes_contacts": actor.plays(*TAKES_CONTACTS),
        "shortcuts": False,
    }
    return render(request, template, {**shared, **values}, status=status)


def _people() -> list[tuple[str, str]]:
    found = User.objects.filter(is_staff=True, is_active=True).order_by("name", "pk")
    return [("", "Choose a person"), *((str(one.pk), one.name or one.email) for one in found)]


def _owner(request: HttpRequest) -> User | None:
    number = whole_number(request.POST.get("owner", ""))
    return User.objects.filter(pk=number or 0, is_staff=True, is_active=True).first()


def _services() -> list[tuple[str, str]]:
    return [(one.id, one.name) for one in offered()]


def _form(request: HttpRequest, *many: str) -> dict[str, Any]:
    """What was typed, to be shown again."""
    given: dict[str, Any] = {name: request.POST.get(name, "") for name in request.POST}
    return {**given, **{name: request.POST.getlist(name) for name in many}}


# Keys


@admin_page
def api_keys(request: HttpRequest) -> HttpResponse:
    """The keys that other systems have. POST makes one and shows its secret, this once."""
    now = timezone.now()
    errors: list[tuple[str, str]] = []
    if request.method == "POST":
        errors = _blank(request, scopes="Choose at least one thing that the key may do")
        try:
            if not errors:
                return _secret_of_key(request, _make_key(request, now), "made")
        except keys.CannotMake as why:
            errors = [(why.field, str(why))]
    ended = "ended" in request.GET
    values = {
        "keys": list(keys.listed(ended=ended, now=now)[:300]),
        "ended": ended,
        "people": _people(),
        "scopes": [(name, name, words) for name, words in keys.SCOPES.items()],
        "services": _services(),
        "teams": list(Team.objects.order_by("name").values_list("slug", "name")),
        "lasts": list(LASTS.items()),
        "given": _form(request, "scopes", "services", "teams"),
        **_errors(errors),
    }
    return _show(request, "api/keys.html", values, 422 if errors else 200)


def _errors(errors: list[tuple[str, str]]) -> dict[str, Any]:
    return {
        "errors": [{"field": name, "message": words} for name, words in errors],
        "wrong": dict(errors),
    }


def _blank(request: HttpRequest, **more: str) -> list[tuple[str, str]]:
    """What was left out, all at once; or that the sign-in is too old for this."""
    if not signed_in_lately(request):
        return [("", LATELY)]
    asked = {"name": "Say which system it is for", "owner": "Choose a person", **more}
    return [
        (name, words) for name, words in asked.items() if not request.POST.get(name, "").strip()
    ]


def _make_key(request: HttpRequest, now: datetime) -> keys.Made:
    owner = _owner(request)
    if owner is None:
        raise keys.CannotMake("owner", "Choose the person whose rights the key has")
    minute = whole_number(request.POST.get("per_minute", ""))
    if minute is None:
        raise keys.CannotMake("per_minute", "Requests a minute must be between 1 and 60,000")
    days = request.POST.get("lasts", "")
    if days not in LASTS:
        raise keys.CannotMake("lasts", "Choose how long the key lasts")
    return keys.make(
        request.POST.get("name", ""),
        owner,
        request.POST.getlist("scopes"),
        actor=_actor(request),
        services=request.POST.getlist("services"),
        teams=request.POST.getlist("teams"),
        networks=[one for one in request.POST.get("networks", "").split() if one],
        per_minute=minute,
        expires_at=now + timedelta(days=int(days)) if days else None,
        now=now,
    )


def _secret_of_key(request: HttpRequest, made: keys.Made, what: str) -> HttpResponse:
    values = {"name": made.key.name, "secret": made.secret, "what": what, "back": KEYS,
              "back_words": "API keys", "kind": "key"}  # fmt: skip
    return _show(request, "api/secret.html", values)


@admin_page
def api_key(request: HttpRequest, public_id: str) -> HttpResponse:
    """One key: what it may do and when it was used; give it a new secret, or revoke it."""
    now = timezone.now()
    key = keys.listed(now=now).filter(public_id=public_id).first()
    key = key or keys.listed(ended=True, now=now).filter(public_id=public_id).first()
    if key is None:
        raise Http404("There is no such key.")
    if request.method == "POST":
        return _change_key(request, key, now)
    values = {
        "key": key,
        "live": key.is_live(now),
        "secrets": getattr(key, "live_secrets", []),
        "scopes": [(name, keys.SCOPES.get(name, "")) for name in key.scopes],
        "service_names": dict(_services()),
        "hooks": list(key.webhooks.order_by("name")),
    }
    return _show(request, "api/key.html", values)


def _change_key(request: HttpRequest, key: ApiKey, now: datetime) -> HttpResponse:
    there = HttpResponseRedirect(f"{KEYS}{key.public_id}/", status=303)
    if request.POST.get("do") == "revoke":  # at once, also for somebody who signed in long ago
        keys.revoke(key, actor=_actor(request), now=now)
        messages.success(request, f"The key “{key.name}” was revoked. It works no more.")
        return there
    if request.POST.get("do") != "rotate":
        return there
    if not signed_in_lately(request):
        messages.error(request, LATELY)
        return there
    try:
        made = keys.rotate(key, actor=_actor(request), now=now)
    except keys.CannotMake as why:
        messages.error(request, str(why))
        return there
    return _secret_of_key(request, made, "rotated")


# Webhooks


@admin_page
def webhooks(request: HttpRequest) -> HttpResponse:
    """The addresses that are told what happens. POST makes one and shows its secret, this once."""
    now = timezone.now()
    errors: list[tuple[str, str]] = []
    if request.method == "POST":
        errors = _blank(request, url="Give the address", events="Choose what it is told of")
        try:
            if not errors:
                return _secret_of_hook(request, _make_hook(request, now), "made")
        except Invalid as why:
            errors = [(why.field, why.message)]
    found = Subscription.objects.select_related("owner", "key").order_by("name", "pk")
    values = {
        "hooks": list(found[:300]),
        "people": _people(),
        "events": [(name, name, words) for name, words in EVENTS.items() if name != "webhook.test"],
        "services": _services(),
        "given": _form(request, "events", "services"),
        **_errors(errors),
    }
    return _show(request, "api/webhooks.html", values, 422 if errors else 200)


def _make_hook(request: HttpRequest, now: datetime) -> hooks.Made:
    owner = _owner(request)
    if owner is None:
        raise Invalid("owner", "Choose the person whose cases it is told of")
    return hooks.make(
        request.POST.get("name", ""),
        request.POST.get("url", ""),
        request.POST.getlist("events"),
        owner=owner,
        actor=_actor(request),
        services=request.POST.getlist("services"),
        now=now,
    )


def _secret_of_hook(request: HttpRequest, made: hooks.Made, what: str) -> HttpResponse:
    values = {
        "name": made.subscription.name,
        "secret": made.secret,
        "what": what,
        "back": f"{HOOKS}{made.subscription.public_id}/",
        "back_words": "The webhook",
        "kind": "webhook",
    }
    return _show(request, "api/secret.html", values)


@admin_page
def webhook(request: HttpRequest, public_id: str) -> HttpResponse:
    """One webhook: how it goes, what was sent, and what can be done about it."""
    one = Subscription.objects.select_related("owner", "key").filter(public_id=public_id).first()
    if one is None:
        raise Http404("There is no such webhook.")
    if request.method == "POST":
        return _change_hook(request, one)
    status = request.GET.get("status", "")
    found = one.deliveries.order_by("-sequence")
    if status in Delivery.Status.values:
        found = found.filter(status=status)
    values = {
        "hook": one,
        "deliveries": list(found[:50]),
        "statuses": [("", "All"), *Delivery.Status.choices],
        "status": status,
        "labels": dict(Delivery.Status.choices),
        "events": EVENTS,
        "service_names": dict(_services()),
    }
    return _show(request, "api/webhook.html", values)


def _change_hook(request: HttpRequest, one: Subscription) -> HttpResponse:
    now, actor, do = timezone.now(), _actor(request), request.POST.get("do", "")
    there = HttpResponseRedirect(f"{HOOKS}{one.public_id}/", status=303)
    if do == "rotate":
        if signed_in_lately(request):
            return _secret_of_hook(request, hooks.rotate(one, actor=actor, now=now), "rotated")
        messages.error(request, LATELY)
        return there
    try:
        if do == "test":
            hooks.send_test(one, now=now)
            messages.success(request, "A test is on its way. Its line appears below.")
        elif do in {"on", "off"}:
            hooks.change(one, actor=actor, enabled=do == "on", now=now)
            words = "on: it is told again" if do == "on" else "off: it is told nothing"
            messages.success(request, f"The webhook is {words}.")
        elif do == "remove":
            hooks.remove(one, actor=actor, now=now)
            messages.success(request, f"The webhook “{one.name}” was removed.")
            return HttpResponseRedirect(HOOKS, status=303)
        elif do == "again":
            hooks.redeliver(one, request.POST.get("delivery", ""), now=now)
            messages.success(request, "It is sent again, under the same id.")
    except CaseworkError as why:
        messages.error(request, str(why))
    return there
