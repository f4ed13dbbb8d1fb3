"""GOV.UK Notify, through its own Python client.

The account needs a template for each means, whose only placeholders are ((subject)) and ((body)) for
emails and letters and ((body)) for texts. MOOTHALL_NOTIFY_TEMPLATES names them, as JSON or as the path
of a JSON file: {"general": {"email": "<id>", "text": "<id>", "letter": "<id>"}}; an id may be given
for each language: {"en": "<id>", "cy": "<id>"}.
"""

from __future__ import annotations

import json
import logging
import threading
from pathlib import Path
from typing import Any

from notifications_python_client.errors import APIError
from notifications_python_client.notifications import NotificationsAPIClient

from moothall.notify.adapters.base import Outgoing, Receipt, Refused, Unreachable

SECONDS = 20
# Notify's client logs the provider's answer, in which an address may be quoted.
logging.getLogger("notifications_python_client").setLevel(logging.CRITICAL)

_own = threading.local()

STATUSES = {
    "created": ("sent", ""),
    "sending": ("sent", ""),
    "pending": ("sent", ""),
    "sent": ("sent", ""),
    "accepted": ("sent", ""),
    "received": ("delivered", ""),
    "delivered": ("delivered", ""),
    "permanent-failure": ("failed", "The address does not exist or takes no messages."),
    "temporary-failure": ("failed", "The mailbox is full or the phone is switched off."),
    "technical-failure": ("failed", "GOV.UK Notify had a technical problem."),
    "validation-failed": ("failed", "The letter could not be printed."),
    "cancelled": ("failed", "The message was cancelled."),
}
"""Notify's statuses in ours (its REST API documentation, 'Get the status of a message')."""


class GovUk:
    """Sends through an account at GOV.UK Notify."""

    name = "govuk"

    def __init__(self, key: str, url: str, templates: str) -> None:
        self.key = key
        self.url = url
        self.templates = read_templates(templates)

    def send(self, message: Outgoing, *, again: bool) -> Receipt:
        """Send with the template of the message's kind. When it may have gone already, look first."""
        if again and (known := self._known(message.reference)):
            return known
        template = self._template(message)
        fields: dict[str, Any] = {"body": message.body}
        if message.means != "text":
            fields["subject"] = message.subject
        try:
            client = self._client()
            if message.means == "email":
                answer = client.send_email_notification(
                    message.to, template, fields, message.reference
                )
            elif message.means == "text":
                answer = client.send_sms_notification(
                    message.to, template, fields, message.reference
                )
            else:
                answer = client.send_letter_notification(
                    template, {**fields, **address_lines(message.to)}, message.reference
                )
        except APIError as error:
            raise _outcome(error) from error
        return Receipt(str(answer["id"]), "sent")

    def ask(self, provider_id: str) -> Receipt | None:
        """Read the message's status back."""
        try:
            answer = self._client().get_notification_by_id(provider_id)
        except APIError as error:
            if error.status_code == 404:
                return None
            raise Unreachable(f"GOV.UK Notify does not answer ({error.status_code}).") from error
        return receipt(provider_id, str(answer["status"]))

    def check_config(self) -> list[str]:
        """Return what is missing or malformed."""
        found = []
        if len(self.key) < 73:
            found.append("Set MOOTHALL_NOTIFY_KEY to the whole API key of the service at Notify.")
        general = self.templates.get("general", {})
        for means in ("email", "text", "letter"):
            if means not in general:
                found.append(
                    f"MOOTHALL_NOTIFY_TEMPLATES names no template for general, {means}: "
                    "such messages will be given up."
                )
        return found

    def _known(self, reference: str) -> Receipt | None:
        try:
            answer = self._client().get_all_notifications(reference=reference)
        except APIError as error:
            raise Unreachable(f"GOV.UK Notify does not answer ({error.status_code}).") from error
        for found in answer.get("notifications", []):
            return receipt(str(found["id"]), str(found["status"]))
        return None

    def _template(self, message: Outgoing) -> str:
        kinds = self.templates.get(message.template) or self.templates.get("general", {})
        found = kinds.get(message.means)
        if isinstance(found, dict):
            found = found.get(message.language) or found.get("en")
        if not found:
            raise Refused(f"No template is set for {message.means} at GOV.UK Notify.")
        return str(found)

    def _client(self) -> NotificationsAPIClient:
        clients: dict[tuple[str, str], NotificationsAPIClient] = _own.__dict__.setdefault("by", {})
        if (self.key, self.url) not in clients:
            clients[self.key, self.url] = NotificationsAPIClient(
                self.key, base_url=self.url, timeout=SECONDS
            )
        return clients[self.key, self.url]


def receipt(provider_id: str, status: str) -> Receipt:
    """Return what a status of Notify means for us; one that is not known is taken as on its way."""
    ours, reason = STATUSES.get(status, ("sent", ""))
    return Receipt(provider_id, ours, reason)


def read_templates(text: str) -> dict[str, dict[str, Any]]:
    """Read the templates' ids from JSON, or from the JSON file at this path. Raises ValueError."""
    if not text:
        return {}
    if not text.lstrip().startswith("{"):
        text = Path(text).read_text(encoding="utf-8")
    found = json.loads(text)
    if not all(isinstance(kinds, dict) for kinds in found.values()):
        raise ValueError('MOOTHALL_NOTIFY_TEMPLATES: write {"general": {"email": "<id>", …}}.')
    return dict(found)


def address_lines(to: str) -> dict[str, str]:
    """Return a postal address as the three to seven lines that Notify asks for. Raises Refused."""
    lines = [line.strip() for line in to.splitlines() if line.strip()]
    if len(lines) < 3:
        raise Refused("The postal address has fewer than 3 lines.")
    if len(lines) > 7:
        lines = [*lines[:5], ", ".join(lines[5:-1]), lines[-1]]
    return {f"address_line_{n}": line for n, line in enumerate(lines, 1)}


def _outcome(error: APIError) -> Refused | Unreachable:
    code = error.status_code
    if code == 429 or code >= 500 or code == 403:
        # 403 is a wrong clock or key: the message is right and must not be lost while that is mended.
        return Unreachable(f"GOV.UK Notify does not take messages now ({code}).")
    return Refused(f"GOV.UK Notify refused the message ({code}).{_why(error)}")


def _why(error: APIError) -> str:
    """Which field was at fault, without its value."""
    said = str(error.message).lower()
    for word, plain in (
        ("email_address", " The email address is not valid."),
        ("phone_number", " The phone number is not valid."),
        ("postcode", " The last line of the address is not a UK postcode."),
        ("personalisation", " The template has other placeholders than ours."),
        ("template", " The template does not exist."),
        ("team-only", " The key may only write to the team."),
    ):
        if word in said:
            return plain
    return ""
