"""The morning's list: once a working day, at the council's hour in London, also when clocks change; numbers only."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from moothall import outbox
from moothall.desk import late_list
from moothall.desk.models import DeskSettings, Morning
from moothall.notify.models import Message
from moothall.people.models import User
from moothall.people.queries import actor_for


def lists() -> list[Message]:
    return list(Message.objects.filter(template="late_list").order_by("to"))


def tick(now: datetime) -> None:
    """The worker's schedule at `now`, and what it causes."""
    from django.db import transaction

    with transaction.atomic():
        late_list.morning(now=now)
    outbox.drain(now=now, strict=True)


@pytest.mark.parametrize(
    ("now", "goes"),
    [
        (datetime(2026, 3, 11, 7, 29, tzinfo=UTC), False),  # winter: London is UTC
        (datetime(2026, 3, 11, 7, 30, tzinfo=UTC), True),
        (datetime(2026, 3, 11, 13, 29, tzinfo=UTC), True),  # nothing ran at the hour: still today
        (datetime(2026, 3, 11, 13, 30, tzinfo=UTC), False),  # too late to be a morning's list
        (datetime(2026, 3, 14, 8, 0, tzinfo=UTC), False),  # a Saturday
        (datetime(2026, 4, 3, 8, 0, tzinfo=UTC), False),  # Good Friday
        (datetime(2026, 3, 27, 6, 45, tzinfo=UTC), False),  # the Friday before clocks go forward
        (datetime(2026, 3, 30, 6, 29, tzinfo=UTC), False),  # the Monday after: 07:29 in London
        (datetime(2026, 3, 30, 6, 30, tzinfo=UTC), True),
        (datetime(2026, 10, 23, 6, 30, tzinfo=UTC), True),  # the Friday before they go back
        (datetime(2026, 10, 26, 6, 30, tzinfo=UTC), False),  # the Monday after
        (datetime(2026, 10, 26, 7, 30, tzinfo=UTC), True),
    ],
)
def test_it_is_time_in_london(council, now, goes):
    assert late_list.is_time(now, at=time(7, 30)) is goes


def test_each_has_their_list_once_with_numbers_and_no_names(missed_bin, staff, clock):
    case = missed_bin(now=clock.now - timedelta(days=8), name="Ottoline Brackenbury")
    missed_bin(now=clock.now - timedelta(days=8))
    bryn = User.objects.get(email__startswith="bryn")
    officer = staff("bryn")
    officer.open("/desk/")
    case.refresh_from_db()
    officer.press("Assign", case=[f"{case.pk}:{case.lock_version}"], to=str(bryn.pk))
    outbox.drain(now=clock.now)
    at = datetime(2026, 3, 12, 7, 31, tzinfo=UTC)
    tick(at)
    tick(at + timedelta(minutes=5))
    tick(at + timedelta(hours=3))
    sent = {one.to.partition("@")[0]: one for one in lists()}
    assert set(sent) == {"bryn.oakshott", "marcus.quill"}, "who has nothing to do hears nothing"
    assert "1 late: " in sent["bryn.oakshott"].body
    assert "/desk/?due=late&who=me" in sent["bryn.oakshott"].body
    assert "Waste and recycling:\n2 late: " in sent["marcus.quill"].body
    assert "1 late and with nobody: " in sent["marcus.quill"].body
    for one in sent.values():
        assert one.subject == "Late cases: 12 March"
        assert "Brackenbury" not in one.body
        assert case.reference not in one.body
        assert "/desk/settings/" in one.body
    assert Morning.objects.get().day == date(2026, 3, 12)
    tick(at + timedelta(days=1))
    assert len(lists()) == 4


def test_who_does_not_want_it_has_none(missed_bin, staff, clock):
    missed_bin(now=clock.now - timedelta(days=8))
    marcus = staff("marcus")
    page = marcus.open("/desk/settings/")
    assert "On working days at 07:30" in page.words
    form = {"shortcuts": "yes"}  # the box of the list is not ticked
    marcus.client.post("/desk/settings/", form)
    tick(datetime(2026, 3, 12, 8, 0, tzinfo=UTC))
    assert lists() == []


def test_a_council_sends_none_or_at_another_hour(council, missed_bin, clock, tmp_path):
    from moothall.desk.pack import DeskSection
    from moothall.packs.sections import PackError

    missed_bin(now=clock.now - timedelta(days=8))
    section = DeskSection()
    (tmp_path / "desk.yaml").write_text('late_list: {send: true, at: "09:15"}')
    data = section.read(tmp_path)
    assert data is not None
    [change] = section.plan(data)
    assert "sent at 07:30 on working days, then sent at 09:15" in change.message
    section.apply(data)
    assert section.plan(data) == []
    tick(datetime(2026, 3, 12, 8, 0, tzinfo=UTC))
    assert lists() == []
    tick(datetime(2026, 3, 12, 9, 15, tzinfo=UTC))
    assert lists()
    section.export(tmp_path)
    assert section.plan(section.read(tmp_path)) == []  # type: ignore[arg-type]  # it was just written
    (tmp_path / "desk.yaml").write_text('late_list: {at: "3 o clock"}')
    with pytest.raises(PackError):
        section.read(tmp_path)
    DeskSettings.objects.update(late_list=False)
    tick(datetime(2026, 3, 13, 9, 30, tzinfo=UTC))
    assert Morning.objects.count() == 1


def test_a_list_asks_few_queries_however_many_cases(
    missed_bin, clock, django_assert_max_num_queries
):
    for number in range(6):
        missed_bin(uprn=f"99000000{number + 1:04d}", now=clock.now - timedelta(days=8))
    marcus = actor_for(User.objects.get(email__startswith="marcus"))
    with django_assert_max_num_queries(10):
        written = late_list.write(marcus, now=clock.now)
    assert written is not None
