"""Pages for when something is not there, not allowed or went wrong: in our design, with a way on."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from moothall.design import away
from moothall.design.pages import private_page


def _page(request: HttpRequest, status: int, title: str, words: str) -> HttpResponse:
    return private_page(
        request,
        "website/error.html",
        {"title": title, "words": words, "status": status},
        status=status,
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404."""
    return _page(
        request,
        404,
        _("Page not found"),
        _("If you typed the address, check it. If you followed a link, it may be old."),
    )


def gone(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """410."""
    return _page(
        request,
        410,
        _("This page is no longer here"),
        _("What was here has been taken down, or its time is over."),
    )


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return _page(
        request,
        403,
        _("You can't see this page"),
        _("It is for somebody else, or you need to sign in with another account."),
    )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    return _page(
        request,
        400,
        _("We did not understand that"),
        _("Go back and try again. If you were sending files, send fewer or smaller ones."),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """500. Works without the database: what broke may be just that, and then it is a 503."""
    from moothall.packs.queries import NOBODY

    kind = away.kind_of(sys.exc_info()[1])
    if kind is not None:
        return away.answer(request, kind)

    if not hasattr(request, "_council"):
        try:
            from moothall.design.context import council_of

            council_of(request)
        except Exception:
            request._council = NOBODY  # type: ignore[attr-defined]  # our own note on the request
    try:
        return _page(
            request,
            500,
            _("Sorry, something went wrong"),
            _("It is our fault, not yours. Please try again in a few minutes."),
        )
    except Exception:
        return HttpResponse(
            "Sorry, something went wrong. Please try again in a few minutes.",
            status=500,
            content_type="text/plain; charset=utf-8",
        )
