"""What every page of the desk needs: who asks, what the case is, and how a refusal is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.messages import get_messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from moothall.casework.errors import (
    CaseworkError,
    Conflict,
    Invalid,
    Missing,
    NotAllowed,
    NotFound,
)
from moothall.casework.permissions import TAKES_CONTACTS
from moothall.casework.queries import case_for
from moothall.casework.types import CaseView
from moothall.design.forms import whole_number
from moothall.desk.models import Wish
from moothall.people.access import staff_required
from moothall.people.actor import Actor
from moothall.people.queries import actor_for
from moothall.slots.actions import SlotTaken

SHORTCUTS = "desk_shortcuts"
"""Where a session remembers whether this person has single-key shortcuts on."""
READS_INSIGHT = ("manager", "councillor", "admin")
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def staff_page(view: View[P]) -> View[P]:
    """Let only people who work for the council in, and let no shared computer keep the page."""

    @wraps(view)
    @never_cache
    @staff_required
    def page(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        return view(request, *args, **kwargs)

    return page


def contact_page(view: View[P]) -> View[P]:
    """Let only those in who take contacts for other people; a councillor or designer does not."""

    @wraps(view)
    @never_cache
    @staff_required(jobs=TAKES_CONTACTS)
    def page(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        return view(request, *args, **kwargs)

    return page


def call_page(view: View[P]) -> View[P]:
    """Let those in who take contacts, and councillors for the forms that they began for a resident."""

    @wraps(view)
    @never_cache
    @staff_required(jobs=(*TAKES_CONTACTS, "councillor"))
    def page(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        return view(request, *args, **kwargs)

    return page


def councillor_page(view: View[P]) -> View[P]:
    """Let only councillors in."""

    @wraps(view)
    @never_cache
    @staff_required
    def page(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not actor_of(request).plays("councillor"):
            raise PermissionDenied("This page is for councillors.")
        return view(request, *args, **kwargs)

    return page


def actor_of(request: HttpRequest) -> Actor:
    """Return who asks, with the roles they play; read once a request."""
    known: Actor | None = getattr(request, "_desk_actor", None)
    if known is None:
        known = actor_for(request.user)
        request._desk_actor = known  # type: ignore[attr-defined]  # our own note on the request
    return known


def case_or_404(request: HttpRequest, reference: str, now: datetime | None = None) -> CaseView:
    """Return the case as this person may see it. A case they may not see does not exist for them."""
    found = case_for(actor_of(request), reference.upper(), now=now or timezone.now())
    if found is None:
        raise Http404("There is no case with this reference.")
    return found


def show(
    request: HttpRequest, template: str, values: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """Return a page of the desk; `may` says which parts of the desk this person has."""
    actor = actor_of(request)
    shared = {
        "actor": actor,
        "get_messages": get_messages(request),
        "may_see_insight": actor.plays(*READS_INSIGHT),
        "takes_contacts": actor.plays(*TAKES_CONTACTS),
        "shortcuts": _shortcuts(request, actor),
    }
    return render(request, template, {**shared, **values}, status=status)


def _shortcuts(request: HttpRequest, actor: Actor) -> bool:
    """Whether this person has single-key shortcuts on; asked once a session."""
    kept = request.session.get(SHORTCUTS)
    if kept is None:
        found = Wish.objects.filter(user_id=actor.user_id or 0).values_list("shortcuts", flat=True)
        kept = found.first() is not False
        request.session[SHORTCUTS] = kept
    return bool(kept)


@dataclass
class Refusal:
    """Why an action was not done: errors beside their fields, or what someone else did meanwhile."""

    errors: list[tuple[str, str]] = field(default_factory=list)
    clash: Conflict | None = None

    @property
    def status(self) -> int:
        """409 when someone else was first, else 422."""
        return 409 if self.clash else 422

    def __bool__(self) -> bool:
        return bool(self.errors or self.clash)

    @property
    def by_field(self) -> dict[str, str]:
        """The first message of each field."""
        out: dict[str, str] = {}
        for name, message in self.errors:
            out.setdefault(name, message)
        return out


def attempt(do: Callable[[], Any], *, default_field: str = "") -> Refusal:
    """Do something to a case and return why it was refused, which is empty when it was done.

    `default_field` is the field to which a refusal that names none belongs. A case that is gone for
    this person is a 404.
    """
    try:
        do()
    except Conflict as clash:
        return Refusal(clash=clash)
    except (Missing, Invalid) as refused:
        return Refusal([(refused.field, refused.message)])
    except SlotTaken:
        return Refusal([(default_field, "That time has just gone. Choose another one.")])
    except NotFound as gone:
        raise Http404(str(gone)) from gone
    except (NotAllowed, CaseworkError) as refused:
        return Refusal([(default_field, str(refused))])
    return Refusal()


def key_of(request: HttpRequest) -> str:
    """Return the mark by which a form that is sent twice does its work once."""
    return request.POST.get("key", "")[:40]


def expected_of(request: HttpRequest, case: CaseView) -> int:
    """Return the version of the case that the person was looking at when they began to type."""
    given = whole_number(request.POST.get("expected", ""))
    return case.version if given is None else given
