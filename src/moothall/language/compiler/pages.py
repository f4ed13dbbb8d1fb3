"""Compiles the pages: questions, look-ups, repeats, stops; and which names each may use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from moothall.language.compiler.local import NotThat, local_value
from moothall.language.compiler.work import Work
from moothall.language.expressions import Expression, Scope, Type, answered_if
from moothall.language.expressions.functions import FUNCTIONS
from moothall.language.expressions.run import build
from moothall.language.expressions.scope import RESERVED
from moothall.language.expressions.types import KIND_OF_VALUE, question_type
from moothall.language.models import (
    AskPage,
    AskTogetherPage,
    GivesOneOf,
    LookUpPage,
    OptionSpec,
    QuestionSpec,
    RepeatPage,
    SectionPage,
    ShowPage,
    StopPage,
)
from moothall.language.service import Option, Page, Question, Section
from moothall.language.texts import flat_pages, page_id

ACCOUNT = ("name", "email", "phone", "address")
TEXT_TYPES = frozenset(
    [
        "text",
        "long text",
        "name",
        "email",
        "phone",
        "vehicle registration",
        "National Insurance number",
        "NHS number",
    ]
)
# Which limits fit which type of question, and the kind of value of each that is an expression.
BOUNDS: Mapping[str, Mapping[str, str]] = {
    "whole number": {"at_least": "whole", "at_most": "whole"},
    "money": {"at_least": "money", "at_most": "money"},
    "choose many": {"at_least": "whole", "at_most": "whole"},
    "file": {"at_least": "whole", "at_most": "whole"},
    "photo": {"at_least": "whole", "at_most": "whole"},
    "date": {"earliest": "date", "latest": "date"},
    "time": {"earliest": "time", "latest": "time"},
    "slot": {"earliest": "date", "latest": "date"},
}
PLAIN_LIMITS: Mapping[str, frozenset[str]] = {
    "shortest": TEXT_TYPES,
    "longest": TEXT_TYPES,
    "words": frozenset({"text", "long text"}),
    "looks_like": frozenset({"text"}),
    "accept": frozenset({"file"}),
    "largest": frozenset({"file", "photo"}),
}


def compile_pages(work: Work) -> None:
    """Compile all pages in order. Each sees the names of those before it."""
    flat = flat_pages(work.file.pages)
    _check_ids(work, flat)
    for page, _, _ in flat:
        for name in _ids_of(page):
            work.later[name] = f"on the page `{page_id(page)}`"
    conditions: dict[str, Expression] = {}
    for page, section, _ in flat:
        path = f"pages.{page_id(page)}"
        scope = work.scope()
        work.text_scopes[path] = scope
        if isinstance(page, SectionPage):
            if section is not None:
                work.problem("page.section", path, "A section stands inside a section.",
                             "Keep to one level: end the first, then start the other.")  # fmt: skip
            work.sections[page.section] = Section(page.section, page.title, path)
            when = work.compile(page.when, scope, f"{path}.when", "bool")
            if when is not None:
                conditions[page.section] = when
            continue
        outer = conditions.get(section.section) if section is not None else None
        if outer is not None:
            scope = scope.knowing(answered_if(outer.form, True))
        own = work.compile(page.when, scope, f"{path}.when", "bool")
        when = _both(outer, own, f"{path}.when")
        if when is not None:
            scope = scope.knowing(answered_if(when.form, True))
        work.text_scopes[path] = scope
        compiled = _compile_page(work, page, path, scope, when)
        work.pages.append(
            replace(compiled, section=section.section if section else None, index=len(work.pages))
        )
    if not any(page.kind in ("ask", "repeat") for page in work.pages):
        work.problem("page.none", "pages", "The form asks nothing.", "Add a page with `ask:`.")


def _both(a: Expression | None, b: Expression | None, path: str) -> Expression | None:
    if a is None or b is None:
        return a or b
    form = ["and", a.form, b.form]
    return replace(b, source=f"({a.source}) and ({b.source})", path=path, form=form,
                   node=None, names=a.names | b.names, run=build(form))  # fmt: skip


def _ids_of(page: Any) -> list[str]:
    if isinstance(page, AskTogetherPage):
        return [question.ask for question in page.questions]
    if isinstance(page, AskPage | LookUpPage | RepeatPage):
        return [page_id(page)]
    return []


def _check_ids(work: Work, flat: list[Any]) -> None:
    seen: dict[str, str] = {}
    taken = RESERVED | set(FUNCTIONS)

    def see(name: str, path: str, what: str) -> None:
        if name in taken:
            work.problem("id.reserved", path, f"`{name}` has a meaning of its own in expressions.",
                         f"Choose another id, such as `{name}_given`.")  # fmt: skip
        if name in seen:
            work.problem("id.twice", path, f"The id `{name}` is used twice ({seen[name]} has it too).",
                         "Give each page and question an id of its own.")  # fmt: skip
        seen[name] = what

    for page, _, _ in flat:
        name = page_id(page)
        path = f"pages.{name}"
        see(name, path, f"the page `{name}`")
        if isinstance(page, AskTogetherPage):
            for question in page.questions:
                see(question.ask, f"{path}.{question.ask}", f"a question of `{name}`")
    for question in work.file.case.ask:
        see(question.ask, f"case.ask.{question.ask}", "a question of the case")
    for name in work.file.work_out:
        see(name, f"work_out.{name}", "a worked out value")


def _compile_page(work: Work, page: Any, path: str, scope: Scope, when: Expression | None) -> Page:
    match page:
        case AskPage():
            question = compile_question(work, page, path, scope, page=page.ask, when=when)
            work.names[page.ask] = type_of(question)
            return _page("ask", page.ask, path, page.label, "", (page.ask,), when, page)
        case AskTogetherPage():
            for spec in page.questions:
                here = f"{path}.{spec.ask}"
                own = work.compile(spec.when, scope, f"{here}.when", "bool")
                inner = scope
                if own is not None:
                    inner = scope.knowing(answered_if(own.form, True))
                inner = replace(inner, names={**inner.names, **work.names})
                question = compile_question(work, spec, here, inner, page=page.ask, when=own)
                work.names[spec.ask] = type_of(question)
            ids = tuple(spec.ask for spec in page.questions)
            return _page("ask", page.ask, path, page.title, page.say, ids, when, page)
        case LookUpPage():
            return _look_up(work, page, path, scope, when)
        case ShowPage():
            return _page("show", page.show, path, page.title, page.say, (), when, page)
        case StopPage():
            if when is not None:
                work.known |= answered_if(when.form, False)
            return _page("stop", page.stop, path, page.title, page.say, (), when, page)
    return _repeat(work, page, path, scope, when)


def _page(
    kind: str,
    name: str,
    path: str,
    title: str,
    say: str,
    questions: tuple[str, ...],
    when: Expression | None,
    spec: Any,
) -> Page:
    return Page(kind, name, path, title, say, questions, when, None, spec)


def _look_up(
    work: Work, page: LookUpPage, path: str, scope: Scope, when: Expression | None
) -> Page:
    argument = work.compile(page.argument, scope, f"{path}.with")
    fields: dict[str, Type] = {}
    for name, gives in page.gives.items():
        if isinstance(gives, GivesOneOf):
            kind = Type("choice", options=tuple(gives.one_of), words=f"{path}.gives.{name}")
        else:
            kind = Type(KIND_OF_VALUE.get(gives.type, "text"))
        fields[name] = kind.maybe(not gives.always)
    if not page.gives:
        work.problem("look_up.gives", path, f"The look-up `{page.look_up}` gives nothing.",
                     "Say what comes back: gives: {due_on: date}.")  # fmt: skip
    work.look_ups[page.look_up] = fields
    if page.if_it_fails == "carry on":
        work.failing.add(page.look_up)
    elif not page.title or not page.say:
        work.problem("look_up.stop", path, "A look-up that stops the form needs words for the person.",
                     "Add `title:` and `say:` with what they can do when it fails.")  # fmt: skip
    found = _page("look_up", page.look_up, path, page.title, page.say, (), when, page)
    return replace(found, argument=argument)


def _repeat(work: Work, page: RepeatPage, path: str, scope: Scope, when: Expression | None) -> Page:
    at_least = work.compile(page.at_least, scope, f"{path}.at_least", "whole")
    at_most = work.compile(page.at_most, scope, f"{path}.at_most", "whole")
    fields: dict[str, Type] = {}
    ids: list[str] = []
    for spec in page.questions:
        here = f"{path}.{spec.ask}"
        if spec.ask in fields:
            work.problem("id.twice", here, f"The id `{spec.ask}` is used twice in a row.",
                         "Give each question of a row an id of its own.")  # fmt: skip
        if spec.ask in RESERVED or spec.ask in FUNCTIONS or spec.ask in work.names:
            work.problem("id.reserved", here, f"`{spec.ask}` means something else already.",
                         "Choose another id for the question of the row.")  # fmt: skip
        inner = replace(scope, rows={**scope.rows, page.repeat: dict(fields)}, row=page.repeat)
        own = work.compile(spec.when, inner, f"{here}.when", "bool")
        if own is not None:
            inner = inner.knowing(answered_if(own.form, True))
        question = compile_question(
            work, spec, here, inner, page=page.repeat, when=own, row_of=page.repeat
        )
        fields[spec.ask] = type_of(question)
        ids.append(question.id)
    work.rows[page.repeat] = fields
    work.text_scopes[f"{path}.row"] = replace(
        scope, rows={**scope.rows, page.repeat: dict(fields)}, row=page.repeat
    )
    found = _page("repeat", page.repeat, path, page.title, page.say, tuple(ids), when, page)
    return replace(found, at_least=at_least, at_most=at_most)


def type_of(question: Question) -> Type:
    """The type of the question's answer in expressions."""
    found = question_type(question.type, tuple(question.options), words=question.id)
    return found.maybe(question.optional)


