"""The words that documents hold, and which of them someone meant who typed another.

Documents are counted in the background (`learn`), so that opening a case takes no lock on a word that
every other case holds too. They are discounted at once (`forget`): a word that no document holds any
more is gone with the transaction that took it out, and with it every trace of a name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import F, Q
from rapidfuzz.distance import DamerauLevenshtein

from moothall.search import analyser
from moothall.search.models import Document, Near, Term

BATCH = 200
"""Documents that are counted in one transaction."""
_CHUNK = 500
_LOCK = 0x6D6F_7468
"""Number of PostgreSQL's advisory lock: one transaction at a time changes the vocabulary there."""
_NEAR = 8
"""Letters of a word that its near forms are made of."""
OPENING = 3
"""Letters after which a word that no document holds is taken for the beginning of one."""
_OPENINGS = 4
_LONGER = 10


@dataclass(frozen=True)
class Guess:
    """What may be meant by a word that no document holds: a word it was mistyped for, or begins."""

    meant: str
    longer: tuple[str, ...]


def near_forms(word: str) -> set[str]:
    """The word's opening, and that with each one letter left out."""
    start = word[:_NEAR]
    return {start} | {start[:at] + start[at + 1 :] for at in range(len(start))}


def learn(most: int = 20_000) -> int:
    """Count the words of up to `most` documents that changed; return how many. Short transactions."""
    done = 0
    while done < most:
        with transaction.atomic():
            batch = _learn_batch() if _lock(wait=False) else 0
        done += batch
        if batch < BATCH:
            break
    return done


def _learn_batch() -> int:
    features = connection.features
    documents = list(
        Document.objects.select_for_update(skip_locked=features.has_select_for_update_skip_locked)
        .filter(stale=True)
        .order_by("id")
        .only("id", "audience", "words", "learnt")[:BATCH]
    )
    change: Counter[tuple[str, str]] = Counter()
    for document in documents:
        now, before = set(document.words.split()), set(document.learnt.split())
        change.update((document.audience, word) for word in now - before)
        change.subtract((document.audience, word) for word in before - now)
        document.learnt, document.stale = document.words, False
    by_audience: dict[str, dict[str, int]] = {}
    for (audience, word), by in change.items():
        if by:
            by_audience.setdefault(audience, {})[word] = by
    for audience, counts in sorted(by_audience.items()):
        for words in _chunks(sorted(counts)):
            _count(audience, {word: counts[word] for word in words})
    Document.objects.bulk_update(documents, ["learnt", "stale"], batch_size=BATCH)
    return len(documents)


def _count(audience: str, counts: dict[str, int]) -> None:
    known = {
        term.word: term for term in Term.objects.filter(audience=audience, word__in=list(counts))
    }
    gone: list[int] = []
    for word, term in known.items():
        term.documents += counts[word]
        if term.documents <= 0:
            gone.append(term.pk)
    Term.objects.bulk_update(
        [term for term in known.values() if term.documents > 0], ["documents"], batch_size=_CHUNK
    )
    _drop(gone)
    made = [
        Term(audience=audience, word=word, stem=analyser.stem(word), documents=by)
        for word, by in counts.items()
        if by > 0 and word not in known
    ]
    Term.objects.bulk_create(made)
    Near.objects.bulk_create(
        Near(form=form, term=term) for term in made for form in sorted(near_forms(term.word))
    )


def forget(audience: str, words: Collection[str]) -> None:
    """Discount words of a document that the vocabulary has counted, in the caller's transaction."""
    if not words:
        return
    _lock(wait=True)
    for chunk in _chunks(sorted(words)):
        terms = Term.objects.filter(audience=audience, word__in=chunk)
        gone = list(terms.filter(documents__lte=1).values_list("pk", flat=True))
        terms.exclude(pk__in=gone).update(documents=F("documents") - 1)
        _drop(gone)


def _drop(terms: list[int]) -> None:
    if terms:
        Near.objects.filter(term__in=terms).delete()
        Term.objects.filter(pk__in=terms).delete()


def _lock(*, wait: bool) -> bool:
    """Keep others from changing the vocabulary until the transaction ends. SQLite has one writer anyway."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        if wait:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            return True
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])


def guesses(
    words: Iterable[str], audiences: Collection[str], language: str = "en"
) -> dict[str, Guess]:
    """What was probably meant by each of the words that no document holds in any inflection."""
    typed = sorted({word for word in words if word.isalpha() and len(word) >= OPENING})
    if not typed:
        return {}
    own = analyser.council_words(language)
    stems = {word: analyser.stem(word) for word in typed}
    terms = Term.objects.filter(audience__in=list(audiences)).values_list("word", "stem")
    held = terms.filter(word__in=typed).union(terms.filter(stem__in=sorted(set(stems.values()))))
    seen = {text for pair in held for text in pair} | own | {analyser.stem(word) for word in own}
    unknown = [word for word in typed if word not in seen and stems[word] not in seen]
    meant = _meant([w for w in unknown if analyser.can_be_misspelt(w)], audiences, own)
    return {
        word: Guess(meant.get(word, ""), _longer(word, audiences) if number < _OPENINGS else ())
        for number, word in enumerate(unknown)
    }


def _meant(unknown: list[str], audiences: Collection[str], own: frozenset[str]) -> dict[str, str]:
    if not unknown:
        return {}
    forms = sorted({form for word in unknown for form in near_forms(word)})
    counted = dict.fromkeys(own, 0)
    near = Near.objects.filter(form__in=forms).values_list(
        "term__audience", "term__word", "term__documents"
    )
    for audience, word, documents in set(near):
        if audience in audiences:
            counted[word] = counted.get(word, 0) + documents
    return {word: _nearest(word, counted) for word in unknown}


def _longer(word: str, audiences: Collection[str]) -> tuple[str, ...]:
    """The commonest words that begin so. (An index serves LIKE on PostgreSQL alone.)"""
    if connection.vendor == "postgresql":
        begins = Q(word__startswith=word)
    else:
        begins = Q(word__gte=word, word__lt=word + chr(0x10FFFF))
    terms = Term.objects.filter(begins, audience__in=list(audiences)).order_by("-documents", "word")
    return tuple(dict.fromkeys(terms.values_list("word", flat=True)[:_LONGER]))


def _nearest(word: str, counted: dict[str, int]) -> str:
    allowed = 1 if len(word) < 6 else 2
    best: tuple[int, bool, int, str] | None = None
    for other, documents in counted.items():
        if other == word or abs(len(other) - len(word)) > allowed:
            continue
        apart = DamerauLevenshtein.distance(word, other, score_cutoff=allowed)
        if apart > allowed:
            continue
        rank = (apart, other[0] != word[0], -documents, other)
        if best is None or rank < best:
            best = rank
    return best[3] if best else ""


def _chunks(words: list[str]) -> Iterator[list[str]]:
    for at in range(0, len(words), _CHUNK):
        yield words[at : at + _CHUNK]
