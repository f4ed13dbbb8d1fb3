"""What happened to a case, in plain words: for staff, and for the person it is for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils import timezone

from moothall import language
from moothall.casework import permissions, words
from moothall.casework.answers import PREFIX, question_of
from moothall.casework.events import Kind
from moothall.casework.facts import service_of
from moothall.casework.models import UNPAID, Case, Event
from moothall.casework.permissions import Sight
from moothall.casework.types import MessageView, TimelineEntry
from moothall.language import Service
from moothall.packs import queries as packs
from moothall.pay.money import pounds
from moothall.people.actor import Actor

FOR_RESIDENT = frozenset(
    {
        Kind.OPENED,
        Kind.MOVED,
        Kind.MESSAGE_QUEUED,
        Kind.MESSAGE_RECEIVED,
        Kind.PAYER_ASKED,
        Kind.PAID,
        Kind.FEE_DUE,
        Kind.FEE_WAIVED,
        Kind.REFUNDED,
        Kind.BOOKED,
        Kind.SLOT_LOST,
        Kind.LAPSED,
        Kind.CORRECTED,
        Kind.ANONYMISED,
        Kind.MERGED,
        Kind.UNMERGED,
        Kind.HANDED_OVER,
        Kind.REOPENED,
        Kind.CALL_BACK_ASKED,
        Kind.CALL_TRIED,
        Kind.FEE_CHANGED,
    }
)
_SILENT = frozenset({Kind.ANSWERED, Kind.MESSAGE_SENT, Kind.REMINDED})


def timeline(case: Case, actor: Actor, lang: str = "en") -> list[TimelineEntry]:
    """What happened, in plain words, oldest first; a resident sees no staff names and no notes."""
    if not permissions.sees_row(case, actor):
        return []
    return entries(case, service_of(case), actor, events_of(case), lang)


def events_of(case: Case) -> list[Event]:
    """The case's events in order."""
    return list(Event.objects.filter(case=case).order_by("sequence"))


def entries(
    case: Case, service: Service, actor: Actor, events: Iterable[Event], lang: str
) -> list[TimelineEntry]:
    """The timeline of these events for this reader, who was let in already."""
    sees = permissions.sight(case, service, actor)
    made: list[TimelineEntry] = []
    given: dict[str, Any] = {}
    for event in events:
        entry = _entry(service, actor, event, lang, sees)
        fields = event.fields
        if entry is not None and event.kind == Kind.CORRECTED:
            entry = _with_change(entry, service, fields, given, lang, sees)
        given |= {name: value for name, value in fields.items() if name.startswith(PREFIX)}
        if entry is not None:
            made.append(entry)
    return made


def _with_change(
    entry: TimelineEntry,
    service: Service,
    fields: Mapping[str, Any],
    given: Mapping[str, Any],
    lang: str,
    sees: Sight,
) -> TimelineEntry:
    """What the answer was and what it is now, for who may see it; what was erased is not said."""
    name = f"{PREFIX}{fields.get('question', '')}"
    question = question_of(name)
    if sees.resident or question not in sees.fields or question not in service.questions:
        return entry

    def said(values: Mapping[str, Any]) -> str:
        value = values.get(name)
        if value in (None, "", []):
            return words.say("no_answer", lang) if name in values else words.say("erased", lang)
        return language.display(service, question, value, lang)

    before = said(given) if name in given else ""
    return replace(entry, before=before, after=said(fields))


def _entry(
    service: Service, actor: Actor, event: Event, lang: str, sees: Sight
) -> TimelineEntry | None:
    fields = event.fields
    if event.kind in _SILENT or (sees.resident and not _for_resident(event, fields)):
        return None
    own = actor.user_id is not None and event.actor.get("id") == actor.user_id
    return TimelineEntry(
        sequence=event.sequence,
        at=event.at,
        who=_who(event, lang, sees),
        what=_what(service, event, fields, lang, sees),
        kind=event.kind,
        detail=_detail(event, fields, sees, own),
        channel=event.channel,
        staff_only=event.kind not in FOR_RESIDENT,
    )


