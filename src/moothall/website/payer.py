"""Somebody else pays: the applicant asks them, and they pay by the link that they were sent."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from moothall.casework import actions as casework
from moothall.casework import queries as cases
from moothall.casework.errors import CaseworkError, NotAllowed, NotFound
from moothall.casework.payers import LONGEST
from moothall.casework.types import TrackView
from moothall.design.context import language
from moothall.design.pages import private_page
from moothall.language import FieldError
from moothall.pay.actions import PayUnavailable, refresh
from moothall.website import errors as pages
from moothall.website import track


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask for the name and email address of who will pay, and write to them."""
    lang, now = language(), timezone.now()
    back = f"{track.root(lang)}/track/{track.tidy(reference)}"
    view, actor = track.mine(request, reference, lang, now)
    if view is None or not view.payment.can_pay:
        return track.go(back)
    if request.method != "POST":
        return _ask(request, view)
    name = " ".join(request.POST.get("name", "").split())
    email = request.POST.get("email", "").strip()
    wrong = _wrong(name, email)
    if not wrong:
        try:
            casework.ask_payer(
                view.id,
                name,
                email,
                actor=actor,
                key=request.POST.get("key", "")[:64],
                now=now,
            )
        except NotAllowed:
            said = _("You have asked three people already. You can pay yourself, or call us")
            wrong = (FieldError("", said),)
        except CaseworkError as refused:
            wrong = (FieldError(getattr(refused, "field", ""), str(refused)),)
    if wrong:
        return _ask(request, view, errors=wrong, status=422)
    return track.go(f"{back}?sent=payer")


def _wrong(name: str, email: str) -> tuple[FieldError, ...]:
    found = []
    if not name:
        found.append(FieldError("name", _("Enter the name of the person who will pay")))
    elif len(name) > LONGEST:
        found.append(FieldError("name", _("Enter a name of 60 letters or fewer")))
    try:
        validate_email(email)
    except ValidationError:
        say = _("Enter an email address in the correct format, like name@example.com")
        found.append(FieldError("email", say))
    return tuple(found)


def _ask(
    request: HttpRequest,
    view: TrackView,
    *,
    errors: tuple[FieldError, ...] = (),
    status: int = 200,
) -> HttpResponse:
    return private_page(
        request,
        "website/someone_else.html",
        {
            "section": "track",
            "case": view,
            "errors": list(errors),
            "message": {one.field: one.message for one in errors},
            "typed": {name: request.POST.get(name, "")[:254] for name in ("name", "email")},
            "key": request.POST.get("key", "")[:64] or f"v{view.version}",
        },
        status=status,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: HttpRequest, token: str) -> HttpResponse:
    """What somebody was asked to pay: the sum, what it is for, who asks; and the way to pay it."""
    now = timezone.now()
    view = cases.payer_view(token, now=now)
    if view is None:
        return pages.gone(request)
    unknown = False
    if waiting := cases.unfinished(token):
        try:
            refresh(waiting, now=now)
        except PayUnavailable:
            unknown = True
        view = cases.payer_view(token, now=now) or view
    if request.method == "POST" and view.state == "due":
        back = request.build_absolute_uri(request.path)
        try:
            return track.go(casework.start_payer_payment(token, return_url=back, now=now).next_url)
        except NotFound:
            view = cases.payer_view(token, now=now) or view
        except (PayUnavailable, CaseworkError):
            unknown = True
    return private_page(
        request,
        "website/pay_for.html",
        {"section": "", "asked": view, "unknown": unknown, "root": track.root(language())},
        status=200 if not unknown else 503,
    )
