"""What the operations on one case share: finding it, and saying how it stands afterwards."""

from __future__ import annotations

from moothall.api.contract import Call
from moothall.api.shapes import Changed
from moothall.casework import permissions
from moothall.casework.errors import NotAllowed, NotFound
from moothall.casework.facts import service_of
from moothall.casework.models import Case
from moothall.casework.queries import visible
from moothall.casework.references import tidy
from moothall.casework.timelines import state_label

CASE = "/cases/{reference}"


def find(call: Call, reference: str) -> Case:
    """The case, if the owner of the key may see it and it lies within the key. Raises NotFound."""
    known = tidy(reference)
    found = visible(call.actor).filter(reference=known).first() if known else None
    if found is None:
        raise NotFound
    return found


def expected(call: Call, case: Case) -> int:
    """The version that the caller saw; the present one where `If-Match` was `*`."""
    return case.lock_version if call.expected is None else call.expected


def changed(call: Call, case: Case) -> Changed:
    """How a case stands after it was changed; nothing but its reference where it is out of sight now."""
    sees = permissions.sees_row(case, call.actor)
    return Changed(
        reference=case.reference,
        version=case.lock_version,
        state=case.state if sees else "",
        state_label=state_label(service_of(case), case.state, "en") if sees else "",
        ended_at=case.ended_at if sees else None,
        team=case.team if sees else "",
        assigned_to=case.assigned_to_id if sees else None,
        visible=sees,
    )


def check_service(call: Call, service_id: str) -> None:
    """Refuse a service to which the key is not let. Raises NotAllowed."""
    if call.actor.only_services and service_id not in call.actor.only_services:
        raise NotAllowed("The key is limited to other services.")


def check_whole_owner(call: Call) -> None:
    """Refuse what is about more than single cases to a key that is held to some services or teams."""
    if call.actor.only_services or call.actor.only_teams:
        raise NotAllowed("The key is limited to some services or teams; this is about all of them.")
