"""From text to tokens, and from what someone types to the tokens that may stand for it.

One analyser for both databases. Pure: it reads the data files beside it and nothing else.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice

import Stemmer

from moothall.search import welsh
from moothall.search.data import load

VERSION = 1
"""Goes up when tokens change, so that documents are written anew when they are next indexed."""
LONGEST = 40
"""Letters of a token; what is longer is cut."""
MOST_TOKENS = 5_000
"""Distinct tokens of one document; a page of 20,000 words has fewer."""
MOST_CHARACTERS = 1_000
"""Of a query; what comes after is not read."""
MOST_WORDS = 16
"""Of a query that must be found; more only lift what holds them."""
MOST_READ = 40
"""Words of a query that are read at all."""
MOST_FORMS = 32
"""Alternatives for one word."""

_RUN = re.compile(r"[^\W_]+(?:[-'./@&_+][^\W_]+)*")
_PART = re.compile(r"[^\W_]+")
_POSTCODE = re.compile(r"\b([A-Z]{1,2}[0-9][A-Z0-9]?) ?([0-9][A-Z]{2})\b", re.IGNORECASE)
_HALF_POSTCODE = re.compile(r"\b([A-Z]{1,2}[0-9][A-Z0-9]?) ([0-9][A-Z]?)\Z", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w+])(?:\+44 ?(?:\(0\) ?)?|0)[0-9](?:[ -]?[0-9]){7,9}(?!\w)")
_REFERENCE = re.compile(r"\b[A-Z]{1,3}(?:-[A-Z0-9]{3}){2}\b")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "‐": "-", "‑": "-", "–": "-"})

EXACT, STEM, OTHER_LANGUAGE, CORRECTION, MUTATION, OPENING, SYNONYM = (
    1.0,
    1.0,
    0.9,
    0.8,
    0.7,
    0.6,
    0.5,
)
"""What a form is worth when documents are ranked, by how it came from the word."""


@dataclass(frozen=True)
class Word:
    """One word of a query and the forms by which it may be found, with what each is worth."""

    typed: str
    forms: dict[tuple[str, ...], float]
    spoken: bool = True
    """Made of letters: it may be misspelt."""
    optional: bool = False


_local = threading.local()


def stem(word: str) -> str:
    """The English stem. (The stemmer keeps a cache that threads must not share.)"""
    stemmer = getattr(_local, "stemmer", None)
    if stemmer is None:
        stemmer = _local.stemmer = Stemmer.Stemmer("english")
    return str(stemmer.stemWord(word))


def normal(text: str) -> str:
    """Lower case, without accents: the same for what is kept and what is asked."""
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKD", text.translate(_QUOTES)).casefold()
    text = unicodedata.normalize("NFKD", text)
    return "".join(c for c in text if not unicodedata.category(c).startswith("M"))


def _parts(run: str) -> list[str]:
    return [part[:LONGEST] for part in _PART.findall(run)]


def _joined(run: str) -> str:
    return "".join(_PART.findall(run))[:LONGEST]


def _phone(text: str) -> str:
    digits = re.sub(r"[^0-9]", "", text.replace("(0)", ""))
    return "0" + digits[2:] if text.startswith("+") else digits


def _stems(part: str, language: str) -> Iterator[str]:
    yield stem(part)
    if language == "cy":
        yield welsh.stem(part)


def _openings(identifier: str) -> Iterator[str]:
    """What someone has typed when they are half way through a reference, postcode or number plate."""
    for length in range(3, len(identifier)):
        yield identifier[:length]


def tokens_of(text: str, language: str = "en") -> list[str]:
    """What a text is found by: each token once, in order, at most `MOST_TOKENS`."""
    found: dict[str, None] = {}
    original = text.translate(_QUOTES)
    for run in _RUN.findall(normal(text)):
        parts = _parts(run)
        for part in parts:
            for token in _stems(part, language):
                found.setdefault(token)
        joined = parts[0] if len(parts) == 1 else _joined(run)
        if len(parts) > 1:
            for token in _stems(joined, language):
                found.setdefault(token)
        mixed = not joined.isalpha() and not joined.isdigit()
        if mixed and 5 <= len(joined) <= 16 and "@" not in run:
            found.setdefault(joined)
            for token in _openings(joined):
                found.setdefault(token)
        if len(found) >= MOST_TOKENS:
            break
    for identifier in _identifiers(original):
        found.setdefault(identifier)
    return list(found)[: MOST_TOKENS + 500]


def _identifiers(text: str) -> Iterator[str]:
    for match in _POSTCODE.finditer(text):
        whole = normal(match[1] + match[2])
        yield whole
        yield from _openings(whole)
    for match in _REFERENCE.finditer(text):
        whole = _joined(normal(match[0]))
        yield whole
        yield from _openings(whole)
    for match in _PHONE.finditer(text):
        yield _phone(match[0])


def words_of(text: str) -> list[str]:
    """The words that correction may offer: four letters or more, as they are written, in order."""
    found: dict[str, None] = {}
    for run in _RUN.findall(normal(text)):
        for part in _parts(run):
            if can_be_misspelt(part):
                found.setdefault(part)
    return list(found)[:MOST_TOKENS]


def can_be_misspelt(word: str) -> bool:
    """Whether the word is of a length and a kind that correction deals with."""
    return len(word) >= 4 and word.isalpha()


def read_query(text: str, language: str = "en") -> list[Word]:
    """The words of a query in order, each with the forms by which it may be found.

    Words too common to tell documents apart are optional, unless there are no others.
    """
    text = text.translate(_QUOTES)[:MOST_CHARACTERS].strip()
    read = {word.typed: word for word in islice(_read(text, language), MOST_READ)}
    words = _with_synonyms(list(read.values()), language)
    stop = _stop_words()
    words = [replace(w, optional=w.typed in stop or len(w.typed) == 1) for w in words]
    if all(word.optional for word in words):
        words = [replace(word, optional=False) for word in words]
    needed = 0
    for number, word in enumerate(words):
        needed += not word.optional
        if needed > MOST_WORDS:
            words[number] = replace(word, optional=True)
    return words


def _read(text: str, language: str) -> Iterator[Word]:
    marks: list[tuple[int, int, str]] = [(*m.span(), _phone(m[0])) for m in _PHONE.finditer(text)]
    for pattern in (_POSTCODE, _HALF_POSTCODE):
        marks += [(*m.span(), normal(m[1] + m[2])) for m in pattern.finditer(text)]
    at = 0
    for start, end, joined in sorted(marks):
        if start < at:
            continue
        yield from _runs(text[at:start], language)
        parts = tuple(_parts(normal(text[start:end])))
        yield Word(normal(text[start:end]), {(joined,): EXACT, parts: STEM}, spoken=False)
        at = end
    yield from _runs(text[at:], language)


def _runs(text: str, language: str) -> Iterator[Word]:
    for run in _RUN.findall(normal(text)):
        parts = _parts(run)
        if len(parts) == 1:
            yield _word(parts[0], language)
            continue
        joined = _joined(run)
        forms: dict[tuple[str, ...], float] = {(joined,): EXACT, (stem(joined),): STEM}
        forms[tuple(stem(part) for part in parts)] = STEM
        yield Word(run, forms, spoken=False)


def _word(part: str, language: str) -> Word:
    forms: dict[tuple[str, ...], float] = {}
    if language == "cy":
        forms[(welsh.stem(part),)] = STEM
        forms.setdefault((stem(part),), OTHER_LANGUAGE)
        for other in welsh.mutations(part):
            forms.setdefault((welsh.stem(other),), MUTATION)
    else:
        forms[(stem(part),)] = STEM
    if not part.isalpha():
        forms.setdefault((part,), EXACT)
    return Word(part, forms, spoken=part.isalpha())


@lru_cache(maxsize=1)
def _stop_words() -> frozenset[str]:
    return frozenset(normal(word) for words in load("stop_words").values() for word in words)


Phrase = tuple[str, ...]


@lru_cache(maxsize=4)
def _synonyms(language: str) -> dict[Phrase, frozenset[Phrase]]:
    """Stemmed phrase to the other phrases of its groups."""
    stemmed = welsh.stem if language == "cy" else stem
    found: dict[Phrase, frozenset[Phrase]] = {}
    for group in load("synonyms").get(language, []):
        phrases = {tuple(stemmed(part) for part in _parts(normal(entry))) for entry in group}
        for phrase in phrases:
            found[phrase] = found.get(phrase, frozenset()) | (phrases - {phrase})
    return found


@lru_cache(maxsize=4)
def council_words(language: str) -> frozenset[str]:
    """The words of the synonym file: correction knows them whether a document holds them or not."""
    groups = load("synonyms").get(language, [])
    parts = (part for group in groups for entry in group for part in _parts(normal(entry)))
    return frozenset(part for part in parts if can_be_misspelt(part))


def _with_synonyms(words: list[Word], language: str) -> list[Word]:
    known = _synonyms(language)
    longest = max(map(len, known), default=0)
    made: list[Word] = []
    at = 0
    while at < len(words):
        for length in range(min(longest, len(words) - at), 1, -1):
            several = words[at : at + length]
            phrase = tuple(next(iter(word.forms))[0] for word in several)
            if phrase in known:
                forms = {phrase: STEM} | dict.fromkeys(sorted(known[phrase]), SYNONYM)
                typed = " ".join(word.typed for word in several)
                made.append(Word(typed, _few(forms), spoken=False))
                at += length
                break
        else:
            made.append(with_synonyms(words[at], language))
            at += 1
    return made


def with_synonyms(word: Word, language: str) -> Word:
    """The word with what its forms are also called."""
    known = _synonyms(language)
    forms = dict(word.forms)
    for form in word.forms:
        for other in sorted(known.get(form, ())):
            forms.setdefault(other, SYNONYM)
            if language == "cy" and len(other) == 1:
                for mutated in welsh.mutations(other[0]):
                    forms.setdefault((mutated,), SYNONYM * MUTATION)
    return replace(word, forms=_few(forms))


def _few(forms: dict[Phrase, float]) -> dict[Phrase, float]:
    """The forms that are worth most."""
    return dict(sorted(forms.items(), key=lambda pair: -pair[1])[:MOST_FORMS])


def as_meant(word: Word, meant: str, longer: Iterable[str], language: str) -> Word:
    """The word with the forms of what was probably meant, and of the longer words that it begins."""
    forms = dict(word.forms)
    if meant:
        for form, worth in with_synonyms(_word(meant, language), language).forms.items():
            forms.setdefault(form, worth * CORRECTION)
    for other in longer:
        forms.setdefault((stem(other),), OPENING)
    return replace(word, forms=_few(forms))
