"""Who may see what. What the file does not give is denied."""

from __future__ import annotations

from collections.abc import Mapping

from moothall.language.models import SENSITIVE_KINDS
from moothall.language.service import Service


def fields_seen(service: Service, roles: frozenset[str]) -> frozenset[str]:
    """Ids of the questions (and `items.kind`) whose answers someone with `roles` may see.

    The applicant sees the answers of the form, and those that the applicant's own moves ask for.
    `all` never takes in sensitive answers or those of `nobody_but`: they must be given by name,
    and those of `nobody_but` only to the teams that it lists. Without an `access` block only the
    owner sees anything, and nothing sensitive. A repeat's id stands for all of its row's questions.
    """
    key = ("fields", roles)
    found = service.memory.get(key)
    if found is None:
        found = service.memory[key] = _fields_seen(service, roles)
    seen: frozenset[str] = found
    return seen


def _fields_seen(service: Service, roles: frozenset[str]) -> frozenset[str]:
    seen: set[str] = set()
    if "applicant" in roles:
        seen |= _applicants(service)
    plain = {
        name
        for name, question in service.questions.items()
        if question.personal not in SENSITIVE_KINDS
    }
    access = service.access
    if access is None:
        return frozenset(seen | plain) if service.owner in roles else frozenset(seen)
    locked: dict[str, set[str]] = {}
    for name, teams in access.nobody_but.items():
        for field in _opened(service, name):
            locked[field] = set(teams)
    for team, rights in access.teams.items():
        if team not in roles:
            continue
        for name in rights.sees:
            fields = plain - set(locked) if name == "all" else _opened(service, name)
            seen |= {field for field in fields if field not in locked or team in locked[field]}
    seen |= {field for field, teams in locked.items() if teams & roles}
    return frozenset(seen)


def _applicants(service: Service) -> set[str]:
    needs = {
        need for move in service.moves.values() if "applicant" in move.by for need in move.needs
    }
    return {
        name
        for name, question in service.questions.items()
        if question.stage == "form" or name in needs
    }


def _opened(service: Service, name: str) -> set[str]:
    rows = {field for field, question in service.questions.items() if question.row_of == name}
    return rows or {name}


def row_scope(service: Service, roles: frozenset[str]) -> frozenset[str]:
    """Which cases someone with `roles` may see: any of own_team, own_ward, allocated, restricted,
    all. Empty: none. Without an `access` block the owner has own_team."""
    if service.access is None:
        return frozenset({"own_team"}) if service.owner in roles else frozenset()
    scope: set[str] = set()
    for team, rights in service.access.teams.items():
        if team in roles:
            scope |= set(rights.rows)
    return frozenset(scope)


def personal_fields(service: Service) -> Mapping[str, str]:
    """Question id → kind of personal data, for redaction, exports and logs."""
    return {
        name: question.personal
        for name, question in service.questions.items()
        if question.personal is not None
    }
