"""What can be done to many cases: for each kind, whether a case can have it, and the doing.

Doing goes through the same actions as for one case, so rights, needs and messages are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moothall import language
from moothall.casework import actions, messages, moving, permissions, queries, talking
from moothall.casework.errors import Invalid, Missing
from moothall.casework.facts import facts_of, service_of
from moothall.casework.models import BulkItem, BulkRun, Case
from moothall.language import Message, Move, Service
from moothall.people.actor import Actor
from moothall.people.models import Team

TYPED = frozenset({"reason", "message"})
"""Needs of a move that can be given once for many cases."""


@dataclass
class Desk:
    """What is the same for all cases of a run, read once."""

    actor: Actor
    now: datetime
    _people: dict[str, dict[int, str]] = field(default_factory=dict)

    def people(self, service: Service) -> dict[int, str]:
        """Who works on a service: name by user id."""
        if service.sha256 not in self._people:
            self._people[service.sha256] = dict(talking.people_who_work(service))
        return self._people[service.sha256]


def moves_of(case: Case, desk: Desk) -> tuple[Move, ...]:
    """The moves that may be made in this case now, needs or not."""
    service = service_of(case)
    facts = facts_of(case, service, now=desk.now)
    return permissions.moves_for(case, service, desk.actor, facts)


def beyond_words(move: Move, service: Service) -> str:
    """What a move needs that cannot be given for many at once, in words; empty when nothing."""
    missing = [need for need in move.needs if need not in TYPED]
    required = [
        need
        for need in missing
        if need not in service.questions or not service.questions[need].optional
    ]
    if not required:
        return ""
    first = required[0]
    if first in service.questions:
        return f"This step asks for “{service.questions[first].label}” in each case."
    return f"This step needs {'a photo' if first == 'photo' else 'a file'} in each case."


# Whether a case can have it: an empty text says yes, any other says why not.


def _can_move(case: Case, params: Mapping[str, Any], desk: Desk, to: int | None) -> str:
    service = service_of(case)
    if service.id != params.get("service"):
        return f"It is a case of another service: {service.name}."
    found = next((one for one in moves_of(case, desk) if one.id == params.get("move")), None)
    if found is not None:
        return beyond_words(found, service)
    known = service.moves.get(str(params.get("move")))
    if known is None:
        return "Its version of the service has no such step."
    state = service.states.get(case.state)
    if case.state not in known.from_states:
        return (
            f"It is “{state.label if state else case.state}”: the step is not possible from there."
        )
    return "You may not take this step in this case, or its answers rule it out."


def _can(case: Case, verb: str, desk: Desk) -> str:
    service = service_of(case)
    if verb in permissions.can(case, service, desk.actor):
        return ""
    return "The service does not let you do this in this case."


def _can_assign(case: Case, params: Mapping[str, Any], desk: Desk, to: int | None) -> str:
    if why := _can(case, "assign", desk):
        return why
    if case.ended_at is not None:
        return "It is finished."
    if to is not None and to not in desk.people(service_of(case)):
        return "This person does not work on its service."
    if to == case.assigned_to_id:
        return "Nothing to do: it is so already."
    return ""


def _can_give(case: Case, params: Mapping[str, Any], desk: Desk, to: int | None) -> str:
    if why := _can(case, "assign", desk):
        return why
    if case.ended_at is not None:
        return "It is finished."
    if case.team == params.get("team"):
        return "Nothing to do: the team has it already."
    return ""


def _can_note(case: Case, params: Mapping[str, Any], desk: Desk, to: int | None) -> str:
    return _can(case, "note", desk)


def _can_reply(case: Case, params: Mapping[str, Any], desk: Desk, to: int | None) -> str:
    if why := _can(case, "reply", desk):
        return why
    if not messages.reachable(case, ("email", "text")):
        return "There is no email address and no mobile number."
    return reply_words(case, params, desk)[2]


def reply_words(case: Case, params: Mapping[str, Any], desk: Desk) -> tuple[str, str, str]:
    """Subject and text of a reply to this case, and why it can't be written (empty when it can)."""
    if not params.get("template"):
        return str(params.get("subject") or ""), str(params["text"]), ""
    filled = queries.filled_reply(
        int(params["template"]), case.pk, desk.actor, lang=case.language, now=desk.now
    )
    return filled.subject, filled.text, filled.problem


Check = Callable[[Case, Mapping[str, Any], Desk, int | None], str]
_CHECKS: dict[str, Check] = {
    "move": _can_move,
    "assign": _can_assign,
    "share": _can_assign,
    "team": _can_give,
    "note": _can_note,
    "reply": _can_reply,
}


