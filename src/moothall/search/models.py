"""What can be found. Each database keeps an index of its own kind over `Document.tokens` (`store`)."""

from __future__ import annotations

from django.db import models


class Document(models.Model):
    """One thing that can be found, by kind and reference.

    It holds its tokens and words, never the text that they came from. Everything that is known of a
    document is on its row and in what the database derives from it, so that a row which is deleted
    leaves nothing behind.
    """

    kind = models.CharField(max_length=40)
    ref = models.CharField(max_length=100)
    title = models.CharField(max_length=300)
    audience = models.CharField(max_length=60)
    """Who may find it: `public`, `staff`, or a narrower name that the query must give."""
    url = models.CharField(max_length=300)
    language = models.CharField(max_length=5, default="en")
    digest = models.CharField(max_length=64, default="")
    tokens = models.TextField(default="")
    """What it is found by, once each, coded by audience (`store.coded`), the title's first."""
    head = models.PositiveSmallIntegerField(default=0)
    """How many of the tokens are of the title."""
    words = models.TextField(default="")
    """Its words as they are written, for the vocabulary."""
    learnt = models.TextField(default="")
    """Those of them that the vocabulary has counted."""
    stale = models.BooleanField(default=True)
    """The vocabulary has not caught up with the words."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "ref"], name="search_one_document_a_thing")
        ]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(stale=True), name="search_unlearnt")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.ref}"


class Term(models.Model):
    """A word of the vocabulary, for correction: how many documents of an audience hold it."""

    audience = models.CharField(max_length=60)
    word = models.CharField(max_length=60)
    stem = models.CharField(max_length=60)
    documents = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["audience", "word"], name="search_one_row_a_word")
        ]
        indexes = [
            models.Index(fields=["audience", "stem"], name="search_by_stem"),
            models.Index(fields=["word"], name="search_by_word", opclasses=["varchar_pattern_ops"]),
        ]

    def __str__(self) -> str:
        return self.word


class Near(models.Model):
    """A word with one letter left out: two words that share such a form are candidates for each other."""

    form = models.CharField(max_length=12, db_index=True)
    term = models.ForeignKey(Term, on_delete=models.DO_NOTHING, related_name="near")
    """(`vocabulary` deletes near forms before terms: two statements in place of a cascade's many.)"""

    def __str__(self) -> str:
        return self.form
