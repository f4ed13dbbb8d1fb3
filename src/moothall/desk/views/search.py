"""Find a case by reference, name, address, postcode or words.

What is looked for is often a person's name: it is kept in the session under a short token, so that
the address holds nothing personal and the back button works.
"""

from __future__ import annotations

import re
import secrets
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from moothall.casework import queries as casework
from moothall.desk.queries import lines, teams, wards
from moothall.desk.views.showing import actor_of, show, staff_page

KEPT = 12
"""Searches kept in a session, so that the back button finds the last few."""
MOST = 60
LONGEST = 120
SESSION_KEY = "desk_searches"
REFERENCE = re.compile(r"[A-Za-z]{2,4}-?[0-9A-Za-z]{3}-?[0-9A-Za-z]{3}")


def remember(request: HttpRequest, words: str) -> str:
    """Keep the words of a search in the session and return the token that finds them."""
    kept: dict[str, str] = request.session.get(SESSION_KEY, {})
    token = secrets.token_urlsafe(6)
    kept = dict([*kept.items(), (token, words)][-KEPT:])
    request.session[SESSION_KEY] = kept
    return token


@staff_page
def search(request: HttpRequest) -> HttpResponse:
    """Show the search and what it found; a whole reference opens its case at once."""
    actor, now = actor_of(request), timezone.now()
    if request.method == "POST":
        words = " ".join(request.POST.get("words", "").split())[:LONGEST]
        if not words:
            return show(request, "desk/search.html", _values("", (), wrong=True), status=422)
        if REFERENCE.fullmatch(words):
            exact = casework.search(actor, words, limit=2, now=now)
            if len(exact) == 1 and _bare(exact[0].reference) == _bare(words):
                return HttpResponseRedirect(f"/desk/cases/{exact[0].reference}/", status=303)
        token = remember(request, words)
        return HttpResponseRedirect(f"/desk/search/?s={token}", status=303)
    token = request.GET.get("s", "")
    words = request.session.get(SESSION_KEY, {}).get(token, "")
    rows = casework.search(actor, words, limit=MOST, now=now) if words else ()
    found = lines(rows, now=now, ward_names=wards(), team_names=teams()) if rows else ()
    return show(
        request, "desk/search.html", _values(words, found, lapsed=bool(token and not words))
    )


def _bare(reference: str) -> str:
    return reference.replace("-", "").upper()


def _values(
    words: str, found: tuple[Any, ...], *, wrong: bool = False, lapsed: bool = False
) -> dict[str, Any]:
    errors = [{"field": "words", "message": "Type what you are looking for"}] if wrong else []
    return {
        "words": words,
        "found": found,
        "errors": errors,
        "lapsed": lapsed,
        "more": len(found) >= MOST,
        "most": MOST,
    }
