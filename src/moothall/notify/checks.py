"""Tells an administrator what is wrong with the settings, at start and by `moothall check_framework`."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, Warning, register
from django.core.exceptions import ImproperlyConfigured

from moothall.notify import queries


@register()
def settings_of_notify(**kwargs: Any) -> list[CheckMessage]:
    """Report an unknown carrier as an error, and what is missing from a known one as a warning."""
    try:
        return [Warning(problem, id="notify.W001") for problem in queries.check_config()]
    except (ImproperlyConfigured, ValueError, OSError) as error:
        return [Error(str(error), id="notify.E001")]
