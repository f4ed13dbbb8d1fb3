"""Working on one case: steps, who has it, notes, replies, what came in, answers put right."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from moothall.api import shapes
from moothall.api.at_case import CASE, changed, expected, find
from moothall.api.contract import Call, Reply, endpoint
from moothall.api.given import checked, mark_questions, resolve
from moothall.api.problems import Problem
from moothall.casework import actions, permissions, queries
from moothall.casework.answers import question_of
from moothall.casework.errors import NotAllowed
from moothall.casework.facts import facts_of, service_of, slot_questions
from moothall.casework.types import OUTCOMES
from moothall.language import Facts
from moothall.people.queries import colleagues

TAG = "Working on a case"
Channel = Literal["phone", "desk", "email"]
Outcome = Annotated[str, Field(pattern=f"^({'|'.join(OUTCOMES)})$")]


class MoveIn(shapes.Body):
    """What a step needs: see the case's `moves`."""

    reason: shapes.Text = ""
    message: shapes.Text = Field("", description="Words to the person.")
    files: shapes.Files = []
    answers: dict[str, Any] = Field({}, description="By the id of the question that is needed.")


class AssignIn(shapes.Body):
    """Who gets the case."""

    to: shapes.Number | Literal["me"] | None = Field(
        description="A user's id, `me` for the owner of the key, or null for nobody."
    )


class NoteIn(shapes.Body):
    """A note for colleagues; `@Name` tells the colleague who is named."""

    text: shapes.Text


class ReplyIn(shapes.Body):
    """Words to the person the case is for: written, or by a template."""

    text: shapes.Text = ""
    template: shapes.Number | None = Field(None, description="Id of a reply template.")
    subject: Annotated[str, Field(max_length=120)] = ""
    means: Literal["email", "text", "letter"] = "email"
    to_followers: bool = Field(False, description="Also to everybody whose case was joined to it.")


class ReceivedIn(shapes.Body):
    """What the person said or sent by a way that Moothall does not see."""

    text: shapes.Text = ""
    channel: Channel
    files: shapes.Files = []


class CorrectIn(shapes.Body):
    """An answer put right. The old one stays in the case's history."""

    question: Annotated[
        str, Field(max_length=200, description="A question's id, or `items.<row>.<field>`.")
    ]
    value: Any = Field(description="In the JSON form of the question's type.")
    reason: shapes.Reason


class RedactIn(shapes.Body):
    """What is erased: question ids, `contact.email` and the like, or `12.text` for event 12."""

    fields: Annotated[
        list[Annotated[str, Field(max_length=200)]], Field(min_length=1, max_length=200)
    ]
    reason: shapes.Reason


class RestrictIn(shapes.Body):
    """Whether only those see the case whom the service lets see restricted ones."""

    restricted: bool
    reason: shapes.Reason


class ContactIn(shapes.Body):
    """That somebody was in touch about the case."""

    channel: Channel
    outcome: Outcome = "chased"
    minutes: shapes.Minutes | None = None
    note: shapes.Text = ""


class RebookIn(shapes.Body):
    """Another time, in place of one that was lost."""

    slot: Annotated[str, Field(max_length=20, description="Id of a free time.")]


class PayerIn(shapes.Body):
    """Who is asked to pay in the person's place."""

    name: Annotated[str, Field(max_length=60)]
    email: Annotated[str, Field(max_length=254)]


@endpoint(
    "post",
    f"{CASE}/moves/{{move}}",
    scope="cases:write",
    tag=TAG,
    summary="Take a step",
    answer=shapes.Changed,
    match="needed",
    curl="/cases/WM-7K2-9QD/moves/book_crew",
    desk=("desk-move",),
)
def take_step(
    call: Call, reference: shapes.Reference, move: shapes.Slug, body: MoveIn
) -> shapes.Changed:
    """Take a step that the service file allows, with what it asks for."""
    case = find(call, reference)
    service = service_of(case)
    mark_questions(call, service)
    facts = facts_of(case, service, now=call.now)
    answers = checked(service, body.answers, facts=facts, owner=case.reference, call=call)
    done = actions.move(
        case.pk,
        move,
        actor=call.actor,
        expected=expected(call, case),
        reason=body.reason,
        message=body.message,
        files=body.files,
        answers=answers or None,
        channel="api",
        now=call.now,
    )
    return changed(call, done)


@endpoint(
    "post",
    f"{CASE}/assign",
    scope="cases:write",
    tag=TAG,
    summary="Assign, take or give back",
    answer=shapes.Changed,
    match="allowed",
    curl="/cases/WM-7K2-9QD/assign",
    desk=("desk-assign",),
)
def assign_case(call: Call, reference: shapes.Reference, body: AssignIn) -> shapes.Changed:
    """Give the case to somebody who works on the service, take it, or give it back to the team."""
    case = find(call, reference)
    to = call.actor.user_id if body.to == "me" else body.to
    done = actions.assign(case.pk, to, actor=call.actor, expected=call.expected, now=call.now)
    return changed(call, done)


