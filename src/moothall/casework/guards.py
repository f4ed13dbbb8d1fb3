"""Who may open a file of a case over the web."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moothall.casework import reading
from moothall.casework.models import Case
from moothall.people.queries import actor_for

if TYPE_CHECKING:
    from django.http import HttpRequest

    from moothall.files.models import StoredFile


def may_see(request: HttpRequest, stored: StoredFile) -> bool | None:
    """True for staff who see the answer or message it came with, and for the signed-in applicant.

    None for files that are no case's, and for somebody not signed in (a tracking page vouches for its
    own visitor); False for staff who may not.
    """
    case = Case.objects.filter(reference=stored.owner).first()
    if case is None:
        return None
    actor = actor_for(request.user)
    if actor.kind == "anonymous":
        return None
    if actor.kind == "applicant" and actor.user_id != case.applicant_id:
        return None
    return reading.sees_file(case, actor, stored.public_id)
