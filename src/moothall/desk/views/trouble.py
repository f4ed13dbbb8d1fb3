"""What went wrong and needs a person: messages, payments, jobs. Tried again, or marked as dealt with."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from moothall.casework import actions
from moothall.casework import trouble as casework
from moothall.casework.errors import CaseworkError, NotFound
from moothall.desk.views.showing import actor_of, show, staff_page
from moothall.pay.actions import PayUnavailable

PARTS = (
    ("message", "Messages that did not arrive"),
    ("payment", "Payments that do not agree"),
    ("refund", "Money that could not be paid back"),
    ("job", "Background jobs that were given up"),
)


@staff_page
def troubles(request: HttpRequest) -> HttpResponse:
    """The page for managers and administrators."""
    actor = actor_of(request)
    if not casework.may_look(actor):
        raise Http404("This page is for managers.")
    found = casework.troubles(actor)
    parts = [(words, [one for one in found if one.what == what]) for what, words in PARTS]
    values = {"parts": [(words, rows) for words, rows in parts if rows], "number": len(found)}
    return show(request, "desk/trouble.html", values)


@require_POST
@staff_page
def trouble(request: HttpRequest, what: str, ref: str) -> HttpResponse:
    """Try one again or mark it as dealt with, from the page or from its case."""
    actor, now = actor_of(request), timezone.now()
    back = request.POST.get("back", "")
    to = f"/desk/cases/{back}/" if back.replace("-", "").isalnum() and back else "/desk/trouble/"
    try:
        if request.POST.get("do") == "retry":
            actions.retry(what, ref, actor=actor, now=now)
            messages.success(request, "It is being tried again.")
        else:
            actions.dealt_with(what, ref, actor=actor, now=now)
            messages.success(request, "Marked as dealt with.")
    except NotFound as gone:
        raise Http404(str(gone)) from gone
    except (CaseworkError, PayUnavailable) as refused:
        messages.error(request, str(refused))
    return HttpResponseRedirect(to, status=303)
