"""The satisfaction question, asked after a form and after a case. Anyone may answer, nobody is named."""

from __future__ import annotations

import re
import secrets

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from moothall.design.context import language
from moothall.insight import feedback
from moothall.insight.models import Response
from moothall.language import FieldError, Service
from moothall.packs import queries as packs

KEY = re.compile(r"[A-Za-z0-9_-]{16,40}\Z")


def _service(slug: str) -> Service:
    found = packs.service(slug)
    if found is None or found.slug != slug or found.audience != "public":
        raise Http404("There is no such service.")
    return found


def _name(service: Service, lang: str) -> str:
    return service.text("name", lang) or service.name


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def give(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask how satisfied the person is, and keep what they say."""
    service, lang = _service(slug), language()
    given = request.POST if request.method == "POST" else request.GET
    after = given.get("after", "")
    after = after if after in Response.After.values else Response.After.JOURNEY.value
    errors: list[FieldError] = []
    key = given.get("key", "")
    rating, comment = given.get("rating", ""), given.get("comment", "")
    if request.method == "POST":
        if rating not in {str(number) for number, _words in feedback.RATINGS}:
            errors.append(FieldError("rating", _("Choose how satisfied you are")))
        if len(comment) > feedback.LONGEST:
            words = _("Your suggestion must be %(most)s characters or fewer")
            errors.append(FieldError("comment", words % {"most": f"{feedback.LONGEST:,}"}))
        if not errors:
            feedback.respond(
                key=key if KEY.match(key) else secrets.token_urlsafe(16),
                service_id=service.id,
                after=after,
                rating=int(rating),
                comment=comment,
                language=lang,
            )
            return HttpResponseRedirect(reverse("feedback-thanks", args=[slug]), status=303)
    values = {
        "service": service,
        "service_name": _name(service, lang),
        "section": "services",
        "errors": errors,
        "error_of": {error.field: error.message for error in errors},
        "options": [(str(number), str(words)) for number, words in feedback.RATINGS],
        "rating": rating,
        "comment": comment,
        "after": after,
        "most": feedback.LONGEST,
        "key": key if KEY.match(key) else secrets.token_urlsafe(16),
    }
    return render(request, "insight/feedback.html", values, status=422 if errors else 200)


@require_safe
def thanks(request: HttpRequest, slug: str) -> HttpResponse:
    """Thank the person, and say where the figures are."""
    service = _service(slug)
    values = {"service": service, "service_name": _name(service, language()), "section": "services"}
    return render(request, "insight/feedback_thanks.html", values)
