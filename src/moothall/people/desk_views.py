"""Staff sign in with a password and a second factor, or with a passkey, and look after theirs."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

import segno
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from allauth.account.stages import LoginStageController
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.internal import auth as webauthn
from allauth.mfa.webauthn.internal import flows as webauthn_flows
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from moothall.people import audit, factors, guard, limits, sessions
from moothall.people.access import staff_required, standing
from moothall.people.backends import may_sign_in
from moothall.people.forms import (
    NewPasskeyForm,
    NewPasswordForm,
    PasskeyForm,
    PasskeySignInForm,
    SecondFactorForm,
    StaffForm,
)
from moothall.people.models import User
from moothall.people.pages import Problem, problems_of
from moothall.people.provider_views import by_single_sign_on_only, sso_values
from moothall.people.sign_in import safe_next, signed_in_lately, too_many
from moothall.people.stages import SetUpSecondFactorStage

DESK = "/desk/"


# Sign in


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for email address and password; what comes next is the second factor."""
    next_address = safe_next(request)
    if standing(request) == "staff":
        return HttpResponseRedirect(next_address or DESK)
    if request.method == "GET":
        return _ask_password(request, next_address)
    form = StaffForm(request.POST)
    if not form.is_valid():
        return _ask_password(request, next_address, problems_of(form), 422)
    email, password = form.cleaned_data["email"], form.cleaned_data["password"]
    if by_single_sign_on_only(email):
        message = _("Your work account signs in by single sign-on.")
        return _ask_password(request, next_address, [Problem("email", message)], 422)
    if not guard.may_try_password(request, email):
        return _ask_password(request, next_address, [Problem("email", too_many())], 429)
    adapter = get_adapter(request)
    user = adapter.authenticate(request, email=email, password=password)
    if user is None or not user.is_staff or not may_sign_in(user):
        problem = Problem("email", _("The email address or the password is not right. Try again."))
        return _ask_password(request, next_address, [problem], 422)
    guard.password_was_right(request, email)
    if request.user.is_authenticated:
        adapter.logout(request)  # a resident on the same browser
    login = Login(user=user, email=email, redirect_url=next_address or DESK)
    return perform_password_login(request, {"email": email}, login)


