"""First suggestions for a question: from the account, an earlier case, or what is known already."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from moothall import language
from moothall.journeys.models import Details, Draft
from moothall.language import Facts, Question, Service


def suggestion(service: Service, question: Question, facts: Facts, draft: Draft) -> Any:
    """Return a suggested answer in its JSON form, or None. It counts only once it is sent."""
    earlier = (draft.notes.get("suggest") or {}).get(question.id)
    if earlier is not None:
        return earlier
    source = question.spec.prefill
    if not source:
        return None
    if source.startswith("account."):
        return _of_account(source.removeprefix("account."), draft)
    return language.prefill_value(service, question.id, facts)


def whence(question: Question, draft: Draft) -> str:
    """Return, in words, where the suggestion for a question comes from, and that it can be changed."""
    if (draft.notes.get("suggest") or {}).get(question.id) is not None:
        return _(
            "We filled this in from your earlier request. Check it, and change it if it is wrong."
        )
    if str(question.spec.prefill or "").startswith("account."):
        return _("We filled this in from your account. Check it, and change it if it is wrong.")
    return _("We filled this in from what we know already. Check it, and change it if it is wrong.")


def _of_account(what: str, draft: Draft) -> Any:
    user = draft.user
    if user is None:
        return None
    if what in {"name", "email"}:
        return getattr(user, what) or None
    details = Details.objects.filter(user=user).first()
    if details is None:
        return None
    return {"phone": details.phone or None, "address": details.address}.get(what)
