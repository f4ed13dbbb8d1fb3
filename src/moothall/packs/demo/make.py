"""Makes the year: day by day, in batches, each one transaction, so that it can be killed and resumed.

How far it has come is written with each batch (`Council.year_made`): the last day done, and the
steps of cases that are still to come. A batch that was cut off has left nothing behind.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from moothall import measures, outbox
from moothall.casework import actions as casework
from moothall.casework import clock
from moothall.casework.facts import service_of
from moothall.casework.models import UNPAID, Case
from moothall.language import Service
from moothall.packs import queries as packs
from moothall.packs.demo import from_examples
from moothall.packs.demo.answers import FORMS, Asker, Filled
from moothall.packs.demo.around import put_around
from moothall.packs.demo.batch import messages_of_then, relaxed
from moothall.packs.demo.fates import FATES, Step
from moothall.packs.demo.opinions import say_how_it_went
from moothall.packs.demo.people import Person, person
from moothall.packs.demo.samples import Samples
from moothall.packs.demo.visits import count_visits
from moothall.packs.demo.year import (
    Planned,
    after_working_hours,
    at_local,
    plan_year,
    rotate,
)
from moothall.packs.models import Council
from moothall.pay import actions as pay
from moothall.pay.adapters import local as stand_in_pay
from moothall.people import queries as people
from moothall.people.actor import Actor, applicant
from moothall.people.models import User
from moothall.places import queries as places
from moothall.places.models import Address
from moothall.slots import actions as slots
from moothall.slots.actions import SlotTaken
from moothall.slots.models import Resource, Slot

BATCH_DAYS = 7
EVERY_CASE = 100_000
BACKLOG_DAYS = 21
Progress = Callable[[float, str], None]
Pending = tuple[str, int, int, int]
"""When (ISO, UTC), the case's number in the plan, the step, the case's row id."""


class NothingToMake(Exception):
    """No pack is applied, or it has no demonstration.yaml."""


@dataclass
class Tally:
    """What was made in this run."""

    cases: int = 0
    steps: int = 0
    skipped: int = 0
    contacts: int = 0


@dataclass
class Maker:
    """Carries the plan out. `state` is what is written with each batch."""

    recipe: dict[str, Any]
    ends: date
    cases: int
    tally: Tally = field(default_factory=Tally)
    pending: list[Pending] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.seed = self.recipe["seed"]
        self.plan = plan_year(self.recipe, self.ends, self.cases)
        self.services = {one.id: one for one in packs.offered()}
        self.calendar = places.calendar("council")
        self.addresses = list(Address.objects.order_by("uprn").values_list("pk", flat=True))
        self.samples = Samples()
        self.by_day: dict[date, list[Planned]] = {}
        for one in self.plan:
            self.by_day.setdefault(timezone.localdate(one.at), []).append(one)
        self.staff = _staff()
        self.residents = list(User.objects.filter(is_staff=False).order_by("email"))

    def days(self) -> list[date]:
        """Every day of the year to make."""
        number = int(self.recipe["days"])
        return [self.ends - timedelta(days=back) for back in range(number - 1, -1, -1)]

    def make_batch(self, days: list[date], until: datetime) -> None:
        """Everything of these days, in order of time, nothing after `until`. In one transaction."""
        for day in days:
            closes = min(at_local(day + timedelta(days=1), time(0)), until)
            for one in self.by_day.get(day, ()):
                if one.at <= closes:
                    self._steps_until(one.at)
                    self._arrive(one)
            self._steps_until(closes)
            clock.tick(closes, EVERY_CASE)

    def _steps_until(self, at: datetime) -> None:
        while self.pending and self.pending[0][0] < at.isoformat():
            self._step(heapq.heappop(self.pending))

    def rng(self, number: int, what: str) -> random.Random:
        """The chance that belongs to one case: the same whatever else is made."""
        return random.Random(f"{self.seed}:{number}:{what}")  # noqa: S311 - repeatable, no secret

    def _arrive(self, one: Planned) -> None:
        if not one.case:
            self._contact_only(one)
            return
        service = self.services.get(one.service)
        if service is None:
            return
        rng = self.rng(one.number, "form")
        user = self._resident(one)
        who = Asker(
            person=_person_of(user) if user else person(rng),
            address=_address(rng.choice(self.addresses)),
            on=timezone.localdate(one.at),
            channel=one.channel,
            last_collection=self._last_collection(rng, one.at),
        )
        form = FORMS.get(one.service)
        filled = form(rng, who) if form else from_examples.form(service, one.number, rng, who)
        if filled is None:
            return
        draft = f"demo-{self.seed}-{one.number}"
        self._upload(service, filled, draft, one.at)
        if filled.slot and not self._choose_slot(service, filled, rng, one.at):
            return
        minutes = one.minutes or rng.randint(2, 9)
        actor = (
            applicant(user, who.person.name)
            if one.channel == "online"
            else rotate(self.staff["adviser"], one.number)
        )
        try:
            with transaction.atomic():
                case = casework.open_case(
                    service=service,
                    answers=filled.answers,
                    look_ups=filled.look_ups,
                    channel=one.channel,
                    actor=actor,
                    key=draft,
                    language=user.language if user and user.language in service.languages else "en",
                    started_at=one.at - timedelta(minutes=minutes),
                    minutes=minutes if one.channel != "online" else None,
                    held_by=draft,
                    now=one.at,
                )
        except (casework.CaseworkError, SlotTaken):
            if form is not None:
                raise
            self.tally.skipped += 1  # an example that fits no other day
            return
        self.tally.cases += 1
        count_visits(service, case, one, rng)
        say_how_it_went(one, self.rng(one.number, "opinion"), after="journey", at=one.at)
        at = one.at
        if case.state == UNPAID:
            paid = self._pay(case, one, rng)
            if paid is None:
                return
            at = paid
        self._plan_step(one, 0, case.pk, at)

    def _contact_only(self, one: Planned) -> None:
        rng = self.rng(one.number, "contact")
        outcome = rng.choices(
            ["answered", "passed_on", "already_known", "not_eligible", "abandoned"],
            weights=[48, 18, 14, 12, 8],
        )[0]
        casework.record_contact(
            channel=one.channel,
            service_id=one.service,
            outcome=outcome,
            minutes=one.minutes,
            adviser=rotate(self.staff["adviser"], one.number).user_id,
            at=one.at,
        )
        self.tally.contacts += 1

    def _resident(self, one: Planned) -> User | None:
        """Every fiftieth online case belongs to a resident who can sign in."""
        if one.channel != "online" or one.number % 50 or not self.residents:
            return None
        return rotate(self.residents, one.number // 50)

    def _last_collection(self, rng: random.Random, at: datetime) -> date:
        """A working day, two or less before: late reports end at a stop page and open no case."""
        day = timezone.localdate(at)
        back = rng.choice([1, 1, 2])
        found = day - timedelta(days=1)
        while not self.calendar.is_working_day(found) or back > 1:
            back -= self.calendar.is_working_day(found)
            found -= timedelta(days=1)
        return found

    def _upload(self, service: Service, filled: Filled, owner: str, at: datetime) -> None:
        for question in filled.files:
            picture = service.questions[question].type != "file"
            filled.answers[question] = [self._file(question, owner, at, picture)]

    def _file(
        self, question: str, owner: str, at: datetime, picture: bool = False
    ) -> dict[str, Any]:
        photo = picture or question in {"log_book", "photo"}
        name = f"{question.replace('_', '-')}.{'jpg' if photo else 'pdf'}"
        return self.samples.give("photo" if photo else "paper", name, owner, at)

    def _choose_slot(
        self, service: Service, filled: Filled, rng: random.Random, at: datetime
    ) -> bool:
        """A free time some days ahead; False when there is none."""
        question = filled.slot
        source = service.questions[question].slots
        since = at_local(timezone.localdate(at) + timedelta(days=rng.randint(3, 12)), time(0))
        free = (
            Slot.objects.filter(
                resource__slug=source.resource if source else "",
                starts__gte=since,
                booking__isnull=True,
            )
            .order_by("starts", "place_number")
            .select_related("resource")
            .first()
        )
        if free is None:
            return False
        filled.answers[question] = free.as_answer()
        return True

    def _pay(self, case: Case, one: Planned, rng: random.Random) -> datetime | None:
        """Pays the fee a few minutes later; a few give up (the clock then closes the case)."""
        if rng.random() < 0.03:
            return None
        at = one.at + timedelta(minutes=rng.randint(1, 6))
        actor = applicant(None, case.contact_name)
        if one.channel != "online":
            actor = rotate(self.staff["adviser"], one.number)
        payment = casework.start_payment(
            case.pk, actor=actor, return_url="/", moto=one.channel == "phone", now=one.at
        )
        stand_in_pay.end(payment.provider_id, "success")
        pay.refresh(payment.public_id, now=at)
        return at

    def _fate(self, one: Planned) -> list[Step]:
        rng = self.rng(one.number, "fate")
        fate = FATES.get(one.service)
        if fate is not None:
            return fate(rng)
        return from_examples.fate(self.services[one.service], one.number, rng)

    def _plan_step(self, one: Planned, number: int, case_id: int, after: datetime) -> None:
        fate = self._fate(one)
        if number >= len(fate):
            return
        step = fate[number]
        if step.on_slot:
            when = self._slot_time(case_id, after)
        elif step.who == "applicant":
            when = after + timedelta(hours=max(0.1, step.hours))
        else:
            hours = step.hours * self._backlog(one)
            crisis = step.who == "crisis_team"
            when = after_working_hours(after, hours, self.calendar.holidays, every_day=crisis)
        heapq.heappush(self.pending, (when.isoformat(), one.number, number, case_id))

    def _backlog(self, one: Planned) -> float:
        """Staff are behind with some of the last weeks' cases, so that queues have something late."""
        lately = (self.ends - timezone.localdate(one.at)).days < BACKLOG_DAYS
        return 5.0 if lately and self.rng(one.number, "backlog").random() < 0.4 else 1.0

    def _slot_time(self, case_id: int, after: datetime) -> datetime:
        case = Case.objects.get(pk=case_id)
        slot = case.answers.get("collection_slot")
        starts = datetime.fromisoformat(slot["starts"]) if slot else after
        return max(starts.astimezone(UTC), after + timedelta(minutes=5))

    def _step(self, due: Pending) -> None:
        when, planned, number, case_id = due
        one = self.plan[planned]
        step = self._fate(one)[number]
        at = datetime.fromisoformat(when)
        case = Case.objects.get(pk=case_id)
        rng = self.rng(planned, f"step {number}")
        try:
            with transaction.atomic():
                self._do(one, step, case, at, rng)
        except (casework.CaseworkError, SlotTaken):
            # The clock, or a step before, has taken the case elsewhere: its story ends here.
            self.tally.skipped += 1
            return
        self.tally.steps += 1
        case.refresh_from_db()
        if case.ended_at is not None:
            say_how_it_went(one, self.rng(one.number, "opinion at the end"), after="case", at=at)
        self._plan_step(one, number + 1, case_id, at)

    def _do(self, one: Planned, step: Step, case: Case, at: datetime, rng: random.Random) -> None:
        if step.who == "applicant":
            actor = applicant(case.applicant, case.contact_name)
        else:
            actor = rotate(self.staff.get(step.who) or self.staff["admin"], one.number)
        if step.kind == "note":
            casework.add_note(case.pk, step.message, actor=actor, now=at)
        elif step.kind == "assign":
            casework.assign(case.pk, actor.user_id, actor=actor, now=at)
        elif step.kind == "chase":
            adviser = rotate(self.staff["adviser"], one.number)
            casework.record_contact(
                channel="phone",
                service_id=case.service_id,
                outcome="chased",
                minutes=rng.randint(3, 9),
                adviser=adviser.user_id,
                case=case,
                at=at,
            )
        else:
            answers = dict(step.answers)
            given = {name: self._file(name, case.reference, at) for name in step.files}
            photo = given.pop("photo", None)
            answers |= {question: [file] for question, file in given.items()}
            if step.needs_slot:
                filled = Filled(answers, slot="collection_slot")
                if not self._choose_slot(service_of(case), filled, rng, at):
                    raise SlotTaken("No time is free.")
            casework.move(
                case.pk,
                step.move,
                actor=actor,
                expected=case.lock_version,
                reason=step.reason,
                message=step.message,
                files=[photo["id"]] if photo else [],
                answers=answers,
                channel="online" if step.who == "applicant" else "desk",
                now=at,
            )


