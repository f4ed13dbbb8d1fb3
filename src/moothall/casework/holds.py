"""Legal holds: what must not go, because a court, an inquiry or an auditor may ask for it.

While a hold stands, retention passes over what it covers and says so. Erasing single details
(`redact`) stays possible where the law asks for it. Administrators place and lift holds; a manager may
for a case of their own team.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from moothall.casework import permissions
from moothall.casework.errors import Invalid, NotAllowed, NotFound
from moothall.casework.events import Kind
from moothall.casework.facts import local_day, service_of
from moothall.casework.ledger import append, locked
from moothall.casework.models import Case, Hold
from moothall.language.clock import LONDON
from moothall.packs import queries as packs
from moothall.people.actor import Actor
from moothall.people.models import normalise_email

ADMIN, MANAGER = "admin", "manager"
LONGEST = 2000


@dataclass(frozen=True)
class Standing:
    """The holds that stand now, to ask of many cases without a query for each."""

    cases: frozenset[int]
    emails: frozenset[str]
    services: tuple[Hold, ...]

    def covers(self, case: Case) -> bool:
        """Whether a hold stands on this case."""
        if case.pk in self.cases:
            return True
        if self.emails and normalise_email(case.contact_email) in self.emails:
            return True
        opened = local_day(case.opened_at)
        return any(
            one.service_id == case.service_id
            and (one.opened_since is None or one.opened_since <= opened)
            and (one.opened_until is None or opened <= one.opened_until)
            for one in self.services
        )

    def query(self) -> Q:
        """The same as a condition on cases, for the database."""
        found = Q(pk__in=self.cases)
        for email in sorted(self.emails):
            found |= Q(contact_email__iexact=email)
        for one in self.services:
            wanted = Q(service_id=one.service_id)
            if one.opened_since:
                wanted &= Q(opened_at__gte=datetime.combine(one.opened_since, time.min, LONDON))
            if one.opened_until:
                after = one.opened_until + timedelta(days=1)
                wanted &= Q(opened_at__lt=datetime.combine(after, time.min, LONDON))
            found |= wanted
        return found

    def __bool__(self) -> bool:
        """Whether any hold stands."""
        return bool(self.cases or self.emails or self.services)


def standing() -> Standing:
    """The holds that stand now. One query."""
    rows = list(Hold.objects.filter(lifted_at=None))
    return Standing(
        frozenset(one.case_id for one in rows if one.case_id is not None),
        frozenset(normalise_email(one.email) for one in rows if one.email),
        tuple(one for one in rows if one.service_id),
    )


def stops(case: Case) -> bool:
    """Whether a hold stands on the case, asked anew: for the transaction that would erase it."""
    return standing().covers(case)


def of_case(case: Case) -> list[Hold]:
    """The holds that stand on a case, newest first."""
    wide = Q(email=normalise_email(case.contact_email)) if case.contact_email else Q(pk=None)
    rows = Hold.objects.filter(
        Q(case=case) | wide | Q(service_id=case.service_id), lifted_at=None
    ).order_by("-placed_at")
    return [one for one in rows if _alone(one).covers(case)]


def _alone(hold: Hold) -> Standing:
    return Standing(
        frozenset() if hold.case_id is None else frozenset({hold.case_id}),
        frozenset({hold.email}) if hold.email else frozenset(),
        (hold,) if hold.service_id else (),
    )


def may_see(actor: Actor) -> bool:
    """Whether somebody may look at the list of holds."""
    return actor.is_staff and actor.plays(ADMIN)


def may_change(actor: Actor, case: Case | None) -> bool:
    """Whether somebody may place and lift a hold: on this case, or (None) on more than one."""
    if not actor.is_staff or actor.via:
        return False
    return actor.plays(ADMIN) or (
        case is not None
        and actor.plays(MANAGER)
        and permissions.sees_row(case, actor)
        and permissions.grant(case, actor).owner
    )


def _check(actor: Actor, case: Case | None) -> None:
    if not may_change(actor, case):
        raise NotAllowed(
            "Only administrators, and managers for cases of their own team, keep holds."
        )


def place(
    reason: str,
    review_on: date,
    *,
    actor: Actor,
    reference: str = "",
    email: str = "",
    service_id: str = "",
    opened_since: date | None = None,
    opened_until: date | None = None,
    now: datetime | None = None,
) -> Hold:
    """Place a hold on one case, on a person's cases, or on a service's of a period.

    `review_on`: the day on which somebody looks whether it is still needed, a year ahead at most.
    Raises Invalid (`covers`, `reference`, `email`, `service`, `reason`, `review_on`), NotAllowed.
    """
    now = now or timezone.now()
    if sum(map(bool, (reference, email, service_id))) != 1:
        raise Invalid("covers", "Say one thing that it covers: a case, a person or a service.")
    if not reason.strip() or len(reason) > LONGEST:
        raise Invalid("reason", "Say why, in 2,000 letters or fewer.")
    today = local_day(now)
    if not today < review_on <= date(today.year + 1, today.month, min(today.day, 28)):
        raise Invalid("review_on", "Choose a day for the review, within a year from today.")
    if email and "@" not in email:
        raise Invalid("email", "Enter the person's email address.")
    if service_id and packs.service(service_id) is None:
        raise Invalid("service", f"The council does not offer a service called {service_id}.")
    if opened_since and opened_until and opened_since > opened_until:
        raise Invalid("opened_until", "The period ends before it begins.")
    with transaction.atomic():
        case = _case(reference) if reference else None
        _check(actor, case)
        hold = Hold.objects.create(
            case=case,
            email=normalise_email(email),
            service_id=service_id,
            opened_since=opened_since,
            opened_until=opened_until,
            reason=reason.strip(),
            review_on=review_on,
            placed_at=now,
            placed_by=actor.label,
        )
        if case is not None:
            append(
                case,
                Kind.HELD,
                {"hold": hold.pk, "until": review_on.isoformat(), "reason": hold.reason},
                actor=actor,
                channel="desk",
                now=now,
            )
    return hold


def _case(reference: str) -> Case:
    pk = Case.objects.filter(reference=reference.strip().upper()).values_list("pk", flat=True)
    found = pk.first()
    if found is None:
        raise Invalid("reference", "There is no case with this reference.")
    case = locked(found)
    if case.anonymised_at:
        raise Invalid("reference", "This case was anonymised already: there is nothing to hold.")
    return case


def review(hold_id: int, review_on: date, *, actor: Actor, now: datetime | None = None) -> Hold:
    """Keep a hold, and look again on `review_on`. Raises NotFound, Invalid, NotAllowed."""
    now = now or timezone.now()
    today = local_day(now)
    if not today < review_on <= date(today.year + 1, today.month, min(today.day, 28)):
        raise Invalid("review_on", "Choose a day for the review, within a year from today.")
    with transaction.atomic():
        hold = _locked(hold_id, actor)
        hold.review_on = review_on
        hold.save(update_fields=["review_on"])
    return hold


def lift(hold_id: int, reason: str, *, actor: Actor, now: datetime | None = None) -> Hold:
    """End a hold; retention goes on with what it covered. Lifting it again changes nothing."""
    now = now or timezone.now()
    if not reason.strip() or len(reason) > LONGEST:
        raise Invalid("reason", "Say why it is lifted, in 2,000 letters or fewer.")
    with transaction.atomic():
        hold = _locked(hold_id, actor)
        if hold.lifted_at is not None:
            return hold
        hold.lifted_at, hold.lifted_by, hold.lift_reason = now, actor.label, reason.strip()
        hold.save(update_fields=["lifted_at", "lifted_by", "lift_reason"])
        if hold.case_id is not None:
            append(
                locked(hold.case_id),
                Kind.RELEASED,
                {"hold": hold.pk, "reason": hold.lift_reason},
                actor=actor,
                channel="desk",
                now=now,
            )
    return hold


def _locked(hold_id: int, actor: Actor) -> Hold:
    hold = Hold.objects.select_for_update(of=("self",)).filter(pk=hold_id).first()
    if hold is None:
        raise NotFound("There is no such hold.")
    _check(actor, Case.objects.filter(pk=hold.case_id).first() if hold.case_id else None)
    return hold


def listed(actor: Actor, *, ended: bool = False, limit: int = 500) -> list[Hold]:
    """Holds that stand, by the day of their review; or those that were lifted, newest first."""
    if not may_see(actor):
        raise NotAllowed("This list is for administrators.")
    rows = Hold.objects.select_related("case")
    if ended:
        return list(rows.exclude(lifted_at=None).order_by("-lifted_at")[:limit])
    return list(rows.filter(lifted_at=None).order_by("review_on", "pk")[:limit])


def covered(hold: Hold) -> str:
    """What a hold covers, in words."""
    if hold.case is not None:
        return f"Case {hold.case.reference} ({service_of(hold.case).name})"
    if hold.email:
        return f"Every case of {hold.email}"
    offered = packs.service(hold.service_id)
    name = offered.name if offered else hold.service_id
    days = " ".join(
        f"{word} {day:%d %B %Y}".replace(" 0", " ")
        for word, day in (("from", hold.opened_since), ("to", hold.opened_until))
        if day
    )
    return f"{name}: cases opened {days}" if days else f"{name}: every case"


def covers_any(cases: Iterable[Case]) -> bool:
    """Whether a hold stands on one of these cases."""
    now = standing()
    return any(now.covers(case) for case in cases)
