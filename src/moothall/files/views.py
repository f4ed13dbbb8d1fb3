"""Files, for those whom a guard lets see them."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from moothall.files import clean, store
from moothall.files.models import StoredFile
from moothall.files.registry import allowed

INLINE = {clean.JPEG, clean.PNG}
"""Shown in the page; everything else is downloaded."""


@require_safe
def file(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Send a file. Whoever may not see it is told that there is none."""
    stored = StoredFile.objects.filter(public_id=public_id).first()
    if stored is None or not allowed(request, stored):
        raise Http404
    return send(stored, download="download" in request.GET)


def send(stored: StoredFile, *, download: bool) -> FileResponse:
    """Send a file to somebody who was let in. Raises Http404 where its bytes are gone."""
    try:
        opened = store.path_of(stored.stored_as).open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(
        opened,
        as_attachment=download or stored.type not in INLINE,
        filename=stored.name,
        content_type=stored.type,
    )
    response["Content-Length"] = str(stored.size)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
