"""Things that change the index."""

from __future__ import annotations

import hashlib
import json

from django.db import transaction

from moothall.search import analyser, store, vocabulary
from moothall.search.models import Document

_LIMITS = {"kind": 40, "ref": 100, "audience": 60, "url": 300}
_WRITTEN = ("title", "audience", "url", "language", "digest", "tokens", "head", "words", "stale")


def index(
    kind: str, ref: str, title: str, words: str, audience: str, url: str, *, language: str = "en"
) -> None:
    """See `moothall.search.index`. One query for a document that has not changed, two for a new one."""
    for name, value in (("kind", kind), ("ref", ref), ("audience", audience), ("url", url)):
        if not value or len(value) > _LIMITS[name]:
            raise ValueError(
                f"The {name} of a search document has 1 to {_LIMITS[name]} characters."
            )
    digest = _digest(analyser.VERSION, title, words, audience, url, language)
    with transaction.atomic(savepoint=False):
        known = Document.objects.select_for_update().filter(kind=kind, ref=ref).first()
        if known is not None and known.digest == digest:
            return
        document = known or Document(kind=kind, ref=ref)
        was_for, counted = document.audience, set(document.learnt.split())
        document.url, document.language, document.digest = url, language, digest
        _write(document, title, words, audience)
        if known is None:
            Document.objects.bulk_create(
                [document],
                update_conflicts=True,
                unique_fields=["kind", "ref"],
                update_fields=list(_WRITTEN),
            )
            return
        kept = counted & set(document.words.split()) if was_for == audience else set()
        document.learnt = " ".join(sorted(kept))
        document.save(update_fields=[*_WRITTEN, "learnt"])
        vocabulary.forget(was_for, counted - kept)


def new(
    kind: str, ref: str, title: str, words: str, audience: str, url: str, *, language: str = "en"
) -> Document:
    """A document as `index` would write it where there is none, not saved."""
    digest = _digest(analyser.VERSION, title, words, audience, url, language)
    document = Document(kind=kind, ref=ref, url=url, language=language, digest=digest)
    _write(document, title, words, audience)
    return document


def _write(document: Document, title: str, words: str, audience: str) -> None:
    head = analyser.tokens_of(title, document.language)
    tokens = dict.fromkeys([*head, *analyser.tokens_of(words, document.language)])
    document.title, document.audience = title[:300], audience
    document.tokens = " ".join(store.coded(audience, document.kind, token) for token in tokens)
    document.head = len(head)
    document.words = " ".join(analyser.words_of(f"{title} {words}"))
    document.stale = True


def remove(kind: str, ref: str) -> None:
    """See `moothall.search.remove`."""
    with transaction.atomic(savepoint=False):
        document = Document.objects.select_for_update().filter(kind=kind, ref=ref).first()
        if document is None:
            return
        document.delete()
        vocabulary.forget(document.audience, set(document.learnt.split()))


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
