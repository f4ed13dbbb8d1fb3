"""A case and its next event give the case after it: the one function behind writing and rebuilding.

It reads nothing but the event, so that the same events always give the same projection.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from moothall.casework import answers as answer_fields
from moothall.casework.envelope import canonical
from moothall.casework.events import Kind
from moothall.casework.models import FOREVER, HANDED_OVER, LAPSED, MERGED, UNPAID, Case, PaidState

Fields = Mapping[str, Any]

QUIET = frozenset(
    {
        Kind.MESSAGE_QUEUED,
        Kind.MESSAGE_SENT,
        Kind.MESSAGE_DELIVERED,
        Kind.MESSAGE_FAILED,
        Kind.PAYMENT_STARTED,
        Kind.PAYMENT_FAILED,
        Kind.PAYER_ASKED,
        Kind.REFUND_FAILED,
        Kind.WARNED,
        Kind.REMINDED,
        Kind.BREACHED,
        Kind.JOINED,
        Kind.PARTED,
        Kind.TASK_SET,
        Kind.TASK_DONE,
        Kind.TASK_CANCELLED,
        Kind.CALL_BACK_ASKED,
        Kind.CALL_TRIED,
        Kind.HELD,
        Kind.RELEASED,
    }
)
"""Kinds that are no reason to refuse a colleague who has not seen them yet."""

_TIMES = ("finish_by", "warn_at", "expires_at", "pay_by")
_PLAIN = {
    "urgent": "urgent",
    "why": "promise_why",
    "expires_move": "expires_move",
    "restricted": "restricted",
    "summary": "summary",
    "contact.name": "contact_name",
    "contact.email": "contact_email",
    "contact.phone": "contact_phone",
    "contact.postcode": "contact_postcode",
    "place.line": "place_line",
    "place.postcode": "place_postcode",
    "place.ward": "ward",
    "team": "team",
}
_ERASED_TO_BLANK = {
    "summary": "summary",
    "contact.name": "contact_name",
    "contact.email": "contact_email",
    "contact.phone": "contact_phone",
    "contact.postcode": "contact_postcode",
    "place.line": "place_line",
    "place.postcode": "place_postcode",
}


def moment(text: Any) -> datetime | None:
    """The time written in an event's field."""
    return datetime.fromisoformat(text) if text else None


def _common(case: Case, fields: Fields, at: datetime) -> None:
    for name in _TIMES:
        if name in fields:
            setattr(case, name, moment(fields[name]))
    if fields.get("finish_by"):
        case.promised = True
    for name, attribute in _PLAIN.items():
        if name in fields:
            setattr(case, attribute, fields[name])
    if "marks" in fields:
        told = set(json.loads(case.told_json))
        case.marks_json = canonical([one for one in fields["marks"] if one[0] not in told])
    if any(name.startswith(answer_fields.PREFIX) for name in fields):
        answers = case.answers
        answer_fields.put(answers, fields)
        case.answers_json = canonical(answers)
    look_ups = {
        name.removeprefix(answer_fields.LOOK_UPS): value
        for name, value in fields.items()
        if name.startswith(answer_fields.LOOK_UPS)
    }
    if look_ups:
        case.look_ups_json = canonical({**case.look_ups, **look_ups})
    if case.breached_at and case.finish_by and case.finish_by > at:
        case.breached_at = None


def _enter(case: Case, state: str, at: datetime) -> None:
    case.state, case.state_since = state, at


def _opened(case: Case, fields: Fields, at: datetime) -> None:
    for name in ("service", "definition", "version", "language", "channel", "key"):
        if name in fields:
            attribute = {"service": "service_id", "definition": "definition_sha"}.get(name, name)
            setattr(case, attribute, fields[name])
    case.opened_at = at
    case.applicant_id = fields.get("applicant")
    case.follows_id = fields.get("follows")
    case.fee_pence = fields.get("fee", 0)
    case.handed_from = str(fields.get("handed_from") or "")
    case.repeat_of = str(fields.get("repeat_of") or "")
    case.repeat_kind = str(fields.get("repeat_kind") or "")
    if fields.get("state") == UNPAID:
        case.paid_state = PaidState.DUE
    _enter(case, str(fields.get("state", "")), at)


