"""From text to a service: read, resolve, check, compile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from moothall.language.service import Service


@dataclass(frozen=True)
class Source:
    """The text of a service file and of its translations: language → (file, text)."""

    file: str
    text: str
    translations: Mapping[str, tuple[str, str]] = field(default_factory=dict)


Library = Callable[[str, str], Source]


def load_service(
    text: str,
    *,
    file: str = "service.yaml",
    translations: Mapping[str, tuple[str, str]] | None = None,
    library: Library | None = None,
) -> Service:
    """Read, resolve, check and compile a service file, or an overlay that `uses:` one.

    `translations` maps a language to (file name, text). For an overlay, `library(service id,
    version range)` gives the Source it uses. Raises ServiceFileError with every problem found.
    """
    raise NotImplementedError


def service_from_canonical(json_text: str) -> Service:
    """The service that was stored in canonical form. Raises ServiceFileError."""
    raise NotImplementedError


def service_with_local(service: Service, values: Mapping[str, Any]) -> Service:
    """The same service with other local values. Raises ServiceFileError if they do not fit."""
    raise NotImplementedError
