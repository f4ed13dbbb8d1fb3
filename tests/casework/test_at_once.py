"""Many people at the same moment, each with a connection of their own, on either database."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from moothall.casework import access, actions, clock
from moothall.casework.errors import CaseworkError, Conflict
from moothall.casework.models import AccessLog, Case, Contact
from moothall.notify.models import Message
from moothall.slots.actions import SlotTaken
from moothall.slots.models import Booking, Resource, Slot
from tests.casework.conftest import (
    NOW,
    bin_answers,
    fresh,
    is_whole,
    kinds,
    later,
    missed_bin,
    staff,
)
from tests.casework.test_money_and_time import collection

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(work: Callable[[int], Any], people: int) -> list[Any]:
    """What `work(number)` gives or raises, for so many people who start together."""
    given: list[Any] = [None] * people
    start = threading.Barrier(people)

    def one(number: int) -> None:
        try:
            start.wait(timeout=60)
            given[number] = work(number)
        except Exception as error:  # whatever it was, the test looks at it
            given[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not any(thread.is_alive() for thread in threads)
    return given


def test_one_key_is_one_case_however_many_send_it_in_at_once() -> None:
    answers = bin_answers()
    cases = at_once(lambda number: missed_bin(key="the-draft", answers=answers), 6)
    assert {getattr(case, "pk", case) for case in cases} == {Case.objects.get().pk}
    assert Contact.objects.count() == 1
    assert Message.objects.count() == 1
    is_whole(cases[0])


def test_different_people_do_not_stand_in_each_others_way() -> None:
    answers = bin_answers()
    cases = at_once(lambda number: missed_bin(key=f"draft-{number}", answers=answers), 8)
    assert [case for case in cases if not isinstance(case, Case)] == []
    assert Case.objects.count() == 8
    for case in cases:
        is_whole(case)


def test_of_two_officers_one_wins_and_the_other_is_told() -> None:
    case = missed_bin()
    bryn, dilys = staff("bryn"), staff("dilys")
    seen = case.lock_version

    def work(number: int) -> Any:
        if number % 2:
            return actions.move(
                case.pk, "book_a_crew", actor=bryn, expected=seen, now=later(hours=1)
            )
        return actions.move(
            case.pk,
            "close",
            actor=dilys,
            expected=seen,
            reason="a",
            message="b",
            now=later(hours=1),
        )

    given = at_once(work, 4)
    won = [one for one in given if isinstance(one, Case)]
    told = [one for one in given if isinstance(one, Conflict)]
    assert (len(won), len(told)) == (1, 3), given
    assert kinds(case).count("moved") == 1
    assert fresh(case).state == won[0].state
    is_whole(case)


def test_notes_and_clocks_at_once_are_all_kept_in_one_chain() -> None:
    case = missed_bin()
    bryn = staff("bryn")

    def work(number: int) -> Any:
        if number % 3 == 2:
            return clock.tick(later(days=60))
        return actions.add_note(case.pk, f"Note {number}", actor=bryn, now=later(days=60))

    given = at_once(work, 6)
    assert [one for one in given if isinstance(one, Exception)] == []
    names = kinds(case)
    assert names.count("noted") == 4
    clock.tick(later(days=61))
    assert kinds(case).count("breached") == 1
    is_whole(case)


def test_the_access_log_is_written_by_a_thread_of_its_own() -> None:
    case = missed_bin()
    bryn = staff("bryn")
    access.start()
    access.start()
    try:
        for _ in range(3):
            access.note(bryn, case.reference, "case", now=NOW)
    finally:
        access.stop()
    assert AccessLog.objects.count() == 3


def test_the_last_place_is_given_once() -> None:
    resource, _ = Resource.objects.get_or_create(slug="bulky_waste", defaults={"name": "Bulky"})
    slot = Slot.objects.create(
        resource=resource,
        starts=later(days=9, hours=15),
        ends=later(days=9, hours=17),
        place_number=77,
    )
    given = at_once(lambda number: collection(slot, key=f"bulky-{number}"), 3)
    opened = [one for one in given if isinstance(one, Case)]
    refused = [one for one in given if isinstance(one, SlotTaken | CaseworkError)]
    assert (len(opened), len(refused)) == (1, 2), given
    assert Booking.objects.get(slot=slot).holder == opened[0].reference
    assert Case.objects.count() == 1, "no half case"
    is_whole(opened[0])
    assert NOW
