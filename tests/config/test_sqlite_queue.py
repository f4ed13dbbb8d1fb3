"""Writers to the embedded database wait their turn and none is refused."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from moothall.people.models import Team

pytestmark = pytest.mark.django_db(transaction=True)


def test_many_writers_at_once_all_get_their_turn() -> None:
    before = Team.objects.count()
    failures: list[BaseException] = []

    def write(number: int) -> None:
        try:
            for turn in range(5):
                with transaction.atomic():
                    count = (
                        Team.objects.count()
                    )  # reads, then writes: the classic "database is locked"
                    Team.objects.create(
                        slug=f"queue-{number}-{turn}", name=f"Team {count}", plays=[]
                    )
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert Team.objects.count() == before + 40


def test_a_failed_transaction_leaves_the_queue() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        Team.objects.create(slug="never", name="Never", plays=[])
        1 / 0  # noqa: B018  the failure under test

    done = threading.Event()

    def write() -> None:
        with transaction.atomic():
            Team.objects.create(slug="after", name="After", plays=[])
        connection.close()
        done.set()

    thread = threading.Thread(target=write)
    thread.start()
    assert done.wait(20), "a writer waits behind a transaction that has ended"
    thread.join()
    assert not Team.objects.filter(slug="never").exists()
