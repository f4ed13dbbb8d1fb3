"""Lists of cases: the queue by promise date, its counts, and search. All start at `visible`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from moothall import search as index
from moothall.casework import access, permissions, reading, summaries, timelines
from moothall.casework.facts import local_day, service_of
from moothall.casework.models import Case
from moothall.casework.permissions import visible
from moothall.casework.references import tidy
from moothall.casework.searching import AUDIENCE, KIND, indexed_questions
from moothall.casework.types import EVERYTHING_OPEN, QueueFilters, QueuePage, QueueRow
from moothall.people.actor import Actor
from moothall.places import queries as places

SOON = 3
"""Working days of the council's calendar in which a case is due soon."""
COUNTED = 1000
"""A queue's total is counted up to here: beyond, nobody pages through it."""
MOST = 200
_HEAVY = (
    "answers_json",
    "look_ups_json",
    "pauses_json",
    "told_json",
    "marks_json",
    "redacted_json",
)


def _end_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


def _soon_until(now: datetime) -> datetime:
    return _end_of(places.calendar("council").add_working_days(local_day(now), SOON))


def _due(what: str, now: datetime, until: datetime | None = None) -> Q:
    """Cases that stand so with their promise; `until` is when soon ends, if it is known already."""
    running = Q(paused_since=None, ended_at=None)
    tonight = _end_of(local_day(now))
    if what == "late":
        return running & Q(finish_by__lt=now)
    if what == "today":
        return running & Q(finish_by__gte=now, finish_by__lt=tonight)
    if what == "soon":
        return running & Q(
            finish_by__gte=max(now, tonight), finish_by__lt=until or _soon_until(now)
        )
    if what == "later":
        return running & (Q(finish_by=None) | Q(finish_by__gte=until or _soon_until(now)))
    return Q(paused_since__isnull=False, ended_at=None)


def _filtered(
    actor: Actor, filters: QueueFilters, now: datetime, *, narrow: bool = True
) -> QuerySet[Case]:
    cases = visible(actor)
    wanted = Q()
    if filters.ended is not None:
        wanted &= Q(ended_at__isnull=not filters.ended)
    if filters.services:
        wanted &= Q(service_id__in=filters.services)
    if filters.states:
        wanted &= Q(state__in=filters.states)
    if filters.team:
        wanted &= Q(team=filters.team)
    if filters.ward:
        wanted &= Q(ward=filters.ward)
    if filters.urgent:
        wanted &= Q(urgent=True)
    if filters.opened_since:
        wanted &= Q(opened_at__gte=_end_of(filters.opened_since - timedelta(days=1)))
    if filters.opened_until:
        wanted &= Q(opened_at__lt=_end_of(filters.opened_until))
    if narrow:
        wanted &= _assignee(filters.assignee, actor)
        if filters.due:
            wanted &= _due(filters.due, now)
    return cases.filter(wanted)


def _assignee(text: str, actor: Actor) -> Q:
    if text == "me":
        return Q(assigned_to=actor.user_id) if actor.user_id is not None else Q(pk__in=())
    if text == "nobody":
        return Q(assigned_to=None)
    return Q(assigned_to=int(text)) if text.isdecimal() else Q()


def queue(
    actor: Actor, filters: QueueFilters = EVERYTHING_OPEN, *, now: datetime | None = None
) -> QueuePage:
    """Cases by promise date, soonest first, a page at a time; what is late says why."""
    now = now or timezone.now()
    limit = max(1, min(filters.limit, MOST))
    cases = _filtered(actor, filters, now)
    total = len(cases.order_by().values_list("pk", flat=True)[:COUNTED])
    newest = filters.order == "newest"
    column = "opened_at" if newest else "queue_at"
    cases = cases.order_by(f"-{column}", "-pk") if newest else cases.order_by(column, "pk")
    key = _read_key(filters.after)
    if key is not None:
        at, pk = key
        step = "lt" if newest else "gt"
        cases = cases.filter(Q(**{f"{column}__{step}": at}) | Q(**{column: at, f"pk__{step}": pk}))
    found = list(cases.select_related("assigned_to").defer(*_HEAVY)[: limit + 1])
    more = len(found) > limit
    found = found[:limit]
    last = f"{getattr(found[-1], column).isoformat()}~{found[-1].pk}" if more else ""
    return QueuePage(rows=rows(found, actor, now=now), next=last, total=total)


def _read_key(text: str) -> tuple[datetime, int] | None:
    at, _, pk = text.rpartition("~")
    try:
        moment = datetime.fromisoformat(at)
        return (moment, int(pk)) if moment.tzinfo else None
    except ValueError:
        return None


def queue_counts(
    actor: Actor, filters: QueueFilters = EVERYTHING_OPEN, *, now: datetime | None = None
) -> dict[str, int]:
    """How many cases fit `filters` (but its `due` and `assignee`): all, late, today, soon, paused,
    later, mine, nobody, waiting_reply, urgent. One query."""
    now = now or timezone.now()
    cases = _filtered(actor, filters, now, narrow=False).order_by()
    until = _soon_until(now)
    parts = {what: _due(what, now, until) for what in ("late", "today", "soon", "later", "paused")}
    parts |= {
        "mine": _assignee("me", actor),
        "nobody": Q(assigned_to=None),
        "waiting_reply": Q(awaiting_staff_since__isnull=False),
        "urgent": Q(urgent=True, ended_at=None),
    }
    counted = cases.aggregate(
        all=Count("pk"), **{name: Count("pk", filter=part) for name, part in parts.items()}
    )
    return {name: int(n or 0) for name, n in counted.items()}


