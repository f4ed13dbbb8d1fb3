"""A form on its way meets a new version of its service: what is kept, and what the person is told.

Pure: definitions and answers in, a decision out. Labels are not kept here but ids and fingerprints of
definitions, so that the page says it in whatever language it is opened in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from moothall.journeys.fields import accepted
from moothall.language import (
    Facts,
    Question,
    Service,
    check_answer,
    fee,
    on_route,
    render,
    walk,
)

FILES = frozenset({"file", "photo", "signature"})
SAME_SHAPE: frozenset[tuple[str, str]] = frozenset(
    {
        ("text", "long text"),
        ("long text", "text"),
        ("file", "photo"),
        ("photo", "file"),
    }
)
"""Types whose answers have one form: what was typed may still fit."""


@dataclass(frozen=True)
class Reconciled:
    """What a new definition makes of the answers to an old one.

    `kept`: the answers that hold. `lost`: those that do not, by the question's id (`items` for a
    whole repeat, `items.kind` for one field of its rows), as they were. `asked`: new questions.
    `reworded`: kept answers whose question or chosen option now reads otherwise. `fees`: what it cost
    and costs, in pence (None where it is not known or there is none). `promise`, `stop`: whether the
    time we promise changed; the page that now ends the form, which did not before.
    """

    kept: Mapping[str, Any]
    lost: Mapping[str, Any] = field(default_factory=dict)
    asked: tuple[str, ...] = ()
    reworded: tuple[str, ...] = ()
    fees: tuple[int | None, int | None] | None = None
    promise: bool = False
    stop: str = ""

    @property
    def worth_telling(self) -> bool:
        """Whether there is anything that the person should look at."""
        return bool(
            self.lost or self.asked or self.reworded or self.fees or self.promise or self.stop
        )


def reconcile(
    old: Service, new: Service, answers: Mapping[str, Any], facts: Facts, old_facts: Facts
) -> Reconciled:
    """Return what `new` makes of `answers` that were given to `old`.

    `facts` and `old_facts` are those of the two definitions (moment, calendar, look-ups); their
    answers are not read. Answers are gone through in the order of the new form, each checked with
    those kept before it, as the form itself would ask them. A file is kept only if the question
    still takes its type. Reconciling again changes nothing.
    """
    kept: dict[str, Any] = {}
    lost: dict[str, Any] = {}
    seen: set[str] = set()
    for page in new.pages:
        if page.kind == "repeat" and page.id in answers:
            seen.add(page.id)
            _rows(old, new, page.id, answers[page.id], facts, kept, lost)
        elif page.kind == "ask":
            for name in page.questions:
                if name in answers:
                    seen.add(name)
                    good, value = _fits(old, new, name, answers[name], replace(facts, answers=kept))
                    (kept if good else lost)[name] = value if good else answers[name]
    lost.update({name: value for name, value in answers.items() if name not in seen})
    before = replace(old_facts, answers=answers)
    # What was left blank, or was no longer on the way, is nothing that the person would send.
    counted = on_route(old, before)
    lost = {
        name: value
        for name, value in lost.items()
        if value not in (None, "", []) and name.partition(".")[0] in counted
    }
    after = replace(facts, answers=kept)
    return Reconciled(
        kept=kept,
        lost=lost,
        asked=_new_questions(old, new, after),
        reworded=_reworded(old, new, kept),
        fees=_fees(old, new, before, after),
        promise=bool(answers) and _clock(old) != _clock(new),
        stop=_stop(old, new, before, after),
    )


def _fits(
    old: Service, new: Service, name: str, value: Any, facts: Facts, row: Any = None
) -> tuple[bool, Any]:
    """Return whether an answer still holds, and the answer in the form of the new question."""
    before, after = old.questions.get(name), new.questions[name]
    if before is None or before.stage != after.stage or before.row_of != after.row_of:
        return False, value
    value = _turned(before, after, value)
    if value is NO:
        return False, None
    if after.type in FILES and not _takes(after, value):
        return False, value
    if after.type == "slot" and not _same_diary(before, after):
        return False, value
    return not check_answer(new, name, value, facts=facts, row=row), value


NO: Any = object()


def _turned(before: Question, after: Question, value: Any) -> Any:
    if before.type == after.type or (before.type, after.type) in SAME_SHAPE or value is None:
        return value
    if (before.type, after.type) == ("choose one", "choose many"):
        return [value]
    if (before.type, after.type) == ("choose many", "choose one"):
        return value[0] if isinstance(value, list) and len(value) == 1 else NO
    return NO


def _takes(question: Question, value: Any) -> bool:
    kinds = accepted(question)
    return all(
        isinstance(one, Mapping) and one.get("type", kinds[0]) in kinds for one in value or []
    )


def _same_diary(before: Question, after: Question) -> bool:
    return (before.slots.resource if before.slots else "") == (
        after.slots.resource if after.slots else ""
    )


def _rows(
    old: Service,
    new: Service,
    repeat: str,
    value: Any,
    facts: Facts,
    kept: dict[str, Any],
    lost: dict[str, Any],
) -> None:
    """Keep the rows of a repeat, each without the fields that no longer fit.

    A row that lacks something is asked for again; too many or too few are for the person to mend:
    which of their rows goes is not ours to choose.
    """
    page, was = new.page(repeat), old.page(repeat)
    if page is None or was is None or was.kind != "repeat" or not isinstance(value, list):
        lost[repeat] = value
        return
    rows: list[dict[str, Any]] = []
    for row in value:
        if not isinstance(row, Mapping):
            continue
        good: dict[str, Any] = {"_id": row["_id"]} if row.get("_id") else {}
        fields = {new.questions[name].field: name for name in page.questions}
        for name in page.questions:
            question = new.questions[name]
            if question.field in row:
                at = replace(facts, answers={**kept, repeat: [*rows, dict(good)]})
                fits, said = _fits(old, new, name, row[question.field], at, good)
                if fits:
                    good[question.field] = said
                elif row[question.field] not in (None, "", []):
                    lost.setdefault(name, []).append(row[question.field])
        for part, said in row.items():
            if part != "_id" and part not in fields and said not in (None, "", []):
                lost.setdefault(f"{repeat}.{part}", []).append(said)
        rows.append(good)
    if rows or page.spec.optional:
        kept[repeat] = rows


def _new_questions(old: Service, new: Service, after: Facts) -> tuple[str, ...]:
    """The questions that were not in the form before and will come, or have come, up."""
    asked = set(walk(new, after).asked)
    found = []
    for page in new.pages:
        always = page.when is None
        if page.kind == "repeat" and old.page(page.id) is None and (always or page.id in asked):
            found.append(page.id)
        for name in page.questions if page.kind == "ask" else ():
            if name in old.questions:
                continue
            if name in asked or (always and new.questions[name].when is None):
                found.append(name)
    return tuple(found)


def _reworded(old: Service, new: Service, kept: Mapping[str, Any]) -> tuple[str, ...]:
    found = []
    for name, value in kept.items():
        before, after = old.questions.get(name), new.questions.get(name)
        if before is None or after is None or value in (None, "", []):
            continue
        chosen = value if isinstance(value, list) else [value]
        options = any(
            before.options[one].label != after.options[one].label
            for one in chosen
            if isinstance(one, str) and one in before.options and one in after.options
        )
        if before.label != after.label or options:
            found.append(name)
    return tuple(found)


def price(service: Service, facts: Facts) -> int | None:
    """Return what the answers so far cost, in pence; None where nothing is charged or not yet known."""
    found = fee(service, replace(facts, answers=on_route(service, facts)))
    return found.pence if found is not None and found.known else None


def _fees(
    old: Service, new: Service, before: Facts, after: Facts
) -> tuple[int | None, int | None] | None:
    if old.fee is None and new.fee is None:
        return None
    if (old.fee is None) != (new.fee is None):
        return price(old, before), price(new, after)
    was, now = price(old, before), price(new, after)
    if was is not None and now is not None and was != now:
        return was, now
    return None


def _clock(service: Service) -> tuple[str, str]:
    clock = service.case.clock
    if clock is None:
        return "", ""
    amount = "{" + str(clock.finish_within.amount) + "}"
    return clock.finish_within.unit, render(service, amount, Facts(answers={}), "en")


def _stop(old: Service, new: Service, before: Facts, after: Facts) -> str:
    now = walk(new, after).stop
    if now is None:
        return ""
    was = walk(old, before).stop
    return "" if was is not None and was.id == now.id else now.id
