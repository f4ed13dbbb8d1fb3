"""Finding, keeping and bringing up to date the drafts of forms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core import signing
from django.db import transaction

from moothall.journeys.models import SAVED, UNSAVED, Draft, hash_of
from moothall.language import Service
from moothall.packs import queries as packs

SALT = "moothall.journeys.resume"


def by_token(token: str, service_id: str, now: datetime) -> Draft | None:
    """Return the draft of this secret token, for this service and not too old, or None."""
    if not token or len(token) > 100:
        return None
    found = Draft.objects.filter(
        token_hash=hash_of(token), service_id=service_id, expires_at__gt=now
    ).first()
    if found is not None:
        found.token = token
    return found


def definition_of(draft: Draft, current: Service) -> Service:
    """Return the definition that a draft was filled in by: an older one, else the current one."""
    if draft.definition_sha == current.sha256:
        return current
    try:
        return packs.definition(draft.definition_sha)
    except packs.NoSuchDefinition:
        return current


def save(
    draft: Draft,
    *,
    now: datetime,
    answers: Mapping[str, Any] | None = None,
    drop: tuple[str, ...] = (),
    look_ups: Mapping[str, Any] | None = None,
    notes: Mapping[str, Any] | None = None,
    **columns: Any,
) -> Draft:
    """Store changes to a draft: `answers` are laid over those that are there, whoever put them.

    Two tabs that answer different questions both keep what they answered. In the caller's
    transaction or one of its own. `notes` of None values are removed.
    """
    with transaction.atomic():
        latest = Draft.objects.select_for_update().filter(pk=draft.pk).first() if draft.pk else None
        base = latest or draft
        if latest is not None:
            latest.token = draft.token
            latest.user_id = latest.user_id or draft.user_id
            latest.language = draft.language
        revision = base.revision + 1
        if answers is not None or drop:
            merged = {**base.answers, **(answers or {})}
            for name in drop:
                merged.pop(name, None)
            base.answers = merged
            changed = dict(base.notes.get("changed") or {})
            changed.update(dict.fromkeys(answers or {}, revision))
            base.notes = {**base.notes, "changed": changed}
        if look_ups is not None:
            base.look_ups = dict(look_ups)
        if notes is not None:
            base.notes = {
                name: value
                for name, value in {**base.notes, **notes}.items()
                if value not in (None, {}, "")
            }
        for name, value in columns.items():
            setattr(base, name, value)
        base.revision = revision
        base.updated_at = now
        base.expires_at = max(base.expires_at, now + (SAVED if base.is_saved else UNSAVED))
        base.save()
    return base


def changed_since(draft: Draft, question: str, revision: int) -> bool:
    """Whether a question was answered after the page of this revision was made."""
    return int((draft.notes.get("changed") or {}).get(question, 0)) > revision


def resume_token(draft: Draft) -> str:
    """Return the signed token of the link in the email of a saved form.

    It carries the draft's id and part of its secret's hash: a new token is needed once the secret
    has changed.
    """
    return signing.dumps([draft.pk, draft.token_hash[:16]], salt=SALT)


def by_resume_token(token: str, now: datetime) -> Draft | None:
    """Return the draft of a link, unless it is forged, used up or too old."""
    try:
        pk, mark = signing.loads(token, salt=SALT, max_age=SAVED)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    found = Draft.objects.filter(pk=pk, expires_at__gt=now, submitted_at=None).first()
    return found if found is not None and found.token_hash.startswith(str(mark)) else None


def fresh_token(draft: Draft, now: datetime) -> str:
    """Give another browser the same draft: sign a token for its cookie.

    The first browser keeps its own; both lead to the same row.
    """
    return signing.dumps([draft.pk, draft.token_hash[:16]], salt=SALT + ".cookie")


def by_cookie(value: str, service_id: str, now: datetime) -> Draft | None:
    """Return the draft of a cookie or a form's hidden field: its own secret, or a signed one."""
    if ":" not in value:
        return by_token(value, service_id, now)
    try:
        pk, mark = signing.loads(value, salt=SALT + ".cookie", max_age=SAVED)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    found = Draft.objects.filter(pk=pk, service_id=service_id, expires_at__gt=now).first()
    if found is None or not found.token_hash.startswith(str(mark)):
        return None
    found.token = value
    return found


def purge(now: datetime, limit: int = 500) -> int:
    """Remove drafts that are too old, with their uploads and held slots; return how many."""
    from moothall.files.actions import discard
    from moothall.files.queries import files_of
    from moothall.slots.actions import cancel

    old = list(Draft.objects.filter(expires_at__lte=now).order_by("pk")[:limit])
    for draft in old:
        with transaction.atomic():
            if draft.submitted_at is None:
                files = [file.public_id for file in files_of(draft.holder)]
                if files:
                    discard(files, owner=draft.holder)
                cancel(draft.holder)
            Draft.objects.filter(pk=draft.pk, expires_at__lte=now).delete()
    return len(old)
