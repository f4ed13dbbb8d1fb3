"""The stand-in provider on loopback, in a thread: what it tells is what a test wants it to."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from moothall.people.stand_in_provider import Persona, StandIn, parsed


class ProviderServer:
    """A provider that runs: `stand_in` may be changed while it does."""

    def __init__(self, *, one_login: bool = False, **more: Any) -> None:
        used: set[str] = set()

        def once(code: str) -> bool:
            fresh = code not in used
            used.add(code)
            return fresh

        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args: Any) -> None:
                """Say nothing."""

            def _answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                form = parsed(self.rfile.read(length).decode())
                where = urlsplit(self.path)
                outer.asked.append(where.path)
                if outer.broken:
                    self.send_response(outer.broken)
                    self.end_headers()
                    return
                told = outer.stand_in.handle(
                    self.command, where.path, parsed(where.query), form, dict(self.headers)
                )
                self.send_response(told.status)
                self.send_header("Content-Type", told.kind)
                for name, value in told.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(told.body.encode())

            do_GET = do_POST = _answer

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.asked: list[str] = []
        self.broken = 0
        self.stand_in = StandIn(
            issuer=self.url, secret="a secret", personas=[], once=once, one_login=one_login, **more
        )
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def people(self, *personas: Persona) -> None:
        """Who can sign in at it."""
        self.stand_in.personas = list(personas)

    def goes_there(self, address: str, who: str, play: str = "", **changed: str) -> dict[str, str]:
        """What a browser brings back after the person did `play` at `address`."""
        query = {key: values[-1] for key, values in parse_qs(urlsplit(address).query).items()}
        page = self.stand_in.handle("GET", "/authorize", query, {}, {})
        assert page.status == 200, page
        assert "proves nothing" in page.body
        form = {**query, "who": who, "play": play, **changed}
        back = self.stand_in.handle("POST", "/authorize", {}, form, {})
        assert back.status == 303, back
        return parsed(urlsplit(back.headers["Location"]).query)

    def close(self) -> None:
        """Stop it."""
        self.server.shutdown()
        self.server.server_close()


def query(told: dict[str, str]) -> str:
    """As an address carries it."""
    return urlencode(told)
