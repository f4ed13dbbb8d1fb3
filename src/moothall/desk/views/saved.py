"""Views of the queue by name: one's own and those that a manager shares with a team."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from moothall.design.forms import whole_number
from moothall.desk import actions
from moothall.desk.queries import teams
from moothall.desk.queue_view import managed, views_for
from moothall.desk.views.queue import back_link, back_to_queue
from moothall.desk.views.showing import actor_of, show, staff_page

HERE = "/desk/views/"


@staff_page
def views(request: HttpRequest) -> HttpResponse:
    """Show the views to name, sort, share and remove; POST does one of it."""
    if request.method == "POST":
        return _change(request)
    actor, now = actor_of(request), timezone.now()
    mine, shared = views_for(actor, now=now)
    names = teams()
    managed_here = managed(actor, names)
    values = {
        "mine": mine,
        "shared": shared,
        "teams": names,
        "may_change": lambda one: not one.team or one.team in dict(managed_here),
        "opens": next((one.key for one in (*mine, *shared) if one.opens), ""),
    }
    return show(request, "desk/views.html", values)


def _change(request: HttpRequest) -> HttpResponse:
    """Save the filters under a name, or change a view that there is."""
    actor = actor_of(request)
    remove = whole_number(request.POST.get("remove", ""))
    if remove is not None:
        actions.remove_view(actor, remove)
        messages.success(request, "The saved view was removed.")
        return back_to_queue(request)
    if "do" not in request.POST:
        return _save(request)
    key, name = request.POST.get("view", ""), request.POST.get("name", "")
    deeds: dict[str, tuple[Callable[[], Any], str]] = {
        "rename": (lambda: actions.rename_view(actor, key, name), "The view has its new name."),
        "up": (lambda: actions.move_view(actor, key, -1), "The order was changed."),
        "down": (lambda: actions.move_view(actor, key, 1), "The order was changed."),
        "delete": (lambda: actions.delete_view(actor, key), "The view was removed."),
        "opens": (lambda: _open_with(request, key), "Your desk opens with it from now on."),
        "plain": (
            lambda: actions.wish(actor, opens_with=""),
            "Your desk opens with all open cases from now on.",
        ),
    }
    deed = deeds.get(request.POST["do"])
    if deed is None:
        return HttpResponseRedirect(HERE, status=303)
    try:
        deed[0]()
    except (ValueError, actions.MayNot) as why:
        messages.error(request, str(why))
    else:
        messages.success(request, deed[1])
    return HttpResponseRedirect(HERE, status=303)


def _open_with(request: HttpRequest, key: str) -> None:
    actor = actor_of(request)
    mine, shared = views_for(actor, now=timezone.now(), count=False)
    if key not in {one.key for one in (*mine, *shared)}:
        raise actions.MayNot("There is no such view of yours or of your teams.")
    actions.wish(actor, opens_with=key)


def _save(request: HttpRequest) -> HttpResponse:
    actor, link = actor_of(request), back_link(request)
    name, team = request.POST.get("name", ""), request.POST.get("team", "")
    try:
        if team:
            shared = actions.share_view(actor, team, name, link.query(), now=timezone.now())
            words = f"Shared. Everyone in the team finds “{shared.name}” at the top of the queue."
        else:
            view = actions.save_view(actor, name, link.query())
            words = f"Saved. Open “{view.name}” from the top of the queue."
    except (ValueError, actions.TooMany, actions.MayNot) as why:
        messages.error(request, str(why))
    else:
        messages.success(request, words)
    return back_to_queue(request)
