"""A form whose security token no longer fits: the page comes back with what was typed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from moothall.design.pages import private_page

SECRET = ("password", "token", "secret", "csrfmiddlewaretoken", "draft", "idempotency")
"""Fields (or parts of their names) that are never shown again."""


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a post without a valid token. Nothing is stored; nothing that was typed is lost.

    Pages of a journey come back filled in, with a fresh token. Elsewhere the person is shown what
    they typed, so that they can copy it.
    """
    try:
        match = resolve(request.path_info)
    except Resolver404:
        match = None
    if match is not None and match.url_name == "journey-page":
        from moothall.journeys import views

        answer = views.shown_again(request, **match.kwargs)
        if answer is not None:
            return answer
    rotate_token(request)
    typed = [
        value
        for name, values in request.POST.lists()
        if not any(part in name.lower() for part in SECRET)
        for value in values
        if len(value) > 20
    ]
    return private_page(
        request,
        "journeys/csrf.html",
        {"typed": typed, "path": request.path, "title": _("Please send that again")},
        status=403,
    )
