"""What every request passes: the log line, the content policy and our static files."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, QueryDict, UnreadablePostError
from django.http.response import HttpResponseBase

from moothall.design.forms import whole_number

logger = logging.getLogger("moothall.requests")

type_response = Callable[[HttpRequest], HttpResponseBase]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'{pay}; frame-ancestors 'none'; base-uri 'none'"
)


class RequestLog:
    """One structured line a request: method, route (never the path, which may hold a reference), status, time."""

    def __init__(self, get_response: type_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Time the request and write its line."""
        started = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        logger.info(
            "request",
            extra={
                "method": request.method,
                "route": match.route if match else "-",
                "status": response.status_code,
                "ms": round((time.perf_counter() - started) * 1000, 1),
            },
        )
        return response


class ContentPolicy:
    """A strict Content-Security-Policy on every response, and no caching of what is personal."""

    def __init__(self, get_response: type_response) -> None:
        self.get_response = get_response
        # GOV.UK Pay's page is reached by a redirect after our own form's POST: browsers hold
        # form-action against redirects too.
        pay = " https://www.payments.service.gov.uk" if settings.PAY["adapter"] == "govuk" else ""
        self.policy = POLICY.format(pay=pay)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Add the headers where the view has not set its own."""
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", self.policy)
        response.headers.setdefault(
            "Permissions-Policy", "geolocation=(self), camera=(self), microphone=()"
        )
        if "Cache-Control" not in response.headers and not request.path.startswith("/static/"):
            response.headers["Cache-Control"] = "no-store" if request.COOKIES else "no-cache"
        return response


class PlainInput:
    """What arrives is text that both databases can hold, and not more of it than we can take.

    No browser sends a NUL character, PostgreSQL keeps none, and it means nothing in any answer.
    """

    LARGEST = 120_000_000
    """Bytes of one request: ten files of the largest size. What is longer is refused unread."""

    def __init__(self, get_response: type_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Take out of address, query and cookies what nobody can have meant."""
        if "\0" in request.path_info:
            request.path_info = request.path_info.replace("\0", "\ufffd")
            request.path = request.path.replace("\0", "\ufffd")
        if "%00" in request.META.get("QUERY_STRING", ""):
            request.GET = _without_nul(request.GET)  # type: ignore[assignment]  # as read-only as it was
        if any("\0" in value for value in request.COOKIES.values()):
            request.COOKIES = {k: v for k, v in request.COOKIES.items() if "\0" not in v}
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> None:
        """Do the same for a form before anything reads it."""
        if (whole_number(request.META.get("CONTENT_LENGTH") or "") or 0) > self.LARGEST:
            raise RequestDataTooBig("The request is larger than what all files of a form may be.")
        if request.method != "POST":
            return
        try:
            nul = any(
                "\0" in one for name, values in request.POST.lists() for one in (name, *values)
            )
        except UnreadablePostError:
            return
        if nul:
            request.POST = _without_nul(request.POST)  # type: ignore[assignment]  # as read-only as it was


def _without_nul(fields: QueryDict) -> QueryDict:
    cleaned = QueryDict(mutable=True)
    for name, values in fields.lists():
        cleaned.setlist(name.replace("\0", ""), [one.replace("\0", "") for one in values])
    cleaned._mutable = False
    return cleaned


class StaticFiles:
    """Serves our own static files from the rooms, with a year's caching when the address carries a version.

    A council on one machine needs no second server for them; with nginx in front they never get here.
    """

    def __init__(self, get_response: type_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer `/static/…`, pass everything else on."""
        if not request.path.startswith(settings.STATIC_URL):
            return self.get_response(request)
        from django.contrib.staticfiles.views import serve
        from django.http import Http404

        if request.method not in {"GET", "HEAD"}:
            return HttpResponse(status=405)
        try:
            response = serve(request, request.path[len(settings.STATIC_URL) :], insecure=True)
        except Http404:
            return HttpResponse("Not found", status=404, content_type="text/plain")
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if request.GET.get("v") else "public, max-age=600"
        )
        return response
