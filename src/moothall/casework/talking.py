"""Notes, assignment, and what is written to and by the person a case is for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from moothall import language, outbox
from moothall.casework import (
    colleagues,
    contacting,
    demand,
    messages,
    moving,
    permissions,
    searching,
    steps,
)
from moothall.casework.errors import CaseworkError, Invalid, Missing, NotAllowed, NotFound
from moothall.casework.events import Kind
from moothall.casework.facts import FILE_TYPES, facts_of, service_of
from moothall.casework.ledger import Writing, append, check_expected, locked
from moothall.casework.models import OURS, Case, Event
from moothall.casework.types import Means
from moothall.language import Move, Service
from moothall.people.actor import Actor
from moothall.people.models import Job, Team, User

LONGEST = 20_000
"""Characters of a note or a message: more belongs in a file."""


def _open_for(case_id: int, actor: Actor, verb: str, expected: int | None) -> tuple[Case, Service]:
    case = locked(case_id)
    if not permissions.sees_row(case, actor):
        raise NotFound
    check_expected(case, expected)
    service = service_of(case)
    if verb not in permissions.can(case, service, actor):
        raise NotAllowed("The service does not let you do this in this case.")
    return case, service


def _text(text: str, field: str, what: str) -> str:
    text = text.strip()
    if not text:
        raise Missing(field, what)
    if len(text) > LONGEST:
        raise Invalid(field, f"This is too long: at most {LONGEST:,} characters.")
    return text


def add_note(
    case_id: int,
    text: str,
    *,
    actor: Actor,
    expected: int | None = None,
    now: datetime | None = None,
) -> Case:
    """Write a note that staff who see the case can read. Raises Missing when it is empty.

    Colleagues whom it names (`@Bryn Oakshott`) find it on their desk and are told by email, without a
    word of the case. Raises Invalid where a name fits several, or somebody who may not see the case.
    """
    now = now or timezone.now()
    text = _text(text, "text", "Write the note.")
    with transaction.atomic():
        case, _ = _open_for(case_id, actor, "note", expected)
        named = colleagues.named_in(text, colleagues.who_may_see(case)) if "@" in text else []
        told = [one for one in named if one.id != actor.user_id]
        fields: dict[str, Any] = {"text": text}
        if told:
            fields["mentions"] = [one.id for one in told]
        writing = Writing(case, actor=actor, channel="desk", now=now)
        event = writing.add(Kind.NOTED, fields)
        writing.save()
        for one in told:
            colleagues.write_to(
                one,
                case,
                what="You are named in a note",
                key=f"mention:{case.reference}:{event.sequence}:{one.id}",
                by=actor.label,
                now=now,
            )
        return case


def assign(
    case_id: int,
    user_id: int | None,
    *,
    actor: Actor,
    expected: int | None = None,
    now: datetime | None = None,
) -> Case:
    """Give the case to one of the people who may work on it, or to nobody (None)."""
    now = now or timezone.now()
    with transaction.atomic():
        case, service = _open_for(case_id, actor, "assign", expected)
        if user_id == case.assigned_to_id:
            return case
        name = ""
        if user_id is not None:
            names = dict(people_who_work(service))
            if user_id not in names:
                raise NotAllowed("This person does not work on this service.")
            name = names[user_id]
        fields = {"to": user_id, "to_label": name, "from": case.assigned_to_id}
        return append(case, Kind.ASSIGNED, fields, actor=actor, channel="desk", now=now)


def assign_many(
    cases: Sequence[tuple[int, int]],
    user_id: int | None,
    *,
    actor: Actor,
    now: datetime | None = None,
) -> tuple[list[str], list[tuple[str, str]]]:
    """Give several cases (id, version seen) to one person, each in a transaction of its own.

    Returns the references done, and (reference, why) of those refused.
    """
    done: list[str] = []
    refused: list[tuple[str, str]] = []
    names = dict(
        permissions.visible(actor)
        .filter(pk__in=[one for one, _ in cases])
        .values_list("pk", "reference")
    )
    for case_id, expected in cases:
        if case_id not in names:
            continue
        try:
            assign(case_id, user_id, actor=actor, expected=expected, now=now)
            done.append(names[case_id])
        except CaseworkError as error:
            refused.append((names[case_id], str(error)))
    return done, refused


def people_who_work(service: Service) -> list[tuple[int, str]]:
    """Staff whose team plays the owner of `service` or makes one of its moves, by name."""
    roles = {service.owner} | {role for move in service.moves.values() for role in move.by}
    teams = [team.pk for team in Team.objects.all() if not roles.isdisjoint(team.plays)]
    return list(
        User.objects.filter(memberships__team__in=teams, is_staff=True, is_active=True)
        .exclude(memberships__job=Job.COUNCILLOR)
        .order_by("name", "pk")
        .values_list("pk", "name")
        .distinct()
    )


def reply(
    case_id: int,
    text: str,
    means: Means = "email",
    *,
    actor: Actor,
    subject: str = "",
    key: str = "",
    to_followers: bool = False,
    expected: int | None = None,
    now: datetime | None = None,
) -> Case:
    """Write to the person the case is for; it is sent from the outbox.

    `to_followers`: the same words go to everybody whose case was joined to this one, so they must hold
    nothing about the person. The same `key` writes once, however often it is sent in. Raises Missing without an address.
    """
    now = now or timezone.now()
    text = _text(text, "text", "Write your message.")
    with transaction.atomic():
        if key and (done := _replied(case_id, actor, f"reply:{key}")) is not None:
            return done
        case, service = _open_for(case_id, actor, "reply", expected)
        writing = Writing(case, actor=actor, channel="desk", now=now)
        sent = messages.write_to_applicant(
            writing,
            means=(means,),
            subject=subject.strip() or f"{service.name} ({case.reference})",
            body=text,
            told=f"reply:{key}" if key else "reply",
        )
        if not sent:
            way = {"email": "an email address", "text": "a mobile number", "letter": "an address"}
            raise Missing("means", f"We do not have {way[means]} for them. Choose another way.")
        writing.save()
        if to_followers:
            messages.pass_on_words(case)
        return case


def _replied(case_id: int, actor: Actor, told: str) -> Case | None:
    case = locked(case_id)
    if not permissions.sees_row(case, actor):
        return None
    sent = Event.objects.filter(case=case, kind=Kind.MESSAGE_QUEUED)
    return case if any(event.fields.get("told") == told for event in sent) else None


def receive_reply(
    case_id: int,
    text: str,
    files: Sequence[str] = (),
    *,
    actor: Actor,
    channel: str = "online",
    expected: int | None = None,
    now: datetime | None = None,
) -> Case:
    """Record what the person wrote or sent; makes the applicant's move where the state waits for one.

    `files` were uploaded with the case's reference as owner. Also for staff who take a call or a letter.
    """
    now = now or timezone.now()
    text = text.strip()
    if not text and not files:
        raise Missing("text", "Write your message or add a file.")
    if len(text) > LONGEST:
        raise Invalid("text", f"This is too long: at most {LONGEST:,} characters.")
    with transaction.atomic():
        case = locked(case_id)
        if not permissions.sees_row(case, actor) or case.anonymised_at:
            raise NotFound
        check_expected(case, expected)
        service = service_of(case)
        if actor.is_staff and "contact" not in permissions.can(case, service, actor):
            raise NotAllowed("The service does not let you do this in this case.")
        stored = moving.take_files(case, files, now=now)
        writing = Writing(case, actor=actor, channel=channel, now=now)
        given = steps.Given(message=text, files=stored, from_applicant=True)
        waited = (
            case.state in service.states and service.states[case.state].waits_for == "applicant"
        )
        if not _answers_for_them(writing, service, given):
            writing.add(Kind.MESSAGE_RECEIVED, {"text": text, "files": stored})
        writing.save()
        if case.merged_into:
            outbox.enqueue(
                "casework.follower_wrote", main=case.merged_into, follower=case.reference
            )
        contacting.record_contact(
            channel=channel,
            service_id=case.service_id,
            outcome=demand.outcome_of(text, waits_for_applicant=waited or bool(stored)),
            adviser=actor.user_id if actor.is_staff else None,
            case=case,
            at=now,
        )
        searching.index(case, service)
        return case


def _answers_for_them(writing: Writing, service: Service, given: steps.Given) -> bool:
    """Make the one move of the applicant that this reply is, where the state waits for them.

    Also when staff write down what came by post or phone: it is done for the applicant, under the name
    of who did it.
    """
    case = writing.case
    if case.state in OURS:
        return False
    state = service.states.get(case.state)
    if state is None or state.waits_for != "applicant":
        return False
    facts = facts_of(case, service, now=writing.now)
    fitting = [
        (one, complete)
        for one in language.moves_for(
            service, facts, state=case.state, roles=frozenset({"applicant"})
        )
        if (complete := _fill(service, one, given)) is not None
    ]
    if len(fitting) != 1:
        return False
    steps.make(writing, service, *fitting[0])
    steps.entered(writing, service)
    return True


def _fill(service: Service, move: Move, given: steps.Given) -> steps.Given | None:
    """What the move needs, as far as words and files can be it; None where it asks for more."""
    needs = set(move.needs)
    answers: dict[str, Any] = {}
    for need in needs & set(service.questions):
        question = service.questions[need]
        if question.type not in FILE_TYPES or not (given.files or question.optional):
            return None
        answers[need] = list(given.files)
    asked = needs - set(answers)
    has = {
        *(("message", "reason") if given.message else ()),
        *(("files", "photo") if given.files else ()),
    }
    if not (asked & {"message", "files", "photo"} or answers) or not asked <= has:
        return None
    return steps.Given(
        reason=given.message if "reason" in needs else "",
        message=given.message,
        files=() if answers else given.files,
        answers=answers,
        from_applicant=True,
    )
