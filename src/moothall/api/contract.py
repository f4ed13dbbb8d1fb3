"""How each operation of the API is made: who may, what is read, what is answered, and done once.

    @endpoint("post", "/cases/{reference}/notes", scope="cases:write", answer=Changed, ...)
    def add_note(call: Call, reference: str, body: NoteIn) -> Changed: …

A change is one transaction with the record of its Idempotency-Key; `alone=True` is for actions that
speak to other systems or copy files and so make their transactions themselves: their record is
written before and after, and they are safe to be done again.
"""

from __future__ import annotations

import hashlib
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, get_type_hints

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from ninja import Router, Schema
from ninja.security import HttpBearer
from pydantic import ConfigDict

from moothall.api import keys
from moothall.api.models import Answered
from moothall.api.problems import Problem
from moothall.people import limits
from moothall.people.actor import Actor
from moothall.people.sign_in import caller_address

router = Router()
KEPT: Final = timedelta(hours=24)
"""How long an answer is kept for a repeated request."""
GIVEN_UP: Final = timedelta(minutes=2)
"""After so long, a request that was never answered is taken to have been killed."""
WRONG_KEYS: Final = 60
"""Wrong keys from one network in ten minutes."""
_ETAG = re.compile(r'"v(\d{1,18})"\Z', re.ASCII)
_IDEMPOTENCY = re.compile(r"[\x21-\x7e]{1,255}\Z")