class OneCase(shapes.Body):
    """A case at the version that was seen."""

    reference: shapes.Reference
    version: Annotated[int, Field(ge=0, le=2**31)]


class AssignManyIn(shapes.Body):
    """Cases that one person gets."""

    cases: Annotated[list[OneCase], Field(min_length=1, max_length=200)]
    to: shapes.Number | Literal["me"] | None


class NotDone(shapes.Schema):
    """A case that was not changed, and why."""

    reference: str
    why: str


class AssignedOut(shapes.Schema):
    """What became of each."""

    done: list[str]
    refused: list[NotDone]


@endpoint(
    "post",
    "/cases/assign",
    scope="cases:write",
    tag=TAG,
    summary="Assign several cases",
    answer=AssignedOut,
    desk=("desk-assign-many",),
)
def assign_cases(call: Call, body: AssignManyIn) -> AssignedOut:
    """Give up to 200 cases to one colleague of the owner's teams, or back to their teams.

    Each is done by itself; what was changed since it was seen is refused. More at once: see bulk.
    """
    to = call.actor.user_id if body.to == "me" else body.to
    names = {
        one for team in call.actor.teams for one in colleagues(team).values_list("pk", flat=True)
    }
    if to is not None and to != call.actor.user_id and to not in names:
        words = "This person is in none of the teams of the key's owner."
        raise Problem("invalid", words, errors=[("/to", words)])
    seen = dict(
        queries.visible(call.actor)
        .filter(reference__in=[one.reference for one in body.cases])
        .values_list("reference", "pk")
    )
    pairs = [(seen[one.reference], one.version) for one in body.cases if one.reference in seen]
    done, refused = actions.assign_many(pairs, to, actor=call.actor, now=call.now)
    gone = [(one.reference, "There is no case with this reference.") for one in body.cases
            if one.reference not in seen]  # fmt: skip
    return AssignedOut(
        done=done, refused=[NotDone(reference=ref, why=why) for ref, why in [*refused, *gone]]
    )


@endpoint(
    "post",
    f"{CASE}/notes",
    scope="cases:write",
    tag=TAG,
    summary="Write a note",
    answer=shapes.Changed,
    status=201,
    curl="/cases/WM-7K2-9QD/notes",
    desk=("desk-note",),
)
def add_note(call: Call, reference: shapes.Reference, body: NoteIn) -> shapes.Changed:
    """Write a note that staff who see the case can read. `@Bryn Oakshott` tells Bryn of it."""
    case = find(call, reference)
    return changed(call, actions.add_note(case.pk, body.text, actor=call.actor, now=call.now))


@endpoint(
    "post",
    f"{CASE}/replies",
    scope="cases:reply",
    tag=TAG,
    summary="Write to the person",
    answer=shapes.Changed,
    status=201,
    match="allowed",
    curl="/cases/WM-7K2-9QD/replies",
    desk=("desk-reply",),
)
def reply(call: Call, reference: shapes.Reference, body: ReplyIn) -> shapes.Changed:
    """Write to the person by email, text or letter, in words of your own or by a reply template."""
    case = find(call, reference)
    text, subject = body.text, body.subject
    if body.template is not None:
        if text:
            words = "Give words or a template, not both."
            raise Problem("invalid", words, errors=[("/template", words)])
        filled = queries.filled_reply(body.template, case.pk, call.actor, now=call.now)
        if filled.problem:
            raise Problem("invalid", filled.problem, errors=[("/template", filled.problem)])
        text, subject = filled.text, subject or filled.subject
    done = actions.reply(
        case.pk,
        text,
        body.means,
        actor=call.actor,
        subject=subject,
        key=call.mark,
        to_followers=body.to_followers,
        expected=call.expected,
        now=call.now,
    )
    return changed(call, done)


@endpoint(
    "post",
    f"{CASE}/received",
    scope="cases:write",
    tag=TAG,
    summary="Record what the person said or sent",
    answer=shapes.Changed,
    status=201,
    match="allowed",
    desk=("desk-received",),
)
def record_received(call: Call, reference: shapes.Reference, body: ReceivedIn) -> shapes.Changed:
    """Record words or files that came by phone, at the desk or by email.

    Where the case waits for the person and this is what it waits for, it goes on.
    """
    case = find(call, reference)
    done = actions.receive_reply(
        case.pk,
        body.text,
        body.files,
        actor=call.actor,
        channel=body.channel,
        expected=call.expected,
        now=call.now,
    )
    return changed(call, done)


