"""Signing in by somebody else's word: staff by the council's single sign-on, residents by One Login."""

from __future__ import annotations

import logging
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from moothall.people import identities, oidc, providers
from moothall.people.access import standing
from moothall.people.backends import may_sign_in
from moothall.people.identities import NoAccount
from moothall.people.models import User
from moothall.people.oidc import Flow, Provider, Trouble
from moothall.people.pages import Problem
from moothall.people.sessions import METHOD
from moothall.people.sign_in import EmailedCode, safe_next
from moothall.people.stand_in_provider import parsed

SID = "moothall_sid"
ID_TOKEN = "moothall_id_token"  # noqa: S105 - the name under which a session keeps it
TO_JOIN = "moothall_to_join"
DESK = "/desk/"

_log = logging.getLogger("moothall.people.providers")


def _staff_words(kind: str) -> str:
    """What a member of staff is told when it did not work."""
    return {
        "away": _("Single sign-on does not answer. Try again in a few minutes, or sign in with your password if you have one."),
        "busy": _("Single sign-on is busy. Try again in a few minutes."),
        "denied": _("You were not signed in: single sign-on says that you said no. Try again."),
        "expired": _("That sign-in took too long or began in another browser. Begin again here."),
        "refused": _("Single sign-on refused. Try again. If it refuses again, tell your administrator."),
        "mismatch": _("What single sign-on sent could not be trusted, so you were not signed in. Tell your administrator."),
        "misconfigured": _("Single sign-on is not set up rightly. Tell your administrator: moothall doctor says what is wrong."),
        "unknown": _("Single sign-on knows you, and you have no job at the desk yet. Ask an administrator to add you."),
        "domain": _("Your address is not one of the council’s own. Sign in with your work account."),
        "unverified": _("Your provider has not proved your email address. Ask your administrator."),
        "closed": _("Your account here has ended. Ask an administrator."),
        "resident": _("Your work address is used by a resident’s account. Ask an administrator."),
        "taken": _("Your account is joined with another identity. Ask an administrator to look at it."),
    }[kind]  # fmt: skip


def _resident_words(kind: str) -> str:
    """What a resident is told when it did not work: they can always use a code by email."""
    return {
        "denied": _("You were not signed in. Try again, or get a code by email."),
        "expired": _("That took too long or began in another browser. Begin again here."),
        "unverified": _("GOV.UK One Login has not proved your email address. Get a code by email."),
        "closed": _("This account has been closed. Write to us if you think this is wrong."),
        "resident": _("This address belongs to somebody who works for the council. They sign in at the desk."),
        "taken": _("This account is joined with another GOV.UK One Login. Get a code by email."),
    }.get(kind, _("GOV.UK One Login does not work just now. Get a code by email, or try again later."))  # fmt: skip


def _note(provider: str, trouble: Exception) -> None:
    kind = getattr(trouble, "kind", "")
    level = logging.INFO if kind in {"denied", "expired"} else logging.WARNING
    detail = getattr(trouble, "detail", "")
    _log.log(level, "a sign-in by a provider failed", extra={"provider": provider, "kind": kind, "detail": detail})  # fmt: skip


def _address(request: HttpRequest, name: str) -> str:
    """Where the provider sends the person back, as it is registered there."""
    welsh = request.path.startswith("/cy/") and name.startswith("one-login")
    return settings.PUBLIC_URL + ("/cy" if welsh else "") + reverse(name).removeprefix("/cy")


def _used(provider: Provider | None) -> Provider:
    if provider is None:
        raise Http404("The council does not use this.")
    return provider


# Staff


@never_cache
@require_safe
def sso_begin(request: HttpRequest) -> HttpResponse:
    """Send a member of staff to the council's single sign-on."""
    provider = _used(providers.single_sign_on())
    if standing(request) == "staff":
        return HttpResponseRedirect(safe_next(request) or DESK)
    try:
        where, flow = oidc.begin(
            provider, _address(request, "single-sign-on-back"), safe_next(request)
        )
    except Trouble as trouble:
        return _sso_failed(request, trouble)
    response = HttpResponseRedirect(where)
    oidc.carry(response, flow)
    return response


