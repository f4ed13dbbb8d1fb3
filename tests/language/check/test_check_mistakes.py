"""Mistakes that only the proofs can see: each with all that a service manager is told.

The mistakes that reading and type-checking find are in tests/language/test_mistakes.py.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from moothall.language.check import check_service
from tests.language.check.files import SKIP_PERMIT, spoilt


@dataclass(frozen=True)
class Mistake:
    """What is changed in the skip permit, and the whole of what is then said."""

    name: str
    changes: tuple[tuple[str, str], ...]
    code: str
    says: str
    advice: bool = False


MISTAKES = (
    Mistake(
        "hidden question used",
        (
            (
                "  - ask: name\n    type: name",
                "  - stop: x\n    when: lights\n    title: A\n    say: B.\n  - ask: name\n    type: name",
            ),
        ),
        "use.not_asked",
        "skip.yaml:50: `lights` is used here, but it was not asked when size is small. Write `lights is answered and …`, or ask `lights` on that way too.",
    ),
    Mistake(
        "row missing",
        (
            (
                "      - {size: large, is: 50.00}\n",
                "      - {size: large, weeks: 2 or more, is: 50.00}\n",
            ),
        ),
        "table.gap",
        "skip.yaml:58: No row of the table `price` fits when size is large and weeks is 1. Add a row for it, or end the table with `- otherwise: …`.",
    ),
    Mistake(
        "gap inside",
        (("weeks: 3 or more, is: 30.00", "weeks: 4, is: 30.00"),),
        "table.gap",
        "skip.yaml:58: No row of the table `price` fits when size is small and weeks is 3. Add a row for it, or end the table with `- otherwise: …`.",
    ),
    Mistake(
        "overlap",
        (
            (
                "      - {size: large, is: 50.00}\n",
                "      - {weeks: 2 or more, is: 25.00}\n      - {size: large, is: 50.00}\n",
            ),
        ),
        "table.overlap",
        "skip.yaml:63: Rows 1 and 3 of the table `price` both fit when size is small and weeks is 2; row 1 wins. If that is not meant, make one of them narrower.",
        advice=True,
    ),
    Mistake(
        "never-used row",
        (
            (
                "      - {size: large, is: 50.00}\n",
                "      - {size: large, is: 50.00}\n      - {size: small, weeks: 2, is: 22.00}\n",
            ),
        ),
        "table.unused_row",
        "skip.yaml:64: Row 4 of the table `price` is never used: the rows before it fit first, or it can't occur. Move it up, or take it out.",
    ),
    Mistake(
        "impossible row",
        (
            (
                "weeks: 1 to 2, is: 20.00}",
                "weeks: 1 to 2, is: 20.00}\n      - {size: small, weeks: over 5, is: 99.00}",
            ),
        ),
        "table.unused_row",
        "skip.yaml:62: Row 2 of the table `price` is never used: the rows before it fit first, or it can't occur. Move it up, or take it out.",
    ),
    Mistake(
        "negative fee",
        (("  amount: price", "  amount: price - 30"),),
        "fee.negative",
        "skip.yaml:66: The fee is less than nothing when size is small and weeks is 1. Use `max(0, …)`, or mend the amounts.",
    ),
    Mistake(
        "fee on missing answer",
        (("  amount: price", "  amount: price + (£1.00 if lights else £0.00)"),),
        "use.not_asked",
        "skip.yaml:66: `lights` is used here in `price + (£1.00 if lights else £0.00)`, but it was not asked when size is small. Write `lights is answered and …`, or ask `lights` on that way too.",
    ),
    Mistake(
        "page never",
        (
            (
                "    when: size is large\n  - stop: lights_needed",
                "    when: size is large and not on_road\n  - stop: lights_needed",
            ),
        ),
        "reach.page",
        "skip.yaml:39: No answers lead to the page `lights`: `size is large and not on_road` is never true there. Mend its `when`, or take the page out.",
    ),
    Mistake(
        "stop never",
        (("    when: size is large and not lights", "    when: size is large and weeks > 4"),),
        "reach.page",
        "skip.yaml:43: No answers lead to the page `lights_needed`: `size is large and weeks > 4` is never true there. Mend its `when`, or take the page out.",
    ),
    Mistake(
        "all stop",
        (("    when: not on_road", "    when: on_road or not on_road"),),
        "reach.all_stop",
        "skip.yaml:28: Everyone stops at `no_permit_needed`, so nothing after it can be reached. Say `when` it stops, or mend the condition so that it is sometimes false.",
    ),
    Mistake(
        "stop without when",
        (("    when: not on_road\n", ""),),
        "reach.all_stop",
        "skip.yaml:28: Everyone stops at `no_permit_needed`, so nothing after it can be reached. Give it a `when:`.",
    ),
    Mistake(
        "always",
        (
            (
                "    when: size is large\n  - stop: lights_needed",
                "    when: weeks > 0\n  - stop: lights_needed",
            ),
        ),
        "reach.always",
        "skip.yaml:39: The page `lights` is always shown: `weeks > 0` is never false there. Leave the `when` out, or mend it.",
        advice=True,
    ),
    Mistake(
        "limits refuse all",
        (("limits: {at_least: 1, at_most: 4}", "limits: {at_least: 5, at_most: 4}"),),
        "reach.no_answer",
        "skip.yaml:35: No answer to `weeks` keeps to its limits. Widen the limits, or stop before the question is asked.",
    ),
    Mistake(
        "state unreachable",
        (
            (
                "    allowed: {label: Allowed, ends: done}",
                "    lost: {label: Lost, ends: expired}\n    allowed: {label: Allowed, ends: done}",
            ),
        ),
        "flow.state",
        "skip.yaml:77: No case can come into the state `lost`. Add a move with `to: lost`, or take the state out.",
    ),
    Mistake(
        "stuck",
        (("    allowed: {label: Allowed, ends: done}", "    allowed: {label: Allowed}"),),
        "flow.stuck",
        "skip.yaml:77: A case in the state `allowed` can never come to an end. Add a move from it that leads to an ending.",
    ),
    Mistake(
        "no ending",
        (("ends: done}", "clock: running}"),),
        "flow.stuck",
        "skip.yaml:77: A case in the state `allowed` can never come to an end. Add a move from it that leads to an ending.",
    ),
    Mistake(
        "move never",
        (
            (
                "    allow: {from: received, to: allowed, by: highways_team}",
                "    allow: {from: received, to: allowed, by: highways_team, when: weeks > 4}",
            ),
        ),
        "flow.move",
        "skip.yaml:80: The move `allow` can never be made: `weeks > 4` is never true. Mend its `when`, or take the move out.",
    ),
    Mistake(
        "no reply",
        (
            (
                "    reply: {from: waiting, to: received, by: applicant, needs: message}",
                "    reply: {from: waiting, to: received, by: highways_team, needs: message}",
            ),
        ),
        "flow.reply",
        "skip.yaml:72: In the state `waiting` we wait for the applicant, who has no move to reply with. Add a move `from: waiting` with `by: applicant` and what it `needs:`.",
    ),
    Mistake(
        "clock move unused",
        (("      expires: {after: {days: local.reply_within}, move: give_up}\n", ""),),
        "flow.clock",
        "skip.yaml:83: Only the clock makes the move `give_up`, but no state says when. Add `expires: {after: {days: 28}, move: give_up}` to `waiting`.",
    ),
    Mistake(
        "untagged",
        (
            (
                "    label: What is your name?\n    personal: identity",
                "    label: What is your name?",
            ),
        ),
        "safety.untagged",
        "skip.yaml:49: `name` is personal data (a name), and the file does not say so. Add `personal: identity`, so that it is kept out of open data and removed in time.",
    ),
    Mistake(
        "published personal",
        (("      size: size\n", "      size: size\n      who: name\n"),),
        "safety.published",
        "skip.yaml:115: The open data column `who` would publish `name`, which is personal (identity). Write `who: never`, or make it general: `ward(…)`, `month(…)`, `band(…)`.",
    ),
    Mistake(
        "published health",
        (("      size: size\n", "      size: size\n      needs: health_note\n"),),
        "safety.published_sensitive",
        "skip.yaml:115: The open data column `needs` would publish `health_note`, which is health data. Write `needs: never`, or put numbers in bands: `band(health_note, …)`.",
    ),
    Mistake(
        "published free text",
        (("      size: size\n", "      size: size\n      place: postcode(address)\n"),),
        "safety.published_free",
        "skip.yaml:115: The open data column `place` would publish `address` as it was given (an address), and people write personal things there. Write `place: never`, or ask with `choose one` and publish that.",
    ),
    Mistake(
        "rows",
        (
            ("    disclosure: counts", "    disclosure: rows"),
            (
                "    label: Where will the skip stand?",
                "    label: Where will the skip stand?\n    personal: contact",
            ),
        ),
        "safety.rows",
        "skip.yaml:114: With `disclosure: rows` each case is a row, and `ward` comes from personal data (`address`). Use `disclosure: counts`, or take the column out.",
    ),
    Mistake(
        "threshold",
        (("    disclosure: counts", "    disclosure: counts\n    threshold: 2"),),
        "safety.threshold",
        "skip.yaml:108: Only counts under 2 would be hidden, and the columns are about people or places. Set `threshold: 5` or more.",
    ),
    Mistake(
        "told",
        (("    say: The skip is {size}.", "    say: The skip is {size}, for {name}."),),
        "safety.told",
        "skip.yaml:98: The message `new_work` tells `skip_crew` the answer to `name`, which is personal (identity), and `skip_crew` may not see it. Take it out of the message, or add `name` to `access.teams.skip_crew.sees`.",
    ),
    Mistake(
        "told2",
        (("    to: skip_crew", "    to: skip_crewe"),),
        "unknown.team",
        "skip.yaml:94: There is no team called `skip_crewe` in this service. Did you mean `skip_crew`?",
    ),
    Mistake(
        "log",
        (("access:\n", "access:\n  log_reads: false\n"),),
        "safety.log",
        "skip.yaml:100: `health_note` is health data, and nobody would know who read it. Set `log_reads: true`.",
    ),
    Mistake(
        "unseen",
        (("sees: [all, health_note]", "sees: all"),),
        "safety.unseen",
        "skip.yaml:44: We ask for `health_note` (health data), and nobody may see it. Add `health_note` by name to the `sees:` of the team that needs it, or do not ask.",
    ),
    Mistake(
        "own ward",
        (
            ("sees: [address, size], rows: all}", "sees: [address, size], rows: own_ward}"),
            ("place: {answer: address, public: false}\n", ""),
        ),
        "safety.no_ward",
        "skip.yaml:102: `skip_crew` may see the cases of its own ward, and the service does not say where a case is. Add `place: {answer: …}` with the question that says where.",
    ),
    Mistake(
        "public place",
        (
            ("public: false", "public: true"),
            (
                "    label: Where will the skip stand?",
                "    label: Where will the skip stand?\n    personal: contact",
            ),
        ),
        "safety.place",
        "skip.yaml:104: The place would stand on the public map, and `address` is personal (contact). Set `public: false`, or ask where the problem is, not where the person lives.",
    ),
    Mistake(
        "blind",
        (("by: highways_team, needs: reason}", "by: [highways_team, fees_team], needs: reason}"),),
        "safety.blind",
        "skip.yaml:100: `fees_team` makes moves but may see no answer. Add `fees_team` under `access.teams` with what it needs to see.",
        advice=True,
    ),
    Mistake(
        "example: stop",
        (("    expect: {stop: no_permit_needed}", "    expect: {stop: lights_needed}"),),
        "example.differs",
        "skip.yaml:140: Example “On their own land”: the stop should be `lights_needed`, and it is `no_permit_needed`. Mend the service, or write `stop: no_permit_needed`.",
    ),
    Mistake(
        "example: fee",
        (("fee: 20.00,", "fee: 25.00,"),),
        "example.differs",
        "skip.yaml:123: Example “A small skip for a week”: the fee should be 25.00, and it is 20.00. Mend the service, or write `fee: 20.00`.",
    ),
    Mistake(
        "example: finish",
        (("finish_by: 2026-03-18", "finish_by: 2026-03-17"),),
        "example.differs",
        "skip.yaml:123: Example “A small skip for a week”: the promised day should be 2026-03-17, and it is 2026-03-18. Mend the service, or write `finish_by: 2026-03-18`.",
    ),
    Mistake(
        "example: sent",
        (("sent: [got_it, new_work]", "sent: [got_it]"),),
        "example.differs",
        "skip.yaml:123: Example “A small skip for a week”: what is sent should be [got_it], and it is [got_it, new_work]. Mend the service, or write `sent: [got_it, new_work]`.",
    ),
    Mistake(
        "example: asked",
        (
            (
                "asked: [address, size, on_road, weeks, health_note",
                "asked: [address, size, on_road, weeks, lights",
            ),
        ),
        "example.differs",
        "skip.yaml:123: Example “A small skip for a week”: what is asked should be [address, size, on_road, weeks, lights, name, email], and it is [address, size, on_road, weeks, health_note, name, email]. Mend the service, or write `asked: [address, size, on_road, weeks, health_note, name, email]`.",
    ),
    Mistake(
        "example: not asked",
        (("size: small, on_road: false}", "size: small, on_road: false, weeks: 2}"),),
        "example.not_asked",
        "skip.yaml:138: Example “On their own land”: it answers `weeks`, which is not asked on its way. Take the answer out, or mend the answers before it.",
    ),
    Mistake(
        "example: unanswered",
        (("on_road: true, weeks: 3, name", "on_road: true, name"),),
        "example.unanswered",
        "skip.yaml:132: Example “Nobody replies”: it gives no answer to `weeks`, which is asked. Add `weeks:` to its `answers:`.",
    ),
    Mistake(
        "example: refused",
        (("on_road: true, weeks: 3, name", "on_road: true, weeks: 9, name"),),
        "example.refused",
        "skip.yaml:132: Example “Nobody replies”: the answer to `weeks` is refused: Your answer to “For how many weeks?” must be 4 or less. Give an answer that the form takes.",
    ),
    Mistake(
        "example: fake",
        (("    fakes: {highways.road: fails}\n", ""),),
        "example.fake",
        "skip.yaml:124: Example “A large skip that is refused”: it does not say what the look-up `road` gives. Add `fakes: {highways.road: …}`, or `fakes: {highways.road: fails}`.",
    ),
    Mistake(
        "example: order",
        (("moves: [ask_more, reply, allow]", "moves: [ask_more, allow]"),),
        "example.move",
        "skip.yaml:122: Example “A small skip for a week”: the case is in `waiting`, and `allow` starts from `received`. Put the moves in an order that the case allows.",
    ),
    Mistake(
        "example: by",
        (("moves: [refuse]", "moves: [{move: refuse, by: applicant}]"),),
        "example.move",
        "skip.yaml:128: Example “A large skip that is refused”: `applicant` may not make `refuse`. It is made by `highways_team`.",
    ),
    Mistake(
        "example: late",
        (
            (
                "moves: [ask_more, reply, allow]",
                "moves: [ask_more, {move: reply, on: 2026-05-01}, allow]",
            ),
        ),
        "example.expired",
        "skip.yaml:122: Example “A small skip for a week”: by 2026-05-01 the clock has made `give_up` already (2026-03-21). Make `reply` earlier, or put `give_up` before it.",
    ),
    Mistake(
        "example: state",
        (("fee: 50.00, state: refused,", "fee: 50.00, state: received,"),),
        "example.differs",
        "skip.yaml:129: Example “A large skip that is refused”: the state at the end should be `received`, and it is `refused`. Mend the service, or write `state: refused`.",
    ),
    Mistake(
        "example: work_out",
        (("work_out: {price: 50.00}", "work_out: {price: 5.00}"),),
        "example.differs",
        "skip.yaml:129: Example “A large skip that is refused”: `price` should be 5.00, and it is 50.00. Mend the service, or write `work_out: {price: 50.00}`.",
    ),
    Mistake(
        "example: published",
        (("size: small, result: allowed", "size: large, result: allowed"),),
        "example.differs",
        "skip.yaml:123: Example “A small skip for a week”: the column `size` should be large, and it is small. Mend the service, or write `published: {size: small}`.",
    ),
    Mistake(
        "example: stops",
        (("expect: {stop: no_permit_needed}", "expect: {state: received}"),),
        "example.stopped",
        "skip.yaml:140: Example “On their own land”: it stops at `no_permit_needed`. Write `expect: {stop: no_permit_needed}`, or mend the answers.",
    ),
    Mistake(
        "example: cover",
        (
            (
                "    moves: [ask_more, give_up]\n    expect: {fee: 30.00, state: refused}",
                "    expect: {fee: 30.00}",
            ),
        ),
        "example.coverage",
        "skip.yaml:84: No example visits the move `give_up`. Add an example whose `moves:` have `give_up` in them.",
    ),
    Mistake(
        "unused local",
        (("local:\n", "local:\n  spare: {type: whole number, default: 3}\n"),),
        "local.unused",
        "skip.yaml:10: Nothing uses the local value `spare`. Use it as `local.spare`, or take it out.",
        advice=True,
    ),
    Mistake(
        "no promise",
        (("  clock: {finish_within: {working_days: 5}}\n", ""),),
        "use.no_promise",
        "skip.yaml:91: `finish_by` is used here, and the service promises no day. Add `case: clock: {finish_within: {working_days: 5}}`, or leave it out.",
    ),
    Mistake(
        "long sentence",
        (
            (
                "    say: A skip on your own land needs no permit.",
                "    say: A skip that stands on your own land and does not stick out over the path or the road where other people may need to walk or drive needs no permit from us at all.",
            ),
        ),
        "reading.sentence",
        "skip.yaml:31: A sentence has 35 words: “A skip that stands on your own land …”. Make it two sentences of at most 25 words.",
        advice=True,
    ),
    Mistake(
        "very long",
        (
            (
                "    say: A skip on your own land needs no permit.",
                "    say: A skip on your own land and not on the road A skip on your own land and not on the road A skip on your own land and not on the road A skip on your own land and not on the road A skip on your own land and not on the road needs none.",
            ),
        ),
        "reading.sentence",
        "skip.yaml:31: A sentence has 57 words: “A skip on your own land and not …”. Make it two sentences of at most 25 words.",
    ),
    Mistake(
        "hard",
        (
            (
                "before_you_start: You need the address and the size of the skip.",
                "before_you_start: Applications necessitate comprehensive documentation demonstrating authorisation, accompanied by appropriate identification, insurance certification, environmental assessment and geographical information regarding accommodation.",
            ),
        ),
        "reading.hard",
        "skip.yaml:11: These words need a reading age of more than 18. Use shorter words and shorter sentences.",
        advice=True,
    ),
    Mistake(
        "field",
        (("channels: [online, phone]", "channels: [online, phone, field]"),),
        "offline.fee",
        "skip.yaml:64: The form is used in the field, where there may be no signal, and it must be paid first. Say `taken: on approval` with its `state`, or take `field` out of `channels`.",
    ),
    Mistake(
        "hole",
        (
            (
                "    say: The skip is {size}.",
                "    say: The skip is {size}. Lights are {lights}. Road works end {road.works_end_on}.",
            ),
        ),
        "text.hole",
        'skip.yaml:98: The words have a gap where `{lights}` stands, which is not asked when size is small. Write `{lights if lights is answered else "…"}`, or ask it on that way too.',
        advice=True,
    ),
    Mistake(
        "look-up used where it is not made",
        (
            ("    with: address\n", '    with: address\n    when: ward(address) == "X05000002"\n'),
            ("    when: not on_road\n", "    when: not on_road or road.busy\n"),
            (
                "    if_it_fails: carry on",
                "    if_it_fails: stop\n    title: We can't go on\n    say: Call us.",
            ),
        ),
        "use.not_looked_up",
        "skip.yaml:32: `road.busy` is used here in `not on_road or road.busy`, but it was not looked up when address is in X05000001. Write `road.busy is answered and …`, or look it up on that way too.",
    ),
    Mistake(
        "write and stop the clock",
        (
            ("      waits_for: applicant\n", ""),
            (
                "    reply: {from: waiting, to: received, by: applicant, needs: message}",
                "    reply: {from: waiting, to: received, by: highways_team}",
            ),
        ),
        "flow.reply",
        "skip.yaml:72: The move `ask_more` writes to the applicant and the clock stops in `waiting`, but the applicant has no move to reply with. Add a move `from: waiting` with `by: applicant`, or say `waits_for: someone else`.",
    ),
    Mistake(
        "our turn",
        (
            ("      waits_for: applicant\n", ""),
            (
                "    reply: {from: waiting, to: received, by: applicant, needs: message}",
                "    reply: {from: waiting, to: received, by: highways_team}",
            ),
            ("to: waiting, by: highways_team, needs: message}", "to: waiting, by: highways_team}"),
        ),
        "flow.our_turn",
        "skip.yaml:72: The clock stops in `waiting`, and nothing says that we wait for anyone. Say `waits_for: applicant` or `waits_for: someone else`, or let the clock run.",
        advice=True,
    ),
    Mistake(
        "no ending anywhere",
        (
            ("Allowed, ends: done}", "Allowed}"),
            ("Refused, ends: refused}", "Refused}"),
        ),
        "flow.no_ending",
        "skip.yaml:70: No state of the case is an ending. Give the last states `ends: done` or `ends: refused`.",
    ),
    Mistake(
        "move from nowhere",
        (
            (
                "    allowed: {label: Allowed, ends: done}",
                "    lost: {label: Lost, ends: expired}\n    allowed: {label: Allowed, ends: done}",
            ),
            (
                "    allow: {",
                "    find: {from: lost, to: received, by: highways_team}\n    allow: {",
            ),
        ),
        "flow.move",
        "skip.yaml:81: The move `find` can never be made: no case comes into `lost`. Let it start from a state that a case can be in.",
    ),
    Mistake(
        "field look-up",
        (
            ("channels: [online, phone]", "channels: [online, phone, field]"),
            (
                "    if_it_fails: carry on",
                "    if_it_fails: stop\n    title: We can't go on\n    say: Call us.",
            ),
        ),
        "offline.look_up",
        "skip.yaml:16: The form is used in the field, where there may be no signal, and `road` stops it when the look-up fails. Say `if_it_fails: carry on`, or `offline: true` if the device carries the answer.",
    ),
    Mistake(
        "look-up stop not visited",
        (
            (
                "    if_it_fails: carry on",
                "    if_it_fails: stop\n    title: We can't go on\n    say: Call us.",
            ),
            ("fakes: {highways.road: fails}", "fakes: {highways.road: {busy: true}}"),
        ),
        "example.coverage",
        "skip.yaml:16: No example visits the stop `road`. Add an example that leads there, such as one where the look-up fails.",
    ),
    Mistake(
        "circle of states",
        (
            (
                "    allowed: {label: Allowed, ends: done}",
                "    allowed: {label: Allowed}\n    again: {label: Again}",
            ),
            (
                "    allow: {",
                "    go_round: {from: allowed, to: again, by: highways_team}\n    go_back: {from: again, to: allowed, by: highways_team}\n    allow: {",
            ),
        ),
        "flow.stuck",
        "skip.yaml:77: A case in the state `allowed` can never come to an end. Its moves lead round in a circle: add one that leads to an ending.",
    ),
    Mistake(
        "no examples",
        (
            (
                'examples:\n  - name: A small skip for a week\n    today: 2026-03-11\n    answers: {address: "uprn:990000000001", size: small, on_road: true, weeks: 1, name: Robin Sallow, email: robin.sallow@example.org}\n    fakes: {highways.road: {busy: false}}\n    moves: [ask_more, reply, allow]\n    expect: {asked: [address, size, on_road, weeks, health_note, name, email], fee: 20.00, state: allowed, finish_by: 2026-03-18, sent: [got_it, new_work], published: {month: 2026-03, size: small, result: allowed}}\n  - name: A large skip that is refused\n    today: 2026-03-11\n    answers: {address: "uprn:990000000001", size: large, on_road: true, weeks: 1, lights: true, name: Robin Sallow, email: robin.sallow@example.org}\n    fakes: {highways.road: fails}\n    moves: [refuse]\n    expect: {fee: 50.00, state: refused, work_out: {price: 50.00}}\n  - name: Nobody replies\n    today: 2026-03-11\n    answers: {address: "uprn:990000000001", size: small, on_road: true, weeks: 3, name: Robin Sallow, email: robin.sallow@example.org}\n    fakes: {highways.road: {busy: true}}\n    moves: [ask_more, give_up]\n    expect: {fee: 30.00, state: refused}\n  - name: On their own land\n    today: 2026-03-11\n    answers: {address: "uprn:990000000001", size: small, on_road: false}\n    fakes: {highways.road: {busy: true}}\n    expect: {stop: no_permit_needed}\n  - name: A large skip without lights\n    today: 2026-03-11\n    answers: {address: "uprn:990000000001", size: large, on_road: true, weeks: 1, lights: false}\n    fakes: {highways.road: {busy: true}}\n    expect: {stop: lights_needed}\n',
                "",
            ),
        ),
        "example.none",
        "skip.yaml:1: The service has no examples, so nothing shows that it works. Add `examples:` that together visit every stop, state and move.",
    ),
    Mistake(
        "hard to read",
        (
            (
                "summary: Ask to put a skip on the road.",
                "summary: Residents requiring authorisation to temporarily position a commercial refuse container upon the adopted public highway are obliged to submit an application.",
            ),
            (
                "before_you_start: You need the address and the size of the skip.",
                "before_you_start: Applications necessitate comprehensive documentation demonstrating authorisation. Accompanying identification, insurance certification and environmental assessments should additionally incorporate geographical information regarding accommodation.",
            ),
            (
                "    say: A skip on your own land needs no permit.",
                "    say: Authorisation is unnecessary for containers positioned exclusively within privately maintained curtilage.",
            ),
            (
                "    say: Ask the skip company for lights. Then apply again.",
                "    say: Illumination apparatus must be procured from an appropriately accredited contractor before resubmitting the application.",
            ),
        ),
        "reading.whole",
        "skip.yaml:11: The words of the service need a reading age of 15. Aim for 11, and at most 13; begin with the words in this line.",
    ),
    Mistake(
        "example: needs",
        (
            (
                "refuse: {from: received, to: refused, by: highways_team, needs: reason}",
                "refuse: {from: received, to: refused, by: highways_team, needs: ground}",
            ),
            (
                "  clock: {fin",
                "  ask:\n    - ask: ground\n      type: choose one\n      label: Why is it refused?\n      options: {blocked: The road is too narrow, unsafe: It is not safe}\n  clock: {fin",
            ),
        ),
        "example.needs",
        "skip.yaml:133: Example “A large skip that is refused”: `refuse` needs an answer to `ground`. Write `{move: refuse, answers: {ground: …}}`.",
    ),
    Mistake(
        "example: no case",
        (
            (
                "    expect: {stop: no_permit_needed}",
                "    expect: {stop: no_permit_needed, fee: 20.00}",
            ),
        ),
        "example.no_case",
        "skip.yaml:140: Example “On their own land”: it stops in the form, so there is no case and no `fee`. Leave out `fee:`.",
    ),
    Mistake(
        "example: local",
        (
            (
                "  - name: Nobody replies\n",
                "  - name: Nobody replies\n    local: {reply_within: soon}\n",
            ),
        ),
        "example.local",
        "skip.yaml:131: Example “Nobody replies”: `soon` does not fit the local value `reply_within`. It should be a whole number, such as 3.",
    ),
)


def test_the_file_that_is_spoilt_here_is_right() -> None:
    report = check_service(SKIP_PERMIT, file="skip.yaml")
    assert report.problems == ()
    assert report.ok


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_is_told_with_its_line_and_how_to_mend_it(mistake: Mistake) -> None:
    text = SKIP_PERMIT
    for old, new in mistake.changes:
        text = spoilt(old, new, text)
    report = check_service(text, file="skip.yaml")
    told = [problem for problem in report.problems if problem.code == mistake.code]
    assert mistake.says in [str(problem) for problem in told]
    assert {problem.severity for problem in told} == {"warning" if mistake.advice else "error"}
    assert report.ok is (not report.errors)
    for problem in report.problems:
        assert problem.line > 0
        assert problem.message.endswith((".", "?"))
        assert problem.mend.endswith((".", "?"))


def test_mistakes_are_many_and_of_every_proof() -> None:
    assert len({mistake.code for mistake in MISTAKES}) >= 40
