"""Other cases that may have to do with one: at the same place, of the same person, in like words.

Each way of finding is one bounded query by an index. A case that the reader may not see is never
found, and never by something that they may not read, in this case or in the other one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet

from moothall import search as index
from moothall.casework import permissions, repeats, summaries, timelines
from moothall.casework.beside_types import RelatedRow
from moothall.casework.facts import service_of
from moothall.casework.models import OURS, Case
from moothall.casework.permissions import Sight
from moothall.casework.searching import AUDIENCE, KIND, indexed_questions
from moothall.language import Service
from moothall.people.actor import Actor
from moothall.search import analyser

EACH = 12
"""Cases that one way of finding may give."""
WORDS = 5
"""Words of a case that others are looked for by: its longest ones say most."""
_HEAVY = ("look_ups_json", "pauses_json", "told_json", "marks_json", "redacted_json")


def related_to(
    actor: Actor, case_id: int, *, text: bool = True, limit: int = 20, now: datetime
) -> tuple[RelatedRow, ...]:
    """Cases related to this one, the likeliest first, then the newest.

    `text=False` leaves out the search by words (the case page does; its own page has it).
    """
    case = Case.objects.filter(pk=case_id).first()
    if case is None or actor.kind != "staff" or not permissions.sees_row(case, actor):
        return ()
    service = service_of(case)
    sees = permissions.sight(case, service, actor)
    base = permissions.visible(actor).exclude(pk=case.pk).filter(anonymised_at=None)
    why: dict[int, list[str]] = {}
    found: dict[int, Case] = {}

    def take(cases: Iterable[Case], reason: str) -> None:
        for one in cases:
            found.setdefault(one.pk, one)
            if reason not in why.setdefault(one.pk, []):
                why[one.pk].append(reason)

    take(_named(case, base), "")
    take(_same_place(case, service, sees, base, actor), "place")
    take(_same_person(case, sees, base, actor), "person")
    if text:
        take(_like_words(case, service, sees, base, actor), "text")
    rows = [_row(case, one, why[pk], actor, sees) for pk, one in found.items()]
    rows = [one for one in rows if one.why or one.repeat]
    rows.sort(key=lambda one: one.opened_at, reverse=True)
    rows.sort(key=lambda one: (not one.repeat, -len(one.why)))
    return tuple(rows[:limit])


def _newest(cases: QuerySet[Case]) -> list[Case]:
    return list(cases.defer(*_HEAVY).order_by("-opened_at", "-pk")[:EACH])


def _named(case: Case, base: QuerySet[Case]) -> list[Case]:
    """The case that this one repeats, and those that repeat this one."""
    wanted = Q(repeat_of=case.reference)
    if case.repeat_of:
        wanted |= Q(reference=case.repeat_of)
    return _newest(base.filter(wanted))


def _same_place(
    case: Case, service: Service, sees: Sight, base: QuerySet[Case], actor: Actor
) -> list[Case]:
    if not (case.place_key and sees.place):
        return []
    keys = [case.place_key]
    if case.place_key.startswith("@"):
        keys = summaries.cells_around(case.place_key, repeats.near(service))
    found = _newest(base.filter(place_key__in=keys))
    return [
        one
        for one in found
        if permissions.grant(one, actor).place and repeats.same_place(service, case.answers, one)
    ]


def _same_person(case: Case, sees: Sight, base: QuerySet[Case], actor: Actor) -> list[Case]:
    ways: list[tuple[str, Q]] = []
    if case.contact_email and "email" in sees.contact:
        ways.append(("email", Q(contact_email=case.contact_email)))
    if case.phone_key and "phone" in sees.contact:
        ways.append(("phone", Q(phone_key=case.phone_key)))
    if case.applicant_id is not None and "name" in sees.contact:
        ways.append(("name", Q(applicant_id=case.applicant_id)))
    return [
        one
        for part, wanted in ways
        for one in _newest(base.filter(wanted))
        if part in permissions.grant(one, actor).contact
    ]


def _like_words(
    case: Case, service: Service, sees: Sight, base: QuerySet[Case], actor: Actor
) -> list[Case]:
    """Cases whose document holds the words that say most in this one."""
    if not sees.correspondence:
        return []
    words = telling_words(case, service, sees)
    shared: Counter[str] = Counter()
    for word in words:
        shared.update({hit.ref for hit in index.query(word, (KIND,), (AUDIENCE,), 2 * EACH)})
    least = 2 if len(words) > 2 else 1
    hits = [ref for ref, number in shared.most_common() if number >= least]
    there = {one.reference: one for one in base.filter(reference__in=hits[:100]).defer(*_HEAVY)}
    found = [there[ref] for ref in hits if ref in there and _may_read_document(there[ref], actor)]
    return found[:EACH]


def telling_words(case: Case, service: Service, sees: Sight) -> list[str]:
    """The longest words that somebody wrote in the case, without names and addresses."""
    answers = case.answers
    texts = [
        str(answers.get(one.id) or "")
        for one in service.questions.values()
        if one.type in {"text", "long text"} and one.row_of is None
        if one.id in sees.fields and one.id in indexed_questions(service)
    ]
    known = {
        word.typed
        for word in analyser.read_query(" ".join(texts)[:2000], case.language)
        if not word.optional and len(word.typed) > 3
    }
    return sorted(known, key=lambda one: (-len(one), one))[:WORDS]


def _may_read_document(case: Case, actor: Actor) -> bool:
    granted = permissions.grant(case, actor)
    return granted.correspondence and indexed_questions(service_of(case)) <= granted.fields


def _row(case: Case, other: Case, why: list[str], actor: Actor, sees: Sight) -> RelatedRow:
    service = service_of(other)
    there = permissions.sight(other, service, actor)
    repeat = ""
    if case.repeat_of == other.reference:
        repeat = "before"
    elif other.repeat_of == case.reference:
        repeat = "after"
    can_join = (
        other.service_id == case.service_id
        and case.is_open
        and other.is_open
        and case.state not in OURS
        and other.state not in OURS
    )
    return RelatedRow(
        id=other.pk,
        reference=other.reference,
        service_id=other.service_id,
        service_name=service.name,
        state_label=timelines.state_label(service, other.state, "en"),
        summary=other.summary if summaries.summary_seen(service, there.fields) else "",
        place_line=other.place_line if there.place else "",
        opened_at=other.opened_at,
        ended_at=other.ended_at,
        why=tuple(one for one in why if one),
        repeat=repeat,
        can_join=can_join,
    )
