"""A resident follows their own case: by reference and email or postcode, or by the signed link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from moothall.casework import actions as casework
from moothall.casework import queries as cases
from moothall.casework.errors import CaseworkError, Conflict, TooManyTries
from moothall.casework.models import Case
from moothall.casework.types import MoveView, TrackView
from moothall.design.context import language
from moothall.design.pages import private_page
from moothall.files.actions import FileRefused, receive
from moothall.journeys import actions as journeys
from moothall.journeys import answers as reader
from moothall.journeys import fields, screens
from moothall.journeys.models import Draft
from moothall.journeys.visit import DRAFT_COOKIE, Sitting, set_cookie
from moothall.language import Facts, FieldError
from moothall.packs import queries as packs
from moothall.pay.actions import PayUnavailable
from moothall.people.actor import Actor, applicant
from moothall.people.sign_in import caller_address
from moothall.slots.actions import SlotTaken
from moothall.website import ringing

COOKIE = "moothall_track"
SALT = "moothall.website.track"
LASTS = 60 * 60 * 2
"""How long a proof is remembered, in seconds: computers are shared."""
MOST = 5


def root(lang: str) -> str:
    """Return the beginning of addresses in a language."""
    return "/cy" if lang == "cy" else ""


def _proofs(request: HttpRequest) -> dict[str, str]:
    """Return the cases that this browser has proved to be its own: reference to link token."""
    try:
        found = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        return {}
    return {str(key): str(value) for key, value in dict(found).items()}


def _remember(request: HttpRequest, response: HttpResponse, reference: str, token: str) -> None:
    proofs = {k: v for k, v in _proofs(request).items() if k != reference}
    proofs = dict([*list(proofs.items())[-(MOST - 1) :], (reference, token)])
    set_cookie(response, COOKIE, signing.dumps(proofs, salt=SALT), age=LASTS)


def go(address: str) -> HttpResponseRedirect:
    """Send the browser on to an address, after a good form; nothing of it is kept in a cache."""
    response = HttpResponseRedirect(address)
    response.status_code = 303
    response.headers["Cache-Control"] = "no-store"
    return response


def tidy(reference: str) -> str:
    """Return a reference as we write it, however it was typed."""
    return reference.strip().upper().replace(" ", "")


def mine(
    request: HttpRequest, reference: str, lang: str, now: datetime
) -> tuple[TrackView | None, Actor]:
    """Return the case if this person may follow it, and who they are in it."""
    token = _proofs(request).get(reference)
    if token:
        view = cases.case_by_signed_link(token, lang=lang, now=now)
        if view is not None and view.reference == reference:
            return view, applicant(None)
    if request.user.is_authenticated and not request.user.is_staff:
        pk = Case.objects.filter(reference=reference, applicant=request.user).first()
        if pk is not None:
            view = cases.case_by_signed_link(cases.link_token(pk), lang=lang, now=now)
            return view, applicant(request.user)
    return None, applicant(None)


@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Ask for the reference and for what proves that the case is theirs."""
    reference = tidy(request.POST.get("reference", "") or request.GET.get("reference", ""))[:30]
    if request.method == "POST":
        return _identify(request, reference, asked=True)
    return _ask(request, reference)


def _ask(
    request: HttpRequest,
    reference: str,
    *,
    errors: tuple[FieldError, ...] = (),
    known: bool = False,
    status: int = 200,
) -> HttpResponse:
    return private_page(
        request,
        "website/track.html",
        {
            "section": "track",
            "reference": reference,
            "known": known,
            "errors": list(errors),
            "message": {one.field: one.message for one in errors},
            "secret": request.POST.get("secret", ""),
        },
        status=status,
    )


