"""The background work of the notify room."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone

from moothall import outbox
from moothall.notify import actions
from moothall.notify.adapters import Outgoing, Receipt, Refused, Unreachable, adapter
from moothall.notify.models import Message


def _gave_up(reason: str, message_id: int) -> None:
    actions.settle(message_id, "", Receipt("", "given_up", reason), timezone.now())


@outbox.task("notify.send", external=True, retries=12, gave_up=_gave_up)
def send(message_id: int, attempt: int, now: datetime) -> Callable[[], None] | None:
    """Hand one message to its carrier."""
    message = Message.objects.filter(pk=message_id).first()
    if message is None or message.status != Message.Status.QUEUED or message.redacted_at:
        return None
    carrier = adapter()
    try:
        receipt = carrier.send(_outgoing(message), again=attempt > 1)
    except Refused as error:
        receipt = Receipt("", "given_up", str(error))
    except Unreachable as error:
        raise outbox.TryAgain(str(error)) from error
    return partial(actions.settle, message_id, carrier.name, receipt, now)


def _outgoing(message: Message) -> Outgoing:
    to = message.to
    if message.means == "email":
        try:
            validate_email(to)
        except ValidationError as error:
            raise Refused("The email address is not valid.") from error
    elif message.means == "text":
        to = mobile_number(to)
    elif len(to.splitlines()) < 3:
        raise Refused("The postal address has fewer than 3 lines.")
    return Outgoing(
        message.reference,
        to,
        message.means,
        message.subject,
        message.body,
        message.language,
        message.template,
    )


def mobile_number(text: str) -> str:
    """Return a number that can get a text, in international form. Raises Refused."""
    try:
        number = phonenumbers.parse(text, "GB")
    except phonenumbers.NumberParseException as error:
        raise Refused("The phone number is not valid.") from error
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if not phonenumbers.is_possible_number(number):
        raise Refused("The phone number is not valid.")
    if number.country_code == 44 and not written.startswith("+447"):
        raise Refused("A landline cannot get a text.")
    return written


@outbox.task("notify.ask", external=True, retries=2)
def ask(message_id: int, now: datetime) -> Callable[[], None] | None:
    """Ask the carrier what became of a message whose receipt never came."""
    message = Message.objects.filter(pk=message_id, status=Message.Status.SENT).first()
    carrier = adapter()
    if message is None or message.provider != carrier.name:
        return None
    try:
        receipt = carrier.ask(message.provider_id)
    except Unreachable as error:
        raise outbox.TryAgain(str(error)) from error
    if receipt is None:
        return None
    return partial(actions.settle, message_id, carrier.name, receipt, now)


@outbox.task("notify.look_after")
def look_after(now: datetime) -> None:
    """Ask after messages without a receipt, and forget those of no use any more."""
    actions.forget_old(now)
    silent = Message.objects.filter(
        status=Message.Status.SENT,
        provider="govuk",
        sent_at__lt=now - timedelta(minutes=15),
        sent_at__gt=now - timedelta(days=3),
    )
    for message_id in silent.order_by("sent_at").values_list("pk", flat=True)[:200]:
        outbox.enqueue("notify.ask", unique=f"notify.ask:{message_id}", message_id=message_id)


outbox.every("notify.look_after", 1800, "notify.look_after")
