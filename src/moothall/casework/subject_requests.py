"""Requests of people about their own data (UK GDPR articles 15 to 21): taken, decided, answered in time.

A request is answered within a month of the day on which it came, and that month may be extended by two
more where it is complex, if the person is told why within the first (article 12(3)).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from moothall import outbox
from moothall.casework import access, holds, retention, subject
from moothall.casework.errors import Invalid, NotAllowed, NotFound
from moothall.casework.events import Kind
from moothall.casework.facts import local_day
from moothall.casework.ledger import append, locked
from moothall.casework.models import Case, SubjectRequest
from moothall.casework.subject import CaseFile, Person
from moothall.files import actions as files
from moothall.language.expressions.values import add_months, parse_date
from moothall.people.actor import Actor
from moothall.people.models import normalise_email

ADMIN = "admin"
JOB = "casework.subject_archive"
LONGEST = 2000
ARCHIVE_KEPT = timedelta(days=30)
"""How long an archive waits to be fetched."""
RECORD_KEPT = timedelta(days=3 * 366)
"""How long an answered request is kept: within it the person may complain or go to court."""
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

State = SubjectRequest.State
RequestKind = SubjectRequest.Kind


def may(actor: Actor) -> bool:
    """Whether somebody does the work of the data protection officer: administrators, at a screen."""
    return actor.is_staff and actor.plays(ADMIN) and not actor.via


def _allowed(actor: Actor) -> None:
    if not may(actor):
        raise NotAllowed("People’s requests about their data are for administrators.")


def answer_by(received: date, *, months: int = 1) -> date:
    """The last day for the answer: the same day of the month, or the month's last (article 12(3))."""
    last = parse_date(add_months(received.isoformat(), months))
    assert last is not None
    return last


def take(
    kind: str,
    person: Person,
    proof: str,
    received_on: date,
    *,
    actor: Actor,
    now: datetime | None = None,
) -> SubjectRequest:
    """Write down a request. Raises Invalid (`kind`, `name`, `email`, `proof`, `received_on`), NotAllowed.

    `proof`: how it was made sure that it is them. Without it nothing is told to anybody.
    """
    _allowed(actor)
    now = now or timezone.now()
    if kind not in RequestKind.values:
        raise Invalid("kind", "Choose what they ask for.")
    if not person.name.strip() or len(person.name) > 200:
        raise Invalid("name", "Enter their name.")
    if not (person.email.strip() or person.phone.strip()):
        raise Invalid(
            "email", "Enter their email address or phone number: we find their cases by it."
        )
    if person.email and ("@" not in person.email or len(person.email) > 254):
        raise Invalid("email", "Enter an email address, like name@example.com.")
    if len(person.phone) > 40:
        raise Invalid("phone", "Enter a phone number, like 01632 960001.")
    if not proof.strip() or len(proof) > 200:
        raise Invalid("proof", "Say how you made sure that it is them.")
    today = local_day(now)
    if not today - timedelta(days=366) <= received_on <= today:
        raise Invalid("received_on", "The day must be today or in the past year.")
    return SubjectRequest.objects.create(
        public_id="SR-" + "".join(secrets.choice(ALPHABET) for _ in range(8)),
        kind=kind,
        name=person.name.strip(),
        email=normalise_email(person.email),
        phone=person.phone.strip(),
        proof=proof.strip(),
        received_on=received_on,
        due_on=answer_by(received_on),
        made_by=actor.label,
        made_at=now,
    )


def listed(actor: Actor, *, over: bool = False, limit: int = 200) -> list[SubjectRequest]:
    """Requests to answer, the one due first first; or those that are over, newest first."""
    _allowed(actor)
    done = [State.DONE, State.REFUSED]
    rows = SubjectRequest.objects.all()
    if over:
        return list(rows.filter(state__in=done).order_by("-decided_at")[:limit])
    return list(rows.exclude(state__in=done).order_by("due_on", "pk")[:limit])


