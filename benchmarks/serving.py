"""A question page, a submit, and submits a second, over HTTP against a running house."""

from __future__ import annotations

import argparse
import os
import threading
import time
from datetime import date

import requests

from benchmarks.figures import milliseconds, row
from tests.house import House
from tests.resident import Http, Resident
from tests.stories.answers import missed_bin

WHERE = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def to_check_answers(url: str, number: int = 0) -> Resident:
    """A resident who has answered everything and stands before the last button."""
    resident = Resident(Http(url))
    resident.start("missed-bin")
    resident.fill(missed_bin(date.today(), name=f"Bench {number}"))
    return resident


def one_worker(where: str, times: int) -> None:
    """Latency with one server process of one thread and one client."""
    house = House.build(MOOTHALL_SERVE_WORKERS="1", MOOTHALL_SERVE_THREADS="1")
    try:
        resident = to_check_answers(house.url)
        question = next(u for u in resident.seen if u.rstrip("/").endswith("/bin"))
        session, url = resident.client.session, house.url + question
        session.get(url)
        pages = []
        for _ in range(times):
            started = time.perf_counter()
            assert session.get(url).status_code == 200
            pages.append(time.perf_counter() - started)
        row("question page, one worker (aim: 15 ms)", where, milliseconds(pages))
        submits = []
        for number in range(max(5, times // 4)):
            resident = to_check_answers(house.url, number)
            data = resident.page.data({})
            target = resident.page.action or resident.url
            from urllib.parse import urljoin

            started = time.perf_counter()
            answer = resident.client.session.post(
                urljoin(resident.url, target), data=data, allow_redirects=False
            )
            submits.append(time.perf_counter() - started)
            assert answer.status_code == 303, answer.status_code
        row("submit of a case, one worker (aim: 25 ms)", where, milliseconds(submits))
        by_the_api(house, where, times)
    finally:
        house.close()


def by_the_api(house: House, where: str, times: int) -> None:
    """A page of 50 cases and one case, read by another system with a key."""
    key = house.moothall(
        "api", "key", "make", "Bench", "--owner", "bryn.oakshott@wealdmere.example",
        "--scope", "cases:read", "--per-minute", "60000",
    ).split()[-1]  # fmt: skip
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {key}"
    lists = f"{house.url}/api/v1/cases?ended=both"
    found = session.get(lists).json()["cases"]
    for name, url in (
        (f"API: a list of {len(found)} cases, one worker", lists),
        ("API: one case, one worker", f"{house.url}/api/v1/cases/{found[0]['reference']}"),
    ):
        took = []
        for _ in range(times):
            started = time.perf_counter()
            assert session.get(url).status_code == 200
            took.append(time.perf_counter() - started)
        row(name, where, milliseconds(took))


def many_clients(where: str, each: int) -> None:
    """Submits a second at 1, 8 and 32 clients, with the default processes and threads."""
    house = House.build()
    try:
        for clients in (1, 8, 32):
            total = max(clients, each)
            waiting = [to_check_answers(house.url, n) for n in range(total)]
            lock, errors, took = threading.Lock(), [0], []

            def work(waiting=waiting, lock=lock, errors=errors, took=took) -> None:  # type: ignore[no-untyped-def]  # defaults bind the loop's values
                while True:
                    with lock:
                        if not waiting:
                            return
                        resident = waiting.pop()
                    started = time.perf_counter()
                    try:
                        resident.press({})
                        fine = bool(resident.page.reference)
                    except Exception:
                        fine = False
                    with lock:
                        took.append(time.perf_counter() - started)
                        errors[0] += not fine

            threads = [threading.Thread(target=work) for _ in range(clients)]
            started = time.perf_counter()
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            seconds = time.perf_counter() - started
            row(
                f"submits with their done page, {clients} client{'s' if clients > 1 else ''}",
                where,
                f"{total / seconds:.0f} a second, {milliseconds(took)}, {errors[0]} errors",
            )
    finally:
        house.close()


def main() -> None:
    """Measure one database, named by MOOTHALL_TEST_DATABASE."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    where = WHERE[os.environ.get("MOOTHALL_TEST_DATABASE", "sqlite")]
    one_worker(where, 20 if quick else 200)
    many_clients(where, 32 if quick else 200)


if __name__ == "__main__":
    main()
