"""Which database, from one address: `sqlite:///path` (the default) or `postgresql://user:word@host/name`."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


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
                "timeout": 20,
            }
        }
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
