"""A case on one page: answers, place, messages, files, what happened, the promise, what can be done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from moothall.casework import retention, watching
from moothall.casework.queries import related_to, see_mentions, visible
from moothall.casework.types import AnswerView, CaseView, TimelineEntry
from moothall.design import paper
from moothall.desk import wordlists
from moothall.desk.queries import teams, where
from moothall.desk.views.showing import actor_of, case_or_404, show, staff_page
from moothall.desk.words import count, day, moment, promise, why_late
from moothall.journeys import receipts
from moothall.places.queries import calendar, normalise_postcode

NOT_CORRECTED_HERE = frozenset({"file", "photo", "signature", "slot"})
"""Types whose answer is a thing sent in or booked, which a colleague cannot type anew."""
TOLD_ABOVE = frozenset(
    {"message_queued", "message_sent", "message_delivered", "message_failed", "message_received"}
)
"""Events whose words stand among the messages already."""
FROM_RESIDENT = frozenset({"opened", "answered", "message_received", "paid"})


@staff_page
def case(request: HttpRequest, reference: str) -> HttpResponse:
    """Show a case to someone who may see it. The reading is logged by casework."""
    now = timezone.now()
    actor = actor_of(request)
    found = case_or_404(request, reference, now)
    see_mentions(found.id, actor=actor, now=now)
    wanted = request.GET.get("show", "")
    values = {
        **case_values(found, now),
        "related": related_to(actor, found.id, text=False, limit=5, now=now),
        "watching": watching.look(found.id, actor, now=now),
        "parts": PARTS,
        "part": wanted if wanted in dict(PARTS) else "",
        "timeline": part_of(found, wanted),
    }
    return show(request, "desk/case.html", values)


@staff_page
def printed(request: HttpRequest, reference: str) -> HttpResponse:
    """Send the case as this reader may see it, as a PDF. The reading is logged by casework."""
    now = timezone.now()
    found = case_or_404(request, reference, now)
    made = receipts.case_print(found, now=now)
    return paper.response(made, f"{found.reference}.pdf", now=now)


PARTS = (
    ("", "Everything"),
    ("messages", "Messages"),
    ("moves", "Steps"),
    ("notes", "Notes and tasks"),
    ("changes", "Corrections"),
)
"""What the history can be narrowed to."""
_KINDS = {
    "messages": frozenset(
        {"message_queued", "message_delivered", "message_failed", "message_received"}
    ),
    "moves": frozenset(
        {"opened", "started", "moved", "reopened", "merged", "unmerged", "handed_over", "expired",
         "lapsed", "assigned", "team_changed"}
    ),
    "notes": frozenset(
        {"noted", "task_set", "task_done", "task_cancelled", "call_back_asked", "call_tried"}
    ),
    "changes": frozenset({"corrected", "redacted", "restricted", "fee_changed", "anonymised"}),
}  # fmt: skip


def part_of(found: CaseView, part: str) -> list[TimelineEntry]:
    """Return the history, newest first, as far as it was asked for."""
    kinds = _KINDS.get(part)
    return [one for one in reversed(found.timeline) if kinds is None or one.kind in kinds]


@require_POST
@staff_page
def still_open(request: HttpRequest, reference: str) -> JsonResponse:
    """Say who else has the case open; asked by an open page now and then."""
    now = timezone.now()
    row = visible(actor_of(request)).filter(reference=reference.upper()).first()
    if row is None:
        raise Http404("There is no case with this reference.")
    seen = watching.look(row.pk, actor_of(request), now=now)
    return JsonResponse({"names": [one.name for one in seen], "version": row.lock_version})


def case_values(found: CaseView, now: datetime) -> dict[str, Any]:
    """Return what the page of a case shows."""
    picture, address, ward_name = where(found)
    at = f"/desk/cases/{found.reference}/"
    return {
        "case": found,
        "promise": promise_of(found, now),
        "why_late": why_late(found, now) if found.late else "",
        "state_since": moment(found.state_since, now) if found.state_since else "",
        "awaiting": moment(found.awaiting_staff_since, now) if found.awaiting_staff_since else "",
        "team": teams().get(found.team, found.team),
        "channel": wordlists.channel(found.channel),
        "deeds": _deeds(found, at),
        "open_tasks": [one for one in found.tasks if one.state == "open"],
        "over_tasks": [one for one in found.tasks if one.state != "open"],
        "answers": answer_lines(found),
        "labels": {answer.question: answer.label for answer in found.answers},
        "hidden_words": count(found.hidden, "answer is", "answers are"),
        "looked_up": _looked_up(found),
        "message_status": wordlists.MESSAGE_STATUS,
        "payment_status": wordlists.PAYMENT_STATUS,
        "entry_class": _entry_class,
        "told_above": TOLD_ABOVE,
        "who": _who(found),
        "picture": picture,
        "address": address,
        "ward_name": ward_name,
        "finish_by": f"{day(found.finish_by, year=True)}"
        if found.finish_by
        else "No promised date",
        "clock_words": _clock_words(found, now),
        "contacts": [_contact_line(one, now) for one in found.contacts],
        **_kept(found),
    }


def _kept(found: CaseView) -> dict[str, Any]:
    """How long the case is kept, in words, and the holds that keep it longer."""
    kept = retention.keeping_of(found.id)
    then = "deleted" if kept.then == "delete" else "made anonymous"
    if kept.gone:
        words = "It was made anonymous: nothing says any more who it was about."
    elif kept.until:
        words = f"Until {day(kept.until, year=True, weekday=False)} ({kept.rule}), then {then}."
    else:
        words = f"{kept.rule[:1].upper()}{kept.rule[1:]}, then {then}."
    return {"kept_words": words, "holds": kept.holds}


def promise_of(found: CaseView, now: datetime) -> Any:
    """Return where a case stands against its promise."""
    return promise(
        now=now,
        calendar=calendar(found.service.calendar_name),
        finish_by=found.finish_by,
        ended_at=found.ended_at,
        paused_since=found.paused_since,
        state=found.state_label,
    )


@dataclass(frozen=True)
class AnswerLine:
    """An answer on the page: `path` is how it is named when it is corrected, empty when it can't be."""

    answer: AnswerView
    label: str
    path: str


