"""Plays the story of a case through the real actions and takes down the rows that they wrote.

Nothing stays in the database: each story is rolled back. Its person, its place and its days are marked,
so that a stencil can be cut from the rows (`stencil`).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import models, transaction

from moothall import language
from moothall.casework import actions as casework
from moothall.casework import clock, searching
from moothall.casework.models import UNPAID, Case, Contact, Event
from moothall.files import store
from moothall.files.models import StoredFile
from moothall.language import Move, Service
from moothall.notify import actions as notify
from moothall.notify.adapters import Receipt
from moothall.notify.models import Message
from moothall.packs.demo import from_examples
from moothall.packs.demo.answers import FORMS, Asker, Filled
from moothall.packs.demo.fates import FATES, Step
from moothall.packs.demo.make import Maker
from moothall.packs.demo.people import Person
from moothall.packs.demo.year import Planned, after_working_hours, at_local, rotate
from moothall.pay.models import Payment, Refund, StandInPayment, StandInRefund
from moothall.pay.tasks import make_refund
from moothall.people.actor import Actor, applicant
from moothall.slots import actions as slots
from moothall.slots.actions import SlotTaken

START = date(2025, 9, 1)
"""A Monday after which no bank holiday comes for sixteen weeks: working days are plain there."""
OPENS = at_local(START, time(10, 17, 43))
"""Its minute and second mark what is reckoned from it."""
FOLLOWED = timedelta(days=1200)
"""So long the clock goes on after the last step: permits run out."""
PERSON = Person(
    "Quillon Zabriskie", "quillon.zabriskie@residents.example", "07700 900913", "01632 960914"
)
GIVEN, FAMILY = PERSON.name.split()
TRIES = 6
MOST_STEPS = 8
BESIDE: Sequence[type[models.Model]] = (
    Message, StandInPayment, Payment, StandInRefund, Refund, StoredFile, Contact,
)  # fmt: skip
"""What is written beside case and events, in the order in which rows refer to each other."""


@dataclass(frozen=True)
class Act:
    """One thing that was done: when, by whom (`applicant`, `staff`, `clock`), and the case after it."""

    at: datetime
    who: str
    events: int
    case: dict[str, Any]
    title: str
    words: str


@dataclass
class Story:
    """The rows of one case, and when they came."""

    service: Service
    acts: list[Act] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    beside: list[tuple[type[models.Model], int, dict[str, Any]]] = field(default_factory=list)
    """Model, the act that made it, its columns as they were at the end."""
    home: dict[str, Any] = field(default_factory=dict)

    @property
    def ended(self) -> int | None:
        """The first act after which the case had ended for good, or None."""
        last = None
        for number in range(len(self.acts) - 1, -1, -1):
            if self.acts[number].case["ended_at"] is None:
                break
            last = number
        return last


class Rehearsal(Maker):
    """Plays stories with the demonstration's forms, fates and staff."""

    def __post_init__(self) -> None:
        """As the demonstration's maker, without its plan of a year."""
        super().__post_init__()
        self.residents = []
        self.pending = []

    def play(self, service: Service, channel: str, numbers: Sequence[int]) -> Iterator[Story]:
        """The stories `numbers` of a service, opened by `channel` (online or phone)."""
        with transaction.atomic():
            for name in {
                question.slots.resource
                for question in service.questions.values()
                if question.type == "slot" and question.slots is not None
            }:
                slots.make(name, START, START + timedelta(days=60))
            for number in numbers:
                for again in range(TRIES):
                    story = self._one(service, channel, number + 100 * again)
                    if story is not None:
                        yield story
                        break
            transaction.set_rollback(True)

    def _one(self, service: Service, channel: str, number: int) -> Story | None:
        before = StoredFile.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        story = None
        with transaction.atomic():
            try:
                with transaction.atomic():
                    story = self._play(service, channel, number)
            except (casework.CaseworkError, SlotTaken):
                story = None
            stored = StoredFile.objects.filter(pk__gt=before).values_list("stored_as", flat=True)
            for name in list(stored):
                store.path_of(name).unlink(missing_ok=True)
            transaction.set_rollback(True)
        return story

    def _play(self, service: Service, channel: str, number: int) -> Story | None:
        self._marks = {
            model: model._default_manager.order_by("-pk").values_list("pk", flat=True).first() or 0
            for model in BESIDE
        }
        home = _home(self.addresses[number % len(self.addresses)])
        rng = self.rng(number, f"{service.id} form")
        who = Asker(PERSON, home, START, channel, self._last_collection(rng, OPENS))
        form = FORMS.get(service.id)
        filled = form(rng, who) if form else from_examples.form(service, number, rng, who)
        if filled is None:
            return None
        draft = f"synth-{service.id}-{number}"
        self._upload(service, filled, draft, OPENS)
        if filled.slot and not self._choose_slot(service, filled, rng, OPENS):
            return None
        online = channel == "online"
        one = Planned(number, service.id, OPENS, channel, None if online else 5, case=True)
        case = self._opened(service, filled, draft, one)
        story = Story(service, home=dict(home))
        self._take(story, case.pk, OPENS, "applicant")
        at = OPENS
        if case.state == UNPAID and rng.random() > 0.03:
            at = OPENS + timedelta(minutes=rng.randint(1, 6))
            self._pays(case, one, at)
            self._take(story, case.pk, at, "applicant")
        self._goes_on(story, case.pk, one, at)
        self._rows(story, case.pk)
        return story

    def _opened(self, service: Service, filled: Filled, draft: str, one: Planned) -> Case:
        welsh = "cy" in service.languages and one.number % 10 == 9
        return casework.open_case(
            service=service,
            answers=filled.answers,
            look_ups=filled.look_ups,
            channel=one.channel,
            actor=self._asks(one),
            key=draft,
            language="cy" if welsh else "en",
            minutes=one.minutes,
            held_by=draft,
            now=one.at,
        )

    def _asks(self, one: Planned) -> Actor:
        if one.channel == "online":
            return applicant(None, PERSON.name)
        actor: Actor = rotate(self.staff["adviser"], one.number)
        return actor

    def _pays(self, case: Case, one: Planned, at: datetime) -> None:
        from moothall.pay import actions as pay
        from moothall.pay.adapters import local as stand_in

        moto = one.channel == "phone"
        payment = casework.start_payment(
            case.pk, actor=self._asks(one), return_url="/", moto=moto, now=one.at
        )
        stand_in.end(payment.provider_id, "success")
        pay.refresh(payment.public_id, now=at)

    def _goes_on(self, story: Story, case_id: int, one: Planned, at: datetime) -> None:
        """The steps of its fate; where they end before the case does, the shortest way to an end."""
        rng = self.rng(one.number, f"{one.service} fate")
        steps = list(self._fate_of(story.service, one.number, rng))
        for number in range(MOST_STEPS):
            case = Case.objects.get(pk=case_id)
            if number < len(steps):
                step = steps[number]
            elif case.ended_at is None and case.state != UNPAID:
                onward = way_out(story.service, case, rng)
                if onward is None:
                    break
                step = onward
            else:
                break
            when = self._when(step, case, at)
            self._clock(story, case_id, when)
            case.refresh_from_db()
            try:
                with transaction.atomic():
                    self._do(one, step, case, when, self.rng(one.number, f"step {number}"))
            except (casework.CaseworkError, SlotTaken):
                steps = steps[:number]
                continue
            self._take(story, case_id, when, "applicant" if step.who == "applicant" else "staff")
            at = max(at, when)
        self._clock(story, case_id, at + FOLLOWED)

    def _fate_of(self, service: Service, number: int, rng: random.Random) -> list[Step]:
        fate = FATES.get(service.id)
        if fate is not None:
            return fate(rng)
        tries = [
            from_examples.fate(service, number, self.rng(number, f"{service.id} try {n}"))
            for n in range(4)
        ]
        return max(tries, key=len)

    def _when(self, step: Step, case: Case, after: datetime) -> datetime:
        if step.on_slot:
            when = self._slot_time(case.pk, after)
        elif step.who == "applicant":
            when = after + timedelta(hours=max(0.1, step.hours))
        else:
            every_day = step.who == "crisis_team"
            when = after_working_hours(
                after, step.hours, self.calendar.holidays, every_day=every_day
            )
        return max(when, after + timedelta(minutes=2)).replace(microsecond=0)

    def _clock(self, story: Story, case_id: int, until: datetime) -> None:
        """What the clock does up to a moment."""
        for _ in range(20):
            wake_at = Case.objects.values_list("wake_at", flat=True).get(pk=case_id)
            if wake_at is None or wake_at > until:
                return
            clock.wake(case_id, wake_at)
            self._take(story, case_id, wake_at, "clock")

    def _take(self, story: Story, case_id: int, at: datetime, who: str) -> None:
        """Let the messages and refunds arrive, then take down what there is."""
        queued = Message.objects.filter(pk__gt=self._marks[Message], status=Message.Status.QUEUED)
        for message in queued.order_by("pk"):
            receipt = Receipt(message.reference, "delivered")
            notify.settle(message.pk, "local", receipt, at + timedelta(seconds=20))
        waiting = Refund.objects.filter(pk__gt=self._marks[Refund], status=Refund.Status.QUEUED)
        for refund in waiting.order_by("pk"):
            settle = make_refund(refund_id=refund.pk, now=at + timedelta(seconds=40))
            if callable(settle):
                settle()
        case = Case.objects.get(pk=case_id)
        title, words = searching.document(case, story.service)
        row = {one.attname: getattr(case, one.attname) for one in Case._meta.concrete_fields}
        story.acts.append(Act(at, who, case.lock_version, row, title, words))
        for model in BESIDE:
            known = sum(1 for kind, _, _ in story.beside if kind is model)
            rows = model._default_manager.filter(pk__gt=self._marks[model]).order_by("pk")
            for new in list(rows)[known:]:
                story.beside.append((model, len(story.acts) - 1, {"id": new.pk}))

    def _rows(self, story: Story, case_id: int) -> None:
        columns = [one.attname for one in Event._meta.concrete_fields]
        rows = Event.objects.filter(case_id=case_id).order_by("sequence").values(*columns)
        story.events = [dict(row) for row in rows]
        for number, (model, act, known) in enumerate(story.beside):
            row = model._default_manager.filter(pk=known["id"]).values().get()
            story.beside[number] = (model, act, dict(row))


