"""Background work of the room, and who may see the uploads of a form on its way."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone

from moothall import outbox
from moothall.files.models import StoredFile

HOUR = 3600


def purge_drafts(now: datetime) -> None:
    """Remove the forms whose time is over."""
    from moothall.journeys.drafts import purge

    purge(now)


def register() -> None:
    """Register the tasks and their schedule."""
    outbox.task("journeys.purge_drafts")(purge_drafts)
    outbox.every("journeys.purge_drafts", HOUR, "journeys.purge_drafts")


def may_see(request: HttpRequest, stored: StoredFile) -> bool | None:
    """A draft's uploads are seen from the browser that has its cookie; None for other files."""
    if not stored.owner.startswith("draft-"):
        return None
    from moothall.journeys import drafts
    from moothall.journeys.visit import DRAFT_COOKIE, may_use

    now = timezone.now()
    for name, value in request.COOKIES.items():
        if name.startswith(DRAFT_COOKIE):
            found = drafts.by_cookie(value, name.removeprefix(DRAFT_COOKIE), now)
            if found is not None and found.holder == stored.owner and may_use(found, request):
                return True
    return None
