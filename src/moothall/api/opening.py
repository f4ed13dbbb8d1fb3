"""Opening cases for people, sending files, and contacts that opened no case."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from typing import Annotated, Any, Literal

from django.db import transaction
from ninja import Query
from pydantic import Field

from moothall.api import shapes
from moothall.api.at_case import CASE, check_service, find
from moothall.api.contract import Call, Reply, Strict, endpoint, etag
from moothall.api.doing import Channel, Outcome
from moothall.api.forms import Asked, asked_of
from moothall.api.given import files as files_given
from moothall.api.problems import Problem, pointer
from moothall.casework import actions, permissions, representing
from moothall.casework.errors import Invalid, NotAllowed, NotFound
from moothall.casework.facts import FILE_TYPES, service_of
from moothall.casework.models import Case
from moothall.casework.permissions import TAKES_CONTACTS
from moothall.files.actions import IMAGES, OFFICE, PDF, adopt, receive
from moothall.files.models import StoredFile
from moothall.journeys import actions as journeys
from moothall.journeys import assisted, drafts
from moothall.journeys.models import Draft
from moothall.language import Facts, Service, fee, render
from moothall.packs.queries import service as offered_service

TAG = "Opening cases"


class OpenIn(shapes.Body):
    """A case for somebody: the answers to the service's questions, as they told them."""

    service: Annotated[str, Field(max_length=80, examples=["missed_bin"])]
    channel: Literal["phone", "desk", "email", "api"] = Field(
        description="How they are in touch; `api` where they use your own system."
    )
    language: Literal["en", "cy"] = "en"
    minutes: shapes.Minutes | None = None
    answers: dict[str, Any] = Field(
        description="By question id, in the JSON form of its type (see the service). "
        'An address may be `{"uprn": "…"}`, a time `{"id": "…"}`, files a list of ids.'
    )
    asked_by: Literal["", "resident", "someone_else"] = Field(
        "", description="For a councillor: who asked them to act."
    )


class Opened(shapes.Schema):
    """The case that was opened."""

    reference: str
    version: int
    state: str
    finish_by: datetime | None
    fee_due: int = Field(description="In pence; the case waits for it where it comes first.")
    visible: bool = Field(description="Whether the owner of the key may see it.")


class FormIn(shapes.Body):
    """Answers so far."""

    answers: dict[str, Any] = {}
    language: Literal["en", "cy"] = "en"


class FormOut(shapes.Schema):
    """What a form asks, given these answers."""

    complete: bool
    asked: list[Asked] = Field(description="Questions on the way, answered or next.")
    stop: str = Field(description="Words of the page that ends the form, if it was reached.")
    fee: int | None = Field(description="In pence, once it is known.")
    errors: list[dict[str, str]]
    look_ups: dict[str, Any]


class ContactIn(shapes.Body):
    """That somebody was in touch, and no case was opened."""

    channel: Channel
    outcome: Outcome
    service: shapes.Slug = ""
    minutes: shapes.Minutes | None = None


class Recorded(shapes.Schema):
    """That it was written down."""

    at: datetime


class Sent(shapes.Schema):
    """A file that was sent: give its id where a step or an answer asks for it."""

    id: str
    name: str
    type: str
    size: int


class FileQuery(Strict):
    """How the file is called."""

    name: Annotated[str, Field(max_length=120)] = ""


def _check_takes(call: Call, *, councillor: bool = False) -> None:
    jobs = (*TAKES_CONTACTS, "councillor") if councillor else TAKES_CONTACTS
    if not call.actor.plays(*jobs):
        raise NotAllowed("The owner of the key takes no contacts for other people.")


def _service(call: Call, name: str, field: str = "service") -> Service:
    service = offered_service(name)
    if service is None:
        raise Invalid(field, "The council does not offer this service.")
    check_service(call, service.id)
    return service


@endpoint("post", "/cases", scope="cases:open", tag=TAG, summary="Open a case for somebody",
          answer=Opened, status=201, alone=True, curl="/cases",
          desk=("desk-assisted", "desk-call", "desk-ward-casework"))  # fmt: skip
