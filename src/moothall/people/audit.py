"""What happened to accounts, written down in the transaction of the change."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from moothall.people.actor import Actor
from moothall.people.models import AccountEvent, User

KINDS = {
    "account_made": "Account made",
    "signed_in": "Signed in",
    "signed_out": "Signed out",
    "sign_in_refused": "Sign-in refused",
    "session_ended": "Session ended",
    "sessions_ended": "All sessions ended",
    "email_changed": "Email address changed",
    "password_changed": "Password changed",
    "details_changed": "Details changed",
    "wishes_changed": "Choice of messages changed",
    "copy_asked": "Copy of own data asked for",
    "copy_fetched": "Copy of own data fetched",
    "account_deleted": "Account deleted",
    "identity_linked": "Linked with a sign-in provider",
    "identity_proved": "Identity proved",
    "staff_added": "Staff account made",
    "staff_invited": "Invitation sent",
    "staff_ended": "Staff account ended",
    "staff_back": "Staff account opened again",
    "job_given": "Job given",
    "job_taken": "Job taken away",
    "second_factor_reset": "Second factors reset",
    "second_factor_added": "Second factor added",
    "second_factor_removed": "Second factor removed",
    "api_key_made": "API key made",
    "api_key_rotated": "API key given a new secret",
    "api_key_revoked": "API key revoked",
    "webhook_made": "Webhook made",
    "webhook_changed": "Webhook changed",
    "webhook_removed": "Webhook removed",
}
"""Every kind of event and its words in English, for screens of staff."""


def note(
    kind: str,
    user: User | None,
    *,
    by: Actor | None = None,
    now: datetime | None = None,
    **detail: Any,
) -> AccountEvent:
    """Write down that `kind` happened to the account of `user`, done `by` (None: themselves).

    `detail` holds JSON values and nothing that a resident typed. Raises KeyError for an unknown kind.
    """
    KINDS[kind]
    return AccountEvent.objects.create(
        at=now or timezone.now(),
        kind=kind,
        user_id=user.pk if user is not None else None,
        by_id=by.user_id if by is not None else None,
        by_label=by.label[:150] if by is not None else "",
        detail=detail,
    )
