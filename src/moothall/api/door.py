"""What every request of the API passes before anything else, and every answer after all else.

Nothing of a browser gets in (cookies are dropped, so a signed-in desk never acts here), large bodies
are refused unread, and whatever goes wrong further in comes out as `application/problem+json`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from moothall.api import keys
from moothall.api.problems import Problem, response
from moothall.design.forms import whole_number

PREFIX: Final = "/api/"
LARGEST: Final = 1_000_000
"""Bytes of a JSON body."""
LARGEST_FILE: Final = 10_100_000
PUBLIC: Final = frozenset({"/api/v1/", "/api/v1/openapi.json"})
_BY_STATUS: Final = {
    400: "not-readable",
    401: "no-key",
    403: "not-allowed",
    404: "not-found",
    405: "method",
    406: "not-acceptable",
    409: "conflict",
    412: "changed",
    413: "too-large",
    415: "media-type",
    422: "invalid",
    429: "too-many",
    503: "away",
}


class ApiDoor:
    """Middleware: stands outside all others but the log."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Let other addresses pass; hold those of the API to its contract."""
        if not request.path.startswith(PREFIX):
            return self.get_response(request)
        request.META.pop("HTTP_COOKIE", None)
        head = request.method == "HEAD"
        if head:
            request.method = "GET"
        answer = self._refused(request) or self._inside(request)
        if request.method == "OPTIONS" and answer.status_code == 405:
            answer = HttpResponse(status=204, headers={"Allow": answer.headers.get("Allow", "")})
        if "Allow" in answer.headers:
            answer.headers["Allow"] = _allowed(answer.headers["Allow"])
        for name, value in getattr(request, "_api_limit", {}).items():
            answer.headers[name] = value
        answer.headers["X-Content-Type-Options"] = "nosniff"
        if request.path not in PUBLIC:
            answer.headers["Cache-Control"] = "no-store"
        answer.cookies.clear()
        if head and isinstance(answer, HttpResponse):
            length = str(len(answer.content))
            answer.content = b""
            answer.headers["Content-Length"] = length
        return answer

    def _inside(self, request: HttpRequest) -> HttpResponseBase:
        answer = self.get_response(request)
        kind = str(answer.headers.get("Content-Type", ""))
        if answer.status_code < 400 or kind.startswith("application/problem+json"):
            return answer
        problem = Problem(_BY_STATUS.get(answer.status_code, "broken"))
        if answer.status_code < 500 and answer.status_code not in _BY_STATUS:
            problem = Problem("not-readable")
        kept = {n: v for n, v in answer.headers.items() if n in {"Allow", "Retry-After"}}
        problem.headers = kept
        return response(request, problem)

    def _refused(self, request: HttpRequest) -> HttpResponse | None:
        query = request.META.get("QUERY_STRING", "")
        if keys.IN_AN_ADDRESS.search(query) or keys.IN_AN_ADDRESS.search(request.path):
            request.META["QUERY_STRING"] = ""
            return response(request, Problem("key-in-address"))
        length = whole_number(request.META.get("CONTENT_LENGTH") or "") or 0
        most = LARGEST_FILE if request.path.endswith("/files") else LARGEST
        if length > most:
            words = f"At most {most:,} bytes are read here."
            return response(request, Problem("too-large", words))
        return None


def _allowed(methods: str) -> str:
    known = {one.strip() for one in methods.split(",") if one.strip()}
    if "GET" in known:
        known.add("HEAD")
    return ", ".join(sorted(known | {"OPTIONS"}))
