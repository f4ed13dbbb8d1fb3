"""A column as it stands, by which SQLite looks nothing up: the plan is then made by the other conditions.

SQLite has no statistics unless it is told to gather them, and takes many rows for few
(docs/performance.md). PostgreSQL knows how many there are and sees the bare column.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Func


class Plainly(Func):
    """`+column` on SQLite, which changes nothing but the plan; `column` elsewhere."""

    template = "%(expressions)s"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """With the sign that SQLite knows."""
        return self.as_sql(compiler, connection, template="+%(expressions)s", **context)
