"""Every address of the product is on the public list below, or refuses a stranger.

A new address that is not public needs no change here. A new public one is added to PUBLIC by hand,
so that opening a door is a decision that somebody can see.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

pytestmark = pytest.mark.django_db

# Names of addresses that anyone may open. What a person may see behind those that carry a reference
# or a token (track, files, drafts) is tested in their rooms: a made-up one must give nothing, below.
PUBLIC = {
    "health-live",
    "health-ready",
    "metrics",  # to this machine and to who has the token: tests/config/test_metrics.py
    "api-page",  # the API's page for people
    "api-openapi",  # its document: no secret, nothing about a case
}
PUBLIC_ROOMS = ("moothall.website.", "moothall.journeys.", "moothall.design.")
# Reached by other systems or by the demonstration; each has its own proof of who calls.
PUBLIC_VIEWS = {
    "moothall.insight.feedback_views.give",
    "moothall.insight.feedback_views.thanks",
    "moothall.insight.performance_views.overview",
    "moothall.insight.performance_views.service",
    "moothall.insight.performance_views.as_csv",
    "moothall.insight.performance_views.as_json",
    "moothall.people.account_views.sign_in",
    "moothall.people.desk_views.sign_in",
    "moothall.people.desk_views.passkey_sign_in",  # a challenge for a passkey, as JSON
}
# The demonstration has no accounts anywhere, so its stand-in for email is open; elsewhere it is staff's.
PUBLIC_IN_THE_DEMONSTRATION = {
    "moothall.notify.views.stand_in_messages",
}
STAFF_ROOMS = ("moothall.desk.", "moothall.insight.")
REFUSALS = {301, 302, 303, 400, 401, 403, 404, 405, 410}
SAMPLES = {
    "reference": "WM-AAA-AAA",
    "slug": "missed-bin",
    "service": "missed-bin",
    "id": "1",
    "pk": "1",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def _addresses(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from _addresses(pattern, prefix + str(pattern.pattern))
        else:
            yield prefix + _concrete(pattern), pattern


def _concrete(pattern: URLPattern) -> str:
    route = str(pattern.pattern)
    for name, converter in pattern.pattern.converters.items():
        kind = type(converter).__name__
        if kind == "IntConverter":
            value = "1"
        elif kind == "UUIDConverter":
            value = SAMPLES["uuid"]
        else:
            value = SAMPLES.get(name, "a-made-up-one")
        for written in (
            f"<{name}>",
            *(f"<{c}:{name}>" for c in ("str", "slug", "int", "uuid", "path")),
        ):
            route = route.replace(written, value)
        # Converters of our own have names of their own.
        start = route.find(f":{name}>")
        if start != -1:
            route = route[: route.rfind("<", 0, start)] + value + route[start + len(name) + 2 :]
    return route.removeprefix("^").removesuffix("$")


def _all() -> list[tuple[str, URLPattern]]:
    return sorted(_addresses(get_resolver()), key=lambda found: found[0])


def _view(pattern: URLPattern) -> str:
    callback = pattern.callback
    view = getattr(callback, "view_class", callback)
    return f"{view.__module__}.{getattr(view, '__name__', type(view).__name__)}"


def _is_public(pattern: URLPattern) -> bool:
    view = _view(pattern)
    return (
        pattern.name in PUBLIC
        or view in PUBLIC_VIEWS
        or view.startswith(PUBLIC_ROOMS)
        or view.startswith("allauth.")
    )


def _ids(found: list[tuple[str, URLPattern]]) -> list[str]:
    return [address or "(home)" for address, _ in found]


@pytest.mark.parametrize("demonstration", [True, False])
def test_a_stranger_gets_nowhere_private(settings, demonstration: bool) -> None:
    settings.DEMONSTRATION = demonstration
    client = Client(raise_request_exception=True)
    open_doors = []
    for address, pattern in _all():
        if _is_public(pattern) or (demonstration and _view(pattern) in PUBLIC_IN_THE_DEMONSTRATION):
            continue
        for method in ("get", "post"):
            answer = getattr(client, method)("/" + address)
            refused = answer.status_code in REFUSALS
            if not refused:
                open_doors.append(
                    f"{method.upper()} /{address} ({_view(pattern)}): {answer.status_code}"
                )
    assert open_doors == []


def test_no_address_breaks_for_a_stranger() -> None:
    client = Client(raise_request_exception=True)
    broken = []
    for address, pattern in _all():
        for method in ("get", "post"):
            answer = getattr(client, method)("/" + address)
            if answer.status_code >= 500 and pattern.name != "health-ready":
                broken.append(f"{method.upper()} /{address}: {answer.status_code}")
    assert broken == []


def test_a_resident_gets_nowhere_of_the_staff(django_user_model) -> None:
    resident = django_user_model.objects.create_user("resident@example.org")
    client = Client()
    client.force_login(resident)
    open_doors = []
    for address, pattern in _all():
        if _is_public(pattern) or not _view(pattern).startswith(STAFF_ROOMS):
            continue
        for method in ("get", "post"):
            answer = getattr(client, method)("/" + address)
            if answer.status_code not in REFUSALS:
                open_doors.append(f"{method.upper()} /{address}: {answer.status_code}")
    assert open_doors == []


def test_staff_without_a_second_factor_get_nowhere_of_the_staff(django_user_model) -> None:
    officer = django_user_model.objects.create_user(
        "half.way@wealdmere.example", "long enough a password", is_staff=True
    )
    client = Client()
    client.force_login(officer)
    open_doors = []
    for address, pattern in _all():
        if _is_public(pattern) or not _view(pattern).startswith(STAFF_ROOMS):
            continue
        answer = client.get("/" + address)
        if answer.status_code not in REFUSALS:
            open_doors.append(f"GET /{address}: {answer.status_code}")
    assert open_doors == []
