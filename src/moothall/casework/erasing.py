"""Erasing: a value goes with its salt, and with every copy of it; the chain still verifies."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from moothall import language
from moothall.casework import answers as answer_fields
from moothall.casework import beside, flow, ledger, permissions, searching, summaries
from moothall.casework.envelope import canonical
from moothall.casework.errors import Invalid, Missing, NotAllowed, NotFound
from moothall.casework.events import Kind
from moothall.casework.facts import FILE_TYPES, service_of
from moothall.casework.ledger import append, locked_all
from moothall.casework.models import Case, Event
from moothall.files import actions as files
from moothall.files.models import StoredFile
from moothall.language import Service
from moothall.notify import actions as notify
from moothall.people.actor import SYSTEM, Actor

PERSONAL_TYPES = FILE_TYPES | frozenset(
    {
        "name",
        "email",
        "phone",
        "address",
        "location",
        "text",
        "long text",
        "vehicle registration",
        "National Insurance number",
        "NHS number",
        "bank details",
    }
)
"""Types whose answers go, tagged or not: what somebody typed may hold anything."""
KEPT = frozenset(
    {
        "state", "finish_by", "warn_at", "urgent", "why", "clock", "ends", "marks", "expires_at",
        "expires_move", "restricted", "summary", "place.ward", "pence", "payment", "due", "mark",
        "question", "task", "promise",
    }
)  # fmt: skip
"""Fields of any event that say nothing about a person. What is not listed is erased."""
KEPT_IN: Mapping[str, frozenset[str]] = {
    Kind.OPENED: frozenset(
        {
            "service",
            "version",
            "definition",
            "language",
            "team",
            "key",
            "fee",
            "pay_by",
            "handed_from",
            "repeat_of",
            "repeat_kind",
        }
    ),
    Kind.MOVED: frozenset({"move", "from", "to"}),
    Kind.ASSIGNED: frozenset({"to", "to_label", "from"}),
    Kind.MESSAGE_QUEUED: frozenset({"message", "told", "means", "audience"}),
    Kind.MESSAGE_SENT: frozenset({"message"}),
    Kind.MESSAGE_DELIVERED: frozenset({"message"}),
    Kind.MESSAGE_FAILED: frozenset({"message"}),
    Kind.PAYMENT_STARTED: frozenset({"moto"}),
    Kind.PAYMENT_FAILED: frozenset({"status"}),
    Kind.PAYER_ASKED: frozenset({"key"}),
    Kind.REFUND_FAILED: frozenset({"refund"}),
    Kind.BOOKED: frozenset({"slot", "resource", "from", "until"}),
    Kind.SLOT_LOST: frozenset({"then"}),
    Kind.REDACTED: frozenset({"fields"}),
    Kind.MERGED: frozenset({"into", "from"}),
    Kind.UNMERGED: frozenset({"into"}),
    Kind.JOINED: frozenset({"case"}),
    Kind.PARTED: frozenset({"case"}),
    Kind.FOLLOWER_WROTE: frozenset({"case"}),
    Kind.HANDED_OVER: frozenset({"to_case", "to_service", "from"}),
    Kind.TEAM_CHANGED: frozenset({"team", "team_label", "from_team", "key"}),
    Kind.REOPENED: frozenset({"from"}),
    Kind.NOTED: frozenset({"mentions", "copied_from"}),
    Kind.TASK_SET: frozenset({"for", "for_label", "for_team", "key"}),
    Kind.CALL_BACK_ASKED: frozenset({"for", "for_label", "for_team", "window", "key"}),
    Kind.CALL_TRIED: frozenset({"outcome", "becomes"}),
    Kind.FEE_CHANGED: frozenset({"was"}),
    Kind.HELD: frozenset({"hold", "until"}),
    Kind.RELEASED: frozenset({"hold"}),
}
SHORTEST = 4
"""Copies of shorter values are not looked for: they would be found everywhere."""


def is_structural(kind: str, name: str) -> bool:
    """Whether a field says nothing about a person, and the projection needs it."""
    return name in KEPT or name in KEPT_IN.get(kind, frozenset())


def is_personal_answer(service: Service, tagged: Mapping[str, str], name: str) -> bool:
    """Whether an `answers.…` field holds something about a person, tagged or by its type."""
    question_id = answer_fields.question_of(name)
    question = service.questions.get(question_id)
    return question is None or question_id in tagged or question.type in PERSONAL_TYPES


def redact(
    case_id: int,
    fields: Iterable[str],
    reason: str,
    *,
    actor: Actor,
    now: datetime | None = None,
) -> Case:
    """Erase values with their salts, everywhere in the case; the chain still verifies.

    `fields`: a question id (`items.<row id>.<field>` for one cell), `contact.email` (name, phone,
    postcode), or `12.text` for a field of event 12. What an answer was corrected from goes with it, and
    every field in which its text stands: contact, place, the address and the words of messages, notes.
    Managers of the owning team only. Raises Missing, NotAllowed, NotFound, and Invalid for what is not
    there or holds the case together.
    """
    now = now or timezone.now()
    wanted = list(fields)
    if not reason.strip():
        raise Missing("reason", "Say why this is erased.")
    if not wanted:
        raise Missing("fields", "Choose what to erase.")
    with transaction.atomic():
        held = locked_all([case_id, *linked(case_id)])
        case = held.pop(case_id)
        if not permissions.sees_row(case, actor):
            raise NotFound
        service = service_of(case)
        if "redact" not in permissions.can(case, service, actor):
            raise NotAllowed("Only a manager of the team may erase what is in a case.")
        found = _Found(service, wanted)
        for event in Event.objects.filter(case=case).order_by("sequence"):
            found.look(event)
        found.look_for_copies()
        said: dict[str, Any] = {"fields": sorted(found.names), "reason": reason.strip()}
        if found.summary:
            said["summary"] = _summary_without(case, service, found.names)
        append(
            case,
            Kind.REDACTED,
            said,
            actor=actor,
            channel="desk",
            now=now,
        )
        same_bytes = _digests(found.files)
        if found.files:
            files.erase(case.reference, only=found.files)
        if found.in_messages:
            notify.redact(case.reference, now=now)
        for other in held.values():
            _erase_copies(case, other, found, same_bytes, now=now)
        return erase(case, found.names, service=service)


def linked(case_id: int) -> list[int]:
    """Ids of the cases that may hold copies of what is in a case: those to which it was joined, and
    those of which it is the continuation or which are its own."""
    row = Case.objects.filter(pk=case_id).values("merged_into", "handed_to", "handed_from").first()
    references = set(row.values()) if row else set()
    taken_out = Event.objects.filter(case=case_id, kind=Kind.UNMERGED)
    references |= {str(event.fields.get("into") or "") for event in taken_out}
    return list(
        Case.objects.filter(reference__in=references - {""}, anonymised_at=None).values_list(
            "pk", flat=True
        )
    )


def _digests(ids: Iterable[str]) -> set[str]:
    return set(StoredFile.objects.filter(public_id__in=list(ids)).values_list("sha256", flat=True))


def _erase_copies(
    case: Case, other: Case, source: _Found, same_bytes: set[str], *, now: datetime
) -> None:
    """Erase from a linked case what was copied to it from `case`, and nothing of its own.

    A case of another service in which this one goes on is the same person's: the same answers, and
    every field with the same text, go. A case to which it was joined is another person's: only what
    was copied by name (files, notes) goes.
    """
    service = service_of(other)
    events = list(Event.objects.filter(case=other).order_by("sequence"))
    if other.reference in {case.handed_to, case.handed_from}:
        wanted = [one for one in source.wanted if _has(service, one)]
        found = _Found(service, wanted, texts=set(source.texts), lenient=True)
        for event in events:
            found.look(event)
        found.look_for_copies()
        mine = StoredFile.objects.filter(owner=other.reference, sha256__in=same_bytes)
        found.files = sorted({*found.files, *mine.values_list("public_id", flat=True)})
    else:
        found = _Found(service, [], lenient=True)
        for event in events:
            found.take_copied(event, case.reference, source)
    if not found.names:
        return
    said: dict[str, Any] = {
        "fields": sorted(found.names),
        "reason": f"Erased in {case.reference} too",
    }
    if found.summary:
        said["summary"] = _summary_without(other, service, found.names)
    append(other, Kind.REDACTED, said, actor=SYSTEM, channel="system", now=now)
    if found.files:
        files.erase(other.reference, only=found.files)
    if found.in_messages:
        notify.redact(other.reference, now=now)
    erase(other, found.names, service=service)


def joined_to(case_id: int) -> list[int]:
    """Ids of the cases to which this one is or was joined as a duplicate: another person's."""
    row = Case.objects.filter(pk=case_id).values_list("merged_into", flat=True).first()
    taken_out = Event.objects.filter(case=case_id, kind=Kind.UNMERGED)
    references = {row or "", *(str(event.fields.get("into") or "") for event in taken_out)}
    mains = Case.objects.filter(reference__in=references - {""}, anonymised_at=None)
    return list(mains.values_list("pk", flat=True))


