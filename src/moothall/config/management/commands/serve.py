"""`moothall serve`: the web server and the worker, watched together."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from moothall.config import metrics


def _claim(host: str, port: int) -> None:
    """Say so in plain words when somebody listens on the port already."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Port {port} is in use. Stop what listens there, or choose another: PORT={port + 1} make run"
            ) from error


class Command(BaseCommand):
    """Start granian (WSGI) and a worker; stop both on SIGTERM or Ctrl-C; start again what dies."""

    help = "Serve the council: web server and background worker together."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Port, processes and threads; by default PORT, two and four."""
        parser.add_argument("--port", type=int, default=settings.PORT)
        parser.add_argument("--host", default=os.environ.get("MOOTHALL_LISTEN", "127.0.0.1"))
        workers = os.environ.get("MOOTHALL_SERVE_WORKERS") or min(4, os.cpu_count() or 1)
        parser.add_argument("--workers", type=int, default=int(workers))
        threads = os.environ.get("MOOTHALL_SERVE_THREADS") or 4
        parser.add_argument("--threads", type=int, default=int(threads))
        parser.add_argument("--no-worker", action="store_true", help="web server alone")
        parser.add_argument("--quiet", action="store_true", help="do not print the sign-ins")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until told to stop. Raises CommandError when the port is taken."""
        _claim(options["host"], options["port"])
        commands = {"web": self._web(options)}
        if not options["no_worker"]:
            commands["worker"] = [sys.executable, "-m", "moothall", "worker"]
        environment = {**os.environ, "PORT": str(options["port"])}
        folder = metrics.shared_folder(settings.HOME, options["port"])
        environments = {"web": {**environment, metrics.SHARED: str(folder)}, "worker": environment}
        running: dict[str, subprocess.Popen[bytes]] = {}
        stopping = False

        def stop(signum: int, frame: FrameType | None) -> None:
            nonlocal stopping
            stopping = True

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)

        for name, command in commands.items():
            running[name] = subprocess.Popen(command, env=environments[name])  # noqa: S603  our own commands
        if not options["quiet"]:
            self._welcome(options)
        try:
            while not stopping:
                time.sleep(0.3)
                for name, process in list(running.items()):
                    if process.poll() is not None and not stopping:
                        self.stderr.write(f"The {name} process ended; starting it again.")
                        time.sleep(1)
                        running[name] = subprocess.Popen(  # noqa: S603
                            commands[name], env=environments[name]
                        )
        finally:
            for process in running.values():
                with contextlib.suppress(ProcessLookupError):
                    process.terminate()
            for process in running.values():
                try:
                    process.wait(timeout=15)
                except subprocess.TimeoutExpired:
                    process.kill()
            metrics.remove(folder)

    def _web(self, options: dict[str, Any]) -> list[str]:
        return [
            sys.executable,
            "-m",
            "granian",
            "--interface",
            "wsgi",
            "--host",
            options["host"],
            "--port",
            str(options["port"]),
            "--workers",
            str(options["workers"]),
            "--blocking-threads",
            str(options["threads"]),
            "--backlog",
            "1024",
            "--respawn-failed-workers",
            "--no-ws",
            "--log-level",
            "warning",
            "moothall.config.wsgi:application",
        ]

    def _welcome(self, options: dict[str, Any]) -> None:
        from moothall.packs.queries import council

        self.stdout.write("")
        self.stdout.write(f"  {council().name} is at http://localhost:{options['port']}/")
        if settings.DEMONSTRATION:
            from django.core.management import call_command

            self.stdout.write("")
            call_command("sign_ins")
        self.stdout.write("  Stop with Ctrl-C.")
        self.stdout.write("")
        self.stdout.flush()
