"""Receipts from GOV.UK Notify, and the stand-in's page of sent messages."""

from __future__ import annotations

import json
import logging

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from moothall.notify import actions, queries
from moothall.notify.adapters.govuk import receipt
from moothall.notify.models import Message

logger = logging.getLogger("moothall.notify")


@csrf_exempt
@require_POST
def receipts(request: HttpRequest) -> HttpResponse:
    """Take a delivery receipt. Only the bearer of the token set at Notify is heard."""
    token = settings.NOTIFY["callback_token"]
    given = request.headers.get("Authorization", "")
    if not token or not constant_time_compare(given, f"Bearer {token}"):
        return JsonResponse({"error": "The bearer token is not right."}, status=401)
    try:
        body = json.loads(request.body)
        reference, provider_id, status = (
            str(body.get("reference") or ""),
            str(body["id"]),
            str(body["status"]),
        )
    except (ValueError, KeyError, AttributeError):
        return JsonResponse({"error": "This is not a receipt of GOV.UK Notify."}, status=400)
    message_id = Message.objects.filter(reference=reference).values_list("pk", flat=True).first()
    if message_id is None:
        return JsonResponse({"error": "No message of ours has this reference."}, status=404)
    actions.settle(message_id, "govuk", receipt(provider_id, status), timezone.now())
    return HttpResponse(status=204)


@require_http_methods(["GET", "HEAD", "POST"])
def stand_in_messages(request: HttpRequest) -> HttpResponse:
    """Show what the stand-in has taken, as it was received: in a demonstration, and nowhere else.

    The messages hold residents' sign-in codes, which no member of staff may read.
    """
    if not queries.is_stand_in() or not settings.DEMONSTRATION:
        raise Http404
    # Searched by POST, so that an address stays out of the server's log and the browser's history.
    address = (request.POST.get("to") or request.GET.get("to") or "")[:200]
    return render(
        request,
        "notify/messages.html",
        {"messages": queries.stand_in_inbox(address), "address": address},
        using="jinja2",
    )
