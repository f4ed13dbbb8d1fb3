"""What can be found. The index of words itself is a table of each database's own kind (`store`)."""

from __future__ import annotations

from django.db import models


class Document(models.Model):
    """One thing that can be found, by kind and reference."""

    kind = models.CharField(max_length=40)
    ref = models.CharField(max_length=100)
    title = models.CharField(max_length=300)
    audience = models.CharField(max_length=60)
    """Who may find it: `public`, `staff`, or a narrower name that the query must give."""
    url = models.CharField(max_length=300)
    language = models.CharField(max_length=5, default="en")
    digest = models.CharField(max_length=64, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "ref"], name="search_one_document_a_thing")
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

    def __str__(self) -> str:
        return self.word


class Near(models.Model):
    """A word with one letter left out: two words that share such a form are candidates for each other."""

    form = models.CharField(max_length=12, db_index=True)
    term = models.ForeignKey(Term, on_delete=models.CASCADE, related_name="near")

    def __str__(self) -> str:
        return self.form
