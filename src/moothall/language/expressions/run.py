"""From the compiled JSON form of an expression to a function that evaluates it. Never raises.

The forms are listed in docs/language.md. A form is a list whose first item names the operation;
missing values (None) make the result missing, and a comparison with one is false.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, Final

from moothall.language.expressions.env import Env, Run
from moothall.language.expressions.functions import RUNTIME
from moothall.language.expressions.values import COERCE, MILLION, clamp, rounded

Form = list[Any]


def build(form: Form) -> Run:
    """The function that evaluates `form`. Raises KeyError for an unknown operation only."""
    return OPERATIONS[form[0]](form)


def _const(form: Form) -> Run:
    value = form[1]
    return lambda env: value


def _noting(name: str, read: Callable[[Env], Any]) -> Run:
    def run(env: Env) -> Any:
        value = read(env)
        if value is None and env.missing is not None:
            env.missing.append(name)
        return value

    return run


def _answer(form: Form) -> Run:
    name, coerce = form[1], COERCE[form[2]]
    return _noting(name, lambda env: coerce(env.answers.get(name)))


def _row(form: Form) -> Run:
    name, coerce = form[1].rpartition(".")[2], COERCE[form[2]]
    return _noting(form[1], lambda env: coerce(env.row.get(name)))


def _value(form: Form) -> Run:
    look_up, name, coerce = form[1], form[2], COERCE[form[3]]

    def read(env: Env) -> Any:
        found = env.look_ups.get(look_up)
        return coerce(found.get(name)) if isinstance(found, Mapping) else None

    return _noting(f"{look_up}.{name}", read)


def _look_up(form: Form) -> Run:
    name = form[1]

    def read(env: Env) -> Any:
        found = env.look_ups.get(name)
        return found if isinstance(found, Mapping) else None

    return _noting(name, read)


def _work(form: Form) -> Run:
    name = form[1]

    def run(env: Env) -> Any:
        if name in env.cache:
            return env.cache[name]
        env.cache[name] = None  # a circle of values, refused by the checker, would end here
        rule = env.worked_out.get(name)
        row, env.row = env.row, {}
        env.cache[name] = value = rule(env) if rule is not None else None
        env.row = row
        return value

    return _noting(name, run)


def _local(form: Form) -> Run:
    name = form[1]
    return lambda env: env.local.get(name)


def _day_text(name: str) -> Run:
    def read(env: Env) -> Any:
        return COERCE["date"](getattr(env.facts, name))

    return _noting(name, read)


_FACTS: Final[dict[str, Run]] = {
    "today": lambda env: env.today,
    "state": _noting("state", lambda env: env.facts.state),
    "started": _day_text("started"),
    "ended": _day_text("ended"),
    "finish_by": _day_text("finish_by"),
    "fee": lambda env: env.facts.fee or 0,
    "reference": _noting("reference", lambda env: env.facts.reference),
}


def _fact(form: Form) -> Run:
    return _FACTS[form[1]]


def _answered(form: Form) -> Run:
    read = build(form[1])

    def run(env: Env) -> bool:
        noted, env.missing = env.missing, None
        value = read(env)
        env.missing = noted
        return value is not None

    return run


def _and(form: Form) -> Run:
    parts = tuple(build(part) for part in form[1:])
    if len(parts) == 2:
        first, second = parts
        return lambda env: bool(first(env)) and bool(second(env))

    def run(env: Env) -> bool:
        return all(part(env) for part in parts)

    return run


def _or(form: Form) -> Run:
    parts = tuple(build(part) for part in form[1:])

    def run(env: Env) -> bool:
        return any(part(env) for part in parts)

    return run


def _not(form: Form) -> Run:
    part = build(form[1])
    return lambda env: not part(env)


def _if(form: Form) -> Run:
    test, then, other = build(form[1]), build(form[2]), build(form[3])
    return lambda env: then(env) if test(env) else other(env)


def _first(form: Form) -> Run:
    rows = tuple((build(row[0]), build(row[1])) for row in form[1])

    def run(env: Env) -> Any:
        for test, value in rows:
            if test(env):
                return value(env)
        return None

    return run


def _is(form: Form) -> Run:
    read, option = build(form[1]), form[2]
    return lambda env: read(env) == option


def _in(form: Form) -> Run:
    read = build(form[1])
    if isinstance(form[2][0], str) and form[2][0] == "list":
        parts = tuple(build(part) for part in form[2][1:])

        def in_parts(env: Env) -> bool:
            value = read(env)
            return value is not None and any(value == part(env) for part in parts)

        return in_parts
    among = build(form[2])

    def run(env: Env) -> bool:
        value, found = read(env), among(env)
        return value is not None and found is not None and value in found

    return run


def _has(form: Form) -> Run:
    read, option = build(form[1]), form[2]

    def run(env: Env) -> bool:
        found = read(env)
        return found is not None and option in found

    return run


def _compare(how: Callable[[Any, Any], bool]) -> Callable[[Form], Run]:
    def make(form: Form) -> Run:
        left, right = build(form[1]), build(form[2])

        def run(env: Env) -> bool:
            a = left(env)
            if a is None:
                return False
            b = right(env)
            return b is not None and how(a, b)

        return run

    return make


def _unequal(form: Form) -> Run:
    same = _compare(operator.eq)(["==", *form[1:]])
    return lambda env: not same(env)


def _sum(how: Callable[[int, int], int]) -> Callable[[Form], Run]:
    def make(form: Form) -> Run:
        left, right = build(form[1]), build(form[2])

        def run(env: Env) -> int | None:
            a, b = left(env), right(env)
            return None if a is None or b is None else clamp(how(a, b))

        return run

    return make


def _scale(form: Form) -> Run:
    """Money or a number times a number (millionths), rounded."""
    left, right, how = build(form[1]), build(form[2]), form[3]

    def run(env: Env) -> int | None:
        a, b = left(env), right(env)
        return None if a is None or b is None else rounded(a * b, MILLION, how)

    return run


def _divide(form: Form) -> Run:
    """`["divide", a, b, if zero, rounding]`: a × 1,000,000 ÷ b; `if zero` when b is 0."""
    left, right, zero, how = build(form[1]), build(form[2]), build(form[3]), form[4]

    def run(env: Env) -> int | None:
        a, b = left(env), right(env)
        if a is None or b is None:
            return None
        return zero(env) if b == 0 else rounded(a * MILLION, b, how)

    return run


def _neg(form: Form) -> Run:
    part = build(form[1])

    def run(env: Env) -> int | None:
        value = part(env)
        return None if value is None else -value

    return run


def _to_number(form: Form) -> Run:
    part = build(form[1])

    def run(env: Env) -> int | None:
        value = part(env)
        return None if value is None else clamp(value * MILLION)

    return run


def _pounds(form: Form) -> Run:
    """A number of pounds, in millionths, as pence."""
    part = build(form[1])

    def run(env: Env) -> int | None:
        value = part(env)
        return None if value is None else rounded(value * 100, MILLION, "half_up")

    return run


def _rows(
    form: Form, start: Callable[[], Any], step: Callable[[Any, Any], tuple[Any, bool]]
) -> Run:
    read, each = build(form[1]), build(form[2])

    def run(env: Env) -> Any:
        total = start()
        outer = env.row
        for row in read(env) or ():
            env.row = row
            total, ended = step(total, each(env))
            if ended:
                break
        env.row = outer
        return total

    return run


def _sum_rows(form: Form) -> Run:
    return _rows(form, lambda: 0, lambda total, item: (clamp(total + (item or 0)), False))


def _any_row(form: Form) -> Run:
    return _rows(form, lambda: False, lambda total, item: (bool(item), bool(item)))


def _all_rows(form: Form) -> Run:
    return _rows(form, lambda: True, lambda total, item: (bool(item), not item))


def _count(form: Form) -> Run:
    read = build(form[1])

    def run(env: Env) -> int:
        found = read(env)
        return 0 if found is None else len(found)

    return run


def _quiet(form: Form) -> Run:
    """A name that may be missing without fault: `count(items)` of no items is 0."""
    return _answered_value(build(form[1]))


def _answered_value(read: Run) -> Run:
    def run(env: Env) -> Any:
        noted, env.missing = env.missing, None
        value = read(env)
        env.missing = noted
        return value

    return run


def _call(form: Form) -> Run:
    function = RUNTIME[form[1]]
    parts = tuple(build(part) for part in form[2:])
    if len(parts) == 1:
        only = parts[0]

        def run_one(env: Env) -> Any:
            value = only(env)
            return None if value is None else function(env, value)

        return run_one

    def run(env: Env) -> Any:
        values = [part(env) for part in parts]
        return None if any(value is None for value in values) else function(env, *values)

    return run


def _list(form: Form) -> Run:
    parts = tuple(build(part) for part in form[1:])
    return lambda env: [part(env) for part in parts]


OPERATIONS: Final[dict[str, Callable[[Form], Run]]] = {
    "const": _const,
    "answer": _answer,
    "row": _row,
    "value": _value,
    "look_up": _look_up,
    "work": _work,
    "local": _local,
    "fact": _fact,
    "answered": _answered,
    "quiet": _quiet,
    "and": _and,
    "or": _or,
    "not": _not,
    "if": _if,
    "first": _first,
    "is": _is,
    "in": _in,
    "has": _has,
    "list": _list,
    "==": _compare(operator.eq),
    "!=": _unequal,
    "<": _compare(operator.lt),
    "<=": _compare(operator.le),
    ">": _compare(operator.gt),
    ">=": _compare(operator.ge),
    "+": _sum(operator.add),
    "-": _sum(operator.sub),
    "*": _sum(operator.mul),
    "scale": _scale,
    "divide": _divide,
    "neg": _neg,
    "to_number": _to_number,
    "pounds": _pounds,
    "sum": _sum_rows,
    "any": _any_row,
    "all": _all_rows,
    "count": _count,
    "call": _call,
}
