"""Pages that belong to one person: never kept by browsers or proxies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def private_page(
    request: HttpRequest, template: str, values: Mapping[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """Render a template as a page that nothing may keep a copy of."""
    response = render(request, template, dict(values or {}), status=status)
    response.headers["Cache-Control"] = "no-store"
    return response