def erase_copied(case: Case, mains: Iterable[Case], names: Iterable[str], *, now: datetime) -> None:
    """Erase from the cases to which a duplicate was joined what was copied there, when its own time is
    up. `names` are the duplicate's fields that go. Before they are erased there, in its transaction."""
    source = _Found(service_of(case), [], names=set(names), lenient=True)
    source.files = list(
        StoredFile.objects.filter(owner=case.reference).values_list("public_id", flat=True)
    )
    for main in mains:
        _erase_copies(case, main, source, set(), now=now)


def _has(service: Service, wanted: str) -> bool:
    if wanted.startswith("contact."):
        return True
    return answer_fields.question_of(answer_fields.PREFIX + wanted) in service.questions


def _summary_without(case: Case, service: Service, names: Iterable[str]) -> str:
    left = case.answers
    answer_fields.drop(left, [name.partition(":")[2] for name in names])
    return str(summaries.projected(service, left)["summary"])


@dataclass
class _Found:
    """Looks through a case's events for what is to be erased."""

    service: Service
    wanted: list[str]
    names: set[str] = field(default_factory=set)
    files: list[str] = field(default_factory=list)
    in_messages: bool = False
    texts: set[str] = field(default_factory=set)
    lenient: bool = False
    """Whether it is no mistake that there is nothing of what is wanted."""
    _others: list[tuple[str, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        # The summary is made of answers: it is written anew without those that go.
        self.summary = any(
            one.id in self.wanted for one in summaries.summary_questions(self.service)
        )
        where = self.service.place
        self.place = where is not None and where.answer in self.wanted
        self.patterns: dict[str, str] = {}
        self.exact: dict[str, str] = {}
        for one in self.wanted:
            number, _, name = one.partition(".")
            if number.isdecimal() and name:
                self.exact[f"{number}:{name}"] = one
            elif one.startswith(("contact.", answer_fields.PREFIX)):
                self.patterns[one] = one
            else:
                self.patterns[answer_fields.PREFIX + one] = one

    def look(self, event: Event) -> None:
        """Take what was asked for out of this event, and remember the rest."""
        for name, value in event.fields.items():
            address = f"{event.sequence}:{name}"
            if name == "@actor":
                if event.actor_kind == "applicant":
                    self._others.append((address, event.kind, canonical(value).casefold()))
                continue
            if name == "summary" and self.summary:
                self._take(address, event.kind, value)
                continue
            if self.place and name in {"place.line", "place.postcode", "place.cell"}:
                self._take(address, event.kind, value)
                continue
            if is_structural(event.kind, name):
                continue
            pattern = next((one for one in self.patterns if _matches(name, one)), None)
            if pattern is None and address not in self.exact:
                self._others.append((address, event.kind, canonical(value).casefold()))
                continue
            self._take(address, event.kind, value)
            if pattern is not None:
                self.texts |= set(_texts(value)) | self._words(name, value)

    def take_copied(self, event: Event, reference: str, source: _Found) -> None:
        """Take what this event holds of another case's files and notes that are erased there."""
        fields = event.fields
        if event.kind == Kind.NOTED:
            copied_from = str(fields.get("copied_from") or "")
            if copied_from.startswith(f"{reference}:"):
                sequence = copied_from.rpartition(":")[2]
                if f"{sequence}:text" in source.names and "text" in fields:
                    self._take(f"{event.sequence}:text", event.kind, None)
        elif event.kind == Kind.JOINED and fields.get("case") == reference:
            for name, value in fields.items():
                if name.startswith("file.") and value.get("of") in source.files:
                    self._take(f"{event.sequence}:{name}", event.kind, [value])

    def _words(self, name: str, value: Any) -> set[str]:
        """An answer as messages say it, in either language."""
        question = self.service.questions.get(answer_fields.question_of(name))
        if question is None or question.type in FILE_TYPES or value in (None, "", []):
            return set()
        if not name.startswith(answer_fields.PREFIX) or question.type == "yes or no":
            return set()
        said = (language.display(self.service, question.id, value, lang) for lang in ("en", "cy"))
        return {text for one in said for text in _texts(one)}

    def _take(self, address: str, kind: str, value: Any) -> None:
        self.names.add(address)
        self.in_messages = self.in_messages or kind == Kind.MESSAGE_QUEUED
        if isinstance(value, list):
            self.files += [str(one["id"]) for one in value if isinstance(one, dict) and "id" in one]

    def look_for_copies(self) -> None:
        """Take the fields in which a taken text stands too. Raises Invalid for what was not there."""
        there = {name.partition(":")[2] for name in self.names}
        for pattern, asked in self.patterns.items():
            if not self.lenient and not any(_matches(name, pattern) for name in there):
                raise Invalid(asked, f"There is nothing to erase in {asked}.")
        for address, asked in self.exact.items():
            if address not in self.names:
                raise Invalid(asked, f"There is nothing that may be erased in {asked}.")
        for address, kind, text in self._others:
            if any(one in text for one in self.texts):
                self._take(address, kind, None)


def _texts(value: Any) -> Iterator[str]:
    """The texts of an answer that tell who it is about, as they would stand in other fields."""
    if isinstance(value, dict):
        for part in ("line", "postcode", "account_number", "name", "words"):
            yield from _texts(value.get(part))
    elif isinstance(value, str) and len(value.strip()) >= SHORTEST:
        text = canonical(value.strip())[1:-1].casefold()
        yield text
        yield text.replace(" ", "")


def _matches(name: str, pattern: str) -> bool:
    """The field itself, all below it, or a cell in any row when the pattern is `answers.items.kind`."""
    if name == pattern or name.startswith(f"{pattern}."):
        return True
    return name.startswith(answer_fields.PREFIX) and answer_fields.question_of(
        name
    ) == pattern.removeprefix(answer_fields.PREFIX)


def erase(case: Case, names: Iterable[str], *, service: Service) -> Case:
    """Erase `<sequence>:<field>` values and salts, and make the projection anew. The event that names
    them was appended before, in the same transaction."""
    by_sequence: dict[int, set[str]] = defaultdict(set)
    for one in names:
        sequence, _, field = one.partition(":")
        by_sequence[int(sequence)].add(field)
    for event in Event.objects.filter(case=case, sequence__in=by_sequence).order_by("sequence"):
        gone = by_sequence[event.sequence]
        payload, salts = event.fields, json.loads(event.salts)
        event.payload = canonical({k: v for k, v in payload.items() if k not in gone})
        event.salts = canonical({k: v for k, v in salts.items() if k not in gone})
        event.save(update_fields=["payload", "salts"])
    fresh = ledger.rebuilt(case)
    fresh.save(force_update=True)
    beside.remake(case.pk)
    fresh.counted_as = case.counted_as
    flow.restate(fresh)
    if fresh.anonymised_at:
        beside.forget(case.pk)
        searching.remove(fresh)
    else:
        searching.index(fresh, service)
    return fresh