@endpoint(
    "post",
    f"{CASE}/contacts",
    scope="cases:open",
    tag=TAG,
    summary="Record that somebody was in touch about a case",
    answer=shapes.Changed,
    status=201,
    desk=("desk-case-contact",),
)
def record_case_contact(call: Call, reference: shapes.Reference, body: ContactIn) -> shapes.Changed:
    """Count a contact about a case, with its channel, what came of it and how long it took."""
    case = find(call, reference)
    if "contact" not in permissions.can(case, service_of(case), call.actor):
        raise NotAllowed("The service does not let you do this in this case.")
    actions.record_contact(
        channel=body.channel,
        service_id=case.service_id,
        outcome=body.outcome,
        minutes=body.minutes,
        adviser=call.actor.user_id,
        case=case.pk,
        at=call.now,
    )
    if body.note.strip():
        case = actions.add_note(case.pk, body.note, actor=call.actor, now=call.now)
    return changed(call, case)


@endpoint(
    "post",
    f"{CASE}/rebook",
    scope="cases:write",
    tag=TAG,
    summary="Book another time",
    answer=shapes.Changed,
    match="allowed",
    desk=("desk-rebook",),
)
def rebook(call: Call, reference: shapes.Reference, body: RebookIn) -> shapes.Changed:
    """Choose another time for somebody who paid for one that was gone by then."""
    case = find(call, reference)
    service = service_of(case)
    asked = slot_questions(service)
    if not asked:
        raise NotAllowed("There is no time to choose for this case.")
    mark_questions(call, service)
    facts = facts_of(case, service, now=call.now)
    slot = resolve(
        service, service.questions[asked[0]], body.slot, facts=facts, owner="-", call=call
    )
    done = actions.rebook(
        case.pk, slot, actor=call.actor, expected=call.expected, channel="api", now=call.now
    )
    return changed(call, done)


@endpoint(
    "post",
    f"{CASE}/corrections",
    scope="cases:write",
    tag=TAG,
    summary="Put an answer right",
    answer=shapes.Changed,
    match="needed",
    curl="/cases/WM-7K2-9QD/corrections",
    desk=("desk-correct",),
)
def correct_answer(call: Call, reference: shapes.Reference, body: CorrectIn) -> shapes.Changed:
    """Put an answer right, with the reason. Promise, fee and summary follow; the old answer is kept."""
    case = find(call, reference)
    service = service_of(case)
    question = service.questions.get(question_of(f"answers.{body.question}"))
    if question is None:
        words = "The service has no such question."
        raise Problem("invalid", words, errors=[("/question", words)])
    facts: Facts = facts_of(case, service, now=call.now)
    value = body.value
    if question.type == "address":
        value = resolve(service, question, value, facts=facts, owner=case.reference, call=call)
    done = actions.correct(
        case.pk,
        body.question,
        value,
        body.reason,
        actor=call.actor,
        expected=expected(call, case),
        now=call.now,
    )
    return changed(call, done)


@endpoint(
    "post",
    f"{CASE}/redactions",
    scope="cases:write",
    tag=TAG,
    summary="Erase personal data",
    answer=shapes.Changed,
    desk=("desk-redact",),
)
def redact(call: Call, reference: shapes.Reference, body: RedactIn) -> shapes.Changed:
    """Erase values for good, everywhere in the case; the ledger still verifies. For managers."""
    case = find(call, reference)
    done = actions.redact(case.pk, body.fields, body.reason, actor=call.actor, now=call.now)
    return changed(call, done)


@endpoint(
    "post",
    f"{CASE}/restriction",
    scope="cases:write",
    tag=TAG,
    summary="Restrict who sees a case",
    answer=shapes.Changed,
    match="allowed",
    desk=("desk-restrict",),
)
def restrict(call: Call, reference: shapes.Reference, body: RestrictIn) -> shapes.Changed:
    """Let only those see it whom the service lets see restricted cases, or open it again. For managers."""
    case = find(call, reference)
    done = actions.restrict(
        case.pk,
        body.restricted,
        body.reason,
        actor=call.actor,
        expected=call.expected,
        now=call.now,
    )
    return changed(call, done)


@endpoint(
    "post",
    f"{CASE}/payer",
    scope="payments",
    tag=TAG,
    summary="Ask somebody else to pay",
    answer=shapes.Changed,
    status=201,
)
def ask_payer(call: Call, reference: shapes.Reference, body: PayerIn) -> Reply:
    """Send somebody else a link by which they can pay what the case owes, and see nothing else of it."""
    case = find(call, reference)
    done = actions.ask_payer(
        case.pk, body.name, body.email, actor=call.actor, key=call.mark, now=call.now
    )
    return Reply(changed(call, done))
