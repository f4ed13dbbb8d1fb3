"""The few answers to each question that the checker has to try.

Two answers that no expression of the service can tell apart lead the same way, so one of them is
enough. Candidates come from the clues (see `clues`), the question's options and limits; those
that are alike under every yes-or-no part of every expression are then dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from itertools import islice
from typing import Any

from moothall.language.answers import check_answer
from moothall.language.check.clues import Clues
from moothall.language.check.forms import Form, atoms, every, variables
from moothall.language.check.pairwise import mixes
from moothall.language.expressions import Rules
from moothall.language.expressions.env import Env
from moothall.language.expressions.run import build
from moothall.language.expressions.values import add_days, add_months
from moothall.language.facts import Facts
from moothall.language.service import Page, Question, Service

MOST_VALUES = 24
MOST_MIXES = 48
MOST_ROWS_TRIED = 12
MOST_ROW_MIXES = 400
PLAIN: Mapping[str, Any] = {
    "text": "Something",
    "long text": "Something happened here.",
    "name": "Robin Sallow",
    "email": "robin.sallow@example.org",
    "phone": "07700900123",
    "time": "10:00",
    "yes or no": True,
    "vehicle registration": "AB12CDE",
    "National Insurance number": "AB123456C",
    "NHS number": "9434765919",
    "location": {"lon": -1.1, "lat": 52.45, "ward": "X05000001", "words": "By the bridge"},
    "bank details": {
        "name": "R Sallow",
        "sort_code": "000000",
        "account_number": "00000000",
        "roll_number": "",
    },
}


def plain_address(ward: str = "X05000001", postcode: str = "XW1 1AA") -> dict[str, Any]:
    """An address that cannot be real, in JSON form."""
    return {
        "uprn": "990000000001",
        "line": "1 Mill Lane, Wealdmere",
        "postcode": postcode,
        "ward": ward,
        "ward_name": ward,
        "lon": -1.1,
        "lat": 52.45,
    }


@dataclass
class Choices:
    """Answers to try for each variable (question, repeat, look-up or `today`).

    The first is the plain one, used where the variable makes no difference. `missing` stands for
    an optional question left blank (None) and, for a look-up, for one that failed (None).
    """

    values: dict[str, list[Any]] = field(default_factory=dict)

    def of(self, variable: str) -> list[Any]:
        """All the answers to try, at least one."""
        return self.values[variable]


class Maker:
    """Makes the choices for one service on one day."""

    def __init__(
        self,
        service: Service,
        rules: Rules,
        forms: Iterable[Form],
        worked_out: Mapping[str, Form],
        clues: Mapping[str, Clues],
        today: date,
    ) -> None:
        self.service = service
        self.rules = rules
        self.forms = [*forms, *worked_out.values()]
        self.worked_out = worked_out
        self.clues = clues
        self.today = today
        # By variable, and by all that is read with it: what is asked of one environment, so that
        # what is worked out in it is worked out once.
        self.atoms: dict[str, dict[frozenset[str], list[Callable[[Env], Any]]]] = {}
        seen: set[str] = set()
        for form in self.forms:
            for atom in atoms(form):
                if (key := repr(atom)) in seen:
                    continue
                seen.add(key)
                reads = variables(atom, worked_out)
                run = build(atom)
                for name in reads:
                    self.atoms.setdefault(name, {}).setdefault(reads, []).append(run)
        self.raw: dict[str, list[Any]] = {}
        self.different: dict[str, list[Any]] = {}
        self.mixed: dict[tuple[tuple[str, int], ...], list[tuple[Any, ...]]] = {}
        """What stands around a variable while its values are told apart, by the others' names
        and how many values each has."""
        self.parts = [(part, variables(form, worked_out)) for part, form in worked_out.items()]
        self.known: dict[tuple[Any, ...], Any] = {}
        """What was worked out, by the identities of the raw values that it read: they all live on."""
        self.impossible: set[str] = set()  # questions whose limits refuse every answer

    def make(self) -> Choices:
        """The choices for every question, repeat and look-up, and for `today`."""
        self.raw["today"] = [day.isoformat() for day in self._todays()]
        for page in self.service.pages:
            if page.kind == "look_up":
                self.raw[page.id] = self._look_ups(page)
            elif page.kind == "repeat":
                self.raw[page.id] = self._rows(page)
            elif page.kind == "ask":
                for key in page.questions:
                    self.raw[key] = self._answers(self.service.questions[key])
        for key, question in self.service.questions.items():
            if question.stage == "case":
                self.raw[key] = self._answers(question)
        for name in self.raw:
            self.different[name] = self._different(name)
        return Choices(self.different)

    # -- telling apart ------------------------------------------------------------------------

    def _different(self, name: str) -> list[Any]:
        """The raw candidates of `name`, without those that nothing can tell apart."""
        if len(self.raw[name]) < 2:
            return self.raw[name]
        blank = [value for value in self.raw[name] if value is None]
        alike = [[value for value in self.raw[name] if value is not None], blank]
        for outcome in self._outcomes(name):
            alike = [part for group in alike for part in _split(group, outcome)]
            if all(len(group) < 2 for group in alike):
                break
        firsts = {id(group[0]) for group in alike if group}
        return [value for value in self.raw[name] if id(value) in firsts][:MOST_VALUES]

    def _outcomes(self, name: str) -> Iterator[Callable[[Any], tuple[Any, ...]]]:
        """Functions of a value of `name`; two values that differ in one are not alike."""
        # What reads little is cheap and mostly tells values apart already.
        for reads, runs in sorted(self.atoms.get(name, {}).items(), key=lambda item: len(item[0])):
            others = tuple(sorted(reads - {name}))
            parts = [part for part in self.parts if part[1] < reads]
            # Of another variable that is done, the values that are left stand for the rest.
            pools = [self.different.get(other) or self.raw.get(other, [None]) for other in others]
            key = tuple(zip(others, map(len, pools), strict=True))
            if key not in self.mixed:
                self.mixed[key] = mixes(pools, MOST_MIXES)
            for mix in self.mixed[key]:
                held = dict(zip(others, mix, strict=True))

                def outcome(
                    value: Any,
                    held: Mapping[str, Any] = held,
                    runs: list[Callable[[Env], Any]] = runs,
                    parts: list[tuple[str, frozenset[str]]] = parts,
                ) -> tuple[Any, ...]:
                    around: dict[str, Any] = {**held, name: value}
                    env = self.env(around)
                    keys: list[tuple[Any, ...]] = [
                        (part, *(id(around[read]) for read in reads)) for part, reads in parts
                    ]
                    for known_by in keys:
                        if known_by in self.known:
                            env.cache[known_by[0]] = self.known[known_by]
                    results = tuple([run(env) for run in runs])
                    for known_by in keys:
                        if known_by[0] in env.cache:
                            self.known[known_by] = env.cache[known_by[0]]
                    return tuple(
                        result if isinstance(result, bool) else result is None for result in results
                    )

                yield outcome

    def env(self, held: Mapping[str, Any]) -> Env:
        """An environment in which `held` are the answers, look-ups and facts."""
        answers = {key: value for key, value in held.items() if key not in self._look_up_ids}
        look_ups = {key: value for key, value in held.items() if key in self._look_up_ids}
        today = held.get("today")
        facts = Facts(
            answers=answers,
            look_ups=look_ups,
            today=date.fromisoformat(today) if today else self.today,
            started=self.today,
            reference="XX-XXX-XXX",
            finish_by=self.today,
            fee=0,
        )
        return Env(self.rules, facts)

    @cached_property
    def _look_up_ids(self) -> frozenset[str]:
        return frozenset(page.id for page in self.service.pages if page.kind == "look_up")

    # -- candidates ---------------------------------------------------------------------------

    def _answers(self, question: Question) -> list[Any]:
        """Candidate answers of one question, the plain one first, blank last if it may be."""
        clues = self.clues.get(question.id, Clues())
        found = [
            value for value in self._of_type(question, clues) if self._allowed(question, value)
        ]
        if not found:
            self.impossible.add(question.id)
            found = list(islice(self._of_type(question, clues), 1))
        if question.optional:
            found.append(None)
        return _unique(found)

    def _allowed(self, question: Question, value: Any) -> bool:
        """Whether the limits that depend on nothing but today and the council allow `value`."""
        reads: set[str] = set()
        for expression in question.bounds.values():
            reads |= variables(expression.form, self.worked_out)
        if reads - {"today", question.id, question.field} and not question.row_of:
            return True
        if question.row_of or question.type in ("slot", "file", "photo", "signature", "address"):
            return True
        facts = Facts({question.id: value}, today=self.today)
        return not check_answer(self.service, question.id, value, facts=facts)

    def _of_type(self, question: Question, clues: Clues) -> Iterator[Any]:
        kind = question.type
        match kind:
            case "choose one":
                yield from question.options
            case "choose many":
                yield from self._sets(question)
            case "yes or no":
                yield from (True, False)
            case "whole number" | "money":
                yield from self._numbers(question, clues)
            case "date":
                yield from self._dates(question, clues)
            case "time":
                yield from _times(clues)
            case "address":
                yield from _addresses(clues)
            case "location":
                yield PLAIN["location"]
                for ward in sorted(clues.wards):
                    yield {**PLAIN["location"], "ward": ward}
            case "file" | "photo" | "signature":
                yield from self._files(question, clues)
            case "slot":
                day = add_days(self.today.isoformat(), 7)
                resource = question.slots.resource if question.slots else ""
                yield {
                    "id": "1",
                    "resource": resource,
                    "starts": f"{day}T10:00",
                    "ends": f"{day}T12:00",
                }
            case _:
                yield from self._texts(question, clues)

    def _texts(self, question: Question, clues: Clues) -> Iterator[str]:
        if question.limits.looks_like:
            shape = question.limits.looks_like
            yield "".join({"A": "A", "0": "1"}.get(letter, letter) for letter in shape)
        yield PLAIN.get(question.type, "Something")
        shortest = question.limits.shortest or 1
        yield ("Something " * (shortest // 10 + 1))[: max(shortest, 9)].strip()
        yield from sorted(clues.texts)
        for length in sorted(clues.lengths):
            yield from ("x" * max(1, length + step) for step in (-1, 0, 1))

    def _sets(self, question: Question) -> Iterator[list[str]]:
        many = [key for key, option in question.options.items() if not option.alone]
        yield from ([key] for key in question.options)
        yield from ([a, b] for n, a in enumerate(many) for b in many[n + 1 :])
        if len(many) > 2:
            yield many

    def _numbers(self, question: Question, clues: Clues) -> Iterator[int]:
        low, high = (self._bound(question, key) for key in ("at_least", "at_most"))
        plain = low if isinstance(low, int) and low > 1 else 1
        yield plain
        edges = {0, 2, *(edge + step for edge in clues.numbers for step in (-1, 0, 1))}
        edges |= {bound for bound in (low, high) if isinstance(bound, int)}
        yield from sorted(edges)

    def _bound(self, question: Question, key: str) -> Any:
        expression = question.bounds.get(key)
        return expression.run(self.env({})) if expression is not None else None

    def _dates(self, question: Question, clues: Clues) -> Iterator[str]:
        earliest, latest = (self._bound(question, key) for key in ("earliest", "latest"))
        found = [self.today.isoformat(), *self._days_near(clues)]
        found += [bound for bound in (earliest, latest) if bound]
        yield from found

    def _days_near(self, clues: Clues) -> Iterator[str]:
        """Days around today and around the dates that are named."""
        today = self.today.isoformat()
        yield from (add_days(today, step) for step in (-1, 1))
        for unit, amount in sorted(clues.shifts):
            for step in (-1, 0, 1):
                for sign in (-1, 1):
                    yield self._shifted(unit, sign * (amount + step))
        for text in sorted(clues.texts):
            if len(text) == 10:
                yield from (add_days(text, step) for step in (-1, 0, 1))
            elif len(text) == 7:
                yield f"{text}-01" if text[5:].isdigit() else today
        if "weekday" in clues.calls:
            yield from (add_days(today, step) for step in range(7))
        if {"month", "quarter", "year", "financial_year"} & clues.calls:
            yield from (add_months(today, step) for step in range(-12, 13))

    def _shifted(self, unit: str, amount: int) -> str:
        today = self.today.isoformat()
        match unit:
            case "working days":
                return Facts({}).calendar.add_working_days(self.today, amount).isoformat()
            case "years":
                return add_months(today, 12 * amount)
            case "months":
                return add_months(today, amount)
        return add_days(today, amount)

    def _todays(self) -> Iterator[date]:
        """Today, and other days where an expression asks which day of the year today is."""
        clues = self.clues.get("today", Clues())
        yield self.today
        for text in sorted(clues.texts):
            if len(text) == 10:
                yield from (date.fromisoformat(text) + timedelta(step) for step in (-1, 0, 1))
        if "weekday" in clues.calls:
            yield from (self.today + timedelta(step) for step in range(7))
        if {"month", "quarter", "year", "financial_year"} & clues.calls:
            months = range(-12, 13)
            yield from (date.fromisoformat(add_months(self.today.isoformat(), m)) for m in months)

    def _files(self, question: Question, clues: Clues) -> Iterator[list[dict[str, Any]]]:
        name, kind = (
            ("photo.jpg", "image/jpeg")
            if question.type == "photo"
            else ("proof.pdf", "application/pdf")
        )
        fewest = self._bound(question, "at_least") or 1
        for amount in sorted({fewest, *(n + step for n in clues.counts for step in (0, 1))}):
            if 0 < amount <= MOST_ROWS_TRIED:
                yield [
                    {"id": str(n), "name": name, "type": kind, "size": 1000} for n in range(amount)
                ]

    # -- look-ups and repeats -----------------------------------------------------------------

    def _look_ups(self, page: Page) -> list[Any]:
        """What a look-up may give: its values mixed, None for one that failed."""
        names: list[str] = []
        pools: list[list[Any]] = []
        for key, gives in page.spec.gives.items():
            clues = self.clues.get(f"{page.id}.{key}", Clues())
            pool = _unique(self._given(gives, clues))
            names.append(key)
            pools.append(pool if clues.read else pool[:1])
            if not gives.always:
                pools[-1] = [*pools[-1], None]
        given: list[Any] = [
            {key: value for key, value in zip(names, mix, strict=True) if value is not None}
            for mix in mixes(pools, 4 * MOST_MIXES)
        ]
        given.append(None)
        return given

    def _given(self, gives: Any, clues: Clues) -> Iterator[Any]:
        if hasattr(gives, "one_of"):
            yield from gives.one_of
            return
        match gives.type:
            case "yes or no":
                yield from (True, False)
            case "whole number" | "money":
                yield 1
                yield from sorted({0, *(n + step for n in clues.numbers for step in (-1, 0, 1))})
            case "number":
                yield "1"
                yield from (str(n + step) for n in sorted(clues.numbers) for step in (-1, 0, 1))
            case "date":
                yield self.today.isoformat()
                yield from self._days_near(clues)
            case "time":
                yield from _times(clues)
            case "list of text":
                yield ["something"]
                yield from ([text] for text in sorted(clues.texts))
            case _:
                yield "something"
                yield from sorted(clues.texts)

    def _rows(self, page: Page) -> list[Any]:
        """Lists of rows: the fewest, one more, the edges that are named; mixed contents."""
        kinds = self._row_kinds(page)
        held = self.env({})
        fewest = page.at_least.run(held) if page.at_least else 1
        most = page.at_most.run(held) if page.at_most else 20
        fewest = fewest if isinstance(fewest, int) else 1
        most = min(most if isinstance(most, int) else 20, 100)
        counts = self.clues.get(page.id, Clues()).counts
        sizes = {fewest or 1, fewest + 1, min(most, MOST_ROWS_TRIED)}
        sizes |= {n + step for n in counts for step in (-1, 0, 1)}
        lists: list[Any] = []
        for size in sorted(size for size in sizes if max(1, fewest) <= size <= most):
            for start in range(len(kinds)):
                lists.append(
                    [
                        {"_id": f"r{n}", **kinds[(start if n == 0 else n - 1 + start) % len(kinds)]}
                        for n in range(size)
                    ]
                )
            if size > 1:
                lists.extend([{"_id": f"r{n}", **kind} for n in range(size)] for kind in kinds)
        if page.spec.optional or fewest == 0:
            lists.append([])
        if fewest <= 1 <= most:
            lists.extend([{"_id": "r0", **row}] for row in self._added_up(page, kinds[0]))
        return lists

    def _added_up(self, page: Page, plain: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Rows that differ from `plain` in one figure that is added up: the sum meets each edge."""
        for key in page.questions:
            question = self.service.questions[key]
            if key in self.in_sums and question.field in plain:
                for value in self._answers(question):
                    if _size(value) or value == 0:
                        yield {**plain, question.field: value}

    def _row_kinds(self, page: Page) -> list[dict[str, Any]]:
        """Different rows of a repeat, without those that nothing can tell apart."""
        questions = [self.service.questions[key] for key in page.questions]
        pools = [self._row_pool(question) for question in questions]
        found: dict[tuple[Any, ...], dict[str, Any]] = {}
        for mix in mixes(pools, MOST_ROW_MIXES):
            row: dict[str, Any] = {}
            for question, value in zip(questions, mix, strict=True):
                env = self.env({})
                env.row = row
                if question.when is None or question.when.run(env):
                    row[question.field] = value
            most = tuple(
                row.get(question.field) == max(pool, key=_size)
                for question, pool in zip(questions, pools, strict=True)
                if question.id in self.summed
            )
            found.setdefault((*most, *self._row_results(page.id, row, frozenset())), row)
        return list(found.values())[:MOST_VALUES]

    @cached_property
    def summed(self) -> frozenset[str]:
        """The fields of rows that are added up as they are: more makes a difference of its own."""
        return frozenset(
            str(part[2][1])
            for form in self.forms
            for part in every(form)
            if part[0] == "sum" and part[2][0] == "row"
        )

    @cached_property
    def in_sums(self) -> frozenset[str]:
        """The fields of rows that an amount added up over rows is made from."""
        return frozenset(
            str(leaf[1])
            for form in self.forms
            for part in every(form)
            if part[0] == "sum"
            for leaf in every(part[2])
            if leaf[0] == "row"
        )

    def _row_pool(self, question: Question) -> list[Any]:
        """The answers to one question of a row that its own conditions tell apart."""
        pool = self._answers(question)
        if not self.clues.get(question.id, Clues()).read:
            return pool[:1]
        assert question.row_of is not None
        found: dict[tuple[Any, ...], Any] = {}
        mixed = any(
            question.id in reads and len(reads) > 1 for _, reads in self.row_atoms[question.row_of]
        )
        for value in pool:
            row = {question.field: value}
            key = (
                (repr(value),)
                if mixed
                else tuple(self._row_results(question.row_of, row, frozenset({question.id})))
            )
            most = question.id in self.summed and value == max(pool, key=_size)
            found.setdefault((value is None, most, *key), value)
        return list(found.values())

    def _row_results(
        self, repeat: str, row: Mapping[str, Any], only: frozenset[str]
    ) -> Iterator[Any]:
        for run, reads in self.row_atoms[repeat]:
            if only and not reads & only:
                continue
            env = self.env({})
            env.row = row
            result = run(env)
            yield result if isinstance(result, bool) else result is None

    @cached_property
    def row_atoms(self) -> Mapping[str, list[tuple[Callable[[Env], Any], frozenset[str]]]]:
        """For each repeat, the yes-or-no parts that are about one row, and the fields they read."""
        found: dict[str, list[tuple[Callable[[Env], Any], frozenset[str]]]] = {
            page.id: [] for page in self.service.pages if page.kind == "repeat"
        }
        seen: set[str] = set()
        for form in self.forms:
            for part in every(form):
                if part[0] in ("any", "all", "sum"):
                    inner = part[2]
                elif part is form:
                    inner = form
                else:
                    continue
                for atom in atoms(inner):
                    reads = frozenset(str(leaf[1]) for leaf in every(atom) if leaf[0] == "row")
                    if not reads or (key := repr(atom)) in seen:
                        continue
                    seen.add(key)
                    found[next(iter(reads)).partition(".")[0]].append((build(atom), reads))
        return found


