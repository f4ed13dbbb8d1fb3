"""Makes an upload safe to keep: pictures are drawn anew, PDFs lose scripts and metadata.

Runs as a program of its own, with limits on memory and time, because it opens what strangers made:
`python clean.py image/jpeg < upload > cleaned`. It imports nothing of Moothall. The first line of its
error output is one word for why it refused (damaged, large, password, macros); its exit status is
then 3. The first line of a success names the type of what it wrote.
"""

from __future__ import annotations

import resource
import sys
import warnings
import zipfile
from collections.abc import Callable
from io import BytesIO
from typing import Any

MEMORY = 900_000_000
SECONDS = 25
PIXELS = 80_000_000
LONGEST_SIDE = 5000
PAGES = 500
UNPACKED = 120_000_000
PARTS = 3000

JPEG, PNG, WEBP, GIF, PDF = "image/jpeg", "image/png", "image/webp", "image/gif", "application/pdf"
HEIC = "image/heic"
"""Photos of an iPhone, and what else is in the same box (HEIF). They become JPEG."""
_OFFICE = "application/vnd.openxmlformats-officedocument."
DOCX = _OFFICE + "wordprocessingml.document"
XLSX = _OFFICE + "spreadsheetml.sheet"


class Refuse(Exception):
    """The upload is not taken; the text is one word for why."""


def picture(data: bytes) -> tuple[str, bytes]:
    """Return the picture drawn anew: turned upright, in ordinary colours, with nothing but its pixels."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    formats = ["JPEG", "PNG", "WEBP", "GIF"]
    if data[4:8] == b"ftyp":
        import pillow_heif

        pillow_heif.register_heif_opener(thumbnails=False, decode_threads=1)
        formats = ["HEIF"]
    try:
        with Image.open(BytesIO(data), formats=formats) as opened:
            if opened.width * opened.height > PIXELS:
                raise Refuse("large")
            was_jpeg = opened.format in {"JPEG", "HEIF"}
            if opened.format == "JPEG" and max(opened.size) > 2 * LONGEST_SIDE:
                opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            opened.load()
            image: Any = ImageOps.exif_transpose(opened)
            image = _plain_colours(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refuse("large") from error
    if max(image.size) > LONGEST_SIDE:
        image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    written = BytesIO()
    if was_jpeg or (image.mode == "RGB" and _is_photo(data)):
        image.convert("RGB").save(written, "JPEG", quality=88)
        return JPEG, written.getvalue()
    image.save(written, "PNG")
    return PNG, written.getvalue()


def _is_photo(data: bytes) -> bool:
    return data[8:12] == b"WEBP"


def _plain_colours(image: Any) -> Any:
    from PIL import Image, ImageCms

    if image.mode.startswith("I"):
        # 16 bits of grey: Pillow would show all but the darkest as white.
        image = image.point(lambda value: value / 256).convert("L")
    see_through = "A" in image.mode or "transparency" in image.info
    profile = image.info.get("icc_profile")
    plain = image.convert("RGBA" if see_through else "RGB")
    if profile and image.mode in {"RGB", "CMYK"}:
        try:
            turned = ImageCms.profileToProfile(
                image,
                ImageCms.ImageCmsProfile(BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                outputMode="RGB",
            )
            plain = turned or plain
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # A broken profile: the plain colours are close enough.
    fresh = Image.new(plain.mode, plain.size)
    fresh.paste(plain)
    return fresh


# What makes a PDF do things, or says who made it. Dropped wherever it stands.
KEYS = frozenset(
    [
        "/AA",
        "/OpenAction",
        "/JS",
        "/JavaScript",
        "/XFA",
        "/Metadata",
        "/PieceInfo",
        "/EF",
        "/EmbeddedFiles",
        "/AF",
        "/RichMediaContent",
        "/RichMediaSettings",
        "/Perms",
        "/LastModified",
        "/Launch",
        "/Renditions",
        "/3DD",
    ]
)
ACTIONS = frozenset(
    [
        "/JavaScript",
        "/Launch",
        "/SubmitForm",
        "/ImportData",
        "/ResetForm",
        "/GoToR",
        "/GoToE",
        "/GoTo3DView",
        "/Movie",
        "/Sound",
        "/Rendition",
        "/RichMediaExecute",
        "/SetOCGState",
        "/Thread",
        "/Trans",
        "/Hide",
        "/Named",
    ]
)
ANNOTATIONS = frozenset(
    [
        "/FileAttachment",
        "/Movie",
        "/Sound",
        "/Screen",
        "/3D",
        "/RichMedia",
        "/PrinterMark",
        "/TrapNet",
        "/Watermark",
    ]
)


def pdf(data: bytes) -> tuple[str, bytes]:
    """Return the PDF's pages in a new file, without scripts, actions, attachments and metadata."""
    import logging

    from pypdf import PdfReader, PdfWriter

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    reader = PdfReader(BytesIO(data), strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        raise Refuse("password")
    if not 0 < len(reader.pages) <= PAGES:
        raise Refuse("large" if len(reader.pages) else "damaged")
    writer = PdfWriter()
    seen: set[int] = set()
    for page in reader.pages:
        _strip(writer.add_page(page), seen)
    writer.metadata = None
    written = BytesIO()
    writer.write(written)
    return PDF, written.getvalue()


def _strip(root: Any, seen: set[int]) -> None:
    from pypdf.generic import ArrayObject, DictionaryObject, StreamObject

    waiting = [root]
    while waiting:
        item = waiting.pop()
        item = item.get_object() if hasattr(item, "get_object") else item
        if item is None or id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, DictionaryObject):
            for key in list(item):
                if key in KEYS or _acts(item[key]):
                    del item[key]
            if isinstance(item, StreamObject):
                _strip_photo(item)
            waiting += [item.raw_get(key) for key in item]
        elif isinstance(item, ArrayObject):
            kept = [part for part in item if not _acts(part.get_object())]
            if len(kept) != len(item):
                item[:] = kept
            waiting += kept


