"""How the council's services are doing, for anyone: pages, CSV and JSON under the same address."""

from __future__ import annotations

import csv
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from moothall.design.context import council_of, language
from moothall.insight import charts
from moothall.insight.charts import Series
from moothall.insight.months import month_name, months_between
from moothall.insight.performance import (
    SMALL,
    Figure,
    Measures,
    Performance,
    performance,
)
from moothall.language import Service

LICENCE = "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"
MEASURES = ("cost", "satisfaction", "completion", "take_up")
UNITS = {
    "cost": "pounds", "satisfaction": "percent", "completion": "percent", "take_up": "percent",
    "failure": "percent", "failure_cost": "pounds",
}  # fmt: skip
IDS = {
    "cost": "cost_per_transaction", "satisfaction": "user_satisfaction",
    "completion": "completion_rate", "take_up": "digital_take_up",
    "failure": "failure_demand", "failure_cost": "failure_demand_cost",
}  # fmt: skip
"""What a measure is called in the downloads."""
HEADS = ("month", "service", "measure", "value", "low", "high", "unit", "of", "why_unknown")


def figure(one: Figure, unit: str) -> str:
    """Return a figure as a page shows it: `84%`, `£2.31`, or why there is none."""
    if one.value is None:
        return _("too few to say") if one.why == "too few" else _("not known")
    if unit == "percent":
        return f"{one.value:.0f}%"
    return f"£{one.value:,.0f}" if one.value >= 100 else f"£{one.value:,.2f}"


def count(number: int) -> str:
    """Return a count as it is published: small ones are not."""
    if 0 < number < SMALL:
        return _("fewer than %(number)s") % {"number": SMALL}
    return f"{number:,}"


def _cards(found: Measures, before: Measures | None) -> list[dict[str, str]]:
    names = {
        "cost": _("cost of a transaction"),
        "satisfaction": _("are satisfied"),
        "completion": _("finish the form they start"),
        "take_up": _("come online"),
    }
    out = []
    for name in MEASURES:
        now: Figure = getattr(found, name)
        then: Figure | None = getattr(before, name) if before is not None else None
        more = ""
        if name == "cost" and now.low is not None and now.high is not None:
            more = _("between £%(low)s and £%(high)s") % {
                "low": f"{now.low:,.2f}", "high": f"{now.high:,.2f}",
            }  # fmt: skip
        elif then is not None and then.value is not None and now.value is not None:
            more = _("%(figure)s a year before") % {"figure": figure(then, UNITS[name])}
        out.append({"value": figure(now, UNITS[name]), "name": names[name], "more": more})
    return out


def _found() -> Performance:
    return performance(timezone.localdate())


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """All services, the latest twelve months."""
    found, lang = _found(), language()
    whole = found.of(months=found.year)
    rows = []
    for one in found.services:
        its = found.of(one.id, found.year)
        rows.append(
            {
                "name": one.text("name", lang) or one.name,
                "slug": one.slug,
                "count": count(its.transactions),
                "figures": [figure(getattr(its, name), UNITS[name]) for name in MEASURES],
            }
        )
    values = {
        "section": "performance",
        "cards": _cards(whole, None),
        "whole": whole,
        "count": count,
        "rows": rows,
        "failure": figure(whole.failure, "percent") if whole.failure.known else "",
        "failure_cost": figure(whole.failure_cost, "pounds") if whole.failure_cost.known else "",
        "words": months_between(found.period, found.year, lang),
        "sources": _sources(found),
    }
    return render(request, "insight/performance.html", values)


def _sources(found: Performance) -> list[str]:
    return sorted({f"{one.source} ({one.year})" for one in found.table.values()})


def _service_or_404(found: Performance, slug: str) -> Service:
    for one in found.services:
        if one.slug == slug:
            return one
    raise Http404("There is no such service.")