def _split(group: list[Any], outcome: Callable[[Any], tuple[Any, ...]]) -> list[list[Any]]:
    """`group` in parts whose values have the same outcome; as it is where there is one or none."""
    if len(group) < 2:
        return [group]
    parts: dict[tuple[Any, ...], list[Any]] = {}
    for value in group:
        parts.setdefault(outcome(value), []).append(value)
    return list(parts.values())


def _addresses(clues: Clues) -> Iterator[dict[str, Any]]:
    """A plain address, those that are named, and one elsewhere where an expression asks that."""
    yield plain_address()
    for ward in sorted(clues.wards):
        yield plain_address(ward, ward if " " in ward else "XW1 1AA")
    if "postcode" in clues.calls:
        yield plain_address(postcode="ZZ9 9ZZ")
    if "uprn" in clues.calls:
        yield {**plain_address(), "uprn": "990000000002"}


def _size(value: Any) -> float:
    """How much a value adds to a sum; nothing where it is no number."""
    return float(value) if isinstance(value, (int, float)) else 0.0


def _times(clues: Clues) -> Iterator[str]:
    yield "10:00"
    for text in sorted(clues.texts):
        if len(text) == 5 and text[2] == ":":
            hours, minutes = int(text[:2]), int(text[3:])
            for step in (-1, 0, 1):
                total = max(0, min(1439, hours * 60 + minutes + step))
                yield f"{total // 60:02d}:{total % 60:02d}"


def _unique(values: Iterable[Any]) -> list[Any]:
    found: dict[str, Any] = {}
    for value in values:
        found.setdefault(repr(value), value)
    return list(found.values())
