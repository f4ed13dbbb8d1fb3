"""What the council holds about one person in its cases, item by item, with other people's data marked.

For a request under UK GDPR article 15. A person is found by what they gave us: email address, phone,
account, and by their name where a case speaks of them. Each item is theirs, or somebody else's, or may
speak of others: then the words that do are marked. The officer decides; what we mark is where to look.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q

from moothall import search as index
from moothall.casework import holds, looked, reading, retention
from moothall.casework.facts import FILE_TYPES, service_of
from moothall.casework.models import Case, Task
from moothall.casework.projection import phone_key
from moothall.casework.searching import AUDIENCE, KIND
from moothall.casework.types import AnswerView, CaseView
from moothall.language import Service
from moothall.people.actor import SYSTEM
from moothall.people.models import User, normalise_email

GIVE, MASK, WITHHOLD = "give", "mask", "withhold"
CHOICES = {
    GIVE: "Give it",
    MASK: "Give it, with the marked words blacked out",
    WITHHOLD: "Withhold it",
}
MOST = 500
"""Cases of one person that are put together at once."""


@dataclass(frozen=True)
class Person:
    """Whom a request is about. Email and phone are proved; the name alone proves nothing."""

    name: str
    email: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Item:
    """One thing that is held. `choice` is what we propose; `why` says what was seen in it."""

    id: str
    part: str
    label: str
    text: str
    choice: str = GIVE
    why: str = ""
    spans: tuple[tuple[int, int], ...] = ()
    file: str = ""
    """Public id of the file, where it is one."""

    def masked(self) -> str:
        """The text with the marked words blacked out."""
        out, at = [], 0
        for start, end in self.spans:
            out += [self.text[at:start], "█████"]
            at = end
        return "".join([*out, self.text[at:]])


@dataclass(frozen=True)
class CaseFile:
    """One case and what it holds."""

    reference: str
    service: str
    opened_at: datetime
    state: str
    lawful_basis: str
    kept: str
    """How long it is kept, in words."""
    held: bool
    own: bool
    """Whether it is the person's own case; else it speaks of them."""
    items: tuple[Item, ...]
    read_by: tuple[tuple[str, int], ...]
    erasable: str = ""
    """Why it need not be erased when they ask (article 17(3)); empty where nothing speaks against it."""
    ended: bool = False
    restricted: bool = False


def own_cases(person: Person) -> list[Case]:
    """The cases that the person made or that were made for them, newest first. Bounded by `MOST`."""
    wanted = Q(pk__in=())
    email = normalise_email(person.email)
    if email:
        wanted |= Q(contact_email__iexact=email)
        users = list(User.objects.filter(email__iexact=email).values_list("pk", flat=True))
        if users:
            wanted |= Q(applicant_id__in=users)
    if phone_key(person.phone):
        wanted |= Q(phone_key=phone_key(person.phone))
    found = Case.objects.filter(wanted, anonymised_at=None)
    return list(found.order_by("-opened_at", "-pk")[:MOST])


def cases_that_name(person: Person, own: Iterable[Case], limit: int = 50) -> list[Case]:
    """Cases of others in which the person's name, email or phone stands, found by the search index."""
    known = {case.pk for case in own}
    references: list[str] = []
    for words in (person.email, person.phone.replace(" ", ""), person.name):
        if len(words.strip()) > 3:
            references += [hit.ref for hit in index.query(words, (KIND,), (AUDIENCE,), limit)]
    found = Case.objects.filter(reference__in=references, anonymised_at=None).exclude(pk__in=known)
    named = [case for case in found.order_by("-opened_at") if _names(case, person)]
    return named[:limit]


def _names(case: Case, person: Person) -> bool:
    """Whether the words of the case truly hold the person: a hit may be another of their name's parts."""
    words = f"{case.answers_json} {case.summary} {case.contact_name}".casefold()
    name = person.name.strip().casefold()
    tidy = words.replace(" ", "")
    return (
        (bool(name) and " " in name and name in words)
        or (bool(person.email) and person.email.casefold() in words)
        or (bool(person.phone) and person.phone.replace(" ", "") in tidy)
    )


def case_file(case: Case, person: Person, *, own: bool, now: datetime) -> CaseFile:
    """Everything that one case holds, item by item."""
    service = service_of(case)
    seen = reading.view(case, service, SYSTEM, lang="en", now=now)
    marks = _Marks(person, service, seen, own)
    last = retention.keep_until(case, service)
    kept = f"{service.data.keep}, then {'deleted' if service.data.then == 'delete' else 'made anonymous'}"
    return CaseFile(
        reference=case.reference,
        service=seen.service_name,
        opened_at=case.opened_at,
        state=seen.state_label,
        lawful_basis=service.data.lawful_basis,
        kept=f"{kept} (after {last:%d %B %Y})" if last else kept,
        held=holds.stops(case),
        own=own,
        items=tuple(_items(seen, marks)),
        read_by=tuple(looked.by_job(case.reference)),
        erasable=_need_not_erase(case, service),
        ended=case.ended_at is not None,
        restricted=case.restricted,
    )


