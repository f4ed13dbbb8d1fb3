"""Words: texts with `{names}`, translations and their state."""

from __future__ import annotations

from collections.abc import Mapping

from moothall.language.facts import Facts
from moothall.language.results import TextStatus
from moothall.language.service import Service


def render(service: Service, text: str, facts: Facts, lang: str = "en") -> str:
    """`text` with its `{expressions}` replaced, in words of `lang`. Missing values are empty."""
    raise NotImplementedError


def translatable(service: Service) -> Mapping[str, str]:
    """Every text that can be translated: path → English."""
    raise NotImplementedError


def translation_status(service: Service, lang: str) -> tuple[TextStatus, ...]:
    """Every translatable text with its translation and whether it still fits the English."""
    raise NotImplementedError