class Strict(Schema):
    """A body or a set of parameters: fields that nobody knows are refused."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


@dataclass
class Call:
    """One request by a key. `expected`: the version of the case that `If-Match` names."""

    request: HttpRequest
    caller: keys.Caller
    now: datetime
    expected: int | None = None

    @property
    def actor(self) -> Actor:
        """Who acts."""
        return self.caller.actor

    @property
    def sent(self) -> bytes:
        """The body as it came. A file is read from the stream: it may be larger than any JSON."""
        if self.request.content_type == "application/json":
            return self.request.body
        kept: bytes | None = getattr(self.request, "_api_sent", None)
        if kept is None:
            kept = self.request.read()
            self.request._api_sent = kept  # type: ignore[attr-defined]  # our own note on the request
        return kept

    @property
    def mark(self) -> str:
        """What makes a repeated request the same to an action: from its Idempotency-Key, or empty."""
        given = self.request.headers.get("Idempotency-Key", "")
        return f"api-{sha(f'{self.caller.key.pk} {given}')[:32]}" if given else ""


@dataclass
class Reply:
    """An answer with a status or headers of its own.

    `kept` is what a repeated request gets in its place: a secret is given out once.
    """

    body: Schema | None = None
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    kept: Schema | None = None


@dataclass(frozen=True)
class Meant:
    """What an operation is, for the document of the API."""

    id: str
    method: str
    path: str
    scope: str
    tag: str
    status: int
    idempotent: bool
    match: str
    takes: str
    queries: frozenset[str]
    curl: str
    desk: tuple[str, ...]


OPERATIONS: dict[str, Meant] = {}
"""Every operation by its id."""
Handler = Callable[..., Any]


class ApiKeyAuth(HttpBearer):
    """Lets a key with the scope in, and counts the request."""

    openapi_description = "A key of the council's desk, as `Authorization: Bearer mh_…`."

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope
        self.meant: Meant | None = None

    def __call__(self, request: HttpRequest) -> Any:
        """Who calls; raises Problem for nobody, for a key without the scope and for too many."""
        kind, _, bearer = request.headers.get("Authorization", "").partition(" ")
        return self.authenticate(request, bearer.strip() if kind.lower() == "bearer" else "")

    def authenticate(self, request: HttpRequest, token: str) -> keys.Caller:
        """As above."""
        now, network = timezone.now(), caller_address(request)
        caller = keys.caller_of(token, network, now=now) if token else None
        if caller is None:
            if token:
                tried = limits.allow("api:wrong", limits.network_of(network), WRONG_KEYS, 600, now)
                if not tried:
                    raise _too_many(tried.retry_after)
            raise Problem("no-key", headers={"WWW-Authenticate": 'Bearer realm="Moothall API"'})
        _count(request, caller, now)
        if self.scope and not caller.may(self.scope):
            words = f"The key needs the scope {self.scope} ({keys.SCOPES[self.scope].lower()})."
            raise Problem("scope", words, more={"scope": self.scope})
        if self.meant is not None:
            _check_headers(request, self.meant)
        request._api_call = Call(request, caller, now)  # type: ignore[attr-defined]  # our own note on the request
        return caller


def _count(request: HttpRequest, caller: keys.Caller, now: datetime) -> None:
    most = caller.key.per_minute
    allowed = limits.allow("api", str(caller.key.pk), most, 60, now)
    left = allowed.left if allowed else 0
    wait = allowed.retry_after or 60 - int(now.timestamp()) % 60
    request._api_limit = {  # type: ignore[attr-defined]  # our own note on the request
        "RateLimit-Policy": f'"key";q={most};w=60',
        "RateLimit": f'"key";r={left};t={wait}',
    }
    if not allowed:
        raise _too_many(allowed.retry_after)


def _too_many(seconds: int) -> Problem:
    return Problem(
        "too-many",
        f"Wait {seconds} seconds, then try again.",
        headers={"Retry-After": str(seconds)},
    )


def endpoint(
    method: str,
    path: str,
    *,
    scope: str,
    tag: str,
    summary: str,
    answer: Any = None,
    status: int = 200,
    reads: bool = False,
    alone: bool = False,
    match: str = "",
    takes: str = "application/json",
    curl: str = "",
    desk: Sequence[str] = (),
) -> Callable[[Handler], Handler]:
    """Make an operation of the decorated function; its docstring is the description.

    `scope` "" is for any live key. `reads`: a POST that changes nothing. `match`: whether `If-Match`
    is "allowed" or "needed". `takes`: media type of the body. `desk`: names of the desk's addresses
    of which this is the twin.
    """
    idempotent = method == "post" and not reads

    def make(handler: Handler) -> Handler:
        hints = get_type_hints(handler, include_extras=True)
        given = inspect.signature(handler)
        parameters = [
            one.replace(annotation=hints[name])
            for name, one in given.parameters.items()
            if name != "call"
        ]
        request = inspect.Parameter(
            "request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=HttpRequest
        )

        def view(request: HttpRequest, **values: Any) -> HttpResponseBase:
            call: Call = request._api_call  # type: ignore[attr-defined]  # set when the key was let in
            _check_parameters(request, meant)
            call.expected = _expected(request, match)

            def do() -> HttpResponseBase:
                return _answer(handler(call, **values), status)

            if idempotent and request.headers.get("Idempotency-Key") is not None:
                return _once(call, do, alone=alone)
            return do()

        view.__name__ = handler.__name__
        view.__doc__ = handler.__doc__
        view.__module__ = handler.__module__
        view.__signature__ = given.replace(parameters=[request, *parameters])  # type: ignore[attr-defined]  # what django-ninja reads
        guard = ApiKeyAuth(scope)
        operation = router.api_operation(
            [method.upper()],
            path,
            auth=guard,
            response={status: answer},
            operation_id=handler.__name__,
            url_name=f"api-{handler.__name__.replace('_', '-')}",
            summary=summary,
            tags=[tag],
        )
        operation(view)
        made = view._ninja_operation  # type: ignore[attr-defined]  # django-ninja's own note
        queries = frozenset(
            name
            for model in made.models
            if model.__ninja_param_source__ == "query"
            for name in model.__ninja_flatten_map__
        )
        has_body = any(model.__ninja_param_source__ == "body" for model in made.models)
        meant = Meant(
            handler.__name__, method, path, scope, tag, status, idempotent, match,
            takes if has_body or takes != "application/json" else "", queries, curl, tuple(desk),
        )  # fmt: skip
        OPERATIONS[meant.id] = guard.meant = meant
        return handler

    return make


def _check_headers(request: HttpRequest, meant: Meant) -> None:
    """Refuse what is not JSON, before the body is read."""
    accept = request.headers.get("Accept", "*/*")
    fits = ("*/*", "application/*", "application/json", "application/problem+json")
    if not meant.path.endswith("/files/{file_id}") and not any(one in accept for one in fits):
        raise Problem("not-acceptable")
    kind = request.content_type or ""
    if meant.takes == "application/json" and kind != "application/json":
        raise Problem("media-type")


def _check_parameters(request: HttpRequest, meant: Meant) -> None:
    unknown = sorted(set(request.GET) - meant.queries)
    if unknown:
        words = f"There is no parameter “{unknown[0][:60]}” here."
        raise Problem("not-readable", words, more={"parameters": sorted(meant.queries)})


def _expected(request: HttpRequest, match: str) -> int | None:
    given = request.headers.get("If-Match")
    if not match:
        return None
    if given is None:
        if match == "needed":
            raise Problem("version-needed")
        return None
    if given.strip() == "*":
        return None
    found = _ETAG.match(given.strip())
    if found is None:
        raise Problem("not-readable", 'If-Match is the ETag of the case, such as "v12", or *.')
    return int(found[1])


def etag(version: int) -> str:
    """The ETag of a case at a version."""
    return f'"v{version}"'


def _answer(result: Any, status: int) -> HttpResponseBase:
    if isinstance(result, HttpResponseBase):
        return result
    reply = result if isinstance(result, Reply) else Reply(result)
    headers = dict(reply.headers)
    version = getattr(reply.body, "version", None)
    if isinstance(version, int):
        headers.setdefault("ETag", etag(version))
    if reply.body is None:
        return HttpResponse(status=reply.status or status, headers=headers)
    made = HttpResponse(
        reply.body.model_dump_json(by_alias=True),
        status=reply.status or status,
        content_type="application/json",
        headers=headers,
    )
    if reply.kept is not None:
        made._api_kept = reply.kept.model_dump_json(by_alias=True)  # type: ignore[attr-defined]  # our own note on the answer
    return made


# Once for each Idempotency-Key


def sha(text: str | bytes) -> str:
    """The SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