def _identify(request: HttpRequest, reference: str, *, asked: bool) -> HttpResponse:
    lang, now = language(), timezone.now()
    secret = request.POST.get("secret", "").strip()[:254]
    errors = []
    if not reference:
        errors.append(FieldError("reference", _("Enter your reference number")))
    if not secret:
        errors.append(FieldError("secret", _("Enter the email address or postcode you gave us")))
    if errors:
        return _ask(request, reference, errors=tuple(errors), known=not asked, status=422)
    try:
        view = cases.track(reference, secret, client=caller_address(request), lang=lang, now=now)
    except TooManyTries as refused:
        return _ask(
            request,
            reference,
            errors=(FieldError("secret", str(refused)),),
            known=not asked,
            status=429,
        )
    if view is None:
        wrong = _(
            "We can't find a request with that reference and that email address or postcode. "
            "Check both, or call us"
        )
        errors = [FieldError("reference" if asked else "secret", wrong)]
        return _ask(request, reference, errors=tuple(errors), known=not asked, status=422)
    response = go(f"{root(lang)}/track/{view.reference}")
    token = cases.link_token(Case.objects.get(pk=view.id))
    _remember(request, response, view.reference, token)
    return response


@require_safe
def by_link(request: HttpRequest, reference: str, token: str) -> HttpResponse:
    """Open a case by the signed link of a message."""
    lang = language()
    view = cases.case_by_signed_link(token, lang=lang, now=timezone.now())
    if view is None or view.reference != reference:
        from moothall.website.errors import gone

        return gone(request)
    ways = {"someone-else": "/someone-else/", "receipt": "/receipt.pdf"}
    further = ways.get(request.GET.get("to", ""), "")
    response = go(f"{root(lang)}/track/{view.reference}{further}")
    _remember(request, response, view.reference, token)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, reference: str) -> HttpResponse:
    """One case: where it stands, what happens next, messages, and what its applicant can do."""
    lang, now = language(), timezone.now()
    if tidy(reference) != reference:
        return go(f"{root(lang)}/track/{tidy(reference)}")
    view, actor = mine(request, reference, lang, now)
    if view is None:
        if request.method == "POST" and "secret" in request.POST:
            return _identify(request, reference, asked=False)
        return _ask(request, reference, known=True)
    if request.method == "POST":
        return _act(request, view, actor, lang, now)
    if chosen := _move_of(view, request.GET.get("move", "")):
        return _move_page(request, view, chosen, lang, now)
    if "rebook" in request.GET and view.rebook:
        return _move_page(request, view, _rebooking(view), lang, now)
    return _show(request, view, lang)


def _show(
    request: HttpRequest,
    view: TrackView,
    lang: str,
    *,
    errors: tuple[FieldError, ...] = (),
    status: int = 200,
) -> HttpResponse:
    follows = [
        {"slug": one.slug, "name": one.text("name", lang) or one.name}
        for one in packs.offered()
        if one.file.follows is not None
        and one.file.follows.service == view.service.id
        and one.audience == "public"
    ]
    return private_page(
        request,
        "website/case.html",
        {
            "section": "track",
            "case": view,
            "errors": list(errors),
            "message": {one.field: one.message for one in errors},
            "typed": request.POST.get("reply", ""),
            "follows": follows,
            "sent": request.GET.get("sent", ""),
            "ring": {
                "possible": ringing.possible(view),
                "windows": ringing.windows(),
                "phone": request.POST.get("phone", ""),
                "window": request.POST.get("window", "any"),
                "about": request.POST.get("about", ""),
                "key": request.POST.get("key", "") or uuid4().hex,
            },
            "feedback": f"{root(lang)}/services/{view.service.slug}/feedback?after=case",
        },
        status=status,
    )


def _move_of(view: TrackView, wanted: str) -> MoveView | None:
    return next((move for move in view.moves if move.id == wanted), None)


def _rebooking(view: TrackView) -> MoveView:
    from moothall.casework.types import NeedView

    question = view.service.questions[view.rebook]
    return MoveView(
        "rebook",
        _("Choose another time"),
        view.state,
        view.state_label,
        (NeedView(view.rebook, question.label, question.type),),
    )


