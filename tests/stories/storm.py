"""A storm: many residents send forms while every process of the council is killed, again and again.

What was acknowledged (the page with the reference was shown) must be there afterwards, once, whole.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import requests

from tests.house import House
from tests.resident import Http, Resident
from tests.stories.answers import missed_bin

AUDIT = """
import json
from collections import Counter
from moothall.casework.models import Case, Contact, Event
from moothall.notify.models import Message
from moothall.outbox.models import Job
cases = {}
for case in Case.objects.all():
    events = list(Event.objects.filter(case=case).order_by("sequence").values_list("sequence", "kind"))
    cases[case.reference] = {
        "gapless": [s for s, _ in events] == list(range(events[0][0], events[0][0] + len(events))) if events else False,
        "opened": bool(events) and events[0][1] == "opened",
        "contact": Contact.objects.filter(case=case).exists(),
        "promise": case.finish_by is not None,
    }
names = Counter(Case.objects.filter(contact_name__startswith="Storm ").values_list("contact_name", flat=True))
messages = {}
for reference, status in Message.objects.exclude(subject_ref="").values_list("subject_ref", "status"):
    messages.setdefault(reference, []).append(status)
print("AUDIT" + json.dumps({
    "cases": cases,
    "doubled": [name for name, number in names.items() if number > 1],
    "messages": messages,
    "waiting": Job.objects.filter(dead_at=None, every_seconds=None).count(),
    "dead": Job.objects.filter(dead_at__isnull=False).count(),
}))
"""


@dataclass
class Storm:
    """What happened: references acknowledged, and failures that no kill explains."""

    acknowledged: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    stop: threading.Event = field(default_factory=threading.Event)
    sent_again: int = 0


def _resident(house: House, storm: Storm, number: int) -> None:
    turn = 0
    while not storm.stop.is_set():
        turn += 1
        answers = missed_bin(date.today(), name=f"Storm {number} {turn}")
        try:
            resident = Resident(Http(house.url, timeout=30))
            resident.start("missed-bin")
            resident.fill(answers)
            if not resident.url.rstrip("/").endswith("check-answers"):
                continue
        except (requests.RequestException, AssertionError, StopIteration):
            time.sleep(0.1)
            continue
        # The submit itself: sent again, with the same idempotency key, until it is answered.
        page, url = resident.page, resident.url
        for _ in range(600):
            try:
                resident.page, resident.url = page, url
                resident.press({})
                if resident.page.reference:
                    with storm.lock:
                        storm.acknowledged.append(resident.page.reference)
                    break
                if resident.status >= 500:
                    raise AssertionError
                with storm.lock:
                    storm.wrong.append(f"{resident.status} {resident.url} {resident.page.heading}")
                break
            except (requests.RequestException, AssertionError):
                with storm.lock:
                    storm.sent_again += 1
                time.sleep(0.1)


def run(
    house: House,
    *,
    kills: int,
    clients: int,
    between: int,
    whom: tuple[str, ...] = ("all",),
    settled: bool = True,
    progress: Callable[[int, Storm], None] = lambda kill, storm: None,
) -> Storm:
    """Run a storm with `kills` SIGKILLs, each after `between` further acknowledged cases.

    `whom`: what is killed, in turn: `all` processes at once, one `web` process, the background
    `worker`. `settled`: wait for the leases of killed workers and see every confirmation go out (a
    minute or so). Raises AssertionError when an acknowledged case is lost, doubled or half there.
    """
    storm = Storm()
    threads = [
        threading.Thread(target=_resident, args=(house, storm, n), daemon=True)
        for n in range(clients)
    ]
    for thread in threads:
        thread.start()
    chance = random.Random(kills)
    try:
        for kill in range(kills):
            _wait_for(storm, len(storm.acknowledged) + between)
            time.sleep(chance.random() * 0.1)  # at any instruction, not only after an answer
            kind = whom[kill % len(whom)]
            if kind == "all":
                house.restart()
            else:
                house.kill_one(kind)
            progress(kill + 1, storm)
    finally:
        storm.stop.set()
    for thread in threads:
        thread.join(timeout=240)
    audit(house, storm, settled=settled)
    return storm


def _wait_for(storm: Storm, target: int) -> None:
    deadline = time.monotonic() + 240
    while len(storm.acknowledged) < target:
        assert time.monotonic() < deadline, (
            f"only {len(storm.acknowledged)} of {target} answered; {storm.wrong[:3]}"
        )
        time.sleep(0.01)


def look(house: House, *, settled: bool) -> dict[str, Any]:
    """What the database says of every case; with `settled`, once the background work is done."""
    deadline = time.monotonic() + (120 if settled else 0)
    while True:
        out = house.moothall("shell", "-c", AUDIT)
        found: dict[str, Any] = json.loads(out[out.index("AUDIT") + 5 :])
        if not found["waiting"] or time.monotonic() > deadline:
            return found
        time.sleep(0.2)


def audit(house: House, storm: Storm, *, settled: bool) -> None:
    """Hold the database against what was acknowledged."""
    assert storm.wrong == []
    found = look(house, settled=settled)
    cases = found["cases"]
    lost = [reference for reference in storm.acknowledged if reference not in cases]
    assert lost == []
    assert len(set(storm.acknowledged)) == len(storm.acknowledged), (
        "one case was acknowledged twice"
    )
    assert found["doubled"] == [], "one submission made two cases"
    half = {reference: case for reference, case in cases.items() if not all(case.values())}
    # Services without a clock have no promise; the storm's own service has one.
    half = {r: f for r, f in half.items() if r in storm.acknowledged or not f["opened"]}
    assert half == {}
    assert found["dead"] == 0
    said = {r: found["messages"].get(r, []) for r in storm.acknowledged}
    assert {r: m for r, m in said.items() if len(m) != 1} == {}, "confirmations, not one each"
    if settled:
        assert found["waiting"] == 0, "background work was left"
        assert {r: m for r, m in said.items() if m != ["delivered"]} == {}
    house.moothall("ledger", "verify")
