"""Answers as another system gives them, in JSON, made into what the language room keeps.

An address may be given as `{"uprn": "…"}`, a chosen time as `{"id": "…"}`, files by their ids: they are
looked up here, as the form does. Everything else is in the JSON form of its type (docs/language.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moothall.api.contract import Call
from moothall.api.problems import Problem, pointer
from moothall.casework.booking import places as places_for
from moothall.casework.facts import FILE_TYPES
from moothall.files.queries import by_ids
from moothall.journeys.fields import accepted
from moothall.language import Facts, Question, Service, check_answer
from moothall.places import queries as places
from moothall.slots import queries as slots


def mark_questions(call: Call, service: Service) -> None:
    """Have refusals that name a question point among the answers."""
    call.request._api_questions = frozenset(service.questions)  # type: ignore[attr-defined]  # our own note on the request


def resolve(
    service: Service, question: Question, value: Any, *, facts: Facts, owner: str, call: Call
) -> Any:
    """The answer as it is kept. Raises Problem for what cannot be found."""
    if value is None:
        return None
    if question.type == "address" and isinstance(value, dict) and set(value) == {"uprn"}:
        uprn = str(value["uprn"])
        found = places.address(uprn) if uprn.isascii() and len(uprn) <= 12 else None
        if found is None:
            raise _wrong(question, "There is no address with this UPRN.")
        return dict(found)
    if question.type == "slot":
        return _slot(service, question, value, facts=facts, call=call)
    if question.type in FILE_TYPES:
        return files(question, value, owner)
    return value


def _slot(service: Service, question: Question, value: Any, *, facts: Facts, call: Call) -> Any:
    chosen = str(value.get("id", "")) if isinstance(value, dict) else str(value)
    wanted = places_for(service, question.id, facts)
    found = slots.free_time(chosen, places=wanted, now=call.now)
    if found is None or (question.slots and found.resource != question.slots.resource):
        raise _wrong(question, "That time is not free. Choose another.")
    return found.as_answer()


def files(question: Question, value: Any, owner: str) -> list[dict[str, Any]]:
    """Files of `owner` by their ids, as an answer holds them. Raises Problem."""
    if not isinstance(value, list) or len(value) > 10:
        raise _wrong(question, "Give the ids of the files in a list of 10 at most.")
    ids = [str(one) for one in value]
    found = by_ids(ids)
    for one in ids:
        if one not in found or not found[one].owner.startswith(owner):
            raise _wrong(question, "A file is not there. Send it first.")
        if found[one].type not in accepted(question):
            raise _wrong(question, "A file of this type is not taken here.")
    return [dict(found[one].as_answer()) for one in ids]


def _wrong(question: Question, words: str) -> Problem:
    return Problem("invalid", words, errors=[(pointer("answers", question.id), words)])


def checked(
    service: Service,
    answers: Mapping[str, Any],
    *,
    facts: Facts,
    owner: str,
    call: Call,
    stage: str = "",
) -> dict[str, Any]:
    """Answers resolved and held to the rules of their questions. Raises Problem with all that is wrong."""
    good: dict[str, Any] = {}
    wrong: list[tuple[str, str]] = []
    for name, value in answers.items():
        question = service.questions.get(name)
        page = service.page(name) if question is None else None
        if question is None and (page is None or page.kind != "repeat"):
            wrong.append((pointer("answers", name), "The service has no such question."))
            continue
        if question is not None and (question.row_of or (stage and question.stage != stage)):
            wrong.append((pointer("answers", name), "This is not asked here."))
            continue
        try:
            kept = (
                value
                if question is None
                else resolve(service, question, value, facts=facts, owner=owner, call=call)
            )
        except Problem as problem:
            wrong += problem.errors
            continue
        found = check_answer(service, name, kept, facts=facts)
        wrong += [(pointer("answers", name), one.message) for one in found]
        good[name] = kept
    if wrong:
        raise Problem("invalid", wrong[0][1], errors=wrong)
    return good