def _home(pk: int) -> dict[str, Any]:
    from moothall.packs.demo.make import _address

    real = _address(pk)
    return {
        **real,
        "uprn": "10000913914",
        "line": "913 Zabrow Row, Zabton",
        "postcode": "XW91 3ZZ",
        "lon": -0.913914,
        "lat": 51.913914,
    }


def way_out(service: Service, case: Case, rng: random.Random) -> Step | None:
    """The next step on the shortest way to an end that staff can take, or None."""
    known = _answers_of_moves(service)
    ways: list[tuple[str, list[Move]]] = [(case.state, [])]
    seen = {case.state}
    while ways:
        state, path = ways.pop(0)
        spec = service.states.get(state)
        if path and spec is not None and spec.ends:
            return _step_of(path[0], known.get(path[0].id, {}), service, rng)
        for move in service.moves.values():
            by_staff = [one for one in move.by if one not in {"applicant", "system", "clock"}]
            open_needs = set(move.needs) - {"reason", "message", "photo", *known.get(move.id, {})}
            if state in move.from_states and by_staff and not open_needs and move.to not in seen:
                seen.add(move.to)
                ways.append((move.to, [*path, move]))
    return None


def _step_of(move: Move, answers: dict[str, Any], service: Service, rng: random.Random) -> Step:
    by = next(one for one in move.by if one not in {"applicant", "system", "clock"})
    return Step(
        "move", rng.uniform(2, 14), by, move.id,
        reason="Checked against our records." if "reason" in move.needs else "",
        message="Thank you. We have looked at this." if "message" in move.needs else "",
        answers=answers,
        files=("photo",) if "photo" in move.needs else (),
    )  # fmt: skip


def _answers_of_moves(service: Service) -> dict[str, dict[str, Any]]:
    """What the examples answer where a move asks: move id to answers."""
    found: dict[str, dict[str, Any]] = {}
    for example in service.examples:
        for one in example.moves:
            kinds = {
                service.questions[name].type for name in one.answers if name in service.questions
            }
            if one.answers and not kinds & {"file", "photo", "signature", "slot"}:
                found.setdefault(
                    one.move,
                    {
                        name: language.plain_answer(service, name, value)
                        for name, value in one.answers.items()
                    },
                )
    return found
