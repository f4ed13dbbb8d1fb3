"""Makes expressions that the type checker takes, and facts for them, from a seeded generator."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

DAYS = ("2026-03-11", "2024-02-29", "1900-01-01", "2199-12-31", "1850-06-01", "2026-12-25", "x", "")
NUMBERS = (0, 1, 2, 3, 7, 18, 65, 999, 10**6, 10**12, 10**15, 10**18, -1, -5, -(10**15))


class Maker:
    """Sources of expressions over the names of vectors.json."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def truth(self, depth: int = 3) -> str:
        pick = self.random.choice
        if depth == 0:
            return pick(
                ("agreed", "bin is garden", "bin is not food", "bin in [food, refuse]",
                 "food in bins", "notes is answered", "collection is answered",
                 "any(items, kind is sofa)", "all(items, number > 1)", "agreed is no",
                 "weekday(missed_on) is friday", "ward(address) in local.wards",
                 'starts_with(postcode_typed, "xw1")', "state is open")
            )  # fmt: skip
        less = depth - 1
        return pick(
            (lambda: f"({self.truth(less)} {pick(('and', 'or'))} {self.truth(less)})",
             lambda: f"not ({self.truth(less)})",
             lambda: f"({self.whole(less)} {self.sign()} {self.whole(less)})",
             lambda: f"({self.day(less)} {self.sign()} {self.day(less)})",
             lambda: f"({self.money(less)} {self.sign()} {self.money(less)})",
             lambda: f"({self.number(less)} {self.sign()} {self.number(less)})",
             lambda: f"(extra is answered and extra {self.sign()} {self.whole(0)})",
             lambda: f"(notes is answered and length(notes) {self.sign()} {self.whole(0)})",
             lambda: self.truth(0))
        )()  # fmt: skip

    def sign(self) -> str:
        return self.random.choice(("==", "!=", "<", "<=", ">", ">="))

    def whole(self, depth: int) -> str:
        pick = self.random.choice
        if depth == 0:
            return pick(("cars", "count(items)", "count(bins)", "count(photos)", "double",
                         "local.report_window", str(pick(NUMBERS)), "year(missed_on)"))  # fmt: skip
        less = depth - 1
        return pick(
            (lambda: f"({self.whole(less)} {pick('+-*')} {self.whole(less)})",
             lambda: f"days({self.day(less)}, {self.day(less)})",
             lambda: f"working_days({self.day(less)}, {self.day(less)})",
             lambda: f"years({self.day(less)}, {self.day(less)})",
             lambda: f"sum(items, number * {self.whole(0)})",
             lambda: f"{pick(('min', 'max'))}({self.whole(less)}, {self.whole(less)})",
             lambda: f"{pick(('round_up', 'round_down', 'round_half_up'))}({self.number(less)})",
             lambda: f"({self.whole(less)} if {self.truth(less)} else {self.whole(less)})",
             lambda: f"-({self.whole(less)})",
             lambda: self.whole(0))
        )()  # fmt: skip

    def number(self, depth: int) -> str:
        pick = self.random.choice
        if depth == 0:
            return pick(("local.rate", "1.5", "0.000001", "-2.25", "1000000000.5"))
        less = depth - 1
        return pick(
            (lambda: f"({self.number(less)} {pick('+-*')} {self.number(less)})",
             lambda: f"divide({self.whole(less)}, {self.whole(less)}, 0)",
             lambda: f"divide({self.money(less)}, {self.money(less)}, 1)",
             lambda: f"({self.whole(less)} / 7)",
             lambda: self.number(0))
        )()  # fmt: skip

    def money(self, depth: int) -> str:
        pick = self.random.choice
        if depth == 0:
            return pick(("income", "local.price", "£12.50", "£0"))
        less = depth - 1
        return pick(
            (lambda: f"({self.money(less)} {pick('+-')} {self.money(less)})",
             lambda: f"({self.money(less)} * {self.whole(less)})",
             lambda: f"({self.money(less)} * {self.number(less)})",
             lambda: f"round_{pick(('up', 'down', 'half_up'))}({self.money(0)} * {self.number(0)})",
             lambda: f"divide({self.money(less)}, {self.whole(less)}, £1)",
             lambda: f"sum(items, {self.money(0)})",
             lambda: self.money(0))
        )()  # fmt: skip

    def day(self, depth: int) -> str:
        pick = self.random.choice
        if depth == 0:
            return pick(("missed_on", "born_on", "today", "2026-02-28", "2000-01-01",
                         "date_of(visit)"))  # fmt: skip
        less = depth - 1
        return pick(
            (lambda: f"add_days({self.day(less)}, {self.whole(less)})",
             lambda: f"add_months({self.day(less)}, {self.whole(less)})",
             lambda: f"add_working_days({self.day(less)}, {pick((-40, -1, 0, 1, 3, 250))})",
             lambda: f"({self.day(less)} if {self.truth(less)} else {self.day(less)})",
             lambda: self.day(0))
        )()  # fmt: skip

    def text(self) -> str:
        pick = self.random.choice
        return pick(
            (f"month({self.day(1)})", f"quarter({self.day(1)})", f"financial_year({self.day(1)})",
             f"day({self.day(1)})", f"band({self.whole(1)}, -3, 0, 18, 65)",
             f"band({self.money(1)}, £5, £1000, £1234567)", "ward_name(address)",
             "postcode(address)", "uprn(address)", "time_of(visit)", "ward(spot)")
        )  # fmt: skip

    def source(self) -> str:
        make = self.random.choice(
            (self.truth, lambda: self.whole(3), lambda: self.number(3), lambda: self.money(3),
             lambda: self.day(3), self.text)
        )  # fmt: skip
        return make()

    def facts(self) -> dict[str, Any]:
        """Facts in JSON form, some of them odd or missing."""
        pick, some = self.random.choice, self.random.random
        answers: dict[str, Any] = {
            "bin": pick(("garden", "food", "", 3)),
            "bins": pick((["food"], ["garden", "food"], [], "food")),
            "cars": pick((*NUMBERS, True, "2")),
            "notes": pick(("Élan 🦔", "", "x" * 40, None)),
            "extra": pick((None, *NUMBERS)),
            "missed_on": pick(DAYS),
            "born_on": pick(DAYS),
            "income": pick(NUMBERS),
            "agreed": pick((True, False, None, "yes")),
            "address": pick(({"ward": "X05000001", "postcode": "XW1 1AA", "uprn": ""}, {}, None)),
            "spot": pick(({"ward": "X05000002"}, {"lon": 1})),
            "visit": pick(({"starts": "2026-03-17T09:30"}, {"starts": "soon"}, {"id": "7"})),
            "photos": pick(([{"id": "1"}], [], [1, {"id": "2"}])),
            "at": pick(("09:30", "24:00")),
            "postcode_typed": pick(("XW1 9ZZ", "xw19zz")),
            "items": [
                {"_id": str(n), "kind": pick(("sofa", "bed")), "number": pick(NUMBERS)}
                for n in range(self.random.randrange(4))
            ],
        }
        look_ups: dict[str, Mapping[str, Any] | None] = {
            "collection": pick(
                (None, {}, {"due_on": pick(DAYS), "score": pick(("1.5", "0.0000004999", "9e99",
                 "-0.0000005", "1_0", " 1", "-0", 2.5)), "price": pick(NUMBERS)})
            )
        }  # fmt: skip
        return {
            "answers": {name: value for name, value in answers.items() if some() > 0.08},
            "look_ups": look_ups,
            "today": pick(DAYS[:4]),
            "state": pick((None, "open", "done")),
            "started": pick((None, "2026-03-01")),
            "fee": pick((None, 0, 4500)),
            "reference": pick((None, "WM-1")),
            "holidays": ["2026-12-25", "2026-12-28", "2026-04-03"],
        }
