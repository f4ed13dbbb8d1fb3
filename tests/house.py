"""A running council for the stories: a server and a worker in processes of their own."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

SHARED = "MOOTHALL_TEST_SHARED"
CASES = int(os.environ.get("MOOTHALL_TEST_CASES", "40"))
_numbers = count(1)


def on_postgresql() -> bool:
    """Whether this run of the tests is on PostgreSQL."""
    return os.environ.get("MOOTHALL_TEST_DATABASE", "sqlite") == "postgresql"


def shared_folder() -> Path:
    """A folder that all worker processes of this run share."""
    if not os.environ.get(SHARED):
        os.environ[SHARED] = tempfile.mkdtemp(prefix="moothall-shared-")
    return Path(os.environ[SHARED])


def free_port() -> int:
    """A port on loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run_moothall(*args: str, env: dict[str, str], timeout: float = 240) -> str:
    """Run a `moothall` command in a process of its own; its output, or an AssertionError with it."""
    done = subprocess.run(
        [sys.executable, "-m", "moothall", *args],
        env=env,
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    assert done.returncode == 0, f"moothall {' '.join(args)}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def environment(home: Path, database_url: str, port: int) -> dict[str, str]:
    """The environment of a council whose home is `home`."""
    drop = ("MOOTHALL_", "DJANGO_")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(drop)}
    keep_test = {k: v for k, v in os.environ.items() if k.startswith("MOOTHALL_TEST_")}
    return {
        **kept,
        **keep_test,
        "MOOTHALL_HOME": str(home),
        "MOOTHALL_DATABASE_URL": database_url,
        "MOOTHALL_LOG_LEVEL": "ERROR",
        "MOOTHALL_WRITE_LIMITS_TIMES": "0",  # a storm comes from one address
        "PORT": str(port),
        "PYTHONPATH": str(Path(__file__).resolve().parents[1] / "src"),
    }


def prepared() -> tuple[Path, str]:
    """Return the home (and, on PostgreSQL, the database) that houses are copied from; made once a run."""
    folder = shared_folder() / ("postgresql" if on_postgresql() else "sqlite")
    folder.mkdir(exist_ok=True)
    home, done = folder / "home", folder / "done"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if done.exists():
            return home, done.read_text()
        database = ""
        url = ""
        if on_postgresql():
            from tests.postgres import admin, url_of

            database = f"moothall_prepared_{os.getpid()}"
            admin(f"CREATE DATABASE {database}")
            url = url_of(database)
        run_moothall("set_up", "--cases", str(CASES), env=environment(home, url, 0))
        done.write_text(database)
        return home, database


def _words(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return []


def descendants(pid: int) -> list[int]:
    """The processes below `pid` that live now, children before grandchildren."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in task.read_text().split():
                found += [int(child), *descendants(int(child))]
    return found


@dataclass
class House:
    """A council that runs: `url`, `home`, `kill()` by SIGKILL, `restart()`."""

    home: Path
    database_url: str
    port: int
    extra: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @classmethod
    def build(cls, **extra: str) -> House:
        """Copy the prepared home and start it; `extra` adds environment variables."""
        source, database = prepared()
        home = Path(tempfile.mkdtemp(prefix="moothall-house-"))
        shutil.copytree(source, home, dirs_exist_ok=True)
        url = ""
        if on_postgresql():
            from tests.postgres import admin, url_of

            name = f"moothall_house_{os.getpid()}_{next(_numbers)}"
            admin(f"CREATE DATABASE {name} TEMPLATE {database}")
            url = url_of(name)
        house = cls(home, url, free_port(), extra)
        house.start()
        return house

    @property
    def url(self) -> str:
        """The address of the council, without a slash at the end."""
        return f"http://localhost:{self.port}"

    @property
    def env(self) -> dict[str, str]:
        """The environment in which this council's commands run."""
        return {**environment(self.home, self.database_url, self.port), **self.extra}

    def start(self) -> None:
        """Start server and worker in a process group of their own and wait until they are ready."""
        self.log = (self.home / "serve.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "moothall", "serve", "--port", str(self.port), "--quiet"],
            env=self.env,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/health/ready", timeout=10) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise AssertionError("The house did not start:\n" + (self.home / "serve.log").read_text())

    def kill(self) -> None:
        """SIGKILL every process of the council at once, as a power cut would."""
        if self.process is None:
            return
        group = self.process.pid
        os.killpg(group, signal.SIGKILL)
        self.process.wait()
        for _ in range(200):
            try:
                os.killpg(group, signal.SIGKILL)
            except ProcessLookupError:
                break
            time.sleep(0.02)
        self.process = None

    def kill_one(self, kind: str) -> None:
        """SIGKILL one process and leave the rest: `web` (one that serves) or `worker` (background)."""
        for pid in self.pids(kind):
            os.kill(pid, signal.SIGKILL)
            return
        raise AssertionError(f"No {kind} process was found.")

    def pids(self, kind: str) -> list[int]:
        """The processes that serve (`web`) or do the background work (`worker`)."""
        assert self.process is not None
        below = descendants(self.process.pid)
        if kind == "worker":
            return [pid for pid in below if b"worker" in _words(pid)]
        # Granian's main process only looks after its children, which have its command line.
        granian = [pid for pid in below if b"granian" in _words(pid)]
        return [pid for main in granian for pid in descendants(main)]

    def restart(self) -> None:
        """Start again after a kill, on the same home and database, on the same port."""
        self.kill()
        self.start()

    def close(self) -> None:
        """End the council and remove its home."""
        self.kill()
        self.log.close()
        shutil.rmtree(self.home, ignore_errors=True)
        if self.database_url:
            from tests.postgres import admin

            name = re.split(r"[/?]", self.database_url.split("@", 1)[1])[1]
            admin(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def moothall(self, *args: str, timeout: float = 240) -> str:
        """Run a command of this council."""
        return run_moothall(*args, env=self.env, timeout=timeout)
