"""Every refusal of the API, as `application/problem+json` (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

PATH: Final = "/api/v1/"
KINDS: Final[Mapping[str, tuple[int, str, str]]] = {
    "not-readable": (400, "The request cannot be read", "The body is no JSON, or a header or parameter has the wrong form."),
    "key-in-address": (400, "A key is never put in an address", "Addresses are kept in logs. Take the key out, and ask for a new one: this one is known now."),
    "no-key": (401, "A key is needed", "Send `Authorization: Bearer mh_…` with a key that is live and used from where it may be."),
    "scope": (403, "The key may not do this", "The key lacks the scope that is named."),
    "not-allowed": (403, "Not allowed", "The owner of the key may not do this in this case, or not in its state."),
    "not-found": (404, "Not found", "There is nothing here, or not for this key."),
    "method": (405, "This method is not possible here", "The `Allow` header says which are."),
    "not-acceptable": (406, "Only JSON is sent", "Accept `application/json`."),
    "conflict": (409, "It clashes with something else", "What was asked for was taken, or is being done this moment."),
    "changed": (412, "The case was changed in the meantime", "`changes` say who did what. Read the case again and decide anew."),
    "too-large": (413, "The request is too large", "The detail says how large it may be."),
    "media-type": (415, "The body is not of a type that is read here", "Send `Content-Type: application/json`."),
    "invalid": (422, "Something in the request is wrong", "`errors` point to what is wrong and say what to do."),
    "key-used": (422, "The Idempotency-Key was used for another request", "Take a new key for a new request."),
    "version-needed": (428, "Say which version of the case you saw", "Send `If-Match` with the `ETag` of the case, or `*`."),
    "too-many": (429, "Too many requests", "Wait as many seconds as `Retry-After` says."),
    "broken": (500, "Something went wrong here", "It was written down. Try again later; nothing was changed."),
    "away": (503, "Another system does not answer", "Try again in a minute; nothing was changed."),
}  # fmt: skip
"""Every type of problem: its status, title, and what to do. The page of the API lists them."""


@dataclass
class Problem(Exception):
    """A refusal. `errors` are (JSON pointer, message); `more` are further members."""

    kind: str
    detail: str = ""
    errors: Sequence[tuple[str, str]] = ()
    more: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 0

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}"


def type_of(kind: str) -> str:
    """The address that stands for a type of problem: its place on the page of the API."""
    return f"{settings.PUBLIC_URL}{PATH}#{kind}"


def response(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The answer that says what is wrong."""
    status, title, what = KINDS[problem.kind]
    status = problem.status or status
    body: dict[str, Any] = {
        "type": type_of(problem.kind),
        "title": title,
        "status": status,
        "detail": problem.detail or what,
        "instance": request.path,
    }
    if problem.errors:
        body["errors"] = [{"pointer": at, "detail": words} for at, words in problem.errors]
    body |= problem.more
    answer = HttpResponse(
        json.dumps(body, ensure_ascii=False),
        status=status,
        content_type="application/problem+json",
    )
    for name, value in problem.headers.items():
        answer.headers[name] = value
    return answer


def pointer(*parts: str | int) -> str:
    """A JSON pointer (RFC 6901) to a place in the body."""
    return "".join(f"/{str(one).replace('~', '~0').replace('/', '~1')}" for one in parts)