def _started(case: Case, fields: Fields, at: datetime) -> None:
    case.started_at = at
    case.ended_at = None
    case.outcome = ""
    _enter(case, str(fields.get("state", case.state)), at)
    _clock(case, fields, at)
    _end(case, fields, at)


def _month(at: datetime) -> str:
    return timezone.localtime(at).strftime("%Y-%m")


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _clock(case: Case, fields: Fields, at: datetime) -> None:
    clock = fields.get("clock")
    pauses = json.loads(case.pauses_json)
    if clock == "paused" and not case.paused_since:
        pauses.append([_utc(at), None])
        case.paused_since = at
    elif clock == "running" and case.paused_since:
        pauses[-1][1] = _utc(at)
        case.paused_since = None
    case.pauses_json = canonical(pauses)


def _end(case: Case, fields: Fields, at: datetime) -> None:
    if "ends" not in fields:
        return
    if fields["ends"]:
        case.ended_at, case.outcome = at, str(fields["ends"])
        case.awaiting_staff_since = None
    else:
        if case.ended_at:
            case.reopened_at = at
            case.reopens += 1
        case.ended_at, case.outcome = None, ""


def _resume(case: Case, how: Any, at: datetime) -> None:
    """What the promise does when an ended case is opened again: the end counts as a pause, or it
    starts anew."""
    if how == "resumes" and case.ended_at and not case.paused_since:
        pauses = [*json.loads(case.pauses_json), [_utc(case.ended_at), _utc(at)]]
        case.pauses_json = canonical(pauses)
    elif how == "restarts":
        case.started_at, case.warned_at, case.paused_since = at, None, None
        case.pauses_json = case.told_json = "[]"


def _moved(case: Case, fields: Fields, at: datetime) -> None:
    _resume(case, fields.get("promise"), at)
    _enter(case, str(fields.get("to", case.state)), at)
    _clock(case, fields, at)
    _end(case, fields, at)


def _assigned(case: Case, fields: Fields, at: datetime) -> None:
    case.assigned_to_id = fields.get("to")


def _paid(case: Case, fields: Fields, at: datetime) -> None:
    case.paid_pence += int(fields.get("pence", 0))
    case.paid_state = PaidState.PAID
    case.pay_by = None


def _fee_due(case: Case, fields: Fields, at: datetime) -> None:
    case.fee_pence = int(fields.get("pence", 0))
    case.paid_state = PaidState.DUE


def _fee_waived(case: Case, fields: Fields, at: datetime) -> None:
    case.fee_pence = 0
    case.paid_state = PaidState.WAIVED
    case.pay_by = None


def _fee_changed(case: Case, fields: Fields, at: datetime) -> None:
    case.fee_pence = int(fields.get("pence", 0))
    kept = case.paid_pence - case.refunded_pence
    if case.fee_pence > kept:
        case.paid_state = PaidState.DUE
    elif case.paid_state == PaidState.DUE:
        case.paid_state = _settled(case)
        case.pay_by = None


def _settled(case: Case) -> PaidState:
    if not case.paid_pence:
        return PaidState.WAIVED
    return PaidState.PART_REFUNDED if case.refunded_pence else PaidState.PAID


def _refunded(case: Case, fields: Fields, at: datetime) -> None:
    case.refunded_pence += int(fields.get("pence", 0))
    whole = case.refunded_pence >= case.paid_pence
    case.paid_state = PaidState.REFUNDED if whole else PaidState.PART_REFUNDED


def _refund_failed(case: Case, fields: Fields, at: datetime) -> None:
    case.refunded_pence = max(0, case.refunded_pence - int(fields.get("pence", 0)))
    case.paid_state = PaidState.PART_REFUNDED if case.refunded_pence else PaidState.PAID


def _warned(case: Case, fields: Fields, at: datetime) -> None:
    case.warned_at = at


def _breached(case: Case, fields: Fields, at: datetime) -> None:
    case.breached_at = at


def _reminded(case: Case, fields: Fields, at: datetime) -> None:
    mark = str(fields.get("mark", ""))
    case.marks_json = canonical([one for one in json.loads(case.marks_json) if one[0] != mark])
    if mark.startswith("clock:"):
        case.told_json = canonical(sorted({*json.loads(case.told_json), mark}))