def _once(call: Call, do: Callable[[], HttpResponseBase], *, alone: bool) -> HttpResponseBase:
    given = call.request.headers["Idempotency-Key"].strip().strip('"')
    if not _IDEMPOTENCY.match(given):
        raise Problem("not-readable", "An Idempotency-Key has 1 to 255 visible characters.")
    asked = sha(f"{call.request.method} {call.request.path}\n".encode() + call.sent)
    mine = sha(given)
    known = Answered.objects.filter(key=call.caller.key, idempotency=mine).first()
    if known is not None and not _over(known, call.now):
        return _again(known, asked)
    if known is not None:
        Answered.objects.filter(pk=known.pk, at=known.at).delete()
    row = Answered(key=call.caller.key, idempotency=mine, request=asked, at=call.now)
    try:
        with transaction.atomic() if not alone else nullcontext():
            with transaction.atomic():
                row.save(force_insert=True)
            try:
                answer = do()
            except BaseException:
                if alone:
                    Answered.objects.filter(pk=row.pk).delete()
                raise
            _keep(row, answer)
    except IntegrityError:
        known = Answered.objects.filter(key=call.caller.key, idempotency=mine).first()
        if known is None:
            raise
        return _again(known, asked)
    return answer


def _over(known: Answered, now: datetime) -> bool:
    if known.status is None:
        return now - known.at > GIVEN_UP
    return now - known.at > KEPT


def _keep(row: Answered, answer: HttpResponseBase) -> None:
    row.status = answer.status_code
    row.headers = {
        name: value
        for name, value in answer.headers.items()
        if name in {"Content-Type", "ETag", "Location"}
    }
    if isinstance(answer, HttpResponse):
        row.body = getattr(answer, "_api_kept", None) or answer.content.decode()
    row.save(update_fields=["status", "headers", "body"])


def _again(known: Answered, asked: str) -> HttpResponseBase:
    if known.request != asked:
        raise Problem("key-used")
    if known.status is None:
        words = "The same request is being done this moment. Try again in a few seconds."
        raise Problem("conflict", words, headers={"Retry-After": "2"})
    answer = HttpResponse(known.body, status=known.status, headers=known.headers)
    answer.headers["Idempotent-Replayed"] = "true"
    return answer


def forget_answers(now: datetime) -> int:
    """Delete answers that are no longer kept; return how many."""
    return Answered.objects.filter(at__lt=now - KEPT).delete()[0]
