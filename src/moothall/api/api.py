"""The API put together: its operations, and what becomes of every error."""

from __future__ import annotations

import json
import logging
from typing import Any, Final

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.parser import Parser

from moothall.api import contract, problems
from moothall.api.contract import Call
from moothall.api.problems import Problem, pointer
from moothall.casework import errors as casework
from moothall.files.actions import FileRefused
from moothall.pay.actions import PayUnavailable
from moothall.people.limits import TooMany
from moothall.slots.actions import SlotTaken

logger = logging.getLogger("moothall.api")
DEEPEST: Final = 40
VERSION: Final = "1.0.0"


class JsonParser(Parser):
    """Reads JSON as RFC 8259 has it, in text that both databases can hold."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The value of the body. Raises Problem."""
        try:
            value = json.loads(request.body.decode("utf-8"), parse_constant=_no_number)
            _check_text(value, DEEPEST)
        except RequestDataTooBig as error:
            raise Problem("too-large") from error
        except (UnicodeError, RecursionError, ValueError) as error:
            raise Problem("not-readable", "The body is no JSON that can be read here.") from error
        if not isinstance(value, dict):
            raise Problem("invalid", "The body is a JSON object.", errors=[("", "An object")])
        return value


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON.")


def _check_text(value: Any, depth: int) -> None:
    if depth < 0:
        raise ValueError("Too deep.")
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("A NUL is in no text.")
        value.encode()
    elif isinstance(value, dict):
        for name, one in value.items():
            _check_text(name, depth)
            _check_text(one, depth - 1)
    elif isinstance(value, list):
        for one in value:
            _check_text(one, depth - 1)


api = NinjaAPI(
    title="Moothall",
    version=VERSION,
    urls_namespace="api-v1",
    docs_url=None,
    openapi_url=None,
    parser=JsonParser(),
)


def _on_problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    return problems.response(request, problem)


def _on_casework(request: HttpRequest, error: casework.CaseworkError) -> HttpResponse:
    return problems.response(request, of_casework(request, error))


def of_casework(request: HttpRequest, error: casework.CaseworkError) -> Problem:
    """A refusal of casework as a problem."""
    if isinstance(error, casework.NotFound):
        return Problem("not-found", str(error))
    if isinstance(error, casework.Conflict):
        call: Call | None = getattr(request, "_api_call", None)
        asked = call is not None and call.expected is not None
        changes = [
            {"sequence": one.sequence, "who": one.who, "what": one.what, "at": one.at.isoformat()}
            for one in error.changes
        ]
        return Problem(
            "changed" if asked else "conflict",
            str(error),
            more={"version": error.latest, "changes": changes},
            headers={"ETag": contract.etag(error.latest)},
        )
    if isinstance(error, (casework.Missing, casework.Invalid)):
        return Problem(
            "invalid", error.message, errors=[(_pointer(request, error.field), error.message)]
        )
    if isinstance(error, casework.NotComplete):
        at = pointer("answers", error.step) if error.step else "/answers"
        return Problem("invalid", str(error), errors=[(at, str(error))])
    if isinstance(error, casework.TooManyTries):
        return Problem("too-many", str(error), headers={"Retry-After": str(error.minutes * 60)})
    return Problem("not-allowed", str(error))


def _pointer(request: HttpRequest, name: str) -> str:
    """Where a field that casework names stands in the body: questions are among the answers."""
    told: frozenset[str] = getattr(request, "_api_questions", frozenset())
    return pointer("answers", name) if name in told else pointer(name)


def _on_invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    found, where = [], set()
    for one in error.errors:
        source, *rest = one["loc"]
        where.add(source)
        if source == "body":
            rest = rest[1:]  # the name of the handler's parameter
        words = str(one["msg"]).removeprefix("Value error, ")
        if one["type"] == "extra_forbidden":
            words = "There is no such field here."
        found.append(
            (pointer(*rest) if source == "body" else f"#{'.'.join(map(str, rest))}", words)
        )
    if "path" in where:
        return problems.response(request, Problem("not-found"))
    kind = "invalid" if where == {"body"} else "not-readable"
    words = "; ".join(f"{at or 'The body'}: {said}" for at, said in found[:3])
    return problems.response(request, Problem(kind, words, errors=found[:50]))


def _on_other(kind: str) -> Any:
    def on(request: HttpRequest, error: Exception) -> HttpResponse:
        return problems.response(request, Problem(kind, str(error)))

    return on


def _on_http(request: HttpRequest, error: HttpError) -> HttpResponse:
    if isinstance(error.__cause__, Problem):  # of our parser, wrapped
        return problems.response(request, error.__cause__)
    kind = {400: "not-readable", 404: "not-found", 413: "too-large"}.get(error.status_code)
    return problems.response(request, Problem(kind or "not-readable"))


def _on_file(request: HttpRequest, error: FileRefused) -> HttpResponse:
    return problems.response(
        request, Problem("invalid", str(error), errors=[("/files", str(error))])
    )


def _on_too_many(request: HttpRequest, error: TooMany) -> HttpResponse:
    wait = str(error.retry_after)
    return problems.response(request, Problem("too-many", headers={"Retry-After": wait}))


def _on_error(request: HttpRequest, error: Exception) -> HttpResponse:
    match = request.resolver_match
    logger.exception("The API failed", extra={"route": match.route if match else "-"})
    return problems.response(request, Problem("broken"))


def _on_slot(request: HttpRequest, error: SlotTaken) -> HttpResponse:
    words = "That time has just gone. Choose another one."
    return problems.response(request, Problem("conflict", words))


HANDLERS: Final[list[tuple[type[Exception], Any]]] = [
    (Problem, _on_problem),
    (casework.CaseworkError, _on_casework),
    (ValidationError, _on_invalid),
    (HttpError, _on_http),
    (FileRefused, _on_file),
    (TooMany, _on_too_many),
    (SlotTaken, _on_slot),
    (PayUnavailable, _on_other("away")),
    (Http404, _on_other("not-found")),
    (Exception, _on_error),
]
for _error, _handler in HANDLERS:
    api.add_exception_handler(_error, _handler)


def _put_together() -> None:
    from moothall.api import (
        catalogue,
        doing,
        figures,
        hook_calls,
        many,
        opening,
        reading,
        whole,
        work,
    )

    assert all((catalogue, doing, figures, hook_calls, many, opening, reading, whole, work))
    # An address with a name of its own comes before one that takes any name in its place.
    found = contract.router.path_operations
    for path in sorted(found, key=lambda path: [part[:1] == "{" for part in path.split("/")]):
        found[path] = found.pop(path)
    api.add_router("", contract.router)


_put_together()
