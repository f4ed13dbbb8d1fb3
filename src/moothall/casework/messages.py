"""Telling people: the messages of the service file, queued in the transaction of what they tell of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from moothall import language, outbox
from moothall.casework import tracking_links, words
from moothall.casework.events import Kind
from moothall.casework.facts import facts_of, local_day, service_of
from moothall.casework.ledger import Writing, append, locked
from moothall.casework.models import Case, Event
from moothall.language import Message as Due
from moothall.language import Service
from moothall.notify import actions as notify
from moothall.people import queries as people
from moothall.people.actor import CLOCK, SYSTEM

if TYPE_CHECKING:
    from moothall.notify.models import Message as Sent

APPLICANT = "applicant"
Kinds = Literal["must", "update", "reminder"]


def tell(
    writing: Writing, service: Service, when: str, *, extra: str = "", before: str = ""
) -> int:
    """Queue the messages of the moment `when`; `extra` (an officer's words) is added for the applicant,
    `before` stands before the first message to them.

    Those who follow the case with a duplicate of their own get the same message about theirs, without
    `extra`: it may speak of somebody else. Returns how many went to the applicant. Whoever left no
    address is not written to.
    """
    case = writing.case
    _pass_on(case, when)
    facts = facts_of(case, service, now=writing.now)
    due = list(language.messages_due(service, facts, when=when, lang=case.language))
    if case.language != "en" and any(one.to != APPLICANT for one in due):
        english = {
            one.id: one for one in language.messages_due(service, facts, when=when, lang="en")
        }
        due = [one if one.to == APPLICANT else english.get(one.id, one) for one in due]
    sent = 0
    for one in due:
        body = one.body
        if one.to == APPLICANT and (before or extra):
            body = "\n\n".join(part for part in (before, body.rstrip(), extra) if part)
            before = ""
        kind = _kind(case, service, when)
        if _send(writing, service, one, body, kind=kind) and one.to == APPLICANT:
            sent += 1
    return sent


def _pass_on(case: Case, when: str) -> None:
    """Have those who follow the case told too, each in a transaction of their own case."""
    if not case.followers:
        return
    for follower in Case.objects.filter(merged_into=case.reference).values_list("pk", flat=True):
        outbox.enqueue(
            "casework.tell_follower",
            case_id=follower,
            main=case.reference,
            when=when,
            state=case.state,
            finish_by=case.finish_by.isoformat() if case.finish_by else "",
        )


@outbox.task("casework.tell_follower", retries=5)
def tell_follower(
    case_id: int, main: str, when: str, state: str, finish_by: str, now: datetime
) -> None:
    """Tell somebody whose case was joined to `main` what was just told there, from their own answers.

    Nothing is said of the other person: the words are those of the service file, rendered with the
    follower's answers and the main case's state and promise.
    """
    with transaction.atomic():
        case = Case.objects.select_for_update(of=("self",)).filter(pk=case_id).first()
        if case is None or case.merged_into != main or case.anonymised_at:
            return
        service = service_of(case)
        writing = Writing(case, actor=SYSTEM, channel="system", now=now)
        for one in _for_follower(case, service, when, state, finish_by, now):
            _send(writing, service, one, one.body, kind=_kind(case, service, when))
        writing.save()


def pass_on_words(case: Case) -> None:
    """Have everybody who follows the case get the words of its newest message too."""
    if not case.followers:
        return
    for follower in Case.objects.filter(merged_into=case.reference).values_list("pk", flat=True):
        outbox.enqueue(
            "casework.write_to_follower",
            case_id=follower,
            main=case.reference,
            sequence=case.lock_version,
        )


@outbox.task("casework.write_to_follower", retries=5)
def write_to_follower(case_id: int, main: str, sequence: int, now: datetime) -> None:
    """Write to somebody whose case was joined to `main` what stands in that event of it."""
    said = Event.objects.filter(
        case__reference=main, sequence=sequence, kind=Kind.MESSAGE_QUEUED
    ).first()
    fields = said.fields if said else {}
    with transaction.atomic():
        case = Case.objects.select_for_update(of=("self",)).filter(pk=case_id).first()
        if case is None or case.merged_into != main or case.anonymised_at or "body" not in fields:
            return
        writing = Writing(case, actor=SYSTEM, channel="system", now=now)
        subject = words.say("follower_subject", case.language, reference=case.reference)
        due = Due("reply", APPLICANT, ("email", "text", "letter"), subject, str(fields["body"]))
        _send(writing, service_of(case), due, due.body)
        writing.save()


def _for_follower(
    case: Case, service: Service, when: str, state: str, finish_by: str, now: datetime
) -> list[Due]:
    facts = facts_of(case, service, now=now, state=state)
    day = local_day(datetime.fromisoformat(finish_by)) if finish_by else None
    facts = replace(facts, finish_by=day)
    due = language.messages_due(service, facts, when=when, lang=case.language)
    return [one for one in due if one.to == APPLICANT]


def _kind(case: Case, service: Service, when: str) -> Kinds:
    """What a message is to the person: what they must know, an update, or a reminder."""
    what, _, name = when.partition(":")
    if what in {"clock", "expiry"}:
        return "reminder"
    if what == "move":
        name = service.moves[name].to if name in service.moves else ""
    state = service.states.get(name)
    must = what == "starts" or state is None or state.ends or state.waits_for == "applicant"
    return "must" if must else "update"


def write_to_applicant(
    writing: Writing, *, means: Sequence[str], subject: str, body: str, told: str = "reply"
) -> bool:
    """Queue a message of somebody's own words to the person; False when there is no way to reach them."""
    due = Due(told, APPLICANT, tuple(means), subject, body)
    return _send(writing, service_of(writing.case), due, body, actor_is_author=True)


def send(writing: Writing, service: Service, due: Due) -> bool:
    """Queue a message whose words stand, in the name of the actor; False when there is no address."""
    return _send(writing, service, due, due.body, actor_is_author=True)


def _send(
    writing: Writing,
    service: Service,
    due: Due,
    body: str,
    *,
    actor_is_author: bool = False,
    kind: Kinds = "must",
) -> bool:
    case = writing.case
    to_applicant = due.to == APPLICANT
    lang = case.language if to_applicant else "en"
    wanted: Sequence[str] = due.by
    if to_applicant and not actor_is_author:
        wanted = people.means_wanted(case.applicant_id, kind, due.by)
    for means in wanted:
        address = _address(case, service, due.to, means)
        if not address:
            continue
        text = f"{body.rstrip()}\n\n{_footer(case, service, writing.now)}" if to_applicant else body
        try:
            message = notify.queue(
                to=address,
                means=means,  # type: ignore[arg-type]  # one of the three, by the language's model
                subject=due.subject,
                body=text,
                language=lang,
                subject_ref=case.reference,
                key=f"{case.reference}:{case.lock_version + 1}:{due.id}",
                now=writing.now,
            )
        except ValueError:
            continue  # it cannot be written to by these means; the next may do
        author = writing.actor if actor_is_author else SYSTEM
        if writing.actor.kind == "clock":
            author = CLOCK
        writing.add(
            Kind.MESSAGE_QUEUED,
            {
                "message": message.reference,
                "told": due.id,
                "means": means,
                "to": address,
                "subject": due.subject,
                "body": body,
                "audience": due.to,
            },
            actor=author,
        )
        return True
    return False


def reachable(case: Case, means: Sequence[str]) -> bool:
    """Whether the person of the case can be written to by one of `means`."""
    return any(_applicant_address(case, one) for one in means)


def _footer(case: Case, service: Service, now: datetime) -> str:
    """The link to the case and, when it has ended, to the question how we did (which names nobody)."""
    lines = [words.say("follow_link", case.language, link=tracking_links.url(case, now=now))]
    if case.ended_at is not None:
        root = "/cy" if case.language == "cy" else ""
        link = f"{settings.PUBLIC_URL}{root}/services/{service.slug}/feedback?after=case"
        lines.append(words.say("feedback_link", case.language, link=link))
    return "\n".join(lines)


def _address(case: Case, service: Service, to: str, means: str) -> str:
    if to == APPLICANT:
        return _applicant_address(case, means)
    parties = service.access.parties if service.access else {}
    if to in parties:
        party = parties[to]
        question = {"email": party.email, "text": party.phone, "letter": party.address}[means]
        answer = case.answers.get(question or "")
        if isinstance(answer, dict):
            return "\n".join(str(answer.get(part) or "") for part in ("line", "postcode"))
        return str(answer or "")
    teams = people.teams_playing(to)
    if not teams or means == "letter":
        return ""
    team = next((one for one in teams if one.slug == case.team), teams[0])
    return team.email if means == "email" else team.phone


def _applicant_address(case: Case, means: str) -> str:
    if means == "email":
        return case.contact_email
    if means == "text":
        phone = case.contact_phone.replace(" ", "")
        return phone if phone.startswith(("07", "+447", "00447")) else ""
    if not case.contact_name:
        return ""
    for answer in case.answers.values():
        if isinstance(answer, dict) and answer.get("line") and answer.get("postcode"):
            parts = [case.contact_name, *str(answer["line"]).split(", "), str(answer["postcode"])]
            return "\n".join(parts)
    return ""


_RECEIPTS = {
    "sent": Kind.MESSAGE_SENT,
    "delivered": Kind.MESSAGE_DELIVERED,
    "failed": Kind.MESSAGE_FAILED,
    "given_up": Kind.MESSAGE_FAILED,
}


def when_receipt(message: Sent) -> None:
    """What became of a message is written in its case. Called in the transaction that records it."""
    kind = _RECEIPTS.get(str(message.status))
    if kind is None or not message.subject_ref:
        return
    with transaction.atomic():
        case_id = (
            Case.objects.filter(reference=message.subject_ref, anonymised_at=None)
            .values_list("pk", flat=True)
            .first()
        )
        if case_id is None:
            return
        now = message.settled_at or message.sent_at or timezone.now()
        case = locked(case_id)
        append(
            case,
            kind,
            {"message": message.reference},
            actor=SYSTEM,
            channel="system",
            now=now,
        )
