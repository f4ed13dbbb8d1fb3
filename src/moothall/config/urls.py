"""The address space: each room brings its own addresses, mounted here (docs/design.md)."""

from __future__ import annotations

from importlib.util import find_spec

from django.conf.urls.i18n import i18n_patterns
from django.urls import URLPattern, URLResolver, include, path

from moothall.config import health, metrics


def _room(room: str, module: str = "urls") -> list[URLPattern | URLResolver]:
    """The addresses of a room, or none when the room was taken out of the house."""
    if find_spec(f"moothall.{room}.{module}") is None:
        return []
    return [path("", include(f"moothall.{room}.{module}"))]


urlpatterns: list[URLPattern | URLResolver] = [
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("metrics", metrics.show, name="metrics"),
    *_room("people"),
    *_room("files"),
    *_room("notify"),
    *_room("pay"),
    *_room("design"),
    *_room("desk"),
    *_room("api"),
    *_room("insight"),
    *i18n_patterns(
        *_room("people", "account_urls"),
        *_room("insight", "public_urls"),
        *_room("journeys"),
        *_room("website"),
        prefix_default_language=False,
    ),
]

if find_spec("moothall.website.errors"):
    handler400 = "moothall.website.errors.bad_request"
    handler403 = "moothall.website.errors.forbidden"
    handler404 = "moothall.website.errors.not_found"
    handler500 = "moothall.website.errors.server_error"