def make(
    *, cases: int | None = None, now: datetime | None = None, progress: Progress | None = None
) -> Tally:
    """Makes what is still missing of the year, and says how much that was.

    The first run fixes the year's last day (`now`); a run after a kill goes on from the last batch
    that was finished. A finished year is left alone. Raises NothingToMake.
    """
    now = now or timezone.now()
    row = Council.objects.first()
    if row is None or not row.year:
        raise NothingToMake("Apply a pack that has a demonstration.yaml first.")
    state = row.year_made or {
        "ends": timezone.localdate(now).isoformat(),
        "until": now.isoformat(),
        "cases": int(row.year["cases"]) if cases is None else cases,
        "done": "",
        "pending": [],
    }
    if state.get("finished"):
        return Tally()
    maker = Maker(row.year, date.fromisoformat(state["ends"]), int(state["cases"]))
    maker.pending = [tuple(one) for one in state["pending"]]
    heapq.heapify(maker.pending)
    until = datetime.fromisoformat(state["until"])
    days = maker.days()
    left = [day for day in days if day.isoformat() > state["done"]]
    with relaxed():
        for resource in Resource.objects.values_list("slug", flat=True):
            slots.make(resource, days[0], days[-1])
        for batch in _batches(left):
            with transaction.atomic(), messages_of_then():
                maker.make_batch(batch, until)
                state |= {"done": batch[-1].isoformat(), "pending": sorted(maker.pending)}
                state["finished"] = batch[-1] == days[-1]
                if state["finished"]:
                    opened = put_around(maker.staff, maker.rng(0, "around"), until)
                    maker.tally.cases += opened
                Council.objects.update(year_made=state)
            measures.flush()
            if progress:
                progress((days.index(batch[-1]) + 1) / len(days), batch[-1].isoformat())
        outbox.drain(limit=EVERY_CASE)
    return maker.tally


def _batches(days: list[date]) -> Iterator[list[date]]:
    for first in range(0, len(days), BATCH_DAYS):
        yield days[first : first + BATCH_DAYS]


def _staff() -> dict[str, list[Actor]]:
    """The demonstration's staff by each role they have."""
    found: dict[str, list[Actor]] = {}
    for user in User.objects.filter(is_staff=True).order_by("pk"):
        actor = people.actor_for(user)
        for role in actor.roles:
            found.setdefault(role, []).append(actor)
    if "adviser" not in found:
        raise NothingToMake(
            "The demonstration has no staff: apply a pack with staff in teams.yaml."
        )
    return found


def _address(pk: int) -> dict[str, Any]:
    row = Address.objects.select_related("ward").defer("ward__boundary").get(pk=pk)
    return dict(places.form_of(row))


def _person_of(user: User) -> Person:
    return Person(user.name, user.email, "07700 900321", "01632 960321")
