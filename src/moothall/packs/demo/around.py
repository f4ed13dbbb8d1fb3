"""What stands around the demonstration's open cases: tasks, promised calls, names in notes."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from moothall.casework import actions as casework
from moothall.casework import queries
from moothall.casework.errors import CaseworkError
from moothall.casework.models import UNPAID, Case
from moothall.people.actor import Actor, applicant

TASKS = (
    "Ring the crew and ask when they come",
    "Check the photo against the last visit",
    "Ask the street team whether the road is open again",
    "Read the reply and say what is still missing",
    "Look at the place on the way to the depot",
)
NOTES = (
    "@{name}, you know this street: is the gate still locked?",
    "@{name} can you look at this before we answer?",
)
NEIGHBOURS = (
    ("Ines Calder", "ines.calder@post.example"),
    ("Owain Sedge", "owain.sedge@post.example"),
)
PHONES = ("07700 900321", "01632 960321", "07700 900654")
MOST = 40


def put_around(staff: Mapping[str, Sequence[Actor]], rng: random.Random, until: datetime) -> int:
    """Put tasks, calls and notes on the newest open cases, and two duplicates beside them; return how
    many cases were opened. In the caller's transaction, once a year that is made."""
    cases = Case.objects.filter(ended_at=None, restricted=False).exclude(state=UNPAID)
    for number, case in enumerate(cases.order_by("-opened_at", "-pk")[:MOST]):
        actor = next(
            (one for one in staff.get("officer", ()) if case.team in one.teams), None
        ) or next((one for one in staff.get("manager", ()) if case.team in one.teams), None)
        if actor is None:
            continue
        at = max(case.last_event_at, until - timedelta(hours=rng.randint(1, 60)))
        try:
            _one(number, case, actor, rng, at)
        except CaseworkError:
            continue  # this service does not let its team do it
    return _told_twice(staff, until)


def _told_twice(staff: Mapping[str, Sequence[Actor]], until: datetime) -> int:
    """Two neighbours report a missed bin that was reported: one report is joined, one can be."""
    made = 0
    first = Case.objects.filter(ended_at=None, service_id="missed_bin", language="en")
    for number, case in enumerate(first.order_by("-opened_at", "-pk")[: len(NEIGHBOURS)]):
        name, email = NEIGHBOURS[number]
        at = min(until, case.opened_at + timedelta(hours=2))
        answers = {**case.answers, "name": name, "email": email, "tell_me_by": "email"}
        answers.pop("phone", None)
        try:
            again = casework.open_case(
                service=case.service_id,
                answers=answers,
                look_ups=case.look_ups,
                channel="online",
                actor=applicant(None, name),
                key=f"demo-neighbour-{case.reference}",
                now=at,
            )
            made += 1
            if number == 0:
                officer = next(one for one in staff["officer"] if case.team in one.teams)
                reason = "The same round was missed"
                casework.merge(again.pk, case.reference, reason, actor=officer, now=until)
        except CaseworkError:
            continue  # it is too late to report that one
    return made


def _one(number: int, case: Case, actor: Actor, rng: random.Random, at: datetime) -> None:
    what = number % 4
    if what == 0:
        mine = actor.user_id if rng.random() < 0.5 else None
        text = rng.choice(TASKS)
        days = rng.randint(0, 3)
        casework.set_task(case.pk, text, actor=actor, for_user=mine, days=days, now=at)
    elif what == 1 and number % 8 == 1:
        window = rng.choice(("any", "morning", "afternoon"))
        phone = case.contact_phone or rng.choice(PHONES)
        casework.ask_call_back(case.pk, phone, actor=actor, window=window, channel="phone", now=at)
    elif what == 2 and number % 8 == 2:
        others = [one for one in queries.colleagues_of(case.pk, actor) if one[0] != actor.user_id]
        if others:
            text = rng.choice(NOTES).format(name=rng.choice(others)[1])
            casework.add_note(case.pk, text, actor=actor, now=at)
