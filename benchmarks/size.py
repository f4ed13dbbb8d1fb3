"""Lists, searches and figures at three sizes of a made-up council: `make bench-size`.

`python -m benchmarks.size --keep FOLDER` keeps the councils there and uses them again; without it they
are made in a temporary folder and thrown away. Each measurement runs in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SIZES = (22_000, 220_000, 2_400_000)
"""Residents: about 10,000, 100,000 and 1,090,000 cases in two years, and 5 million contacts at the last."""
ONE_IN = 10
"""One case in so many has its ledger: lists and figures do not read it, and disks are finite."""
TIMES = 15


def council(folder: Path, database: str, name: str) -> dict[str, str]:
    """The environment of a council of its own, in a folder and on PostgreSQL in a database."""
    home = folder / f"{database}-{name}"
    home.mkdir(parents=True, exist_ok=True)
    env = {
        **os.environ,
        "MOOTHALL_HOME": str(home),
        "MOOTHALL_LOG_LEVEL": "ERROR",
        "MOOTHALL_WRITE_LIMITS_TIMES": "0",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
        "DJANGO_SETTINGS_MODULE": "moothall.config.settings",
    }
    if database == "postgresql":
        from tests.postgres import admin, url_of

        with suppress(Exception):
            admin(f"CREATE DATABASE synth_{name}")  # it may be there
        env["MOOTHALL_DATABASE_URL"] = url_of(f"synth_{name}")
    return env


def environment(folder: Path, database: str, residents: int) -> dict[str, str]:
    """The environment of one council, made where it is missing."""
    env = council(folder, database, str(residents))
    for command in (
        ["set_up", "--cases", "0"],
        ["synth", "--residents", str(residents), "--ledger-one-in", str(ONE_IN)],
    ):
        subprocess.run(
            [sys.executable, "-m", "moothall", *command], env=env, check=True, stdout=sys.stderr
        )
    return env


def main() -> int:
    """Make, measure, print."""
    parser = argparse.ArgumentParser(prog="benchmarks.size", description=__doc__)
    parser.add_argument("--keep", type=Path, help="a folder for the made-up councils")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], action="append")
    parser.add_argument("--residents", type=int, action="append")
    parser.add_argument("--only", default="", help="measure only what has this in its name")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.only)))
        return 0
    with tempfile.TemporaryDirectory(prefix="moothall-size-") as temporary:
        folder = options.keep or Path(temporary)
        rows: list[str] = []
        for database in options.database or ["sqlite", "postgresql"]:
            found = []
            for residents in options.residents or SIZES:
                env = environment(folder, database, residents)
                command = [sys.executable, "-m", "benchmarks.size", "--measure"]
                command += ["--only", options.only]
                done = subprocess.run(
                    command, env=env, cwd=ROOT, stdout=subprocess.PIPE, check=True
                )
                found.append(json.loads(done.stdout.splitlines()[-1]))
            rows += table(database, found)
    text = "\n".join(rows)
    print(text)
    if options.write:
        from benchmarks.__main__ import write

        write(text, os.getloadavg()[0], "make bench-size")
    return 0


def table(database: str, found: list[dict[str, Any]]) -> list[str]:
    """Markdown: a row for each measurement, a column for each size."""
    name = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[database]
    heads = [f"{one['cases']:,} cases" for one in found]
    rows = [
        f"| {name}: milliseconds, median | {' | '.join(heads)} | largest to smallest |",
        f"|---|{'---|' * len(found)}---|",
    ]
    for what in found[-1]["took"]:
        took = [one["took"].get(what) for one in found]
        known = [one for one in took if one]
        ratio = f"{known[-1] / known[0]:.1f}" if len(known) > 1 else ""
        cells = " | ".join(f"{one:.1f}" if one else "" for one in took)
        rows.append(f"| {what} | {cells} | {ratio} |")
    for what in found[-1]["facts"]:
        cells = " | ".join(str(one["facts"].get(what, "")) for one in found)
        rows.append(f"| {what} | {cells} | |")
    return [*rows, ""]


# In the process that measures


def median(work: Callable[[], Any], times: int = TIMES) -> float:
    """Milliseconds, after two runs to warm up; fewer runs of what takes long."""
    started = time.perf_counter()
    work()
    if time.perf_counter() - started > 3:
        times = 2
    work()
    took = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        took.append((time.perf_counter() - started) * 1000)
    return statistics.median(took)


def measure(only: str) -> dict[str, Any]:
    """Everything that is measured of one council."""
    import django

    django.setup()
    from django.db import connection

    from moothall.casework.models import Case, Contact, Event

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    works = {**lists(), **pages()}
    took: dict[str, float] = {}
    for name, work in works.items():
        if only in name:
            took[name] = median(work)
            print(f"{name}: {took[name]:.1f}", file=sys.stderr, flush=True)
    memory = {} if only else remembered(works)
    return {
        "cases": Case.objects.count(),
        "took": took,
        "facts": {
            "open cases": f"{Case.objects.filter(ended_at=None).count():,}",
            "contacts": f"{Contact.objects.count():,}",
            "events": f"{Event.objects.count():,}",
            **memory,
        },
    }


def megabytes() -> int:
    """What this process holds in memory now."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) // 1024


def remembered(works: dict[str, Callable[[], Any]]) -> dict[str, str]:
    """Whether a process that serves pages grows: memory before and after 400 more of them."""
    some = [work for name, work in works.items() if name.startswith(("page: /desk", "page: one"))]
    before = megabytes()
    for number in range(400):
        some[number % len(some)]()
    return {
        "a process that has served all of this, MB": f"{before}",
        "the same after 400 more pages, MB": f"{megabytes()}",
    }


