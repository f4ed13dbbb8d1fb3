"""Things that change messages."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta
from typing import Literal

from django.db import transaction
from django.utils import timezone

from moothall import outbox
from moothall.notify.adapters import Receipt
from moothall.notify.models import Message
from moothall.notify.registry import tell

Means = Literal["email", "text", "letter"]
KEEP_WITHOUT_CASE_DAYS = 7
"""Sign-in codes and the like are of no use after that."""


def queue(
    *,
    to: str,
    means: Means,
    body: str,
    key: str,
    subject: str = "",
    language: str = "en",
    subject_ref: str = "",
    template: str = "general",
    now: datetime | None = None,
) -> Message:
    """Write a message in the caller's transaction; the worker sends it.

    `to`: an email address, a phone number, or the lines of a postal address. `key`: the same key
    gives the same message, always. `subject_ref`: the reference of the case, or empty. What cannot
    be sent never stops the caller: it is given up with a plain reason, which `on_receipt` hears.
    """
    if means not in Message.Means.values:
        raise ValueError(f"A message goes by email, text or letter, not by '{means}'.")
    now = now or timezone.now()
    with transaction.atomic():
        message, new = Message.objects.get_or_create(
            key=key,
            defaults={
                "reference": secrets.token_hex(16),
                "to": re.sub(r"[^\d+]", "", to) if means == "text" else to.strip(),
                "means": means,
                "subject": re.sub(r"\s+", " ", subject).strip()[:300],
                "body": body,
                "language": language,
                "subject_ref": subject_ref,
                "template": template,
                "queued_at": now,
            },
        )
        if new:
            outbox.enqueue("notify.send", message_id=message.pk)
    return message


def settle(message_id: int, provider: str, receipt: Receipt, now: datetime) -> None:
    """Record what a carrier says of a message, and tell those who asked, if it is news.

    A last word (delivered, failed, given up) is not taken back by an earlier one that comes late.
    """
    with transaction.atomic():
        message = Message.objects.select_for_update().filter(pk=message_id).first()
        if message is None or not _is_news(message.status, receipt.status):
            return
        message.status = receipt.status
        message.reason = receipt.reason
        message.provider = provider
        message.provider_id = receipt.provider_id or message.provider_id
        message.sent_at = message.sent_at or (now if receipt.status != "given_up" else None)
        if receipt.status != "sent":
            message.settled_at = now
        message.save()
        tell(message)


_RANK = {"queued": 0, "sending": 1, "sent": 2, "failed": 3, "given_up": 3, "delivered": 4}


def _is_news(old: str, new: str) -> bool:
    return _RANK[new] > _RANK[old]


def redact(subject_ref: str, *, now: datetime | None = None) -> int:
    """Erase address, subject and words of the messages about a case; return how many were changed."""
    if not subject_ref:
        raise ValueError("Say which case's messages are to be erased.")
    return Message.objects.filter(subject_ref=subject_ref, redacted_at=None).update(
        to="", subject="", body="", redacted_at=now or timezone.now()
    )


def forget_old(now: datetime) -> int:
    """Delete messages that belong to no case and are too old to be of use; return how many."""
    before = now - timedelta(days=KEEP_WITHOUT_CASE_DAYS)
    return Message.objects.filter(subject_ref="", queued_at__lt=before).delete()[0]
