"""The style sheet that the pack makes."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from moothall.design.context import council_of
from moothall.design.theme import style_sheet


@require_safe
def theme(request: HttpRequest) -> HttpResponse:
    """Answer the council's colours as CSS; for a year when the address carries the generation."""
    response = HttpResponse(
        style_sheet(council_of(request).theme), content_type="text/css; charset=utf-8"
    )
    response.headers["Cache-Control"] = (
        "public, max-age=31536000, immutable" if request.GET.get("v") else "public, max-age=60"
    )
    return response
