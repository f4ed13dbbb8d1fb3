"""Every address, knocked at by everybody there is, with a real case behind it.

`doors.txt` says who gets in where, one line an address: opening a door is a change of that file which
somebody can see. An address that isn't in it opens to nobody. After a change that is meant:

    MOOTHALL_DOORS=write pytest tests/config/test_every_door.py

and read what `git diff tests/config/doors.txt` says.
"""

from __future__ import annotations

import os
from collections import defaultdict
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from moothall.people.testing import sign_in
from tests.one_case import NOW, ROLES, WORDS, OneCase, address_of, make

pytestmark = pytest.mark.django_db

DOORS = Path(__file__).parent / "doors.txt"
SHUT = {400, 401, 403, 404, 405, 410, 429}
SIGN_INS = ("/desk/sign-in/", "/account/sign-in/", "/cy/account/sign-in/")
QUERIES = {"desk-search": "q", "desk-assisted": "q", "desk-staff": "q"}
API = "api/v1/"
API_FOR_ALL = {API, f"{API}openapi.json"}
AT_THE_API = ("stranger", "resident", "officer", "admin", "key", "far-key")
"""No session opens the API: these are enough to show it."""
KEYS = ("key", "far-key")
HEAD = """\
# Who gets in where: o in, > sent on (not to sign in), . refused, w (API) what was sent was wrong: the
# answer is the same whatever the reference. Made by test_every_door.py; read it when it changes.
# Every address that isn't here opens to nobody.
"""


def _routes(resolver: URLResolver, prefix: str = "") -> list[tuple[str, URLPattern]]:
    found: list[tuple[str, URLPattern]] = []
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            found += _routes(pattern, prefix + str(pattern.pattern))
        else:
            found.append((prefix, pattern))
    return found


def _mark(answer: Any, address: str) -> str:
    if answer.status_code == 422 and address.startswith(f"/{API}"):
        return "w"
    if answer.status_code in SHUT:
        return "."
    if answer.status_code in {301, 302, 303, 307, 308}:
        return "." if answer.headers["Location"].startswith(SIGN_INS) else ">"
    return "o"


def _knock(client: Client, method: str, address: str, data: dict[str, str]) -> tuple[str, bytes]:
    """What one request gives; nothing that it did stays, whatever it did."""
    cookies = client.cookies.output(header="", sep=";")
    with transaction.atomic():
        if address.startswith(f"/{API}") and method == "post":
            answer: Any = client.post(address, "{}", content_type="application/json")
        else:
            answer = getattr(client, method)(address, data)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        transaction.set_rollback(True)
    client.cookies = SimpleCookie(cookies)
    assert answer.status_code < 500 or address == "/health/ready", f"{method} {address}"
    return _mark(answer, address), body + str(sorted(answer.headers.items())).encode()


def _walk(one: OneCase) -> tuple[dict[str, str], dict[str, set[str]]]:
    """For each door a mark for each role, and for each role the words that it came to see."""
    marks: dict[str, str] = {}
    seen: dict[str, set[str]] = defaultdict(set)
    words = {key: word.encode() for key, word in WORDS.items()}
    for prefix, pattern in _routes(get_resolver()):
        route = (prefix + str(pattern.pattern)).removeprefix("^").removesuffix("$")
        address = address_of(one, prefix, pattern)
        for method in ("get", "post"):
            row = ""
            for role in ROLES:
                at_the_api = route.startswith(API) and route not in API_FOR_ALL
                if role not in AT_THE_API if at_the_api else role in KEYS:
                    row += "."
                    continue
                asked = QUERIES.get(pattern.name or "")
                data = {asked: WORDS["name"]} if asked else {}
                mark, body = _knock(one.clients[role], method, address, data)
                row += mark
                # What was sent may come back in the form; what was found comes with the reference.
                if not data or one.reference.encode() in body:
                    seen[role] |= {key for key, word in words.items() if word in body}
            if row.strip(".w"):
                marks[f"{method.upper():4} /{route}"] = row
    return marks, seen


def _written(marks: dict[str, str], seen: dict[str, set[str]]) -> str:
    wide = max(map(len, marks)) + 2
    lines = [HEAD]
    for number, role in enumerate(ROLES):
        lines.append(f"{'':{wide}}{' '.join('|' * number)}{' ' if number else ''}{role}")
    for door in sorted(marks, key=lambda one: (one[5:], one)):
        lines.append(f"{door:{wide}}{' '.join(marks[door])}")
    lines += ["", "# What of the case each of them comes to see, in all pages together."]
    for role in ROLES:
        lines.append(f"{role:16}{', '.join(key for key in WORDS if key in seen[role]) or '-'}")
    return "\n".join(lines) + "\n"


def test_everybody_gets_in_where_the_list_of_doors_says_and_nowhere_else(
    council: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from moothall.casework import access
    from moothall.people import limits

    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    monkeypatch.setattr(limits, "_verdict", lambda *_: limits.ALLOWED)
    one = make(sign_in)
    settings.DEMONSTRATION = False  # a demonstration has doors that a council hasn't
    try:
        found = _written(*_walk(one))
    finally:
        access.forget()
        limits.forget()
    if os.environ.get("MOOTHALL_DOORS") == "write":
        DOORS.write_text(found)
    said = DOORS.read_text().splitlines()
    now = found.splitlines()
    opened = [line for line in now if line not in said]
    gone = [line for line in said if line not in now]
    assert (opened, gone) == ([], []), "read tests/config/test_every_door.py"
