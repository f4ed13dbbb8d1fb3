"""Lists of cases: the queue by promise date, its counts, and search. All start at `visible`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, DateTimeField, F, Q, QuerySet
from django.utils import timezone

from moothall import search as index
from moothall.casework import access, filtering, permissions, reading, summaries, timelines
from moothall.casework.facts import service_of
from moothall.casework.models import Case
from moothall.casework.permissions import visible
from moothall.casework.plainly import Plainly
from moothall.casework.references import tidy
from moothall.casework.searching import AUDIENCE, KIND, indexed_questions
from moothall.casework.types import EVERYTHING_OPEN, QueueFilters, QueuePage, QueueRow
from moothall.people.actor import Actor
from moothall.places import queries as places

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


def queue(
    actor: Actor, filters: QueueFilters = EVERYTHING_OPEN, *, now: datetime | None = None
) -> QueuePage:
    """Cases by promise date, soonest first, a page at a time; what is late says why."""
    now = now or timezone.now()
    limit = max(1, min(filters.limit, MOST))
    cases = filtering.wanted(actor, filters, now)
    newest = filters.order == "newest"
    column = "queue_at" if filters.order == "promise" else "opened_at"
    first: Any = F(column)
    if column == "opened_at" and filters.ended is False:
        # Open cases are few: sorted, not looked for among all that were ever opened.
        first = Plainly(first, output_field=DateTimeField())
    cases = cases.order_by(first.desc(), "-pk") if newest else cases.order_by(first.asc(), "pk")
    key = _read_key(filters.after)
    total, keys = _counted(cases, filters, limit if key is None else 0)
    cases = cases.select_related("assigned_to").defer(*_HEAVY)
    if keys is not None:
        by_id = {case.pk: case for case in cases.order_by().filter(pk__in=keys)}
        found = [by_id[pk] for pk in keys if pk in by_id]
    elif key is not None:
        at, pk = key
        step = "lt" if newest else "gt"
        after = Q(**{f"{column}__{step}": at}) | Q(**{column: at, f"pk__{step}": pk})
        found = list(cases.filter(after)[: limit + 1])
    else:
        found = list(cases[: limit + 1])
    more = len(found) > limit
    found = found[:limit]
    last = f"{getattr(found[-1], column).isoformat()}~{found[-1].pk}" if more else ""
    return QueuePage(rows=rows(found, actor, now=now), next=last, total=total)


def _counted(
    cases: QuerySet[Case], filters: QueueFilters, limit: int
) -> tuple[int, list[int] | None]:
    """How many cases there are, up to COUNTED, and the keys of the first page where counting met them.

    A list whose order an index has, or that is short, is counted in its order: one walk does for both,
    and sorts keys, not rows. Of ended cases there are too many for that.
    """
    keys = cases.values_list("pk", flat=True)
    short = filters.has or filters.breached_since or filters.ended_since
    if filters.ended is False or short:
        counted = list(keys[:COUNTED])
        return len(counted), counted[: limit + 1] if limit else None
    return len(keys.order_by()[:COUNTED]), None


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
    cases = filtering.wanted(actor, filters, now, narrow=False).order_by()
    until = filtering.in_working_days(now, filtering.SOON)
    parts = {
        what: filtering.due(what, now, until)
        for what in ("late", "today", "soon", "later", "paused")
    }
    parts |= {
        "mine": filtering.assignee("me", actor),
        "nobody": Q(assigned_to=None),
        "waiting_reply": Q(awaiting_staff_since__isnull=False),
        "urgent": Q(urgent=True, ended_at=None),
    }
    counted = cases.aggregate(
        all=Count("pk"), **{name: Count("pk", filter=part) for name, part in parts.items()}
    )
    return {name: int(n or 0) for name, n in counted.items()}


COUNTED_BESIDE = 100
"""A number beside a name is counted up to here: 99 or "more than 99" says enough."""


def counts_of(
    actor: Actor, many: Sequence[QueueFilters], *, now: datetime | None = None
) -> list[int]:
    """How many cases fit each of `many`, each counted up to COUNTED_BESIDE. One query for all."""
    now = now or timezone.now()
    if not many:
        return []
    parts: list[str] = []
    values: list[Any] = []
    for cases in filtering.wanted_of(permissions.visible(actor), actor, many, now):
        keys = cases.order_by().values_list("pk", flat=True)[:COUNTED_BESIDE]
        try:
            text, given = keys.query.sql_with_params()
        except EmptyResultSet:
            parts.append("0")
            continue
        # Django's own SQL of the part; every value in it is a parameter.
        parts.append(f"(SELECT COUNT(*) FROM ({text}) AS part{len(parts)})")  # noqa: S608
        values += given
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)
        return [int(number) for number in cursor.fetchone()]


def all_rows(
    actor: Actor, filters: QueueFilters, *, now: datetime | None = None, chunk: int = 200
) -> Iterator[QueueRow]:
    """Every case that fits, a chunk at a time by key, so that memory stays flat. For exports."""
    now = now or timezone.now()
    after = ""
    while True:
        page = queue(actor, replace(filters, after=after, limit=chunk), now=now)
        yield from page.rows
        if not page.next:
            return
        after = page.next


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
                ward=case.ward if sees.place else "",
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
    shown = _found(actor, words, limit)
    for case in shown:
        access.note(actor, case.reference, "search", now=now)
    return rows(shown, actor, now=now)


def ids_with(actor: Actor, words: str) -> tuple[int, ...]:
    """The ids of the cases that `search` would find, 200 at most, for `QueueFilters.among`."""
    return tuple(case.pk for case in _found(actor, words, MOST))


def _found(actor: Actor, words: str, limit: int) -> list[Case]:
    words = words.strip()
    limit = max(1, min(limit, MOST))
    if not words or actor.kind != "staff":
        return []
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
    return list(found.values())[:limit]


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
