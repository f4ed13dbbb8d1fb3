"""Money of a case: a payment by phone, which the caller keys in and the adviser never sees; paying back."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils import timezone

from moothall.casework import actions
from moothall.casework.errors import CaseworkError
from moothall.casework.types import CaseView, PaymentAttempt
from moothall.desk import wordlists
from moothall.desk.views.case import promise_of
from moothall.desk.views.forms import simple
from moothall.desk.views.showing import (
    Refusal,
    actor_of,
    case_or_404,
    key_of,
    show,
    staff_page,
)
from moothall.pay import actions as pay
from moothall.pay.actions import PayUnavailable
from moothall.pay.models import Payment
from moothall.pay.queries import payment as payment_of

RUNNING = frozenset({"created", "started"})
MOST_POUNDS = 10_000_000


def _attempt_or_404(case: CaseView, public_id: str) -> PaymentAttempt:
    found = next((one for one in case.payments if one.id == public_id), None)
    if found is None:
        raise Http404("The case has no such payment.")
    return found


@staff_page
def payment(request: HttpRequest, reference: str) -> HttpResponse:
    """Say what is owed, and start the payment."""
    case = case_or_404(request, reference)
    if "take_payment" not in case.can:
        if case.payments:
            return HttpResponseRedirect(_wait(case, case.payments[-1].id))
        raise Http404("Nothing is owed for this case, or it can't be paid by phone.")
    if request.method != "POST":
        running = next((one for one in reversed(case.payments) if one.status in RUNNING), None)
        return _page(request, case, "desk/payment_start.html", {"running": running})
    try:
        started = actions.start_payment(
            case.id,
            actor=actor_of(request),
            return_url=f"{settings.PUBLIC_URL}/desk/cases/{case.reference}/payment/back/",
            moto=True,
            now=timezone.now(),
        )
    except (CaseworkError, PayUnavailable) as why:
        values = {"errors": [{"field": "", "message": str(why)}], "running": None}
        return _page(request, case, "desk/payment_start.html", values, status=422)
    return HttpResponseRedirect(_wait(case, started.public_id), status=303)


def _wait(case: CaseView, public_id: str) -> str:
    return f"/desk/cases/{case.reference}/payment/{public_id}/"


def _page(
    request: HttpRequest,
    case: CaseView,
    template: str,
    values: Mapping[str, object],
    status: int = 200,
) -> HttpResponse:
    shared: dict[str, object] = {
        "case": case,
        "promise": promise_of(case, timezone.now()),
        "at": f"/desk/cases/{case.reference}/",
        "payment_status": wordlists.PAYMENT_STATUS,
        "payment_help": wordlists.PAYMENT_HELP,
    }
    return show(request, template, {**shared, **values}, status=status)


@staff_page
def back(request: HttpRequest, reference: str) -> HttpResponse:
    """Come back from the provider: ask it how the payment stands, for the return itself says nothing."""
    case = case_or_404(request, reference)
    if not case.payments:
        raise Http404("The case has no payment.")
    last = case.payments[-1]
    if last.status in RUNNING:
        with suppress(PayUnavailable):  # the worker asks again, and so can the adviser
            pay.refresh(last.id, now=timezone.now())
    return HttpResponseRedirect(_wait(case, last.id), status=303)


@staff_page
def wait(request: HttpRequest, reference: str, public_id: str) -> HttpResponse:
    """Show how the payment stands. Asking again is a POST: it speaks to the provider."""
    case = case_or_404(request, reference)
    _attempt_or_404(case, public_id)
    errors: list[dict[str, str]] = []
    if request.method == "POST":
        try:
            if request.POST.get("do") == "cancel":
                pay.cancel(public_id, now=timezone.now())
                messages.success(request, "The payment was cancelled. Nothing was taken.")
            else:
                pay.refresh(public_id, now=timezone.now())
        except PayUnavailable as why:
            errors.append({"field": "", "message": str(why)})
        else:
            return HttpResponseRedirect(_wait(case, public_id), status=303)
    stored = payment_of(public_id)
    values: dict[str, object] = {
        "one": _attempt_or_404(case, public_id),
        "next_url": _caller_screen(stored),
        "finished": stored is None or stored.is_over,
        "errors": errors,
    }
    return _page(request, case, "desk/payment_wait.html", values, status=503 if errors else 200)


def _caller_screen(stored: Payment | None) -> str:
    return stored.next_url if stored is not None and not stored.is_over else ""


@staff_page
def state(request: HttpRequest, reference: str, public_id: str) -> HttpResponse:
    """Tell the page's script whether the payment is over. Reads our record only."""
    _attempt_or_404(case_or_404(request, reference), public_id)
    stored = payment_of(public_id)
    return JsonResponse(
        {
            "status": stored.status if stored else "",
            "finished": stored is None or stored.is_over,
        }
    )


def pounds_of(text: str) -> Decimal | None:
    """Return an amount as typed (`12`, `£12.50`, `1,200`), or None when it is no amount in pence."""
    cleaned = text.strip().replace("£", "").replace(",", "").strip()
    try:
        amount = Decimal(cleaned)
    except InvalidOperation:
        return None
    if not amount.is_finite() or not 0 < amount < MOST_POUNDS:
        return None
    if amount != amount.quantize(Decimal("0.01")):
        return None
    return amount


@staff_page
def refund(request: HttpRequest, reference: str) -> HttpResponse:
    """Pay back all or a part of what was paid."""

    def left(case: CaseView) -> Decimal:
        return Decimal(case.payment.paid - case.payment.refunded) / 100

    def values(case: CaseView) -> dict[str, Any]:
        return {
            "left": case.payment.paid - case.payment.refunded,
            "amount": request.POST.get("amount", f"{left(case):.2f}"),
            "reason": request.POST.get("reason", ""),
            "key": request.POST.get("key") or secrets.token_urlsafe(12),
        }

    def check(case: CaseView, refusal: Refusal) -> None:
        amount = pounds_of(request.POST.get("amount", ""))
        if amount is None:
            refusal.errors.append(("amount", "Enter the amount in pounds, like 12 or 12.50"))
        elif amount > left(case):
            refusal.errors.append(
                ("amount", f"Enter £{left(case):.2f} or less: that is what is left")
            )
        if not request.POST.get("reason", "").strip():
            refusal.errors.append(("reason", "Say why the money is paid back"))

    return simple(
        request,
        reference,
        right="refund",
        template="desk/refund.html",
        values=values,
        do=lambda case: actions.refund(
            case.id,
            pounds_of(request.POST.get("amount", "")) or Decimal(0),
            request.POST.get("reason", ""),
            actor=actor_of(request),
            key=key_of(request),
            now=timezone.now(),
        ),
        done="The refund is on its way to their card.",
        default_field="amount",
        before=check,
    )
