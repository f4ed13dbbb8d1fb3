"""Somebody else pays: the applicant asks them by email, and a signed link lets them pay and no more.

The link shows what is paid for, the reference, who asks and the sum: none of the answers, and no way
into the case. A newer invitation takes the place of the one before; erasing it ends its link.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from moothall.casework import paying, permissions, words
from moothall.casework.errors import Invalid, NotAllowed, NotFound
from moothall.casework.events import Kind
from moothall.casework.facts import service_of
from moothall.casework.ledger import Writing, locked
from moothall.casework.models import Case, Event
from moothall.language import Service
from moothall.notify import actions as notify
from moothall.packs import queries as packs
from moothall.pay import queries as payments
from moothall.pay.models import Payment
from moothall.pay.money import pounds
from moothall.people.actor import Actor, applicant

SALT = "moothall.casework.payer"
LASTS = timedelta(days=28)
MOST = 3
"""Invitations of one case: each writes to somebody who never asked us to."""
LONGEST = 60


@dataclass(frozen=True)
class PayerView:
    """What somebody who was asked to pay may see."""

    reference: str
    service_name: str
    asker: str
    name: str
    pence: int
    until: datetime
    state: str
    """due, paid, or over (nothing is owed any more, or the link was replaced or has run out)."""
    language: str
    payment: str = ""
    """How the last payment by this link went: a status of `pay`, or empty."""


def ask_payer(
    case_id: int,
    name: str,
    email: str,
    *,
    actor: Actor,
    key: str = "",
    now: datetime | None = None,
) -> Case:
    """Ask somebody else to pay what the case owes; they get an email with a link.

    By the applicant, or by staff who may take a payment. The same `key` asks once. Raises Invalid
    (`name`, `email`), NotAllowed where nothing is owed or three people were asked already, NotFound.
    """
    now = now or timezone.now()
    name, email = " ".join(name.split()), email.strip()
    if not name or len(name) > LONGEST:
        raise Invalid("name", "Enter the name of the person who will pay, in 60 letters or fewer.")
    try:
        validate_email(email)
    except ValidationError as wrong:
        raise Invalid(
            "email", "Enter an email address in the correct format, like name@example.com."
        ) from wrong
    with transaction.atomic():
        case = locked(case_id)
        if not permissions.sees_row(case, actor):
            raise NotFound
        service = service_of(case)
        asked = [event for event in _asked(case) if event.fields.get("email")]
        if key and any(event.fields.get("key") == key for event in asked):
            return case
        if not permissions.owes(case):
            raise NotAllowed("There is nothing to pay for this case now.")
        if actor.is_staff and "take_payment" not in permissions.can(case, service, actor):
            raise NotAllowed("You may not take a payment for this service.")
        if len(asked) >= MOST:
            raise NotAllowed(
                "You have asked three people already. You can pay yourself, or call us."
            )
        writing = Writing(
            case, actor=actor, channel="desk" if actor.is_staff else "online", now=now
        )
        fields: dict[str, Any] = {"name": name, "email": email, "due": _until(case, now)}
        if key:
            fields["key"] = key
        event = writing.add(Kind.PAYER_ASKED, fields)
        _write_to_payer(writing, service, event.sequence, fields)
        return writing.save()


def _until(case: Case, now: datetime) -> datetime:
    return min(case.pay_by, now + LASTS) if case.pay_by else now + LASTS


def _asked(case: Case) -> list[Event]:
    return list(Event.objects.filter(case=case, kind=Kind.PAYER_ASKED).order_by("sequence"))


def _name_of(case: Case) -> str:
    """The applicant's name as it may stand in an email to a stranger: no address, no link."""
    kept = re.sub(r"[^\w' -]", " ", case.contact_name)
    return " ".join(kept.split())[:LONGEST] or words.say("payer_somebody", case.language)


