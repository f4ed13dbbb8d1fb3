"""Counts of cases by day: equal to what the cases say, whatever happens to them, and rebuildable."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from moothall.casework import actions, clock, flow, queries, retention
from moothall.casework.errors import CaseworkError
from moothall.casework.models import Case, CaseDay, Contact, ContactDay
from tests.casework.conftest import NOW, fresh, later, missed_bin, permit, staff

SINCE, UNTIL = later(days=-400), later(days=400)


def numbers(*by: str, **where: object) -> dict[tuple[str, ...], tuple[int, ...]]:
    """Opened, ended, kept, broken by the dimensions."""
    rows = queries.flow(SINCE, UNTIL, by, **where)  # type: ignore[arg-type]
    return {row.keys: (row.opened, row.ended, row.kept, row.broken) for row in rows}


class TestCountsEqualTruth(TestCase):
    """Any things done to any cases, folded or not at any moment."""

    @settings(max_examples=8)
    @given(st.integers(0, 2**32), st.integers(6, 22))
    def test_whatever_is_done(self, seed: int, steps: int) -> None:
        rng = random.Random(seed)
        bryn, dilys = staff("bryn"), staff("dilys")
        cases: list[Case] = []
        now = NOW
        for _ in range(steps):
            now += timedelta(hours=rng.randint(1, 60))
            what = rng.choice(["open", "open", "permit", "move", "move", "move", "tick", "fold"])
            if what == "open":
                cases.append(missed_bin(now=now, channel=rng.choice(["online", "phone"])))
            elif what == "permit":
                cases.append(permit(now=now))
            elif what == "tick":
                clock.tick(now)
            elif what == "fold":
                flow.fold(rng.choice([1, 100]))
            elif cases:
                case = fresh(rng.choice(cases))
                move = rng.choice(["book_a_crew", "bin_emptied", "close", "take_back"])
                with suppress(CaseworkError):
                    actions.move(
                        case.pk,
                        move,
                        actor=rng.choice([bryn, dilys]),
                        expected=case.lock_version,
                        reason="So it is",
                        message="So it is",
                        now=now,
                    )
        assert flow.differences() == []
        before = numbers("day", "service", "team", "channel", "outcome")
        assert sum(row[0] for row in before.values()) == Case.objects.count()
        while flow.fold(3):
            pass
        assert numbers("day", "service", "team", "channel", "outcome") == before
        assert not CaseDay.objects.filter(kind=CaseDay.Kind.LOOSE).exists()
        CaseDay.objects.all().delete()
        assert (flow.differences() == []) is not bool(cases)
        flow.rebuild()
        assert numbers("day", "service", "team", "channel", "outcome") == before


@pytest.mark.django_db
def test_what_retention_deletes_stays_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    bryn = staff("bryn")
    case = missed_bin()
    actions.move(case.pk, "close", actor=bryn, expected=case.lock_version, reason="x", message="x",
                 now=later(hours=3))  # fmt: skip
    before = numbers("month", "service")
    retention.delete(case.pk, now=later(days=900))
    assert not Case.objects.exists()
    assert numbers("month", "service") == before
    flow.rebuild()
    flow.fold()
    assert numbers("month", "service") == before == {("2026-03", "missed_bin"): (1, 1, 1, 0)}


@pytest.mark.django_db
def test_age_by_band_and_weeks_of_flow(capsys: pytest.CaptureFixture[str]) -> None:
    for days in (0, 3, 10, 20, 40, 200):
        missed_bin(now=later(days=-days))
    clock.tick(NOW)
    [row] = queries.ageing(now=NOW, by=("service", "team"))
    assert row.keys == ("missed_bin", "waste")
    assert row.bands == (2, 1, 1, 1, 1)
    assert row.late == 4
    [row] = queries.ageing(now=NOW, by=("assigned_to",), cuts=[later(days=-5)])
    assert (row.keys, row.bands) == (("",), (2, 4))
    weeks = queries.flow(later(days=-13), later(days=1), ("week", "team"), teams=["waste"])
    assert [(week.keys[0], week.opened) for week in weeks] == [
        ("2026-02-23", 1),
        ("2026-03-02", 1),
        ("2026-03-09", 1),
    ]
    CaseDay.objects.filter(opened=1)[0].delete()
    with pytest.raises(CommandError):
        call_command("rollups", "check")
    call_command("rollups", "rebuild")
    call_command("rollups", "check")
    assert "agree" in capsys.readouterr().out


@pytest.mark.django_db
def test_contacts_are_added_up_anew_by_the_command() -> None:
    Contact.objects.all().delete()
    for days in (70, 30, 0):
        actions.record_contact(channel="phone", service_id="missed_bin", outcome="answered",
                               minutes=4, at=later(days=-days))  # fmt: skip
    by = ("month", "channel", "service", "outcome")
    before = queries.contacts(SINCE, UNTIL, by)
    call_command("rollups", "rebuild")
    assert set(ContactDay.objects.values_list("month", flat=True)) >= {"2025-12", "2026-02"}
    assert queries.contacts(SINCE, UNTIL, by) == before
    ContactDay.objects.update(contacts=9)
    with pytest.raises(CommandError):
        call_command("rollups", "check")
    call_command("rollups", "rebuild")
    assert queries.contacts(SINCE, UNTIL, by) == before