def rows(cases: Iterable[Case], actor: Actor, *, now: datetime) -> tuple[QueueRow, ...]:
    """The cases as lines of a list, with what `actor` may not see left blank."""
    made: list[QueueRow] = []
    for case in cases:
        service = service_of(case)
        sees = permissions.sight(case, service, actor)
        made.append(
            QueueRow(
                id=case.pk,
                reference=case.reference,
                version=case.lock_version,
                service_id=case.service_id,
                service_name=service.name,
                state=case.state,
                state_label=timelines.state_label(service, case.state, "en"),
                summary=case.summary if summaries.summary_seen(service, sees.fields) else "",
                contact_name=case.contact_name if "name" in sees.contact else "",
                place_line=case.place_line if sees.place else "",
                opened_at=case.opened_at,
                state_since=case.state_since,
                last_event_at=case.last_event_at,
                awaiting_staff_since=case.awaiting_staff_since,
                finish_by=case.finish_by,
                ended_at=case.ended_at,
                paused_since=case.paused_since,
                late=reading.is_late(case, now),
                why_late=reading.why_late(case, service, now=now),
                urgent=case.urgent,
                team=case.team,
                assigned_to_id=case.assigned_to_id,
                assigned_to=case.assigned_to.name if case.assigned_to else "",
                ward=case.ward,
                channel=case.channel,
                restricted=case.restricted,
            )
        )
    return tuple(made)


def search(
    actor: Actor, words: str, *, limit: int = 50, now: datetime | None = None
) -> tuple[QueueRow, ...]:
    """Find cases by reference, name, email, phone, address, postcode or words, best first.

    A hit on what the actor may not read is no hit: see casework.searching.
    """
    now = now or timezone.now()
    words = words.strip()
    limit = max(1, min(limit, MOST))
    if not words or actor.kind != "staff":
        return ()
    found: dict[int, Case] = {}
    base = visible(actor).select_related("assigned_to").defer(*_HEAVY)
    reference = tidy(words)
    if reference:
        found |= {case.pk: case for case in base.filter(reference=reference)}
    for case in _by_column(base, words, limit):
        if _may_match(case, actor, words):
            found.setdefault(case.pk, case)
    if len(found) < limit:
        hits = [hit.ref for hit in index.query(words, (KIND,), (AUDIENCE,), limit * 2)]
        by_reference = {case.reference: case for case in base.filter(reference__in=hits)}
        for ref in hits:
            hit_case = by_reference.get(ref)
            if hit_case is not None and _sees_document(hit_case, actor):
                found.setdefault(hit_case.pk, hit_case)
    shown = list(found.values())[:limit]
    for case in shown:
        access.note(actor, case.reference, "search", now=now)
    return rows(shown, actor, now=now)


def _by_column(base: QuerySet[Case], words: str, limit: int) -> list[Case]:
    compact = words.replace(" ", "")
    postcode = places.normalise_postcode(words)
    wanted = Q(pk__in=())
    if postcode:
        short = postcode.replace(" ", "")
        wanted |= Q(place_postcode=short) | Q(contact_postcode=short)
    if "@" in words:
        wanted |= Q(contact_email=words.lower())
    elif compact.lstrip("+").isdecimal() and len(compact) >= 6:
        wanted |= Q(contact_phone=compact) | Q(contact_phone=words)
    if wanted == Q(pk__in=()):
        return []
    return list(base.filter(wanted).order_by("-opened_at", "-pk")[:limit])


def _may_match(case: Case, actor: Actor, words: str) -> bool:
    """Whether this actor may find the case by what matched: a place or a contact that they see."""
    granted = permissions.grant(case, actor)
    if "@" in words:
        return "email" in granted.contact
    postcode = (places.normalise_postcode(words) or "").replace(" ", "")
    if not postcode:
        return "phone" in granted.contact
    return (granted.place and case.place_postcode == postcode) or (
        "postcode" in granted.contact and case.contact_postcode == postcode
    )


def _sees_document(case: Case, actor: Actor) -> bool:
    granted = permissions.grant(case, actor)
    service = service_of(case)
    return (
        granted.correspondence
        and len(granted.contact) == len(permissions.CONTACT_PARTS)
        and (service.place is None or granted.place)
        and indexed_questions(service) <= granted.fields
    )


def earlier_cases(
    actor: Actor,
    *,
    email: str = "",
    phone: str = "",
    postcode: str = "",
    name: str = "",
    limit: int = 20,
    now: datetime | None = None,
) -> tuple[QueueRow, ...]:
    """What the same person asked for before, newest first, for an adviser who has them on the phone."""
    wanted = Q(pk__in=())
    if email:
        wanted |= Q(contact_email=email.strip().lower())
    if phone:
        wanted |= Q(contact_phone=phone.strip())
    short = (places.normalise_postcode(postcode) or "").replace(" ", "") if postcode else ""
    if short:
        same = Q(contact_postcode=short) | Q(place_postcode=short)
        wanted |= same & Q(contact_name__iexact=name.strip()) if name else same
    cases = visible(actor).filter(wanted).select_related("assigned_to").defer(*_HEAVY)
    seen = [
        case
        for case in cases.order_by("-opened_at", "-pk")[:limit]
        if {"name", "email", "phone", "postcode"} <= permissions.grant(case, actor).contact
    ]
    return rows(seen, actor, now=now or timezone.now())


def states_in_use(actor: Actor) -> dict[str, dict[str, str]]:
    """Service id to {state: label}, for the filters of a queue: of services with visible cases."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    pairs = visible(actor).order_by().values_list("service_id", "definition_sha").distinct()
    for service_id, sha256 in pairs:
        service = service_of(Case(definition_sha=sha256))
        for state in service.states.values():
            found[service_id][state.id] = state.label
    return dict(found)
