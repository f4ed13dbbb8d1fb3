"""The receipt of a case, as a PDF to keep."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from moothall.casework import queries as cases
from moothall.casework.models import Case
from moothall.design import paper
from moothall.design.context import language
from moothall.journeys import receipts
from moothall.website.track import go, mine, root, tidy


@require_safe
def receipt(request: HttpRequest, reference: str) -> HttpResponse:
    """Send the receipt to whoever may follow the case, in the case's language; ask others for proof."""
    now, lang = timezone.now(), language()
    view, _actor = mine(request, tidy(reference), lang, now)
    if view is None:
        return go(f"{root(lang)}/track/{tidy(reference)}")
    if view.language != lang:
        token = cases.link_token(Case.objects.get(pk=view.id))
        view = cases.case_by_signed_link(token, lang=view.language, now=now) or view
    return paper.response(receipts.receipt(view, now=now), f"{view.reference}.pdf", now=now)
