"""The ledger of a made-up council: made, verified and built anew, in events a second, with the memory used."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.figures import row
from benchmarks.size import council

WHERE = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
RESIDENTS = 8_000


def run(env: dict[str, str], *command: str) -> tuple[str, float, int]:
    """What a command said, its seconds, and the most memory it held, in megabytes."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "moothall", *command], env=env, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    assert status == 0, said
    return said, time.perf_counter() - started, used.ru_maxrss // 1024


def main() -> None:
    """Measure one database, named by MOOTHALL_TEST_DATABASE."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    residents = 5_000 if parser.parse_args().quick else RESIDENTS
    database = os.environ.get("MOOTHALL_TEST_DATABASE", "sqlite")
    where = WHERE[database]
    with tempfile.TemporaryDirectory(prefix="moothall-ledger-") as folder:
        env = council(Path(folder), database, f"ledger_{os.getpid()}")
        run(env, "set_up", "--cases", "0")
        said, seconds, memory = run(env, "synth", "--residents", str(residents))
        found = re.search(r"([\d,]+) cases, ([\d,]+) events", said)
        assert found is not None, said
        events = int(found[2].replace(",", ""))
        row(
            f"made-up cases: {found[1]} with {found[2]} events",
            where,
            f"{seconds:.0f} s, {memory} MB",
        )
        for what, command in (
            ("ledger verify", ("ledger", "verify", "--quiet")),
            ("ledger rebuild --check", ("ledger", "rebuild", "--check", "--quiet")),
            ("rollups check", ("rollups", "check")),
        ):
            _, seconds, memory = run(env, *command)
            row(what, where, f"{events / seconds:,.0f} events a second, {memory} MB")


if __name__ == "__main__":
    main()
