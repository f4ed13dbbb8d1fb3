"""`moothall check --script`: the whole service as plain text.

For an adviser who wants to read it through before the phones open, and for a translator who
wants to see the words in the order in which people meet them.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from moothall.language.expressions import Expression
from moothall.language.facts import Facts
from moothall.language.models import TellSpec
from moothall.language.service import Page, Question, Service
from moothall.language.words import render, translation_status

WIDTH = 88
_LOCAL = re.compile(r"\{\s*local\.([a-z][a-z0-9_]*)\s*\}")
_HOW = {
    "text": "words",
    "long text": "a few sentences",
    "name": "a name",
    "email": "an email address",
    "phone": "a phone number",
    "address": "an address, found by postcode or typed",
    "location": "a place on the map, or in words",
    "date": "a day, month and year",
    "time": "a time of day",
    "yes or no": "yes or no",
    "choose one": "choose one",
    "choose many": "choose all that apply",
    "whole number": "a whole number",
    "money": "an amount in pounds",
    "file": "a file to send",
    "photo": "a photo to send",
    "bank details": "name on the account, sort code, account number",
    "signature": "a signature",
    "slot": "a time to choose",
}


def script(service: Service, lang: str = "en") -> str:
    """The form, its stops, the states and the messages of `service` as plain text in `lang`."""
    lines: list[str] = []
    name = service.text("name", lang)
    lines += [f"{name.upper()}", f"{service.id} {service.version}", ""]
    lines += _wrapped(_filled(service, service.text("summary", lang), lang))
    if before := service.text("before_you_start", lang):
        lines += ["", "BEFORE YOU START", *_wrapped(_filled(service, before, lang), "  ")]
    lines += ["", "QUESTIONS"]
    number = 0
    section = None
    for page in service.pages:
        if page.section and page.section != section:
            title = service.text(f"{service.sections[page.section].path}.title", lang)
            lines += ["", f"== {title} =="]
        section = page.section
        if page.kind in ("ask", "repeat"):
            number += 1
        lines += ["", *_page(service, page, number, lang)]
    if after := service.text("what_happens_next", lang):
        lines += ["", "WHAT HAPPENS NEXT", *_wrapped(_filled(service, after, lang), "  ")]
    lines += ["", "WHERE A CASE CAN BE", *_states(service, lang)]
    if service.tell:
        lines += ["", "MESSAGES"]
        for key, told in service.tell.items():
            lines += ["", *_message(service, key, told, lang)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def words_by_path(service: Service, lang: str = "en") -> str:
    """Every text by its path, as a translator or the writer of an overlay needs it.

    In another language than English the state of each translation, its words, and the English.
    """
    lines = [f"{service.text('name', 'en')} ({service.id} {service.version}), {lang}", ""]
    if lang == "en":
        for path, text in service.texts.items():
            lines += [path, *_wrapped(text, "    ")]
    else:
        for one in translation_status(service, lang):
            lines += [f"{one.path} [{one.status}, of: {one.of}]"]
            lines += [
                *_wrapped(one.translated or "—", "    "),
                *_wrapped(f"({one.english})", "    "),
            ]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _filled(service: Service, text: str, lang: str = "en") -> str:
    """`text` with the council's own values put in; other `{names}` stay as they are."""
    nothing = Facts({})
    return _LOCAL.sub(lambda found: render(service, found[0], nothing, lang), text)


def _wrapped(text: str, indent: str = "") -> list[str]:
    lines: list[str] = []
    for line in text.strip().splitlines():
        hanging = indent + ("  " if line.lstrip().startswith(("- ", "* ")) else "")
        lines += textwrap.wrap(
            line.strip(), WIDTH, initial_indent=indent, subsequent_indent=hanging
        ) or [""]
    return lines