def compile_question(
    work: Work,
    spec: QuestionSpec,
    path: str,
    scope: Scope,
    *,
    page: str,
    when: Expression | None,
    row_of: str | None = None,
    stage: str = "form",
) -> Question:
    """Compile one question and note it."""
    options = _options(work, spec, path)
    name = f"{row_of}.{spec.ask}" if row_of else spec.ask
    shape = question_type(spec.type, tuple(options), words=name)
    if row_of:
        fields = {**scope.rows.get(row_of, {}), spec.ask: shape}
        within = replace(scope, rows={**scope.rows, row_of: fields}, row=row_of)
    else:
        within = replace(scope, names={**scope.names, spec.ask: shape})
    work.text_scopes.setdefault(path, scope)
    if row_of:
        work.text_scopes[path] = scope
    question = Question(
        id=name, field=spec.ask, path=path, type=spec.type, label=spec.label,
        short=spec.short or spec.label.rstrip("?"), hint=spec.hint, help=spec.help,
        optional=spec.optional, personal=spec.personal, options=options, limits=spec.limits,
        prefill=_prefill(work, spec, path, scope, shape), error=spec.error, slots=spec.slots,
        row_of=row_of, page=page, stage=stage, when=when, spec=spec,
        bounds=_bounds(work, spec, path, within),
    )  # fmt: skip
    if question.id not in work.questions:
        work.questions[question.id] = question
    return question


