"""Virus scan: an optional ClamAV daemon, by its INSTREAM command. Without one, nothing is scanned."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from typing import Protocol

from django.conf import settings

SECONDS = 30
"""For the whole conversation: a scanner that trickles is away."""
LONGEST = 10_000
"""Bytes of an answer; a verdict is one line."""
CHUNK = 65_536


class Infected(Exception):
    """A virus was found."""


class ScannerAway(Exception):
    """The scanner does not answer, so that the upload cannot be taken now."""


class TooBig(Exception):
    """The scanner takes no file of this size (StreamMaxLength in clamd.conf)."""


class Scanner(Protocol):
    """Something that knows viruses."""

    def scan(self, data: bytes) -> None:
        """Return for a clean upload. Raises Infected, TooBig or ScannerAway."""
        ...

    def is_there(self) -> bool:
        """Return whether it answers."""
        ...


class NoScanner:
    """Takes everything: the stand-in where no scanner is set."""

    def scan(self, data: bytes) -> None:
        """Do nothing."""

    def is_there(self) -> bool:
        """Return True."""
        return True


class Clamd:
    """A ClamAV daemon at `host:port`, or at the path of a socket."""

    def __init__(self, address: str) -> None:
        self.address = address

    def scan(self, data: bytes) -> None:
        """Send the upload in chunks and read the verdict."""
        parts = [b"zINSTREAM\0"]
        for at in range(0, len(data), CHUNK):
            chunk = data[at : at + CHUNK]
            parts += [struct.pack("!L", len(chunk)), chunk]
        parts.append(struct.pack("!L", 0))
        answer = self._ask(parts)
        if answer.endswith("FOUND"):
            raise Infected
        if "size limit exceeded" in answer:
            raise TooBig
        if not answer.endswith("OK"):
            raise ScannerAway(answer)

    def is_there(self) -> bool:
        """Send PING."""
        try:
            return self._ask([b"zPING\0"]) == "PONG"
        except ScannerAway:
            return False

    def _ask(self, parts: list[bytes]) -> str:
        until = time.monotonic() + SECONDS
        answer = b""
        try:
            with self._connect() as line:
                # A scanner that has seen enough answers and hangs up before all is sent.
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    for part in parts:
                        line.settimeout(_left(until))
                        line.sendall(part)
                while not answer.endswith(b"\0") and len(answer) < LONGEST:
                    line.settimeout(_left(until))
                    if not (more := line.recv(4096)):
                        break
                    answer += more
        except OSError as error:
            raise ScannerAway(type(error).__name__) from error
        return answer.rstrip(b"\0").decode(errors="replace").strip()

    def _connect(self) -> socket.socket:
        if self.address.startswith("/"):
            line = socket.socket(socket.AF_UNIX)
            line.settimeout(SECONDS)
            line.connect(self.address)
            return line
        host, _, port = self.address.rpartition(":")
        return socket.create_connection((host, int(port)), timeout=SECONDS)


def _left(until: float) -> float:
    """Return the seconds left until a moment. Raises TimeoutError when there are none."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError("The scanner is slow.")
    return left


def scanner() -> Scanner:
    """Return the scanner that the setting VIRUS_SCAN names, or one that takes everything."""
    return Clamd(settings.VIRUS_SCAN) if settings.VIRUS_SCAN else NoScanner()
