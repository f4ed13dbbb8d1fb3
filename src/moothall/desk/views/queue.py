"""The queue: what the team promised, soonest first; its filters, saved views, and assigning cases."""

from __future__ import annotations

from urllib.parse import parse_qsl

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from moothall.casework import actions as casework
from moothall.design.forms import whole_number
from moothall.desk import actions
from moothall.desk.filters import QueueLink
from moothall.desk.queries import colleagues, queue_view
from moothall.desk.views.showing import actor_of, show, staff_page
from moothall.desk.words import count


@staff_page
def queue(request: HttpRequest) -> HttpResponse:
    """Show the cases of this person's teams by promise date."""
    link = QueueLink.read(request.GET.dict())
    view = queue_view(actor_of(request), link, now=timezone.now())
    return show(
        request,
        "desk/queue.html",
        {
            "link": link,
            "view": view,
            "folded_out": bool(set(link.values) - {"due", "who"}),
        },
    )


def _back(request: HttpRequest) -> HttpResponseRedirect:
    """Back to the queue under the filters that the form carried, and only there."""
    link = QueueLink.read(dict(parse_qsl(request.POST.get("back", ""))))
    return HttpResponseRedirect(link.url(after=link.after), status=303)


@staff_page
@require_POST
def assign(request: HttpRequest) -> HttpResponse:
    """Assign the ticked cases to a colleague, or back to the team."""
    actor = actor_of(request)
    ticked = []
    for value in request.POST.getlist("case"):
        number, _, version = value.partition(":")
        case_id, seen = whole_number(number), whole_number(version)
        if case_id is not None and seen is not None:
            ticked.append((case_id, seen))
    to = request.POST.get("to", "")
    user_id = whole_number(to)
    names = dict(colleagues(actor))
    if not ticked:
        messages.error(request, "Tick the cases that you want to assign to someone.")
    elif to != "nobody" and user_id not in names:
        messages.error(request, "Choose who to assign the ticked cases to.")
    else:
        done, refused = casework.assign_many(ticked, user_id, actor=actor, now=timezone.now())
        who = names[user_id] if user_id is not None else "nobody: anyone in the team can take them"
        if done:
            messages.success(request, f"{count(len(done), 'case')} assigned to {who}.")
        for reference, why in refused:
            messages.error(request, f"{reference} was not: {why}")
    return _back(request)


@staff_page
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keep the filters under a name, or remove a view."""
    actor = actor_of(request)
    remove = whole_number(request.POST.get("remove", ""))
    if remove is not None:
        actions.remove_view(actor, remove)
        messages.success(request, "The saved view was removed.")
        return _back(request)
    link = QueueLink.read(dict(parse_qsl(request.POST.get("back", ""))))
    try:
        view = actions.save_view(actor, request.POST.get("name", ""), link.query())
    except (ValueError, actions.TooMany) as why:
        messages.error(request, str(why))
    else:
        messages.success(request, f"Saved. Open “{view.name}” from the top of the queue.")
    return _back(request)
