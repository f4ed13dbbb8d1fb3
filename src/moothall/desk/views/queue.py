"""The queue: what the team promised, soonest first; its filters, its file, and assigning cases."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from moothall.casework import actions as casework
from moothall.design.forms import whole_number
from moothall.desk import actions
from moothall.desk.export import queue_csv
from moothall.desk.filters import COLUMNS, QueueLink
from moothall.desk.queries import colleagues, teams
from moothall.desk.queue_view import column_names, home_of, managed, queue_view
from moothall.desk.views.showing import actor_of, show, staff_page
from moothall.desk.words import count


def link_of(request: HttpRequest) -> QueueLink:
    """Return the queue that the address of a request names."""
    given = {name: str(values[-1]) for name, values in request.GET.lists()}
    if "col" in request.GET:
        given["cols"] = "-".join(one for one in COLUMNS if one in request.GET.getlist("col"))
    return QueueLink.read(given)


@staff_page
def queue(request: HttpRequest) -> HttpResponse:
    """Show the cases of this person's teams by promise date, or the view that their desk opens with."""
    actor, now = actor_of(request), timezone.now()
    typed = request.GET.get("find", "")
    link = link_of(request)
    if typed.strip():
        token = actions.keep_words(actor, typed, now=now)
        return HttpResponseRedirect(link.url(words=token), status=303)
    if not request.GET and (home := home_of(actor)):
        return HttpResponseRedirect(f"/desk/?{home}")
    link = replace(link, has_home=_has_home(request))
    view = queue_view(actor, link, now=now)
    values = {
        "link": link,
        "view": view,
        "columns": column_names(link),
        "all_columns": list(COLUMNS.items()),
        "folded_out": bool(set(link.values) - {"due", "who", "order", "cols"}),
        "shareable": managed(actor, teams()) if actor.plays("manager") else [],
    }
    return show(request, "desk/queue.html", values)


def _has_home(request: HttpRequest) -> bool:
    """Whether the plain address would lead elsewhere: then "everything" has an address of its own."""
    return bool(request.GET) and bool(home_of(actor_of(request)))


@staff_page
def file(request: HttpRequest) -> StreamingHttpResponse:
    """The same cases as a file, as far as this person sees them."""
    return queue_csv(actor_of(request), link_of(request), now=timezone.now())


def back_link(request: HttpRequest) -> QueueLink:
    """Return the queue that the form came from."""
    return QueueLink.read(dict(parse_qsl(request.POST.get("back", ""))))


def back_to_queue(request: HttpRequest) -> HttpResponseRedirect:
    """Back to the queue under the filters that the form carried, and only there."""
    link = back_link(request)
    return HttpResponseRedirect(link.url(after=link.after), status=303)


def ticked(request: HttpRequest) -> list[tuple[int, int]]:
    """Return the ticked cases: id and the version that was on the page."""
    found = []
    for value in request.POST.getlist("case"):
        number, _, version = value.partition(":")
        case_id, seen = whole_number(number), whole_number(version)
        if case_id is not None and seen is not None:
            found.append((case_id, seen))
    return found


@staff_page
@require_POST
def assign(request: HttpRequest) -> HttpResponse:
    """Assign the ticked cases to a colleague, or back to the team."""
    actor = actor_of(request)
    chosen = ticked(request)
    to = request.POST.get("to", "")
    user_id = whole_number(to)
    names = dict(colleagues(actor))
    if not chosen:
        messages.error(request, "Tick the cases that you want to assign to someone.")
    elif to != "nobody" and user_id not in names:
        messages.error(request, "Choose who to assign the ticked cases to.")
    else:
        done, refused = casework.assign_many(chosen, user_id, actor=actor, now=timezone.now())
        who = names[user_id] if user_id is not None else "nobody: anyone in the team can take them"
        if done:
            messages.success(request, f"{count(len(done), 'case')} assigned to {who}.")
        for reference, why in refused:
            messages.error(request, f"{reference} was not: {why}")
    return back_to_queue(request)