def answer_lines(found: CaseView) -> list[AnswerLine]:
    """Return the answers, a repeat thing by thing, and what names each of them for a correction."""
    lines: list[AnswerLine] = []
    told: set[str] = set()
    for answer in found.answers:
        if not answer.row:
            lines.append(_line(found, answer, answer.label, answer.question))
            continue
        repeat = answer.question.partition(".")[0]
        if repeat not in told:
            told.add(repeat)
            lines += _repeat_lines(found, repeat)
    return lines


def _repeat_lines(found: CaseView, repeat: str) -> list[AnswerLine]:
    rows: dict[str, list[AnswerView]] = {}
    for answer in found.answers:
        if answer.row and answer.question.startswith(f"{repeat}."):
            rows.setdefault(answer.row, []).append(answer)
    return [
        _line(
            found,
            one,
            f"{one.label} ({number})",
            f"{repeat}.{row}.{one.question.partition('.')[2]}",
        )
        for number, (row, answers) in enumerate(rows.items(), 1)
        for one in answers
    ]


def _line(found: CaseView, answer: AnswerView, label: str, path: str) -> AnswerLine:
    fixed = answer.redacted or answer.type in NOT_CORRECTED_HERE or "correct" not in found.can
    return AnswerLine(answer, label, "" if fixed else path)


