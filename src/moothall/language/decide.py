"""Decisions about a case: what is worked out, its fee, moves, messages and public row.

All of them take `facts.answers` as they are: give them what `on_route` gave.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from moothall.language.expressions import Env, Type
from moothall.language.expressions.values import (
    BIGGEST,
    add_days,
    add_months,
    number_text,
    parse_date,
    to_json,
)
from moothall.language.facts import Facts
from moothall.language.models.service import KEEP
from moothall.language.results import ContactDetails, Fee, Message
from moothall.language.service import Move, Question, Service
from moothall.language.words import render


def work_out(service: Service, facts: Facts) -> dict[str, Any]:
    """Every worked out value in its JSON form; None where something it needs is missing."""
    env = Env(service.rules, facts)
    return {
        name: to_json(item.expression.run(env), item.expression.type.kind)
        for name, item in service.worked_out.items()
    }


def table_rows(service: Service, work_out_id: str, facts: Facts) -> tuple[int, ...]:
    """The numbers (from 0) of all the rows of a table that fit; the first of them wins."""
    rows = service.worked_out[work_out_id].rows
    env = Env(service.rules, facts)
    return tuple(i for i, (test, _) in enumerate(rows) if test is None or test.run(env))


def fee(service: Service, facts: Facts, lang: str = "en") -> Fee | None:
    """What is to pay, or None where the service is free. Amounts are in pence and never below 0."""
    spec = service.fee
    if spec is None:
        return None
    env = Env(service.rules, facts)
    found = list(_fee_lines(service, env, facts, lang))
    known = all(amount is not None for _, amount in found)
    lines = [(label, amount or 0) for label, amount in found]
    waived = _run(service, "fee.waived_when", env) is True
    if waived:
        lines = [(label, 0) for label, _ in lines]
    pence = max(0, min(BIGGEST, sum(amount for _, amount in lines)))
    refund = []
    taken = pence if facts.fee is None else max(0, facts.fee)
    paid = Env(service.rules, replace(facts, fee=taken))
    for move in spec.refund:
        back = _run(service, f"fee.refund.{move}", paid) or 0
        refund.append((move, max(0, min(taken, back))))
    abandoned = spec.abandoned_after
    wait = _run(service, f"fee.abandoned_after.{abandoned.unit}", env) or 0
    says = render(service, service.text("fee.refund_says", lang), facts, lang)
    return Fee(
        pence, spec.taken, spec.state, tuple(lines), spec.by_phone, spec.vat, tuple(refund), says,
        waived, spec.if_slot_lost, (abandoned.unit, max(0, wait)), known or waived,
    )  # fmt: skip


def _fee_lines(
    service: Service, env: Env, facts: Facts, lang: str
) -> Iterable[tuple[str, int | None]]:
    spec = service.fee
    if spec is None:
        return
    if spec.amount:
        label = service.text("fee.label", lang) or service.text("name", lang)
        yield render(service, label, facts, lang), _run(service, "fee.amount", env)
    for index in range(len(spec.lines)):
        path = f"fee.lines.{index}"
        if f"{path}.when" in service.expressions and not _run(service, f"{path}.when", env):
            continue
        label = render(service, service.text(f"{path}.label", lang), facts, lang)
        yield label, _run(service, f"{path}.amount", env)


def _run(service: Service, path: str, env: Env) -> Any:
    expression = service.expressions.get(path)
    return expression.run(env) if expression is not None else None


def moves_for(
    service: Service, facts: Facts, *, state: str, roles: frozenset[str]
) -> tuple[Move, ...]:
    """The moves out of `state` that someone with `roles` may make now, in the file's order.

    Roles are teams' roles, jobs, `applicant`, `system`, `clock`. A team whose `access` lists moves
    may make only those.
    """
    env: Env | None = None
    out: list[Move] = []
    for move in service.moves.values():
        if state not in move.from_states or not any(
            _may(service, move, role) for role in move.by if role in roles
        ):
            continue
        if move.when is not None:
            env = env or Env(service.rules, facts)
            if not move.when.run(env):
                continue
        out.append(move)
    return tuple(out)


def _may(service: Service, move: Move, role: str) -> bool:
    rights = service.access.teams.get(role) if service.access else None
    return rights is None or rights.moves is None or move.id in rights.moves


def messages_due(
    service: Service, facts: Facts, *, when: str, lang: str = "en"
) -> tuple[Message, ...]:
    """The messages of a moment: `starts`, `state:<id>`, `move:<id>`, `clock:<percent>`,
    `expiry:<days>`. Those whose `only_if` is not true are left out."""
    env: Env | None = None
    out: list[Message] = []
    for name, spec in service.tell.items():
        if spec.when.mark != when:
            continue
        if spec.only_if:
            env = env or Env(service.rules, facts)
            if not _run(service, f"tell.{name}.only_if", env):
                continue
        subject = render(service, service.text(f"tell.{name}.subject", lang), facts, lang)
        body = render(service, service.text(f"tell.{name}.say", lang), facts, lang)
        out.append(Message(name, spec.to, tuple(spec.by), " ".join(subject.split()), body))
    return tuple(out)


def public_row(service: Service, facts: Facts, *, state: str) -> dict[str, str] | None:
    """The case as a row of the open data set, or None where nothing is published.

    Options and states go by their ids, yes and no as words, amounts as 12.50; missing is empty.
    """
    publish = service.data.publish
    if publish is None:
        return None
    env = Env(service.rules, replace(facts, state=state))
    row: dict[str, str] = {}
    for column in publish.columns:
        expression = service.expressions.get(f"data.publish.columns.{column}")
        if expression is not None:
            row[column] = _public(expression.run(env), expression.type)
    return row


def _public(value: Any, kind: Type) -> str:
    if value is None:
        return ""
    if kind.kind == "bool":
        return "yes" if value else "no"
    if kind.kind == "money":
        return f"{'-' if value < 0 else ''}{abs(value) // 100}.{abs(value) % 100:02d}"
    if kind.kind == "number":
        return number_text(value)
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return str(value)


def contact_details(service: Service, facts: Facts, party: str = "applicant") -> ContactDetails:
    """Name, email, phone and postcode of a party, from the answers.

    For the applicant, what `access: parties: applicant` does not name is the first answer of type
    name, email, phone or address.
    """
    parties = service.access.parties if service.access else {}
    spec = parties.get(party)
    found: dict[str, Any] = {}
    for kind in ("name", "email", "phone", "address"):
        named = getattr(spec, kind, None) if spec is not None else None
        if named is not None:
            found[kind] = facts.answers.get(named)
        elif party == "applicant":
            found[kind] = _first_of(service, facts, kind)
    address = found.get("address")
    place: Mapping[str, Any] = address if isinstance(address, Mapping) else {}
    return ContactDetails(
        name=_word(found.get("name")), email=_word(found.get("email")),
        phone=_word(found.get("phone")), postcode=_word(place.get("postcode")),
        address=_word(place.get("line")),
    )  # fmt: skip


def _word(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _first_of(service: Service, facts: Facts, kind: str) -> Any:
    for question in service.questions.values():
        if _is_own(question, kind) and facts.answers.get(question.id):
            return facts.answers[question.id]
    return None


def _is_own(question: Question, kind: str) -> bool:
    return question.type == kind and question.stage == "form" and question.row_of is None


def keep_until(service: Service, *, started: date, ended: date | None) -> date | None:
    """The last day that the case's personal data may be kept; None while that is not known.

    From `data.keep`, such as `1 year after end`: counted from the day it ended (or started).
    """
    found = KEEP.match(service.data.keep)
    if found is None:
        return None
    count, unit = int(found[1]), found[2]
    since = started if found[3] == "start" else ended
    if since is None:
        return None
    if unit in ("day", "week"):
        return parse_date(add_days(since.isoformat(), count * (7 if unit == "week" else 1)))
    return parse_date(add_months(since.isoformat(), count * (12 if unit == "year" else 1)))
