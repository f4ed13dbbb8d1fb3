"""What residents change of their own account: what they want to hear, the address, the account itself."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from moothall.people import audit, sessions
from moothall.people.mail import write
from moothall.people.models import Means, User, Wishes, normalise_email


def wishes_of(user: User) -> Wishes:
    """What the person wants to hear; the defaults where they never said."""
    return Wishes.objects.filter(user=user).first() or Wishes(user=user)


def wish(user: User, *, updates: str, reminders: bool, now: datetime | None = None) -> Wishes:
    """Keep what the person wants to hear. Raises ValueError for means that there are not."""
    now = now or timezone.now()
    if updates not in Means.values:
        raise ValueError("There are no such means.")
    with transaction.atomic():
        kept, _ = Wishes.objects.update_or_create(
            user=user, defaults={"updates": updates, "reminders": reminders, "changed_at": now}
        )
        audit.note("wishes_changed", user, now=now)
    return kept


def may_have_address(user: User, email: str) -> bool:
    """Whether an address is free to become this person's."""
    return not User.objects.filter(email=normalise_email(email)).exclude(pk=user.pk).exists()


def change_address(
    user: User, email: str, *, keep: str | None = None, now: datetime | None = None
) -> bool:
    """Give the account another address, which was proved; False where somebody has it by now.

    The old address is told, and every session but `keep` ends.
    """
    now = now or timezone.now()
    old = user.email
    try:
        with transaction.atomic():
            held = User.objects.select_for_update().get(pk=user.pk)
            if not may_have_address(held, email):
                return False
            held.email = normalise_email(email)
            held.save(update_fields=["email"])
            sessions.end_all(held, keep=keep, now=now, why="address")
            audit.note("email_changed", held, now=now)
            write(old, "address_changed", language=user.language, at=now)
    except IntegrityError:
        return False
    user.email = normalise_email(email)
    return True


def delete(user: User, *, now: datetime | None = None) -> None:
    """Delete an account, in the caller's transaction. What it was joined to elsewhere goes first.

    The number of the account and what happened to it stay in the log of accounts; no address does.
    """
    now = now or timezone.now()
    sessions.end_all(user, now=now, why="deleted")
    audit.note("account_deleted", user, now=now)
    write(user.email, "deleted", language=user.language)
    user.delete()
