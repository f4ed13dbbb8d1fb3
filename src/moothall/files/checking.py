"""What an upload is, by its content, and what we say when we do not take it."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import unicodedata
import zipfile
import zlib
from io import BytesIO
from pathlib import Path

import filetype
from django.utils.translation import gettext as _

from moothall.files import clean

SECONDS = 60
"""Wall-clock limit for the cleaner; its own limit on processor time comes first."""

NAMES = {
    clean.JPEG: "JPG",
    clean.PNG: "PNG",
    clean.WEBP: "WebP",
    clean.GIF: "GIF",
    clean.HEIC: "HEIC",
    clean.PDF: "PDF",
    clean.DOCX: "DOCX",
    clean.XLSX: "XLSX",
}
ENDINGS = {
    clean.JPEG: ".jpg",
    clean.PNG: ".png",
    clean.PDF: ".pdf",
    clean.DOCX: ".docx",
    clean.XLSX: ".xlsx",
}
HEIF_BRANDS = frozenset([b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"])
"""Major brands of the boxes in which telephones keep photos (ISO/IEC 23008-12)."""
_turns = threading.BoundedSemaphore(2)


class FileRefused(Exception):
    """The upload is not taken: the text tells the person why and what to do."""


def sniff(data: bytes) -> str:
    """Return the type of `data` by its content, or "" when it is none that we know."""
    if b"%PDF-" in data[:1024]:
        return clean.PDF
    if data[4:8] == b"ftyp" and data[8:12] in HEIF_BRANDS:
        return clean.HEIC
    kind = filetype.guess(data[:4096])
    found = str(kind.mime) if kind else ""
    if found in {"application/zip", clean.DOCX, clean.XLSX}:
        return _packed(data)
    return found


def _packed(data: bytes) -> str:
    try:
        with zipfile.ZipFile(BytesIO(data)) as packed:
            names = set(packed.namelist())
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError):
        return ""
    if "word/document.xml" in names:
        return clean.DOCX
    if "xl/workbook.xml" in names:
        return clean.XLSX
    return ""


def check_kind(data: bytes, accept: tuple[str, ...]) -> str:
    """Return the type of `data` if it is one of `accept`. Raises FileRefused."""
    kind = sniff(data)
    if kind in accept and kind in clean.CLEANERS:
        return kind
    # Where one kind of photo is welcome, a telephone's own kind is too: it becomes a JPEG.
    if kind == clean.HEIC and clean.JPEG in accept:
        return kind
    if kind == "image/avif":
        raise FileRefused(
            _(
                "We cannot read this kind of photo. Take a screenshot of it and upload that, or choose "
                "“Most compatible” in your phone’s camera settings and take the photo again"
            )
        )
    raise FileRefused(_("The selected file must be a %(kinds)s") % {"kinds": _listed(accept)})


def _listed(accept: tuple[str, ...]) -> str:
    names = [NAMES.get(kind, kind) for kind in accept]
    if len(names) == 1:
        return names[0]
    return _("%(several)s or %(last)s") % {"several": ", ".join(names[:-1]), "last": names[-1]}


def cleaned(data: bytes, kind: str) -> tuple[str, bytes]:
    """Return the type and content of the cleaned upload. Raises FileRefused.

    The work is done by a process of its own (`clean`), two at a time.
    """
    with _turns:
        try:
            done = subprocess.run(  # noqa: S603  (our own interpreter and our own program)
                [sys.executable, "-I", str(Path(clean.__file__)), kind],
                input=data,
                capture_output=True,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise FileRefused(_refusal("large")) from None
    word = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or [""]
    if done.returncode == 0 and word[0] in clean.CLEANERS:
        return word[0], done.stdout
    # Killed by its limits, it leaves no word.
    raise FileRefused(_refusal(word[0] if done.returncode == 3 else "large"))


def _refusal(word: str) -> str:
    said = {
        "large": _(
            "The selected file is too complex for us to open. Upload a smaller version of it"
        ),
        "password": _(
            "The selected file is password protected. Remove the password and upload it again"
        ),
        "macros": _(
            "The selected file contains macros or other files. Save it as a PDF and upload that"
        ),
    }
    return said.get(
        word,
        _(
            "The selected file could not be read. Save it again, or take a new photo, and upload that"
        ),
    )


def safe_name(name: str, kind: str) -> str:
    """Return a file name fit for a header and a disk: one part, no controls, the ending of its kind."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    name = "".join(c for c in name if unicodedata.category(c)[0] != "C")
    stem = re.sub(r'[<>:"|?*;]+', " ", name.rpartition(".")[0] or name)
    stem = re.sub(r"\s+", " ", stem).strip(" .") or "file"
    return stem[:90] + ENDINGS.get(kind, "")
