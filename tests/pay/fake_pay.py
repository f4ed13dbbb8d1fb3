"""A GOV.UK Pay of our own on loopback that keeps the published contract of its API."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "api_test_of_ours"
FIELDS: dict[str, type] = {
    "amount": int,
    "reference": str,
    "description": str,
    "return_url": str,
    "language": str,
    "moto": bool,
    "metadata": dict,
    "delayed_capture": bool,
    "email": str,
}
OVER = {"success", "failed", "cancelled", "error"}


class FakePay(ThreadingHTTPServer):
    """Keeps payments; `failures` are codes to answer before ('lost': after) doing what was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.payments: dict[str, dict[str, Any]] = {}
        self.bodies: dict[str, dict[str, Any]] = {}
        self.by_key: dict[str, str] = {}
        self.refunds: dict[str, list[dict[str, Any]]] = {}
        self.failures: list[int | str] = []
        self.refund_status = "success"
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def end(self, payment_id: str, status: str, code: str = "") -> None:
        """What the person does on Pay's own page."""
        state = {"status": status, "finished": status in OVER}
        if code:
            state["code"] = code
        self.payments[payment_id]["state"] = state
        if status in OVER:
            self.payments[payment_id]["_links"]["next_url"] = None


class _Handler(BaseHTTPRequestHandler):
    server: FakePay
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        pass

    def _answer(self, code: int, body: Any) -> None:
        data = b"" if body is None else json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _error(self, http: int, code: str, description: str, field: str = "") -> None:
        body = {"code": code, "description": description}
        self._answer(http, {**body, "field": field} if field else body)

    def do_GET(self) -> None:
        self._serve(None)

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self._serve(json.loads(self.rfile.read(length)) if length else {})

    def _serve(self, body: dict[str, Any] | None) -> None:
        if self.headers.get("Authorization") != f"Bearer {KEY}":
            self._answer(401, {"code": "P0900", "description": "Credentials are required"})
            return
        with self.server.lock:
            failure = self.server.failures.pop(0) if self.server.failures else None
            if isinstance(failure, int):
                self._error(failure, "P0900", "Too many requests or an error")
                return
            if failure == "lost":
                self._answer = self._drop  # type: ignore[method-assign]
            parts = self.path.strip("/").split("/")
            assert parts[:2] == ["v1", "payments"]
            if len(parts) == 2:
                self._create(body or {})
                return
            payment = self.server.payments.get(parts[2])
            if payment is None:
                self._error(404, "P0200", "Not found")
            elif len(parts) == 3:
                self._answer(200, payment)
            elif parts[3] == "cancel":
                self._cancel(payment)
            elif body is None:
                refunds = self.server.refunds[parts[2]]
                self._answer(200, {"payment_id": parts[2], "_embedded": {"refunds": refunds}})
            else:
                self._refund(payment, body)

    def _drop(self, code: int, body: Any) -> None:
        self.close_connection = True
        self.connection.close()

    def _create(self, body: dict[str, Any]) -> None:
        for field, value in body.items():
            if field not in FIELDS or type(value) is not FIELDS[field]:
                self._error(400, "P0102", "Invalid attribute value", field)
                return
        for field in ("amount", "reference", "description", "return_url"):
            if field not in body:
                self._error(400, "P0101", "Missing mandatory attribute", field)
                return
        right = (
            1 <= body["amount"] <= 10_000_000
            and 1 <= len(body["reference"]) <= 255
            and 1 <= len(body["description"]) <= 255
            and body["return_url"].startswith("http")
            and body.get("language", "en") in {"en", "cy"}
        )
        if not right:
            self._error(422, "P0102", "Invalid attribute value", "amount")
            return
        key = self.headers.get("Idempotency-Key", "")
        known = self.server.by_key.get(key) if key else None
        if known:
            if self.server.bodies[known] != body:
                self._error(409, "P0191", "The Idempotency-Key was used with another body")
            else:
                self._answer(200, self.server.payments[known])
            return
        number = uuid.uuid4().hex[:26]
        self.server.bodies[number] = body
        self.server.refunds[number] = []
        self.server.by_key[key] = number
        self.server.payments[number] = {
            "payment_id": number,
            "amount": body["amount"],
            "reference": body["reference"],
            "description": body["description"],
            "state": {"status": "created", "finished": False},
            "_links": {"next_url": {"href": f"{self.server.url}/secure/{number}", "method": "GET"}},
        }
        self._answer(201, self.server.payments[number])

    def _cancel(self, payment: dict[str, Any]) -> None:
        if payment["state"]["status"] in OVER:
            self._error(400, "P0501", "Cancellation of payment failed")
            return
        self.server.end(payment["payment_id"], "cancelled", "P0040")
        self._answer(204, None)

    def _refund(self, payment: dict[str, Any], body: dict[str, Any]) -> None:
        refunds = self.server.refunds[payment["payment_id"]]
        left = payment["amount"] - sum(r["amount"] for r in refunds if r["status"] != "error")
        if payment["state"]["status"] != "success" or not 1 <= body["amount"] <= left:
            self._error(400, "P0603", "The refund amount is greater than what is available")
            return
        if body["refund_amount_available"] != left:
            self._error(412, "P0604", "Refund amount available mismatch")
            return
        refund = {
            "refund_id": uuid.uuid4().hex[:26],
            "amount": body["amount"],
            "status": self.server.refund_status,
            "created_date": f"2031-01-01T00:00:{len(refunds):02d}Z",
        }
        refunds.append(refund)
        self._answer(202, refund)


@contextmanager
def fake_pay() -> Iterator[FakePay]:
    """A running Pay."""
    server = FakePay()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
