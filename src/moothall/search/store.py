"""The index of tokens: FTS5 on SQLite, a GIN index over a `simple` tsvector on PostgreSQL.

Both stand over `search_document.tokens` and follow it by themselves (triggers, an index on an
expression), so that no statement can change a document and leave the index behind. Tokens are made
of a-z and 0-9 alone: nothing that a person types reaches either query language.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import Any

from django.db import connection, connections, transaction

Group = Sequence[tuple[str, ...]]
"""Alternatives for one word: each a tuple of tokens that a document must all hold."""

TABLE = "search_document"
_SQLITE = (
    "DROP TRIGGER IF EXISTS search_text_put",
    "DROP TRIGGER IF EXISTS search_text_anew",
    "DROP TRIGGER IF EXISTS search_text_out",
    """CREATE VIRTUAL TABLE IF NOT EXISTS search_text USING fts5(
        tokens, content='search_document', content_rowid='id', detail='none', columnsize=0,
        tokenize='ascii')""",
    """CREATE TRIGGER search_text_put AFTER INSERT ON search_document BEGIN
        INSERT INTO search_text(rowid, tokens) VALUES (new.id, new.tokens); END""",
    """CREATE TRIGGER search_text_anew AFTER UPDATE OF tokens ON search_document
        WHEN old.tokens <> new.tokens BEGIN
        INSERT INTO search_text(search_text, rowid, tokens) VALUES ('delete', old.id, old.tokens);
        INSERT INTO search_text(rowid, tokens) VALUES (new.id, new.tokens); END""",
    """CREATE TRIGGER search_text_out AFTER DELETE ON search_document BEGIN
        INSERT INTO search_text(search_text, rowid, tokens) VALUES ('delete', old.id, old.tokens);
        END""",
)
_SQLITE_AWAY = (
    "DROP TRIGGER IF EXISTS search_text_put",
    "DROP TRIGGER IF EXISTS search_text_anew",
    "DROP TRIGGER IF EXISTS search_text_out",
    "DROP TABLE IF EXISTS search_text",
)
_POSTGRESQL = (
    """CREATE INDEX IF NOT EXISTS search_text ON search_document
        USING gin (array_to_tsvector(string_to_array(tokens, ' '))) WITH (fastupdate = off)""",
)
_POSTGRESQL_AWAY = ("DROP INDEX IF EXISTS search_text",)

_FIND_SQLITE = (
    "SELECT rowid FROM search_text WHERE search_text MATCH %s ORDER BY rowid DESC LIMIT %s"
)
_FIND_POSTGRESQL = """SELECT id FROM search_document
    WHERE array_to_tsvector(string_to_array(tokens, ' ')) @@ %s::tsquery
    ORDER BY id DESC LIMIT %s"""
"""Configuration `simple` without its parser: our tokens are lexemes as they stand."""

_KINDS = """WITH RECURSIVE known(kind) AS (
    SELECT min(kind) FROM search_document
    UNION ALL
    SELECT (SELECT min(kind) FROM search_document WHERE kind > known.kind)
        FROM known WHERE known.kind IS NOT NULL
    ) SELECT kind FROM known WHERE kind IS NOT NULL"""

STEP = 400
"""Pages that one step of `tidy` may write: some tens of milliseconds."""


def install(using: str = "default") -> None:
    """Make the index and what keeps it, where they are missing."""
    _run(using, _SQLITE, _POSTGRESQL)


def take_away(using: str = "default") -> None:
    """Undo `install`."""
    _run(using, _SQLITE_AWAY, _POSTGRESQL_AWAY)


def after_migrate(sender: Any, using: str, **_: Any) -> None:
    """Receiver of post_migrate: SQLite drops a table's triggers when a migration remakes it."""
    if TABLE in connections[using].introspection.table_names():
        install(using)


def _run(using: str, sqlite: Iterable[str], postgresql: Iterable[str]) -> None:
    chosen = connections[using]
    with chosen.cursor() as cursor:
        for statement in sqlite if chosen.vendor == "sqlite" else postgresql:
            cursor.execute(statement)


@lru_cache(maxsize=1024)
def code(audience: str, kind: str) -> str:
    """Four letters that stand before each token of an audience and a kind.

    So a query never walks the lists of documents that it may not show or does not want. Two pairs may
    share a code: queries compare audience and kind themselves as well.
    """
    digest = hashlib.sha256(f"{audience}\n{kind}".encode()).digest()
    return "".join("abcdefghijklmnop"[n] for b in digest[:2] for n in (b >> 4, b & 15))


def plain(token: str) -> str:
    """The token in a-z and 0-9 alone."""
    if token.isascii() and token.isalnum():
        return token
    return "".join(c if c.isascii() and c.isalnum() else f"x{ord(c):x}x" for c in token)


def coded(audience: str, kind: str, token: str) -> str:
    """The token as it is kept for documents of this audience and kind."""
    return code(audience, kind) + plain(token)


def kinds() -> list[str]:
    """The kinds that there are documents of: one look into an index for each."""
    with connection.cursor() as cursor:
        cursor.execute(_KINDS)
        return [kind for (kind,) in cursor.fetchall()]


def holding(
    groups: Sequence[Group], audiences: Collection[str], kinds: Collection[str], limit: int
) -> list[int]:
    """The ids of the newest documents that hold a form of every group.

    Compare audience and kind of what it gives: two pairs may share a code.
    """
    sqlite = connection.vendor == "sqlite"
    both, either = (" AND ", " OR ") if sqlite else (" & ", " | ")
    quote = '"' if sqlite else "'"

    def one(form: tuple[str, ...], before: str) -> str:
        return "(" + both.join(f"{quote}{before}{plain(token)}{quote}" for token in form) + ")"

    def every(before: str) -> str:
        return both.join(
            "(" + either.join(one(form, before) for form in group) + ")" for group in groups
        )

    codes = sorted({code(audience, kind) for audience in audiences for kind in kinds})
    expression = either.join(f"({every(before)})" for before in codes)
    with connection.cursor() as cursor:
        cursor.execute(_FIND_SQLITE if sqlite else _FIND_POSTGRESQL, [expression, limit])
        return [int(number) for (number,) in cursor.fetchall()]


def tidy() -> int:
    """Have the index forget for good what was taken out of it; return how many steps that took.

    FTS5 marks a deletion and keeps the old entry, with its word, until segments are merged. Each step
    is a short transaction of its own. PostgreSQL's autovacuum does the same there.
    """
    if connection.vendor != "sqlite":
        return 0
    steps = 0
    pages = -STEP  # negative: begin to merge everything into one segment
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            before = _changes(cursor)
            cursor.execute(
                "INSERT INTO search_text(search_text, rank) VALUES ('merge', %s)", [pages]
            )
            changed = _changes(cursor) - before
        steps += 1
        pages = STEP
        if changed < 2 or steps >= 10_000:
            return steps


def _changes(cursor: Any) -> int:
    cursor.execute("SELECT total_changes()")
    return int(cursor.fetchone()[0])


def check() -> None:
    """Raise a database error when the index and the documents do not agree (SQLite only)."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO search_text(search_text, rank) VALUES ('integrity-check', 1)"
            )
