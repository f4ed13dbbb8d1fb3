"""A process that starts workers on request, so that a test can kill real ones cheaply.

Run as a script: `nursery.py DATABASE_URL HOME LEDGER`. It reads lines from standard input:
`migrate`, `jobs N`, `worker` (answers with the worker's process id), `quit`. Its handlers leave their
traces in a table (`effect`) and, for calls to the outside, in the file LEDGER.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path


def main(url: str, home: str, ledger: str) -> None:
    import django
    from django.conf import settings

    from moothall.config.database import configure

    database = configure(url, Path(home))
    database["OPTIONS"].pop("pool", None)
    settings.configure(
        DATABASES={"default": database},
        INSTALLED_APPS=["moothall.outbox"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        SECRET_KEY="tests",
        TASKS={"default": {"BACKEND": "moothall.outbox.backend.OutboxBackend"}},
    )
    django.setup()

    from django.core.management import call_command
    from django.db import connection, transaction

    from moothall import outbox
    from moothall.outbox import worker

    worker.LEASE = 2.0
    worker.POLL = 0.05

    def leave_trace(n: int, kind: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO effect (n, kind) VALUES (%s, %s)", [n, kind])

    @outbox.task("tests.inside")
    def inside(n: int) -> None:
        leave_trace(n, "inside")
        if n % 3 == 0:
            outbox.enqueue("tests.child", n=n)

    @outbox.task("tests.child")
    def child(n: int) -> None:
        leave_trace(n, "child")

    @outbox.task("tests.outside", external=True, lease=2)
    def outside(n: int):
        assert not connection.in_atomic_block
        descriptor = os.open(ledger, os.O_APPEND | os.O_CREAT | os.O_WRONLY)
        os.write(descriptor, f"{n}\n".encode())
        os.close(descriptor)
        return lambda: leave_trace(n, "outside")

    for line in sys.stdin:
        word, *rest = line.split()
        if word == "migrate":
            call_command("migrate", verbosity=0)
            with connection.cursor() as cursor:
                cursor.execute("CREATE TABLE effect (n integer NOT NULL, kind text NOT NULL)")
            answer = "done"
        elif word == "jobs":
            with transaction.atomic():
                for n in range(int(rest[0])):
                    outbox.enqueue("tests.inside", n=n)
                    if n % 5 == 0:
                        outbox.enqueue("tests.outside", n=n)
            answer = "done"
        elif word == "worker":
            connection.close()
            pid = os.fork()
            if pid == 0:
                stop = threading.Event()
                signal.signal(signal.SIGTERM, lambda *_, stop=stop: stop.set())
                worker.run(stop)
                os._exit(0)
            answer = str(pid)
        elif word == "wait":
            _, status = os.waitpid(int(rest[0]), 0)
            answer = str(os.waitstatus_to_exitcode(status))
        else:
            break
        connection.close()
        print(answer, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