def _acts(value: Any) -> bool:
    from pypdf.generic import DictionaryObject

    value = value.get_object() if hasattr(value, "get_object") else value
    if not isinstance(value, DictionaryObject):
        return False
    return value.get("/S") in ACTIONS or value.get("/Subtype") in ANNOTATIONS


def _strip_photo(stream: Any) -> None:
    """Take the camera's notes (place, time, maker) out of a photo inside a PDF."""
    filters = stream.get("/Filter")
    filters = filters if isinstance(filters, list) else [filters]
    raw = getattr(stream, "_data", None)  # pypdf has no public way to a photo's own bytes
    if filters == ["/DCTDecode"] and isinstance(raw, bytes):
        stream._data = without_camera_notes(raw)


def without_camera_notes(data: bytes) -> bytes:
    """Return a JPEG without its application segments, but those by which its colours are read."""
    if data[:2] != b"\xff\xd8":
        return data
    kept, at = [data[:2]], 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xDA:
            break
        length = 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        notes = 0xE1 <= marker <= 0xEF and marker not in {0xE2, 0xEE}
        if not notes and marker != 0xFE:
            kept.append(data[at : at + length])
        at += length
    return b"".join([*kept, data[at:]])


_NEVER_IN_OFFICE = ("vba", "activex", "embeddings/", "macrosheets/", "dialogsheets/")
_EMPTY_CORE = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    b'<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/'
    b'core-properties"/>'
)
_PROPERTIES = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    b'<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/%s-properties"/>'
)
_ABOUT_THE_AUTHOR = {
    "docProps/core.xml": _EMPTY_CORE,
    "docProps/app.xml": _PROPERTIES % b"extended",
    "docProps/custom.xml": _PROPERTIES % b"custom",
}
"""Parts of an office file that say who made it, for whom and where; emptied."""


def office(kind: str) -> Callable[[bytes], tuple[str, bytes]]:
    """Return the cleaner of Word or Excel files: packed anew, without macros, without author."""

    def cleaned(data: bytes) -> tuple[str, bytes]:
        with zipfile.ZipFile(BytesIO(data)) as old:
            parts = old.infolist()
            if len(parts) > PARTS or sum(part.file_size for part in parts) > UNPACKED:
                raise Refuse("large")
            names = {part.filename.lower() for part in parts}
            if any(".." in name.split("/") or name.startswith("/") for name in names):
                raise Refuse("damaged")
            if any(wicked in name for name in names for wicked in _NEVER_IN_OFFICE):
                raise Refuse("macros")
            # Excel keeps the settings of a printer so, in ordinary files.
            if any(name.endswith(".bin") and "printersettings" not in name for name in names):
                raise Refuse("macros")
            types = old.read("[Content_Types].xml")
            if b"macroEnabled" in types:
                raise Refuse("macros")
            written = BytesIO()
            with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
                for part in parts:
                    body = old.read(part)
                    if part.filename in _ABOUT_THE_AUTHOR:
                        body = _ABOUT_THE_AUTHOR[part.filename]
                    elif part.filename.lower().endswith((".jpg", ".jpeg")):
                        body = without_camera_notes(body)
                    new.writestr(zipfile.ZipInfo(part.filename), body)
        return kind, written.getvalue()

    return cleaned


CLEANERS: dict[str, Callable[[bytes], tuple[str, bytes]]] = {
    JPEG: picture,
    PNG: picture,
    WEBP: picture,
    GIF: picture,
    HEIC: picture,
    PDF: pdf,
    DOCX: office(DOCX),
    XLSX: office(XLSX),
}


def main(kind: str) -> int:
    """Clean standard input to standard output."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    data = sys.stdin.buffer.read()
    try:
        made, body = CLEANERS[kind](data)
    except Refuse as error:
        sys.stderr.write(f"{error}\n")
        return 3
    except MemoryError:
        sys.stderr.write("large\n")
        return 3
    except Exception:  # whatever a stranger's file makes a parser do, it is a damaged file
        sys.stderr.write("damaged\n")
        return 3
    sys.stderr.write(f"{made}\n")
    sys.stdout.buffer.write(body)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
