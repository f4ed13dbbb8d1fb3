"""One request in one service: which service, whose draft, in which language, when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from moothall.design.context import language
from moothall.journeys import actions, drafts
from moothall.journeys.models import AFTER, Draft
from moothall.language import Facts, Service, Step, Walk
from moothall.packs import queries as packs

DRAFT_COOKIE = "moothall_form_"
DONE_COOKIE = "moothall_done_"


@dataclass
class Sitting:
    """Somebody fills in a form: which service, their draft, when, and in which language."""

    service: Service
    draft: Draft
    now: datetime
    lang: str


@dataclass
class Visit(Sitting):
    """What a view of a journey works with. `draft` is not stored before the first answer."""

    request: HttpRequest
    lost: bool = False
    """A form was sent for answers that we no longer have."""

    def url(self, step: Step | str | None = None, *, change: bool = False, query: str = "") -> str:
        """Return the address of a page of this form; of check answers for None."""
        part = "check-answers" if step is None else step if isinstance(step, str) else step.slug
        query = "&".join(one for one in ("change" if change else "", query) if one)
        address = reverse("journey-page", args=[self.service.slug, part])
        return f"{address}?{query}" if query else address

    @property
    def about(self) -> str:
        """The address of the service's own page."""
        root = "/cy" if self.lang == "cy" else ""
        return f"{root}/services/{self.service.slug}/"

    def way(self) -> tuple[Facts, Walk]:
        """Return facts and way, with look-ups run."""
        return actions.way_of(self.service, self.draft, self.now)

    def where_next(self, way: Walk, *, change: bool = False) -> str:
        """Return the address at which this form goes on."""
        if way.stop is not None:
            return self.url(way.stop)
        if way.next is not None:
            return self.url(way.next, change=change)
        return self.url()

    def go(self, address: str) -> HttpResponseRedirect:
        """Answer 303 to `address`, with the draft's cookie."""
        response = HttpResponseRedirect(address)
        response.status_code = 303
        self.keep(response)
        return response

    def keep(self, response: HttpResponse) -> None:
        """Set the draft's cookie: for this browser session only, since computers are shared."""
        if self.draft.pk and self.draft.token and self.draft.submitted_at is None:
            name = DRAFT_COOKIE + self.service.id
            if self.request.COOKIES.get(name) != self.draft.token:
                set_cookie(response, name, self.draft.token)


def set_cookie(response: HttpResponse, name: str, value: str, age: int | None = None) -> None:
    """Set one of our cookies."""
    response.set_cookie(
        name, value, max_age=age, httponly=True, samesite="Lax", secure=settings.SECURE, path="/"
    )


def done_cookie(response: HttpResponse, service: Service, token: str) -> None:
    """Let this browser open the page with the reference again; forget the draft."""
    set_cookie(response, DONE_COOKIE + service.id, token, age=int(AFTER.total_seconds()))
    response.delete_cookie(DRAFT_COOKIE + service.id, path="/", samesite="Lax")


def service_or_404(slug: str) -> Service:
    """Return the offered service that residents may use online. Raises Http404."""
    service = packs.service(slug)
    if service is None or service.slug != slug or service.audience != "public":
        raise Http404("There is no such service.")
    return service


def may_use(draft: Draft, request: HttpRequest) -> bool:
    """Whether the person asking may see this draft: nobody sees that of another account."""
    if draft.adviser_id is not None:
        return False
    return draft.user_id is None or draft.user_id == getattr(request.user, "pk", None)


def visit(request: HttpRequest, slug: str) -> Visit:
    """Return the visit of a request: the draft of its form's hidden field, else of its cookie."""
    service = service_or_404(slug)
    now = timezone.now()
    lang = language()
    found: Draft | None = None
    tokens = [
        request.POST.get("draft", "") if request.method == "POST" else "",
        request.COOKIES.get(DRAFT_COOKIE + service.id, ""),
    ]
    for token in dict.fromkeys(one for one in tokens if one):
        found = drafts.by_cookie(token, service.id, now)
        if found is not None and (not may_use(found, request)):
            found = None
        if found is not None:
            break
    if found is not None and found.submitted_at is not None and request.method != "POST":
        found = None
    # Revision 0 is a form whose answers were never kept: its first answer may be wrong, not lost.
    never_kept = request.method == "POST" and request.POST.get("revision") == "0" and not tokens[1]
    lost = found is None and any(tokens) and not never_kept
    if found is None:
        found = actions.begin(service, user=_user(request), language=lang, now=now)
    elif found.submitted_at is None:
        if found.definition_sha != service.sha256:
            token = found.token
            found = actions.bring_up_to_date(service, found, now)
            found.token = token
        if found.user_id is None and request.user.is_authenticated and not request.user.is_staff:
            found.user = _user(request)  # stored with the next answer
        found.language = lang
    return Visit(service, found, now, lang, request, lost)


def _user(request: HttpRequest) -> Any:
    """The resident who is signed in; staff fill in forms as themselves only at the desk."""
    user = getattr(request, "user", None)
    return user if user is not None and user.is_authenticated and not user.is_staff else None


def must_sign_in(here: Visit) -> HttpResponseRedirect | None:
    """Return the way to sign in and back again, where the service asks for it."""
    if here.service.sign_in != "required" or here.request.user.is_authenticated:
        return None
    root = "/cy" if here.lang == "cy" else ""
    back = here.request.get_full_path() if here.request.method == "GET" else here.request.path
    response = HttpResponseRedirect(f"{root}/account/sign-in/?{urlencode({'next': back})}")
    here.keep(response)
    return response
