"""Which database, from one address: `sqlite:///path` (the default) or `postgresql://user:word@host/name`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

STATEMENT_SECONDS = "MOOTHALL_STATEMENT_SECONDS"
"""How long PostgreSQL may work on one statement, where it is limited."""


def configure(url: str, home: Path) -> dict[str, Any]:
    """Return Django's settings for the database at `url`; an empty `url` is the embedded one in `home`.

    Raises ImproperlyConfigured with what to write instead when the address is not understood.
    """
    if not url:
        return _sqlite(home / "moothall.sqlite3")
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return _sqlite(Path(unquote(parts.path)))
    if parts.scheme in {"postgresql", "postgres"}:
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        options: dict[str, Any] = {
            "pool": {
                "min_size": int(query.pop("pool_min", 1)),
                "max_size": int(query.pop("pool_max", 12)),
                "timeout": 8,
            }
        }
        options["connect_timeout"] = int(query.pop("connect_timeout", 5))
        seconds = os.environ.get(STATEMENT_SECONDS, "")
        if seconds and "options" not in query:
            # Only where people wait for a page: commands may take as long as they need.
            options["options"] = (
                f"-c statement_timeout={seconds}s -c lock_timeout={seconds}s "
                f"-c idle_in_transaction_session_timeout=60s"
            )
        host = query.pop("host", parts.hostname or "")
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": host,
            "PORT": str(parts.port or ""),
            "OPTIONS": {**options, **query},
            "CONN_MAX_AGE": 0,
            # A connection that a restart of the database cut is not given to anybody.
            "CONN_HEALTH_CHECKS": True,
        }
    raise ImproperlyConfigured(
        f"MOOTHALL_DATABASE_URL starts with '{parts.scheme}:'. "
        "Write sqlite:////full/path/file.sqlite3 or postgresql://user:password@host/name."
    )


def _sqlite(path: Path) -> dict[str, Any]:
    return {
        "ENGINE": "moothall.config.sqlite",
        "NAME": str(path),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL;"
                "PRAGMA synchronous=FULL;"
                "PRAGMA foreign_keys=ON;"
                # What is redacted must not stay in free pages of the file.
                "PRAGMA secure_delete=ON;"
                "PRAGMA cache_size=-16000;"
                "PRAGMA temp_store=MEMORY;"
            ),
        },
        "CONN_MAX_AGE": None,
        "TEST": {"NAME": str(path.with_name(path.stem + "-test.sqlite3"))},
    }
