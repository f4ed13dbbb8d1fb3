"""Tasks on a case: what, for whom, by when; done or cancelled. And call-backs that were asked for."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from moothall.casework import colleagues, contacting, demand, messages, permissions, words
from moothall.casework.errors import Invalid, Missing, NotAllowed, NotFound
from moothall.casework.events import Kind
from moothall.casework.facts import local_day, service_of
from moothall.casework.ledger import Writing, check_expected, locked
from moothall.casework.models import LAPSED, Case, Event, Task
from moothall.casework.projection import phone_key
from moothall.people.actor import Actor
from moothall.people.models import Team
from moothall.places import queries as places

LONGEST = 2000
"""Characters of a task: more belongs in a note."""
MOST_DAYS = 260
MOST_OPEN = 50
"""Open tasks of one case."""
WINDOWS = {"any": "Any time", "morning": "In the morning", "afternoon": "In the afternoon"}
"""When a call back suits, by id."""
CALL_OUTCOMES = {
    "reached": "We spoke to them",
    "no_answer": "No answer",
    "wrong_number": "The number is wrong",
}
"""What came of a call, by id."""
LATEST = time(16, 0)
"""Asked for after this, a call back counts as asked for on the next working day."""
CLOSES = {"any": time(17, 0), "morning": time(12, 0), "afternoon": time(17, 0)}
MOST_TRIES = 3
"""A call-back ends when nobody answered so often, on two days at least."""


def set_task(
    case_id: int,
    text: str,
    *,
    actor: Actor,
    for_user: int | None = None,
    team: str = "",
    days: int | None = None,
    due_on: date | None = None,
    key: str = "",
    expected: int | None = None,
    now: datetime | None = None,
) -> Case:
    """Set a task on a case: for a colleague (`for_user`), for a team (its slug), else for the case's team.

    It is due in so many working days of the council (`days`), on a day (`due_on`), or when it can be.
    Whoever it is for must be able to see the case; a colleague is told by email, without a word of the
    case. The same `key` sets it once. Raises Missing, Invalid, NotAllowed, NotFound.
    """
    now = now or timezone.now()
    text = _text(text)
    due = _due(days, due_on, now)
    with transaction.atomic():
        case = _open_case(case_id, actor, "task", expected)
        if key and _done_before(case, Kind.TASK_SET, key):
            return case
        if Task.objects.filter(case=case, ended_at=None).count() >= MOST_OPEN:
            raise Invalid(
                "text", f"The case has {MOST_OPEN} open tasks. Finish some of them first."
            )
        whom = _for_whom(case, for_user, team)
        writing = Writing(case, actor=actor, channel="desk", now=now)
        fields: dict[str, Any] = {"text": text, "due": due, **whom[0]}
        if key:
            fields["key"] = key
        event = writing.add(Kind.TASK_SET, fields)
        writing.save()
        if whom[1] is not None and whom[1].id != actor.user_id:
            colleagues.write_to(
                whom[1],
                case,
                what="There is a task for you",
                key=f"task:{case.reference}:{event.sequence}",
                by=actor.label,
                now=now,
            )
        return case


def _text(text: str) -> str:
    text = text.strip()
    if not text:
        raise Missing("text", "Say what is to be done.")
    if len(text) > LONGEST:
        raise Invalid("text", f"This is too long: at most {LONGEST:,} characters.")
    return text


def _due(days: int | None, due_on: date | None, now: datetime) -> datetime | None:
    today = local_day(now)
    if days is not None:
        if not 0 <= days <= MOST_DAYS:
            raise Invalid("days", f"Give a number of working days from 0 to {MOST_DAYS}.")
        due_on = places.calendar("council").add_working_days(today, days)
    if due_on is None:
        return None
    if not today <= due_on <= today + timedelta(days=2 * MOST_DAYS):
        raise Invalid("due_on", "Give a day from today on.")
    return timezone.make_aware(datetime.combine(due_on, time(17, 0)))


def _for_whom(
    case: Case, for_user: int | None, team: str
) -> tuple[dict[str, Any], colleagues.Colleague | None]:
    if for_user is not None:
        known = {one.id: one for one in colleagues.who_may_see(case)}
        if for_user not in known:
            raise Invalid("for", "This person may not see the case. Choose someone who may.")
        return {"for": for_user, "for_label": known[for_user].name}, known[for_user]
    slug = team or case.team
    found = Team.objects.filter(slug=slug).first()
    if found is None or not (slug == case.team or _sees(case, found)):
        raise Invalid("for", "This team may not see the case. Choose one that may.")
    return {"for_team": slug, "for_label": found.name}, None


def _sees(case: Case, team: Team) -> bool:
    member = Actor(
        "staff", None, team.name, roles=frozenset(team.plays), teams=frozenset({team.slug})
    )
    return permissions.sees_row(case, member)


def _open_case(case_id: int, actor: Actor, verb: str, expected: int | None = None) -> Case:
    case = locked(case_id)
    if not permissions.sees_row(case, actor):
        raise NotFound
    check_expected(case, expected)
    if verb not in permissions.can(case, service_of(case), actor):
        raise NotAllowed("The service does not let you do this in this case.")
    return case


def _done_before(case: Case, kind: Kind, key: str) -> bool:
    known = Event.objects.filter(case=case, kind=kind)
    return any(event.fields.get("key") == key for event in known)


def _task(case: Case, number: int, *kinds: str) -> Task:
    task = Task.objects.filter(case=case, number=number).first()
    if task is None or (kinds and task.kind not in kinds):
        raise NotFound("There is no such task on this case.")
    return task


def finish_task(
    case_id: int, number: int, *, actor: Actor, note: str = "", now: datetime | None = None
) -> Case:
    """Mark a task as done; done again, it changes nothing. Raises NotAllowed when it was cancelled."""
    return _end(case_id, number, Kind.TASK_DONE, {"text": note.strip()}, actor=actor, now=now)


def cancel_task(
    case_id: int, number: int, reason: str, *, actor: Actor, now: datetime | None = None
) -> Case:
    """Take a task or a call-back away, with the reason. Raises Missing without one."""
    if not reason.strip():
        raise Missing("reason", "Say why it is not to be done.")
    return _end(
        case_id, number, Kind.TASK_CANCELLED, {"reason": reason.strip()}, actor=actor, now=now
    )


def _end(
    case_id: int,
    number: int,
    kind: Kind,
    fields: dict[str, Any],
    *,
    actor: Actor,
    now: datetime | None,
) -> Case:
    now = now or timezone.now()
    wanted = Task.State.DONE if kind == Kind.TASK_DONE else Task.State.CANCELLED
    with transaction.atomic():
        case = _open_case(case_id, actor, "task")
        task = _task(case, number)
        if task.state == wanted:
            return case
        if task.state != Task.State.OPEN:
            raise NotAllowed("This task is over already.")
        if task.kind == Task.Kind.CALL_BACK and kind == Kind.TASK_DONE:
            raise NotAllowed("Say what came of the call instead.")
        writing = Writing(case, actor=actor, channel="desk", now=now)
        writing.add(kind, {"task": number, **{k: v for k, v in fields.items() if v}})
        return writing.save()


# Call-backs


def ask_call_back(
    case_id: int,
    phone: str,
    *,
    actor: Actor,
    window: str = "any",
    about: str = "",
    channel: str = "online",
    key: str = "",
    now: datetime | None = None,
) -> Case:
    """Ask that somebody rings about the case: by its applicant, or by staff for them.

    We promise to ring by the end of the next working day, within `window` (any, morning, afternoon);
    asked after 4pm counts as asked the next working day. A case has one open call-back: asking again
    takes its place. The same `key` asks once. Raises Invalid for what is no phone number or window.
    """
    now = now or timezone.now()
    phone = " ".join(phone.split())
    if not phone_key(phone) or len(phone) > 40 or not re.fullmatch(r"[+\d ()/.-]+", phone):
        raise Invalid("phone", "Enter a phone number, like 01632 960001 or 07700 900982.")
    if window not in WINDOWS:
        raise Invalid("window", "Choose when it suits: any time, morning or afternoon.")
    if len(about.strip()) > LONGEST:
        raise Invalid("about", f"This is too long: at most {LONGEST:,} characters.")
    with transaction.atomic():
        case = locked(case_id)
        if not permissions.sees_row(case, actor) or case.anonymised_at or case.state == LAPSED:
            raise NotFound
        if actor.is_staff and "call_back" not in permissions.can(case, service_of(case), actor):
            raise NotAllowed("The service does not let you do this in this case.")
        if key and _done_before(case, Kind.CALL_BACK_ASKED, key):
            return case
        writing = Writing(case, actor=actor, channel=channel, now=now)
        for old in _open_call_backs(case):
            writing.add(Kind.TASK_CANCELLED, {"task": old.number, "reason": "Asked for again"})
        team = Team.objects.filter(slug=case.team).first()
        fields: dict[str, Any] = {
            "phone": phone,
            "window": window,
            "text": about.strip(),
            "due": call_back_due(now, window),
            "for": case.assigned_to_id,
            "for_team": "" if case.assigned_to_id else case.team,
            "for_label": team.name if team else "",
        }
        if key:
            fields["key"] = key
        writing.add(Kind.CALL_BACK_ASKED, fields)
        writing.save()
        if not actor.is_staff:
            contacting.record_contact(
                channel=channel,
                service_id=case.service_id,
                outcome=demand.CHASED,
                case=case,
                at=now,
            )
        return case


def _open_call_backs(case: Case) -> list[Task]:
    return list(
        Task.objects.filter(case=case, kind=Task.Kind.CALL_BACK, ended_at=None).order_by("number")
    )


def call_back_due(now: datetime, window: str = "any") -> datetime:
    """By when we promise to ring somebody who asks now."""
    calendar = places.calendar("council")
    local = timezone.localtime(now)
    late = local.time() >= LATEST and calendar.is_working_day(local.date())
    days = 2 if late else 1
    day = calendar.add_working_days(local.date(), days)
    return timezone.make_aware(datetime.combine(day, CLOSES.get(window, CLOSES["any"])))


def record_call(
    case_id: int,
    number: int,
    outcome: str,
    *,
    actor: Actor,
    note: str = "",
    minutes: int | None = None,
    now: datetime | None = None,
) -> Case:
    """Write down a call that was made: reached, no_answer or wrong_number.

    Reached: the call-back is done. A wrong number ends it. No answer: it is due again by the end of the
    next working day; the third time, on two days at least, it ends. Whoever could not be reached is
    told so by email or text.
    """
    now = now or timezone.now()
    if outcome not in CALL_OUTCOMES:
        raise Invalid("outcome", "Say what came of the call.")
    with transaction.atomic():
        case = _open_case(case_id, actor, "call_back")
        task = _task(case, number, Task.Kind.CALL_BACK)
        if task.state != Task.State.OPEN:
            raise NotAllowed("This call-back is over already.")
        fields: dict[str, Any] = {"task": number, "outcome": outcome}
        if note.strip():
            fields["text"] = note.strip()[:LONGEST]
        fields["becomes"] = _becomes(case, task, outcome, now)
        if fields["becomes"] == Task.State.OPEN:
            fields["due"] = _again(task, now)
        writing = Writing(case, actor=actor, channel="phone", now=now)
        writing.add(Kind.CALL_TRIED, fields)
        if fields["becomes"] == Task.State.MISSED:
            messages.write_to_applicant(
                writing,
                means=("email", "letter") if outcome == "wrong_number" else ("email", "text"),
                subject=words.say("missed_call_subject", case.language, reference=case.reference),
                body=words.say(f"missed_call_{outcome}", case.language),
                told="missed_call",
            )
        writing.save()
        if outcome == "reached":
            contacting.record_contact(
                channel="phone",
                service_id=case.service_id,
                outcome="answered",
                minutes=minutes,
                adviser=actor.user_id,
                case=case,
                at=now,
            )
        return case


def _becomes(case: Case, task: Task, outcome: str, now: datetime) -> str:
    if outcome == "reached":
        return Task.State.DONE
    if outcome == "wrong_number":
        return Task.State.MISSED
    tried = Event.objects.filter(case=case, kind=Kind.CALL_TRIED)
    days = {local_day(one.at) for one in tried if one.fields.get("task") == task.number}
    enough = task.tries + 1 >= MOST_TRIES and len(days | {local_day(now)}) >= 2
    return Task.State.MISSED if enough else Task.State.OPEN


def _again(task: Task, now: datetime) -> datetime:
    day = places.calendar("council").add_working_days(local_day(now), 1)
    return timezone.make_aware(datetime.combine(day, CLOSES.get(task.window, CLOSES["any"])))
