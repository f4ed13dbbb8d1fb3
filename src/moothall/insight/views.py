"""Pages and downloads of insight: for managers, councillors and administrators. Counts only."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET
from markupsafe import Markup

from moothall.design.forms import whole_number
from moothall.insight import charts, feedback, queries
from moothall.insight.charts import Range, Series
from moothall.insight.periods import Period, offered_months
from moothall.language import Service
from moothall.packs.queries import offered
from moothall.packs.queries import service as offered_service
from moothall.people.access import staff_required
from moothall.people.queries import actor_for

JOBS = ("manager", "councillor", "admin")
PAGES = (
    ("contacts", "/insight/", "Contacts"),
    ("cost", "/insight/cost/", "Cost"),
    ("promises", "/insight/promises/", "Promises"),
    ("demand", "/insight/failure-demand/", "Failure demand"),
    ("satisfaction", "/insight/satisfaction/", "Satisfaction"),
    ("forms", "/insight/forms/", "Forms"),
)
"""The parts of insight: id, address, words."""


def pounds(value: Decimal | float) -> str:
    """Return an amount for a chart or a table: whole pounds from ten up, else with pence."""
    return f"£{value:,.0f}" if value >= 10 or value == 0 else f"£{value:,.2f}"


def percent(value: float | None) -> str:
    """Return a share in whole percent; `–` when there is nothing to divide."""
    return "–" if value is None else f"{value:.0f}%"


def _period(request: HttpRequest) -> Period:
    today = timezone.localdate()
    return Period.read(request.GET.dict(), today)


def _chosen_service(request: HttpRequest) -> Service | None:
    wanted = request.GET.get("service", "")
    return offered_service(wanted) if wanted else None


def _show(
    request: HttpRequest, template: str, part: str, period: Period, values: dict[str, Any]
) -> HttpResponse:
    shared = {
        "part": part,
        "parts": PAGES,
        "period": period,
        "months": offered_months(timezone.localdate()),
        "services": [("", "All services"), *((one.id, one.name) for one in offered())],
        "chosen": "",
        "pounds": pounds,
        "percent": percent,
        "takes_contacts": actor_for(request.user).plays("adviser", "officer", "manager"),
    }
    return render(request, template, {**shared, **values})


def _csv(name: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    writer = csv.writer(response)
    writer.writerow(heads)
    writer.writerows(rows)
    return response


def _stacked(grid: queries.Grid, period: Period, title: str) -> Any:
    series = [Series(key, label, grid.column(key)) for key, label in grid.columns]
    return charts.stacked(period.labels, series, title=title)


@require_GET
@staff_required(jobs=JOBS)
def overview(request: HttpRequest) -> HttpResponse:
    """Contacts by channel, month and service, and how the channels shift over the period."""
    period, service = _period(request), _chosen_service(request)
    service_id = service.id if service else ""
    found = queries.contacts(period, service_id)
    spent = queries.costs(period, service_id)
    shift = [Series(key, label, values) for key, label, values in found.shares]
    return _show(
        request,
        "insight/contacts.html",
        "contacts",
        period,
        {
            "found": found,
            "spent": spent.total,
            "chosen": service_id,
            "chosen_name": service.name if service else "",
            "chart": _stacked(found.by_month, period, f"Contacts by channel, {period.words}"),
            "shift_chart": charts.lines(
                period.labels,
                shift,
                title=f"Share of contacts by channel, {period.words}",
                top=100,
                show=lambda value: f"{value:.0f}%",
            ),
        },
    )


@require_GET
@staff_required(jobs=JOBS)
def contacts_csv(request: HttpRequest) -> HttpResponse:
    """Contacts by month, channel and service, to download."""
    period, service = _period(request), _chosen_service(request)
    found = queries.contacts(period, service.id if service else "")
    return _csv(
        f"contacts-{period.first:%Y-%m}-{period.last:%Y-%m}",
        ("month", "channel", "service", "contacts", "minutes"),
        sorted(found.cells),
    )


@require_GET
@staff_required(jobs=JOBS)
def cost(request: HttpRequest) -> HttpResponse:
    """What the contacts cost, with the range in which it lies and where the figures come from."""
    period, service = _period(request), _chosen_service(request)
    service_id = service.id if service else ""
    found = queries.costs(period, service_id)

    def bands(rows: Sequence[queries.Money], title: str) -> Any:
        return charts.ranges(
            [Range(r.label, float(r.low), float(r.pounds), float(r.high)) for r in rows],
            title=title,
            show=pounds,
        )

    return _show(
        request,
        "insight/cost.html",
        "cost",
        period,
        {
            "found": found,
            "chosen": service_id,
            "chosen_name": service.name if service else "",
            "by_service": bands(
                found.by_service, f"Cost by service with its range, {period.words}"
            ),
            "by_month": bands(found.by_month, f"Cost by month with its range, {period.words}"),
        },
    )


@require_GET
@staff_required(jobs=JOBS)
def cost_csv(request: HttpRequest) -> HttpResponse:
    """The cost of contacts by month, channel and service, with its range, to download."""
    period, service = _period(request), _chosen_service(request)
    found = queries.costs(period, service.id if service else "")
    rows = [
        (month, channel, name, number, f"{value:.2f}", f"{low:.2f}", f"{high:.2f}")
        for month, channel, name, number, value, low, high in sorted(found.cells)
    ]
    return _csv(
        f"cost-{period.first:%Y-%m}-{period.last:%Y-%m}",
        ("month", "channel", "service", "contacts", "pounds", "low", "high"),
        rows,
    )


@require_GET
@staff_required(jobs=JOBS)
def promises(request: HttpRequest) -> HttpResponse:
    """Promises kept and broken, by service, team and month."""
    period = _period(request)
    found = queries.promises(period, timezone.now())
    trend = [Series("kept", "Kept", tuple(row.share for row in found.by_month))]
    return _show(
        request,
        "insight/promises.html",
        "promises",
        period,
        {
            "found": found,
            "chart": charts.lines(
                period.labels,
                trend,
                title=f"Promises kept, in percent, {period.words}",
                top=100,
                show=lambda value: f"{value:.0f}%",
            ),
        },
    )


@require_GET
@staff_required(jobs=JOBS)
def promises_csv(request: HttpRequest) -> HttpResponse:
    """Promises by month, service and team, to download."""
    period = _period(request)
    found = queries.promises(period, timezone.now())
    return _csv(
        f"promises-{period.first:%Y-%m}-{period.last:%Y-%m}",
        ("month", "service", "team", "kept", "broken", "late_now"),
        sorted(found.cells),
    )


@require_GET
@staff_required(jobs=JOBS)
def failure_demand(request: HttpRequest) -> HttpResponse:
    """Contacts that we could have saved people, and what they cost."""
    period, service = _period(request), _chosen_service(request)
    found = queries.failure_demand(period, service.id if service else "")
    return _show(
        request,
        "insight/demand.html",
        "demand",
        period,
        {
            "found": found,
            "chosen": service.id if service else "",
            "chosen_name": service.name if service else "",
            "chart": _stacked(found.by_month, period, f"Failure demand, {period.words}"),
        },
    )


@require_GET
@staff_required(jobs=JOBS)
def failure_demand_csv(request: HttpRequest) -> HttpResponse:
    """Failure demand by month, service and kind, to download."""
    period, service = _period(request), _chosen_service(request)
    found = queries.failure_demand(period, service.id if service else "")
    return _csv(
        f"failure-demand-{period.first:%Y-%m}-{period.last:%Y-%m}",
        ("month", "service", "kind", "contacts"),
        sorted(found.cells),
    )


@require_GET
@staff_required(jobs=JOBS)
def satisfaction(request: HttpRequest) -> HttpResponse:
    """How satisfied people say they are, and what they say."""
    period, service = _period(request), _chosen_service(request)
    service_id = service.id if service else ""
    found = queries.opinions(period, service_id)
    names = queries.service_names()
    page = feedback.comments(service_id, before=whole_number(request.GET.get("before", "")))
    return _show(
        request,
        "insight/satisfaction.html",
        "satisfaction",
        period,
        {
            "found": found,
            "ratings": feedback.RATINGS,
            "chosen": service_id,
            "chosen_name": service.name if service else "",
            "chart": charts.lines(
                period.labels,
                [Series("kept", "Satisfied", tuple(share for _, share, _ in found.by_month))],
                title=f"Satisfied or very satisfied, {period.words}",
                top=100,
                show=lambda value: f"{value:.0f}%",
            ),
            "comments": [(one, queries.service_name(one.service_id, names)) for one in page],
            "older": page[-1].pk if len(page) == 50 else None,
        },
    )


@require_GET
@staff_required(jobs=JOBS)
def forms(request: HttpRequest) -> HttpResponse:
    """How each service's form goes, from the first answer to the case."""
    period = _period(request)
    return _show(
        request, "insight/forms.html", "forms", period, {"found": queries.completion(period)}
    )


