"""A storm: many residents send forms while every process of the council is killed, again and again.

What was acknowledged (the page with the reference was shown) must be there afterwards, once, whole.
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from datetime import date

import requests

from tests.house import House
from tests.resident import Http, Resident
from tests.stories.answers import missed_bin

AUDIT = """
import json
from django.db.models import Count
from moothall.casework.models import Case, Contact, Event
cases = {}
for case in Case.objects.all():
    events = list(Event.objects.filter(case=case).order_by("sequence").values_list("sequence", "kind"))
    cases[case.reference] = {
        "gapless": [s for s, _ in events] == list(range(events[0][0], events[0][0] + len(events))) if events else False,
        "opened": bool(events) and events[0][1] == "opened",
        "contact": Contact.objects.filter(case=case).exists(),
        "promise": case.finish_by is not None,
    }
print("AUDIT" + json.dumps(cases))
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


def run(house: House, *, kills: int, clients: int, between: int) -> Storm:
    """Run a storm with `kills` SIGKILLs, each after `between` further acknowledged cases.

    Raises AssertionError when an acknowledged case is lost, doubled or half there.
    """
    storm = Storm()
    threads = [
        threading.Thread(target=_resident, args=(house, storm, n), daemon=True)
        for n in range(clients)
    ]
    for thread in threads:
        thread.start()
    for kill in range(kills):
        target = (kill + 1) * between
        deadline = time.monotonic() + 240
        while len(storm.acknowledged) < target:
            assert time.monotonic() < deadline, (
                f"only {len(storm.acknowledged)} of {target} answered; {storm.wrong[:3]}"
            )
            time.sleep(0.01)
        house.restart()
    storm.stop.set()
    for thread in threads:
        thread.join(timeout=240)
    audit(house, storm)
    return storm


def audit(house: House, storm: Storm) -> None:
    """Hold the database against what was acknowledged."""
    assert storm.wrong == []
    out = house.moothall("shell", "-c", AUDIT)
    cases = json.loads(out[out.index("AUDIT") + 5 :])
    lost = [reference for reference in storm.acknowledged if reference not in cases]
    assert lost == []
    assert len(set(storm.acknowledged)) == len(storm.acknowledged), (
        "one case was acknowledged twice"
    )
    half = {reference: found for reference, found in cases.items() if not all(found.values())}
    # Services without a clock have no promise; the storm's own service has one.
    half = {r: f for r, f in half.items() if r in storm.acknowledged or not f["opened"]}
    assert half == {}
    house.moothall("ledger", "verify")
