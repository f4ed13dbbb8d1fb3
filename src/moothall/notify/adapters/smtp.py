"""A mail server of the council's own: email only."""

from __future__ import annotations

import smtplib

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from moothall.notify.adapters.base import Outgoing, Receipt, Refused, Unreachable

SECONDS = 20


class Smtp:
    """Hands emails to the server of MOOTHALL_SMTP_HOST. It cannot say whether they arrive."""

    name = "smtp"

    def send(self, message: Outgoing, *, again: bool) -> Receipt:
        """Send one email, with the same Message-ID at every try so that a mailbox can drop a double."""
        if message.means != "email":
            raise Refused("This council's message service can only send emails.")
        sender = settings.DEFAULT_FROM_EMAIL
        domain = sender.rpartition("@")[2].strip("> ")
        email = EmailMessage(
            subject=message.subject,
            body=message.body,
            from_email=sender,
            to=[message.to],
            headers={
                "Message-ID": f"<{message.reference}@{domain}>",
                "Content-Language": message.language,
                "Auto-Submitted": "auto-generated",
            },
            connection=get_connection(
                "django.core.mail.backends.smtp.EmailBackend", timeout=SECONDS
            ),
        )
        try:
            email.send()
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise _outcome(max(codes, default=550)) from error
        except smtplib.SMTPResponseException as error:
            raise _outcome(error.smtp_code) from error
        except (smtplib.SMTPException, OSError) as error:
            raise Unreachable("The mail server cannot be reached.") from error
        return Receipt(message.reference, "sent")

    def ask(self, provider_id: str) -> Receipt | None:
        """A mail server does not say."""
        return None

    def check_config(self) -> list[str]:
        """Return what is missing."""
        return [] if settings.EMAIL_HOST else ["Set MOOTHALL_SMTP_HOST to the mail server's name."]


def _outcome(code: int) -> Refused | Unreachable:
    if 500 <= code < 600:
        return Refused(f"The mail server does not take mail for this address ({code}).")
    return Unreachable(f"The mail server asks to try again later ({code}).")
