"""`python -m benchmarks [--quick] [--only PART] [--write]`: measure and print one table.

`--write` puts the table into docs/performance.md with its date and machine.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "performance.md"
PARTS = (
    "deciding", "serving-sqlite", "serving-postgresql", "ledger-sqlite", "ledger-postgresql",
)  # fmt: skip


def main() -> int:
    """Run the parts, each in a process of its own, and print their rows."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the repetitions")
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument(
        "--write", action="store_true", help="put the table into docs/performance.md"
    )
    options = parser.parse_args()

    rows: list[str] = []
    failed = 0
    for part in [options.only] if options.only else PARTS:
        module, _, database = part.partition("-")
        command = [sys.executable, "-m", f"benchmarks.{module}"]
        if options.quick:
            command.append("--quick")
        env = {**os.environ, "MOOTHALL_TEST_DATABASE": database or "sqlite"}
        env["PYTHONPATH"] = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
        print(f"… {part}", file=sys.stderr, flush=True)
        done = subprocess.run(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        rows += [line for line in done.stdout.splitlines() if line.startswith("|")]
        failed = failed or done.returncode
    load = os.getloadavg()[0]
    table = "\n".join(["| what | where | result |", "|---|---|---|", *rows])
    print(f"\n{machine()}, load {load:.1f} at the end\n\n{table}")
    if options.write and not failed:
        write(table, load)
    return failed


def machine() -> str:
    """One line about this machine."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        found = re.search(r"model name\s*: (.+)", info.read_text())
        cpu = found.group(1) if found else cpu
    return (
        f"{os.cpu_count()} cores ({cpu}), Python {platform.python_version()}, {platform.system()}"
    )


def write(table: str, load: float, command: str = "make bench") -> None:
    """Replace the table of a command between the marks of docs/performance.md."""
    text = PAGE.read_text()
    block = (
        f"<!-- table: {command} -->\nMeasured on {date.today().isoformat()}: {machine()}, "
        f"load {load:.1f} at the end.\n\n{table}\n<!-- end of table -->"
    )
    text = re.sub(
        rf"<!-- table: {command} -->.*?<!-- end of table -->", lambda _: block, text, flags=re.S
    )
    PAGE.write_text(text)


if __name__ == "__main__":
    sys.exit(main())
