"""First suggestions for a question: from the account, an earlier case, or what is known already."""

from __future__ import annotations

from typing import Any

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
