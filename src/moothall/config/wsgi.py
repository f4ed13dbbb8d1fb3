"""The WSGI application that granian serves."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "moothall.config.settings")
os.environ.setdefault("MOOTHALL_STATEMENT_SECONDS", "20")

_django = get_wsgi_application()

from moothall.casework import access  # noqa: E402  models are there only after the line above
from moothall.config.content_type import in_utf8  # noqa: E402  the same

access.start()


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer a request."""
    environ["CONTENT_TYPE"] = in_utf8(environ.get("CONTENT_TYPE", ""))
    return _django(environ, start_response)