def _for_resident(event: Event, fields: Mapping[str, Any]) -> bool:
    if event.kind == Kind.MESSAGE_QUEUED:
        return fields.get("audience") == "applicant"
    if event.kind == Kind.MOVED:
        return fields.get("from") != fields.get("to")
    return event.kind in FOR_RESIDENT


def _who(event: Event, lang: str, sees: Sight) -> str:
    if event.actor_kind in {"applicant", "anonymous"}:
        if sees.resident:
            return words.say("you", lang)
        label = str(event.actor.get("label") or "") if "name" in sees.contact else ""
        return label or words.say("applicant", lang)
    if sees.resident:
        return words.say("council", lang)
    return str(event.actor.get("label") or words.say("erased", lang))


def _detail(event: Event, fields: Mapping[str, Any], sees: Sight, own: bool) -> str:
    """Text that somebody wrote, for who may read it."""
    if event.kind == Kind.MESSAGE_QUEUED:
        return str(fields.get("body", "")) if sees.correspondence else ""
    if event.kind == Kind.MESSAGE_RECEIVED:
        return str(fields.get("text", "")) if sees.correspondence else ""
    if sees.resident:
        # A reason is the council's own note, unless the applicant gave it.
        return str(fields.get("reason", "")) if event.actor_kind == "applicant" else ""
    if event.actor_kind == "applicant":
        return str(fields.get("reason", "")) if sees.correspondence else ""
    return str(fields.get("text") or fields.get("reason") or "") if sees.notes or own else ""


def state_label(service: Service, state: str, lang: str) -> str:
    """What a state is called for people, the two of money too."""
    if state in service.states:
        return service.text(f"case.states.{state}.label", lang) or service.states[state].label
    return words.say(f"state_{state}", lang) if f"state_{state}" in words.TEXTS else state


def _day(text: Any, lang: str) -> str:
    if not text:
        return ""
    return words.day(timezone.localtime(datetime.fromisoformat(str(text))), lang)


def _money(fields: Mapping[str, Any]) -> str:
    return str(pounds(int(fields.get("pence", 0))))


def _what(
    service: Service,
    event: Event,
    fields: Mapping[str, Any],
    lang: str,
    sees: Sight,
) -> str:
    kind, resident = event.kind, sees.resident
    if kind == Kind.OPENED:
        if resident:
            unpaid = fields.get("state") == UNPAID
            return words.say("opened_unpaid" if unpaid else "opened", lang)
        return words.say("opened_staff", lang, channel=_word(event.channel, lang))
    if kind == Kind.STARTED:
        day = _day(fields.get("finish_by"), lang)
        return words.say("started_by", lang, day=day) if day else words.say("started", lang)
    if kind == Kind.MOVED:
        state = state_label(service, str(fields.get("to", "")), lang)
        if resident:
            return words.say("moved", lang, state=state)
        known = service.moves.get(str(fields.get("move", "")))
        label = service.text(f"case.moves.{known.id}.label", lang) if known else ""
        return words.say(
            "moved_staff", lang, move=label or (known.label if known else ""), state=state
        )
    if kind == Kind.ASSIGNED:
        name = fields.get("to_label") or ""
        key = "assigned" if name else "assigned_nobody"
        return words.say(key, lang, name=name)
    if kind == Kind.MESSAGE_QUEUED:
        subject = str(fields.get("subject") or "") if sees.correspondence else ""
        subject = subject or str(fields.get("told") or "").replace("_", " ")
        if resident:
            return words.say("message_queued_you", lang, subject=subject)
        to = str(fields.get("audience", ""))
        audience = (
            words.say("applicant", lang).lower() if to == "applicant" else to.replace("_", " ")
        )
        means = _word(str(fields.get("means", "")), lang)
        return words.say("message_queued", lang, means=means, audience=audience, subject=subject)
    if kind == Kind.MESSAGE_RECEIVED:
        return words.say("message_received_you" if resident else "message_received", lang)
    if kind == Kind.CORRECTED:
        question = question_of(f"{PREFIX}{fields.get('question', '')}")
        known_question = service.questions.get(question)
        label = known_question.label if known_question else question
        if question not in sees.fields:
            label = "…"
        return words.say("corrected", lang, question=label)
    if kind in _BESIDE:
        return _what_beside(service, kind, fields, lang, resident)
    values = {
        "pounds": _money(fields),
        "day": _day(fields.get("due"), lang),
        "when": _time(fields.get("from"), lang),
    }
    return words.say(kind, lang, **values) if kind in words.TEXTS else str(Kind(kind).label)


