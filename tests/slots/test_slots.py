"""Bookable time is never given twice, whoever comes at once and whatever is changed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from moothall import outbox
from moothall.packs.sections import PackError
from moothall.slots import actions, making, queries
from moothall.slots.actions import SlotTaken
from moothall.slots.models import Booking, Resource, Slot
from moothall.slots.pack import SlotsSection

NOW = datetime(2031, 3, 3, 9, 0, tzinfo=UTC)
SOON = NOW + timedelta(minutes=20)
MORNING = datetime(2031, 3, 10, 7, 0, tzinfo=UTC)
NOON = datetime(2031, 3, 10, 12, 0, tzinfo=UTC)


def resource(**rules: Any) -> Resource:
    made, _ = Resource.objects.update_or_create(
        slug="t_round", defaults={"name": "A round", "rules": rules}
    )
    return made


def places(starts: datetime, number: int) -> Slot:
    of = Resource.objects.filter(slug="t_round").first() or resource()
    made = [
        Slot.objects.create(
            resource=of, starts=starts, ends=starts + timedelta(hours=5), place_number=n
        )
        for n in range(1, number + 1)
    ]
    return made[0]


def left(starts: datetime, **more: Any) -> int:
    times = queries.free("t_round", NOW, NOW + timedelta(days=60), now=NOW, **more)
    return sum(t.places_left for t in times if t.starts == starts)


@pytest.mark.django_db
class TestOneAfterTheOther:
    def test_hold_then_book(self) -> None:
        slot = places(MORNING, 2)
        held = actions.hold(slot.pk, "draft-1", SOON, now=NOW)
        assert left(MORNING) == 1
        assert left(MORNING, holder="draft-1") == 2
        again = actions.hold(slot.pk, "draft-1", SOON + timedelta(minutes=5), now=NOW)
        assert again.pk == held.pk
        booked = actions.book(slot.pk, "WM-1", held_by="draft-1", now=NOW)
        assert booked.pk == held.pk
        assert (booked.holder, booked.held_until) == ("WM-1", None)
        assert actions.book(slot.pk, "WM-1", held_by="draft-1", now=NOW).pk == held.pk
        assert Booking.objects.count() == 1
        assert [b.slot for b in queries.bookings_of("WM-1")] == [slot]

    def test_any_free_place_at_that_time_will_do(self) -> None:
        slot = places(MORNING, 2)
        actions.book(slot.pk, "WM-1", now=NOW)
        assert actions.book(slot.pk, "WM-2", now=NOW).slot.place_number == 2
        with pytest.raises(SlotTaken, match="Choose another time"):
            actions.book(slot.pk, "WM-3", now=NOW)
        assert queries.free_time(slot.pk, now=NOW) is None

    def test_choosing_another_time_lets_the_first_go(self) -> None:
        morning, noon = places(MORNING, 1), places(NOON, 1)
        actions.hold(morning.pk, "draft-1", SOON, now=NOW)
        actions.hold(noon.pk, "draft-1", SOON, now=NOW)
        assert (left(MORNING), left(NOON)) == (1, 0)
        actions.book(morning.pk, "WM-2", now=NOW)
        with pytest.raises(SlotTaken):
            actions.hold(morning.pk, "draft-1", SOON, now=NOW)
        assert left(NOON) == 0, "what was held is kept when the other cannot be had"

    def test_a_hold_that_ran_out_is_anybodys_but_still_good_for_its_holder(self) -> None:
        slot = places(MORNING, 1)
        actions.hold(slot.pk, "draft-1", SOON, now=NOW)
        late = SOON + timedelta(minutes=1)
        time = queries.free_time(slot.pk, now=late)
        assert time is not None
        assert time.as_answer() == {
            "id": str(slot.pk),
            "resource": "t_round",
            "starts": MORNING.isoformat(),
            "ends": (MORNING + timedelta(hours=5)).isoformat(),
        }
        assert actions.book(slot.pk, "WM-1", held_by="draft-1", now=late).holder == "WM-1"
        actions.cancel("WM-1")
        actions.hold(slot.pk, "draft-2", SOON, now=NOW)
        assert actions.book(slot.pk, "WM-3", now=late).holder == "WM-3"
        with pytest.raises(SlotTaken):
            actions.book(slot.pk, "WM-2", held_by="draft-2", now=late)

    def test_expiry_by_schedule(self) -> None:
        slot = places(MORNING, 2)
        actions.hold(slot.pk, "draft-1", SOON, now=NOW)
        actions.book(slot.pk, "WM-1", now=NOW)
        outbox.enqueue("slots.expire", run_after=SOON)
        outbox.drain(SOON, strict=True)
        assert [b.holder for b in Booking.objects.all()] == ["WM-1"]

    def test_reschedule_and_cancel(self) -> None:
        morning, noon = places(MORNING, 1), places(NOON, 1)
        actions.book(morning.pk, "WM-1", now=NOW)
        moved = actions.reschedule("WM-1", noon.pk, now=NOW)
        assert (left(MORNING), left(NOON), moved.slot) == (1, 0, noon)
        assert actions.reschedule("WM-1", noon.pk, now=NOW) == moved
        actions.book(morning.pk, "WM-2", now=NOW)
        with pytest.raises(SlotTaken):
            actions.reschedule("WM-1", morning.pk, now=NOW)
        assert queries.bookings_of("WM-1") == [moved], "the old one is kept"
        with pytest.raises(LookupError):
            actions.reschedule("WM-9", noon.pk, now=NOW)
        assert actions.cancel("WM-1") == 1
        assert actions.cancel("WM-1") == 0
        assert left(NOON) == 1

    def test_several_places_at_once_or_none(self) -> None:
        slot = places(MORNING, 3)
        actions.hold(slot.pk, "draft-1", SOON, places=2, now=NOW)
        assert left(MORNING) == 1
        assert queries.free("t_round", NOW, MORNING + timedelta(1), places=2, now=NOW) == []
        with pytest.raises(SlotTaken):
            actions.hold(slot.pk, "draft-2", SOON, places=2, now=NOW)
        assert left(MORNING) == 1
        actions.hold(slot.pk, "draft-1", SOON, places=3, now=NOW)
        actions.book(slot.pk, "WM-1", held_by="draft-1", places=3, now=NOW)
        assert len(queries.bookings_of("WM-1")) == 3
        noon = places(NOON, 3)
        actions.reschedule("WM-1", noon.pk, now=NOW)
        assert (left(MORNING), left(NOON)) == (3, 0)

    @pytest.mark.parametrize("slot_id", ["", "x", "-1", "99999999", "9" * 30, "٣"])
    def test_what_is_no_slot(self, slot_id: str) -> None:
        with pytest.raises(SlotTaken, match="no longer"):
            actions.hold(slot_id, "draft-1", SOON, now=NOW)
        assert queries.free_time(slot_id, now=NOW) is None

    def test_the_past_is_not_offered(self) -> None:
        slot = places(MORNING, 1)
        with pytest.raises(SlotTaken, match="no longer"):
            actions.book(slot.pk, "WM-1", now=MORNING)
        assert queries.free_time(slot.pk, now=MORNING) is None
        assert queries.free("t_round", NOW, NOW + timedelta(days=60), now=MORNING) == []
        assert queries.free("unknown", NOW, NOW, now=NOW) == []

    def test_the_database_itself_refuses_a_second_booking(self) -> None:
        slot = places(MORNING, 1)
        actions.book(slot.pk, "WM-1", now=NOW)
        with pytest.raises(IntegrityError), transaction.atomic():
            Booking.objects.create(slot=slot, holder="WM-2", made_at=NOW)

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["hold", "book", "cancel", "reschedule", "expire"]),
                st.sampled_from(["a", "b", "c"]),
                st.integers(0, 1),
                st.integers(1, 2),
            ),
            max_size=25,
        )
    )
    @examples(max_examples=30, deadline=None)
    def test_whatever_is_asked_no_place_is_given_twice(
        self, steps: list[tuple[str, str, int, int]]
    ) -> None:
        Slot.objects.filter(resource__slug="t_round", booking=None).delete()
        Booking.objects.all().delete()
        Slot.objects.filter(resource__slug="t_round").delete()
        slots, now = [places(MORNING, 2), places(NOON, 2)], NOW
        acts: dict[str, Callable[[str, Slot, int], object]] = {
            "hold": lambda who, s, n: actions.hold(
                s.pk, who, now + timedelta(minutes=3), places=n, now=now
            ),
            "book": lambda who, s, n: actions.book(s.pk, who, places=n, now=now),
            "cancel": lambda who, s, n: actions.cancel(who),
            "reschedule": lambda who, s, n: actions.reschedule(who, s.pk, now=now),
            "expire": lambda who, s, n: actions.expire(now),
        }
        for act, who, which, number in steps:
            now += timedelta(minutes=1)
            with suppress(SlotTaken, LookupError):
                acts[act](who, slots[which], number)
            rows = list(Booking.objects.values_list("slot_id", flat=True))
            assert len(rows) == len(set(rows)) <= 4
            offered = sum(
                t.places_left for t in queries.free("t_round", NOW, NOON + timedelta(1), now=now)
            )
            live = Booking.objects.exclude(held_until__lte=now).count()
            assert offered + live == 4


@pytest.mark.django_db(transaction=True)
def test_sixteen_want_the_last_place_and_one_gets_it() -> None:
    slot = places(datetime(2090, 3, 10, 7, 0, tzinfo=UTC), 2)
    actions.book(slot.pk, "first", now=NOW)
    start = threading.Barrier(16)
    outcomes: list[str] = []

    def want(n: int) -> None:
        try:
            start.wait()
            actions.book(slot.pk, f"WM-{n}", now=NOW)
            outcomes.append("booked")
        except SlotTaken:
            outcomes.append("taken")
        except BaseException as error:
            outcomes.append(repr(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=want, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["booked"] + ["taken"] * 15
    assert Booking.objects.filter(slot__resource__slug="t_round").count() == 2


@pytest.mark.django_db(transaction=True)
def test_crossing_moves_of_several_places_never_stick() -> None:
    far = datetime(2090, 3, 10, 7, 0, tzinfo=UTC)
    slots = [places(far, 4), places(far + timedelta(hours=6), 4)]
    for n in range(2):
        actions.book(slots[n].pk, f"WM-{n}", places=2, now=NOW)
    start = threading.Barrier(2)
    failures: list[BaseException] = []

    def move(n: int) -> None:
        try:
            start.wait()
            for step in range(6):
                actions.reschedule(f"WM-{n}", slots[(n + 1 + step) % 2].pk, now=NOW)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=move, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert Booking.objects.count() == 4


# The pattern of the week

WEEK: dict[str, Any] = {
    "calendar": "council",
    "days_ahead": 13,
    "first_after_working_days": 2,
    "pattern": [
        {"days": ["monday", "saturday"], "starts": "07:00", "ends": "12:00", "places": 2},
        {"days": ["tuesday"], "starts": "12:00", "ends": "17:00", "places": 1},
    ],
}


@pytest.fixture
def plain_calendar(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weekends and one holiday, whatever the council's own calendar says in 2031."""
    from moothall.language import Calendar

    monkeypatch.setattr(making, "calendar", lambda name: Calendar([date(2031, 3, 10)]))


