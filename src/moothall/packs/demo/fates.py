"""What becomes of a made-up case: its steps, each so long after the one before.

Shares are chosen so that most promises are kept, some are not, and every state and move of the
service files is seen somewhere in the year.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from moothall.packs.demo import words


@dataclass(frozen=True)
class Step:
    """One thing done to a case: a move, a note, an assignment, a chase-up.

    `hours`: working hours (for staff) or hours on the clock (for residents) after the step before;
    `who`: a role of the service file, or `applicant`. `on_slot`: at the booked time instead.
    """

    kind: str
    hours: float
    who: str
    move: str = ""
    reason: str = ""
    message: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)
    needs_slot: bool = False
    on_slot: bool = False
    files: tuple[str, ...] = ()


Fate = list[Step]


def _move(
    rng: random.Random, hours: float, who: str, move: str, words_for: str = "", **more: Any
) -> Step:
    """A move with whatever reason and message belong to it."""
    name = words_for or move
    reasons = words.REASONS.get(name, ())
    return Step(
        "move",
        hours,
        who,
        move,
        reason=rng.choice(reasons) if reasons else "",
        message=words.MESSAGES.get(name, ""),
        **more,
    )


def missed_bin(rng: random.Random) -> Fate:
    """Mostly emptied within three working days."""
    chance = rng.random()
    first = _move(rng, rng.uniform(0.5, 7), "waste_team", "book_a_crew")
    if chance < 0.05:
        return [_move(rng, rng.uniform(1, 20), "applicant", "take_back")]
    if chance < 0.11:
        return [_move(rng, rng.uniform(1, 14), "waste_team", "close")]
    late = rng.random() < 0.1
    done = _move(
        rng, rng.uniform(24, 46) if late else rng.uniform(2, 15), "waste_crew", "bin_emptied"
    )
    if chance < 0.17:
        again = [
            _move(rng, rng.uniform(2, 7), "waste_crew", "could_not_empty"),
            _move(rng, rng.uniform(0.5, 3), "waste_team", "book_a_crew"),
        ]
        return [first, *again, done]
    if late and rng.random() < 0.6:
        chase = Step("chase", rng.uniform(60, 90), "applicant")
        return [first, chase, _move(rng, rng.uniform(2, 9), "waste_crew", "bin_emptied")]
    if rng.random() < 0.06:
        return [first, Step("note", 1, "waste_team", message=rng.choice(words.NOTES)), done]
    return [first, done]


def bulky_waste(rng: random.Random) -> Fate:
    """Collected on the booked day, for most."""
    chance = rng.random()
    if chance < 0.05:
        return [_move(rng, rng.uniform(2, 30), "applicant", "cancel")]
    out = _move(rng, -1, "waste_team", "put_on_round", on_slot=True)
    done = _move(rng, rng.uniform(1, 4), "waste_crew", "collect")
    if chance < 0.09:
        changed = _move(rng, rng.uniform(2, 30), "applicant", "change_day", needs_slot=True)
        return [changed, out, done]
    missed = _move(rng, 2, "waste_crew", "could_not_collect", files=("photo",))
    if chance < 0.14:
        again = _move(rng, rng.uniform(3, 50), "applicant", "book_again", needs_slot=True)
        return [out, missed, again, out, done]
    if chance < 0.16:
        return [out, missed]
    if chance < 0.18:
        return [out, _move(rng, 3, "waste_team", "call_off")]
    return [out, done]


def parking_permit(rng: random.Random) -> Fate:
    """Decided within a week, some after more was asked for."""
    chance = rng.random()
    if chance < 0.03:
        return [_move(rng, rng.uniform(3, 20), "applicant", "take_back")]
    late = rng.random() < 0.1
    start = _move(
        rng, rng.uniform(30, 42) if late else rng.uniform(2, 18), "parking_team", "start_check"
    )
    issue = _move(rng, rng.uniform(1, 12), "parking_team", "issue")
    if chance < 0.17:
        ask = _move(rng, rng.uniform(1, 5), "parking_team", "ask_for_more")
        if chance < 0.06:
            return [start, ask]
        sent = _move(rng, rng.uniform(5, 90), "applicant", "send_more", files=("more_proof",))
        return [start, ask, sent, issue]
    if chance < 0.22:
        return [start, _move(rng, rng.uniform(1, 8), "parking_team", "refuse")]
    if chance < 0.26:
        gone = _move(rng, rng.uniform(24 * 20, 24 * 120), "applicant", "give_up")
        return [start, issue, gone]
    return [start, Step("assign", 0.1, "parking_team"), issue]


def crisis_support(rng: random.Random) -> Fate:
    """Decided within a day or two."""
    chance = rng.random()
    if chance < 0.04:
        return [_move(rng, rng.uniform(1, 5), "applicant", "take_back")]
    slow = rng.random() < 0.14
    start = _move(rng, rng.uniform(10, 18) if slow else rng.uniform(0.2, 3), "crisis_team", "start")
    award = {"award": rng.choice([3000, 4900, 6000, 8000, 12000, 18000])}
    agree = _move(rng, rng.uniform(0.3, 2.5), "crisis_team", "agree", answers=award)
    send = _move(rng, rng.uniform(0.2, 1.5), "crisis_team", "send_help")
    ask = _move(rng, rng.uniform(0.5, 2), "crisis_team", "ask_for_more")
    no = _move(rng, rng.uniform(0.5, 3), "crisis_team", "say_no")
    if chance < 0.08:
        return [start, ask]
    if chance < 0.18:
        sent = _move(rng, rng.uniform(2, 30), "applicant", "send_more", files=("more_proof",))
        return [start, ask, sent, agree, send]
    if chance < 0.27:
        return [start, no]
    if chance < 0.32:
        again = _move(rng, rng.uniform(5, 60), "applicant", "look_again")
        return [start, no, again, agree, send]
    return [start, Step("assign", 0.05, "crisis_team"), agree, send]


def foi_request(rng: random.Random) -> Fate:
    """Answered within twenty working days, for most."""
    chance = rng.random()
    start = _move(rng, rng.uniform(4, 24), "information_team", "start_search")
    late = rng.random() < 0.12
    wait = rng.uniform(165, 210) if late else rng.uniform(30, 130)
    answer = _move(rng, wait, "information_team", "answer", files=("released",))
    exemption = {"exemption": [rng.choice(["cost", "commercial", "personal", "not_held"])]}
    refuse = _move(rng, wait, "information_team", "refuse", "foi_refuse", answers=exemption)
    review = _move(rng, rng.uniform(24, 400), "applicant", "ask_review")
    if chance < 0.03:
        return [_move(rng, rng.uniform(4, 60), "applicant", "take_back")]
    if chance < 0.13:
        ask = _move(rng, rng.uniform(4, 20), "information_team", "ask_to_clear")
        if chance < 0.05:
            return [ask]
        return [ask, _move(rng, rng.uniform(5, 100), "applicant", "make_clear"), answer]
    if chance < 0.19:
        weigh = _move(rng, rng.uniform(40, 80), "information_team", "weigh")
        back = _move(rng, rng.uniform(60, 120), "information_team", "weighed")
        last = _move(rng, 8, "information_team", "refuse", "foi_refuse", answers=exemption)
        return [start, weigh, back, last]
    if chance < 0.33:
        return [start, refuse]
    if chance < 0.41:
        end = "change_answer" if rng.random() < 0.4 else "keep_answer"
        files = ("released",) if end == "change_answer" else ()
        return [
            start,
            refuse,
            review,
            _move(rng, rng.uniform(50, 150), "information_reviewer", end, files=files),
        ]
    return [start, answer]


def complaint(rng: random.Random) -> Fate:
    """Answered at stage one; about one in seven goes on to stage two."""
    chance = rng.random()
    start = _move(rng, rng.uniform(3, 16), "complaints_team", "start")
    late = rng.random() < 0.15
    found = {"outcome": rng.choices(["upheld", "partly", "not_upheld"], weights=[40, 30, 30])[0]}
    wait = rng.uniform(80, 110) if late else rng.uniform(16, 62)
    answer = _move(rng, wait, "complaints_team", "answer", answers=found)
    if chance < 0.05:
        return [_move(rng, rng.uniform(4, 60), "applicant", "take_back")]
    if chance < 0.14:
        ask = _move(rng, rng.uniform(3, 20), "complaints_team", "ask_for_more")
        if chance < 0.07:
            return [start, ask]
        return [start, ask, _move(rng, rng.uniform(5, 90), "applicant", "send_more"), answer]
    if chance < 0.29:
        end = "uphold" if rng.random() < 0.35 else "do_not_uphold"
        return [
            start,
            answer,
            _move(rng, rng.uniform(10, 300), "applicant", "escalate"),
            _move(rng, rng.uniform(60, 150), "complaints_reviewer", end),
        ]
    return [start, answer]


FATES: Mapping[str, Callable[[random.Random], Fate]] = {
    "missed_bin": missed_bin,
    "bulky_waste": bulky_waste,
    "parking_permit": parking_permit,
    "crisis_support": crisis_support,
    "foi_request": foi_request,
    "complaint": complaint,
}
"""What can become of a case of each service."""
