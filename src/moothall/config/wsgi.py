"""The WSGI application that granian serves."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "moothall.config.settings")

application = get_wsgi_application()

from moothall.casework import access  # noqa: E402  models are there only after the line above

access.start()