@pytest.mark.django_db
@pytest.mark.usefixtures("plain_calendar")
class TestTheWeek:
    def test_times_are_made_ahead_on_working_days_only(self) -> None:
        of = resource(**WEEK)
        assert making.make(of, NOW) == (2, 0)
        assert making.make(of, NOW) == (0, 0)
        days = [slot.starts for slot in of.slots.order_by("starts")]
        assert days == [
            datetime(2031, 3, 4, 12, tzinfo=UTC),
            datetime(2031, 3, 11, 12, tzinfo=UTC),
        ], "3 March has begun, 10 March is a holiday, Saturdays are no working days"
        offered = queries.free("t_round", NOW, NOW + timedelta(60), now=NOW)
        assert [t.starts.date() for t in offered] == [date(2031, 3, 11)], "two working days ahead"

    def test_clocks_go_forward_and_the_hour_stays(self) -> None:
        of = resource(**{**WEEK, "days_ahead": 30})
        making.make(of, NOW)
        last = of.slots.order_by("-starts")[0]
        assert last.starts == datetime(2031, 4, 1, 11, tzinfo=UTC), "noon by British Summer Time"

    def test_a_new_pattern_keeps_what_is_booked(self) -> None:
        of = resource(**WEEK)
        making.make(of, NOW)
        first, second = of.slots.order_by("starts")
        actions.book(first.pk, "WM-1", now=NOW)
        of = resource(**{**WEEK, "pattern": []})
        assert making.make(of, NOW) == (0, 1)
        assert list(of.slots.all()) == [first]
        assert not Slot.objects.filter(pk=second.pk).exists()

    def test_a_year_that_has_passed_can_be_made_too(self) -> None:
        of = resource(**WEEK)
        year = (date(2030, 3, 1), date(2031, 2, 28))
        made = actions.make("t_round", *year)
        assert made == 52 * 3
        assert actions.make("t_round", *year) == 0
        slot = of.slots.order_by("starts")[0]
        then = slot.starts - timedelta(days=3)
        assert actions.book(slot.pk, "WM-1", now=then).slot == slot
        assert making.make(of, NOW) == (2, 0), "what has passed is left as it was"
        assert of.slots.count() == made + 2
        assert actions.make("unknown", *year) == 0

    def test_the_schedule_makes_them(self) -> None:
        of = resource(**WEEK)
        outbox.enqueue("slots.make_ahead")
        outbox.drain(datetime(2400, 1, 1, tzinfo=UTC), strict=True)
        assert of.slots.count() > 0


