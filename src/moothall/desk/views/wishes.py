"""How one person wants their desk: shortcuts on or off, the morning's list by email; and the help on keys."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from moothall.desk import actions
from moothall.desk.late_list import council_settings
from moothall.desk.models import Wish
from moothall.desk.queue_view import views_for
from moothall.desk.views.showing import SHORTCUTS, actor_of, show, staff_page

KEYS = (
    ("Lists", (
        ("j", "Next case"),
        ("k", "Previous case"),
        ("o or Enter", "Open the case"),
        ("x", "Tick the case, or take the tick off"),
        ("Shift and x", "Tick every case from the last tick to here"),
        ("a", "Go to “Assign the ticked cases to”"),
        ("n", "Next page"),
    )),
    ("A case", (
        ("a", "Assign"),
        ("r", "Write to them"),
        ("u", "Back to the list"),
    )),
    ("Everywhere", (
        ("/", "Find a case"),
        ("g then q", "Go to the queue"),
        ("g then m", "Go to my work"),
        ("g then f", "Go to Find a case"),
        ("g then c", "Go to Take a contact"),
        ("g then t", "Go to my team"),
        ("g then w", "Go to my ward"),
        ("?", "This page"),
    )),
)  # fmt: skip


@staff_page
def keys(request: HttpRequest) -> HttpResponse:
    """What each key does."""
    return show(request, "desk/keys.html", {"keys": KEYS})


@staff_page
def settings(request: HttpRequest) -> HttpResponse:
    """Show and change how the desk is for this person."""
    actor, now = actor_of(request), timezone.now()
    if request.method == "POST":
        made = actions.wish(
            actor,
            shortcuts="shortcuts" in request.POST,
            late_list="late_list" in request.POST,
        )
        request.session[SHORTCUTS] = made.shortcuts
        messages.success(request, "Your settings are saved.")
        return HttpResponseRedirect("/desk/settings/", status=303)
    wish = Wish.objects.filter(user_id=actor.user_id or 0).first() or Wish()
    mine, shared = views_for(actor, now=now, count=False)
    values = {
        "wish": wish,
        "council_settings": council_settings(),
        "opens": next((one.name for one in (*mine, *shared) if one.opens), ""),
        "gets_list": actor.plays("officer", "manager"),
    }
    return show(request, "desk/settings.html", values)
