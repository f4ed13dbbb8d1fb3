"""Who may see what: nothing unless the file says so."""

from __future__ import annotations

import pytest

from moothall.language import fields_seen, load_service, personal_fields, row_scope
from tests.language.files import BULKY, bulky, missed_bin

ALL = {
    "full_name", "email", "born_on", "address", "items.kind", "items.number", "items.gas_out",
    "visit", "benefits", "proof",
}  # fmt: skip


def seen(*roles: str) -> set[str]:
    return set(fields_seen(bulky(), frozenset(roles)))


def test_nobody_else_sees_anything() -> None:
    assert seen() == set()
    assert seen("stranger") == set()
    assert row_scope(bulky(), frozenset({"stranger"})) == frozenset()


def test_all_leaves_out_what_is_sensitive_or_locked() -> None:
    assert seen("waste_team") == ALL - {"proof", "born_on"}


def test_a_team_sees_what_is_named_and_a_repeat_stands_for_its_rows() -> None:
    assert seen("waste_crew") == {"address", "items.kind", "items.number", "items.gas_out"}
    assert seen("auditor") == {"address", "proof"}


def test_a_locked_answer_is_seen_by_its_own_team_only() -> None:
    assert seen("age_team") == {"born_on"}
    assert seen("waste_team", "age_team") == ALL - {"proof"}
    locked = BULKY.replace("sees: [address, proof]", "sees: [address, proof, born_on]")
    assert "born_on" not in fields_seen(load_service(locked), frozenset({"auditor"}))


def test_the_applicant_sees_the_own_answers_and_what_the_own_moves_ask() -> None:
    assert seen("applicant") == ALL


def test_without_an_access_block_the_owner_sees_what_is_not_sensitive() -> None:
    service = missed_bin()
    assert fields_seen(service, frozenset({"waste_team"})) == {"address", "bin", "missed_on"}
    assert fields_seen(service, frozenset({"waste_crew"})) == frozenset()
    assert row_scope(service, frozenset({"waste_team"})) == {"own_team"}


@pytest.mark.parametrize(
    ("roles", "scope"),
    [
        ({"waste_team"}, {"own_team"}),
        ({"waste_crew"}, {"allocated"}),
        ({"waste_team", "auditor"}, {"own_team", "all"}),
    ],
)
def test_rows_are_seen_by_scope(roles: set[str], scope: set[str]) -> None:
    assert row_scope(bulky(), frozenset(roles)) == scope


def test_personal_fields_are_known() -> None:
    assert personal_fields(bulky()) == {
        "full_name": "contact", "email": "contact", "born_on": "identity", "address": "contact",
        "proof": "finance",
    }  # fmt: skip