def found(public_id: str, actor: Actor) -> SubjectRequest:
    """One request. Raises NotFound, NotAllowed."""
    _allowed(actor)
    one = SubjectRequest.objects.filter(public_id=public_id).first()
    if one is None:
        raise NotFound("There is no such request.")
    return one


def person_of(request: SubjectRequest) -> Person:
    """Whom it is about."""
    return Person(request.name, request.email, request.phone)


def files_of(request: SubjectRequest, actor: Actor, *, now: datetime) -> list[CaseFile]:
    """What is held about somebody, for the officer who decides. Each case is noted as read."""
    _allowed(actor)
    made = held_about(request, now=now)
    for one in made:
        access.note(actor, one.reference, "subject", now=now)
    return made


def held_about(request: SubjectRequest, *, now: datetime) -> list[CaseFile]:
    """What is held in cases: the person's own first, then those that speak of them. Asks nobody's leave."""
    person = person_of(request)
    own = subject.own_cases(person)
    made = [subject.case_file(case, person, own=True, now=now) for case in own]
    for case in subject.cases_that_name(person, own):
        made.append(subject.case_file(case, person, own=False, now=now))
    return made


def holds_file(request: SubjectRequest, owner: str) -> bool:
    """Whether files of the case with this reference are among what is held about the person."""
    if request.state in {State.DONE, State.REFUSED}:
        return False
    person = person_of(request)
    own = subject.own_cases(person)
    return any(case.reference == owner for case in own) or any(
        case.reference == owner for case in subject.cases_that_name(person, own)
    )


def _open(public_id: str, actor: Actor) -> SubjectRequest:
    _allowed(actor)
    one = SubjectRequest.objects.select_for_update().filter(public_id=public_id).first()
    if one is None:
        raise NotFound("There is no such request.")
    if one.state in {State.DONE, State.REFUSED}:
        raise Invalid("", "This request is answered already.")
    return one


def extend(public_id: str, why: str, *, actor: Actor) -> SubjectRequest:
    """Take up to two months more (article 12(3)). Raises Invalid (`why`), NotFound, NotAllowed."""
    if not why.strip() or len(why) > LONGEST:
        raise Invalid("why", "Say why it takes longer, in 2,000 letters or fewer.")
    with transaction.atomic():
        one = _open(public_id, actor)
        if one.extended_why:
            raise Invalid("why", "It was extended already: three months are the most.")
        one.extended_why = why.strip()
        one.due_on = answer_by(one.received_on, months=3)
        one.save(update_fields=["extended_why", "due_on"])
    return one


def build(
    public_id: str,
    chosen: Mapping[str, str],
    *,
    actor: Actor,
    now: datetime | None = None,
) -> SubjectRequest:
    """Have the archive put together in the background; `chosen` are the officer's own decisions by item.

    What is not in `chosen` is as proposed. Building it again replaces the one before.
    Raises Invalid, NotFound, NotAllowed.
    """
    now = now or timezone.now()
    wrong = {value for value in chosen.values() if value not in subject.CHOICES}
    if wrong:
        raise Invalid("chosen", "Choose for each item whether it is given.")
    with transaction.atomic():
        one = _open(public_id, actor)
        if one.kind != RequestKind.ACCESS:
            raise Invalid("", "Only who asks for a copy gets one.")
        one.chosen = {**one.chosen, **chosen}
        one.state, one.decided_by, one.decided_at = State.BUILDING, actor.label, now
        _forget_archive(one)
        one.save()
        outbox.enqueue(JOB, unique=f"subject:{one.public_id}:{len(one.chosen)}:{now.timestamp()}",
                       public_id=one.public_id)  # fmt: skip
    return one


def built(public_id: str, file_id: str, sha256: str, *, now: datetime) -> bool:
    """Note that the archive is there, in the caller's transaction; False where nobody waits for it."""
    one = SubjectRequest.objects.select_for_update().filter(public_id=public_id).first()
    if one is None or one.state != State.BUILDING:
        return False
    one.archive, one.archive_sha256 = file_id, sha256
    one.archive_until = now + ARCHIVE_KEPT
    one.state = State.OPEN
    one.save()
    return True


