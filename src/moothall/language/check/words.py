"""Which words of a service a resident sees, as opposed to those that only staff read."""

from __future__ import annotations

from collections.abc import Iterator

from moothall.language.service import Service

STAFF_ONLY = ("local.", "case.clock.", "access.")


def seen_by_residents(service: Service, lang: str = "en") -> Iterator[tuple[str, str]]:
    """Pairs of path and words, in the order of the file, in `lang`.

    In another language than English only the words that have a translation.
    """
    translated = service.translations.get(lang, {})
    for path, english in service.texts.items():
        if not _seen(service, path):
            continue
        if lang == "en":
            yield path, english
        elif path in translated:
            yield path, translated[path]


def _seen(service: Service, path: str) -> bool:
    if path.startswith(STAFF_ONLY):
        return False
    parts = path.split(".")
    if path.startswith("tell."):
        told = service.tell.get(parts[1])
        return told is None or told.to == "applicant" or told.to in _parties(service)
    if path.startswith("case.moves."):
        move = service.moves.get(parts[2])
        return move is None or "applicant" in move.by
    if path.startswith("case.ask."):
        return any(
            "applicant" in move.by and parts[2] in move.needs for move in service.moves.values()
        )
    return True


def _parties(service: Service) -> frozenset[str]:
    return frozenset(service.access.parties) if service.access else frozenset()
