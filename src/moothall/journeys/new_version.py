"""What a person is told when the council changed a form while they were filling it in.

The note lies in the draft (`notes["new_version"]`) until the form is sent: ids, answers as they were,
and the fingerprint of the definition that they were given to. Words are made when it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from moothall.design.words import pounds
from moothall.journeys.changes import Reconciled
from moothall.journeys.models import Draft
from moothall.language import Facts, Service, Walk, display, render
from moothall.packs import queries as packs

NOTE = "new_version"


@dataclass(frozen=True)
class Line:
    """One thing that changed: what it is about, what was said before, the page to look at."""

    words: str
    was: str = ""
    page: str = ""
    """The id of the page to go to; "" where there is none, or the form has not come to it yet."""


@dataclass(frozen=True)
class Told:
    """Everything that changed, in words: to answer again, gone, new, reworded, and the rest."""

    again: tuple[Line, ...] = ()
    gone: tuple[Line, ...] = ()
    new: tuple[Line, ...] = ()
    reworded: tuple[Line, ...] = ()
    terms: tuple[str, ...] = ()
    stop: str = ""

    @property
    def lines(self) -> list[str]:
        """All of it as plain lines, for the adviser's screen."""
        told = [_("Ask again: %(question)s") % {"question": one.words} for one in self.again]
        told += [_("No longer asked: %(question)s") % {"question": one.words} for one in self.gone]
        told += [_("New question: %(question)s") % {"question": one.words} for one in self.new]
        told += [_("Now asked as: %(question)s") % {"question": one.words} for one in self.reworded]
        return [*told, *self.terms, *([self.stop] if self.stop else [])]


def note(draft: Draft, old: Service, result: Reconciled) -> dict[str, Any]:
    """Return the draft's note with what this new version changed added to what was noted before."""
    before: Mapping[str, Any] = draft.notes.get(NOTE) or {}
    lost = dict(before.get("lost") or {})
    for name, value in result.lost.items():
        lost[name] = {"sha": old.sha256, "value": value}
    fees = list(result.fees) if result.fees else None
    if fees and before.get("fees"):
        fees[0] = before["fees"][0]
    return {
        "lost": lost,
        "asked": list(dict.fromkeys([*(before.get("asked") or []), *result.asked])),
        "reworded": list(dict.fromkeys([*(before.get("reworded") or []), *result.reworded])),
        "fees": fees or before.get("fees"),
        "promise": before.get("promise") or (old.sha256 if result.promise else ""),
        "stop": result.stop,
        "seen": False,
    }


def unseen(draft: Draft) -> bool:
    """Whether the person has yet to be told that the form changed."""
    found = draft.notes.get(NOTE)
    return bool(found) and not found.get("seen")


def told(service: Service, draft: Draft, way: Walk, lang: str) -> Told | None:
    """Return what changed in words of `lang`; None where nothing has."""
    found = draft.notes.get(NOTE)
    if not found:
        return None
    again, gone = _lost(service, draft, way, found.get("lost") or {}, lang)
    return Told(
        again,
        gone,
        tuple(
            Line(_label(service, name, lang), page=_page(service, name, way))
            for name in found.get("asked") or []
            if _there(service, name) and name not in draft.answers
        ),
        tuple(
            Line(
                _label(service, name, lang),
                display(service, name, draft.answers.get(name), lang).replace("\n", ", "),
                _page(service, name, way),
            )
            for name in found.get("reworded") or []
            if _there(service, name) and name in draft.answers
        ),
        tuple(_terms(service, found, lang)),
        _stop(service, way, lang),
    )


def _lost(
    service: Service, draft: Draft, way: Walk, lost: Mapping[str, Any], lang: str
) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    again: list[Line] = []
    gone: list[Line] = []
    for name, entry in lost.items():
        old = _old(entry.get("sha", ""), service)
        was = _said(old, name, entry.get("value"), lang)
        if _there(service, name):
            # Answered again since: done with. A field of rows is looked at on the list of rows.
            if name not in draft.answers:
                again.append(Line(_label(service, name, lang), was, _page(service, name, way)))
        else:
            gone.append(Line(_label(old, name, lang), was))
    return tuple(again), tuple(gone)


def _old(sha: str, service: Service) -> Service:
    try:
        return packs.definition(sha)
    except packs.NoSuchDefinition:
        return service


def _said(old: Service, name: str, value: Any, lang: str) -> str:
    """Return an answer as it was, in a line. A field of rows has a list of them."""
    if not _there(old, name):
        return ""
    question = old.questions.get(name)
    if question is not None and question.row_of and isinstance(value, list):
        parts = [display(old, name, one, lang) for one in value]
    else:
        parts = [display(old, name, value, lang)]
    return "; ".join(part.replace("\n", ", ") for part in parts if part)


def _there(service: Service, name: str) -> bool:
    page = service.page(name)
    return name in service.questions or (page is not None and page.kind == "repeat")


def _label(service: Service, name: str, lang: str) -> str:
    question = service.questions.get(name)
    if question is not None:
        text = service.text(f"{question.path}.label", lang) or question.label
    else:
        page = service.page(name)
        if page is None:
            return name
        text = service.text(f"{page.path}.title", lang) or page.title
    return render(service, text, Facts(answers={}), lang)


def _page(service: Service, name: str, way: Walk) -> str:
    question = service.questions.get(name)
    page = (question.row_of or question.page) if question is not None else name
    return page if way.step(page) is not None else ""


def _terms(service: Service, found: Mapping[str, Any], lang: str) -> list[str]:
    lines = []
    if fees := found.get("fees"):
        was, now = fees
        if was is not None and now is not None:
            lines.append(
                _("It now costs %(now)s. It was %(was)s when you started.")
                % {"now": pounds(now), "was": pounds(was)}
            )
        elif service.fee is None:
            lines.append(_("There is no longer anything to pay."))
        elif now is not None:
            lines.append(_("It now costs %(now)s.") % {"now": pounds(now)})
        else:
            lines.append(_("What you pay has changed. You see the cost before you send the form."))
    if sha := found.get("promise"):
        now_in = promise_words(service, lang)
        was_in = promise_words(_old(sha, service), lang)
        if now_in and was_in:
            lines.append(
                _("We now aim to finish in %(now)s. It was %(was)s when you started.")
                % {"now": now_in, "was": was_in}
            )
        elif now_in:
            lines.append(_("We now aim to finish in %(now)s.") % {"now": now_in})
        else:
            lines.append(_("We no longer promise a time in which we finish."))
    return lines


def _stop(service: Service, way: Walk, lang: str) -> str:
    if way.stop is None:
        return ""
    title = service.text(f"{way.stop.page.path}.title", lang)
    return render(service, title, Facts(answers={}), lang) if title else ""


def promise_words(service: Service, lang: str) -> str:
    """Return the time in which a service is to be finished, such as "3 working days"; "" for none."""
    clock = service.case.clock
    if clock is None:
        return ""
    amount = "{" + str(clock.finish_within.amount) + "}"
    number = render(service, amount, Facts(answers={}), lang)
    if not number:
        return ""
    return {
        "working_days": _("%(number)s working days"),
        "days": _("%(number)s days"),
        "weeks": _("%(number)s weeks"),
        "months": _("%(number)s months"),
        "years": _("%(number)s years"),
        "hours": _("%(number)s hours"),
        "working_hours": _("%(number)s working hours"),
    }[clock.finish_within.unit] % {"number": number}
