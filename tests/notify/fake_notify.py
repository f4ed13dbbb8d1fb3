"""A GOV.UK Notify and a mail server of our own on loopback, as strict as the real ones are known to be."""

from __future__ import annotations

import json
import re
import socketserver
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from notifications_python_client.authentication import decode_jwt_token, get_token_issuer

SERVICE = "11111111-2222-4333-8444-555555555555"
SECRET = "99999999-8888-4777-8666-555555555555"
KEY = f"tests-{SERVICE}-{SECRET}"
TEMPLATES = {
    "aaaaaaaa-0000-4000-8000-000000000001": ("email", {"subject", "body"}),
    "aaaaaaaa-0000-4000-8000-000000000002": ("sms", {"body"}),
    "aaaaaaaa-0000-4000-8000-000000000003": ("letter", {"subject", "body"}),
    "aaaaaaaa-0000-4000-8000-000000000004": ("email", {"subject", "body"}),
}
EMAIL, TEXT, LETTER, WELSH_EMAIL = TEMPLATES
SETTING = json.dumps(
    {"general": {"email": {"en": EMAIL, "cy": WELSH_EMAIL}, "text": TEXT, "letter": LETTER}}
)


class FakeNotify(ThreadingHTTPServer):
    """Keeps notifications; `failures` are status codes to answer before doing anything (or after: 'lost')."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.notifications: dict[str, dict[str, Any]] = {}
        self.failures: list[int | str] = []
        self.requests = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: FakeNotify
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        pass

    def _answer(self, code: int, body: Any) -> None:
        data = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _error(self, code: int, message: str) -> None:
        errors = [{"error": "BadRequestError", "message": message}]
        self._answer(code, {"status_code": code, "errors": errors})

    def _may(self) -> bool:
        self.server.requests += 1
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        try:
            if get_token_issuer(token) == SERVICE and decode_jwt_token(token, SECRET):
                return True
        except Exception:  # any fault in a token is one answer
            pass
        self._error(403, "Invalid token")
        return False

    def do_GET(self) -> None:
        if not self._may():
            return
        parts = urlsplit(self.path)
        if parts.path == "/v2/notifications":
            reference = parse_qs(parts.query).get("reference", [""])[0]
            found = [n for n in self.server.notifications.values() if n["reference"] == reference]
            self._answer(200, {"notifications": found, "links": {"current": self.path}})
            return
        found_one = self.server.notifications.get(parts.path.rpartition("/")[2])
        if found_one is None:
            self._error(404, "No result found")
        else:
            self._answer(200, found_one)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self._may():
            return
        failure = self.server.failures.pop(0) if self.server.failures else None
        if isinstance(failure, int):
            self._error(failure, "Rate limit exceeded" if failure == 429 else "Internal error")
            return
        kind = self.path.rpartition("/")[2]
        template = TEMPLATES.get(body.get("template_id"))
        given = set(body.get("personalisation", {}))
        if template is None or template[0] != kind:
            self._error(400, "Template not found")
            return
        lines = {key for key in given if re.fullmatch(r"address_line_[1-7]", key)}
        if given - lines != template[1] or bool(lines) != (kind == "letter"):
            self._error(400, "Missing or unknown personalisation")
            return
        if kind == "email" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.\w+", body["email_address"]):
            self._error(400, "email_address Not a valid email address")
            return
        if kind == "sms" and not re.fullmatch(r"\+447\d{9}", body["phone_number"]):
            self._error(400, "phone_number Not a valid phone number")
            return
        number = str(uuid.uuid4())
        self.server.notifications[number] = {
            "id": number,
            "reference": body.get("reference"),
            "status": "created",
            "type": kind,
            "sent": body,
        }
        if failure == "lost":
            self.close_connection = True
            self.connection.close()
            return
        self._answer(201, {"id": number, "reference": body.get("reference")})


@contextmanager
def fake_notify() -> Iterator[FakeNotify]:
    """A running Notify."""
    server = FakeNotify()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


class FakeMailServer(socketserver.ThreadingTCPServer):
    """A mail server that keeps what it takes; `refuse` gives the answer to a recipient."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Mail)
        self.mails: list[EmailMessage] = []
        self.refuse: dict[str, str] = {}


class _Mail(socketserver.StreamRequestHandler):
    server: FakeMailServer

    def handle(self) -> None:
        self._say("220 loopback")
        while line := self.rfile.readline():
            words = line.decode().strip()
            verb = words[:4].upper()
            if verb == "EHLO":
                self._say("250 loopback")
            elif verb == "RCPT":
                address = words.partition("<")[2].rstrip(">")
                self._say(self.server.refuse.get(address, "250 ok"))
            elif verb == "DATA":
                self._say("354 go on")
                lines = []
                while (part := self.rfile.readline()) not in (b".\r\n", b""):
                    lines.append(part[1:] if part.startswith(b"..") else part)
                mail = message_from_bytes(b"".join(lines), policy=policy.default)
                assert isinstance(mail, EmailMessage)
                self.server.mails.append(mail)
                self._say("250 ok")
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _say(self, words: str) -> None:
        self.wfile.write(words.encode() + b"\r\n")


@contextmanager
def fake_mail_server() -> Iterator[FakeMailServer]:
    """A running mail server."""
    server = FakeMailServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