def _actor(role: str) -> Any:
    from moothall.people import queries as people
    from moothall.people.models import User

    staff = User.objects.filter(is_staff=True, is_active=True).order_by("pk")
    actors = [(user, people.actor_for(user)) for user in staff]
    return next((user, actor) for user, actor in actors if role in actor.roles)


def lists() -> dict[str, Callable[[], Any]]:
    """The queries behind the lists, 100 rows each."""
    from django.utils import timezone

    from moothall.casework import queries
    from moothall.casework.models import Case
    from moothall.casework.types import QueueFilters

    adviser, manager = _actor("adviser")[1], _actor("manager")[1]
    now = timezone.now()
    today = timezone.localdate(now)
    newest = Case.objects.order_by("-pk").first()
    assert newest is not None
    ward = Case.objects.exclude(ward="").order_by("-pk").values_list("ward", flat=True).first()
    some = QueueFilters(limit=100)
    of = {
        "first page": some,
        "my teams": QueueFilters(team="mine", limit=100),
        "one service": QueueFilters(services=("missed_bin",), limit=100),
        "one service, late": QueueFilters(services=("missed_bin",), due="late", limit=100),
        "one ward": QueueFilters(ward=ward or "", limit=100),
        "by phone": QueueFilters(channel="phone", limit=100),
        "broken last month": QueueFilters(
            ended=None, breached_since=today - timedelta(days=30), limit=100
        ),
        "ended this week, newest": QueueFilters(
            ended=True, ended_since=today - timedelta(days=7), order="newest", limit=100
        ),
        "all ever, newest": QueueFilters(ended=None, order="newest", limit=100),
        "ended, asked again": QueueFilters(ended=True, has=("repeat",), limit=100),
        "fee is due": QueueFilters(ended=None, paid="due", limit=100),
    }
    works: dict[str, Callable[[], Any]] = {}
    for name, filters in of.items():
        works[f"queue, 100 rows: {name}"] = lambda filters=filters: queries.queue(  # type: ignore[misc]  # binds the loop's value
            adviser, filters, now=now
        )
    deep = queries.queue(adviser, some, now=now)
    works["queue, 100 rows: second page"] = lambda: queries.queue(
        adviser, QueueFilters(limit=100, after=deep.next), now=now
    )
    works["queue, 100 rows: first page of a manager"] = lambda: queries.queue(
        manager, some, now=now
    )
    works["queue: counts of the page"] = lambda: queries.queue_counts(adviser, some, now=now)
    works["queue: counts of 20 views"] = lambda: queries.counts_of(
        manager, [*of.values(), *list(of.values())[:9]], now=now
    )
    seldom, usual = newest.contact_email or newest.reference, (newest.contact_name or "Pearl Bevan")
    for name, words in {
        "a reference": newest.reference,
        "an email address": seldom,
        "a name": usual,
        "a postcode": newest.place_postcode or "XW1 1AA",
        "a word that is everywhere": "report",
        "two words that are everywhere": "missed bin",
        "a misspelt word": "misssed binn",
    }.items():
        works[f"search: {name}"] = lambda words=words: queries.search(adviser, words, now=now)  # type: ignore[misc]  # binds the loop's value
    return works


def pages() -> dict[str, Callable[[], Any]]:
    """Whole pages, through middleware and templates, as staff see them."""
    from django.test import Client
    from django.utils import timezone

    from moothall.casework.models import Case
    from moothall.people.testing import sign_in

    def client_of(role: str) -> Client:
        client = Client()
        sign_in(client, _actor(role)[0])
        return client

    adviser, manager, councillor = (client_of(one) for one in ("adviser", "manager", "councillor"))
    stranger = Client()
    whole = (
        Case.objects.filter(lock_version__gt=8)
        .exclude(head_digest="")
        .filter(ended_at=None)
        .order_by("-pk")
        .values_list("reference", flat=True)
        .first()
    )
    since = (timezone.localdate() - timedelta(days=365)).strftime("%Y-%m")
    addresses = {
        "page: /desk/": (adviser, "/desk/"),
        "page: /desk/, a manager": (manager, "/desk/"),
        "page: /desk/, one service and late": (adviser, "/desk/?service=missed_bin&due=late"),
        "page: one case": (adviser, f"/desk/cases/{whole}/"),
        "page: /desk/mine/": (manager, "/desk/mine/"),
        "page: /desk/team/": (manager, "/desk/team/"),
        "page: /desk/team/workload/": (manager, "/desk/team/workload/"),
        "page: /desk/ward/": (councillor, "/desk/ward/"),
        "page: /insight/": (manager, "/insight/"),
        "page: /insight/ a year": (manager, f"/insight/?from={since}"),
        "page: /insight/cost/": (manager, "/insight/cost/"),
        "page: /insight/promises/": (manager, "/insight/promises/"),
        "page: /insight/failure-demand/": (manager, "/insight/failure-demand/"),
        "page: /insight/satisfaction/": (manager, "/insight/satisfaction/"),
        "page: /insight/forms/": (manager, "/insight/forms/"),
        "page: /performance/": (stranger, "/performance/"),
        "page: /performance/missed-bin/": (stranger, "/performance/missed-bin/"),
    }

    def fetch(client: Client, address: str) -> Callable[[], None]:
        def get() -> None:
            answer = client.get(address)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            assert answer.status_code == 200, f"{address}: {answer.status_code} {body[:200]!r}"

        return get

    return {name: fetch(client, address) for name, (client, address) in addresses.items()}


if __name__ == "__main__":
    sys.exit(main())
