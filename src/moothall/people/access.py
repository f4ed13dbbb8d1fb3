"""Who may open a page: decorators for views, and nothing in templates.

What a person may see and do *in* a page is decided by actions and queries from the actor.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Literal, overload
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

from moothall.people.actor import Actor
from moothall.people.queries import actor_for
from moothall.people.stages import used_second_factor

View = Callable[..., HttpResponseBase]
Standing = Literal["anonymous", "resident", "staff", "unproven"]


def standing(request: HttpRequest) -> Standing:
    """Return what the person of this request is to us: `unproven` is staff without a second factor.

    The stages of a sign-in leave no staff unproven (moothall.people.stages); this is the second lock.
    """
    user = request.user
    if not user.is_authenticated:
        return "anonymous"
    if not getattr(user, "is_staff", False):
        return "resident"
    return "staff" if used_second_factor(request, user) else "unproven"


def request_actor(request: HttpRequest) -> Actor:
    """Return the actor of this request; staff without a second factor are nobody."""
    if standing(request) == "unproven":
        return actor_for(None)
    return actor_for(request.user)


@overload
def staff_required(view: View) -> View: ...
@overload
def staff_required(*, jobs: tuple[str, ...] = ()) -> Callable[[View], View]: ...
def staff_required(
    view: View | None = None, *, jobs: tuple[str, ...] = ()
) -> View | Callable[[View], View]:
    """Let only proven staff open `view`; with `jobs`, only those who have one of them (or admin).

    A stranger is sent to the desk's sign-in and comes back afterwards; a resident gets 403.
    """

    def decorate(inner: View) -> View:
        @wraps(inner)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            found = standing(request)
            if found in {"anonymous", "unproven"}:
                return _to_sign_in(request, "desk-sign-in")
            if found == "resident":
                raise PermissionDenied("This page is for council staff.")
            if jobs and not actor_for(request.user).plays(*jobs, "admin"):
                raise PermissionDenied("Your job at the council does not include this page.")
            return inner(request, *args, **kwargs)

        guarded.access = "staff"  # type: ignore[attr-defined]  # read by the test that walks every address
        return guarded

    return decorate(view) if view is not None else decorate


def resident_required(view: View) -> View:
    """Let only a signed-in resident open `view`; staff are sent to their desk."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        found = standing(request)
        if found in {"anonymous", "unproven"}:
            return _to_sign_in(request, "account_login")
        if found == "staff":
            return HttpResponseRedirect("/desk/")
        return view(request, *args, **kwargs)

    guarded.access = "resident"  # type: ignore[attr-defined]  # read by the test that walks every address
    return guarded


def _to_sign_in(request: HttpRequest, name: str) -> HttpResponseRedirect:
    address = reverse(name)
    if request.method in {"GET", "HEAD"}:
        address += "?" + urlencode({"next": request.get_full_path()})
    return HttpResponseRedirect(address)
