"""SIGKILL in the middle of a run: each case is moved once, and the run ends by itself afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from moothall import outbox
from moothall.casework import bulk
from moothall.casework.models import BulkItem, Event
from moothall.casework.types import QueueFilters
from moothall.people.models import User
from moothall.people.queries import actor_for

CASES = 24
WORKER = """
import django, os
django.setup()
from django.db import connections
connections.databases["default"]["NAME"] = os.environ["DATABASE_OF_THE_TEST"]
from moothall import outbox
while outbox.drain(limit=1):
    print("one", flush=True)
"""


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_moves_each_case_once(missed_bin: Any) -> None:
    from django.utils import timezone

    for number in range(CASES):
        missed_bin(uprn=f"99000000{number + 1:04d}")
    outbox.drain(now=timezone.now())
    marcus = actor_for(User.objects.get(email__startswith="marcus"))
    run = bulk.draft(marcus, "note", filters=QueueFilters(), now=timezone.now())
    bulk.settle(marcus, run.public_id, {"text": "Once only"}, now=timezone.now())
    bulk.start(marcus, run.public_id, now=timezone.now())
    done = 0
    for _ in range(3):
        worker = subprocess.Popen(
            [sys.executable, "-c", WORKER],
            env={
                **os.environ,
                "DATABASE_OF_THE_TEST": str(connection.settings_dict["NAME"]),
                "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"],
            },
            stdout=subprocess.PIPE,
            text=True,
        )
        assert worker.stdout is not None
        for _line in range(3):
            worker.stdout.readline()
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        worker.stdout.close()
        now_done = BulkItem.objects.filter(status="done").count()
        assert now_done >= done
        done = now_done
    # The lease of the job that was in the dead worker's hands runs out. The workers lived in real time.
    outbox.drain(now=datetime.now(UTC) + timedelta(minutes=10))
    seen = bulk.progress(marcus, run.public_id)
    assert (seen.done, seen.refused, seen.waiting) == (CASES, 0, 0)
    notes = Event.objects.filter(kind="noted").values_list("case_id", flat=True)
    assert len(notes) == len(set(notes)) == CASES