def _page(service: Service, page: Page, number: int, lang: str) -> Iterator[str]:
    title = _filled(service, service.text(f"{page.path}.title", lang), lang)
    say = _filled(service, service.text(f"{page.path}.say", lang), lang)
    condition = _condition(page.when, "      ") if page.when else []
    match page.kind:
        case "look_up":
            yield f"    We look up {page.id.replace('_', ' ')} with {page.spec.source}."
            yield from condition
            if page.spec.if_it_fails == "stop":
                yield f"    If that fails we STOP: {title}"
                yield from _wrapped(say, "      ")
        case "show":
            yield f"    WE SAY: {title}"
            yield from condition
            yield from _wrapped(say, "      ")
        case "stop":
            yield f"    WE STOP: {title}"
            yield from condition
            yield from _wrapped(say, "      ")
        case "repeat":
            yield f"{number:>2}. {title}"
            yield from condition
            yield from _wrapped(say, "    ")
            one = service.text(f"{page.path}.one", lang) or "item"
            fewest = page.at_least.source if page.at_least else "1"
            most = page.at_most.source if page.at_most else "20"
            yield f"    For each {one} ({fewest} to {most}):"
            for key in page.questions:
                yield from _question(service, service.questions[key], "    - ", lang)
        case _ if len(page.questions) == 1 and page.questions[0] == page.id:
            yield from _question(service, service.questions[page.id], f"{number:>2}. ", lang)
        case _:
            yield f"{number:>2}. {title}"
            yield from condition
            yield from _wrapped(say, "    ")
            for key in page.questions:
                yield from _question(service, service.questions[key], "    - ", lang)


def _condition(when: Expression, indent: str) -> list[str]:
    return textwrap.wrap(
        f"{indent}(only when {when.source})", WIDTH, subsequent_indent=f"{indent} "
    )


def _question(service: Service, question: Question, lead: str, lang: str) -> Iterator[str]:
    indent = " " * len(lead)
    how = _HOW.get(question.type, question.type)
    notes = [how, *(["may be left blank"] if question.optional else [])]
    label = _filled(service, service.text(f"{question.path}.label", lang), lang)
    yield from textwrap.wrap(f"{lead}{label} [{', '.join(notes)}]", WIDTH, subsequent_indent=indent)
    if question.when:
        yield from _condition(question.when, indent)
    for key in ("hint", "help"):
        words = _filled(service, service.text(f"{question.path}.{key}", lang), lang)
        yield from _wrapped(words, indent)
    mark = "[ ]" if question.type == "choose many" else "( )"
    for option in question.options.values():
        words = service.text(f"{question.path}.options.{option.id}.label", lang) or option.label
        yield f"{indent}{mark} {words}"
        if hint := service.text(f"{question.path}.options.{option.id}.hint", lang):
            yield f"{indent}    {hint}"


def _states(service: Service, lang: str) -> Iterator[str]:
    for state in service.states.values():
        yield ""
        ending = f" [the end: {state.ends}]" if state.ends else ""
        paused = " [the clock is paused]" if state.clock_paused else ""
        yield f"  {service.text(f'case.states.{state.id}.label', lang) or state.label}{ending}{paused}"
        yield from _wrapped(
            _filled(service, service.text(f"case.states.{state.id}.say", lang), lang), "    "
        )
        for move in service.moves.values():
            if state.id in move.from_states:
                label = service.text(f"case.moves.{move.id}.label", lang) or move.label
                to = service.text(f"case.states.{move.to}.label", lang)
                by = " or ".join(name.replace("_", " ") for name in move.by)
                yield f"    -> {label} ({by}): {to}"


def _message(service: Service, key: str, told: TellSpec, lang: str) -> Iterator[str]:
    by = " or ".join(told.by)
    only = f", only if {told.only_if}" if told.only_if else ""
    yield f"  To {told.to.replace('_', ' ')} by {by}, {_moment(service, told, lang)}{only}"
    if subject := _filled(service, service.text(f"tell.{key}.subject", lang), lang):
        yield f"    Subject: {subject}"
    yield from _wrapped(_filled(service, service.text(f"tell.{key}.say", lang), lang), "    ")


def _moment(service: Service, told: TellSpec, lang: str) -> str:
    kind, _, value = told.when.mark.partition(":")
    match kind:
        case "state":
            return f"when it becomes “{service.text(f'case.states.{value}.label', lang)}”"
        case "move":
            return f"when this happens: {service.text(f'case.moves.{value}.label', lang) or value}"
        case "clock":
            return f"when {value}% of the promised time has gone"
        case "expiry":
            return f"{value} days before it expires"
        case _:
            return "when the case starts"
