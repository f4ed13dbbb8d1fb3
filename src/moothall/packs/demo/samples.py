"""Two tiny files that stand for what people upload: a grey photo and an empty page."""

from __future__ import annotations

import io

from PIL import Image
from pypdf import PdfWriter


def _jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (32, 24), (150, 150, 150)).save(out, "JPEG", quality=60)
    return out.getvalue()


def _pdf() -> bytes:
    out = io.BytesIO()
    writer = PdfWriter()
    writer.add_blank_page(width=200, height=280)
    writer.write(out)
    return out.getvalue()


JPEG = _jpeg()
PDF = _pdf()
