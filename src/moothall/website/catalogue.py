"""The services that the council offers, as the website lists them. Reads only."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from django.utils.translation import gettext as _

from moothall.language import Service
from moothall.packs import queries as packs

KINDS = ("report", "apply", "book", "pay", "register", "ask", "assess")
"""The order in which kinds are listed."""


@dataclass(frozen=True)
class Listed:
    """A service as a list shows it."""

    slug: str
    name: str
    summary: str
    kind: str
    online: bool
    lang: str = ""
    """The language of its words, where it is not that of the page: screen readers change voice."""


@dataclass(frozen=True)
class Kind:
    """A kind of service, with those of that kind."""

    id: str
    title: str
    says: str
    services: tuple[Listed, ...]


def kind_title(kind: str) -> str:
    """Return what a kind is called."""
    return {
        "report": _("Report"),
        "apply": _("Apply"),
        "book": _("Book"),
        "pay": _("Pay"),
        "register": _("Register"),
        "ask": _("Ask or tell us"),
        "assess": _("Get an assessment"),
    }.get(kind, kind.capitalize())


def kind_says(kind: str) -> str:
    """Return a line about a kind."""
    return {
        "report": _("Tell us about a problem"),
        "apply": _("Permits, support and licences"),
        "book": _("Choose a day and a time"),
        "pay": _("Pay something you owe"),
        "register": _("Put yourself on a list"),
        "ask": _("Ask for information, or complain"),
        "assess": _("Find out what you need"),
    }.get(kind, "")


def words(service: Service, path: str, lang: str) -> str:
    """Return a text of a service with its local values filled in; it is known before any answer."""
    from moothall.language import Facts, render

    text = service.text(path, lang)
    return render(service, text, Facts(answers={}), lang) if text else ""


def listed(service: Service, lang: str) -> Listed:
    """Return one service as a list shows it."""
    return Listed(
        slug=service.slug,
        name=words(service, "name", lang) or service.name,
        summary=words(service, "summary", lang),
        kind=service.kind,
        online="online" in service.channels,
        lang="" if lang in service.languages else "en",
    )


def public() -> list[Service]:
    """Return the services for everyone, in the council's order."""
    return [one for one in packs.offered() if one.audience == "public"]


def by_kind(lang: str, services: list[Service] | None = None) -> list[Kind]:
    """Return the services grouped by kind; kinds without one are left out."""
    found = [listed(one, lang) for one in (public() if services is None else services)]
    return [
        Kind(kind, kind_title(kind), kind_says(kind), tuple(s for s in found if s.kind == kind))
        for kind in KINDS
        if any(s.kind == kind for s in found)
    ]


def a_to_z(lang: str, services: list[Service] | None = None) -> list[tuple[str, list[Listed]]]:
    """Return the services by first letter."""
    found = sorted(
        (listed(one, lang) for one in (public() if services is None else services)),
        key=lambda one: fold(one.name),
    )
    letters: dict[str, list[Listed]] = {}
    for one in found:
        letters.setdefault(one.name[:1].upper(), []).append(one)
    return list(letters.items())


def fold(text: str) -> str:
    """Return text without capitals and accents, for comparing."""
    return unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode() or text


def matching(query: str, lang: str) -> list[Listed]:
    """Return the services that fit the words typed, best first.

    Each word must be found, or come close, in the service's name, summary or keywords.
    """
    from rapidfuzz import fuzz

    wanted = [word for word in fold(query).split() if len(word) > 1 and word not in STOP]
    if not wanted:
        return []
    scored: list[tuple[float, Listed]] = []
    for service in public():
        item = listed(service, lang)
        keywords = " ".join(service.file.keywords)
        fields = ((3.0, fold(item.name)), (2.0, fold(keywords)), (1.0, fold(item.summary)))
        total = 0.0
        for word in wanted:
            best = 0.0
            for weight, text in fields:
                near = max((_near(word, other, fuzz.ratio) for other in text.split()), default=0.0)
                best = max(best, weight * near)
            if not best:
                total = 0.0
                break
            total += best
        if total:
            scored.append((total, item))
    return [item for _score, item in sorted(scored, key=lambda one: (-one[0], one[1].name))]


STOP = {"a", "an", "the", "my", "to", "for", "of", "i", "and", "in", "on", "is", "how", "do", "y"}


def _near(word: str, other: str, ratio: object) -> float:
    """Return 1 for the same word, less for one that begins alike or is misspelt, 0 for another."""
    other = other.strip(".,()?!")
    if other == word or other.rstrip("s") == word.rstrip("s"):
        return 1.0
    if len(word) >= 3 and other.startswith(word):
        return 0.9
    if len(word) >= 4 and len(other) >= 4:
        share = ratio(word, other) / 100  # type: ignore[operator]  # rapidfuzz's function
        return share * 0.8 if share >= 0.8 else 0.0
    return 0.0
