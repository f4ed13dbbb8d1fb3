"""A case that goes on elsewhere: in another service (its old half), or with another team."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from moothall.casework import booking, colleagues, messages, permissions, searching, words
from moothall.casework.errors import Invalid, Missing, NotAllowed, NotFound
from moothall.casework.events import Kind
from moothall.casework.facts import service_of
from moothall.casework.ledger import Writing, check_expected, locked
from moothall.casework.models import Case, Event, PaidState
from moothall.language import Service
from moothall.pay.money import pounds
from moothall.people.actor import SYSTEM, Actor
from moothall.people.models import Team

CLOSED: Final[dict[str, Any]] = {
    "finish_by": None,
    "warn_at": None,
    "clock": "running",
    "expires_at": None,
    "expires_move": "",
    "marks": [],
}
"""The clock's fields of a case that ends by our hand."""


def money_in_the_way(case: Case) -> str:
    """Why a case cannot end by our hand as long as its money stands so; empty when it can."""
    left = case.paid_pence - case.refunded_pence
    if left > 0:
        return f"£{pounds(left)} was paid for this case. Pay it back first, then do this again."
    if case.paid_state == PaidState.DUE and not case.started_at:
        return (
            "This case waits for its payment and has not begun. It ends by itself if nobody pays, "
            "so leave it as it is."
        )
    return ""


def waive_what_is_due(writing: Writing) -> None:
    """A fee that is owed on a case that ends here is owed no more."""
    if writing.case.paid_state == PaidState.DUE:
        writing.add(Kind.FEE_WAIVED, {"pence": writing.case.fee_pence})


# To another service: the half of the old case


def source_of(reference: str, actor: Actor) -> Case:
    """The case that is handed over, held until the transaction ends. Raises NotFound, NotAllowed."""
    found = Case.objects.filter(reference=reference).values_list("pk", flat=True).first()
    if found is None:
        raise NotFound
    case = locked(found)
    if not permissions.sees_row(case, actor):
        raise NotFound
    if case.handed_to:
        raise NotAllowed(f"This case was handed over already: it goes on as {case.handed_to}.")
    if "hand_over" not in permissions.can(case, service_of(case), actor):
        raise NotAllowed("You may not hand this case over to another service.")
    if case.followers:
        raise NotAllowed(
            f"Other cases were joined to this one ({case.followers}). Take them out first, or hand "
            "them over one by one."
        )
    if why := money_in_the_way(case):
        raise NotAllowed(why)
    return case


def told(source: Case, case: Case, service: Service) -> str:
    """What the person is told before the first message of the new case."""
    name = service.text("name", case.language) or service.name
    return words.say(
        "handed_over_told",
        case.language,
        old=source.reference,
        service=name,
        reference=case.reference,
    )


def tell_if_untold(writing: Writing, source: Case, service: Service) -> None:
    """Tell the person of the new case by a message of its own, where no other one did."""
    case = writing.case
    if any(
        event.kind == Kind.MESSAGE_QUEUED and event.fields.get("audience") == messages.APPLICANT
        for event in writing.made
    ):
        return
    mine, writing.actor = writing.actor, SYSTEM
    messages.write_to_applicant(
        writing,
        means=("email", "text", "letter"),
        subject=words.say("handed_over_subject", case.language, reference=case.reference),
        body=told(source, case, service),
        told="handed_over",
    )
    writing.actor = mine


def went_on(
    source: Case, case: Case, service: Service, why: str, *, actor: Actor, now: datetime
) -> None:
    """End the old case: it goes on as `case`. In the transaction that opened that one."""
    writing = Writing(source, actor=actor, channel="desk", now=now)
    waive_what_is_due(writing)
    writing.add(
        Kind.HANDED_OVER,
        {
            "to_case": case.reference,
            "to_service": service.id,
            "from": source.state,
            "reason": why.strip(),
            **CLOSED,
            "ends": "handed_over",
        },
    )
    booking.let_go(source)
    writing.save()
    searching.index(source, service_of(source))


# To another team


def hand_over_to_team(
    case_id: int,
    team_slug: str,
    *,
    actor: Actor,
    reason: str,
    expected: int | None = None,
    key: str = "",
    now: datetime | None = None,
) -> Case:
    """Give the case to another team of the same service, with the reason.

    The team must be able to see cases of the service; nobody of the old team has it any more, and the
    old team sees it as far as its own access says. The same team again changes nothing. Raises Missing,
    Invalid, NotAllowed, NotFound, Conflict.
    """
    now = now or timezone.now()
    if not reason.strip():
        raise Missing("reason", "Say why it goes to another team.")
    with transaction.atomic():
        case = locked(case_id)
        if key and _given_before(case, key):
            return case
        if not permissions.sees_row(case, actor):
            raise NotFound
        check_expected(case, expected)
        service = service_of(case)
        if "team" not in permissions.can(case, service, actor):
            raise NotAllowed("You may not give this case to another team.")
        if team_slug == case.team:
            return case
        team = Team.objects.filter(slug=team_slug).first()
        if team is None:
            raise Invalid("team", "Choose a team.")
        if not colleagues.team_may_see(service, team):
            raise Invalid("team", f"{team.name} may not see cases of “{service.name}”.")
        fields: dict[str, Any] = {
            "team": team.slug,
            "team_label": team.name,
            "from_team": case.team,
            "reason": reason.strip(),
        }
        if key:
            fields["key"] = key
        writing = Writing(case, actor=actor, channel="desk", now=now)
        writing.add(Kind.TEAM_CHANGED, fields)
        return writing.save()


def _given_before(case: Case, key: str) -> bool:
    given = Event.objects.filter(case=case, kind=Kind.TEAM_CHANGED)
    return any(event.fields.get("key") == key for event in given)
