"""Pages with one form that does one thing to a case: what they share, and how a refusal is shown on them.

Every form carries the version of the case that the person was looking at. When a colleague was
first, nothing is saved, the page says who did what, and what was typed stays in its boxes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from moothall.casework.types import CaseView
from moothall.desk.views.case import promise_of
from moothall.desk.views.showing import Refusal, attempt, case_or_404, expected_of, show
from moothall.files.actions import FileRefused, receive
from moothall.files.queries import by_ids

TEXT_LONGEST = 4000
FIELD_BOX = {"photo": "files", "file": "files"}
"""Boxes of a form whose id is not the name of what is missing."""


@dataclass(frozen=True)
class ShownError:
    """An error with the box it belongs to, as the error summary wants it."""

    field: str
    message: str


def back_to(case: CaseView) -> HttpResponseRedirect:
    """Back to the case, once something was done."""
    return HttpResponseRedirect(f"/desk/cases/{case.reference}/", status=303)


def form_page(
    request: HttpRequest,
    template: str,
    case: CaseView,
    values: Mapping[str, Any],
    refusal: Refusal | None = None,
) -> HttpResponse:
    """Show a page that does something to a case, with what was refused and why."""
    refusal = refusal or Refusal()
    if refusal.clash:  # what is shown and sent next is the case as it is now
        case = case_or_404(request, case.reference)
    expected = refusal.clash.latest if refusal.clash else expected_of(request, case)
    errors = [ShownError(FIELD_BOX.get(name, name), words) for name, words in refusal.errors]
    shared = {
        "case": case,
        "promise": promise_of(case, timezone.now()),
        "expected": expected,
        "errors": errors,
        "wrong": {FIELD_BOX.get(k, k): v for k, v in refusal.by_field.items()},
        "refusal": refusal,
        "at": f"/desk/cases/{case.reference}/",
        "longest": TEXT_LONGEST,
    }
    return show(request, template, {**shared, **values}, status=refusal.status if refusal else 200)


def uploads(request: HttpRequest, case: CaseView, refusal: Refusal) -> list[str]:
    """Ids of the files that came with the form, and of those that an earlier try already left."""
    kept = [one for one in request.POST.getlist("kept") if one]
    mine = {key for key, file in by_ids(kept).items() if file.owner == case.reference}
    ids = [one for one in kept if one in mine]
    for upload in request.FILES.getlist("files"):
        try:
            ids.append(receive(upload, owner=case.reference, name=upload.name or "").public_id)  # type: ignore[arg-type]  # an UploadedFile reads like a binary file
        except FileRefused as why:
            refusal.errors.append(("files", str(why)))
    return ids


def kept_files(ids: Sequence[str]) -> list[tuple[str, str]]:
    """Return the files of an earlier try by id and name, to be sent again with the form."""
    names = by_ids(ids)
    return [(one, names[one].name) for one in ids if one in names]


def simple(
    request: HttpRequest,
    reference: str,
    *,
    right: str,
    template: str,
    values: Callable[[CaseView], Mapping[str, Any]],
    do: Callable[[CaseView], Any],
    done: str,
    default_field: str = "",
    before: Callable[[CaseView, Refusal], None] | None = None,
) -> HttpResponse:
    """A page with one form that does one thing, if this person has the right to."""
    case = case_or_404(request, reference)
    if right not in case.can:
        raise Http404("This is not yours to do.")
    if request.method != "POST":
        return form_page(request, template, case, values(case))
    refusal = Refusal()
    if before is not None:
        before(case, refusal)
    if not refusal:
        refusal = attempt(lambda: do(case), default_field=default_field)
    if refusal:
        return form_page(request, template, case, values(case), refusal)
    messages.success(request, done)
    return back_to(case)