_DEEDS = (
    ("reply", "Write to them", "reply/"),
    ("contact", "Record what they sent or said", "received/"),
    ("contact", "Record a contact", "contact/"),
    ("task", "Set a task", "tasks/"),
    ("call_back", "Promise a call back", "call-back/"),
    ("team", "Give to another team", "team/"),
    ("hand_over", "Hand over to another service", "hand-over/"),
    ("merge", "Join to another case (duplicate)", "merge/"),
    ("unmerge", "Take apart from the other case", "unmerge/"),
    ("reopen", "Open it again", "reopen/"),
)
"""What may be done beside moves: the right that it needs, its words and its page."""


def _deeds(found: CaseView, at: str) -> list[tuple[str, str]]:
    can = found.can
    deeds = [(words, path) for right, words, path in _DEEDS if right in can]
    if "assign" in can:
        words = "Assign to someone else" if found.assigned_to else "Assign to someone"
        deeds.insert(0, (words, "assign/"))
    if "take_payment" in can and found.payment.can_pay:
        deeds.append(("Take the payment by phone", "payment/"))
    if "refund" in can and found.payment.paid > found.payment.refunded:
        over = found.payment.over
        words = f"Pay back the £{over / 100:.2f} that is too much" if over else "Pay back"
        deeds.append((words, "refund/"))
    if found.slot_lost and "contact" in can and not found.ended_at:
        deeds.append(("Book another time", "rebook/"))
    if "restrict" in can:
        words = "Open to the team again" if found.restricted else "Restrict who sees it"
        deeds.append((words, "restrict/"))
    if "redact" in can:
        deeds.append(("Remove personal data", "redact/"))
    return [(words, at + path) for words, path in deeds]


def _who(found: CaseView) -> list[tuple[str, str]]:
    """How to reach the person, what is known of it."""
    contact = found.contact
    if contact is None:
        return []
    postcode = normalise_postcode(contact.postcode) or contact.postcode
    pairs = [
        ("Name", contact.name),
        ("Email", contact.email),
        ("Phone", contact.phone),
        ("Postcode", postcode),
    ]
    return [(label, words) for label, words in pairs if words]


def _clock_words(found: CaseView, now: datetime) -> str:
    if found.ended_at:
        return f"Stopped: finished {moment(found.ended_at, now)}"
    if found.paused_since:
        waits = "the person who asked" if found.waits_for == "applicant" else "something outside"
        return (
            f"Stopped since {moment(found.paused_since, now)}, because the case is "
            f"“{found.state_label}” and waits for {waits}"
        )
    if found.payment.state == "due" and not found.finish_by:
        return "Not started: it starts when the fee is paid"
    return "Running in working days" if found.finish_by else "None"


def _entry_class(entry: TimelineEntry) -> str:
    if entry.kind == "moved":
        return "move"
    return "from-resident" if entry.kind in FROM_RESIDENT else "plain"


def _contact_line(one: Any, now: datetime) -> str:
    parts = [wordlists.channel(one.channel), moment(one.at, now)]
    line = ", ".join(parts)
    if one.outcome:
        line += f": {wordlists.OUTCOMES.get(one.outcome, one.outcome).lower()}"
    if one.minutes is not None:
        line += f", {count(one.minutes, 'minute')}"
    return line + (f" ({one.adviser})" if one.adviser else "")


def _looked_up(found: CaseView) -> list[tuple[str, str]]:
    """What other systems answered, by the titles that the service file gives the look-ups."""
    out = []
    for name, values in found.look_ups.items():
        page = found.service.page(name)
        title = (page.title if page else "") or name.replace("_", " ").capitalize()
        if values is None:
            out.append((title, "Did not answer"))
            continue
        pieces = [
            f"{key.replace('_', ' ')}: {_plain(value)}"
            for key, value in values.items()
            if not key.startswith("_") and value not in (None, "")
        ]
        out.append((title, "; ".join(pieces)))
    return out


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        try:
            return day(date.fromisoformat(value), year=True)
        except ValueError:
            return value.replace("_", " ")
    if isinstance(value, Mapping):
        return ", ".join(_plain(one) for one in value.values())
    return str(value)
