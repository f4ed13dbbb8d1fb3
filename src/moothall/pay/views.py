"""The stand-in provider's pages: they belong to no council, take no money and say so."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from moothall.pay.adapters import local
from moothall.pay.models import StandInPayment
from moothall.pay.money import pounds

TEST_NUMBERS = {
    "4444333322221111": ("success", ""),
    "4242424242424242": ("success", ""),
    "4000000000000002": ("failed", "P0010"),
}
"""The only card numbers that the page takes; the last one is refused."""

ENDS = {
    "decline": ("failed", "P0010"),
    "cancel": ("cancelled", "P0030"),
    "time_out": ("expired", "P0020"),
}


@require_http_methods(["GET", "HEAD", "POST"])
def stand_in(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Show the payment page, or end the payment as its button says and send the person back."""
    if settings.PAY["adapter"] != "local" or not settings.DEMONSTRATION:
        raise Http404
    payment = get_object_or_404(StandInPayment, provider_id=provider_id)
    with translation.override("cy" if payment.language == "cy" else "en-gb"):
        if request.method != "POST":
            local.begin(provider_id)
            return _page(request, payment)
        action = request.POST.get("action", "")
        end = ENDS.get(action)
        if action == "pay" and payment.moto:
            end = ("success", "")
        elif action == "pay":
            number = "".join(request.POST.get("card_number", "").split())
            end = TEST_NUMBERS.get(number)
        if end is None:
            # A number that is not a test number is not repeated to the page, nor kept anywhere.
            return _page(
                request, payment, _("Enter a test card number. Never enter a real one here")
            )
        local.end(provider_id, *end)
        response = HttpResponseRedirect(payment.return_url)
        response.status_code = 303
        return response


def _page(request: HttpRequest, payment: StandInPayment, error: str = "") -> HttpResponse:
    return render(
        request,
        "pay/stand_in.html",
        {
            "payment": payment,
            "amount": pounds(payment.pence),
            "over": payment.status in local.OVER,
            "errors": [{"field": "card_number", "message": error}] if error else [],
            "error": error,
        },
        status=422 if error else 200,
        using="jinja2",
    )
