"""What every page knows: the council, the language, who is signed in."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from moothall.packs.queries import NOBODY, CouncilInfo, council

ONE_LANGUAGE = ("/desk/", "/insight/", "/stand-ins/", "/files/")
"""Addresses without a Welsh twin: staff's own pages."""


def language() -> str:
    """Return `en` or `cy`: the language of the page being made."""
    return (get_language() or "en").split("-")[0]


def council_of(request: HttpRequest) -> CouncilInfo:
    """Return the council in force, asked once a request."""
    found: CouncilInfo | None = getattr(request, "_council", None)
    if found is None:
        found = council()
        request._council = found  # type: ignore[attr-defined]  # our own note on the request
    return found


def twin(path: str) -> str:
    """Return the address of the same page in the other language, or "" where it has none."""
    if path.startswith(ONE_LANGUAGE):
        return ""
    if path == "/cy" or path.startswith("/cy/"):
        return path[3:] or "/"
    return "/cy" + path


def page(request: HttpRequest) -> dict[str, Any]:
    """Return the values for `design/page.html` and `design/desk.html`."""
    lang = language()
    found = council_of(request)
    contact = dict(found.contact or {})
    if lang == "cy":
        contact.update({name: said for name, said in found.in_welsh.items() if name in contact})
    return {
        "council": found,
        "council_name": found.name_in(lang),
        "contact": contact,
        "lang": lang,
        "root": "/cy" if lang == "cy" else "",
        "twin": twin(request.path) if len(found.languages) > 1 or found is NOBODY else "",
        "user": SimpleLazyObject(lambda: getattr(request, "user", None)),
        "signed_in": SimpleLazyObject(
            lambda: bool(getattr(getattr(request, "user", None), "is_authenticated", False))
        ),
    }