def not_built(public_id: str) -> None:
    """Note that the archive could not be made: it may be tried again."""
    SubjectRequest.objects.filter(public_id=public_id, state=State.BUILDING).update(
        state=State.OPEN
    )


def owner_of(public_id: str) -> str:
    """Under which name the files room keeps the archive of a request."""
    return f"subject:{public_id}"


def _forget_archive(one: SubjectRequest) -> None:
    if one.archive:
        files.erase(owner_of(one.public_id))
    one.archive, one.archive_sha256, one.archive_until = "", "", None


def close(
    public_id: str,
    outcome: str,
    *,
    refused: bool,
    actor: Actor,
    now: datetime | None = None,
) -> SubjectRequest:
    """Write down what they were answered. Raises Invalid (`outcome`), NotFound, NotAllowed."""
    if not outcome.strip() or len(outcome) > LONGEST:
        raise Invalid("outcome", "Say what they were told, in 2,000 letters or fewer.")
    with transaction.atomic():
        one = _open(public_id, actor)
        if one.state == State.BUILDING:
            raise Invalid("outcome", "The copy is being put together. Wait until it is there.")
        one.state = State.REFUSED if refused else State.DONE
        one.outcome = outcome.strip()
        one.decided_by, one.decided_at = actor.label, now or timezone.now()
        one.save()
    return one


def erase_case(
    public_id: str, reference: str, *, actor: Actor, now: datetime | None = None
) -> Case:
    """Erase one of the person's own cases, as they asked (article 17). Raises Invalid (`case`), NotFound.

    Not under a legal hold; not a case that is open, which the service's own steps end first.
    """
    now = now or timezone.now()

    def do(case: Case, one: SubjectRequest) -> None:
        if one.kind != RequestKind.ERASURE:
            raise Invalid("case", "This request does not ask for erasure.")
        if holds.stops(case):
            raise Invalid("case", "A legal hold stands on this case. Lift it first.")
        if case.ended_at is None:
            raise Invalid("case", "This case is open. Bring it to its end first.")
        rule = f"erased as asked for ({one.public_id})"
        retention.anonymise(case.pk, now=now, rule=rule, actor=actor, channel="desk")

    return _with_case(public_id, reference, actor, do)


def restrict_case(
    public_id: str, reference: str, *, actor: Actor, now: datetime | None = None
) -> Case:
    """Restrict who sees one of the person's own cases, as they asked (articles 18 and 21)."""
    now = now or timezone.now()

    def do(case: Case, one: SubjectRequest) -> None:
        if one.kind not in {RequestKind.RESTRICTION, RequestKind.OBJECTION}:
            raise Invalid("case", "This request does not ask for restriction.")
        if not case.restricted:
            told = {"restricted": True, "reason": f"As the person asked ({one.public_id})"}
            append(case, Kind.RESTRICTED, told, actor=actor, channel="desk", now=now)

    return _with_case(public_id, reference, actor, do)


def _with_case(
    public_id: str,
    reference: str,
    actor: Actor,
    do: Callable[[Case, SubjectRequest], None],
) -> Case:
    with transaction.atomic():
        one = _open(public_id, actor)
        own = {case.reference: case.pk for case in subject.own_cases(person_of(one))}
        if reference not in own:
            raise Invalid("case", "This is no case of theirs.")
        case = locked(own[reference])
        do(case, one)
    return case


def forget_old(now: datetime) -> int:
    """Remove archives that were not fetched in time and requests answered long ago; return how many."""
    gone = 0
    for one in SubjectRequest.objects.filter(archive_until__lt=now).exclude(archive="")[:100]:
        with transaction.atomic():
            _forget_archive(one)
            one.save()
        gone += 1
    old = SubjectRequest.objects.filter(
        state__in=[State.DONE, State.REFUSED], decided_at__lt=now - RECORD_KEPT
    )
    for one in old[:100]:
        with transaction.atomic():
            _forget_archive(one)
            one.delete()
        gone += 1
    return gone