def _need_not_erase(case: Case, service: Service) -> str:
    if holds.stops(case):
        return "A legal hold stands on it: article 17(3)(e), legal claims."
    if service.data.lawful_basis == "legal obligation":
        return "The law makes us keep it: article 17(3)(b)."
    if service.data.lawful_basis == "public task":
        return "It is kept for a public task: article 17(3)(b)."
    if not case.ended_at:
        return "It is not ended: we need it for what they asked for (article 17(1)(a))."
    return ""


def _items(seen: CaseView, marks: _Marks) -> Iterator[Item]:
    at = seen.reference
    if seen.contact:
        for part, label in (("name", "Name"), ("email", "Email"), ("phone", "Phone"), ("postcode", "Postcode")):  # fmt: skip
            if value := getattr(seen.contact, part):
                yield marks.contact(f"{at}:contact.{part}", label, value)
    for answer in seen.answers:
        if not answer.redacted and answer.type not in FILE_TYPES:
            yield marks.answer(f"{at}:answer.{answer.row}.{answer.question}", answer)
    for key, value in seen.look_ups.items():
        yield marks.written(f"{at}:look_up.{key}", "What we looked up", str(key), str(value))
    for message in seen.messages:
        who = "From them" if message.direction == "in" else "To them"
        label = f"{who}, {message.at:%d %B %Y}"
        text = f"{message.subject}\n{message.body}".strip()
        yield marks.written(f"{at}:message.{message.sequence}", "Messages", label, text)
    for entry in seen.timeline:
        if entry.detail and entry.kind not in _TOLD:
            label = f"{entry.what}, {entry.at:%d %B %Y}"
            yield marks.written(f"{at}:event.{entry.sequence}", "Notes and reasons", label, entry.detail,
                                joined=entry.kind in _OTHERS)  # fmt: skip
        elif entry.kind not in _TOLD:
            yield marks.plain(
                f"{at}:event.{entry.sequence}", "What happened", f"{entry.at:%d %B %Y}", entry.what
            )
    for one in seen.payments:
        yield marks.plain(
            f"{at}:payment.{one.id}",
            "Payments",
            f"{one.at:%d %B %Y}",
            f"£{one.pence / 100:.2f}, {one.status}",
        )
    for task in Task.objects.filter(case_id=seen.id).exclude(phone="").order_by("pk"):
        yield marks.written(f"{at}:task.{task.pk}", "Calls", "Number to ring back", task.phone)
    labels = {answer.question: answer.label for answer in seen.answers}
    for file in seen.files:
        yield marks.file(
            f"{at}:file.{file.id}",
            labels.get(file.question, "Sent in"),
            file.name,
            file.id,
            file.question,
        )


_TOLD = frozenset(
    {"message_queued", "message_sent", "message_delivered", "message_failed", "message_received"}
)
_OTHERS = frozenset({"joined", "follower_wrote"})
"""Events by which something of another person comes into a case."""
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
PHONE = re.compile(r"(?<![\w])(?:\+44|0)(?:[ -]?\d){9,10}(?!\d)")
TITLED = re.compile(
    r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Sir|Lady|Cllr|Councillor|PC|Sgt|Rev)\.? +[A-Z][\w’'-]+(?: +[A-Z][\w’'-]+)?"
)
KIN = re.compile(
    r"\b(?:neighbours?|landlord|landlady|tenant|flatmate|husband|wife|partner|boyfriend|girlfriend|"
    r"son|daughter|child|children|baby|mother|father|mum|dad|sister|brother|aunt|uncle|cousin|"
    r"grandmother|grandfather|grandson|granddaughter|carer|social worker|doctor|teacher|witness|"
    r"cymydog|landlord|gŵr|gwraig|mab|merch|mam|tad|chwaer|brawd|plentyn)\b",
    re.IGNORECASE,
)  # fmt: skip


