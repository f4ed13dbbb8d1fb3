"""Residents sign in and out."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from moothall.people import guard, provider_views, providers
from moothall.people.forms import CodeForm, EmailForm
from moothall.people.pages import Problem, problems_of
from moothall.people.sign_in import EmailedCode, safe_next, too_many


@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for an email address and send a code to it."""
    next_address = safe_next(request)
    if request.user.is_authenticated:
        return HttpResponseRedirect(
            next_address or get_adapter(request).get_login_redirect_url(request)
        )
    if request.method == "GET":
        return _ask_email(request, next_address)
    form = EmailForm(request.POST)
    if not form.is_valid():
        return _ask_email(request, next_address, problems_of(form), 422)
    email = form.cleaned_data["email"]
    if not guard.may_ask_code(request, email):
        return _ask_email(request, next_address, [Problem("email", too_many())], 429)
    EmailedCode.begin(request, email, next_address)
    return redirect("account_confirm_login_code")


def _ask_email(
    request: HttpRequest, next_address: str, errors: list[Problem] | None = None, status: int = 200
) -> HttpResponse:
    values = {
        "email": request.POST.get("email", "")[:254],
        "next": next_address,
        "errors": errors or [],
        "expired": request.GET.get("expired") == "1",
        "deleted": request.GET.get("deleted") == "1",
        "one_login": providers.one_login() is not None,
    }
    return render(request, "people/sign_in.html", values, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """Ask for the code, check it and sign in."""
    if request.user.is_authenticated:
        return HttpResponseRedirect(get_adapter(request).get_login_redirect_url(request))
    awaited = EmailedCode.awaited(request)
    if awaited is None:
        address = redirect("account_login")
        address["Location"] += "?expired=1"
        return address
    if request.method == "GET":
        return _ask_code(request, awaited)
    if request.POST.get("again"):
        return _send_again(request, awaited)
    if not guard.may_try_code(request):
        return _ask_code(request, awaited, [Problem("code", too_many())], 429)
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _ask_code(request, awaited, problems_of(form), 422)
    if awaited.is_right(form.cleaned_data["code"]):
        waiting = request.session.get(provider_views.TO_JOIN)
        response = awaited.sign_in()
        provider_views.join_after_code(request, waiting)
        return response
    if awaited.record_invalid_attempt():
        message = _("That code is not right. Check the newest email from us and enter its code.")
        return _ask_code(request, awaited, [Problem("code", message)], 422)
    message = _("That code was wrong too often. Ask for a new one.")
    values = {
        "email": awaited.email,
        "next": awaited.next_address,
        "errors": [Problem("email", message)],
    }
    return render(request, "people/sign_in.html", values, status=422)


def _send_again(request: HttpRequest, awaited: EmailedCode) -> HttpResponse:
    if not (awaited.can_resend and guard.may_ask_code(request, awaited.email)):
        return _ask_code(request, awaited, [Problem("code", too_many())], 429)
    awaited.resend()
    return _ask_code(request, awaited, sent_again=True)


def _ask_code(
    request: HttpRequest,
    awaited: EmailedCode,
    errors: list[Problem] | None = None,
    status: int = 200,
    *,
    sent_again: bool = False,
) -> HttpResponse:
    values = {
        "email": awaited.email,
        "can_resend": awaited.can_resend,
        "minutes": awaited.timeout // 60,
        "sent_again": sent_again,
        # In the demonstration no email leaves the house: its page of sent messages has the code.
        "stand_in": settings.DEMONSTRATION and settings.NOTIFY["adapter"] == "local",
        "errors": errors or [],
    }
    return render(request, "people/sign_in_code.html", values, status=status)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out. Only a button can: a link could be hidden in someone else's page."""
    elsewhere = provider_views.leave_one_login(request)
    get_adapter(request).logout(request)
    if elsewhere:
        return render(request, "people/signed_out.html", {"elsewhere": elsewhere})
    return redirect("/cy/" if request.path.startswith("/cy/") else "/")