def _lapsed(case: Case, fields: Fields, at: datetime) -> None:
    _enter(case, LAPSED, at)
    case.ended_at, case.outcome, case.pay_by = at, "expired", None
    case.paid_state = PaidState.NONE if not case.paid_pence else case.paid_state


def _booked(case: Case, fields: Fields, at: datetime) -> None:
    case.slot_lost = False


def _slot_lost(case: Case, fields: Fields, at: datetime) -> None:
    case.slot_lost = True


def _received(case: Case, fields: Fields, at: datetime) -> None:
    if not case.ended_at and not case.awaiting_staff_since:
        case.awaiting_staff_since = at


def _closed_by_us(case: Case, state: str, fields: Fields, at: datetime) -> None:
    _enter(case, state, at)
    _clock(case, fields, at)
    _end(case, fields, at)


def _merged(case: Case, fields: Fields, at: datetime) -> None:
    _closed_by_us(case, MERGED, fields, at)
    case.merged_into = str(fields.get("into", ""))


def _unmerged(case: Case, fields: Fields, at: datetime) -> None:
    _resume(case, "resumes", at)
    _enter(case, str(fields.get("state", case.state)), at)
    case.merged_into = ""
    case.ended_at, case.outcome = None, ""
    _clock(case, fields, at)
    _end(case, fields, at)


def _joined(case: Case, fields: Fields, at: datetime) -> None:
    case.followers += 1


def _parted(case: Case, fields: Fields, at: datetime) -> None:
    case.followers = max(0, case.followers - 1)


def _handed_over(case: Case, fields: Fields, at: datetime) -> None:
    _closed_by_us(case, HANDED_OVER, fields, at)
    case.handed_to = str(fields.get("to_case", ""))


def _team_changed(case: Case, fields: Fields, at: datetime) -> None:
    case.assigned_to_id = None


def _reopened(case: Case, fields: Fields, at: datetime) -> None:
    _resume(case, fields.get("promise"), at)
    _closed_by_us(case, str(fields.get("state", case.state)), fields, at)


def _call_tried(case: Case, fields: Fields, at: datetime) -> None:
    if fields.get("outcome") == "reached":
        case.awaiting_staff_since = None
        case.first_response_at = case.first_response_at or at


def _anonymised(case: Case, fields: Fields, at: datetime) -> None:
    case.anonymised_at = at
    case.applicant_id = None


_BY_KIND: dict[str, Callable[[Case, Fields, datetime], None]] = {
    Kind.OPENED: _opened,
    Kind.STARTED: _started,
    Kind.MOVED: _moved,
    Kind.ASSIGNED: _assigned,
    Kind.PAID: _paid,
    Kind.FEE_DUE: _fee_due,
    Kind.FEE_WAIVED: _fee_waived,
    Kind.REFUNDED: _refunded,
    Kind.REFUND_FAILED: _refund_failed,
    Kind.WARNED: _warned,
    Kind.BREACHED: _breached,
    Kind.REMINDED: _reminded,
    Kind.LAPSED: _lapsed,
    Kind.BOOKED: _booked,
    Kind.SLOT_LOST: _slot_lost,
    Kind.MESSAGE_RECEIVED: _received,
    Kind.ANONYMISED: _anonymised,
    Kind.FEE_CHANGED: _fee_changed,
    Kind.MERGED: _merged,
    Kind.UNMERGED: _unmerged,
    Kind.JOINED: _joined,
    Kind.PARTED: _parted,
    Kind.FOLLOWER_WROTE: _received,
    Kind.HANDED_OVER: _handed_over,
    Kind.TEAM_CHANGED: _team_changed,
    Kind.REOPENED: _reopened,
    Kind.CALL_TRIED: _call_tried,
}
_RESPONSES = frozenset({Kind.MOVED, Kind.MESSAGE_QUEUED})
_STAFF_ANSWERS = frozenset({Kind.MOVED, Kind.NOTED, Kind.MESSAGE_QUEUED, Kind.CORRECTED})


