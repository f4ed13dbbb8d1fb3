"""Makes service files at random, all of them good: for the properties of the language."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

TYPES = (
    "text", "date", "time", "yes or no", "choose one", "choose many", "whole number", "money",
    "address", "email", "slot", "photo",
)  # fmt: skip


class Maker:
    """Makes a service file block by block; expressions use only what has been asked."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.names: dict[str, str] = {}
        self.optional: set[str] = set()
        self.count = 0

    def pick(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def of(self, *kinds: str) -> list[str]:
        return [name for name, kind in self.names.items() if kind in kinds]

    def guarded(self, name: str, said: str) -> str:
        return f"({name} is answered and {said})" if name in self.optional else said

    def number(self, depth: int = 2) -> str:
        atoms = ["1", "3", "0", "count(rows)" if "rows" in self.names else "2", "local.n"]
        atoms += [name for name in self.of("whole number") if name not in self.optional]
        atoms += [f"days({name}, today)" for name in self.of("date") if name not in self.optional]
        if depth == 0:
            return str(self.pick(*atoms))
        a, b = self.number(depth - 1), self.number(depth - 1)
        return str(
            self.pick(*atoms, f"({a} + {b})", f"({a} * {b})", f"round_down(divide({a}, {b}, 7))",
                      f"max({a}, {b})", f"({a} if {self.test(0)} else {b})")
        )  # fmt: skip

    def test(self, depth: int = 2) -> str:
        atoms = ["yes", "no", "weekday(today) is monday"]
        for name, kind in self.names.items():
            said = {
                "yes or no": name,
                "choose one": f"{name} is a",
                "choose many": f"b in {name}",
                "whole number": f"{name} > 2",
                "money": f"{name} >= £3.50",
                "date": f"{name} < add_working_days(today, 2)",
                "time": f'{name} < "12:00"',
                "address": f'ward({name}) == "X05000001"',
                "slot": f"date_of({name}) > today",
                "rows": f"any({name}, inner is a)",
            }.get(kind)
            if said:
                atoms.append(self.guarded(name, said))
            if kind not in ("rows",):
                atoms.append(f"{name} is answered")
        if depth == 0:
            return str(self.pick(*atoms))
        a, b = self.test(depth - 1), self.test(depth - 1)
        return str(
            self.pick(*atoms, f"not {a}", f"({a} and {b})", f"({a} or {b})",
                      f"{self.number(1)} <= {self.number(1)}")
        )  # fmt: skip

    def question(self, name: str, kind: str) -> dict[str, Any]:
        out: dict[str, Any] = {"ask": name, "type": kind, "label": f"What is {name}?"}
        if kind in ("choose one", "choose many"):
            out["options"] = {"a": "Apple", "b": "Pear", "c": {"label": "None", "alone": True}}
        if kind == "slot":
            out["slots"] = {"resource": "crew", "places": self.number(1)}
        limits: dict[str, Any] = {}
        if kind in ("whole number", "choose many", "photo") and self.pick(True, False):
            limits["at_most"] = self.number(1)
        if kind in ("date", "slot") and self.pick(True, False):
            limits["earliest"] = f"add_days(today, {self.number(0)})"
        if kind == "whole number" and self.pick(True, False):
            limits["must"] = f"{name} != {self.number(1)}"
        if limits:
            out["limits"] = limits
        if self.pick(False, False, True):
            out["optional"] = True
            self.optional.add(name)
        if self.pick(True, False):
            out["personal"] = self.pick("contact", "health")
        return out

    def page(self) -> dict[str, Any]:
        self.count += 1
        name = f"p{self.count}"
        condition = {"when": self.test()} if self.pick(True, False) else {}
        what = self.pick("ask", "ask", "ask", "ask", "stop", "show", "look_up", "repeat")
        if what == "stop" and self.count > 1:
            return {"stop": name, "title": "Stop", "say": "No.", "when": self.test()}
        if what == "show":
            return {"show": name, "title": "See", "say": self.text(), **condition}
        if what == "look_up":
            argument = self.number(1)
            self.names[f"{name}.due"] = "date"
            self.optional.add(f"{name}.due")
            gives = {"due": "date", "sort": {"one_of": ["a", "b"]}, "price": "money"}
            return {"look_up": name, "from": "a.b", "with": argument, "gives": gives, **condition}
        if what == "repeat" and "rows" not in self.names:
            inner = [
                {
                    "ask": "inner",
                    "type": "choose one",
                    "label": "Which?",
                    "options": {"a": "A", "b": "B"},
                },
                {
                    "ask": "size",
                    "type": "whole number",
                    "label": "Size?",
                    "when": "inner is a",
                    "optional": True,
                },
            ]
            page = {"repeat": "rows", "title": "Rows", "row": "{inner} {size}", "questions": inner,
                    "at_most": self.pick("2", self.number(1)), **condition}  # fmt: skip
            self.names["rows"] = "rows"
            return page
        kind = self.pick(*TYPES)
        question = {**self.question(name, kind), **condition}
        self.names[name] = kind
        return question

    def text(self) -> str:
        holes = [f"{{{name}}}" for name in self.names if name != "rows"]
        return " ".join(["Say", *holes[:3], "{today}", "{" + self.number(1) + "}"])

    def file(self) -> dict[str, Any]:
        self.names = {}
        pages = [
            {"ask": "p0", "type": "choose one", "label": "First?", "options": {"a": "A", "b": "B"}}
        ]
        self.names["p0"] = "choose one"
        pages += [self.page() for _ in range(self.draw(st.integers(0, 7)))]
        work = {
            "w_number": {"is": self.number()},
            "w_table": {
                "type": "money",
                "table": [
                    {"when": self.test(), "is": self.pick("12.50", "3")},
                    {"p0": self.pick("a", "b", ["a", "b"]), "is": "0.50"},
                    *([{"otherwise": "1.00"}] if self.pick(True, False) else []),
                ],
            },
        }
        unit = self.pick("working_days", "days", "hours", "working_hours", "months")
        return {
            "moothall": 1, "service": "made", "version": "1.0.0", "name": "Made", "summary": "S.",
            "kind": "apply", "owner": "team", "local": {"n": {"type": "whole number", "default": 2}},
            "pages": pages, "work_out": work,
            "fee": {"amount": "w_table * count(rows)" if "rows" in self.names else "w_table",
                    "refund": {"go": "all", "end": "round_up(fee / 3)"}, "waived_when": self.test()},
            "case": {
                "starts": "one",
                "states": {"one": "One", "two": {"label": "Two", "clock": "paused",
                           "expires": {"after": {unit: self.number(1)}, "move": "lapse"}},
                           "three": {"label": "Three", "ends": "done"}},
                "moves": {"go": {"from": "one", "to": "two", "by": "team", "when": self.test()},
                          "end": {"from": ["one", "two"], "to": "three", "by": ["team", "applicant"]},
                          "lapse": {"from": "two", "to": "three", "by": "clock"}},
                "clock": {"finish_within": {unit: self.number(1)}, "day_zero":
                          self.pick("the day it starts", "the day before"),
                          "urgent": {"when": self.test(), "finish_within": {"hours": self.number(1)}}},
            },
            "tell": {"hi": {"to": "applicant", "when": "starts", "by": "email", "subject": "{reference}",
                            "say": self.text(), "only_if": self.test()},
                     "soon": {"to": "team", "when": {"clock": 80}, "by": "email", "subject": "S", "say": "{finish_by}"}},
            "access": {"teams": {"team": {"sees": "all"}}},
            "data": {"lawful_basis": "public task", "keep": "1 year after end",
                     "publish": {"dataset": "made", "columns": {"month": "month(started)", "state": "state",
                                 "w": "w_number", "t": self.test(), "band": f"band({self.number(1)}, 1, 5)"}}},
        }  # fmt: skip


@st.composite
def service_files(draw: Any) -> dict[str, Any]:
    return Maker(draw).file()
