"""Errors as `application/problem+json` (RFC 9457), one shape for every refusal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse

TITLES = {
    400: "The request cannot be read",
    401: "A key is needed",
    403: "This is not allowed",
    404: "There is no such thing",
    405: "This method is not possible here",
    406: "Only JSON can be sent",
    409: "It clashes with something else",
    412: "It changed in the meantime",
    413: "The request is too large",
    415: "The body must be JSON",
    422: "Something in the request is wrong",
    428: "The version is missing",
    429: "Too many requests",
    500: "Something went wrong here",
    503: "It is not possible at the moment",
}


class Problem(Exception):
    """An answer that says what is wrong and what to do. `errors` are (pointer, words)."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        kind: str = "about:blank",
        errors: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.kind = kind
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.more = more


def respond(problem: Problem, instance: str = "") -> HttpResponse:
    """Make the response of a problem. `instance` is the path that was asked for."""
    body: dict[str, Any] = {
        "type": problem.kind,
        "title": TITLES.get(problem.status, "Refused"),
        "status": problem.status,
        "detail": problem.detail,
    }
    if instance:
        body["instance"] = instance
    if problem.errors:
        body["errors"] = [{"pointer": where, "detail": what} for where, what in problem.errors]
    body |= problem.more
    response = HttpResponse(
        json.dumps(body, ensure_ascii=False),
        status=problem.status,
        content_type="application/problem+json",
    )
    for name, value in problem.headers.items():
        response.headers[name] = value
    response.headers["Cache-Control"] = "no-store"
    return response