def _act(
    request: HttpRequest, view: TrackView, actor: Actor, lang: str, now: datetime
) -> HttpResponse:
    here = f"{root(lang)}/track/{view.reference}"
    if "follow" in request.POST:
        return _follow_on(request, view, lang, now)
    if "pay" in request.POST:
        return _pay(request, view, actor, lang, now)
    if request.POST.get("move") == "rebook" and view.rebook:
        return _make_move(request, view, _rebooking(view), actor, lang, now)
    if chosen := _move_of(view, request.POST.get("move", "")):
        return _make_move(request, view, chosen, actor, lang, now)
    if "ring" in request.POST:
        if wrong := ringing.ask(request, view, actor, now):
            return _show(request, view, lang, errors=wrong, status=422)
        return go(f"{here}?sent=ring")
    if "reply" in request.POST:
        return _reply(request, view, actor, lang, now)
    if "move" in request.POST:
        # The case has moved on since the page was made: show it as it is now.
        late = _("That is no longer possible: your request has moved on. This is how it stands.")
        return _show(request, view, lang, errors=(FieldError("", late),), status=409)
    return go(here)


def _reply(
    request: HttpRequest, view: TrackView, actor: Actor, lang: str, now: datetime
) -> HttpResponse:
    text = request.POST.get("reply", "").strip()[:10_000]
    ids, errors = _uploads(request, "files", view.reference, now)
    if not text and not ids and not errors:
        errors.append(FieldError("reply", _("Write your message, or add a file")))
    if not errors:
        try:
            casework.receive_reply(
                view.id, text, ids, actor=actor, channel="online", expected=None, now=now
            )
        except CaseworkError as refused:
            errors.append(FieldError("reply", str(refused)))
    if errors:
        return _show(request, view, lang, errors=tuple(errors), status=422)
    return go(f"{root(lang)}/track/{view.reference}?sent=reply")


def _pay(
    request: HttpRequest, view: TrackView, actor: Actor, lang: str, now: datetime
) -> HttpResponse:
    back = request.build_absolute_uri(f"{root(lang)}/track/{view.reference}")
    try:
        payment = casework.start_payment(view.id, actor=actor, return_url=back, now=now)
    except (PayUnavailable, CaseworkError) as refused:
        return _show(request, view, lang, errors=(FieldError("", str(refused)),), status=422)
    return go(payment.next_url)


def _facts(view: TrackView, now: datetime) -> tuple[Facts, Sitting]:
    draft = Draft.new(service_id=view.service.id, definition_sha=view.service.sha256, now=now)
    draft.holder = view.reference
    known = Case.objects.get(pk=view.id)
    facts = journeys.facts_of(view.service, known.answers, known.look_ups, now)
    return replace(facts, state=view.state), Sitting(view.service, draft, now, language())