def _write_to_payer(
    writing: Writing, service: Service, sequence: int, fields: dict[str, Any]
) -> None:
    case, lang = writing.case, writing.case.language
    said = {
        "asker": _name_of(case),
        "service": service.text("name", lang) or service.name,
        "reference": case.reference,
        "pounds": pounds(_owed(case)),
        "council": packs.council().name,
        "link": link(case, sequence),
        "day": words.day(timezone.localtime(fields["due"]), lang),
        "name": re.sub(r"[^\w' -]", " ", str(fields["name"])),
    }
    subject, body = words.say("payer_subject", lang, **said), words.say("payer_body", lang, **said)
    message = notify.queue(
        to=str(fields["email"]),
        means="email",
        subject=subject,
        body=body,
        language=lang,
        subject_ref=case.reference,
        key=f"{case.reference}:{case.lock_version + 1}:payer",
        now=writing.now,
    )
    writing.add(
        Kind.MESSAGE_QUEUED,
        {
            "message": message.reference,
            "told": "payer",
            "means": "email",
            "to": str(fields["email"]),
            "subject": subject,
            "body": body.replace(str(said["link"]), "…"),
            "audience": "payer",
        },
    )


def _owed(case: Case) -> int:
    return case.fee_pence - case.paid_pence + case.refunded_pence


def token(case: Case, sequence: int) -> str:
    """The token of the invitation in event `sequence`; it holds the reference, nothing personal."""
    return signing.Signer(salt=SALT, sep="~").sign(f"{case.reference}.{sequence}")


def link(case: Case, sequence: int) -> str:
    """The whole address for the email."""
    prefix = "/cy" if case.language == "cy" else ""
    return f"{settings.PUBLIC_URL}{prefix}/pay-for/{token(case, sequence)}/"


def _invitation(text: str) -> tuple[Case, Event, bool] | None:
    """The case and the invitation of a token, and whether it is the newest one that stands."""
    try:
        reference, _, sequence = signing.Signer(salt=SALT, sep="~").unsign(text).rpartition(".")
        number = int(sequence)
    except (signing.BadSignature, ValueError):
        return None
    case = Case.objects.filter(reference=reference, anonymised_at=None).first()
    if case is None:
        return None
    standing = [event for event in _asked(case) if event.fields.get("email")]
    event = next((one for one in standing if one.sequence == number), None)
    return (case, event, event is standing[-1]) if event is not None else None


def payer_view(text: str, *, now: datetime | None = None) -> PayerView | None:
    """What the link of an invitation shows; None where it is forged or was erased."""
    now = now or timezone.now()
    found = _invitation(text)
    if found is None:
        return None
    case, event, newest = found
    service = service_of(case)
    until = datetime.fromisoformat(str(event.fields["due"]))
    last = _last_by_payer(case, event.sequence)
    if last is not None and last.status == Payment.Status.SUCCESS:
        state = "paid"
    elif newest and now < until and permissions.owes(case):
        state = "due"
    else:
        state = "over"
    return PayerView(
        reference=case.reference,
        service_name=service.text("name", case.language) or service.name,
        asker=_name_of(case),
        name=str(event.fields["name"]),
        pence=last.pence if last is not None and state == "paid" else _owed(case),
        until=until,
        state=state,
        language=case.language,
        payment=str(last.status) if last is not None else "",
    )


def _last_by_payer(case: Case, sequence: int) -> Payment | None:
    mark = f"{case.reference}:payer:{sequence}:"
    ours = [one for one in payments.payments_for(case.reference) if one.key.startswith(mark)]
    return ours[-1] if ours else None


def unfinished(text: str) -> str:
    """The id of a payment by this link that is not over, or empty: ask the provider how it stands."""
    found = _invitation(text)
    last = _last_by_payer(found[0], found[1].sequence) if found else None
    return last.public_id if last is not None and not last.is_over else ""


def start_payer_payment(text: str, *, return_url: str, now: datetime | None = None) -> Payment:
    """Start the payment of somebody who was asked. Never call it inside a transaction.

    A payment of the applicant's own may be open beside it; whichever comes second is paid back
    ("Paid twice"). Raises NotFound for a link that does not stand, and what `start_payment` raises.
    """
    now = now or timezone.now()
    found, view = _invitation(text), payer_view(text, now=now)
    if found is None or view is None or view.state != "due":
        raise NotFound
    case, event, _newest = found
    over = sum(1 for one in payments.payments_for(case.reference) if one.is_over)
    return paying.start_payment(
        case.pk,
        actor=applicant(None),
        return_url=return_url,
        key=f"{case.reference}:payer:{event.sequence}:{over + 1}",
        now=now,
    )
