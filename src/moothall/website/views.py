"""The resident's pages that are about services and about this website."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from moothall.design.context import language
from moothall.journeys.new_version import promise_words
from moothall.language import Service
from moothall.packs import queries as packs
from moothall.website import catalogue


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The front page."""
    lang = language()
    services = catalogue.public()
    return render(
        request,
        "website/home.html",
        {
            "kinds": catalogue.by_kind(lang, services),
            "top": [catalogue.listed(one, lang) for one in services[:5]],
        },
    )


@require_safe
def services(request: HttpRequest) -> HttpResponse:
    """All services: A to Z, by kind, and those that fit what was searched for."""
    lang = language()
    query = request.GET.get("q", "").strip()[:100]
    kind = request.GET.get("kind", "")
    kinds = catalogue.by_kind(lang)
    chosen = next((one for one in kinds if one.id == kind), None)
    return render(
        request,
        "website/services.html",
        {
            "section": "services",
            "query": query,
            "found": catalogue.matching(query, lang) if query else None,
            "letters": catalogue.a_to_z(lang),
            "kinds": kinds,
            "chosen": chosen,
        },
    )


def _offered(slug: str) -> Service:
    found = packs.service(slug)
    if found is None or found.slug != slug or found.audience != "public":
        raise Http404("There is no such service.")
    return found


@require_safe
def service(request: HttpRequest, slug: str) -> HttpResponse:
    """One service: what it is for, what you need, what it costs, how long we take."""
    lang = language()
    found = _offered(slug)
    fee = found.fee
    return render(
        request,
        "website/service.html",
        {
            "section": "services",
            "service": found,
            "item": catalogue.listed(found, lang),
            "before": catalogue.words(found, "before_you_start", lang),
            "promise": promise_words(found, lang),
            "fee": fee,
            "refund_says": catalogue.words(found, "fee.refund_says", lang) if fee else "",
            "kind_title": catalogue.kind_title(found.kind),
            "may_sign_in": found.sign_in == "optional" and not request.user.is_authenticated,
        },
    )


@require_safe
def contact(request: HttpRequest) -> HttpResponse:
    """How to reach the council."""
    return render(request, "website/contact.html", {"section": "contact"})


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement."""
    return render(request, "website/accessibility.html")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept of people, why and how long, service by service, from the service files."""
    lang = language()
    rows = [
        {
            "name": catalogue.words(one, "name", lang),
            "basis": _basis(one.data.lawful_basis),
            "keep": _keep(one.data.keep),
            "then": _("anonymised") if one.data.then == "anonymise" else _("deleted"),
        }
        for one in catalogue.public()
    ]
    return render(request, "website/privacy.html", {"rows": rows})


def _basis(name: str) -> str:
    return {
        "public task": _("Public task"),
        "legal obligation": _("Legal obligation"),
        "contract": _("Contract"),
        "consent": _("Consent"),
        "vital interests": _("Vital interests"),
        "legitimate interests": _("Legitimate interests"),
    }.get(name, name)


def _keep(text: str) -> str:
    """Return "2 years after end" in words of the page's language."""
    from django.utils.translation import ngettext

    number, unit, _after, moment = text.split()
    count = int(number)
    length = {
        "day": ngettext("%(num)d day", "%(num)d days", count),
        "week": ngettext("%(num)d week", "%(num)d weeks", count),
        "month": ngettext("%(num)d month", "%(num)d months", count),
        "year": ngettext("%(num)d year", "%(num)d years", count),
    }[unit.rstrip("s")] % {"num": count}
    if moment == "end":
        return _("%(length)s after it ends") % {"length": length}
    return _("%(length)s after it starts") % {"length": length}


@require_safe
def cookies(request: HttpRequest) -> HttpResponse:
    """Which cookies are set, and what for."""
    return render(request, "website/cookies.html")
