"""Django's own mail (sign-in codes from django-allauth) goes out through notify like everything else."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.translation import get_language

from moothall.notify.actions import queue


class EmailBackend(BaseEmailBackend):
    """Queues each recipient's copy; attachments and HTML are not sent."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write the messages and return how many emails they came from."""
        language = (get_language() or "en").split("-")[0]
        for email in email_messages:
            for to in email.recipients():
                queue(
                    to=to,
                    means="email",
                    subject=str(email.subject),
                    body=str(email.body),
                    language=language,
                    key=f"mail:{secrets.token_hex(16)}",
                )
        return len(email_messages)