@require_safe
def service(request: HttpRequest, slug: str) -> HttpResponse:
    """One service, month by month."""
    found, lang = _found(), language()
    one = _service_or_404(found, slug)
    months = [(key, found.of(one.id, [key])) for key in found.period.keys]
    labels = [month_name(day, lang, short=True) for day in found.period.months]
    titles = {
        "satisfaction": _("Satisfied, in percent"),
        "completion": _("Forms finished, in percent"),
        "take_up": _("Online, in percent"),
        "cost": _("Cost of a transaction, in pounds"),
    }
    drawn = []
    for name, title in titles.items():
        line = tuple(getattr(its, name).value for _key, its in months)
        if sum(value is not None for value in line) > 1:
            top = 100 if UNITS[name] == "percent" else None
            chart = charts.lines(labels, [Series("online", title, line)], title=title, top=top)
            drawn.append((title, chart))
    values = {
        "section": "performance",
        "service": one,
        "service_name": one.text("name", lang) or one.name,
        "cards": _cards(months[-1][1], months[0][1]),
        "latest": month_name(found.period.last, lang),
        "charts": drawn,
        "rows": [
            (
                month_name(day, lang),
                count(its.transactions),
                *(figure(getattr(its, name), UNITS[name]) for name in MEASURES),
                figure(its.failure, "percent"),
            )
            for day, (_key, its) in zip(found.period.months, months)
        ],
        "sources": _sources(found),
    }
    return render(request, "insight/performance_service.html", values)


def _chosen(found: Performance, slug: str | None) -> list[Service]:
    return [_service_or_404(found, slug)] if slug else list(found.services)


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    return f"{value:.2f}" if unit == "pounds" else f"{value:.1f}"


@require_safe
def as_csv(request: HttpRequest, slug: str | None = None) -> HttpResponse:
    """Every figure as a row: month, service, measure, value, range, unit. Units are in the file."""
    found = _found()
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = (
        f'attachment; filename="performance{"-" + slug if slug else ""}.csv"'
    )
    writer = csv.writer(response)
    writer.writerow(HEADS)
    for one in _chosen(found, slug):
        for month in found.period.keys:
            its = found.of(one.id, [month])
            sent = its.shown_transactions
            writer.writerow(
                (month, one.id, "transactions", "" if sent is None else sent, "", "", "count", "",
                 "too few" if sent is None else "")
            )  # fmt: skip
            for name, said in IDS.items():
                at: Figure = getattr(its, name)
                unit = UNITS[name]
                writer.writerow(
                    (month, one.id, said, _number(at.value, unit), _number(at.low, unit),
                     _number(at.high, unit), unit, at.of if at.known else "", at.why)
                )  # fmt: skip
    return response


def _as_json(at: Figure, unit: str) -> dict[str, Any]:
    if at.value is None:
        return {"value": None, "unit": unit, "why_unknown": at.why}
    places = 2 if unit == "pounds" else 1
    out: dict[str, Any] = {"value": round(at.value, places), "unit": unit, "of": at.of}
    if at.low is not None and at.high is not None:
        out |= {"low": round(at.low, places), "high": round(at.high, places)}
    return out


@require_safe
def as_json(request: HttpRequest, slug: str | None = None) -> HttpResponse:
    """The same figures as JSON, a service at a time and a month at a time."""
    found = _found()
    body = {
        "council": council_of(request).name_in("en"),
        "licence": LICENCE,
        "from": found.period.keys[0],
        "to": found.period.keys[-1],
        "made_on": date.isoformat(timezone.localdate()),
        "services": [
            {
                "id": one.id,
                "name": one.name,
                "months": [
                    {
                        "month": month,
                        "transactions": its.shown_transactions,
                        **{
                            said: _as_json(getattr(its, name), UNITS[name])
                            for name, said in IDS.items()
                        },
                    }
                    for month in found.period.keys
                    for its in (found.of(one.id, [month]),)
                ],
            }
            for one in _chosen(found, slug)
        ],
    }
    return JsonResponse(body, json_dumps_params={"indent": 1})
