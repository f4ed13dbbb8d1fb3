"""A real worker is killed again and again while webhooks go out: each event is told, under one id."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from tests.house import House

pytestmark = [pytest.mark.storm, pytest.mark.soak]


def test_kills_lose_no_webhook() -> None:
    got: list[tuple[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            got.append((self.headers["webhook-id"], body["data"]["reference"]))
            self.send_response(500 if len(got) % 2 else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    house = House.build(MOOTHALL_WEBHOOK_NETWORKS="127.0.0.0/8")
    try:
        key = house.moothall(
            "api", "key", "make", "Storm", "--owner", "asha.merrow@wealdmere.example",
            "--scope", "cases:open", "--scope", "webhooks:manage",
        ).split()[-1]  # fmt: skip
        session = requests.Session()
        session.headers["Authorization"] = f"Bearer {key}"
        url = f"http://127.0.0.1:{server.server_port}/"
        made = session.post(
            f"{house.url}/api/v1/webhooks",
            json={"name": "Storm", "url": url, "events": ["case.opened"]},
        )
        assert made.status_code == 201, made.text
        told, killed = set(), 0
        for number in range(12):
            answer = session.post(
                f"{house.url}/api/v1/cases",
                headers={"Idempotency-Key": f"storm-{number}"},
                json={
                    "service": "missed_bin",
                    "channel": "phone",
                    "answers": {
                        "address": {"uprn": "990000000001"},
                        "bin": "refuse",
                        "missed_on": time.strftime("%Y-%m-%d"),
                        "was_out": True,
                        "where_left": f"Gate {number}",
                        "name": "Robin Sallow",
                        "tell_me_by": "email",
                        "email": "robin.sallow@example.org",
                    },
                },
            )
            assert answer.status_code == 201, answer.text
            told.add(answer.json()["reference"])
            if house.pids("worker"):  # it is started again in a moment
                house.kill_one("worker")
                killed += 1
        until = time.monotonic() + 150
        while {reference for _, reference in got} != told and time.monotonic() < until:
            time.sleep(0.2)
        assert {reference for _, reference in got} == told
        assert len({one for one, _ in got}) == len(told)
        assert killed > 1
    finally:
        house.close()
        server.shutdown()
        server.server_close()