def _ask_password(
    request: HttpRequest, next_address: str, errors: list[Problem] | None = None, status: int = 200
) -> HttpResponse:
    values = {
        "email": request.POST.get("email", "")[:254],
        "next": next_address,
        "errors": errors or [],
        **sso_values(),
    }
    return render(request, "people/desk_sign_in.html", values, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def passkey_sign_in(request: HttpRequest) -> HttpResponse:
    """GET: what the browser needs to ask for a passkey. POST: sign in with the one it got."""
    if not guard.may_try_passkey(request):
        if request.method == "GET":
            return JsonResponse({"error": too_many()}, status=429)
        return _ask_password(request, safe_next(request), [Problem("", too_many())], 429)
    if request.method == "GET":
        return JsonResponse({"options": webauthn.begin_authentication(None)})
    next_address = safe_next(request)
    form = PasskeySignInForm(data=request.POST)
    factor: Authenticator | None = form.cleaned_data["credential"] if form.is_valid() else None
    if factor is None or not factor.user.is_staff:
        message = _("That passkey is not known here. Sign in with your password.")
        return _ask_password(request, next_address, [Problem("", message)], 422)
    login = Login(user=factor.user, redirect_url=next_address or DESK)
    return webauthn_flows.perform_passwordless_login(request, factor, login)


def _stage(key: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Let a view run only while this stage of a sign-in waits; it gets the stage."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @never_cache
        @require_http_methods(["GET", "POST"])
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.user.is_authenticated:
                return HttpResponseRedirect(get_adapter(request).get_login_redirect_url(request))
            stage = LoginStageController.enter(request, key)
            if stage is None or stage.login.user is None:
                return redirect("desk-sign-in")
            return view(request, stage, *args, **kwargs)

        return guarded

    return decorate


@_stage(AuthenticateStage.key)
def second_factor(request: HttpRequest, stage: Any) -> HttpResponse:
    """Ask for the second factor: a code from the app, a recovery code, or a passkey."""
    user: User = stage.login.user
    errors: list[Problem] = []
    limited = request.method == "POST" and not guard.may_try_second_factor(user)
    if limited:
        errors = [Problem("code", too_many())]
    elif request.method == "POST":
        by_code = "code" in request.POST
        form: Form = (
            SecondFactorForm(user=user, data=request.POST)
            if by_code
            else PasskeyForm(user=user, data=request.POST)
        )
        if form.is_valid():
            form.save()  # type: ignore[attr-defined]  # both forms of django-allauth have it
            limits.clear("second_factor", str(user.pk))
            return _done(stage)
        errors = [
            one if by_code else Problem("", _("That passkey is not right. Try again."))
            for one in problems_of(form)
        ]
    kinds = {one.type for one in factors.of(user)}
    passkey = Authenticator.Type.WEBAUTHN in kinds
    values = {
        "errors": errors,
        "app": Authenticator.Type.TOTP in kinds,
        "options": json.dumps(webauthn.begin_authentication(user)) if passkey else "",
    }
    status = 429 if limited else 422 if errors else 200
    return render(request, "people/second_factor.html", values, status=status)


def _done(stage: Any) -> HttpResponse:
    response: HttpResponse = stage.exit()
    return response


# Set up the first second factor, before the sign-in is complete


@_stage(SetUpSecondFactorStage.key)
def first_choice(request: HttpRequest, stage: Any) -> HttpResponse:
    """Say that a second factor is needed and offer the two kinds."""
    values = {"name": stage.login.user.name}
    return render(request, "people/set_up_choice.html", values)


@_stage(SetUpSecondFactorStage.key)
def first_app(request: HttpRequest, stage: Any) -> HttpResponse:
    """Set up an authenticator app, then finish signing in."""

    def finish() -> HttpResponse:
        response = _done(stage)
        return _show_codes(response.headers.get("Location", DESK))

    return _set_up_app(request, stage.login.user, finish, reverse("desk-second-factor-first"))


@_stage(SetUpSecondFactorStage.key)
def first_passkey(request: HttpRequest, stage: Any) -> HttpResponse:
    """Set up a passkey, then finish signing in."""

    def finish() -> HttpResponse:
        response = _done(stage)
        return _show_codes(response.headers.get("Location", DESK))

    return _set_up_passkey(request, stage.login.user, finish, reverse("desk-second-factor-first"))


def _show_codes(next_address: str) -> HttpResponse:
    response = redirect("desk-recovery-codes")
    if next_address.startswith("/"):
        from urllib.parse import urlencode

        response["Location"] += "?" + urlencode({"next": next_address})
    return response


def _set_up_app(
    request: HttpRequest, user: User, finish: Callable[[], HttpResponse], back: str
) -> HttpResponse:
    form = ActivateTOTPForm(user=user, data=request.POST if request.method == "POST" else None)
    errors: list[Problem] = []
    if request.method == "POST":
        if form.is_valid():
            factors.add_app(request, user, form.secret)
            return finish()
        errors = [
            Problem("code", _("Enter the code that your app shows now"))
            if one.field == "code" and not request.POST.get("code")
            else one
            for one in problems_of(form)
        ]
    address = get_mfa_adapter().build_totp_url(user, form.secret)
    values = {
        "errors": errors,
        "back": back,
        "picture": segno.make(address, error="m").svg_data_uri(scale=5, border=4),
        "secret": " ".join(form.secret[i : i + 4] for i in range(0, len(form.secret), 4)),
    }
    return render(request, "people/set_up_app.html", values, status=422 if errors else 200)


def _set_up_passkey(
    request: HttpRequest, user: User, finish: Callable[[], HttpResponse], back: str
) -> HttpResponse:
    errors: list[Problem] = []
    if request.method == "POST":
        form = NewPasskeyForm(
            user=user,
            data={
                "name": request.POST.get("name", "")[:60],
                "credential": request.POST.get("credential", ""),
                "passwordless": "on",
            },
        )
        if form.is_valid():
            factors.add_passkey(
                request,
                user,
                form.cleaned_data["name"],
                form.cleaned_data["credential"],
            )
            return finish()
        errors = [Problem("", _("The passkey could not be made. Try again, or use an app."))]
    values = {
        "errors": errors,
        "back": back,
        "options": json.dumps(webauthn.begin_registration(user, True)),
    }
    return render(request, "people/set_up_passkey.html", values, status=422 if errors else 200)


# One's own second factors, when signed in


@never_cache
@staff_required
@require_http_methods(["GET"])
def mine(request: HttpRequest) -> HttpResponse:
    """Show my second factors."""
    user = _me(request)
    values = {
        "factors": [
            {"pk": one.pk, "name": factors.name_of(one), "added": one.created_at,
             "used": one.last_used_at}
            for one in factors.of(user)
        ],
        "codes_left": len(factors.recovery_codes(user)),
        "lately": signed_in_lately(request),
        "errors": [],
    }  # fmt: skip
    return render(request, "people/second_factors.html", values)


def _me(request: HttpRequest) -> User:
    assert request.user.pk is not None  # staff_required let them in
    return User.objects.get(pk=request.user.pk)


def _lately(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let a view run only within a quarter of an hour of signing in."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not signed_in_lately(request):
            return redirect("desk-second-factor")
        return view(request, *args, **kwargs)

    return guarded


@never_cache
@staff_required
@_lately
@require_http_methods(["GET", "POST"])
def add_app(request: HttpRequest) -> HttpResponse:
    """Set up an authenticator app in place of the one before."""
    back = reverse("desk-second-factor")
    return _set_up_app(request, _me(request), lambda: redirect(back), back)


@never_cache
@staff_required
@_lately
@require_http_methods(["GET", "POST"])
def add_passkey(request: HttpRequest) -> HttpResponse:
    """Add a passkey."""
    back = reverse("desk-second-factor")
    return _set_up_passkey(request, _me(request), lambda: redirect(back), back)


@never_cache
@staff_required
@_lately
@require_http_methods(["GET", "POST"])
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Show the recovery codes; POST makes new ones."""
    user = _me(request)
    codes = (
        factors.renew_recovery_codes(user)
        if request.method == "POST"
        else factors.recovery_codes(user)
    )
    values = {"codes": codes, "next": safe_next(request) or DESK}
    return render(request, "people/recovery_codes.html", values)


@staff_required
@_lately
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a second factor, but never the last one."""
    try:
        factors.remove(_me(request), pk)
    except Authenticator.DoesNotExist:
        raise Http404 from None
    except factors.LastFactor as last:
        values = {"errors": [Problem("", str(last))], "factors": [], "lately": True}
        return render(request, "people/second_factors.html", values, status=422)
    return redirect("desk-second-factor")


# Password, and out


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def set_password(request: HttpRequest, user_id: int, token: str) -> HttpResponse:
    """Let a new member of staff choose a password, by the link that an administrator gave them."""
    user = User.objects.filter(pk=user_id, is_staff=True, is_active=True).first()
    if user is None or not default_token_generator.check_token(user, token):
        return render(request, "people/link_expired.html", status=404)
    form = NewPasswordForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            user.set_password(form.cleaned_data["password"])
            user.save(update_fields=["password"])
            sessions.end_all(user, why="password")
            audit.note("password_changed", user)
        return redirect("desk-sign-in")
    errors = problems_of(form) if request.method == "POST" else []
    values = {"errors": errors, "email": user.email, "rules": NewPasswordForm.rules()}
    return render(request, "people/set_password.html", values, status=422 if errors else 200)


@never_cache
@sensitive_post_parameters("password")
@staff_required
@_lately
@require_http_methods(["GET", "POST"])
def change_password(request: HttpRequest) -> HttpResponse:
    """Let staff choose another password; their other sessions end."""
    user = _me(request)
    form = NewPasswordForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        before = request.session.session_key
        with transaction.atomic():
            user.set_password(form.cleaned_data["password"])
            user.save(update_fields=["password"])
            sessions.end_all(user, keep=before, why="password")
            update_session_auth_hash(request, user)
            sessions.key_changed(before, request.session.session_key)
            audit.note("password_changed", user)
        return redirect("desk-second-factor")
    errors = problems_of(form) if request.method == "POST" else []
    values = {"errors": errors, "email": user.email, "rules": NewPasswordForm.rules()}
    return render(request, "people/set_password.html", values, status=422 if errors else 200)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out of the desk."""
    get_adapter(request).logout(request)
    return redirect("desk-sign-in")