@never_cache
@require_safe
def sso_back(request: HttpRequest) -> HttpResponse:
    """Sign in a member of staff who comes back from the single sign-on."""
    provider = _used(providers.single_sign_on())
    try:
        flow = oidc.carried(request, provider.name)
        told = oidc.finish(
            provider, flow, request.GET.dict(), _address(request, "single-sign-on-back")
        )
        claims = identities.read(told.claims, providers.sso_settings()["groups"])
        user = identities.staff(claims, domains=providers.domains())
        if not may_sign_in(user):
            raise NoAccount("closed")
    except (Trouble, NoAccount) as trouble:
        response = _sso_failed(request, trouble)
        oidc.drop(response, provider.name)
        return response
    response = _let_in(request, user, flow, told, "single_sign_on", _factor_proved(told.claims))
    oidc.drop(response, provider.name)
    return response


def _factor_proved(claims: Any) -> bool:
    """Whether the provider says that it asked for a second factor, by the rule of the settings.

    `amr:mfa` (RFC 8176), `acr:<value>`, `always` (the provider asks everybody, always) or `never`
    (ours is asked for besides).
    """
    rule = str(providers.sso_settings()["factor"])
    name, _colon, wanted = rule.partition(":")
    if name == "always":
        return True
    if name not in {"amr", "acr"} or not wanted:
        return False
    told = claims.get(name)
    return wanted in (told if isinstance(told, list) else [told])


def _let_in(
    request: HttpRequest, user: User, flow: Flow, told: oidc.Told, method: str, factor: bool
) -> HttpResponse:
    """Sign in; for staff whose provider asked for no second factor, ours comes next."""
    adapter = get_adapter(request)
    if request.user.is_authenticated:
        adapter.logout(request)
    request.session[METHOD] = method
    request.session[SID] = str(told.claims.get("sid") or "")[:200]
    record_authentication(request, user, method=method)
    to = flow.next_address or (DESK if user.is_staff else "/account/")
    login = Login(user=user, redirect_url=to, email=user.email)
    if user.is_staff and factor:
        record_authentication(request, user, method="mfa", type=method)
        refused: HttpResponse | None = adapter.pre_login(
            request, user, email_verification="none", redirect_url=to, signal_kwargs=None,
            signup=False, email=user.email,
        )  # fmt: skip
        if refused is not None:
            return refused
        adapter.login(request, user)
        return HttpResponseRedirect(to)
    return perform_login(request, login)


def _sso_failed(request: HttpRequest, trouble: Trouble | NoAccount) -> HttpResponse:
    _note(providers.SSO, trouble)
    away = trouble.kind in {"away", "busy"}
    values = {
        "email": "",
        "next": "",
        "errors": [Problem("", _staff_words(trouble.kind))],
        **sso_values(),
    }
    return render(request, "people/desk_sign_in.html", values, status=503 if away else 422)


def sso_values() -> dict[str, Any]:
    """What the desk's sign-in page says of single sign-on."""
    used = providers.single_sign_on() is not None
    return {
        "sso": used,
        "sso_name": providers.sso_settings()["name"],
        "sso_only": used and providers.sso_settings()["only"],
    }


def by_single_sign_on_only(email: str) -> bool:
    """Whether whoever has this address may not use a password: the domain is the single sign-on's.

    An account outside the domains stays for the day on which the provider is away (docs/deploy.md).
    """
    only = providers.single_sign_on() is not None and providers.sso_settings()["only"]
    return bool(only) and email.rpartition("@")[2].lower() in providers.domains()


# Residents


@never_cache
@require_safe
def one_login_begin(request: HttpRequest) -> HttpResponse:
    """Send a resident to GOV.UK One Login."""
    provider = _used(providers.one_login())
    if request.user.is_authenticated:
        return HttpResponseRedirect(safe_next(request) or "/account/")
    language = (get_language() or "en").split("-")[0]
    try:
        where, flow = oidc.begin(
            provider,
            _address(request, "one-login-back"),
            safe_next(request),
            vtr='["Cl.Cm"]',
            ui_locales=language,
        )
    except Trouble as trouble:
        return _one_login_failed(request, trouble)
    response = HttpResponseRedirect(where)
    oidc.carry(response, flow)
    return response