def apply(
    case: Case,
    *,
    kind: str,
    at: datetime,
    actor_kind: str,
    fields: Fields,
    names: frozenset[str] | None = None,
) -> None:
    """Change `case`, in memory, by one event. `names` are all the event's fields, erased ones too."""
    handler = _BY_KIND.get(kind)
    if handler is not None:
        handler(case, fields, at)
    _common(case, fields, at)
    gone = names - fields.keys() if names is not None else frozenset[str]()
    if names is not None:
        _erased(case, gone)
    _keys(case, fields, gone)
    if actor_kind == "staff" and kind in _RESPONSES:
        case.first_response_at = case.first_response_at or at
    if actor_kind == "staff" and kind in _STAFF_ANSWERS:
        case.awaiting_staff_since = None
    elif actor_kind == "applicant" and kind == Kind.MOVED:
        _received(case, fields, at)
    case.last_event_at = at
    case.opened_month = _month(case.opened_at)
    case.ended_month = _month(case.ended_at) if case.ended_at else ""
    running = case.finish_by is not None and not case.paused_since and case.state != UNPAID
    case.queue_at = case.finish_by if running and case.finish_by else FOREVER
    case.wake_at = next_wake(case)


_PLACE = frozenset({"place.line", "place.postcode", "place.cell"})


def _keys(case: Case, fields: Fields, gone: frozenset[str]) -> None:
    """Where and by which phone, in the one form by which other cases are found."""
    if not _PLACE.isdisjoint(fields.keys() | gone):
        cell = str(fields.get("place.cell") or "")
        case.place_key = cell or address_key(case.place_postcode, case.place_line)
    if "contact.phone" in fields or "contact.phone" in gone:
        case.phone_key = phone_key(case.contact_phone)


def address_key(postcode: str, line: str) -> str:
    """An address in its one form, or "" where the line or the postcode is missing."""
    if not (postcode and line):
        return ""
    return f"{postcode.upper().replace(' ', '')} {' '.join(line.lower().split())}"[:120]


def phone_key(phone: str) -> str:
    """A phone number in its one form, such as +447700900123; "" for what is no number."""
    digits = "".join(one for one in phone if one.isdigit() and one.isascii())
    if phone.strip().startswith("+") or digits.startswith("00"):
        digits = digits.removeprefix("00")
    elif digits.startswith("0"):
        digits = f"44{digits[1:]}"
    return f"+{digits}"[:20] if len(digits) >= 9 else ""


def _erased(case: Case, names: frozenset[str] | set[str]) -> None:
    """Show in the projection that the values of `names` are gone from this event."""
    for name in names:
        if name in _ERASED_TO_BLANK:
            setattr(case, _ERASED_TO_BLANK[name], "")
        elif name == "applicant":
            case.applicant_id = None
    lost = [n for n in names if n.startswith((answer_fields.PREFIX, "contact."))]
    if lost:
        answers = case.answers
        answer_fields.drop(answers, lost)
        case.answers_json = canonical(answers)
        case.redacted_json = canonical(sorted({*case.redacted, *lost}))
    gone = {n.removeprefix(answer_fields.LOOK_UPS) for n in names}
    look_ups = {name: value for name, value in case.look_ups.items() if name not in gone}
    if look_ups != case.look_ups:
        case.look_ups_json = canonical(look_ups)


def next_wake(case: Case) -> datetime | None:
    """When the clock has something to do for the case next, or None: a function of its projection."""
    if case.anonymised_at or (case.ended_at and not case.expires_at):
        return None
    if case.state == UNPAID:
        return case.pay_by
    moments: list[datetime | None] = [case.expires_at]
    marks = {mark: moment(at) for mark, at in json.loads(case.marks_json)}
    moments += [at for mark, at in marks.items() if mark.startswith("expiry:")]
    if not case.ended_at and not case.paused_since:
        moments += [at for mark, at in marks.items() if mark.startswith("clock:")]
        if case.finish_by and not case.breached_at:
            moments.append(case.finish_by)
            if not case.warned_at:
                moments.append(case.warn_at)
    known = [one for one in moments if one is not None]
    return min(known) if known else None


def blank(case: Case) -> Case:
    """A case with the same identity and nothing in it, to be built anew from its events."""
    fresh = Case(pk=case.pk, reference=case.reference, key=case.key)
    fresh.service_id, fresh.definition_sha, fresh.version = (
        case.service_id,
        case.definition_sha,
        case.version,
    )
    return fresh