def _service_or_404(slug: str) -> Service:
    found = offered_service(slug)
    if found is None:
        raise Http404("The council does not offer this service.")
    return found


@require_GET
@staff_required(jobs=JOBS)
def form(request: HttpRequest, slug: str) -> HttpResponse:
    """Where people leave a form, page by page."""
    period, service = _period(request), _service_or_404(slug)
    whole = next(one for one in queries.completion(period) if one.service_id == service.id)
    steps = queries.drop_off(service, period, whole.completed)
    asked = [step for step in steps if step.kind not in {"stop", "show"}]
    rows = [
        ("Started", whole.started),
        *((s.label, s.answered) for s in asked[:-1]),
        ("Sent in", whole.completed),
    ]
    return _show(
        request,
        "insight/form.html",
        "forms",
        period,
        {
            "service": service,
            "steps": steps,
            "whole": whole,
            "chart": charts.funnel(
                rows, title=f"{service.name}: how far people get, {period.words}"
            ),
            "times": _times(service, steps, period),
            "span": span_words,
            "worst": sorted((s for s in asked if s.left), key=lambda s: -s.left)[:1],
        },
    )


def span_words(span: tuple[int, int] | None) -> str:
    """A span of time as people say it: 10 to 20 seconds, 5 to 10 minutes."""
    if span is None:
        return "–"
    since, end = span
    if end <= 80:
        return f"under {end} seconds" if since == 0 else f"{since} to {end} seconds"
    return f"{_minutes(since)} to {_minutes(end)} minutes"


