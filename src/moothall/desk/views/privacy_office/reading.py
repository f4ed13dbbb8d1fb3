"""Who looked at what, and the record of processing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from moothall.casework import looked as readings
from moothall.casework import processing
from moothall.casework.looked import Asked
from moothall.casework.references import tidy
from moothall.design.forms import whole_number
from moothall.desk.export import csv_file
from moothall.desk.views.privacy_office import given_day, office_page, shown
from moothall.desk.views.showing import actor_of, case_or_404, show, staff_page
from moothall.people.models import User

HEADS = ("When", "Who", "Jobs and teams", "By key", "Case", "Service", "What they did", "Unusual")


@require_safe
@office_page
def looked(request: HttpRequest) -> HttpResponse:
    """The whole log, narrowed by case, person and days; unusual readings first to look at."""
    asked, given, errors = _asked(request)
    rows, more = readings.readings(actor_of(request), asked)
    values = {
        "rows": rows,
        "more": f"?{urlencode({**given, 'before': more})}" if more else "",
        "file": f"/desk/privacy/looked.csv?{urlencode(given)}",
        "given": given,
        "staff": [
            (one.pk, one.name or one.email)
            for one in User.objects.filter(is_staff=True).order_by("name", "email")[:2000]
        ],
        **shown(errors),
    }
    return show(request, "desk/privacy_looked.html", values, status=422 if errors else 200)


@require_safe
@office_page
def looked_file(request: HttpRequest) -> HttpResponseBase:
    """The same as a file: all of it."""
    asked, _given, errors = _asked(request)
    if errors:
        return HttpResponse(errors[0][1], status=422, content_type="text/plain; charset=utf-8")

    def rows() -> Iterator[tuple[object, ...]]:
        for one in readings.all_readings(actor_of(request), asked):
            yield (
                f"{timezone.localtime(one.at):%Y-%m-%d %H:%M:%S}",
                one.who,
                one.roles,
                one.via,
                one.reference,
                one.service,
                one.why,
                "; ".join(one.flags),
            )

    return csv_file(f"readings-{timezone.localdate()}.csv", HEADS, rows())


def _asked(request: HttpRequest) -> tuple[Asked, dict[str, str], list[tuple[str, str]]]:
    """What is asked for, as it was typed, and what of it makes no sense."""
    given = {
        name: request.GET.get(name, "").strip()[:40]
        for name in ("case", "who", "since", "until", "unusual")
    }
    errors = []
    days: dict[str, Any] = {}
    for name in ("since", "until"):
        days[name] = given_day(given[name])
        if given[name] and days[name] is None:
            errors.append((name, "Enter a day, like 11/3/2026"))
    reference = tidy(given["case"]) if given["case"] else ""
    if given["case"] and not reference:
        errors.append(("case", "Enter a reference, like WM-7KQ-2TD"))
    asked = Asked(
        reference=reference or "",
        user_id=whole_number(given["who"]),
        since=days["since"],
        until=days["until"],
        unusual=given["unusual"] == "yes",
        before=whole_number(request.GET.get("before", "")),
    )
    return asked, {name: value for name, value in given.items() if value}, errors


@require_safe
@staff_page
def case_looked(request: HttpRequest, reference: str) -> HttpResponse:
    """Who looked at one case: for a manager of its team."""
    case = case_or_404(request, reference)
    if "looked" not in case.can:
        raise Http404("This is not yours to see.")
    before = whole_number(request.GET.get("before", ""))
    rows, more = readings.readings(
        actor_of(request), Asked(reference=case.reference, before=before)
    )
    values = {"case": case, "rows": rows, "more": f"?before={more}" if more else ""}
    return show(request, "desk/looked.html", values)


@require_safe
@office_page
def record(request: HttpRequest) -> HttpResponse:
    """The record of processing on a page."""
    made = processing.record()
    values = {
        "activities": made,
        "unsure": processing.unsure(made),
        "security": processing.SECURITY,
    }
    return show(request, "desk/privacy_record.html", values)


@require_safe
@office_page
def record_file(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The record of processing as CSV, JSON or Markdown."""
    made = processing.record()
    if kind == "csv":
        return csv_file("record-of-processing.csv", processing.HEADS, processing.rows(made))
    if kind == "json":
        answer: HttpResponse = JsonResponse(
            processing.document(made), json_dumps_params={"indent": 1, "ensure_ascii": False}
        )
    elif kind == "md":
        answer = HttpResponse(
            processing.markdown(made), content_type="text/markdown; charset=utf-8"
        )
    else:
        raise Http404("The record is there as CSV, JSON and Markdown.")
    answer["Content-Disposition"] = f'attachment; filename="record-of-processing.{kind}"'
    return answer