def _options(work: Work, spec: QuestionSpec, path: str) -> dict[str, Option]:
    chooses = spec.type in ("choose one", "choose many")
    given: Any = spec.options
    if isinstance(given, str):
        name = given.removeprefix("local.")
        local = work.file.local.get(name)
        if not given.startswith("local.") or local is None or local.type != "options":
            work.problem("options.local", f"{path}.options", f"`{given}` is not a set of options.",
                         "Write {id: label}, or `local.name` of a local value of type options.")  # fmt: skip
            return {}
        try:
            specs: dict[str, OptionSpec] = local_value("options", local.default)
        except NotThat:
            return {}
    else:
        specs = given
    if chooses and len(specs) < (2 if spec.type == "choose one" else 1):
        work.problem("options.few", path, f"`{spec.ask}` has too few options to choose from.",
                     "Give at least two: options: {refuse: Rubbish, food: Food waste}.")  # fmt: skip
    if not chooses and specs:
        work.problem("options.unfit", f"{path}.options", f"A question of type {spec.type} has no options.",
                     "Make it `choose one` or `choose many`, or leave the options out.")  # fmt: skip
    out = {}
    for name, item in specs.items():
        if name in ("answered", "yes", "no", "true", "false"):
            work.problem("options.reserved", f"{path}.options.{name}",
                         f"An option cannot be called `{name}`.",
                         "Ask a yes or no question, or use another id for the option.")  # fmt: skip
        out[name] = Option(name, item.label, item.hint, item.alone)
    return out


