"""What cannot be helped just now: the database does not answer, or the disk is full.

Neither is a fault of the program: people are told plainly that nothing was lost and to try again, machines
get 503 with `Retry-After` (RFC 9110, section 15.6.4), and everything goes on by itself when it is over.
"""

from __future__ import annotations

import errno
from typing import Literal

from django.db import Error, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

RETRY_SECONDS = 10
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
NOT_AWAY = ("no such ", "near ", "unrecognized token", "incomplete input", "ambiguous column")
"""How SQLite says that a statement is wrong, by the same class of error as when it is busy."""

Kind = Literal["database", "disk"]


def kind_of(error: BaseException | None) -> Kind | None:
    """What is away, by the error or what caused it; None for a fault of the program."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        words = str(error).lower()
        if isinstance(error, OSError) and error.errno in FULL:
            return "disk"
        if isinstance(error, Error) and (
            "disk is full" in words or "no space left" in words or "disk full" in words
        ):
            return "disk"
        if isinstance(error, InterfaceError) or (
            isinstance(error, OperationalError) and not words.startswith(NOT_AWAY)
        ):
            return "database"
        error = error.__cause__ or error.__context__
    return None


def answer(request: HttpRequest, kind: Kind) -> HttpResponse:
    """The answer to a request that could not be served. Asks nothing of database, disk or templates."""
    if request.path.startswith("/api/"):
        response: HttpResponse = JsonResponse(
            {
                "type": "about:blank",
                "title": "Not just now",
                "status": 503,
                "detail": "The storage is full or does not answer. Nothing was changed. Send it again, with "
                "the same Idempotency-Key, after as many seconds as Retry-After says.",
            },
            status=503,
            content_type="application/problem+json",
        )
    else:
        title = _("Sorry, we can't do this just now")
        words = _(
            "Our computer is busy or being looked after. Nothing that you sent before is lost. "
            "Wait a moment, then press the Reload button of your browser. What you typed is sent again, "
            "and it counts only once."
        )
        body = (
            f'<!doctype html><html lang="{_("en")}"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<title>{title}</title><link rel="stylesheet" href="/static/design/moothall.css"></head>'
            f'<body class="govuk-template__body"><div class="govuk-width-container">'
            f'<main class="govuk-main-wrapper" id="main-content"><h1 class="govuk-heading-l">{title}</h1>'
            f'<p class="govuk-body">{words}</p></main></div></body></html>'
        )
        response = HttpResponse(body, status=503)
    response["Retry-After"] = str(RETRY_SECONDS)
    response["Cache-Control"] = "no-store"
    return response
