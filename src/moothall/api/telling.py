"""From what casework answers to the shapes of the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ninja import Schema

from moothall.api.shapes import (
    Answer,
    CaseOut,
    CaseRow,
    Contact,
    Entry,
    File,
    InTouch,
    Message,
    Move,
    Need,
    Payment,
    PaymentAttempt,
    Person,
    Related,
    Task,
    TroubleRow,
)
from moothall.casework.beside_types import RelatedRow, TaskRow, Trouble
from moothall.casework.types import CaseView, QueueRow


def case_row(row: QueueRow) -> CaseRow:
    """One line of a list."""
    return CaseRow(
        reference=row.reference,
        version=row.version,
        service=row.service_id,
        service_name=row.service_name,
        state=row.state,
        state_label=row.state_label,
        summary=row.summary,
        contact_name=row.contact_name,
        place=row.place_line,
        opened_at=row.opened_at,
        state_since=row.state_since,
        last_event_at=row.last_event_at,
        awaiting_staff_since=row.awaiting_staff_since,
        finish_by=row.finish_by,
        ended_at=row.ended_at,
        paused_since=row.paused_since,
        late=row.late,
        why_late=row.why_late,
        urgent=row.urgent,
        team=row.team,
        assigned_to=_person(row.assigned_to_id, row.assigned_to),
        ward=row.ward,
        channel=row.channel,
        restricted=row.restricted,
    )


def _person(number: int | None, name: str) -> Person | None:
    return Person(id=number, name=name) if number is not None else None


def task(row: TaskRow) -> Task:
    """A task."""
    return Task(**{name: getattr(row, _TASK.get(name, name)) for name in Task.model_fields})


_TASK = {"for_user": "for_user_id"}


def trouble(row: Trouble) -> TroubleRow:
    """A trouble."""
    return TroubleRow(**{name: getattr(row, name) for name in TroubleRow.model_fields})


def related(row: RelatedRow) -> Related:
    """A related case."""
    named = {"service": "service_id", "place": "place_line"}
    values = {name: getattr(row, named.get(name, name)) for name in Related.model_fields}
    return Related(**{**values, "why": list(row.why)})


def moves(view: CaseView) -> list[Move]:
    """The steps that may be taken now."""
    return [
        Move(
            id=one.id,
            label=one.label,
            to=one.to,
            to_label=one.to_label,
            ends=one.ends,
            needs=[Need(id=need.id, label=need.label, type=need.type) for need in one.needs],
        )
        for one in view.moves
    ]


def payment(view: CaseView) -> Payment:
    """The money of a case."""
    money = view.payment
    return Payment(
        state=money.state,
        label=money.label,
        fee=money.fee,
        paid=money.paid,
        refunded=money.refunded,
        owed=money.owed,
        over=money.over,
        can_pay=money.can_pay,
        pay_by=money.pay_by,
        attempts=[
            PaymentAttempt(
                id=one.id,
                pence=one.pence,
                status=one.status,
                at=one.at,
                by_phone=one.moto,
                refunded=one.refunded,
            )
            for one in view.payments
        ],
    )


def _copied(shape: type[Schema], found: Any, **more: Any) -> Any:
    return shape(
        **{name: getattr(found, name) for name in shape.model_fields if name not in more}, **more
    )


def _plain(value: Any) -> Any:
    """Values of a look-up as JSON, without its own notes."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items() if not str(k).startswith("_")}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value


def case(view: CaseView) -> CaseOut:
    """The whole case, as far as its reader may see it."""
    return _copied(
        CaseOut,
        view,
        service=view.service.id,
        assigned_to=_person(view.assigned_to_id, view.assigned_to),
        contact=_copied(Contact, view.contact) if view.contact else None,
        answers=[_copied(Answer, one) for one in view.answers],
        place=dict(view.place) if view.place else None,
        look_ups=_plain(view.look_ups),
        files=[_copied(File, one) for one in view.files],
        messages=[_copied(Message, one) for one in view.messages],
        payment=payment(view),
        moves=moves(view),
        tasks=[task(one) for one in view.tasks],
        contacts=[_copied(InTouch, one) for one in view.contacts],
        troubles=[trouble(one) for one in view.troubles],
        can=sorted(view.can),
        followers=list(view.followers),
    )


def entry(found: Any) -> Entry:
    """One line of the timeline."""
    return _copied(Entry, found)