def open_case(call: Call, body: OpenIn) -> Reply:
    """Open a case with the answers that somebody gave, checked exactly as the form checks them.

    Look-ups are run, a chosen time is booked, and the person gets the messages of the service. What is
    wrong or missing is told question by question. Under the same `Idempotency-Key` it is one case.
    """
    service = _service(call, body.service)
    _check_takes(call, councillor=bool(body.asked_by))
    if body.asked_by:
        representing.check(call.actor, body.asked_by)
    known = (
        Draft.objects.filter(holder=call.mark, adviser_id=call.actor.user_id)
        .select_related("case")
        .first()
        if call.mark
        else None
    )
    if known is not None and known.case is not None:
        return _opened(call, known.case)
    if known is not None:
        journeys.start_again(known, now=call.now)
    draft = _draft(call, service, body.channel, body.language)
    try:
        screen, _errors = _filled(call, service, draft, body.answers, body.language, final=True)
        made = _submit(call, service, screen.draft, body)
    except BaseException:
        journeys.start_again(draft, now=call.now)
        raise
    if made is None:
        journeys.start_again(draft, now=call.now)
        raise Problem("conflict", "That time has just gone. Choose another one.")
    return _opened(call, made)


def _draft(call: Call, service: Service, channel: str, language: str) -> Draft:
    draft = journeys.begin(
        service,
        channel,
        None,
        language=language if language in service.languages else "en",
        adviser=call.caller.key.owner,
        now=call.now,
    )
    if call.mark:
        draft.holder = call.mark
    return draft


def _filled(
    call: Call,
    service: Service,
    draft: Draft,
    answers: Mapping[str, Any],
    language: str,
    *,
    final: bool,
) -> tuple[assisted.Screen, list[tuple[str, str]]]:
    """The form with these answers in it; with `final`, raises Problem for all that is wrong or missing."""
    asked = asked_of(service, answers)
    sent: dict[str, Any] = {}
    for name, value in asked.files.items():
        sent[name] = files_given(service.questions[name], value, f"api-{call.caller.key.pk}-")
    draft = drafts.save(draft, now=call.now, answers=sent)
    screen = assisted.answer_all(
        service, draft, asked.form, final=final, now=call.now, lang=draft.language
    )
    wrong = [(asked.pointer(one.field), one.message) for one in screen.errors]
    wrong += asked.unknown
    kept = screen.draft.answers
    told = {at for at, _ in wrong}
    for name, value in answers.items():
        at = pointer("answers", name)
        lost = name in asked.known and name not in kept and value not in (None, "", [], {})
        if lost and not any(one == at or one.startswith(f"{at}/") for one in told):
            wrong.append((at, "This is not asked with these answers. Leave it out."))
    if not final:
        return screen, wrong
    if screen.stop is not None:
        words = _stop_words(service, screen, draft.language)
        raise Problem("invalid", words, errors=[("/answers", words)], more={"stop": screen.stop.id})
    if wrong:
        raise Problem("invalid", wrong[0][1], errors=wrong)
    if not screen.complete:
        step = screen.way.next
        words = "This is not answered."
        names = step.questions if step is not None else ()
        missing = [(pointer("answers", one), words) for one in names if one not in kept]
        if step is not None and step.kind == "look_up":
            raise Problem(
                "away", "A look-up that the service needs did not answer. Try again later."
            )
        raise Problem("invalid", words, errors=missing or [("/answers", words)])
    return screen, []


def _stop_words(service: Service, screen: assisted.Screen, lang: str) -> str:
    page = screen.stop.page
    said = [
        render(service, service.text(f"{page.path}.{part}", lang), screen.facts, lang).strip()
        for part in ("title", "say")
        if service.text(f"{page.path}.{part}", lang)
    ]
    return " ".join(one for one in said if one) or "These answers end at a stop page."


def _submit(call: Call, service: Service, draft: Draft, body: OpenIn) -> Case | None:
    sent = [
        str(one["id"])
        for question in service.questions.values()
        if question.type in FILE_TYPES and question.row_of is None
        for one in draft.answers.get(question.id) or ()
    ]
    with transaction.atomic():
        for one in StoredFile.objects.filter(public_id__in=sent):
            adopt([one.public_id], owner=draft.holder, from_owner=one.owner, now=call.now)
        made = assisted.submit(
            service,
            draft,
            key=draft.holder,
            actor=call.actor,
            minutes=body.minutes,
            now=call.now,
        )
        if made is None:
            transaction.set_rollback(True)
            return None
        if body.asked_by:
            representing.represent(
                made.pk,
                actor=call.actor,
                asked_by=body.asked_by,
                channel=body.channel,
                now=call.now,
            )
    return made