@never_cache
@require_safe
def one_login_back(request: HttpRequest) -> HttpResponse:
    """Sign in a resident who comes back from GOV.UK One Login, or have them prove their address first."""
    provider = _used(providers.one_login())
    try:
        flow = oidc.carried(request, provider.name)
        told = oidc.finish(provider, flow, request.GET.dict(), _address(request, "one-login-back"))
        if not str(told.claims.get("vot", "")).startswith("Cl.Cm"):
            raise Trouble("mismatch", "the sign-in is weaker than what was asked for")
        info = oidc.user_info(provider, told)
        claims = identities.read({**told.claims, **info})
        user = identities.resident(claims)
        if user is not None and not may_sign_in(user):
            raise NoAccount("closed")
    except (Trouble, NoAccount) as trouble:
        response = _one_login_failed(request, trouble)
        oidc.drop(response, provider.name)
        return response
    if user is None:
        # The address has an account: whoever holds it gets a code there, and the code joins the two.
        EmailedCode.begin(request, claims.email, flow.next_address)
        request.session[TO_JOIN] = [claims.email, claims.issuer, claims.subject]
        response = redirect("account_confirm_login_code")
    else:
        response = _let_in(request, user, flow, told, "one_login", False)
        request.session[ID_TOKEN] = told.id_token
    oidc.drop(response, provider.name)
    return response


def join_after_code(request: HttpRequest, waiting: list[str] | None) -> None:
    """Join the account that was just proved by a code with the One Login that waited for it."""
    request.session.pop(TO_JOIN, None)
    user = request.user
    if not waiting or not isinstance(user, User) or user.email != waiting[0]:
        return
    try:
        identities.join(user, waiting[1], waiting[2])
    except NoAccount as trouble:
        _note(providers.ONE_LOGIN, trouble)


def _one_login_failed(request: HttpRequest, trouble: Trouble | NoAccount) -> HttpResponse:
    _note(providers.ONE_LOGIN, trouble)
    away = trouble.kind in {"away", "busy"}
    values = {
        "email": "",
        "next": "",
        "errors": [Problem("email", _resident_words(trouble.kind))],
        "expired": False,
        "one_login": True,
    }
    return render(request, "people/sign_in.html", values, status=503 if away else 422)


def leave_one_login(request: HttpRequest) -> str:
    """Where this person signs out of GOV.UK One Login too, or "" where they did not come by it.

    Ask before the session ends.
    """
    token = request.session.get(ID_TOKEN, "")
    provider = providers.one_login() if token else None
    return oidc.end_url(provider, token, settings.PUBLIC_URL + "/") if provider else ""


# The provider ends a session from its side


def _ended(request: HttpRequest, provider: Provider) -> HttpResponse:
    try:
        subject, session = oidc.signed_out(provider, request.POST.get("logout_token", "")[:20_000])
    except Trouble as trouble:
        _note(provider.name, trouble)
        return HttpResponse(status=503 if trouble.kind == "away" else 400)
    identities.end(provider.issuer, subject, session)
    return HttpResponse(headers={"Cache-Control": "no-store"})


@csrf_exempt
@require_POST
def sso_ended(request: HttpRequest) -> HttpResponse:
    """The single sign-on ends sessions of ours (OpenID Connect Back-Channel Logout 1.0)."""
    return _ended(request, _used(providers.single_sign_on()))


@csrf_exempt
@require_POST
def one_login_ended(request: HttpRequest) -> HttpResponse:
    """GOV.UK One Login ends sessions of ours."""
    return _ended(request, _used(providers.one_login()))


# The demonstration's stand-ins


@csrf_exempt
@require_http_methods(["GET", "POST"])
def stand_in(request: HttpRequest, name: str, rest: str) -> HttpResponse:
    """A provider of our own, only in a demonstration that was told to play it."""
    if not providers.stand_ins_on() or name not in providers.STAND_INS:
        raise Http404("There is no such page.")
    answer = providers.stand_in(name).handle(
        request.method or "GET",
        rest,
        request.GET.dict(),
        parsed(request.body.decode(errors="replace")) if request.method == "POST" else {},
        {"Authorization": request.headers.get("Authorization", "")},
    )
    response = HttpResponse(answer.body, status=answer.status, content_type=answer.kind)
    for key, value in answer.headers.items():
        response[key] = value
    return response
