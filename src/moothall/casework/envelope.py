"""The envelope of an event: canonical text, seals, digests, and what is wrong with a chain. Pure.

docs/ledger.md is the standard; a change here is a new envelope, not an edit of this one.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from moothall.language import canonical_json

FIRST: Final = "0" * 64
"""What stands for the digest before the first event."""
SALT_BYTES: Final = 16
ERASING: Final = frozenset({"redacted", "anonymised"})

_FIELD = b"moothall field 1\n"
_EVENT = b"moothall event 1\n"


canonical = canonical_json
"""The one way to write a value down (docs/language.md)."""


def written(value: Any) -> str:
    """The same text as `canonical`, sooner, for a value that was just read from JSON."""
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text if unicodedata.is_normalized("NFC", text) else canonical(value)


def new_salt() -> str:
    """A salt for one field: 16 random bytes in hexadecimal."""
    return secrets.token_hex(SALT_BYTES)


def seal(salt: str, value: Any) -> str:
    """The seal of one field's value under its salt."""
    return _seal(salt, canonical(value))


def _seal(salt: str, text: str) -> str:
    return hashlib.sha256(_FIELD + bytes.fromhex(salt) + b"\n" + text.encode()).hexdigest()


def stamp(at: datetime) -> str:
    """The one way to write a time: UTC, to the microsecond."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def event_digest(
    *,
    case: str,
    sequence: int,
    kind: str,
    at: datetime,
    actor_kind: str,
    channel: str,
    seals: Mapping[str, str],
    previous: str,
) -> str:
    """The digest of an event: over its envelope and its fields' seals, never over a value."""
    body = canonical(
        {
            "actor_kind": actor_kind,
            "at": stamp(at),
            "case": case,
            "channel": channel,
            "kind": kind,
            "previous": previous,
            "seals": dict(seals),
            "sequence": sequence,
        }
    )
    return hashlib.sha256(_EVENT + body.encode()).hexdigest()


def sealed(fields: Mapping[str, Any]) -> tuple[str, str, dict[str, str]]:
    """Payload text, salts text, and seals by field, for new `fields`."""
    salts = {name: new_salt() for name in fields}
    seals = {name: seal(salts[name], value) for name, value in fields.items()}
    return canonical(dict(fields)), canonical(salts), seals


@dataclass(frozen=True)
class Link:
    """One event as it lies in the database, texts untouched."""

    sequence: int
    kind: str
    at: datetime
    actor_kind: str
    channel: str
    payload: str
    salts: str
    seals: str
    previous: str
    digest: str


def _texts(texts: Iterable[tuple[str, str]]) -> tuple[dict[str, dict[str, Any]], str]:
    read: dict[str, dict[str, Any]] = {}
    for name, text in texts:
        try:
            value = json.loads(text)
        except ValueError:
            return {}, f"{name} cannot be read."
        if not isinstance(value, dict) or written(value) != text:
            return {}, f"{name} is not in canonical form: it was changed."
        read[name] = value
    return read, ""


@dataclass
class Check:
    """Reads one case's chain event by event; `why` is the first thing wrong, or empty.

    Holds no values: only the names of fields that have a seal and no value, until an erasing event
    names them.
    """

    case: str
    previous: str = FIRST
    sequence: int = 0
    why: str = ""
    broken_at: int = 0
    _unexplained: dict[str, int] = field(default_factory=dict)

    def take(self, link: Link) -> bool:
        """Check the next event. False once something is wrong."""
        if self.why:
            return False
        why = self._wrong(link)
        if why:
            self.why, self.broken_at = why, link.sequence
            return False
        self.sequence, self.previous = link.sequence, link.digest
        return True

    def finish(self, lock_version: int, head_digest: str) -> bool:
        """Check the end of the chain against the case's own row."""
        if not self.why and self._unexplained:
            name = min(self._unexplained, key=lambda one: self._unexplained[one])
            self.broken_at = self._unexplained[name]
            self.why = f"the value of {name.partition(':')[2]} is gone and no event says why."
        elif not self.why and (lock_version, head_digest) != (self.sequence, self.previous):
            self.broken_at = self.sequence
            self.why = (
                f"the case says that its last event is {lock_version}; this is where it ends."
            )
        return not self.why

    def _wrong(self, link: Link) -> str:
        if link.sequence != self.sequence + 1:
            return f"event {self.sequence + 1} is missing."
        if link.previous != self.previous:
            return "it does not follow the event before it."
        read, why = _texts(
            (("the payload", link.payload), ("the salts", link.salts), ("the seals", link.seals))
        )
        if why:
            return why
        payload, salts, seals = read["the payload"], read["the salts"], read["the seals"]
        if set(payload) != set(salts) or not set(payload) <= set(seals):
            return "payload, salts and seals do not have the same fields."
        for name, value in payload.items():
            if not _is_salt(salts[name]) or _seal(salts[name], written(value)) != seals[name]:
                return f"the value of {name} was changed."
        expected = event_digest(
            case=self.case,
            sequence=link.sequence,
            kind=link.kind,
            at=link.at,
            actor_kind=link.actor_kind,
            channel=link.channel,
            seals=seals,
            previous=link.previous,
        )
        if expected != link.digest:
            return "its digest is wrong: the event was changed."
        for name in set(seals) - set(payload):
            self._unexplained[f"{link.sequence}:{name}"] = link.sequence
        if link.kind in ERASING:
            for name in payload.get("fields") or ():
                self._unexplained.pop(str(name), None)
        return ""


def _is_salt(text: Any) -> bool:
    return (
        isinstance(text, str)
        and len(text) == 2 * SALT_BYTES
        and set(text) <= set("0123456789abcdef")
    )
