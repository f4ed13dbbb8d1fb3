"""Mistakes that people make in a service file, each with the line and the words they are told."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from moothall.language import Problem, ServiceFileError, load_service, read
from tests.language.files import BULKY, BULKY_CY, MISSED_BIN


@dataclass(frozen=True)
class Mistake:
    """In `text`, `old` is written as `new`. The problem stands in the line that has `at`."""

    name: str
    text: str
    old: str
    new: str
    at: str
    code: str
    says: str


MISTAKES = (
    # -- what YAML makes of it --
    Mistake("comma in braces", MISSED_BIN, "columns: {month: month(started), ward: ward(address)",
            "columns: {month: month(started), late: working_days(missed_on, today), ward: ward(address)",
            "columns:", "yaml.comma", 'Put quotes round it: late: "working_days(missed_on, today)".'),
    Mistake("comma in a list", MISSED_BIN, "channels: [online, phone, desk, api]",
            "channels: [online, f(phone, desk), api]", "channels:", "yaml.comma", "Put quotes round it"),
    Mistake("second colon", MISSED_BIN, "label: Which bin was missed?", "label: Tell us: which bin?",
            "Tell us", "yaml.colon", "Put the text in quotes"),
    Mistake("a bracket in braces", BULKY, "gas_out, type: yes or no, label: Is the gas out?, when: kind is fridge",
            "gas_out, type: yes or no, label: Is the gas out?, when: kind in [fridge]", "gas_out",
            "yaml.bracket", "Put quotes round the expression"),
    Mistake("tab", MISSED_BIN, "  - ask: bin\n", "\t- ask: bin\n", "- ask: bin", "yaml.tab", "Use spaces"),
    Mistake("key twice", MISSED_BIN, "kind: report\n", "kind: report\nkind: apply\n", "kind: apply",
            "yaml.repeated_key", "the first is in line 6"),
    Mistake("text that starts with a brace", BULKY, 'row: "{number} × {kind}"', "row: {number} × {kind}",
            "row:", "yaml.brace", "Put the whole text in quotes"),
    Mistake("open quote", MISSED_BIN, "name: Report a missed bin", 'name: "Report a missed bin',
            'name: "Report', "yaml.quote", "Put a quote at its end"),
    Mistake("indent", MISSED_BIN, "  - ask: missed_on\n    type: date", "  - ask: missed_on\n   type: date",
            "   type: date", "yaml.indent", "Line it up"),
    Mistake("starts with @", MISSED_BIN, "label: Which bin was missed?", "label: @bin", "@bin",
            "yaml.first_character", "Put the whole text in quotes"),
    # -- the shape of the file --
    Mistake("unknown key", MISSED_BIN, "    label: Which bin was missed?", "    lable: Which bin was missed?",
            "lable", "shape.unknown_key", "Did you mean `label`?"),
    Mistake("missing key", MISSED_BIN, "    label: Which bin was missed?\n", "", "- ask: bin",
            "shape.missing", "`label` is missing"),
    Mistake("no kind of page", MISSED_BIN, "- ask: bin", "- asks: bin", "- asks: bin",
            "shape.page_kind", "Did you mean `ask`?"),
    Mistake("unknown type", MISSED_BIN, "    type: date", "    type: dates", "type: dates",
            "shape.question_type", "Did you mean `date`?"),
    Mistake("unknown kind", MISSED_BIN, "kind: report", "kind: reprot", "kind: reprot",
            "shape.one_of", "Did you mean `report`?"),
    Mistake("id with capitals", MISSED_BIN, "- ask: missed_on", "- ask: missedOn", "missedOn",
            "shape.id", "small letters, digits and _"),
    Mistake("version in two parts", MISSED_BIN, "version: 1.0.0", "version: 1.0", "version: 1.0",
            "shape.version", "Write three numbers"),
    Mistake("how long to keep", MISSED_BIN, "keep: 1 year after end", "keep: a year", "keep:",
            "shape.keep", "1 year after end"),
    Mistake("two units of time", BULKY, "finish_within: {hours: 48}", "finish_within: {hours: 48, days: 2}",
            "hours: 48, days: 2", "shape.one_unit", "exactly one unit"),
    Mistake("value left out", MISSED_BIN, "owner: waste_team", "owner:", "owner:",
            "shape.no_value", "`owner` has no value"),
    Mistake("no for a text", MISSED_BIN, "name: Report a missed bin", "name: true", "name: true",
            "shape.text", "Put it in quotes"),
    Mistake("amount and lines", BULKY, "fee:\n", "fee:\n  amount: 3\n", "fee:", "shape.fee", "not both"),
    Mistake("two moments", BULKY, "when: {clock: 50%}", "when: {clock: 50%, starts: true}", "half_gone",
            "shape.tell_when", "exactly one moment"),
    Mistake("a list for a block", MISSED_BIN, "  states:\n", "  states: []\n  x:\n", "states: []",
            "shape.block", "should be a block of keys"),
    # -- ids and references --
    Mistake("id twice", MISSED_BIN, "- ask: missed_on", "- ask: bin", "  - ask: bin", "id.twice", "used twice"),
    Mistake("id of a function", MISSED_BIN, "- ask: missed_on", "- ask: days", "- ask: days",
            "id.reserved", "meaning of its own"),
    Mistake("unknown state", MISSED_BIN, "to: booked", "to: bookd", "book_a_crew", "unknown.state",
            "Did you mean `booked`?"),
    Mistake("unknown start", MISSED_BIN, "starts: reported", "starts: report", "starts:", "unknown.state",
            "Did you mean `reported`?"),
    Mistake("unknown need", MISSED_BIN, "needs: reason", "needs: reasons", "close:", "unknown.need",
            "Did you mean `reason`?"),
    Mistake("unknown field in access", BULKY, "sees: [address, items]", "sees: [adress, items]", "waste_crew: {sees",
            "unknown.question", "Did you mean `address`?"),
    Mistake("message for no state", BULKY, "when: {move: ask}", "when: {state: askin}", "asked:",
            "unknown.state", "Did you mean `asking`?"),
    Mistake("refund on no move", BULKY, "refund: {cancel: all", "refund: {cancle: all", "refund:",
            "unknown.move", "Did you mean `cancel`?"),
    Mistake("the clock cannot", BULKY, "from: asking, to: gone, by: clock", "from: asking, to: gone, by: system",
            "asking: {label", "expires.move", "by: clock"),
    Mistake("email without subject", BULKY, "subject: A question, ", "", "asked:", "tell.subject", "Add `subject:`"),
    Mistake("place that is none", MISSED_BIN, "data:\n", "place: {answer: bin}\ndata:\n", "place:",
            "place.answer", "type address or location"),
    Mistake("example of no question", MISSED_BIN, "bin: refuse, missed_on: 2026-03-03",
            "bni: refuse, missed_on: 2026-03-03", "bni: refuse", "unknown.question", "Did you mean `bin`?"),
    Mistake("example of no look-up", MISSED_BIN, "fakes: {waste.last_collection:", "fakes: {waste.last:",
            "fakes:", "unknown.look-up", "waste.last_collection"),
    # -- expressions where they stand --
    Mistake("asked later", MISSED_BIN, "    label: Which address was missed?",
            "    label: Which address was missed?\n    when: bin is food", "when: bin is food",
            "expr.later", "asked only later (on the page `bin`)"),
    Mistake("no such option", MISSED_BIN, "when: working_days(missed_on, today) > local.report_window",
            "when: bin is fod", "when: bin is fod", "expr.option", "Did you mean `food`?"),
    Mistake("look-up may fail", MISSED_BIN, "when: working_days(missed_on, today) > local.report_window",
            "when: collection.due_on > today", "when: collection", "expr.missing", "collection.due_on is answered"),
    Mistake("no case yet", MISSED_BIN, "working_days(missed_on, today)", "working_days(started, today)",
            "working_days(started", "expr.too_soon", "no case here"),
    Mistake("unlike things", MISSED_BIN, "> local.report_window", "> missed_on", "> missed_on",
            "expr.unlike", "a whole number and a date"),
    Mistake("local value without local", MISSED_BIN, "{local.return_within} working days", "{return_within} working days",
            "summary:", "expr.local_bare", "Write `local.return_within`."),
    Mistake("name in a text", MISSED_BIN, "{local.return_within} working days", "{days_within} working days",
            "summary:", "expr.unknown", "no question or value called `days_within`"),
    Mistake("brace in a text", MISSED_BIN, "say: Put your bin out on your next collection day.",
            "say: Put your bin } out.", "say:", "text.brace", "Close it"),
    Mistake("answer of a later page in a text", MISSED_BIN, "label: Which bin was missed?",
            "label: Which bin was missed on {missed_on}?", "{missed_on}", "expr.later", "asked only later"),
    Mistake("local value that does not fit", MISSED_BIN, "type: whole number, default: 2",
            "type: whole number, default: two", "report_window", "local.value", "a whole number, such as 3"),
    Mistake("circle", BULKY, "  things: sum(items, number)", "  things: 1 if price > 0 else 2", "things: 1", "work_out.circle",
            "from itself"),
    Mistake("cell out of range", BULKY, "things: up to 2", "things: a few", "things: a few", "work_out.cell",
            "`2 or more`"),
    Mistake("table of two kinds", BULKY, "benefits: yes, is: 6.25", "benefits: yes, is: today",
            "is: today", "expr.unlike", "puts together"),
    Mistake("limit that does not fit", BULKY, "limits: {at_least: 1, at_most: 9}", "limits: {latest: today}",
            "limits: {latest: today}", "limit.unfit", "It can have: at_least, at_most, must"),
    Mistake("too few options", MISSED_BIN, "options: {refuse: Rubbish, recycling: Recycling, garden: Garden waste, food: Food waste}",
            "options: {refuse: Rubbish}", "- ask: bin", "options.few", "at least two"),
    Mistake("slot without a source", BULKY, '    slots: {resource: bulky_round, places: "sum(items, number)"}\n', "",
            "- ask: visit", "slot.source", "slots: {resource: name}"),
    Mistake("account of nobody", MISSED_BIN, "    label: Which bin was missed?",
            "    label: Which bin was missed?\n    prefill: account.bin", "account.bin", "prefill.account",
            "account.name"),
    Mistake("stop without words", MISSED_BIN, "if_it_fails: carry on", "if_it_fails: stop", "look_up: collection",
            "look_up.stop", "Add `title:` and `say:`"),
    Mistake("place published as it is", MISSED_BIN, "ward: ward(address)", "ward: address", "columns:",
            "publish.kind", "ward(…)"),
)  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name.replace(" ", "-"))
def test_a_mistake_is_told_with_its_line_and_how_to_mend_it(mistake: Mistake) -> None:
    assert mistake.old in mistake.text
    text = mistake.text.replace(mistake.old, mistake.new, 1)
    with pytest.raises(ServiceFileError) as caught:
        load_service(text, file="services/x/service.yaml")
    problems = caught.value.problems
    found = [problem for problem in problems if problem.code == mistake.code]
    assert found, "\n".join(f"{problem.code} {problem}" for problem in problems)
    assert mistake.says in str(found[0])
    if mistake.at:
        lines = [number for number, line in enumerate(text.split("\n"), 1) if mistake.at in line]
        assert found[0].line in lines, str(found[0])
    assert str(found[0]).startswith("services/x/service.yaml:")
    assert found[0].mend


def test_one_mistake_makes_one_problem() -> None:
    """Most mistakes are told once, without a tail of others that follow from them."""
    tails = {"a list for a block", "id twice", "id of a function", "no kind of page", "comma in a list",
             "value left out", "unknown type", "too few options", "amount and lines"}  # fmt: skip
    for mistake in MISTAKES:
        if mistake.name not in tails:
            problems = read(mistake.text.replace(mistake.old, mistake.new, 1)).problems
            codes = {problem.code for problem in problems}
            assert codes == {mistake.code}, (mistake.name, [str(problem) for problem in problems])


def test_the_good_files_have_no_problem() -> None:
    assert read(MISSED_BIN).problems == ()
    assert read(BULKY, translations={"cy": ("service.cy.yaml", BULKY_CY)}).problems == ()


def test_all_problems_come_at_once_and_in_order() -> None:
    text = MISSED_BIN.replace("to: booked", "to: bookd").replace("> local.report_window", "> x")
    lines = [problem.line for problem in read(text).problems]
    assert len(lines) >= 2
    assert lines == sorted(lines)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "pages.items.kind.label",
            "pages.items.knd.label",
            "Did you mean `pages.items.kind.label`?",
        ),
        ("language: cy", "language: fr", "`language` cannot be `fr`"),
        ("service: bulky", "service: bulk", "the words of `bulk`, not of `bulky`"),
        ("name: Casglu pethau mawr", "name: Casglu {peth}", "no question or value called `peth`"),
    ],
)
def test_a_mistake_in_a_translation_stands_in_its_file(old: str, new: str, says: str) -> None:
    found = read(BULKY, translations={"cy": ("service.cy.yaml", BULKY_CY.replace(old, new, 1))})
    assert found.service is None
    (problem,) = found.problems
    assert isinstance(problem, Problem)
    assert (problem.file, problem.line > 0) == ("service.cy.yaml", True)
    assert says in str(problem)
