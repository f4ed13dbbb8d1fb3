"""What the API shows without a key: its page for people, its document, and that there is nothing."""

from __future__ import annotations

import hashlib
import json
import shlex
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from moothall.api import document, examples, keys
from moothall.api.api import api
from moothall.api.contract import OPERATIONS, Meant
from moothall.api.events import EVENTS
from moothall.api.problems import KINDS, Problem, response

FRESH = "public, max-age=300"


@csrf_exempt
def nothing_here(request: HttpRequest, rest: str) -> HttpResponse:
    """Say that there is nothing at an address under /api/."""
    return response(request, Problem("not-found", "There is nothing at this address of the API."))


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """The document of the API. Public: it holds no secret and nothing about a case."""
    text = document.text(settings.PUBLIC_URL)
    mark = f'"{hashlib.sha256(text.encode()).hexdigest()[:16]}"'
    if mark in request.headers.get("If-None-Match", ""):
        return HttpResponse(status=304, headers={"ETag": mark, "Cache-Control": FRESH})
    return HttpResponse(
        text, content_type="application/json", headers={"ETag": mark, "Cache-Control": FRESH}
    )


@dataclass(frozen=True)
class Shown:
    """An operation as the page shows it."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    scope: str
    curl: str


def _curl(meant: Meant) -> str:
    """How the operation is called from a shell."""
    path = meant.curl or meant.path
    path = path.replace("{reference}", examples.REFERENCE)
    lines = ['curl -H "Authorization: Bearer $KEY"']
    if meant.method not in {"get", "post"} or (meant.method == "post" and not meant.takes):
        lines[0] += f" -X {meant.method.upper()}"
    if meant.idempotent:
        lines.append('-H "Idempotency-Key: $(uuidgen)"')
    if meant.match == "needed":
        lines.append("-H 'If-Match: \"v3\"'")
    if meant.takes == "application/octet-stream":
        lines += ["-H 'Content-Type: application/octet-stream'", "--data-binary @photo.jpg"]
    elif meant.takes:
        body = json.dumps(examples.BODIES.get(meant.id, {}), ensure_ascii=False)
        lines += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(body)}"]
    lines.append(shlex.quote(f"{settings.PUBLIC_URL}/api/v1{path}"))
    return " \\\n  ".join(lines)


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The API for people: every operation with an example, scopes, problems and events."""
    summaries: dict[str, Any] = {
        str(operation.operation_id): operation
        for bound in api._get_bound_routers()
        for view in bound.path_operations.values()
        for operation in view.operations
    }
    groups: dict[str, list[Shown]] = {tag: [] for tag in document.TAGS}
    for meant in OPERATIONS.values():
        operation = summaries[meant.id]
        groups[meant.tag].append(
            Shown(
                meant.id,
                meant.method.upper(),
                f"/api/v1{meant.path}",
                operation.summary,
                " ".join(operation.description.split()),
                meant.scope,
                _curl(meant),
            )
        )
    values = {
        "url": settings.PUBLIC_URL,
        "groups": list(groups.items()),
        "scopes": list(keys.SCOPES.items()),
        "problems": [(name, *said) for name, said in KINDS.items()],
        "events": list(EVENTS.items()),
        "main_lang": "en",
    }
    answer = render(request, "api/page.html", values)
    answer.headers["Cache-Control"] = "no-cache"
    return answer