def _opened(call: Call, case: Case) -> Reply:
    sees = permissions.sees_row(case, call.actor)
    due = case.fee_pence if permissions.owes(case) else 0
    out = Opened(
        reference=case.reference,
        version=case.lock_version,
        state=case.state,
        finish_by=case.finish_by,
        fee_due=due,
        visible=sees,
    )
    headers = {"ETag": etag(case.lock_version)}
    if sees:
        headers["Location"] = f"/api/v1/cases/{case.reference}"
    return Reply(out, headers=headers)


@endpoint("post", "/services/{service}/form", scope="services:read", tag=TAG,
          summary="Try answers on a service's form", answer=FormOut, reads=True,
          curl="/services/missed_bin/form", desk=("desk-call",))  # fmt: skip
def try_form(call: Call, service: shapes.Slug, body: FormIn) -> FormOut:
    """What a form asks next and what is wrong so far, without opening a case.

    Look-ups are run; nothing is kept. What is not answered yet is no error here.
    """
    found = offered_service(service)
    if found is None:
        raise NotFound("The council does not offer this service.")
    check_service(call, found.id)
    draft = _draft(call, found, "phone", body.language)
    draft.holder = f"api-try-{secrets.token_hex(12)}"
    try:
        screen, wrong = _filled(call, found, draft, body.answers, body.language, final=False)
        facts: Facts = screen.facts
        owed = fee(found, facts) if screen.complete else None
        asked = [
            Asked.of(found, found.questions[name], facts, screen.draft.language)
            for step in screen.way.steps
            for name in step.questions
        ]
        return FormOut(
            complete=screen.complete,
            asked=asked,
            stop=_stop_words(found, screen, body.language) if screen.stop is not None else "",
            fee=owed.pence if owed is not None and owed.known else None,
            errors=[{"pointer": at, "detail": words} for at, words in wrong],
            look_ups={
                name: {k: v for k, v in (value or {}).items() if not k.startswith("_")}
                for name, value in screen.draft.look_ups.items()
            },
        )
    finally:
        _forget(draft, call)


def _forget(draft: Draft, call: Call) -> None:
    stored = Draft.objects.filter(holder=draft.holder).first()
    if stored is not None:
        journeys.start_again(stored, now=call.now)


@endpoint("post", "/contacts", scope="cases:open", tag=TAG,
          summary="Record a contact that opened no case", answer=Recorded, status=201,
          desk=("desk-contact", "desk-call-end"))  # fmt: skip
def record_contact(call: Call, body: ContactIn) -> Recorded:
    """Count that somebody was in touch: how, about what, what came of it, and how long it took."""
    _check_takes(call)
    service = _service(call, body.service) if body.service else None
    made = actions.record_contact(
        channel=body.channel,
        service_id=service.id if service is not None else None,
        outcome=body.outcome,
        minutes=body.minutes,
        adviser=call.actor.user_id,
        at=call.now,
    )
    return Recorded(at=made.at)


# Files


def _receive(call: Call, owner: str, name: str) -> Reply:
    stored = receive(
        BytesIO(call.sent), owner=owner, accept=IMAGES + PDF + OFFICE, name=name, now=call.now
    )
    out = Sent(id=stored.public_id, name=stored.name, type=stored.type, size=stored.size)
    return Reply(out)


FILE = "application/octet-stream"


@endpoint("post", "/files", scope="cases:open", tag=TAG, summary="Send a file for a new case",
          answer=Sent, status=201, alone=True, takes=FILE)  # fmt: skip
def send_file(call: Call, given: FileQuery = Query(...)) -> Reply:  # noqa: B008  django-ninja's way
    """Send the bytes of a photo or document as the body; then name its id among the answers of a case.

    What it is, is found by looking at it; location and device are taken out of photos. A file that no
    case takes is removed after 45 days.
    """
    owner = f"api-{call.caller.key.pk}-{secrets.token_hex(12)}"
    return _receive(call, owner, given.name)


@endpoint("post", f"{CASE}/files", scope="cases:write", tag=TAG, summary="Send a file for a case",
          answer=Sent, status=201, alone=True, takes=FILE, desk=("desk-received", "desk-move"))  # fmt: skip
def send_case_file(
    call: Call, reference: shapes.Reference, given: FileQuery = Query(...)  # noqa: B008  django-ninja's way
) -> Reply:  # fmt: skip
    """Send the bytes of a file; then name its id with the step, the reply or the note that it goes with."""
    case = find(call, reference)
    if not permissions.can(case, service_of(case), call.actor) & {"note", "contact"}:
        raise NotAllowed("The service does not let you do this in this case.")
    return _receive(call, case.reference, given.name)
