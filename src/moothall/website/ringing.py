"""A resident asks, on the page of their case, that somebody rings them."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import gettext as _

from moothall.casework import actions as casework
from moothall.casework.errors import CaseworkError, Invalid
from moothall.casework.types import TrackView
from moothall.language import FieldError
from moothall.people import limits
from moothall.people.actor import Actor

PER_CASE = (6, 24 * 60 * 60)
"""Calls that may be asked for about one case, and in how many seconds: a person, not a program."""


def windows() -> list[tuple[str, str]]:
    """Return when somebody can be rung: the value of the form and its words."""
    return [
        ("any", _("Any time")),
        ("morning", _("In the morning")),
        ("afternoon", _("In the afternoon")),
    ]


def possible(view: TrackView) -> bool:
    """Whether the page offers the form: the case is alive, its own, and no call is open."""
    return not (view.ended or view.joined or view.goes_on_as or view.call_back)


def ask(
    request: HttpRequest, view: TrackView, actor: Actor, now: datetime
) -> tuple[FieldError, ...]:
    """Ask for the call that the form was sent for; return what is wrong with it.

    Raises people.limits.TooMany when a program asks again and again. The form's key asks once.
    """
    sent = request.POST
    if not possible(view):
        return () if view.call_back else (FieldError("", _("You can't ask for a call about this")),)
    phone = sent.get("phone", "").strip()
    if not phone:
        return (FieldError("phone", _("Enter the phone number that we should ring")),)
    if not (allowed := limits.allow("call_back", view.reference, *PER_CASE, now=now)):
        raise limits.TooMany(allowed.retry_after)
    try:
        casework.ask_call_back(
            view.id,
            phone[:60],
            actor=actor,
            window=sent.get("window", "any") or "any",
            about=sent.get("about", "").strip(),
            key=sent.get("key", "")[:80],
            now=now,
        )
    except Invalid as refused:
        said = {
            "phone": _("Enter a phone number, like 01632 960 001 or 07700 900 982"),
            "window": _("Choose when it suits you: any time, in the morning or in the afternoon"),
            "about": _("Write less: at most 2,000 characters"),
        }
        return (FieldError(refused.field, said.get(refused.field, str(refused))),)
    except CaseworkError as refused:
        return (FieldError("", str(refused)),)
    return ()
