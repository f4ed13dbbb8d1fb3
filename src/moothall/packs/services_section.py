"""The pack's section for services.yaml and services/: which services, with which local values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import StringConstraints

from moothall.language import Service, ServiceFileError, Source, load_service
from moothall.packs import library, queries
from moothall.packs.models import OfferedService, ServiceVersion
from moothall.packs.reading import (
    PackModel,
    line_of,
    load_yaml,
    plain,
    read_yaml,
    shown,
    write_yaml,
)
from moothall.packs.sections import Change, PackError, PackProblem

Reference = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(@\d+(\.\d+){0,2})?$")]
NOT_TEAMS = frozenset(
    ["applicant", "system", "clock", "adviser", "officer", "manager", "councillor", "admin"]
)
"""Those who may move or see a case without being a team of the pack."""


class ServicesFile(PackModel):
    """services.yaml."""

    services: list[Reference]


@dataclass(frozen=True)
class Adopted:
    """One service as the pack adopts it."""

    reference: str
    service: Service
    source: Source
    pack_files: Mapping[str, str]


class ServicesSection:
    """Reads, plans, applies and exports the services that a council offers."""

    name = "services"
    order = 70

    def read(self, folder: Path) -> list[Adopted] | None:
        """Every adopted service, resolved and proved. Raises PackError with all that is wrong."""
        file = read_yaml(folder, "services.yaml", ServicesFile)
        if file is None:
            return None
        lines = load_yaml(folder, "services.yaml")
        adopted: list[Adopted] = []
        problems: list[PackProblem] = []
        for place, reference in enumerate(file.services):
            line = line_of(lines, ["services", place])
            try:
                adopted.append(_adopt(folder, reference))
            except ServiceFileError as error:
                problems += [_problem(one) for one in error.problems]
            except LookupError as error:
                name = shown(folder, folder / "services.yaml")
                problems.append(PackProblem(name, line, str(error.args[0])))
        problems += _twice(folder, file.services, lines)
        problems += _outside(folder, [one.service for one in adopted], lines)
        if not problems:
            problems = [problem for one in adopted for problem in _proved(one)]
        if problems:
            raise PackError(problems)
        return adopted

    def plan(self, data: list[Adopted]) -> list[Change]:
        """What people would notice: services new, gone or different, in words."""
        was = {row.service_id: row for row in OfferedService.objects.select_related("current")}
        changes: list[Change] = []
        for one in data:
            row = was.get(one.service.id)
            if row is None:
                changes.append(Change("add", f"{one.service.name} ({one.reference})"))
            elif row.current.sha256 != one.service.sha256:
                changes.append(_changed(row, one.service))
            elif (row.adopted_as, row.pack_files) != (one.reference, dict(one.pack_files)):
                changes.append(Change("change", f"{one.service.name}: how it is adopted"))
        kept = {one.service.id for one in data}
        for gone in was.values():
            if gone.service_id not in kept:
                name = queries.definition(gone.current.sha256).name
                changes.append(Change("remove", f"{name} is no longer offered (its cases stay)"))
        order = [row.service_id for row in was.values() if row.service_id in kept]
        wanted = [one.service.id for one in data if one.service.id in was]
        if order != wanted:
            changes.append(Change("change", f"The order: {', '.join(wanted)}"))
        return changes

    def apply(self, data: list[Adopted]) -> None:
        """Stores new definitions and what is offered now. Old definitions stay for their cases."""
        OfferedService.objects.exclude(service_id__in=[one.service.id for one in data]).delete()
        for position, one in enumerate(data):
            version, _ = ServiceVersion.objects.get_or_create(
                sha256=one.service.sha256,
                defaults={
                    "service_id": one.service.id,
                    "version": one.service.version,
                    "canonical": one.service.canonical,
                },
            )
            OfferedService.objects.update_or_create(
                service_id=one.service.id,
                defaults={
                    "current": version,
                    "position": position,
                    "adopted_as": one.reference,
                    "pack_files": dict(one.pack_files),
                },
            )

    def export(self, folder: Path) -> None:
        """Writes services.yaml and the pack's own files for each service."""
        rows = list(OfferedService.objects.order_by("position", "service_id"))
        if not rows:
            return
        says = "The services that this council offers, in the order of the home page."
        listed = {"services": [row.adopted_as for row in rows]}
        write_yaml(folder, "services.yaml", listed, says=says)
        for row in rows:
            for name, text in row.pack_files.items():
                path = folder / "services" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")


