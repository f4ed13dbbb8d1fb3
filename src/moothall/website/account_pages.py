"""A resident's account beside its first page: messages, what they want to hear, where they are signed in,
their email address, their data, and the end of the account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import logout
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from moothall.casework import queries as cases
from moothall.casework import retention, unlinking
from moothall.casework.models import Case
from moothall.design.context import language
from moothall.design.forms import whole_number
from moothall.design.pages import private_page
from moothall.files.models import StoredFile
from moothall.files.views import send
from moothall.journeys import actions as journeys
from moothall.journeys.models import Draft
from moothall.language import FieldError
from moothall.people import audit, confirming, own, sessions
from moothall.people.access import resident_required
from moothall.people.forms import EmailForm
from moothall.people.models import DataCopy, Means, User
from moothall.people.sign_in import safe_next, signed_in_lately, too_many
from moothall.website import own_data
from moothall.website.track import root

P = ParamSpec("P")
PAGE = 20
LASTING = 200
"""Cases of which the page of deletion says one by one how long they are kept."""


def me(request: HttpRequest) -> User:
    """Whose account it is."""
    user = request.user
    if not isinstance(user, User):
        raise Http404("Nobody is signed in.")
    return user


def _go(request: HttpRequest, path: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{root(language())}/account/{path}", status=303)


def sure(
    view: Callable[Concatenate[HttpRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Let only those in who proved lately who they are: an open computer is not enough."""

    @wraps(view)
    @resident_required
    def page(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not signed_in_lately(request):
            query = urlencode({"next": request.path})
            return _go(request, f"confirm/?{query}")
        return view(request, *args, **kwargs)

    return page


# What we wrote, and what they want to hear


@require_safe
@resident_required
def messages(request: HttpRequest) -> HttpResponse:
    """What was written about my cases, both ways, newest first."""
    lang, now = language(), timezone.now()
    number = max(1, whole_number(request.GET.get("page", "")) or 1)
    found = sorted(
        (
            (message, case)
            for case in cases.cases_of(me(request), lang, now=now)
            for message in case.messages
        ),
        key=lambda one: one[0].at,
        reverse=True,
    )
    pages = max(1, -(-len(found) // PAGE))
    number = min(number, pages)
    values = {
        "section": "account",
        "messages": found[(number - 1) * PAGE : number * PAGE],
        "number": number,
        "pages": pages,
    }
    return private_page(request, "website/account_messages.html", values)


@require_http_methods(["GET", "HEAD", "POST"])
@resident_required
def wishes(request: HttpRequest) -> HttpResponse:
    """How I want to be told, and of what."""
    user = me(request)
    errors: list[FieldError] = []
    kept = own.wishes_of(user)
    values = {"updates": kept.updates, "reminders": "yes" if kept.reminders else "no"}
    if request.method == "POST":
        values = {name: request.POST.get(name, "") for name in values}
        if values["updates"] not in Means.values:
            errors.append(FieldError("updates", _("Choose how we should tell you")))
        if values["reminders"] not in {"yes", "no"}:
            errors.append(FieldError("reminders", _("Choose whether you want reminders")))
        if not errors:
            own.wish(
                user,
                updates=values["updates"],
                reminders=values["reminders"] == "yes",
                now=timezone.now(),
            )
            return _go(request, "?saved=wishes")
    return private_page(
        request,
        "website/account_wishes.html",
        {
            "section": "account",
            "values": values,
            "errors": errors,
            "message": {one.field: one.message for one in errors},
        },
        status=422 if errors else 200,
    )


# Where I am signed in


@require_http_methods(["GET", "HEAD", "POST"])
@resident_required
def places(request: HttpRequest) -> HttpResponse:
    """Where I am signed in. POST ends one of them, all others, or all."""
    user, now = me(request), timezone.now()
    key = request.session.session_key
    if request.method == "POST":
        wanted = request.POST.get("end", "")
        if wanted == "others":
            sessions.end_all(user, keep=key, now=now)
        elif wanted == "all":
            sessions.end_all(user, now=now)
            logout(request)
            return HttpResponseRedirect(f"{root(language())}/", status=303)
        elif (pk := whole_number(wanted)) is not None:
            sessions.end(user, pk, now=now)
        return _go(request, "sessions/")
    values = {"section": "account", "places": sessions.places(user, key, now=now)}
    return private_page(request, "website/account_sessions.html", values)


# Is it still you?


def _code_page(
    request: HttpRequest, purpose: str, email: str, next_address: str, error: str, status: int
) -> HttpResponse:
    values = {
        "section": "account",
        "purpose": purpose,
        "email": email,
        "next": next_address,
        "minutes": confirming.SECONDS // 60,
        "errors": [FieldError("code", error)] if error else [],
        "stand_in": settings.DEMONSTRATION and settings.NOTIFY["adapter"] == "local",
    }
    return private_page(request, "website/account_code.html", values, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@resident_required
def confirm(request: HttpRequest) -> HttpResponse:
    """Prove again who I am, by a code to my address, before something that matters."""
    user, next_address = me(request), safe_next(request)
    if signed_in_lately(request):
        return HttpResponseRedirect(next_address or f"{root(language())}/account/", status=303)
    if request.method == "POST" and "code" in request.POST:
        if confirming.is_right(request, confirming.AGAIN, request.POST["code"]):
            confirming.proved_again(request, user)
            return HttpResponseRedirect(next_address or f"{root(language())}/account/", status=303)
        if confirming.awaited(request, confirming.AGAIN):
            wrong = _("That code is not right. Enter the code of the newest email from us.")
            return _code_page(request, confirming.AGAIN, user.email, next_address, wrong, 422)
        wrong = _("That code is no longer valid. Get a new one.")
        return _ask_code(request, next_address, wrong, 422)
    if request.method == "POST":
        if not confirming.send(request, confirming.AGAIN, user.email):
            return _ask_code(request, next_address, too_many(), 429)
        return _code_page(request, confirming.AGAIN, user.email, next_address, "", 200)
    return _ask_code(request, next_address, "", 200)


def _ask_code(request: HttpRequest, next_address: str, error: str, status: int) -> HttpResponse:
    values = {
        "section": "account",
        "next": next_address,
        "email": me(request).email,
        "errors": [FieldError("", error)] if error else [],
    }
    return private_page(request, "website/account_confirm.html", values, status=status)


# My address


@require_http_methods(["GET", "HEAD", "POST"])
@sure
def address(request: HttpRequest) -> HttpResponse:
    """Another email address: a code goes there first."""
    user = me(request)
    errors: list[FieldError] = []
    given = request.POST.get("email", "").strip()[:254]
    if request.method == "POST":
        form = EmailForm({"email": given})
        if not form.is_valid():
            errors.append(FieldError("email", str(form.errors["email"][0])))
        elif form.cleaned_data["email"] == user.email:
            errors.append(FieldError("email", _("This is the address that you have already")))
        elif not confirming.send(
            request,
            confirming.ADDRESS,
            form.cleaned_data["email"],
            real=own.may_have_address(user, form.cleaned_data["email"]),
        ):
            errors.append(FieldError("email", too_many()))
        else:
            return _go(request, "email/code/")
    values = {
        "section": "account",
        "given": given,
        "errors": errors,
        "message": {one.field: one.message for one in errors},
    }
    return private_page(
        request, "website/account_email.html", values, status=422 if errors else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
@sure
def address_code(request: HttpRequest) -> HttpResponse:
    """The code that went to the new address."""
    user, email = me(request), confirming.awaited(request, confirming.ADDRESS)
    if not email:
        return _go(request, "email/")
    if request.method == "POST":
        if not confirming.is_right(request, confirming.ADDRESS, request.POST.get("code", "")):
            wrong = _("That code is not right. Enter the code of the newest email from us.")
            return _code_page(request, confirming.ADDRESS, email, "", wrong, 422)
        if own.change_address(user, email, keep=request.session.session_key, now=timezone.now()):
            return _go(request, "?saved=email")
        return _go(request, "email/")
    return _code_page(request, confirming.ADDRESS, email, "", "", 200)


# My data


@require_http_methods(["GET", "HEAD", "POST"])
@sure
def data(request: HttpRequest) -> HttpResponse:
    """A copy of my data: asked for here, made in the background, fetched here."""
    user, now = me(request), timezone.now()
    if request.method == "POST":
        own_data.ask(user, language(), now=now)
        return _go(request, "data/")
    copy = own_data.newest(user)
    values = {
        "section": "account",
        "copy": copy,
        "busy": copy is not None and copy.state in {DataCopy.State.WAITING, DataCopy.State.MAKING},
        "ready": copy is not None and copy.state == DataCopy.State.READY and bool(copy.file),
        "failed": copy is not None and copy.state == DataCopy.State.FAILED,
    }
    return private_page(request, "website/account_data.html", values)


@require_safe
@sure
def data_copy(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The copy itself, for whose it is."""
    user, now = me(request), timezone.now()
    copy = DataCopy.objects.filter(
        public_id=public_id, user=user, state=DataCopy.State.READY, expires_at__gt=now
    ).first()
    kept = StoredFile.objects.filter(public_id=copy.file).first() if copy else None
    if copy is None or kept is None or kept.owner != own_data.owner_of(copy):
        raise Http404("There is no copy to fetch.")
    audit.note("copy_fetched", user, now=now)
    return send(kept, download=True)


# The end of the account


@require_http_methods(["GET", "HEAD", "POST"])
@sure
def delete(request: HttpRequest) -> HttpResponse:
    """Delete my account: what goes, what stays and until when, then the button."""
    user, now = me(request), timezone.now()
    errors: list[FieldError] = []
    if request.method == "POST":
        if request.POST.get("sure") == "yes":
            _delete(user, now)
            logout(request)
            return HttpResponseRedirect(
                f"{root(language())}/account/sign-in/?deleted=1", status=303
            )
        errors.append(FieldError("sure", _("Tick the box if you want to delete your account")))
    mine = Case.objects.filter(applicant_id=user.pk, anonymised_at=None)
    stays = [(case, _until(case)) for case in mine.order_by("-opened_at", "-pk")[:LASTING]]
    values = {
        "section": "account",
        "stays": [
            (view, until)
            for view, (case, until) in zip(
                cases.cases_of(user, language(), now=now, limit=LASTING), stays, strict=True
            )
        ],
        "more": max(0, mine.count() - LASTING),
        "drafts": Draft.objects.filter(user=user, submitted_at=None).count(),
        "errors": errors,
        "message": {one.field: one.message for one in errors},
    }
    return private_page(
        request, "website/account_delete.html", values, status=422 if errors else 200
    )


def _until(case: Case) -> date | None:
    return retention.keeping_of(case.pk).until


def _delete(user: User, now: datetime) -> None:
    """Take the account out of cases and forms, and delete it: one transaction."""
    with transaction.atomic():
        for draft in Draft.objects.filter(user=user, submitted_at=None):
            journeys.start_again(draft, now=now)
        mine = Case.objects.filter(applicant_id=user.pk).order_by("pk")
        for case_id in list(mine.values_list("pk", flat=True)):
            unlinking.unlink(case_id, now=now)
        own.delete(user, now=now)
