"""What a resident sees of their own case: by reference and secret, by signed link, or signed in."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from moothall import language
from moothall.casework import access, permissions, reading, timelines, tracking_links, words
from moothall.casework.errors import TooManyTries
from moothall.casework.events import Kind
from moothall.casework.facts import facts_of, local_day, service_of, slot_questions
from moothall.casework.models import Attempt, Case, Event
from moothall.casework.references import tidy
from moothall.casework.todo import call_back_of
from moothall.casework.types import TimelineEntry, TrackView
from moothall.people.actor import Actor, applicant
from moothall.people.models import User

WINDOW = timedelta(hours=1)
TRIES_A_REFERENCE = 10
TRIES_A_CLIENT = 50
MOST = 100
CASE = "case.states"


def track(
    reference: str, secret: str, *, client: str = "", lang: str = "en", now: datetime | None = None
) -> TrackView | None:
    """A resident's own case, by reference with the email or postcode they gave; None when they differ.

    Does the same work whether or not the reference exists. Raises TooManyTries after 10 wrong tries in
    an hour for a reference, or 50 from one `client` (a caller's address, kept as a hash only).
    """
    now = now or timezone.now()
    tidied = tidy(reference)
    buckets = [(_bucket("reference", tidied or reference.upper()[:20]), TRIES_A_REFERENCE)]
    if client:
        buckets.append((_bucket("client", client), TRIES_A_CLIENT))
    window = _window(now)
    names = [name for name, _ in buckets]
    tried = dict(
        Attempt.objects.filter(bucket__in=names, window=window).values_list("bucket", "tries")
    )
    if any(tried.get(name, 0) >= most for name, most in buckets):
        raise TooManyTries(max(1, int((window + WINDOW - now).total_seconds() // 60) + 1))
    case = Case.objects.filter(reference=tidied).first() if tidied else None
    if not _fits(case, secret) or case is None:
        for name in names:
            _count(name, window)
        return None
    access.note(applicant(None), case.reference, "track", now=now)
    return track_view(case, applicant(None), lang=lang, now=now)


def _fits(case: Case | None, secret: str) -> bool:
    """Whether `secret` is the email or a postcode of the case: in constant time, also without a case."""
    email = secret.strip().lower()
    postcode = secret.upper().replace(" ", "")
    kept = (
        (case.contact_email.lower(), case.contact_postcode, case.place_postcode)
        if case is not None and case.anonymised_at is None
        else ("", "", "")
    )
    fits = False
    for given, known in zip((email, postcode, postcode), kept, strict=True):
        same = hmac.compare_digest(_digest(given), _digest(known or "nothing was kept"))
        fits = fits or (same and bool(known) and bool(given))
    return fits


def _digest(text: str) -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), text.encode(), "sha256")


def _bucket(kind: str, text: str) -> str:
    return hashlib.sha256(_digest(f"{kind}:{text}")).hexdigest()


def _window(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0)


def _count(bucket: str, window: datetime) -> None:
    """One more wrong try; on either database, with any number of callers at once."""
    with transaction.atomic():
        one_more = Attempt.objects.filter(bucket=bucket, window=window)
        if one_more.update(tries=F("tries") + 1):
            return
        try:
            with transaction.atomic():
                Attempt.objects.create(bucket=bucket, window=window, tries=1)
        except IntegrityError:
            one_more.update(tries=F("tries") + 1)


def forget_tries(now: datetime) -> int:
    """Delete the counts of windows that are over; return how many."""
    gone, _ = Attempt.objects.filter(window__lt=_window(now) - WINDOW).delete()
    return gone


def link_token(case: Case, *, now: datetime | None = None) -> str:
    """A signed token for the tracking link in a message; it opens this case for a year."""
    return tracking_links.token(case, now=now or timezone.now())


def case_by_signed_link(
    token: str, *, lang: str = "en", now: datetime | None = None
) -> TrackView | None:
    """A resident's own case by the token of `link_token`; None when it is forged or too old."""
    now = now or timezone.now()
    reference = tracking_links.reference_in(token, now=now)
    case = Case.objects.filter(reference=reference, anonymised_at=None).first()
    if not reference or case is None:
        return None
    access.note(applicant(None), case.reference, "link", now=now)
    return track_view(case, applicant(None), lang=lang, now=now)


def cases_of(
    user: User, lang: str = "en", *, now: datetime | None = None, limit: int | None = MOST
) -> list[TrackView]:
    """The signed-in resident's own cases, newest first (100 at most; None: all)."""
    if user.pk is None:
        return []
    now = now or timezone.now()
    actor = applicant(user)
    cases = Case.objects.filter(applicant_id=user.pk, anonymised_at=None)
    return [
        track_view(case, actor, lang=lang, now=now)
        for case in cases.order_by("-opened_at", "-pk")[:limit]
    ]


def track_view(case: Case, actor: Actor, *, lang: str, now: datetime) -> TrackView:
    """The case for its applicant, who was let in already."""
    service = service_of(case)
    facts = facts_of(case, service, now=now)
    events = timelines.events_of(case)
    sees = permissions.sight(case, service, actor)
    state = service.states.get(case.state)
    questions = slot_questions(service)
    on = _next_of(case)
    view = TrackView(
        reference=case.reference,
        service=service,
        service_name=service.text("name", lang) or service.name,
        state=case.state,
        state_label=timelines.state_label(service, case.state, lang),
        ended=case.ended_at is not None,
        opened_at=case.opened_at,
        finish_by=case.finish_by,
        paused=case.paused_since is not None,
        payment=reading.payment_of(case, service, facts, lang=lang),
        answers=reading.answer_views(case, service, sees.fields, events, lang),
        messages=timelines.message_views(events, sees),
        moves=reading.move_views(case, service, actor, facts, lang),
        timeline=tuple(timelines.entries(case, service, actor, events, lang)),
        id=case.pk,
        version=case.lock_version,
        language=case.language,
        rebook=questions[0] if case.slot_lost and questions and case.is_open else "",
        says=language.render(service, service.text(f"{CASE}.{state.id}.say", lang), facts, lang)
        if state
        else "",
        goes_on_as=on.reference if on else "",
        goes_on_url=tracking_links.url(on, now=now) if on else "",
        call_back=call_back_of(case),
    )
    main = _main_of(case)
    return view if main is None else _as_follower(view, case, main, events, lang=lang, now=now)


def _next_of(case: Case) -> Case | None:
    """The case of another service in which this one goes on: of the same person."""
    if not case.handed_to:
        return None
    return Case.objects.filter(reference=case.handed_to, anonymised_at=None).first()


def _main_of(case: Case) -> Case | None:
    if not case.merged_into:
        return None
    return Case.objects.filter(reference=case.merged_into, anonymised_at=None).first()


def _as_follower(
    view: TrackView,
    case: Case,
    main: Case,
    events: Iterable[Event],
    *,
    lang: str,
    now: datetime,
) -> TrackView:
    """A duplicate shows the public state of its main case: where it stands, until when, what happened
    to it since. Never an answer, a message, a name or a reason of that case: what a state says is
    rendered from the follower's own answers."""
    service, theirs = service_of(main), service_of(case)
    facts = replace(
        facts_of(case, theirs, now=now, state=main.state),
        finish_by=local_day(main.finish_by) if main.finish_by else None,
    )
    says = ""
    if main.state in theirs.states:
        says = language.render(theirs, theirs.text(f"{CASE}.{main.state}.say", lang), facts, lang)
    joined = max((one.at for one in events if one.kind == Kind.MERGED), default=case.opened_at)
    moved = Event.objects.filter(
        case=main, kind__in=[Kind.MOVED, Kind.REOPENED], at__gte=joined
    ).order_by("sequence")
    steps = [
        TimelineEntry(
            sequence=one.sequence,
            at=one.at,
            who=words.say("council", lang),
            what=timelines.state_label(service, _into(one), lang),
            kind=one.kind,
            channel=one.channel,
        )
        for one in moved
        if _into(one) != one.fields.get("from")
    ]
    return replace(
        view,
        state_label=timelines.state_label(service, main.state, lang),
        says=says,
        ended=main.ended_at is not None,
        finish_by=main.finish_by,
        paused=main.paused_since is not None,
        timeline=tuple(sorted([*view.timeline, *steps], key=lambda one: one.at)),
        joined=True,
    )


def _into(event: Event) -> str:
    fields = event.fields
    return str(fields.get("to") or fields.get("state") or "")
