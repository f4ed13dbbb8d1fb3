"""The privacy office: holds, people's requests about their data, who looked at what, the record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from moothall.casework.subject_requests import may
from moothall.desk.views.showing import actor_of, staff_page

P = ParamSpec("P")


def office_page(
    view: Callable[Concatenate[HttpRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Let only those in who do the work of the data protection officer."""

    @wraps(view)
    @staff_page
    def page(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not may(actor_of(request)):
            raise PermissionDenied("The privacy office is for administrators.")
        return view(request, *args, **kwargs)

    return page


def given_day(text: str) -> date | None:
    """A day as a date box sends it (2026-03-11) or as people type it (11/3/2026); None for no day."""
    text = text.strip()
    try:
        if "/" in text:
            day, month, year = (int(part) for part in text.split("/"))
            return date(year, month, day)
        return date.fromisoformat(text)
    except (ValueError, OverflowError):
        return None


def shown(errors: list[tuple[str, str]]) -> dict[str, Any]:
    """Errors as templates want them: for the summary, and by field."""
    return {
        "errors": [{"field": name, "message": words} for name, words in errors],
        "wrong": dict(reversed(errors)),
    }
