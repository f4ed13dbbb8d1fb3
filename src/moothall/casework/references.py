"""References that people read out: `WM-7K3-9QF`. No vowels (no words), nothing that looks alike."""

from __future__ import annotations

import re
import secrets

ALPHABET = "234679CDFGHJKMNPQRTVWX"
"""22 signs: without vowels and Y, 0 1 5 8 (read as O I S B), B L S Z."""
LENGTH = 6
_SHAPE = re.compile(rf"([A-Z]{{1,3}})-?([{ALPHABET}]{{3}})-?([{ALPHABET}]{{3}})\Z")


def new_reference(prefix: str) -> str:
    """A new reference with the council's prefix; the caller's unique constraint settles chance repeats."""
    signs = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return f"{prefix}-{signs[:3]}-{signs[3:]}"


def tidy(text: str) -> str:
    """A reference as it is kept, from what someone typed; empty when it cannot be one."""
    found = _SHAPE.match(re.sub(r"[^A-Z0-9-]", "", text.upper()))
    return "-".join(found.groups()) if found else ""
