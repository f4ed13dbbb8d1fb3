"""Telling people: the messages of the service file, queued in the transaction of what they tell of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from moothall import language
from moothall.casework import tracking_links, words
from moothall.casework.events import Kind
from moothall.casework.facts import facts_of, service_of
from moothall.casework.ledger import Writing, append, locked
from moothall.casework.models import Case
from moothall.language import Message as Due
from moothall.language import Service
from moothall.notify import actions as notify
from moothall.people import queries as people
from moothall.people.actor import CLOCK, SYSTEM

if TYPE_CHECKING:
    from moothall.notify.models import Message as Sent

APPLICANT = "applicant"


def tell(writing: Writing, service: Service, when: str, *, extra: str = "") -> int:
    """Queue the messages of the moment `when`; `extra` (an officer's words) is added for the applicant.

    Returns how many went to the applicant. Whoever left no address is not written to.
    """
    case = writing.case
    facts = facts_of(case, service, now=writing.now)
    due = list(language.messages_due(service, facts, when=when, lang=case.language))
    if case.language != "en" and any(one.to != APPLICANT for one in due):
        english = {
            one.id: one for one in language.messages_due(service, facts, when=when, lang="en")
        }
        due = [one if one.to == APPLICANT else english.get(one.id, one) for one in due]
    sent = 0
    for one in due:
        body = f"{one.body.rstrip()}\n\n{extra}" if extra and one.to == APPLICANT else one.body
        if _send(writing, service, one, body) and one.to == APPLICANT:
            sent += 1
    return sent


def write_to_applicant(
    writing: Writing, *, means: Sequence[str], subject: str, body: str, told: str = "reply"
) -> bool:
    """Queue a message of somebody's own words to the person; False when there is no way to reach them."""
    due = Due(told, APPLICANT, tuple(means), subject, body)
    return _send(writing, service_of(writing.case), due, body, actor_is_author=True)


def _send(
    writing: Writing, service: Service, due: Due, body: str, *, actor_is_author: bool = False
) -> bool:
    case = writing.case
    to_applicant = due.to == APPLICANT
    lang = case.language if to_applicant else "en"
    for means in due.by:
        address = _address(case, service, due.to, means)
        if not address:
            continue
        text = f"{body.rstrip()}\n\n{_footer(case, writing.now)}" if to_applicant else body
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


def _footer(case: Case, now: datetime) -> str:
    return words.say("follow_link", case.language, link=tracking_links.url(case, now=now))


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