def _adopt(folder: Path, reference: str) -> Adopted:
    """The service of one line of services.yaml, through its overlay if the pack has one."""
    service_id, version_range = library.split_reference(reference)
    own = folder / "services" / f"{service_id}.yaml"
    names = [own.name, f"{service_id}.cy.yaml"]
    files = {
        name: (own.parent / name).read_text(encoding="utf-8")
        for name in names
        if (own.parent / name).is_file()
    }
    if own.name in files:
        translations: dict[str, tuple[str, str]] = {}
        if names[1] in files:
            translations["cy"] = (shown(folder, own.parent / names[1]), files[names[1]])
        source = Source(shown(folder, own), files[own.name], translations)
    else:
        source = library.source(service_id, version_range)
    service = load_service(
        source.text, file=source.file, translations=source.translations, library=library.source
    )
    if service.id != service_id:
        raise LookupError(
            f"services/{own.name} is about {service.id}. Rename the file, or correct the line."
        )
    return Adopted(reference, service, source, files)


def _problem(problem: Any) -> PackProblem:
    return PackProblem(problem.file, problem.line, problem.message, problem.mend)


def _twice(folder: Path, references: Iterable[str], lines: Any) -> list[PackProblem]:
    seen: set[str] = set()
    problems = []
    for place, reference in enumerate(references):
        service_id, _ = library.split_reference(reference)
        if service_id in seen:
            name = shown(folder, folder / "services.yaml")
            line = line_of(lines, ["services", place])
            problems.append(
                PackProblem(name, line, f"{service_id} is listed twice.", "Take one out.")
            )
        seen.add(service_id)
    return problems


def _proved(one: Adopted) -> list[PackProblem]:
    """Errors of the seven proofs, unless this very definition has been proved before."""
    if ServiceVersion.objects.filter(sha256=one.service.sha256).exists():
        return []
    from moothall.language.check import check_service

    report = check_service(one.source, library=library.source)
    return [_problem(found) for found in report.problems if found.severity == "error"]


def _outside(folder: Path, services: Iterable[Service], lines: Any) -> list[PackProblem]:
    """Teams, calendars, bookable times and look-ups that a service names and the pack lacks."""
    name = shown(folder, folder / "services.yaml")
    teams = _listed(folder, "teams.yaml", "teams", "plays")
    calendars = _listed(folder, "calendars.yaml", "calendars", "calendar")
    resources = _listed(folder, "slots.yaml", "resources", "resource")
    connectors = _keys(folder, "connectors.yaml", "connectors")
    checks = [
        ("no team that plays", teams, "teams.yaml, under plays", _roles),
        ("no calendar called", calendars, "calendars.yaml", _calendars),
        ("no bookable times called", resources, "slots.yaml", _resources),
        ("no connector called", connectors, "connectors.yaml", _connectors),
    ]
    problems = []
    for place, service in enumerate(services):
        for what, known, where, wanted in checks:
            if known is None:
                continue
            for missing in sorted(wanted(service) - known):
                problems.append(
                    PackProblem(
                        name,
                        line_of(lines, ["services", place]),
                        f"{service.id} needs {missing}, and the pack has {what} {missing}.",
                        f"Add it to {where}.",
                    )
                )
    return problems


def _listed(folder: Path, file: str, key: str, inner: str) -> set[str] | None:
    loaded = load_yaml(folder, file)
    if loaded is None:
        return None
    found: set[str] = set()
    for one in plain(loaded).get(key) or []:
        value = one.get(inner) if isinstance(one, dict) else None
        found |= set(value) if isinstance(value, list) else {value} if value else set()
    return found


def _keys(folder: Path, file: str, key: str) -> set[str] | None:
    loaded = load_yaml(folder, file)
    return None if loaded is None else set(plain(loaded).get(key) or {})


def _roles(service: Service) -> set[str]:
    roles = {service.owner}
    for move in service.moves.values():
        roles |= set(move.by)
    if service.access is not None:
        roles |= set(service.access.teams)
        for only in service.access.nobody_but.values():
            roles |= set(only)
    return roles - NOT_TEAMS


def _calendars(service: Service) -> set[str]:
    built_in = {"england-and-wales", "scotland", "northern-ireland", "any-uk", "council"}
    return {service.calendar_name} - built_in


def _resources(service: Service) -> set[str]:
    return {one.slots.resource for one in service.questions.values() if one.slots is not None}


def _connectors(service: Service) -> set[str]:
    return {page.spec.source for page in service.pages if page.kind == "look_up"}


def _changed(row: OfferedService, new: Service) -> Change:
    from moothall.language.check import semantic_diff

    old = queries.definition(row.current.sha256)
    details = tuple(change.message for change in semantic_diff(old, new))
    version = f"{old.version} to {new.version}" if old.version != new.version else new.version
    return Change(
        "change",
        f"{new.name} ({version})",
        details or ("Words only: nothing that people are asked, charged or promised.",),
    )