def _minutes(seconds: int) -> str:
    return f"{seconds / 60:.1f}".removesuffix(".0")


def _times(service: Service, steps: Sequence[queries.StepFigures], period: Period) -> Markup | None:
    """How long each page takes most people, drawn; None where too few times are known."""
    rows = [
        Range(s.label, s.usual[0], (s.usual[0] + s.usual[1]) / 2, s.slow[1])
        for s in steps
        if s.usual is not None and s.slow is not None
    ]
    if not rows:
        return None
    return charts.ranges(
        rows,
        title=f"{service.name}: seconds at each page, {period.words}",
        show=lambda value: f"{value:.0f} s",
    )


@require_GET
@staff_required(jobs=JOBS)
def form_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """What happened at each page of a form, to download."""
    period, service = _period(request), _service_or_404(slug)
    whole = next(one for one in queries.completion(period) if one.service_id == service.id)
    rows = [
        (
            s.label,
            s.kind,
            s.shown,
            s.answered,
            s.errors,
            s.stopped,
            s.left,
            *(s.usual or ("", "")),
            s.slow[1] if s.slow else "",
        )
        for s in queries.drop_off(service, period, whole.completed)
    ]
    return _csv(
        f"form-{service.slug}-{period.first:%Y-%m}-{period.last:%Y-%m}",
        (
            "page",
            "kind",
            "shown",
            "answered",
            "errors",
            "stopped",
            "left",
            "half_take_seconds_from",
            "half_take_seconds_to",
            "nine_of_ten_take_seconds_up_to",
        ),
        rows,
    )
