"""Properties: a file that loads never raises at run time, every way through a form ends, and no
text, however odd, makes the reader raise."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moothall.language import (
    Calendar,
    Facts,
    Service,
    asked_in_row,
    check_answer,
    contact_details,
    display,
    expiry,
    fee,
    fields_seen,
    limits_of,
    messages_due,
    moves_for,
    on_route,
    prefill_value,
    promise,
    public_row,
    read,
    render,
    row_scope,
    run_look_up_input,
    walk,
    work_out,
)
from moothall.language.clock import LONDON
from tests.language.files import BULKY, MISSED_BIN
from tests.language.maker import service_files

LIBRARY = Path(__file__).parents[2] / "services"
SHIPPED = sorted(LIBRARY.glob("*/service.yaml"))
SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]

# -- answers made at random ---------------------------------------------------------------------------

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6)
    | st.sampled_from(["a", "2026-03-11", "09:30", ["a", "b"], [{"inner": "a"}]]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["inner", "size", "line", "ward", "starts", "id"]), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip
DAYS = st.dates(date(2025, 1, 1), date(2027, 12, 31)).map(date.isoformat)


def fitting(kind: str) -> Any:
    """A strategy of answers that have the shape of their type."""
    slot = DAYS.map(
        lambda day: {
            "id": "1",
            "resource": "crew",
            "starts": f"{day}T09:00",
            "ends": f"{day}T10:00",
        }
    )
    address = st.sampled_from(["X05000001", "X05000002"]).map(
        lambda ward: {
            "uprn": "990000000001",
            "line": "1 Mill Lane",
            "postcode": "XW1 1AA",
            "ward": ward,
        }
    )
    return {
        "date": DAYS,
        "time": st.sampled_from(["09:00", "17:30"]),
        "yes or no": st.booleans(),
        "whole number": st.integers(0, 12),
        "money": st.integers(0, 100_000),
        "slot": slot,
        "address": address,
        "email": st.just("robin@example.org"),
        "phone": st.just("01632 960001"),
        "photo": st.just([{"id": "1", "name": "a.jpg", "type": "image/jpeg", "size": 3}]),
        "file": st.just([{"id": "1", "name": "a.pdf", "type": "application/pdf", "size": 3}]),
        "vehicle registration": st.just("AB12CDE"),
        "National Insurance number": st.just("QQ123456C"),
        "bank details": st.just(
            {"name": "R", "sort_code": "309430", "account_number": "00733445", "roll_number": ""}
        ),
        "location": st.just({"lon": -1.1, "lat": 52.4, "ward": "X05000001"}),
    }.get(kind, st.sampled_from(["Robin Sallow", "some words"]))


def answer_for(service: Service, name: str) -> Any:
    question = service.questions[name]
    if question.options:
        one = st.sampled_from(list(question.options))
        found = one.map(lambda option: [option]) if question.type == "choose many" else one
    else:
        found = fitting(question.type)
    return found | st.none() if question.optional else found


def rows_for(service: Service, page: Any) -> Any:
    fields = {service.questions[name].field: answer_for(service, name) for name in page.questions}
    return st.lists(st.fixed_dictionaries(fields), min_size=1, max_size=3)


def looked_up(draw: Any, page: Any) -> Any:
    if draw(st.booleans()):
        return None
    values = {
        "date": DAYS,
        "money": st.integers(0, 9999),
        "whole number": st.integers(0, 9),
        "yes or no": st.booleans(),
    }
    out: dict[str, Any] = {}
    for name, spec in page.spec.gives.items():
        one_of = getattr(spec, "one_of", None)
        out[name] = draw(
            st.sampled_from(one_of) if one_of else values.get(spec.type, st.just("word"))
        )
    return out


def run_everything(service: Service, facts: Facts, started: datetime) -> None:
    """Every decision and every text of a service, over these facts."""
    walk(service, facts)
    walk(service, facts, skip_optional=True)
    kept = replace(facts, answers=on_route(service, facts))
    for given_facts in (facts, kept):
        work_out(service, given_facts)
        due = fee(service, given_facts)
        assert due is None or 0 <= due.pence <= 10**15
        found = promise(service, given_facts, started=started)
        assert (found.finish_by is None) == (service.case.clock is None)
        promise(
            service, given_facts, started=started, pauses=[(started + timedelta(hours=1), None)]
        )
        for state in service.states:
            expiry(service, given_facts, state=state, entered=started)
            public_row(service, given_facts, state=state)
            for roles in ({"team"}, {"applicant"}, {"clock"}):
                moves_for(service, given_facts, state=state, roles=frozenset(roles))
        for spec in service.tell.values():
            messages_due(service, given_facts, when=spec.when.mark)
        contact_details(service, given_facts)
        for path, text in service.texts.items():
            row_of = path.split(".")[1] if path.endswith(".row") else None
            assert isinstance(render(service, text, given_facts, row_of=row_of), str)
    for name, question in service.questions.items():
        value = facts.answers.get(name)
        check_answer(service, name, value, facts=facts)
        display(service, name, value)
        limits_of(service, name, facts)
        if question.prefill:
            prefill_value(service, name, facts)
    for page in service.pages:
        if page.kind == "look_up":
            run_look_up_input(service, page.id, facts)
        if page.kind == "repeat":
            check_answer(service, page.id, facts.answers.get(page.id), facts=facts)
            display(service, page.id, facts.answers.get(page.id))
            asked_in_row(service, page.id, {}, facts)
    fields_seen(service, frozenset({"team"}))
    row_scope(service, frozenset({"team"}))


def facts_for(draw: Any, service: Service, junk: float) -> Facts:
    answers: dict[str, Any] = {}
    for name, question in service.questions.items():
        if question.row_of is None and draw(st.booleans() | st.just(True)):
            answers[name] = draw(
                JUNK if draw(st.floats(0, 1)) < junk else answer_for(service, name)
            )
    look_ups: dict[str, Any] = {}
    for page in service.pages:
        if page.kind == "repeat":
            answers[page.id] = draw(
                JUNK if draw(st.floats(0, 1)) < junk else rows_for(service, page)
            )
        if page.kind == "look_up" and draw(st.booleans()):
            look_ups[page.id] = (
                draw(JUNK) if draw(st.floats(0, 1)) < junk else looked_up(draw, page)
            )
    today = date.fromisoformat(draw(DAYS))
    return Facts(
        answers, look_ups, today=today, started=today, state=next(iter(service.states)), fee=draw(st.none() | st.integers(0, 9999)),
        reference="WM-7K3-9QF", finish_by=today, calendar=Calendar({date(2026, 4, 3)}),
    )  # fmt: skip


STARTED = datetime(2026, 3, 11, 10, 0, tzinfo=LONDON)


@settings(max_examples=50, suppress_health_check=SLOW)
@given(service_files(), st.data())
def test_a_file_that_loads_never_raises_at_run_time(
    made: dict[str, Any], data: st.DataObject
) -> None:
    loaded = read(json.dumps(made))
    service = loaded.service
    assert service is not None, "\n".join(map(str, loaded.problems))
    again = Service.from_canonical(service.canonical)
    assert (again.canonical, again.sha256) == (service.canonical, service.sha256)
    facts = facts_for(data.draw, service, junk=0.3)
    run_everything(service, facts, STARTED)
    assert walk(again, facts).asked == walk(service, facts).asked
    assert work_out(again, facts) == work_out(service, facts)


@settings(max_examples=50, suppress_health_check=SLOW)
@given(service_files(), st.data())
def test_every_way_through_a_form_ends(made: dict[str, Any], data: st.DataObject) -> None:
    service = read(json.dumps(made)).service
    assert service is not None
    assert ends(service, Facts({}, today=date(2026, 3, 11)), data.draw)


def ends(service: Service, facts: Facts, draw: Any) -> bool:
    """Answer page after page: each good answer leads on, to a page further down."""
    before = -1
    for _ in range(len(service.pages) + 1):
        way = walk(service, facts)
        if way.complete or way.stop is not None:
            return True
        assert way.next is not None
        assert way.next.page.index > before
        before = way.next.page.index
        facts = answered(service, facts, way.next, draw)
        if walk(service, facts).next == way.next:
            return True  # no answer tried fits its limits: the person is told so, and no further
    return False


def answered(service: Service, facts: Facts, step: Any, draw: Any) -> Facts:
    if step.kind == "look_up":
        return replace(facts, look_ups={**facts.look_ups, step.id: looked_up(draw, step.page)})
    if step.kind == "repeat":
        return replace(
            facts, answers={**facts.answers, step.id: draw(rows_for(service, step.page))}
        )
    values = {name: draw(answer_for(service, name)) for name in step.questions}
    return replace(facts, answers={**facts.answers, **values})


# -- the library, and broken copies of it ---------------------------------------------------------------


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.parent.name)
@settings(max_examples=10, suppress_health_check=SLOW)
@given(data=st.data())
def test_no_shipped_service_raises(path: Path, data: st.DataObject) -> None:
    service = shipped(path)
    run_everything(service, facts_for(data.draw, service, junk=0.15), STARTED)
    assert ends(service, Facts({}, today=date(2026, 3, 11)), data.draw)


_LOADED: dict[Path, Service] = {}


def shipped(path: Path) -> Service:
    if path not in _LOADED:
        found = read(path.read_text(encoding="utf-8"), file=str(path))
        assert found.service is not None, "\n".join(map(str, found.problems))
        _LOADED[path] = found.service
    return _LOADED[path]


@settings(max_examples=60, suppress_health_check=SLOW)
@given(
    st.sampled_from([MISSED_BIN, BULKY]),
    st.integers(0, 10_000),
    st.integers(0, 30),
    st.text(max_size=6) | st.sampled_from(["{", "}", "[", ": ", "\t", "'", '"', "*x", "&y ", "- ", "!!x ", "# ", "|", "\x00", "\n\n"]),
)  # fmt: skip
def test_no_text_makes_the_reader_raise(text: str, at: int, drop: int, put: str) -> None:
    at %= len(text)
    broken = text[:at] + put + text[at + drop :]
    loaded = read(broken)
    assert (loaded.service is None) == any(p.severity == "error" for p in loaded.problems)
    for problem in loaded.problems:
        assert problem.message
        assert problem.line <= broken.count("\n") + 1


@settings(max_examples=60, suppress_health_check=SLOW)
@given(st.data())
def test_no_value_of_a_key_makes_the_reader_raise(data: st.DataObject) -> None:
    whole = json.loads(json.dumps(MADE))
    block: Any = whole
    for _ in range(data.draw(st.integers(1, 5))):
        keys = list(block) if isinstance(block, dict) else list(range(len(block)))
        if not keys:
            break
        key = data.draw(st.sampled_from(keys))
        if isinstance(block[key], dict | list) and data.draw(st.booleans()):
            block = block[key]
            continue
        block[key] = data.draw(JUNK)
        break
    loaded = read(json.dumps(whole))
    assert (loaded.service is None) == any(p.severity == "error" for p in loaded.problems)


MADE: dict[str, Any] = {
    "moothall": 1, "service": "made", "version": "1.0.0", "name": "Made", "summary": "S.", "kind": "apply",
    "owner": "team", "local": {"n": {"type": "whole number", "default": 2}, "o": {"type": "options", "default": {"a": "A", "b": "B"}},
                               "t": {"type": "table", "default": [{"which": "a", "is": "1.50"}, {"otherwise": "2.00"}]}},
    "pages": [
        {"section": "one", "title": "One", "pages": [{"ask": "which", "type": "choose one", "label": "Which?", "options": "local.o"}]},
        {"look_up": "found", "from": "a.b", "with": "which", "gives": {"due": "date", "sort": {"one_of": ["a", "b"]}}},
        {"ask": "both", "title": "Both", "questions": [{"ask": "who", "type": "name", "label": "Who?", "personal": "contact"}]},
        {"repeat": "rows", "title": "Rows", "row": "{size}", "questions": [{"ask": "size", "type": "whole number", "label": "Size?", "limits": {"at_least": 1}}]},
        {"show": "see", "title": "See", "say": "{which}"}, {"stop": "no_go", "title": "No", "say": "No.", "when": "which is a"},
    ],
    "work_out": {"price": {"table": "local.t"}, "total": "price * count(rows)"},
    "fee": {"lines": [{"label": "It", "amount": "total"}], "taken": "on approval", "state": "open", "refund": {"end": "all"}},
    "case": {"starts": "open", "states": {"open": {"label": "Open", "expires": {"after": {"days": 3}, "move": "end"}}, "shut": {"label": "Shut", "ends": "done"}},
             "moves": {"end": {"from": "open", "to": "shut", "by": ["team", "clock"], "needs": ["reason", "why"]}},
             "ask": [{"ask": "why", "type": "text", "label": "Why?"}],
             "clock": {"finish_within": {"working_days": "local.n"}, "urgent": {"when": "which is b"}}},
    "tell": {"hi": {"to": "applicant", "when": {"state": "shut"}, "by": ["email"], "subject": "S", "say": "{who}"}},
    "access": {"teams": {"team": {"sees": ["which", "rows"]}}, "nobody_but": {"who": ["team"]}, "parties": {"applicant": {"label": "P", "name": "who"}}},
    "data": {"lawful_basis": "consent", "keep": "2 months after start", "publish": {"dataset": "d", "columns": {"m": "month(started)"}}},
    "open311": {"code": "x", "states": {"open": {"status": "open"}}}, "follows": {"service": "other", "prefill": {"who": "who"}},
    "examples": [{"name": "E", "today": "2026-03-11", "answers": {"which": "b"}, "fakes": {"a.b": "fails"}, "expect": {"state": "open"}}],
}  # fmt: skip


def test_the_made_file_is_good() -> None:
    assert read(json.dumps(MADE)).problems == ()
