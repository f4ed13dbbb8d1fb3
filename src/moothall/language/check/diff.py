"""What a new version of a service changes for people, in words: shown by `moothall pack plan`.

Not a diff of lines: a moved comment or a reworded hint is nothing, a question that became
compulsory, a dearer permit or a longer time of keeping is something a council must decide on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from moothall.language.check.saying import article
from moothall.language.models import Duration
from moothall.language.models.case import Urgent
from moothall.language.service import Move, Question, Service, State

ChangeKind = Literal[
    "question", "fee", "promise", "right", "retention", "publication", "case", "message", "words"
]
Item = TypeVar("Item")


@dataclass(frozen=True)
class Change:
    """One difference that means something: what it is about, and what it says."""

    kind: ChangeKind
    message: str


def semantic_diff(old: Service, new: Service) -> tuple[Change, ...]:
    """The changes from `old` to `new`, in the order in which a council would ask about them."""
    found: list[Change] = []
    for part in (_questions, _fees, _promises, _rights, _retention, _publication, _case, _messages):
        found.extend(part(old, new))
    return tuple(found)


def _pairs(
    old: Mapping[str, Item], new: Mapping[str, Item]
) -> tuple[list[Item], list[Item], list[tuple[Item, Item]]]:
    """What is new, what is gone, and what is in both, by id."""
    added = [item for key, item in new.items() if key not in old]
    gone = [item for key, item in old.items() if key not in new]
    both = [(old[key], item) for key, item in new.items() if key in old]
    return added, gone, both


def _quoted(words: str) -> str:
    return f"“{words}”"


def _questions(old: Service, new: Service) -> Iterator[Change]:
    added, gone, both = _pairs(old.questions, new.questions)
    for question in added:
        must = "may be left blank" if question.optional else "must be answered"
        data = f", personal data ({question.personal})" if question.personal else ""
        when = f", when {question.when.source}" if question.when else ""
        yield Change("question", f"New question {_quoted(question.label)}: {must}{data}{when}.")
    for question in gone:
        yield Change("question", f"{_quoted(question.label)} is no longer asked.")
    for before, after in both:
        yield from _question(before, after)


def _source(expression: Any) -> str:
    return expression.source if expression is not None else ""


def _question(before: Question, after: Question) -> Iterator[Change]:
    name = _quoted(after.label)
    if before.type != after.type:
        yield Change(
            "question",
            f"{name} was {article(before.type)} {before.type} and is now {article(after.type)} {after.type}.",
        )
    if before.label != after.label:
        yield Change("words", f"{_quoted(before.label)} now reads {name}.")
    if before.optional != after.optional:
        now = "may now be left blank" if after.optional else "must now be answered"
        yield Change("question", f"{name} {now}.")
    if _source(before.when) != _source(after.when):
        was = f"when {before.when.source}" if before.when else "always"
        now = f"when {after.when.source}" if after.when else "always"
        yield Change("question", f"{name} was asked {was} and is now asked {now}.")
    if before.personal != after.personal:
        yield Change(
            "question",
            f"{name} was {before.personal or 'not personal'} data and is now"
            f" {after.personal or 'not personal'} data.",
        )
    added, gone, _ = _pairs(before.options, after.options)
    for option in added:
        yield Change("question", f"{name} has a new choice {_quoted(option.label)}.")
    for option in gone:
        yield Change("question", f"{name} no longer offers {_quoted(option.label)}.")
    if before.limits != after.limits:
        changed = [
            f"{key.replace('_', ' ')} was {getattr(before.limits, key) or 'not set'}"
            f" and is now {getattr(after.limits, key) or 'not set'}"
            for key in type(after.limits).model_fields
            if getattr(before.limits, key) != getattr(after.limits, key)
        ]
        yield Change("question", f"{name}: {'; '.join(changed)}.")


def _blocks(
    kind: ChangeKind, what: str, before: Any, after: Any, leave_out: frozenset[str] = frozenset()
) -> Iterator[Change]:
    """The keys of two model blocks of one class that differ, one change each."""
    for key in type(after).model_fields:
        was, now = getattr(before, key), getattr(after, key)
        if key not in leave_out and was != now:
            name = key.replace("_", " ")
            yield Change(kind, f"{what}: {name} was {_words(was)} and is now {_words(now)}.")


def _words(value: Any) -> str:
    if isinstance(value, Duration):
        return _duration(value)
    if value is None or value == "" or value == [] or value == {}:
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_words(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {_words(item)}" for key, item in value.items())
    return str(value)


def _duration(value: Duration) -> str:
    unit = value.unit.replace("_", " ")
    return f"{value.amount} {unit.removesuffix('s') if value.amount == '1' else unit}"


def _fees(old: Service, new: Service) -> Iterator[Change]:
    if old.fee is None and new.fee is not None:
        amount = new.fee.amount or "; ".join(line.amount for line in new.fee.lines)
        yield Change("fee", f"There is now a fee: {amount}, taken {new.fee.taken}.")
    elif old.fee is not None and new.fee is None:
        yield Change("fee", "There is no longer a fee.")
    elif old.fee is not None and new.fee is not None:
        yield from _blocks("fee", "The fee", old.fee, new.fee, frozenset({"lines"}))
        before = [f"{line.label} {line.amount} {line.when}".strip() for line in old.fee.lines]
        after = [f"{line.label} {line.amount} {line.when}".strip() for line in new.fee.lines]
        if before != after:
            yield Change(
                "fee",
                f"The lines of the fee were {'; '.join(before) or 'none'} and are now {'; '.join(after) or 'none'}.",
            )
    yield from _values(old, new)


def _values(old: Service, new: Service) -> Iterator[Change]:
    """Local defaults and worked-out values: a fee table lives here."""
    added, gone, both = (
        set(new.local) - set(old.local),
        set(old.local) - set(new.local),
        set(old.local) & set(new.local),
    )
    for name in sorted(added):
        yield Change("fee", f"New local value {name}: {_words(new.local[name])}.")
    for name in sorted(gone):
        yield Change("fee", f"The local value {name} is gone.")
    for name in sorted(both):
        if old.local[name] != new.local[name]:
            yield Change(
                "fee",
                f"The local value {name} was {_words(old.local[name])} and is now"
                f" {_words(new.local[name])}.",
            )
    before, after = old.file.work_out, new.file.work_out
    for name in after:
        if name not in before:
            yield Change("fee", f"New worked-out value {name}.")
        elif before[name] != after[name]:
            yield Change("fee", f"The worked-out value {name}{_rows(before[name], after[name])}.")
    for name in before:
        if name not in after:
            yield Change("fee", f"The worked-out value {name} is gone.")


def _rows(before: Any, after: Any) -> str:
    def shown(spec: Any) -> list[str]:
        if not isinstance(spec.table, list):
            return [str(spec.table or spec.value)]
        return [
            ", ".join(f"{k} {_words(v)}" for k, v in row.cells.items())
            + (f" when {row.when}" if row.when else "")
            + f" is {row.value}"
            for row in spec.table
        ]

    was, now = shown(before), shown(after)
    gone = [row for row in was if row not in now]
    added = [row for row in now if row not in was]
    parts = []
    if gone:
        parts.append("had " + "; ".join(row.strip() for row in gone))
    if added:
        parts.append("now has " + "; ".join(row.strip() for row in added))
    return " " + " and ".join(parts) if parts else " has its rows in another order"


def _promises(old: Service, new: Service) -> Iterator[Change]:
    before, after = old.case.clock, new.case.clock
    if before is None and after is not None:
        yield Change(
            "promise", f"We now promise to finish within {_duration(after.finish_within)}."
        )
    elif before is not None and after is None:
        yield Change("promise", "We no longer promise a time to finish.")
    elif before is not None and after is not None:
        if before.finish_within != after.finish_within:
            yield Change(
                "promise",
                f"We promised to finish within {_duration(before.finish_within)} and now promise"
                f" {_duration(after.finish_within)}.",
            )
        leave_out = frozenset({"finish_within", "urgent"})
        yield from _blocks("promise", "The clock", before, after, leave_out)
        if before.urgent != after.urgent:
            yield Change(
                "promise",
                f"A case was urgent {_urgent(before.urgent)} and is now urgent {_urgent(after.urgent)}.",
            )


def _urgent(urgent: Urgent | None) -> str:
    if urgent is None:
        return "never"
    within = f", within {_duration(urgent.finish_within)}" if urgent.finish_within else ""
    return f"when {urgent.when}{within}"


def _rights(old: Service, new: Service) -> Iterator[Change]:
    before = old.access.teams if old.access else {}
    after = new.access.teams if new.access else {}
    for team in [*before, *(name for name in after if name not in before)]:
        was, now = before.get(team), after.get(team)
        if was is None and now is not None:
            yield Change("right", f"{team} may now see {_words(now.sees)} of {_words(now.rows)}.")
        elif was is not None and now is None:
            yield Change("right", f"{team} may no longer see anything.")
        elif was is not None and now is not None:
            yield from _blocks("right", team, was, now)
    yield from _kept_to_few(old, new)
    yield from _movers(old, new)


def _kept_to_few(old: Service, new: Service) -> Iterator[Change]:
    was_only = old.access.nobody_but if old.access else {}
    now_only = new.access.nobody_but if new.access else {}
    for field in [*was_only, *(name for name in now_only if name not in was_only)]:
        if was_only.get(field) != now_only.get(field):
            yield Change(
                "right",
                f"{field} was for {_words(was_only.get(field, []))} only and is now for"
                f" {_words(now_only.get(field, []))} only.",
            )
    if old.access and new.access and old.access.log_reads != new.access.log_reads:
        yield Change("right", f"Reads are {'now' if new.access.log_reads else 'no longer'} logged.")


def _movers(old: Service, new: Service) -> Iterator[Change]:
    added, gone, both = _pairs(old.moves, new.moves)
    for move in added:
        yield Change("right", f"New move {_quoted(move.label)} by {_words(list(move.by))}.")
    for move in gone:
        yield Change("right", f"The move {_quoted(move.label)} is gone.")
    for earlier, later in both:
        if earlier.by != later.by:
            yield Change(
                "right",
                f"{_quoted(later.label)} was made by {_words(list(earlier.by))} and is now made by"
                f" {_words(list(later.by))}.",
            )
    if old.owner != new.owner:
        yield Change("right", f"The owner was {old.owner} and is now {new.owner}.")
    if old.sign_in != new.sign_in:
        yield Change("right", f"Signing in was {old.sign_in} and is now {new.sign_in}.")
    if old.channels != new.channels:
        yield Change(
            "right",
            f"Channels were {_words(list(old.channels))} and are now {_words(list(new.channels))}.",
        )
    if old.audience != new.audience:
        yield Change("right", f"The service was for {old.audience} and is now for {new.audience}.")


def _retention(old: Service, new: Service) -> Iterator[Change]:
    yield from _blocks("retention", "Data", old.data, new.data, frozenset({"publish"}))


def _publication(old: Service, new: Service) -> Iterator[Change]:
    before, after = old.data.publish, new.data.publish
    if before is None and after is not None:
        yield Change(
            "publication",
            f"Open data {after.dataset} is now published with {', '.join(after.columns)}.",
        )
    elif before is not None and after is None:
        yield Change("publication", f"Open data {before.dataset} is no longer published.")
    elif before is not None and after is not None:
        yield from _blocks("publication", "Open data", before, after, frozenset({"columns"}))
        for name in [*before.columns, *(n for n in after.columns if n not in before.columns)]:
            was, now = before.columns.get(name), after.columns.get(name)
            if was is None:
                yield Change("publication", f"Open data has a new column {name}: {now}.")
            elif now is None:
                yield Change("publication", f"Open data no longer has the column {name}.")
            elif was != now:
                yield Change(
                    "publication", f"The open data column {name} was {was} and is now {now}."
                )
    if old.place != new.place:
        was_public = bool(old.place and old.place.public)
        is_public = bool(new.place and new.place.public)
        if was_public != is_public:
            yield Change(
                "publication",
                f"The place is {'now' if is_public else 'no longer'} shown on the public map.",
            )


def _case(old: Service, new: Service) -> Iterator[Change]:
    added, gone, both = _pairs(old.states, new.states)
    for state in added:
        yield Change("case", f"New state {_quoted(state.label)}{_ending(state)}.")
    for state in gone:
        yield Change(
            "case",
            f"The state {_quoted(state.label)} is gone: cases in it keep the version they began with.",
        )
    for before, after in both:
        for name, read in _STATE_PARTS:
            if read(before) != read(after):
                yield Change(
                    "case",
                    f"{_quoted(after.label)}: {name} was {_words(read(before))} and is now {_words(read(after))}.",
                )
    _, _, moves = _pairs(old.moves, new.moves)
    for earlier, later in moves:
        for name, read_move in _MOVE_PARTS:
            if read_move(earlier) != read_move(later):
                yield Change(
                    "case",
                    f"{_quoted(later.label)}: {name} was {_words(read_move(earlier))} and is now {_words(read_move(later))}.",
                )


_STATE_PARTS: tuple[tuple[str, Callable[[State], Any]], ...] = (
    ("its ending", lambda state: state.ends),
    ("clock paused", lambda state: state.clock_paused),
    ("whose turn it is", lambda state: state.waits_for),
    ("expiry", lambda state: _expiry(state)),
)
_MOVE_PARTS: tuple[tuple[str, Callable[[Move], Any]], ...] = (
    ("where it starts", lambda move: list(move.from_states)),
    ("where it leads", lambda move: move.to),
    ("its condition", lambda move: _source(move.when)),
    ("what it needs", lambda move: list(move.needs)),
    ("offline", lambda move: move.offline),
)


def _expiry(state: State) -> str:
    expires = state.spec.expires
    if expires is None:
        return ""
    when = f"after {_duration(expires.after)}" if expires.after else f"on {expires.on}"
    return f"{when} by {expires.move}"


def _ending(state: State) -> str:
    return f", an ending ({state.ends})" if state.ends else ""


def _messages(old: Service, new: Service) -> Iterator[Change]:
    before, after = old.tell, new.tell
    for name in [*before, *(n for n in after if n not in before)]:
        was, now = before.get(name), after.get(name)
        if was is None and now is not None:
            yield Change(
                "message", f"New message {name} to {now.to} by {_words(now.by)} ({now.when.mark})."
            )
        elif was is not None and now is None:
            yield Change("message", f"The message {name} to {was.to} is no longer sent.")
        elif was is not None and now is not None and was != now:
            words = {"say", "subject"}
            changed = [
                key for key in type(now).model_fields if getattr(was, key) != getattr(now, key)
            ]
            kind: ChangeKind = "words" if set(changed) <= words else "message"
            yield Change(
                kind, f"The message {name} changed: {', '.join(changed).replace('_', ' ')}."
            )
