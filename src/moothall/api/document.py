"""The document of the API in OpenAPI 3.1: what django-ninja knows of it, and the contract around it."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, Final

from django.conf import settings
from ninja.openapi.schema import get_schema

from moothall.api import examples, keys
from moothall.api.api import api
from moothall.api.contract import OPERATIONS, Meant
from moothall.api.problems import KINDS, PATH, type_of

ABOUT: Final = """\
Everything that an officer does at the desk, for other systems.

A key acts for one member of staff: it may do what its scopes open, as far as its owner may by the
service files, within the services and teams to which it is limited. Everything is JSON; every refusal
is `application/problem+json`. Lists come in pages with a cursor. A change can carry an
`Idempotency-Key`, so that it is done once however often it is sent, and `If-Match` with the `ETag` of
the case, so that nobody's work is overwritten. Times are RFC 3339 with a zone; money is in pence.
"""
_PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "A refusal, after RFC 9457.",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "Which kind of problem."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong here, and what to do."},
        "instance": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {
                    "pointer": {
                        "type": "string",
                        "description": "JSON pointer into the body (RFC 6901), or `#name` of a "
                        "parameter.",
                    },
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
TAGS: Final = (
    "The key",
    "Reading cases",
    "Working on a case",
    "Opening cases",
    "What waits for me",
    "Tasks and calls",
    "Joining and handing over",
    "Money",
    "Many cases at once",
    "Reply templates",
    "Services",
    "People and teams",
    "Figures of a team",
    "Wards and councillors",
    "Troubles",
    "Webhooks",
)
"""The groups of operations, in the order in which somebody meets them."""
_LIMITS: Final = {
    "RateLimit": {"$ref": "#/components/headers/RateLimit"},
    "RateLimit-Policy": {"$ref": "#/components/headers/RateLimit-Policy"},
}


def _statuses(meant: Meant) -> list[int]:
    found = {400, 401, 403, 406, 429, 500}
    if "{" in meant.path:
        found.add(404)
    if meant.takes:
        found |= {413, 415, 422}
    if meant.method in {"post", "put", "delete"}:
        found |= {409, 422, 404, 503}
    if meant.match:
        found.add(412)
    if meant.match == "needed":
        found.add(428)
    return sorted(found)


def _problem(status: int, path: str) -> dict[str, Any]:
    said = {name: (title, what) for name, (code, title, what) in KINDS.items() if code == status}
    shown = f"{PATH.rstrip('/')}{path.replace('{reference}', examples.REFERENCE)}"
    return {
        "description": " Or: ".join(f"{title}. {what}" for title, what in said.values()),
        "content": {
            "application/problem+json": {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {
                    name: {
                        "value": {
                            "type": type_of(name),
                            "title": title,
                            "status": status,
                            "detail": what,
                            "instance": shown,
                        }
                    }
                    for name, (title, what) in said.items()
                },
            }
        },
    }


def _headers(meant: Meant) -> list[dict[str, Any]]:
    found = []
    if meant.idempotent:
        found.append({"$ref": "#/components/parameters/Idempotency-Key"})
    if meant.match:
        name = "If-Match-needed" if meant.match == "needed" else "If-Match"
        found.append({"$ref": f"#/components/parameters/{name}"})
    return found


def _finish(operation: dict[str, Any], meant: Meant) -> None:
    for one in operation.get("parameters", []):
        one.pop("examples", None)  # they are in its schema, where a list may stand
    operation["parameters"] = [*operation.get("parameters", []), *_headers(meant)]
    if not operation["parameters"]:
        del operation["parameters"]
    operation["security"] = [{"Key": [meant.scope] if meant.scope else []}]
    if meant.scope:
        operation["description"] += f"\n\nScope: `{meant.scope}`."
    responses = {str(status): body for status, body in operation["responses"].items()}
    good = responses[str(meant.status)]
    good["description"] = "Done." if meant.method != "get" else "As asked."
    good["headers"] = dict(_LIMITS)
    if meant.idempotent:
        good["headers"]["Idempotent-Replayed"] = {
            "description": "`true` where the answer was given before.",
            "schema": {"type": "string"},
        }
    if meant.id == "get_file":
        binary = {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}}
        good["content"] = {"application/octet-stream": binary, "image/*": binary}
    if meant.id == "list_cases":
        good["headers"]["Link"] = {
            "description": 'The next page, as `<…>; rel="next"`.',
            "schema": {"type": "string"},
        }
    if meant.id == "get_case":
        responses["304"] = {"description": "It is as `If-None-Match` says you have it."}
    for status in _statuses(meant):
        responses[str(status)] = _problem(status, meant.path)
    operation["responses"] = dict(sorted(responses.items()))
    if meant.takes == "application/octet-stream":
        operation["requestBody"] = {
            "required": True,
            "description": "The bytes of the file, 10 MB at most.",
            "content": {meant.takes: {"schema": {"type": "string", "contentEncoding": "binary"}}},
        }
    elif meant.id in examples.BODIES and "requestBody" in operation:
        for content in operation["requestBody"]["content"].values():
            content["example"] = examples.BODIES[meant.id]


def build(public_url: str) -> dict[str, Any]:
    """The document, for a council at this address."""
    from moothall.api.events import document as webhooks

    found: dict[str, Any] = json.loads(json.dumps(get_schema(api, PATH.strip("/"))))
    found["openapi"] = "3.1.0"
    found["info"] = {
        "title": "Moothall",
        "version": api.version,
        "description": ABOUT,
        "license": {"name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later"},
    }
    found["servers"] = [{"url": public_url}]
    for operations in found["paths"].values():
        for operation in operations.values():
            _finish(operation, OPERATIONS[operation["operationId"]])
    parts = found["components"]
    parts["schemas"]["Problem"] = _PROBLEM
    for name, example in examples.ANSWERS.items():
        parts["schemas"][name]["examples"] = [example]
    parts["securitySchemes"] = {
        "Key": {
            "type": "http",
            "scheme": "bearer",
            "description": "A key of the desk, as `Authorization: Bearer mh_…`. Scopes:\n\n"
            + "\n".join(f"* `{name}`: {words}" for name, words in keys.SCOPES.items()),
        }
    }
    parts["headers"] = {
        "RateLimit": {
            "description": 'Requests that are left: `"key";r=<left>;t=<seconds>`.',
            "schema": {"type": "string"},
        },
        "RateLimit-Policy": {
            "description": 'The limit of the key: `"key";q=<requests>;w=<seconds>`.',
            "schema": {"type": "string"},
        },
    }
    parts["parameters"] = {
        "Idempotency-Key": {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "Any text of yours, such as a UUID. The same again with the same body "
            "within 24 hours gives the same answer and does nothing.",
            "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,255}$"},
        },
        "If-Match": _if_match(required=False),
        "If-Match-needed": _if_match(required=True),
    }
    found["tags"] = [{"name": name} for name in TAGS]
    found["webhooks"] = webhooks()
    return found


def _if_match(*, required: bool) -> dict[str, Any]:
    return {
        "name": "If-Match",
        "in": "header",
        "required": required,
        "description": "The `ETag` of the case as you saw it, or `*` for however it is.",
        "schema": {"type": "string", "pattern": r'^(\*|"v[0-9]{1,9}")$'},
        "example": '"v3"',
    }


@lru_cache(maxsize=2)
def text(public_url: str = "") -> str:
    """The document as JSON; made once."""
    return json.dumps(build(public_url or settings.PUBLIC_URL), ensure_ascii=False, indent=1)