# The pack

GOOD = """
resources:
  - resource: t_visits
    name: Home visits
    calendar: council
    days_ahead: 28
    first_after_working_days: 1
    pattern:
      - {days: [monday], starts: "09:00", ends: "10:00", places: 3}
"""


def write(folder: Path, text: str) -> Path:
    (folder / "slots.yaml").write_text(text)
    return folder


@pytest.mark.django_db
@pytest.mark.usefixtures("plain_calendar")
def test_the_pack_brings_resources_and_takes_them_away(tmp_path: Path) -> None:
    Resource.objects.all().delete()
    section = SlotsSection()
    data = section.read(write(tmp_path, GOOD))
    assert data is not None
    assert [str(c.message) for c in section.plan(data)] == ["Home visits can be booked (t_visits)"]
    section.apply(data)
    section.apply(data)
    assert section.plan(data) == []
    assert Slot.objects.count() >= 3 * 3
    (tmp_path / "out").mkdir()
    section.export(tmp_path / "out")
    assert section.read(tmp_path / "out") == data

    more = section.read(write(tmp_path, GOOD.replace("places: 3", "places: 4")))
    assert more is not None
    (change,) = section.plan(more)
    assert "3 places → monday 09:00 to 10:00, 4 places" in change.details[0]
    slot = Slot.objects.order_by("-starts")[0]
    actions.book(slot.pk, "WM-1")
    (gone,) = section.plan({})
    assert gone.details == ("1 bookings stay as they are",)
    section.apply({})
    assert [b.holder for b in Booking.objects.all()] == ["WM-1"]
    assert section.plan({}) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("places: 3", "places: 0"), "slots.yaml:9: resources.0.pattern.0.places"),
        (('"09:00"', '"9 o\'clock"'), "is not a time"),
        (('ends: "10:00"', 'ends: "08:00"'), "it ends (08:00) before it starts (09:00)"),
        (("[monday]", "[moonday]"), "slots.yaml:9"),
        (("days_ahead", "days_agead"), "Did you mean days_ahead?"),
        (("resource: t_visits", "resource: T visits"), "slots.yaml:3"),
    ],
)
def test_mistakes_in_the_file_name_their_line(
    tmp_path: Path, change: tuple[str, str], words: str
) -> None:
    with pytest.raises(PackError) as error:
        SlotsSection().read(write(tmp_path, GOOD.replace(*change)))
    assert words in str(error.value)


@pytest.mark.django_db
def test_an_unknown_calendar_is_refused_in_words(tmp_path: Path) -> None:
    data = SlotsSection().read(write(tmp_path, GOOD.replace("council", "moon")))
    assert data is not None
    with pytest.raises(PackError, match="calendar moon of t_visits is not known"):
        SlotsSection().apply(data)


def test_no_file_is_no_section(tmp_path: Path) -> None:
    assert SlotsSection().read(tmp_path) is None


def test_wealdmeres_own_file_is_right(settings: Any) -> None:
    data = SlotsSection().read(Path(settings.PACK))
    assert data is not None
    assert "bulky_waste" in data