_BESIDE = frozenset(
    {
        Kind.PAYER_ASKED,
        Kind.MERGED,
        Kind.UNMERGED,
        Kind.JOINED,
        Kind.PARTED,
        Kind.FOLLOWER_WROTE,
        Kind.HANDED_OVER,
        Kind.TEAM_CHANGED,
        Kind.REOPENED,
        Kind.TASK_SET,
        Kind.CALL_BACK_ASKED,
        Kind.CALL_TRIED,
        Kind.FEE_CHANGED,
        Kind.RESTRICTED,
        Kind.SLOT_LOST,
    }
)


def _what_beside(
    service: Service, kind: str, fields: Mapping[str, Any], lang: str, resident: bool
) -> str:
    """What happened that the service file says nothing of."""
    key = kind
    if kind == Kind.CALL_TRIED:
        key = "call_tried" if resident else f"call_{fields.get('outcome', 'no_answer')}"
    elif kind == Kind.TASK_SET and fields.get("due"):
        key = "task_set_by"
    elif kind == Kind.RESTRICTED and not fields.get("restricted"):
        key = "unrestricted"
    elif kind == Kind.SLOT_LOST:
        key = "time_lost"
    if resident and f"{key}_you" in words.TEXTS:
        key = f"{key}_you"
    to_service = str(fields.get("to_service", ""))
    offered = packs.service(to_service) if to_service else None
    return words.say(
        key,
        lang,
        case=fields.get("into") or fields.get("case") or fields.get("to_case") or "",
        service=offered.name if offered else to_service.replace("_", " "),
        team=fields.get("team_label") or fields.get("team") or "",
        state=state_label(service, str(fields.get("state", "")), lang),
        name=fields.get("for_label") or "",
        day=_day(fields.get("due"), lang),
        pounds=_money(fields),
        was=str(pounds(int(fields.get("was", 0)))),
    )


def _time(text: Any, lang: str) -> str:
    if not text:
        return ""
    at = timezone.localtime(datetime.fromisoformat(str(text)))
    return f"{words.day(at, lang)}, {at:%H:%M}"


def _word(key: str, lang: str) -> str:
    return words.say(key, lang) if key in words.TEXTS else key


def message_views(events: Iterable[Event], sees: Sight) -> tuple[MessageView, ...]:
    """The messages in and out of the case, with what became of them; none without the right to read."""
    if not sees.correspondence:
        return ()
    found: dict[str, MessageView] = {}
    status: dict[str, str] = {}
    for event in events:
        fields = event.fields
        if event.kind == Kind.MESSAGE_QUEUED:
            if sees.resident and fields.get("audience") != "applicant":
                continue
            part = {"email": "email", "text": "phone", "letter": "postcode"}.get(
                str(fields.get("means")), "email"
            )
            may = part in sees.contact or fields.get("audience") != "applicant"
            found[str(fields.get("message", event.sequence))] = MessageView(
                sequence=event.sequence,
                direction="out",
                means=str(fields.get("means", "")),
                to=str(fields.get("to", "")) if may else "",
                subject=str(fields.get("subject", "")),
                body=str(fields.get("body", "")),
                at=event.at,
                status="queued",
                id=str(fields.get("message", "")),
            )
        elif event.kind == Kind.MESSAGE_RECEIVED:
            found[f"in {event.sequence}"] = MessageView(
                sequence=event.sequence,
                direction="in",
                means=event.channel,
                to="",
                subject="",
                body=str(fields.get("text", "")),
                at=event.at,
                status="received",
            )
        elif event.kind in {Kind.MESSAGE_SENT, Kind.MESSAGE_DELIVERED, Kind.MESSAGE_FAILED}:
            status[str(fields.get("message", ""))] = event.kind.removeprefix("message_")
    return tuple(replace(view, status=status.get(key, view.status)) for key, view in found.items())
