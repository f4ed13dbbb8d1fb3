"""What people upload in the demonstration: a small grey photo and an empty page."""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

from PIL import Image
from pypdf import PdfWriter

from moothall.files import actions as files
from moothall.files import store
from moothall.files.models import StoredFile


def _photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 240), (150, 150, 150)).save(out, "JPEG", quality=60)
    return out.getvalue()


def _paper() -> bytes:
    out = io.BytesIO()
    writer = PdfWriter()
    writer.add_blank_page(width=595, height=842)
    writer.write(out)
    return out.getvalue()


MAKERS: dict[str, Callable[[], bytes]] = {"photo": _photo, "paper": _paper}


class Samples:
    """Gives stored files to drafts and cases.

    The first of each kind goes through the checks that an upload goes through; the rest are copies
    of what came out, since checking the same file 700 times takes a minute.
    """

    def __init__(self) -> None:
        self._checked: dict[str, tuple[StoredFile, bytes]] = {}

    def give(self, kind: str, name: str, owner: str, at: datetime) -> dict[str, Any]:
        """A file of the owner's, in the JSON form of an answer. `kind`: photo or paper."""
        if kind not in self._checked:
            made = files.receive(io.BytesIO(MAKERS[kind]()), owner=owner, name=name, now=at)
            self._checked[kind] = made, store.path_of(made.stored_as).read_bytes()
            return dict(made.as_answer())
        checked, body = self._checked[kind]
        copy = StoredFile.objects.create(
            public_id=secrets.token_urlsafe(18),
            owner=owner,
            name=name,
            type=checked.type,
            size=checked.size,
            sha256=checked.sha256,
            stored_as=store.write(body),
            received_at=at,
        )
        return dict(copy.as_answer())
