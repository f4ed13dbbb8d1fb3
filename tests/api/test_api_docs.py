"""docs/api.md says what is so: its commands run, its code checks a signature."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest

from moothall.api import signing
from moothall.api.api import api
from moothall.api.contract import OPERATIONS

assert api  # puts the operations together
PAGE = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text()


def test_the_code_for_signatures_works() -> None:
    code = next(
        one for one in re.findall(r"```\n(.*?)```", PAGE, re.DOTALL) if "def is_ours" in one
    )
    space: dict[str, Any] = {}
    exec(code, space)
    secret, now = signing.new_secret(), int(time.time())
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(now)}
    old = signing.new_secret()
    headers["webhook-signature"] = signing.signatures([old, secret], "msg_1", now, "{}")
    assert space["is_ours"](secret, headers, b"{}")
    assert not space["is_ours"](secret, headers, b"{ }")
    assert not space["is_ours"](signing.new_secret(), headers, b"{}")
    late = {**headers, "webhook-timestamp": str(now - 1000)}
    assert not space["is_ours"](secret, late, b"{}")
    assert len(code.strip().splitlines()) <= 12


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\$API(/[^\s\"?]*)", PAGE))))
def test_the_addresses_in_the_page_are_there(path: str) -> None:
    known = [re.sub(r"\{[^}]+\}", "[^/]+", one.path) + r"\Z" for one in OPERATIONS.values()]
    assert any(re.match(one, path) for one in known), path
