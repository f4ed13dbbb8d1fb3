"""One case as one reader may see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from moothall import language
from moothall.casework import (
    access,
    answers,
    permissions,
    summaries,
    talking,
    timelines,
    todo,
    trouble,
    words,
)
from moothall.casework.events import Kind
from moothall.casework.facts import FILE_TYPES, facts_of, service_of
from moothall.casework.models import Case, Contact, Event, PaidState
from moothall.casework.permissions import Sight
from moothall.casework.types import (
    AnswerView,
    CaseView,
    ContactDetails,
    ContactView,
    FileView,
    MoveView,
    NeedView,
    PaymentAttempt,
    PaymentView,
)
from moothall.language import Facts, Question, Service
from moothall.pay.models import Payment
from moothall.pay.money import pounds
from moothall.people.actor import Actor

NEED_LABELS = {
    "reason": {"en": "Why?", "cy": "Pam?"},
    "message": {"en": "Message", "cy": "Neges"},
    "photo": {"en": "Photo", "cy": "Llun"},
    "files": {"en": "Files", "cy": "Ffeiliau"},
}


def case_for(
    actor: Actor, reference: str, *, lang: str = "en", now: datetime | None = None
) -> CaseView | None:
    """One case as this actor may see it, or None where there is none for them. The reading is logged."""
    now = now or timezone.now()
    case = Case.objects.select_related("assigned_to", "follows").filter(reference=reference).first()
    # Somebody who was let in by a secret reads their case by `track`, never by its reference alone.
    stranger = actor.kind == "applicant" and actor.user_id is None
    if case is None or stranger or not permissions.sees_row(case, actor):
        return None
    service = service_of(case)
    if service.access is None or service.access.log_reads:
        access.note(actor, case.reference, "case", now=now)
    return view(case, service, actor, lang=lang, now=now)


def view(case: Case, service: Service, actor: Actor, *, lang: str, now: datetime) -> CaseView:
    """The case for a reader who was let in."""
    events = timelines.events_of(case)
    sees = permissions.sight(case, service, actor)
    fields = sees.fields
    facts = facts_of(case, service, now=now)
    shown = answer_views(case, service, fields, events, lang)
    can = permissions.can(case, service, actor)
    state = service.states.get(case.state)
    where = case.answers.get(service.place.answer) if service.place else None
    return CaseView(
        id=case.pk,
        reference=case.reference,
        version=case.lock_version,
        service=service,
        service_name=service.text("name", lang) or service.name,
        state=case.state,
        state_label=timelines.state_label(service, case.state, lang),
        ended=case.outcome,
        language=case.language,
        channel=case.channel,
        opened_at=case.opened_at,
        ended_at=case.ended_at,
        finish_by=case.finish_by,
        warn_at=case.warn_at,
        paused_since=case.paused_since,
        late=is_late(case, now),
        why_late=why_late(case, service, now=now, lang=lang),
        urgent=case.urgent,
        restricted=case.restricted,
        team=case.team,
        assigned_to_id=case.assigned_to_id,
        assigned_to=case.assigned_to.name if case.assigned_to else "",
        ward=case.ward if sees.place else "",
        summary=case.summary if summaries.summary_seen(service, fields) else "",
        contact=contact_of(case, sees),
        answers=shown,
        place=where if sees.place and isinstance(where, dict) else None,
        files=file_views(case, service, sees, events),
        messages=timelines.message_views(events, sees),
        payment=payment_of(case, service, facts, lang=lang),
        moves=move_views(case, service, actor, facts, lang),
        timeline=tuple(timelines.entries(case, service, actor, events, lang)),
        can=can,
        hidden=_hidden(case, service, fields),
        look_ups=case.look_ups if _sees_everything(service, fields) else {},
        contacts=contacts_of(case),
        payments=payments_of(case)
        if sees.correspondence or can & {"take_payment", "refund"}
        else (),
        state_since=case.state_since,
        awaiting_staff_since=case.awaiting_staff_since,
        waits_for=state.waits_for if state else "applicant",
        follows=case.follows.reference if case.follows else "",
        slot_lost=case.slot_lost,
        tasks=todo.tasks_on(case, actor, now=now) if actor.is_staff else (),
        troubles=trouble.troubles_of(case, actor) if actor.is_staff else (),
        merged_into=_if_seen(case.merged_into, actor),
        followers=_followers(case, actor),
        follower_count=case.followers,
        handed_to=case.handed_to,
        handed_from=case.handed_from,
        repeat_of=_if_seen(case.repeat_of, actor),
        repeat_kind=case.repeat_kind,
        reopens=case.reopens,
    )


def _if_seen(reference: str, actor: Actor) -> str:
    """The reference of another case, for who may see that one."""
    if not reference or not permissions.visible(actor).filter(reference=reference).exists():
        return ""
    return reference


def _followers(case: Case, actor: Actor) -> tuple[str, ...]:
    if not case.followers or not actor.is_staff:
        return ()
    joined = permissions.visible(actor).filter(merged_into=case.reference)
    return tuple(joined.order_by("opened_at", "pk").values_list("reference", flat=True)[:200])


def contact_of(case: Case, sees: Sight) -> ContactDetails | None:
    """How to reach the person, as far as it may be seen; None when nothing of it may."""
    if not sees.contact:
        return None
    return ContactDetails(
        name=case.contact_name if "name" in sees.contact else "",
        email=case.contact_email if "email" in sees.contact else "",
        phone=case.contact_phone if "phone" in sees.contact else "",
        postcode=case.contact_postcode if "postcode" in sees.contact else "",
    )


def _sees_everything(service: Service, fields: frozenset[str]) -> bool:
    return all(one.id in fields for one in service.questions.values() if one.stage == "form")


def _hidden(case: Case, service: Service, fields: frozenset[str]) -> int:
    given = case.answers
    hidden = 0
    for question in service.questions.values():
        root = question.row_of or question.id
        if root in given and question.id not in fields:
            hidden += 1
    return hidden


def answer_views(
    case: Case, service: Service, fields: frozenset[str], events: Iterable[Event], lang: str
) -> tuple[AnswerView, ...]:
    """The answers that may be seen, in the order of the form, a repeat row by row."""
    given = case.answers
    gone = {answers.question_of(name) for name in case.redacted if name.startswith("answers.")}
    corrected = {
        str(event.fields.get("question", "")) for event in events if event.kind == Kind.CORRECTED
    }
    shown: list[AnswerView] = []
    for question in service.questions.values():
        if question.id not in fields:
            continue
        if question.row_of is None:
            if question.id in given:
                shown.append(
                    _answer(service, question, given[question.id], lang, question.id in corrected)
                )
            elif question.id in gone:
                shown.append(_erased(service, question, lang))
            continue
        for row in given.get(question.row_of) or ():
            if not isinstance(row, dict):
                continue
            if question.field in row:
                path = f"{question.row_of}.{row['_id']}.{question.field}"
                shown.append(
                    _answer(
                        service, question, row[question.field], lang, path in corrected, row["_id"]
                    )
                )
            elif question.id in gone:
                shown.append(_erased(service, question, lang, row["_id"]))
    return tuple(shown)


def _label(service: Service, question: Question, lang: str) -> str:
    return (
        service.text(f"{question.path}.short", lang)
        or service.text(f"{question.path}.label", lang)
        or question.label
    )


def _answer(
    service: Service, question: Question, value: Any, lang: str, corrected: bool, row: str = ""
) -> AnswerView:
    blank = value in (None, "", [])
    return AnswerView(
        question=question.id,
        label=_label(service, question, lang),
        words="" if blank else language.display(service, question.id, value, lang),
        value=value,
        type=question.type,
        personal=question.personal or "",
        corrected=corrected,
        row=row,
    )


def _erased(service: Service, question: Question, lang: str, row: str = "") -> AnswerView:
    return AnswerView(
        question=question.id,
        label=_label(service, question, lang),
        words=words.say("erased", lang),
        value=None,
        type=question.type,
        personal=question.personal or "",
        redacted=True,
        row=row,
    )


def file_views(
    case: Case, service: Service, sees: Sight, events: Iterable[Event]
) -> tuple[FileView, ...]:
    """The files of answers that may be seen, and those that came with moves and messages."""
    found: dict[str, FileView] = {}
    for question in service.questions.values():
        if question.type in FILE_TYPES and question.id in sees.fields:
            for one in answers.files_in(case.answers, [question.id]):
                found[str(one["id"])] = _file(one, question.id)
    for event in events:
        from_person = event.actor_kind in {"applicant", "anonymous"}
        may = sees.correspondence if from_person else sees.notes or sees.correspondence
        if may and event.kind in {Kind.MOVED, Kind.MESSAGE_RECEIVED}:
            for one in event.fields.get("files") or ():
                found.setdefault(str(one["id"]), _file(one, ""))
        elif event.kind == Kind.JOINED and sees.notes and not sees.resident:
            for name, one in event.fields.items():
                if name.startswith("file."):
                    found.setdefault(str(one["id"]), _file(one, ""))
    return tuple(found.values())


def _file(one: Mapping[str, Any], question: str) -> FileView:
    return FileView(
        id=str(one["id"]),
        name=str(one.get("name", "")),
        type=str(one.get("type", "")),
        size=int(one.get("size", 0)),
        question=question,
    )


def sees_file(case: Case, actor: Actor, file_id: str) -> bool:
    """Whether `actor` may open this file of the case."""
    if not permissions.sees_row(case, actor):
        return False
    service = service_of(case)
    sees = permissions.sight(case, service, actor)
    seen = file_views(case, service, sees, timelines.events_of(case))
    return any(one.id == file_id for one in seen)


def move_views(
    case: Case, service: Service, actor: Actor, facts: Facts, lang: str
) -> tuple[MoveView, ...]:
    """The moves that `actor` may make now, with what each needs."""
    return tuple(
        MoveView(
            id=one.id,
            label=service.text(f"case.moves.{one.id}.label", lang) or one.label,
            to=one.to,
            to_label=timelines.state_label(service, one.to, lang),
            needs=tuple(_need(service, need, lang) for need in one.needs),
            ends=service.states[one.to].ends is not None,
            offline=one.offline,
        )
        for one in permissions.moves_for(case, service, actor, facts)
    )


def _need(service: Service, need: str, lang: str) -> NeedView:
    question = service.questions.get(need)
    if question is not None:
        label = service.text(f"{question.path}.label", lang) or question.label
        return NeedView(need, label, question.type)
    kind = {"reason": "long text", "message": "long text", "photo": "photo"}.get(need, "file")
    texts = NEED_LABELS.get(need, {"en": need})
    return NeedView(need, texts.get(lang, texts["en"]), kind)


def moves_for(
    case: Case, actor: Actor, lang: str = "en", *, now: datetime | None = None
) -> tuple[MoveView, ...]:
    """The moves this actor may make now, with what each needs."""
    service = service_of(case)
    facts = facts_of(case, service, now=now or timezone.now())
    return move_views(case, service, actor, facts, lang)


def payment_of(case: Case, service: Service, facts: Facts, *, lang: str) -> PaymentView:
    """The money of a case in words."""
    state = str(case.paid_state)
    key = f"money_{state or 'none'}"
    paid = case.paid_pence if case.paid_pence else case.fee_pence
    if state == PaidState.DUE:
        paid = case.fee_pence - case.paid_pence + case.refunded_pence
    label = words.say(key, lang, pounds=pounds(paid), back=pounds(case.refunded_pence))
    fee = language.fee(service, facts) if service.fee and state == PaidState.DUE else None
    kept = case.paid_pence - case.refunded_pence
    over = max(0, kept - case.fee_pence) if case.paid_pence else 0
    return PaymentView(
        state=state,
        owed=max(0, case.fee_pence - kept) if state == PaidState.DUE else 0,
        over=over if case.ended_at is None else 0,
        label=label,
        fee=case.fee_pence,
        paid=case.paid_pence,
        refunded=case.refunded_pence,
        can_pay=permissions.owes(case),
        pay_by=case.pay_by,
        lines=fee.lines if fee else (),
    )


def payments_of(case: Case) -> tuple[PaymentAttempt, ...]:
    """The payments of the case, oldest first."""
    if not case.paid_state and not case.fee_pence:
        return ()
    made = Payment.objects.filter(subject_ref=case.reference).prefetch_related("refunds")
    return tuple(
        PaymentAttempt(
            id=one.public_id,
            pence=one.pence,
            status=str(one.status),
            at=one.created_at,
            moto=one.moto,
            refunded=sum(back.pence for back in one.refunds.all() if back.status != "error"),
        )
        for one in made.order_by("pk")
    )


def contacts_of(case: Case) -> tuple[ContactView, ...]:
    """Each time that someone was in touch about the case, oldest first (50 at most)."""
    rows = Contact.objects.filter(case=case).select_related("adviser").order_by("at", "pk")[:50]
    return tuple(
        ContactView(
            at=one.at,
            channel=one.channel,
            outcome=one.outcome,
            minutes=one.minutes,
            adviser=one.adviser.name if one.adviser else "",
        )
        for one in rows
    )


def is_late(case: Case, now: datetime) -> bool:
    """Whether the promise has passed on a case that is still open and not paused."""
    return (
        case.ended_at is None
        and case.paused_since is None
        and case.finish_by is not None
        and case.finish_by < now
    )


def why_late(case: Case, service: Service, *, now: datetime, lang: str = "en") -> str:
    """In a sentence or two: how late, where it stands since when, and with whom. Empty when not late."""
    if not is_late(case, now) or case.finish_by is None:
        return ""
    days = max(1, (now - case.finish_by) // timedelta(days=1))
    due = words.day(timezone.localtime(case.finish_by), "en")
    since = words.day(timezone.localtime(case.state_since), "en")
    label = timelines.state_label(service, case.state, "en")
    who = f"{case.assigned_to.name} has it." if case.assigned_to else "Nobody has it."
    parts = [
        f"Due {due}: {days} {'day' if days == 1 else 'days'} late.",
        f"“{label}” since {since}.",
        who,
    ]
    if case.awaiting_staff_since:
        wrote = words.day(timezone.localtime(case.awaiting_staff_since), "en")
        parts.append(f"They wrote on {wrote} and wait for an answer.")
    return " ".join(parts)


def assignable(case_id: int, actor: Actor) -> list[tuple[int, str]]:
    """Who the case can be given to: (user id, name), by name."""
    case = Case.objects.filter(pk=case_id).first()
    if case is None or not permissions.sees_row(case, actor):
        return []
    service = service_of(case)
    if "assign" not in permissions.can(case, service, actor):
        return []
    return talking.people_who_work(service)
