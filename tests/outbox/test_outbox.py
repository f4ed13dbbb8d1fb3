"""What rooms rely on: in the same transaction, retried, never lost, never doubled."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django_tasks import task as django_task
from hypothesis import given, settings
from hypothesis import strategies as st

from moothall import outbox
from moothall.outbox import actions, queries, registry, worker
from moothall.outbox.claim import claim, finish, release
from moothall.outbox.models import Job

NOW = datetime(2031, 3, 4, 9, 30, tzinfo=UTC)
calls: list[tuple[str, Any]] = []


@django_task
def greet(name: str) -> None:
    calls.append(("greet", name))


@pytest.fixture(autouse=True)
def _own_handlers(db: None) -> Iterator[None]:
    tasks, schedules = dict(registry._tasks), dict(registry._schedules)
    Job.objects.all().delete()
    calls.clear()

    @outbox.task("t.note")
    def note(word: str, now: datetime) -> None:
        calls.append((word, now))

    @outbox.task("t.parent")
    def parent(word: str) -> None:
        outbox.enqueue("t.note", word=f"{word}'s child")

    @outbox.task("t.fails", retries=2)
    def fails(secret: str) -> None:
        Job.objects.create(name="half-done", enqueued_at=NOW, due_at=NOW + timedelta(days=99))
        raise ValueError(secret)

    @outbox.task("t.refused", gave_up=lambda reason, who: calls.append((who, reason)))
    def refused(who: str) -> None:
        raise outbox.GiveUp("The address does not exist.")

    yield
    registry._tasks.clear()
    registry._tasks.update(tasks)
    registry._schedules.clear()
    registry._schedules.update(schedules)


def test_a_job_is_done_once_and_gone() -> None:
    outbox.enqueue("t.note", word="hello")
    assert outbox.drain(NOW + timedelta(days=9000)) == 1
    assert [word for word, _ in calls] == ["hello"]
    assert outbox.drain(NOW + timedelta(days=9000)) == 0
    assert not Job.objects.exists()


def test_a_job_of_a_transaction_that_is_undone_never_was() -> None:
    class Changed(Exception):
        pass

    with pytest.raises(Changed), transaction.atomic():
        outbox.enqueue("t.note", word="never")
        raise Changed
    assert not Job.objects.exists()


def test_jobs_that_jobs_write_are_done_too() -> None:
    actions.enqueue("t.parent", word="Ann", now=NOW)
    assert outbox.drain(datetime(9000, 1, 1, tzinfo=UTC)) == 2
    assert [word for word, _ in calls] == ["Ann's child"]


def test_not_before_its_time_and_with_the_time_of_the_run() -> None:
    actions.enqueue("t.note", run_after=NOW + timedelta(hours=1), word="later", now=NOW)
    assert outbox.drain(NOW) == 0
    assert outbox.drain(NOW + timedelta(hours=2)) == 1
    assert calls == [("later", NOW + timedelta(hours=2))]


def test_a_failed_try_leaves_nothing_and_is_tried_again_until_it_is_a_dead_letter() -> None:
    job = actions.enqueue("t.fails", secret="someone@example.org", now=NOW)
    at = NOW
    for failures in (1, 2):
        outbox.drain(at)
        waiting = Job.objects.get(pk=job)
        assert waiting.failures == failures
        assert waiting.due_at == at + timedelta(seconds=registry.default_backoff(failures))
        at = waiting.due_at
    outbox.drain(at)
    (dead,) = queries.dead()
    assert dead.pk == job
    assert dead.dead_at == at
    assert not Job.objects.filter(name="half-done").exists()
    # The place is kept, the words of the error (which may name a person) are not.
    assert dead.error.startswith("ValueError at")
    assert "example.org" not in dead.error
    assert queries.state(at).dead == 1
    assert outbox.drain(at + timedelta(days=1)) == 0

    assert actions.try_again(dead.pk, now=at)
    assert not queries.dead()
    assert queries.state(at).due == 1
    outbox.drain(at)
    assert not actions.discard(dead.pk), "it waits for its second try"


def test_giving_up_is_told_in_plain_words() -> None:
    outbox.enqueue("t.refused", who="m1")
    outbox.drain(datetime(9000, 1, 1, tzinfo=UTC))
    assert calls == [("m1", "The address does not exist.")]
    (dead,) = queries.dead()
    assert dead.error == "The address does not exist."
    assert actions.discard(dead.pk)
    assert not Job.objects.exists()


def test_strict_draining_shows_the_error() -> None:
    outbox.enqueue("t.fails", secret="shown")
    with pytest.raises(ValueError, match="shown"):
        outbox.drain(datetime(9000, 1, 1, tzinfo=UTC), strict=True)


def test_a_unique_job_is_written_once_while_it_waits() -> None:
    for _ in range(3):
        outbox.enqueue("t.note", unique="one", word="once")
    assert Job.objects.count() == 1
    later = datetime(9000, 1, 1, tzinfo=UTC)
    assert outbox.drain(later) == 1
    outbox.enqueue("t.note", unique="one", word="again")
    assert outbox.drain(later) == 1


def test_a_dead_letter_does_not_block_its_successor() -> None:
    outbox.enqueue("t.refused", unique="k", who="m1")
    outbox.drain(datetime(9000, 1, 1, tzinfo=UTC))
    outbox.enqueue("t.refused", unique="k", who="m2")
    assert queries.state(datetime(9000, 1, 1, tzinfo=UTC)).waiting == 1


def test_a_schedule_runs_at_its_times_once_for_all_workers() -> None:
    registry._schedules.clear()

    @outbox.task("t.tick")
    def tick(now: datetime) -> None:
        calls.append(("tick", now))

    outbox.every("t", 60, "t.tick")
    actions.prepare_schedules(NOW)
    actions.prepare_schedules(NOW)  # a second worker starts
    assert Job.objects.count() == 1
    outbox.drain(NOW)
    outbox.drain(NOW + timedelta(seconds=59))
    outbox.drain(NOW + timedelta(seconds=61))
    assert [at for _, at in calls] == [NOW, NOW + timedelta(seconds=61)]

    outbox.every("t", 3600, "t.tick")
    actions.prepare_schedules(NOW)
    assert Job.objects.get().every_seconds == 3600
    registry._schedules.clear()
    actions.prepare_schedules(NOW)
    assert not Job.objects.exists(), "what is no longer registered no longer runs"


def test_a_schedule_that_fails_comes_round_again() -> None:
    registry._schedules.clear()

    @outbox.task("t.broken", retries=1)
    def broken() -> None:
        raise outbox.TryAgain("The provider is away.")

    outbox.every("b", 600, "t.broken")
    actions.prepare_schedules(NOW)
    at = NOW
    for _ in range(5):
        outbox.drain(at)
        at = Job.objects.get().due_at
    assert not queries.dead()
    assert Job.objects.get().error == "The provider is away."


def test_a_call_to_the_outside_records_and_ends_in_one_transaction() -> None:
    @outbox.task("t.call", external=True)
    def call(word: str, attempt: int):
        calls.append((word, attempt))

        def record() -> None:
            if attempt == 1:
                Job.objects.create(
                    name="half-done", enqueued_at=NOW, due_at=NOW + timedelta(days=99)
                )
                raise RuntimeError("the disk is full")
            outbox.enqueue("t.note", word="recorded")

        return record

    actions.enqueue("t.call", word="ring", now=NOW)
    outbox.drain(NOW)
    assert not Job.objects.filter(name="half-done").exists()
    later = datetime(9000, 1, 1, tzinfo=UTC)
    assert outbox.drain(later) == 2
    assert calls == [("ring", 1), ("ring", 2), ("recorded", later)]


def test_a_worker_whose_lease_ended_keeps_nothing() -> None:
    actions.enqueue("t.note", word="slow", now=NOW)
    (slow,) = claim("slow", outside=False, now=NOW, lease=60, most=5)
    assert claim("quick", outside=False, now=NOW + timedelta(seconds=59), lease=60, most=5) == []
    after = NOW + timedelta(seconds=61)
    (quick,) = claim("quick", outside=False, now=after, lease=60, most=5)
    assert quick.claims == 2
    assert worker.do(slow, lambda: after) is False
    assert calls == []
    assert worker.do(quick, lambda: after) is True
    assert calls == [("slow", after)]


def test_what_was_taken_and_not_begun_is_put_back() -> None:
    for n in range(3):
        actions.enqueue("t.note", word=str(n), now=NOW)
    held = claim("a", outside=False, now=NOW, lease=60, most=5)
    release(held[1:], NOW)
    again = claim("b", outside=False, now=NOW, lease=60, most=5)
    assert [job.kwargs["word"] for job in again] == ["1", "2"]
    assert [job.claims for job in again] == [1, 1]


def test_a_job_that_kills_its_workers_is_given_up() -> None:
    job = actions.enqueue("t.note", word="poison", now=NOW)
    at = NOW
    for _ in range(worker.LOST_WORKERS):
        claim("victim", outside=False, now=at, lease=1, most=1)
        at += timedelta(seconds=2)
    outbox.drain(at)
    assert calls == []
    assert [dead.pk for dead in queries.dead()] == [job]


def test_jobs_that_share_a_transaction_fail_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "TURN", 60)
    for name, values in (
        ("t.note", {"word": "before"}),
        ("t.fails", {"secret": "x"}),
        ("t.refused", {"who": "m1"}),
        ("t.note", {"word": "after"}),
    ):
        actions.enqueue(name, now=NOW, **values)
    held = claim("w", outside=False, now=NOW, lease=9**9, most=9)
    stop = threading.Event()
    assert worker._do_some(held, stop) == 4
    assert [what for what, _ in calls] == ["before", "m1", "after"]
    assert sorted(Job.objects.values_list("name", "failures")) == [("t.fails", 1), ("t.refused", 1)]
    stop.set()
    assert worker._do_some(held, stop) == 0


def test_a_turn_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "TURN", 0)
    for n in range(3):
        actions.enqueue("t.note", word=str(n), now=NOW)
    held = claim("w", outside=False, now=NOW, lease=9**9, most=9)
    assert worker._do_some(held, threading.Event()) == 1


def test_a_dead_letter_that_cannot_be_told_of_is_dead_all_the_same() -> None:
    def broken(reason: str) -> None:
        Job.objects.create(name="half-done", enqueued_at=NOW, due_at=NOW + timedelta(days=99))
        raise RuntimeError

    @outbox.task("t.untold", gave_up=broken)
    def untold() -> None:
        raise outbox.GiveUp("No.")

    actions.enqueue("t.untold", now=NOW)
    outbox.drain(NOW)
    assert [job.name for job in queries.dead()] == ["t.untold"]
    assert Job.objects.count() == 1


def test_a_long_call_gets_a_lease_of_its_own_length() -> None:
    seen: list[datetime] = []

    @outbox.task("t.long", external=True, lease=900)
    def long_call(now: datetime) -> None:
        seen.append(Job.objects.get(name="t.long").due_at)

    actions.enqueue("t.long", now=NOW)
    outbox.drain(NOW)
    assert seen == [NOW + timedelta(seconds=900)]


def test_names_and_values_are_checked_when_the_job_is_written() -> None:
    with pytest.raises(KeyError, match="nobody"):
        outbox.enqueue("nobody")
    with pytest.raises(TypeError):
        outbox.enqueue("t.note", word=NOW)
    assert not Job.objects.exists()
    with pytest.raises(ValueError, match="Two handlers"):
        registry._tasks["t.note"].fn.__module__ = "another"
        outbox.task("t.note")(lambda word: None)


def test_the_django_tasks_interface_writes_jobs() -> None:
    result = greet.enqueue("Ann")
    assert calls == []
    assert Job.objects.get().pk == int(result.id)
    assert outbox.drain(datetime(9000, 1, 1, tzinfo=UTC)) == 1
    assert calls == [("greet", "Ann")]


def test_an_idle_worker_takes_no_lock(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1) as seen:
        assert claim("idle", outside=False, now=NOW, lease=60, most=5) == []
    assert seen[0]["sql"].startswith("SELECT")


@given(st.lists(st.sampled_from(["claim", "finish", "lapse", "release"]), max_size=30))
@settings(max_examples=25, deadline=None)
def test_whatever_happens_to_workers_each_job_ends_once(steps: list[str]) -> None:
    Job.objects.all().delete()
    ended: list[int] = []
    at, holders, number = NOW, [], 0
    for n in range(4):
        actions.enqueue("t.note", word=str(n), now=NOW)
    for step in [*steps, "lapse", "claim", "finish", "lapse", "claim", "finish"]:
        if step == "claim":
            number += 1
            holders.append(claim(f"w{number}", outside=False, now=at, lease=60, most=2))
        elif step == "finish" and holders:
            ended += [job.id for job in holders.pop() if finish(job, at)]
        elif step == "release" and holders:
            release(holders.pop(0), at)
        elif step == "lapse":
            at += timedelta(seconds=61)
    while jobs := claim("last", outside=False, now=at + timedelta(seconds=61), lease=60, most=9):
        ended += [job.id for job in jobs if finish(job, at)]
    assert len(ended) == len(set(ended)) == 4
    assert connection.in_atomic_block
