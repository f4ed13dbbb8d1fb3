"""Logs as one JSON object a line, without personal data: no query text, no address, no name."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

_EXTRA = ("method", "route", "status", "ms", "queries", "room", "job", "case", "outcome", "attempt")


class JsonLines(logging.Formatter):
    """Formats a record as one JSON object: time, level, logger, message and a closed list of extras."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line for `record`; of an exception, its type and place, never its values."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _words(record),
        }
        for name in _EXTRA:
            if hasattr(record, name):
                line[name] = getattr(record, name)
        if record.exc_info and record.exc_info[0] is not None:
            kind, _, traceback = record.exc_info
            line["error"] = kind.__name__
            places = []
            while traceback is not None:
                code = traceback.tb_frame.f_code
                places.append(f"{code.co_filename.rsplit('/src/', 1)[-1]}:{traceback.tb_lineno}")
                traceback = traceback.tb_next
            line["where"] = places[-6:]
        return json.dumps(line, ensure_ascii=False)


def _words(record: logging.LogRecord) -> str:
    """The message; of Django's own lines about a request, without the path (it may hold a token)."""
    if not record.name.startswith("django.request"):
        return record.getMessage()
    match = getattr(getattr(record, "request", None), "resolver_match", None)
    words = record.args[0] if isinstance(record.args, tuple) and record.args else "request"
    return f"{words}: {match.route if match else '-'}"
