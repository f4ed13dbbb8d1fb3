"""Signed links by which a resident opens their own case without typing anything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core import signing

from moothall.casework.models import Case

SALT = "moothall.casework.track"
LASTS = timedelta(days=365)


def token(case: Case, *, now: datetime) -> str:
    """A token that opens this case for a year. It holds its reference and the day, nothing personal."""
    return signing.Signer(salt=SALT, sep="~").sign(f"{case.reference}.{now:%Y%m%d}")


def reference_in(text: str, *, now: datetime) -> str:
    """The reference in a token, or "" where it is forged or older than a year."""
    try:
        reference, _, day = signing.Signer(salt=SALT, sep="~").unsign(text).rpartition(".")
        made = datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC)
    except (signing.BadSignature, ValueError):
        return ""
    return reference if made <= now + timedelta(days=1) and now < made + LASTS else ""


def url(case: Case, *, now: datetime) -> str:
    """The whole address for a message, in the case's language."""
    prefix = "/cy" if case.language == "cy" else ""
    return f"{settings.PUBLIC_URL}{prefix}/track/{case.reference}/{token(case, now=now)}/"
