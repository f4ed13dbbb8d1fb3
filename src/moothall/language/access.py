"""Who may see what. What the file does not give is denied."""

from __future__ import annotations

from collections.abc import Mapping

from moothall.language.service import Service


def fields_seen(service: Service, roles: frozenset[str]) -> frozenset[str]:
    """Ids of the questions (and `items.kind`) whose answers someone with `roles` may see.

    The applicant sees the answers of the form. `all` never takes in sensitive answers or those of
    `nobody_but`: they must be given by name. Without an `access` block only the owner sees
    anything.
    """
    raise NotImplementedError


def row_scope(service: Service, roles: frozenset[str]) -> frozenset[str]:
    """Which cases someone with `roles` may see: any of own_team, own_ward, allocated, restricted,
    all. Empty: none."""
    raise NotImplementedError


def personal_fields(service: Service) -> Mapping[str, str]:
    """Question id → kind of personal data, for redaction, exports and logs."""
    raise NotImplementedError