def verdict(
    kind: str, case: Case, params: Mapping[str, Any], desk: Desk, *, to: int | None = None
) -> str:
    """Why this case cannot have it, in words for the person; empty when it can."""
    if not permissions.sees_row(case, desk.actor):
        return "You may no longer see this case."
    return _CHECKS[kind](case, params, desk, to)


def will_be_told(case: Case, params: Mapping[str, Any], desk: Desk) -> tuple[Message, ...]:
    """What the person of this case would be sent by the move, and by which means; () when nothing."""
    service = service_of(case)
    move = service.moves[str(params["move"])]
    facts = facts_of(case, service, now=desk.now, state=move.to)
    extra = str(params.get("message") or "")
    told: list[Message] = []
    for when in (f"move:{move.id}", f"state:{move.to}"):
        for one in language.messages_due(service, facts, when=when, lang=case.language):
            if one.to == messages.APPLICANT and messages.reachable(case, one.by):
                told.append(one)
    if extra and told:
        first = told[0]
        body = f"{first.body.rstrip()}\n\n{extra}"
        told[0] = Message(first.id, first.to, first.by, first.subject, body)
    elif extra and messages.reachable(case, ("email", "text", "letter")):
        subject = f"{service.name} ({case.reference})"
        told.append(Message(move.id, messages.APPLICANT, ("email", "text"), subject, extra))
    return tuple(told)


# Doing


def do(run: BulkRun, item: BulkItem, desk: Desk) -> None:
    """Do it to one case, in the caller's transaction. Raises CaseworkError with the reason."""
    params, actor, now = run.params, desk.actor, desk.now
    if run.kind == BulkRun.Kind.MOVE:
        moving.move(
            item.case_id,
            str(params["move"]),
            actor=actor,
            expected=item.expected,
            reason=str(params.get("reason") or ""),
            message=str(params.get("message") or ""),
            now=now,
        )
    elif run.kind in {BulkRun.Kind.ASSIGN, BulkRun.Kind.SHARE}:
        to = item.to_user_id if run.kind == BulkRun.Kind.SHARE else params.get("to")
        talking.assign(item.case_id, to, actor=actor, expected=item.expected, now=now)
    elif run.kind == BulkRun.Kind.TEAM:
        actions.hand_over_to_team(
            item.case_id,
            str(params["team"]),
            actor=actor,
            reason=str(params.get("reason") or ""),
            expected=item.expected,
            now=now,
        )
    elif run.kind == BulkRun.Kind.NOTE:
        talking.add_note(item.case_id, str(params["text"]), actor=actor, now=now)
    else:
        _reply(run, item, desk)


def _reply(run: BulkRun, item: BulkItem, desk: Desk) -> None:
    params, case = run.params, Case.objects.get(pk=item.case_id)
    subject, text, _ = reply_words(case, params, desk)
    means = "email" if messages.reachable(case, ("email",)) else "text"
    talking.reply(
        case.pk,
        text,
        means,  # type: ignore[arg-type]  # one of the two, above
        subject=subject,
        actor=desk.actor,
        key=f"bulk-{run.pk}-{item.pk}",
        now=desk.now,
    )


# What was asked for


def tidy(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The plain values of an action, checked as far as no case is needed. Raises Missing, Invalid."""
    text = {
        name: str(given.get(name) or "").strip()
        for name in ("reason", "message", "text", "subject")
    }
    for name, words in text.items():
        if len(words) > talking.LONGEST:
            raise Invalid(name, f"This is too long: at most {talking.LONGEST:,} characters.")
    if kind == "move":
        service, _, move = str(given.get("move") or "").partition(":")
        if not (service and move):
            raise Missing("move", "Choose what to do with the cases.")
        kept = {key: text[key] for key in TYPED}
        return {"service": service, "move": move, **kept}
    if kind == "assign":
        to = given.get("to")
        if to in (None, ""):
            raise Missing("to", "Choose who is to have the cases.")
        return {"to": None if to == "nobody" else int(str(to))}
    if kind == "share":
        people = [int(str(one)) for one in given.get("people") or ()]
        if not people:
            raise Missing("people", "Choose the people to share the cases among.")
        way = str(given.get("way") or "least")
        if way not in {"least", "turns"}:
            raise Invalid("way", "Choose how to share them out.")
        return {"people": people, "way": way}
    if kind == "team":
        if not Team.objects.filter(slug=str(given.get("team") or "")).exists():
            raise Missing("team", "Choose the team that is to have the cases.")
        return {"team": str(given["team"]), "reason": text["reason"]}
    if kind == "reply" and given.get("template"):
        return {"template": int(str(given["template"])), "text": "", "subject": ""}
    if not text["text"]:
        words = "Write the note." if kind == "note" else "Write the message."
        raise Missing("text", words)
    return {"text": text["text"], "subject": text["subject"]}
