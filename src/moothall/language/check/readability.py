"""Proof 7: the words that a resident sees can be read by most people.

English is measured by Flesch-Kincaid (reading age in years) and by sentence length; Welsh by
sentence length only, because no tested measure of reading age exists for it here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from moothall.language.check.notes import Notes
from moothall.language.check.syllables import Count, count, total
from moothall.language.check.words import seen_by_residents
from moothall.language.service import Service

LONG_SENTENCE = 25
"""Words. The GOV.UK content guide asks for sentences of at most 25 words."""
TOO_LONG_SENTENCE = 40
"""Words. Past this a sentence is refused, not only pointed at."""
HARD_AGE = 14.0
"""Years. One text above this reading age is pointed at."""
TOO_HARD_AGE = 13.0
"""Years. A whole service above this reading age is refused."""
MOST_SAID_AGE = 18
ENOUGH_WORDS = 15
"""A text shorter than this says too little for a reading age of its own."""


@dataclass(frozen=True)
class Text:
    """Words that a resident sees: where they stand, what they are, and how they count."""

    path: str
    line: int
    text: str
    count: Count

    @property
    def hard(self) -> bool:
        """Whether this text alone reads harder than it should."""
        return self.count.words >= ENOUGH_WORDS and self.count.reading_age > HARD_AGE

    @property
    def long(self) -> bool:
        """Whether a sentence of this text is longer than it should be."""
        return self.count.longest > LONG_SENTENCE


@dataclass(frozen=True)
class Readability:
    """How the words of one language read, the worst texts first."""

    lang: str
    total: Count
    worst: tuple[Text, ...]

    @property
    def reading_age(self) -> float | None:
        """Years, rounded to a half; None where the language has no measure (Welsh)."""
        if self.lang != "en" or not self.total.words:
            return None
        return round(self.total.reading_age * 2) / 2

    @property
    def words_a_sentence(self) -> float:
        """The mean length of a sentence, in words."""
        return self.total.words / self.total.sentences if self.total.sentences else 0.0

    def summary(self) -> str:
        """One line: the reading age (English) and the length of sentences."""
        length = f"{self.words_a_sentence:.0f} words a sentence, longest {self.total.longest}"
        if self.reading_age is None:
            return length
        return f"reading age {self.reading_age:g}, {length}"


def measure(lang: str, texts: Iterable[tuple[str, int, str]]) -> Readability:
    """Measure `(path, line, text)` triples of one language."""
    measured = [Text(path, line, text, count(text)) for path, line, text in texts]
    measured = [text for text in measured if text.count.words]

    def badness(text: Text) -> tuple[int, float]:
        age = text.count.reading_age if lang == "en" and text.count.words >= ENOUGH_WORDS else 0.0
        over = max(0, text.count.longest - LONG_SENTENCE)
        return (over + max(0, round(age - HARD_AGE)), age + text.count.longest / 10)

    worst = sorted(measured, key=badness, reverse=True)
    return Readability(lang, total([text.count for text in measured]), tuple(worst))


def note_readability(service: Service, notes: Notes) -> dict[str, Readability]:
    """Measure the words that a resident sees in each language, and tell the worst."""
    found: dict[str, Readability] = {}
    for lang in service.languages:
        texts = [(path, 0, text) for path, text in seen_by_residents(service, lang)]
        measured = measure(lang, texts)
        found[lang] = measured
        for text in measured.worst:
            path = text.path if lang == "en" else f"translations.{lang}.{text.path}"
            if text.long:
                too_long = text.count.longest > TOO_LONG_SENTENCE
                notes.add(
                    7, "reading.sentence", path,
                    f"A sentence has {text.count.longest} words: “{_start(text.count.longest_sentence)}”.",
                    f"Make it two sentences of at most {LONG_SENTENCE} words.",
                    "error" if too_long else "warning",
                )  # fmt: skip
            elif lang == "en" and text.hard:
                notes.add(
                    7, "reading.hard", path,
                    f"These words need a reading age of {_years(text.count.reading_age)}.",
                    "Use shorter words and shorter sentences.", "warning",
                )  # fmt: skip
        if lang == "en" and measured.total.reading_age > TOO_HARD_AGE and measured.total.words > 60:
            worst = next(
                (text for text in measured.worst if text.count.words >= ENOUGH_WORDS), None
            )
            notes.add(
                7, "reading.whole", worst.path if worst else "name",
                f"The words of the service need a reading age of {measured.reading_age:g}.",
                f"Aim for 11, and at most {TOO_HARD_AGE:g}; begin with the words in this line.",
            )  # fmt: skip
    return found


def _years(age: float) -> str:
    return f"{age:.0f}" if age <= MOST_SAID_AGE else f"more than {MOST_SAID_AGE}"


def _start(sentence: str) -> str:
    words = sentence.split()
    return " ".join(words[:8]) + " …" if len(words) > 8 else sentence
