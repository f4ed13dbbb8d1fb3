"""Messages about accounts: people/email/<what>.txt, its first line the subject."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils import translation

from moothall.people.adapter import council_name


def write(email: str, what: str, *, language: str = "", **values: Any) -> None:
    """Send the message `what` to an address, in `language` or that of the page; queued in the
    transaction of the caller."""
    if language:
        with translation.override("cy" if language == "cy" else settings.LANGUAGE_CODE):
            return write(email, what, **values)
    values |= {"council_name": council_name()}
    text = render_to_string(f"people/email/{what}.txt", values)
    subject, _line, body = text.strip().partition("\n")
    send_mail(subject.strip(), body.strip() + "\n", settings.DEFAULT_FROM_EMAIL, [email])
