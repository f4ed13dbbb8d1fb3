"""A resident's account: their cases, their saved forms, their details."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from moothall.casework import queries as cases
from moothall.design.context import language
from moothall.design.pages import private_page
from moothall.journeys import actions, drafts
from moothall.journeys import answers as reader
from moothall.journeys.models import Details, Draft
from moothall.journeys.visit import DRAFT_COOKIE, set_cookie
from moothall.language import FieldError
from moothall.packs import queries as packs
from moothall.people.access import resident_required
from moothall.people.models import User
from moothall.places import queries as places
from moothall.website.track import root


def _resident(request: HttpRequest) -> User:
    user = request.user
    if not isinstance(user, User):
        raise Http404("Nobody is signed in.")
    return user


@require_safe
@resident_required
def home(request: HttpRequest) -> HttpResponse:
    """My cases, my saved forms, my details."""
    user, lang, now = _resident(request), language(), timezone.now()
    waiting = []
    for draft in Draft.objects.filter(
        user=user, submitted_at=None, expires_at__gt=now, adviser=None
    ).order_by("-updated_at")[:50]:
        service = packs.service(draft.service_id)
        if service is not None:
            waiting.append(
                {
                    "pk": draft.pk,
                    "name": service.text("name", lang) or service.name,
                    "updated_at": draft.updated_at,
                    "until": draft.expires_at,
                }
            )
    return private_page(
        request,
        "website/account.html",
        {
            "section": "account",
            "cases": cases.cases_of(user, lang, now=now),
            "waiting": waiting,
            "details": Details.objects.filter(user=user).first(),
            "saved": request.GET.get("saved", ""),
        },
    )


@require_POST
@resident_required
def saved_form(request: HttpRequest, pk: int) -> HttpResponse:
    """Open one of my saved forms, or throw it away."""
    user, lang, now = _resident(request), language(), timezone.now()
    draft = Draft.objects.filter(
        pk=pk, user=user, submitted_at=None, expires_at__gt=now, adviser=None
    ).first()
    service = packs.service(draft.service_id) if draft is not None else None
    if draft is None or service is None:
        raise Http404("There is no such form.")
    if request.POST.get("remove"):
        actions.start_again(draft, now=now)
        return HttpResponseRedirect(f"{root(lang)}/account/")
    response = HttpResponseRedirect(f"{root(lang)}/services/{service.slug}/go-on")
    response.status_code = 303
    set_cookie(response, DRAFT_COOKIE + service.id, drafts.fresh_token(draft, now))
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@resident_required
def details(request: HttpRequest) -> HttpResponse:
    """My name, phone number, address and language, so that forms can fill them in."""
    user, lang = _resident(request), language()
    mine = Details.objects.filter(user=user).first() or Details(user=user)
    errors: list[FieldError] = []
    found: list[tuple[str, str]] = []
    values = {
        "name": user.name,
        "phone": mine.phone,
        "language": user.language,
        "postcode": (mine.address or {}).get("postcode", ""),
        "uprn": (mine.address or {}).get("uprn", ""),
    }
    if request.method == "POST":
        values = {name: request.POST.get(name, "").strip()[:200] for name in values}
        digits = [one for one in values["phone"] if one.isdigit()]
        if values["phone"] and not 7 <= len(digits) <= 15:
            errors.append(
                FieldError("phone", _("Enter a phone number, like 01632 960001 or 07700 900982"))
            )
        address = mine.address
        if not values["postcode"]:
            address = None
        elif values["uprn"].isdigit():
            chosen = places.address(values["uprn"])
            address = dict(chosen) if chosen else address
        elif values["postcode"] != (mine.address or {}).get("postcode"):
            found = [
                (one["uprn"], one["line"]) for one in reader.find_addresses(values["postcode"])
            ]
            errors.append(
                FieldError("uprn", _("Choose your address from the list"))
                if found
                else FieldError("postcode", _("We can't find an address for what you typed"))
            )
        if not errors:
            user.name = values["name"][:150]
            user.language = "cy" if values["language"] == "cy" else "en"
            user.save()
            mine.phone, mine.address = values["phone"][:40], address
            mine.save()
            return HttpResponseRedirect(f"{root(lang)}/account/?saved=details")
    return private_page(
        request,
        "website/details.html",
        {
            "section": "account",
            "values": values,
            "found": found,
            "address": mine.address,
            "errors": errors,
            "message": {one.field: one.message for one in errors},
        },
        status=422 if errors else 200,
    )
