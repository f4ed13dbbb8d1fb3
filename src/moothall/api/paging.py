"""Cursors: opaque, signed, and good only for the list under the filters that they came from."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core import signing
from django.http import HttpRequest

from moothall.api.contract import sha
from moothall.api.problems import Problem

SALT = "moothall.api.cursor"


def write(after: str, what: Any) -> str:
    """The cursor of the page that follows `after` in the list of `what` (JSON values)."""
    return signing.dumps([after, _mark(what)], salt=SALT, compress=False)


def read(cursor: str, what: Any) -> str:
    """The key after which the page starts. Raises Problem for another list's or a forged cursor."""
    if not cursor:
        return ""
    try:
        after, mark = signing.loads(cursor, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        raise Problem("not-readable", "The cursor is none of ours. Begin without one.") from None
    if mark != _mark(what):
        words = "The cursor belongs to other filters or another key. Begin without one."
        raise Problem("not-readable", words)
    return str(after)


def _mark(what: Any) -> str:
    return sha(json.dumps(what, sort_keys=True, default=str))[:16]


def link(request: HttpRequest, cursor: str) -> dict[str, str]:
    """The Link header that leads to the next page."""
    query = request.GET.copy()
    query["cursor"] = cursor
    pairs = [(name, value) for name, values in query.lists() for value in values]
    address = f"{settings.PUBLIC_URL}{request.path}?{urlencode(pairs)}"
    return {"Link": f'<{address}>; rel="next"'}
