"""Writing many rows: COPY on PostgreSQL, one prepared statement on SQLite. In the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection


def highest(table: str) -> int:
    """The highest primary key of a table."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COALESCE(MAX(id), 0) FROM {connection.ops.quote_name(table)}")  # noqa: S608 - a table of ours
        return int(cursor.fetchone()[0])


def write(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert the rows."""
    quote = connection.ops.quote_name
    names = ", ".join(quote(one) for one in columns)
    if connection.vendor == "postgresql":
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY {quote(table)} ({names}) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(row)
        return
    marks = ", ".join(["?"] * len(columns))
    connection.connection.executemany(
        f"INSERT INTO {quote(table)} ({names}) VALUES ({marks})",  # noqa: S608 - a table of ours
        rows,
    )


def keys_given(tables: Iterable[str]) -> None:
    """Have PostgreSQL's sequences go on after the primary keys that were given."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for table in tables:
            name = connection.ops.quote_name(table)
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence(%s, 'id'), (SELECT MAX(id) FROM {name}))"  # noqa: S608 - a table of ours
                f" WHERE EXISTS (SELECT 1 FROM {name})",
                [table],
            )