def _prefill(
    work: Work, spec: QuestionSpec, path: str, scope: Scope, shape: Type
) -> Expression | None:
    if not spec.prefill:
        return None
    if spec.prefill.startswith("account."):
        if spec.prefill.removeprefix("account.") not in ACCOUNT:
            work.problem("prefill.account", f"{path}.prefill", f"There is no `{spec.prefill}`.",
                         f"An account has: {', '.join('account.' + name for name in ACCOUNT)}.")  # fmt: skip
        return None
    wanted = None if shape.kind in ("choice", "choices", "text") else shape.kind
    return work.compile(spec.prefill, scope, f"{path}.prefill", wanted, optional=True)


def _bounds(work: Work, spec: QuestionSpec, path: str, scope: Scope) -> dict[str, Expression]:
    out: dict[str, Expression] = {}
    fits = BOUNDS.get(spec.type, {})
    for name in ("at_least", "at_most", "earliest", "latest"):
        source = getattr(spec.limits, name)
        if not source:
            continue
        here = f"{path}.limits.{name}"
        if name not in fits:
            _unfit(work, spec, name, here)
            continue
        found = work.compile(source, scope, here, fits[name])
        if found is not None:
            out[name] = found
    for name, types in PLAIN_LIMITS.items():
        if getattr(spec.limits, name) and spec.type not in types:
            _unfit(work, spec, name, f"{path}.limits.{name}")
    must = work.compile(spec.limits.must, scope, f"{path}.limits.must", "bool")
    if must is not None:
        out["must"] = must
    if spec.type == "slot":
        if spec.slots is None:
            work.problem("slot.source", path, f"`{spec.ask}` does not say which times to offer.",
                         "Add slots: {resource: name}, as in the council's slots.")  # fmt: skip
        else:
            places = work.compile(spec.slots.places, scope, f"{path}.slots.places", "whole")
            if places is not None:
                out["places"] = places
    elif spec.slots is not None:
        work.problem("slot.unfit", f"{path}.slots", f"A question of type {spec.type} has no slots.",
                     "Leave `slots` out or make it of type slot.")  # fmt: skip
    return out


def _unfit(work: Work, spec: QuestionSpec, name: str, path: str) -> None:
    fits = [
        *BOUNDS.get(spec.type, {}),
        *(key for key, types in PLAIN_LIMITS.items() if spec.type in types),
    ]
    work.problem("limit.unfit", path, f"`{name}` does not fit a question of type {spec.type}.",
                 f"It can have: {', '.join([*fits, 'must'])}.")  # fmt: skip
