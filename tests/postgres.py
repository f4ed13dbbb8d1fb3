"""A PostgreSQL server for the tests: the one that the environment names, else a private one.

The private one lives in a temporary folder, listens on a socket there and nowhere else, runs as an
unprivileged user and ends with the tests. No server that the tests did not start is ever touched.
"""

from __future__ import annotations

import atexit
import glob
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

NAMED = "MOOTHALL_TEST_POSTGRES_URL"


def server_url() -> str:
    """Return the address of the server's `postgres` database, starting the private one when none is named."""
    if not os.environ.get(NAMED):
        os.environ[NAMED] = _start()
    return os.environ[NAMED]


def url_of(database: str) -> str:
    """Return the address of another database on the same server."""
    base, _, query = server_url().partition("?")
    address = base.rsplit("/", 1)[0] + "/" + database
    return f"{address}?{query}" if query else address


def _programs() -> Path:
    found = sorted(
        glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda p: int(p.split("/")[4])
    )
    path = found[-1] if found else shutil.which("initdb")
    if not path:
        raise RuntimeError(
            "PostgreSQL's programs are missing. Install them (apt-get install postgresql) or name a "
            f"server with {NAMED}."
        )
    return Path(path).resolve().parent


def _start() -> str:
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="moothall-pg-"))
    user: dict[str, int] = {}
    name = pwd.getpwuid(os.getuid()).pw_name
    if os.getuid() == 0:
        name = "postgres" if any(p.pw_name == "postgres" for p in pwd.getpwall()) else "nobody"
        who = pwd.getpwnam(name)
        os.chown(folder, who.pw_uid, who.pw_gid)
        user = {"user": who.pw_uid, "group": who.pw_gid}
    data, log = folder / "data", folder / "log"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "cwd": "/", "check": True}
    subprocess.run(
        [programs / "initdb", "-D", data, "-U", "moothall", "-A", "trust", "-E", "UTF8"]
        + ["--locale=C.UTF-8", "--no-sync"],
        **quiet,
        **user,
    )
    with (data / "postgresql.conf").open("a") as conf:
        conf.write(
            f"listen_addresses = ''\nunix_socket_directories = '{folder}'\nfsync = off\n"
            "full_page_writes = off\nsynchronous_commit = on\nmax_connections = 120\n"
            "shared_buffers = 128MB\nautovacuum_naptime = 60\nlog_min_messages = fatal\n"
        )
    subprocess.run(
        [programs / "pg_ctl", "-D", data, "-l", log, "-w", "-t", "60", "start"], **quiet, **user
    )
    owner = os.getpid()

    def stop() -> None:
        if os.getpid() != owner:
            return
        subprocess.run(
            [programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            **user,
        )
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
    return f"postgresql://moothall@/postgres?host={folder}"


def admin(statement: str) -> None:
    """Run one statement of administration (CREATE DATABASE …) on the tests' server."""
    import psycopg

    with psycopg.connect(server_url(), autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload]
