"""Counting sentences, words and syllables in the words of a service file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import pyphen

_VOWEL_GROUPS = re.compile(r"[aeiouy]+")
_SILENT_INSIDE = re.compile(
    r"([b-df-hj-np-tv-z])e(?=(?:ment|thing|times?|hold|fore|ful|ly|ness|less|some|body|self)s?$|ful)"
)
_SILENT_END = re.compile(
    r"[^aeiouyl]e$|[aeiouy]le$|[aeiouy]e$(?<=[aou]e)|(?<![sxzcg])(?<!ch)(?<!sh)(?<!l)(?<!i)es$|[^tdi]ed$"
)
_SPLIT_VOWELS = re.compile(
    r"ia(?!ge|n$|l$(?<=cial)|l$(?<=tial))|io(?!n)|(?<=[^tsc])ion|iou(?<=[rv]iou)|ie(?=t|n)(?<!fie)(?<!lie)"
    r"|rea$|dea(?=s?$)|eo(?!u|ple)|uou|ei(?=ng)|oi(?=ng)|yi(?=ng)|ua(?=l|t)|iu"
)
_KNOWN = {
    "business": 2,
    "businesses": 3,
    "evening": 2,
    "every": 2,
    "everyone": 3,
    "everything": 3,
    "payable": 3,
    "recycle": 3,
    "recycled": 3,
    "recycling": 4,
    "someone": 2,
}
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_TOKEN = re.compile(r"[^\W_]+(?:['’.,:/-][^\W_]+)*")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"'’”)]*\s+(?=[\"'‘“(]*[A-ZÀ-Ý{])|\n\s*\n")
_BULLET = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+", re.MULTILINE)
_HEADING = re.compile(r"^\s*#{1,6}\s+(.*)$", re.MULTILINE)
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_ADDRESS = re.compile(r"\b(?:https?://|www\.)\S+|\S+@\S+\.\S+")
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_EMPHASIS = re.compile(r"[*_`>]+")


@dataclass(frozen=True)
class Count:
    """How many sentences, words and syllables a text has, and its longest sentence."""

    sentences: int
    words: int
    syllables: int
    longest: int
    longest_sentence: str

    @property
    def grade(self) -> float:
        """Flesch-Kincaid grade: a year of schooling (Kincaid and others, 1975)."""
        if not self.words or not self.sentences:
            return 0.0
        by_sentence = 0.39 * self.words / self.sentences
        by_word = 11.8 * self.syllables / self.words
        return by_sentence + by_word - 15.59

    @property
    def reading_age(self) -> float:
        """Age in years of a reader at that grade (grade + 5), never below 5."""
        return max(5.0, self.grade + 5.0)


def plain(text: str) -> str:
    """The words of `text` as they are read out: no Markdown, addresses or `{names}`.

    A `{name}` is replaced by "it", which is as short as what most names stand for (a date,
    a reference, a number), so that a text is not judged by the length of an id.
    """
    text = _HEADING.sub(r"\n\1\n", text)
    text = _BULLET.sub("\n\n", text)
    text = _LINK.sub(r"\1", text)
    text = _ADDRESS.sub("it", text)
    text = _PLACEHOLDER.sub("it", text)
    return _EMPHASIS.sub("", text).strip()


def sentences(text: str) -> list[str]:
    """The sentences of `text`; a bullet, a heading and a paragraph each end one."""
    found = []
    for part in _SENTENCE_END.split(plain(text)):
        sentence = " ".join(part.split())
        if _TOKEN.search(sentence):
            found.append(sentence)
    return found


def words(sentence: str) -> list[str]:
    """The words of a sentence. `10.30am`, `0.15` and `sign-in` are one word each."""
    return _TOKEN.findall(sentence)


@lru_cache(maxsize=1)
def _hyphenator() -> pyphen.Pyphen:
    return pyphen.Pyphen(lang="en_GB", left=2, right=2)


@lru_cache(maxsize=20_000)
def syllables(word: str) -> int:
    """Syllables of an English word, at least 1; a number counts as one.

    A hyphenator (pyphen) leaves out breaks that a typesetter would avoid (are-a, ide-a), so the
    groups of vowels are counted too, without the silent e; the larger of the two is taken.
    """
    letters = "".join(_WORD.findall(word)).lower().replace("’", "'").replace("'", "")
    if not letters:
        return 1
    if letters in _KNOWN:
        return _KNOWN[letters]
    stem = _SILENT_INSIDE.sub(r"\1", letters)
    if _SILENT_END.search(stem):
        stem = stem[: stem.rindex("e")]
    by_vowels = len(_VOWEL_GROUPS.findall(stem)) + len(_SPLIT_VOWELS.findall(stem))
    by_hyphens = len(_hyphenator().positions(letters)) + 1
    return max(1, by_vowels, by_hyphens)


def count(text: str) -> Count:
    """Count one text. Units: sentences, words, syllables."""
    total_words = total_syllables = longest = 0
    longest_sentence = ""
    found = sentences(text)
    for sentence in found:
        tokens = words(sentence)
        total_words += len(tokens)
        total_syllables += sum(syllables(token) for token in tokens)
        if len(tokens) > longest:
            longest, longest_sentence = len(tokens), sentence
    return Count(len(found), total_words, total_syllables, longest, longest_sentence)


def total(counts: list[Count]) -> Count:
    """Several texts read one after the other."""
    worst = max(counts, key=lambda c: c.longest, default=Count(0, 0, 0, 0, ""))
    return Count(
        sum(c.sentences for c in counts),
        sum(c.words for c in counts),
        sum(c.syllables for c in counts),
        worst.longest,
        worst.longest_sentence,
    )
