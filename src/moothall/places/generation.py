"""The tokens by which a process knows that what it keeps in memory about places is still true."""

from __future__ import annotations

from django.db import connection


def token(subject: str) -> str:
    """Return the token of `subject` ("wards" or "calendars"): one look at one row, by primary key.

    Read every time and never remembered: a change in another process, or one that is rolled back,
    is seen at once.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT token FROM places_generation WHERE subject = %s", [subject])
        row = cursor.fetchone()
    return str(row[0]) if row else ""