@dataclass
class _Marks:
    """Looks at what is held in one case with the eyes of the person that asks."""

    person: Person
    service: Service
    seen: CaseView
    own: bool
    others: dict[str, str] = field(default_factory=dict)
    """Questions that are about another party, with what the party is called."""
    names: set[str] = field(default_factory=set)
    """Names of other parties in this case: looked for in every text of it."""

    def __post_init__(self) -> None:
        parties = self.service.access.parties if self.service.access else {}
        mine = "applicant" if self.own else ""
        answers = {one.question: one.words for one in self.seen.answers}
        theirs: set[str] = set()
        for key, party in parties.items():
            told = [one for one in (party.name, party.email, party.phone, party.address) if one]
            if key == mine or self._is_person(answers.get(party.name or "", "")):
                theirs |= set(told)
                continue
            for question in told:
                self.others[question] = party.label
            if name := answers.get(party.name or "", ""):
                self.names.add(name)
        for question in theirs:
            self.others.pop(question, None)
        if not self.own and self.seen.contact and self.seen.contact.name:
            self.names.add(self.seen.contact.name)

    def _is_person(self, name: str) -> bool:
        return bool(name) and name.strip().casefold() == self.person.name.strip().casefold()

    def contact(self, key: str, label: str, value: str) -> Item:
        """Who made the case: theirs, unless it is another's case."""
        if self.own:
            return Item(key, "Contact", label, value)
        return Item(key, "Contact", label, value, WITHHOLD, "Of the person who made this case")

    def answer(self, key: str, answer: AnswerView) -> Item:
        """An answer: another party's is withheld, free words are looked through."""
        if answer.question in self.others:
            why = f"About somebody else: {self.others[answer.question].lower()}"
            return Item(key, "Answers", answer.label, answer.words, WITHHOLD, why)
        if not self.own and answer.personal:
            if self._theirs(answer.words):
                return Item(key, "Answers", answer.label, answer.words)
            return Item(
                key,
                "Answers",
                answer.label,
                answer.words,
                WITHHOLD,
                "Of the person who made this case",
            )
        if answer.type in {"name", "email", "phone"} and not self._theirs(answer.words):
            return Item(key, "Answers", answer.label, answer.words, WITHHOLD, "Names somebody else")
        if answer.type in {"text", "long text"}:
            return self.written(key, "Answers", answer.label, answer.words)
        return self.plain(key, "Answers", answer.label, answer.words)

    def _theirs(self, words: str) -> bool:
        text = words.strip().casefold()
        contact = self.seen.contact if self.own else None
        known = {self.person.name, self.person.email, self.person.phone}
        known |= {contact.name, contact.email, contact.phone} if contact else set()
        return not text or text in {one.strip().casefold() for one in known if one}

    def written(self, key: str, part: str, label: str, text: str, *, joined: bool = False) -> Item:
        """Free words: marked where they speak of others."""
        if not self.own and not self._speaks_of_person(text):
            return Item(key, part, label, text, WITHHOLD, "Of another person’s case")
        if joined:
            return Item(key, part, label, text, WITHHOLD, "Came from another person’s case")
        spans = self._spans(text)
        if spans:
            return Item(key, part, label, text, MASK, "Names somebody else", spans)
        kin = sorted({one.group(0).lower() for one in KIN.finditer(text)})
        if kin:
            return Item(
                key, part, label, text, GIVE, f"May speak of others ({', '.join(kin)}): read it"
            )
        return Item(key, part, label, text)

    def _speaks_of_person(self, text: str) -> bool:
        low = text.casefold()
        known = (self.person.name, self.person.email, self.person.phone)
        return any(len(one.strip()) > 3 and one.strip().casefold() in low for one in known)

    def plain(self, key: str, part: str, label: str, text: str) -> Item:
        """Something that is about the case and not about a person, unless the case is another's."""
        if self.own:
            return Item(key, part, label, text)
        return Item(key, part, label, text, WITHHOLD, "Of another person’s case")

    def _spans(self, text: str) -> tuple[tuple[int, int], ...]:
        found = [one.span() for pattern in (EMAIL, PHONE, TITLED) for one in pattern.finditer(text)]
        found = [(a, b) for a, b in found if not self._said_of_person(text[a:b])]
        low = text.casefold()
        for name in self.names:
            at = low.find(name.casefold())
            while at >= 0:
                found.append((at, at + len(name)))
                at = low.find(name.casefold(), at + 1)
        return tuple(_joined(sorted(found)))

    def _said_of_person(self, words: str) -> bool:
        """Whether a found word is the person's own address, phone, or their name with a title."""
        if self._theirs(words) or (
            phone_key(words) and phone_key(words) == phone_key(self.person.phone)
        ):
            return True
        surname = self.person.name.split()[-1:]
        return TITLED.fullmatch(words) is not None and words.split()[-1:] == surname

    def file(self, key: str, label: str, name: str, public_id: str, question: str) -> Item:
        """A file: nobody can say what is in it without looking."""
        if question in self.others or not self.own:
            return Item(key, "Files", label, name, WITHHOLD, "Of somebody else", file=public_id)
        return Item(
            key, "Files", label, name, GIVE, "Look at it: it may show others", file=public_id
        )


def _joined(spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Spans that touch become one."""
    current: tuple[int, int] | None = None
    for start, end in spans:
        if current and start <= current[1]:
            current = (current[0], max(current[1], end))
            continue
        if current:
            yield current
        current = (start, end)
    if current:
        yield current
