"""The library of service files: the folders of `settings.SERVICES`, a folder for each service."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

from moothall.language import Source

_TRANSLATION = re.compile(r"service\.([a-z]{2})\.yaml$")
_VERSION = re.compile(r"^version:\s*[\"']?(\d+\.\d+\.\d+)", re.MULTILINE)


def folders() -> tuple[Path, ...]:
    """Where service files are looked for; the first folder that holds the id wins."""
    return tuple(Path(folder) for folder in settings.SERVICES)


def ids() -> tuple[str, ...]:
    """The ids of every service in the library, sorted."""
    found = {path.parent.name for folder in folders() for path in folder.glob("*/service.yaml")}
    return tuple(sorted(found))


def source(service_id: str, version_range: str = "", *, among: Iterable[Path] = ()) -> Source:
    """The service's file and translations. Raises LookupError with words for a manager.

    `version_range`: "" (any), "1.2.0" (that version), "1" or "1.2" (that or newer, before 2).
    """
    for folder in [*among, *folders()]:
        path = folder / service_id / "service.yaml"
        if path.is_file():
            made = read_source(path)
            version = version_of(made.text)
            if not fits(version, version_range):
                raise LookupError(
                    f"The library has {service_id} {version}, which does not fit {version_range}."
                )
            return made
    near = ", ".join(ids()) or "none"
    raise LookupError(f"There is no service {service_id} in the library. It holds: {near}.")


def read_source(path: Path) -> Source:
    """A service file and the translations beside it, unparsed."""
    translations: dict[str, tuple[str, str]] = {}
    for beside in sorted(path.parent.glob("service.*.yaml")):
        match = _TRANSLATION.search(beside.name)
        if match:
            translations[match.group(1)] = (named(beside), beside.read_text(encoding="utf-8"))
    return Source(named(path), path.read_text(encoding="utf-8"), translations)


def named(path: Path) -> str:
    """The file's name in messages: from its service's folder's parent on."""
    return "/".join(path.parts[-3:])


def version_of(text: str) -> str:
    """The version that a service file states, "0.0.0" if it states none."""
    match = _VERSION.search(text)
    return match.group(1) if match else "0.0.0"


def fits(version: str, version_range: str) -> bool:
    """Does a version lie in a range: "", "1" or "1.2" (that or newer before 2), "1.2.0" (that)?"""
    wanted = version_range.strip()
    if not wanted:
        return True
    have = [int(part) for part in version.split(".")]
    least = [int(part) for part in wanted.split(".")]
    if len(least) == 3:
        return have == least
    return have[0] == least[0] and have >= least


def split_reference(text: str) -> tuple[str, str]:
    """`missed_bin@1.2` as ("missed_bin", "1.2")."""
    service_id, _, version_range = text.partition("@")
    return service_id.strip(), version_range.strip()
