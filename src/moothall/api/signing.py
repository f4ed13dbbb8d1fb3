"""Signatures of webhooks after Standard Webhooks 1.0, and how their secrets are kept.

A secret must be read again to sign with it, so it is kept encrypted under a key that is made from the
council's SECRET_KEY: a copy of the database alone signs nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PREFIX: Final = "whsec_"


def new_secret() -> str:
    """A secret as it is given out: `whsec_` and 32 random bytes in Base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


@lru_cache(maxsize=4)
def _box(key: str) -> Fernet:
    made = HKDF(SHA256(), 32, None, b"moothall webhooks 1").derive(key.encode())
    return Fernet(base64.urlsafe_b64encode(made))


def locked(secret: str) -> str:
    """The secret as the database keeps it."""
    return _box(settings.SECRET_KEY).encrypt(secret.encode()).decode()


def opened(kept: str) -> str:
    """The secret again; empty where it was kept under another SECRET_KEY."""
    try:
        return _box(settings.SECRET_KEY).decrypt(kept.encode()).decode()
    except InvalidToken:
        return ""


def signature(secret: str, message_id: str, timestamp: int, body: str) -> str:
    """One signature: `v1,` and the HMAC-SHA256 of `id.timestamp.body` in Base64."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    told = f"{message_id}.{timestamp}.{body}".encode()
    return "v1," + base64.b64encode(hmac.new(key, told, hashlib.sha256).digest()).decode()


def signatures(keys: Iterable[str], message_id: str, timestamp: int, body: str) -> str:
    """The header: one signature for each secret, with spaces between."""
    return " ".join(signature(one, message_id, timestamp, body) for one in keys if one)
