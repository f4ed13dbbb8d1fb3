"""Who may see a file: rooms above register a guard."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.http import HttpRequest

    from moothall.files.models import StoredFile

Guard = Callable[["HttpRequest", "StoredFile"], bool | None]
_guards: list[Guard] = []


def register_guard(guard: Guard) -> Guard:
    """Have `guard(request, stored)` asked: True allows, False forbids, None knows nothing of it.

    One False forbids, whatever the others say; without a True the file is not shown.
    """
    if guard not in _guards:
        _guards.append(guard)
    return guard


def allowed(request: HttpRequest, stored: StoredFile) -> bool:
    """Return whether `request` may see `stored`."""
    answers = [guard(request, stored) for guard in _guards]
    return True in answers and False not in answers
