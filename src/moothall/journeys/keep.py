"""Keep a form for later, and come back to it by the emailed link."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render as page_of
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from moothall.journeys import actions, drafts, screens
from moothall.journeys.models import SAVED
from moothall.journeys.visit import DRAFT_COOKIE, Visit, may_use, set_cookie
from moothall.language import FieldError
from moothall.packs import queries as packs
from moothall.people import limits
from moothall.people.sign_in import caller_address

HOUR = 3600
PER_ADDRESS = 10
PER_NETWORK = 60
"""Links an hour: to one email address, and from one network (a library's, say)."""


def save_form(here: Visit) -> HttpResponse:
    """Ask for an email address and send the link."""
    if here.draft.submitted_at is not None:
        return here.go(here.url("done"))
    if not here.draft.pk:
        return here.go(here.about)
    email = here.request.POST.get("email", "").strip()
    errors: list[FieldError] = []
    if here.request.method == "POST":
        try:
            validate_email(email)
        except ValidationError:
            errors = [
                FieldError(
                    "email",
                    _("Enter an email address in the correct format, like name@example.com"),
                )
            ]
        else:
            path = f"{'/cy' if here.lang == 'cy' else ''}/services/resume/"
            link = here.request.build_absolute_uri(f"{path}{drafts.resume_token(here.draft)}/")
            often = _("We have sent this link often enough. Use one of those emails, or call us")
            if not _may_send(here, email):
                return _ask(here, email, [FieldError("email", often)])
            try:
                here.draft = actions.save_for_later(
                    here.service, here.draft, email, link=link, now=here.now
                )
            except actions.TooManyLinks:
                return _ask(here, email, [FieldError("email", often)])
            return screens.show(
                here,
                "journeys/saved.html",
                {"title": _("We have kept your answers"), "until": here.now + SAVED},
                back=here.where_next(here.way()[1]),
            )
    else:
        email = here.request.user.email if here.request.user.is_authenticated else ""
    return _ask(here, email, errors)


def _may_send(here: Visit, email: str) -> bool:
    """Whether one more link may go to this address, and from this network: nobody is flooded."""
    to = limits.allow("saved_link", email.lower(), PER_ADDRESS, HOUR, now=here.now)
    network = limits.network_of(caller_address(here.request))
    return bool(to) and bool(
        limits.allow("saved_link_from", network, PER_NETWORK, HOUR, now=here.now)
    )


def _ask(here: Visit, email: str, errors: list[FieldError]) -> HttpResponse:
    return screens.show(
        here,
        "journeys/save.html",
        {"title": _("Save and come back later"), "email": email, "errors": errors},
        back=here.where_next(here.way()[1]),
        status=422 if errors else 200,
    )


@require_safe
def resume(request: HttpRequest, token: str) -> HttpResponse:
    """Open a saved form in this browser and go to where it goes on."""
    now = timezone.now()
    draft = drafts.by_resume_token(token, now)
    service = packs.service(draft.service_id) if draft is not None else None
    if draft is None or service is None or not (draft.user_id is None or may_use(draft, request)):
        signed_out = draft is not None and draft.user_id is not None
        return page_of(
            request,
            "journeys/no_form.html",
            {"signed_out": signed_out, "path": request.path, "section": "services"},
            status=403 if signed_out else 410,
        )
    root = "/cy" if request.path.startswith("/cy/") else ""
    response = redirect(f"{root}/services/{service.slug}/go-on")
    response.status_code = 303
    set_cookie(response, DRAFT_COOKIE + service.id, drafts.fresh_token(draft, now))
    response.headers["Cache-Control"] = "no-store"
    return response
