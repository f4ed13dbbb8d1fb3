"""What the API shows to people: its page, its document, and the desk's screens for keys and webhooks."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from moothall.api.problems import Problem, response


@csrf_exempt
def nothing_here(request: HttpRequest, rest: str) -> HttpResponse:
    """Say that there is nothing at an address under /api/."""
    return response(request, Problem("not-found", "There is nothing at this address of the API."))