def _move_page(
    request: HttpRequest,
    view: TrackView,
    chosen: MoveView,
    lang: str,
    now: datetime,
    *,
    errors: tuple[FieldError, ...] = (),
    notes: Mapping[str, Mapping[str, str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    facts, sitting = _facts(view, now)
    form = (
        {name: [str(one) for one in values] for name, values in request.POST.lists()}
        if request.method == "POST"
        else None
    )
    controls = [
        screens.control(
            sitting, view.service.questions[need.id], facts, form=form, errors=errors,
            note=(notes or {}).get(need.id),
        )
        for need in chosen.needs
        if need.id in view.service.questions
    ]  # fmt: skip
    return private_page(
        request,
        "website/move.html",
        {
            "section": "track",
            "case": view,
            "move": chosen,
            "fields": controls,
            "needs": {need.id for need in chosen.needs},
            "errors": list(errors),
            "message": {one.field: one.message for one in errors},
            "typed": {name: request.POST.get(name, "") for name in ("reason", "message")},
        },
        status=status,
    )


def _make_move(
    request: HttpRequest,
    view: TrackView,
    chosen: MoveView,
    actor: Actor,
    lang: str,
    now: datetime,
) -> HttpResponse:
    given, photos, notes, errors = _read_needs(request, view, chosen, lang, now)
    if notes and not errors:
        return _move_page(request, view, chosen, lang, now, notes=notes)
    if not errors:
        try:
            if chosen.id == "rebook":
                casework.rebook(view.id, given.get(view.rebook) or {}, actor=actor, now=now)
            else:
                casework.move(
                    view.id,
                    chosen.id,
                    actor=actor,
                    expected=view.version,
                    reason=request.POST.get("reason", "").strip(),
                    message=request.POST.get("message", "").strip(),
                    files=photos,
                    answers=given or None,
                    channel="online",
                    now=now,
                )
        except Conflict:
            return go(f"{root(lang)}/track/{view.reference}?sent=changed")
        except SlotTaken as refused:
            slot = next((need.id for need in chosen.needs if need.type == "slot"), "")
            errors.append(FieldError(slot, str(refused)))
        except CaseworkError as refused:
            errors.append(FieldError(getattr(refused, "field", ""), str(refused)))
    if errors:
        return _move_page(
            request, view, chosen, lang, now, errors=tuple(errors), notes=notes, status=422
        )
    return go(f"{root(lang)}/track/{view.reference}?sent=move")


def _read_needs(
    request: HttpRequest, view: TrackView, chosen: MoveView, lang: str, now: datetime
) -> tuple[dict[str, Any], list[str], dict[str, Mapping[str, str]], list[FieldError]]:
    """Return what was sent for the needs of a move: answers, photos, notes for the page, errors."""
    facts, _sitting = _facts(view, now)
    form = {name: [str(one) for one in values] for name, values in request.POST.lists()}
    given: dict[str, Any] = {}
    photos: list[str] = []
    notes: dict[str, Mapping[str, str]] = {}
    errors: list[FieldError] = []
    for need in chosen.needs:
        if need.id in view.service.questions:
            question = view.service.questions[need.id]
            found = reader.read(
                view.service, question, form, facts=facts, holder=view.reference, now=now,
                lang=lang, uploads=[u for u in request.FILES.getlist(need.id) if u.name],
            )  # fmt: skip
            errors += found.errors
            if found.note is not None:
                notes[fields.field_name(question, "")] = found.note
            if not found.errors and not found.again:
                given[need.id] = found.value
        elif need.id == "photo":
            got, wrong = _uploads(request, "photo", view.reference, now)
            photos += got
            errors += wrong
    return given, photos, notes, errors


def _uploads(
    request: HttpRequest, name: str, owner: str, now: datetime
) -> tuple[list[str], list[FieldError]]:
    """Keep the files sent under a name; return their ids and what was refused."""
    ids: list[str] = []
    errors: list[FieldError] = []
    for upload in request.FILES.getlist(name):
        try:
            stored = receive(upload, owner=owner, now=now)  # type: ignore[arg-type]  # Django's upload reads like any binary file
        except FileRefused as refused:
            errors.append(FieldError(name, str(refused)))
        else:
            ids.append(stored.public_id)
    return ids, errors


def _follow_on(request: HttpRequest, view: TrackView, lang: str, now: datetime) -> HttpResponse:
    """Begin the service that carries on from this case, with what it can take over suggested."""
    wanted = packs.service(request.POST.get("follow", ""))
    if wanted is None or wanted.file.follows is None:
        return go(f"{root(lang)}/track/{view.reference}")
    if wanted.file.follows.service != view.service.id:
        return go(f"{root(lang)}/track/{view.reference}")
    known = Case.objects.get(pk=view.id).answers
    suggest = {
        ours: known[theirs]
        for ours, theirs in wanted.file.follows.prefill.items()
        if theirs in known
    }
    user = request.user if request.user.is_authenticated and not request.user.is_staff else None
    draft = journeys.begin(
        wanted, user=user, language=lang, now=now, suggest=suggest, follows=view.reference
    )
    from moothall.journeys import drafts

    token = draft.token
    draft = drafts.save(draft, now=now)
    response = go(f"{root(lang)}/services/{wanted.slug}/go-on")
    set_cookie(response, DRAFT_COOKIE + wanted.id, token)
    return response
