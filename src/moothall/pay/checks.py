"""Tells an administrator what is wrong with the settings."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, Warning, register
from django.core.exceptions import ImproperlyConfigured

from moothall.pay.adapters import provider


@register()
def settings_of_pay(**kwargs: Any) -> list[CheckMessage]:
    """Report an unknown provider as an error, and what is missing from a known one as a warning."""
    try:
        return [Warning(problem, id="pay.W001") for problem in provider().check_config()]
    except ImproperlyConfigured as error:
        return [Error(str(error), id="pay.E001")]
