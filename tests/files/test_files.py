"""What residents upload is checked by its content, cleaned, kept safely and shown to few."""

from __future__ import annotations

import contextlib
import os
import socketserver
import struct
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader

from moothall import files, outbox
from moothall.files import actions, checking, clean, queries, registry, scanning, store
from moothall.files.actions import FileRefused
from moothall.files.models import StoredFile
from tests.files import uploads

NOW = datetime(2031, 3, 4, 9, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _alone(db: None, settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.FILES_ROOT = tmp_path / "files"
    before = list(registry._guards)
    registry._guards.clear()
    yield
    registry._guards[:] = before


def receive(data: bytes, name: str = "photo.jpg", **more: Any) -> StoredFile:
    values: dict[str, Any] = {"owner": "draft-1", "now": NOW}
    return actions.receive(SimpleUploadedFile(name, data), **{**values, **more})


def content(stored: StoredFile) -> bytes:
    return store.path_of(stored.stored_as).read_bytes()


def disk(root: Any) -> list[Path]:
    return [path for path in Path(root).rglob("*") if path.is_file()]


def test_a_photo_is_kept_without_the_cameras_notes() -> None:
    data = uploads.photo()
    assert uploads.PLACE in data
    stored = receive(data, "IMG 0001.JPG")
    kept = content(stored)
    assert uploads.PLACE not in kept
    with Image.open(BytesIO(kept)) as image:
        assert image.size == (120, 80)
        assert not image.getexif()
        red = image.convert("RGB").getpixel((10, 10))
    assert isinstance(red, tuple)
    assert red[0] > 150 > red[2]
    assert stored.as_answer() == {
        "id": stored.public_id,
        "name": "IMG 0001.jpg",
        "type": "image/jpeg",
        "size": len(kept),
    }


def test_a_photo_held_upright_stays_upright() -> None:
    with Image.open(BytesIO(content(receive(uploads.sideways_photo())))) as image:
        assert image.size == (80, 120)


def test_a_photo_of_an_iphone_becomes_one_that_every_browser_shows() -> None:
    data = uploads.iphone_photo()
    assert uploads.PLACE in data
    stored = receive(data, "IMG_2031.HEIC")
    assert (stored.type, stored.name) == ("image/jpeg", "IMG_2031.jpg")
    assert uploads.PLACE not in content(stored)
    with Image.open(BytesIO(content(stored))) as image:
        assert image.size == (80, 120), "upright, as it was held"
        assert not image.getexif()
        top, bottom = (image.convert("RGB").getpixel((40, y)) for y in (20, 100))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert top[0] > 150 > top[2]
    assert bottom[2] > 150 > bottom[0]
    with pytest.raises(FileRefused, match="could not be read"):
        receive(data[: len(data) // 2], "IMG_2032.HEIC")


def test_two_files_in_one_leave_only_the_picture() -> None:
    """Polyglots: what another program would read out of the same bytes is gone."""
    for data in (
        uploads.photo() + b"<html><script>alert(1)</script></html>",
        uploads.photo() + uploads.word(),
        uploads.photo("GIF")[:-1] + b"*/=1;alert(1);//\x3b",
    ):
        kept = content(receive(data, "p.jpg"))
        assert b"alert(1)" not in kept
        assert b"My letter" not in kept
        assert not zipfile.is_zipfile(BytesIO(kept))
    both = content(receive(uploads.pdf() + uploads.word(), "p.pdf", owner="draft-9"))
    assert both.startswith(b"%PDF-")
    assert not zipfile.is_zipfile(BytesIO(both))


def test_unusual_pictures_look_as_they_did() -> None:
    for number, (data, size) in enumerate(uploads.unusual_pictures()):
        with Image.open(BytesIO(content(receive(data, owner=f"draft-u{number}")))) as image:
            assert image.size == size
            assert getattr(image, "n_frames", 1) == 1
            grey = image.convert("RGB").getpixel((2, 2))
        assert isinstance(grey, tuple)
        assert all(90 < one < 165 for one in grey), (number, grey)


@pytest.mark.parametrize(
    ("kind", "made"), [("PNG", "image/png"), ("WEBP", "image/jpeg"), ("GIF", "image/png")]
)
def test_other_pictures_become_plain_ones(kind: str, made: str) -> None:
    stored = receive(uploads.photo(kind), f"picture.{kind.lower()}")
    assert stored.type == made
    assert stored.name == "picture" + checking.ENDINGS[made]
    assert uploads.PLACE not in content(stored)


def test_a_pdf_loses_scripts_attachments_and_names() -> None:
    data = uploads.pdf()
    assert b"/JavaScript" in data
    stored = receive(data, "proof.pdf")
    kept = content(stored)
    for wicked in (b"JavaScript", b"app.alert", b"attached", b"/AA", b"FileAttachment"):
        assert wicked not in kept
    assert uploads.PLACE not in kept
    pages = PdfReader(BytesIO(kept)).pages
    assert len(pages) == 1
    assert len(pages[0]["/Annots"]) == 1  # type: ignore[arg-type]
    assert "/Im0" in pages[0]["/Resources"]["/XObject"]  # type: ignore[index]


REFUSED: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "empty": (lambda: b"", "empty.jpg", "is empty"),
    "web page": (
        lambda: b"<html><script>alert(1)</script>",
        "photo.jpg",
        "must be a JPG, PNG, WebP, GIF, HEIC or PDF",
    ),
    "program": (lambda: b"MZ" + b"\0" * 200, "photo.jpg", "must be a JPG"),
    "drawing": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg", "must be a JPG"),
    "word": (uploads.word, "letter.docx", "must be a JPG"),
    "heic": (
        lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 50,
        "IMG_1.HEIC",
        "could not be read",
    ),
    "avif": (
        lambda: b"\0\0\0\x18ftypavif\0\0\0\0avifmif1miaf" + b"\0" * 50,
        "IMG_1.AVIF",
        "screenshot",
    ),
    "nothing wide": (lambda: uploads.png(0, 0), "none.png", "could not be read"),
    "very wide": (lambda: uploads.png(2_000_000_000, 1), "wide.png", "too complex"),
    "half a zip": (lambda: uploads.word()[:80], "letter.docx", "must be a JPG"),
    "a page in a picture": (lambda: b"GIF89a/*" + b"<script>" * 20, "p.gif", "could not be read"),
    "half a photo": (lambda: uploads.photo()[:60], "cut.jpg", "could not be read"),
    "half a pdf": (lambda: b"%PDF-1.7\nnothing here", "cut.pdf", "could not be read"),
    "locked": (lambda: uploads.pdf(password="secret"), "locked.pdf", "password protected"),
    "bomb": (uploads.bomb, "bomb.png", "too complex"),
    "big": (lambda: b"\xff\xd8\xff\xe0" + b"\0" * 11_000_000, "b.jpg", "smaller than 10MB"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals_say_why_in_plain_words(case: str, settings: Any) -> None:
    make, name, words = REFUSED[case]
    with pytest.raises(FileRefused, match=words):
        receive(make(), name)
    assert disk(settings.FILES_ROOT) == []
    assert not StoredFile.objects.exists()


def test_only_so_many_files() -> None:
    receive(uploads.photo(), max_files=1)
    with pytest.raises(FileRefused, match="up to 1 files"):
        receive(uploads.photo(), max_files=1)
    receive(uploads.photo(), owner="draft-2", max_files=1)


def test_word_files_are_taken_only_where_asked_and_without_macros() -> None:
    stored = receive(uploads.word(), "letter.docx", accept=actions.OFFICE)
    with zipfile.ZipFile(BytesIO(content(stored))) as packed:
        assert b"My letter" in packed.read("word/document.xml")
        assert uploads.PLACE not in packed.read("docProps/core.xml")
    with pytest.raises(FileRefused, match="macros"):
        receive(uploads.word("word/vbaProject.bin"), "letter.docx", accept=actions.OFFICE)
    for wicked in ("xl/macrosheets/sheet1.xml", "word/embeddings/oleObject1.bin", "word/evil.bin"):
        with pytest.raises(FileRefused, match="macros"):
            receive(uploads.word(wicked), "letter.docx", accept=actions.OFFICE)
    with pytest.raises(FileRefused, match="could not be read"):
        receive(uploads.word("../../outside"), "letter.docx", accept=actions.OFFICE)
    with pytest.raises(FileRefused, match="too complex"):
        receive(uploads.zip_bomb(), "letter.docx", accept=actions.OFFICE)
    plain = receive(
        uploads.word("xl/printerSettings/printerSettings1.bin", "docProps/app.xml"),
        "letter.docx",
        accept=actions.OFFICE,
    )
    with zipfile.ZipFile(BytesIO(content(plain))) as packed:
        assert b"extended-properties" in packed.read("docProps/app.xml")
    with pytest.raises(FileRefused, match="must be a DOCX or XLSX"):
        receive(b"PK\x03\x04" + b"\0" * 60, "letter.docx", accept=actions.OFFICE)


def test_from_a_draft_to_its_case_and_away() -> None:
    first, second = receive(uploads.photo()), receive(uploads.pdf(), "proof.pdf")
    strangers = receive(uploads.photo(), owner="draft-2")
    ids = [first.public_id, second.public_id]
    with pytest.raises(FileRefused, match="no longer here"):
        actions.adopt([*ids, strangers.public_id], owner="WM-1", from_owner="draft-1")
    assert actions.adopt(ids, owner="WM-1", from_owner="draft-1") == 2
    assert actions.adopt(ids, owner="WM-1", from_owner="draft-1") == 2, "again is the same"
    assert actions.adopt([], owner="WM-1") == 0
    assert [f.name for f in queries.files_of("WM-1")] == ["photo.jpg", "proof.pdf"]
    assert set(queries.by_ids(ids)) == set(ids)
    assert actions.discard(ids, owner="WM-1") == 0, "what was sent in is not the sender's to remove"
    assert actions.discard([strangers.public_id], owner="draft-1") == 0
    assert actions.discard([strangers.public_id], owner="draft-2") == 1


def test_erased_files_leave_the_disk_with_the_transaction(
    settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    stored, other = (receive(uploads.photo(), owner="WM-1") for _ in range(2))
    with django_capture_on_commit_callbacks(execute=True):
        assert actions.erase("WM-1", only=[other.public_id, "unknown"]) == 1
    assert disk(settings.FILES_ROOT) == [store.path_of(stored.stored_as)]
    with django_capture_on_commit_callbacks(execute=True):
        assert actions.erase("WM-1") == 1
        assert store.path_of(stored.stored_as).exists(), "not before it is certain"
    assert disk(settings.FILES_ROOT) == []
    with pytest.raises(ValueError):
        actions.erase("")


def test_what_nobody_owns_is_swept(settings: Any, django_capture_on_commit_callbacks: Any) -> None:
    kept, left = receive(uploads.photo()), receive(uploads.photo())
    actions.adopt([kept.public_id], owner="WM-1")
    orphan = store.write(b"a crash came before the row")
    half = store.path_of(orphan).with_suffix(".part")
    half.write_bytes(b"a crash came before the end")
    now = datetime.now(UTC)
    assert actions.sweep(now) == 0, "an upload under way is not an orphan"
    days_ago = (now - timedelta(days=2)).timestamp()
    for path in disk(settings.FILES_ROOT):
        os.utime(path, (days_ago, days_ago))
    outbox.enqueue("files.sweep")
    with django_capture_on_commit_callbacks(execute=True):
        outbox.drain(max(now, NOW) + timedelta(days=50))
    assert not StoredFile.objects.filter(pk=left.pk).exists()
    assert disk(settings.FILES_ROOT) == [store.path_of(kept.stored_as)]


# Who may see them


def test_a_file_is_shown_to_whom_a_guard_allows(client: Client) -> None:
    photo, proof = receive(uploads.photo(), 'my "best" photo.jpg'), receive(uploads.pdf(), "p.pdf")
    at = f"/files/{photo.public_id}/"
    assert client.get(at).status_code == 404, "nobody has spoken for it"
    files.register_guard(lambda request, stored: None)
    assert client.get(at).status_code == 404
    files.register_guard(lambda request, stored: True if stored.owner == "draft-1" else None)
    shown = client.get(at)
    assert shown.status_code == 200
    assert b"".join(shown) == content(photo)  # type: ignore[arg-type]
    assert shown["Content-Type"] == "image/jpeg"
    assert shown["Content-Disposition"] == 'inline; filename="my best photo.jpg"'
    assert shown["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert shown["Cache-Control"] == "private, no-store"
    assert client.get(at + "?download")["Content-Disposition"].startswith("attachment")
    sent = client.get(f"/files/{proof.public_id}/")
    assert sent["Content-Disposition"] == 'attachment; filename="p.pdf"'
    files.register_guard(lambda request, stored: False)
    assert client.get(at).status_code == 404, "one no is a no"
    assert client.get("/files/unknown/").status_code == 404
    assert client.post(at).status_code == 405


def test_a_file_that_is_gone_from_the_disk_is_not_an_error(client: Client) -> None:
    stored = receive(uploads.photo())
    files.register_guard(lambda request, stored: True)
    store.remove(stored.stored_as)
    assert client.get(f"/files/{stored.public_id}/").status_code == 404


# The virus scanner


class FakeClamd(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Clamd)
        self.seen: list[int] = []
        self.says = b""
        self.dawdles = 0.0


class _Clamd(socketserver.StreamRequestHandler):
    server: FakeClamd

    def handle(self) -> None:
        command = b""
        while not command.endswith(b"\0"):
            command += self.rfile.read(1)
        if command == b"zPING\0":
            self.wfile.write(b"PONG\0")
            return
        assert command == b"zINSTREAM\0"
        data = b""
        while size := struct.unpack("!L", self.rfile.read(4))[0]:
            assert size <= 65_536
            data += self.rfile.read(size)
        self.server.seen.append(len(data))
        time.sleep(self.server.dawdles)
        found = b"OK"
        if b"virus-for-tests" in data or uploads.EICAR in data:
            found = b"Eicar-Signature FOUND"
        with contextlib.suppress(OSError):
            self.wfile.write(b"stream: " + (self.server.says or found) + b"\0")


@pytest.fixture
def clamd(settings: Any) -> Iterator[FakeClamd]:
    with FakeClamd() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        settings.VIRUS_SCAN = f"127.0.0.1:{server.server_address[1]}"
        yield server
        server.shutdown()
        thread.join()


def test_a_virus_is_refused(clamd: FakeClamd, settings: Any) -> None:
    assert scanning.scanner().is_there()
    assert receive(uploads.photo()).size
    with pytest.raises(FileRefused, match="contains a virus"):
        receive(uploads.photo() + b"virus-for-tests" + b"\0" * 100_000)
    with pytest.raises(FileRefused, match="contains a virus"):
        receive(uploads.pdf() + uploads.EICAR, "invoice.pdf")
    assert len(clamd.seen) == 3
    assert StoredFile.objects.count() == 1


def test_a_scanner_that_is_away_lets_nothing_through(settings: Any, tmp_path: Path) -> None:
    settings.VIRUS_SCAN = str(tmp_path / "no-such-socket")
    with pytest.raises(FileRefused, match="Try again in a few minutes"):
        receive(uploads.photo())
    assert not scanning.scanner().is_there()
    settings.VIRUS_SCAN = ""
    assert scanning.scanner().is_there()


def test_a_scanner_that_fails_or_dawdles_lets_nothing_through(
    clamd: FakeClamd, monkeypatch: pytest.MonkeyPatch
) -> None:
    clamd.says = b"Can't allocate memory ERROR"
    with pytest.raises(FileRefused, match="Try again in a few minutes"):
        receive(uploads.photo())
    clamd.says = b"INSTREAM size limit exceeded. ERROR"
    with pytest.raises(FileRefused, match="too large to check"):
        receive(uploads.photo())
    clamd.says = b""
    clamd.dawdles = 0.15
    monkeypatch.setattr(scanning, "SECONDS", 0.05)
    with pytest.raises(FileRefused, match="Try again in a few minutes"):
        receive(uploads.photo())
    assert not StoredFile.objects.exists()


# Small rules


@given(st.text(max_size=300))
@settings(max_examples=100, deadline=None)
def test_any_name_becomes_a_safe_one(name: str) -> None:
    safe = checking.safe_name(name, clean.JPEG)
    assert safe.endswith(".jpg")
    assert len(safe) > 4
    assert not set('/\\"\r\n\0<>') & set(safe)
    assert not safe.startswith(".")


@pytest.mark.parametrize("name", ["../../etc/passwd", "ab/../cd", "ab/cdef", "ab", "/ab/abc"])
def test_only_our_own_names_are_opened(name: str) -> None:
    with pytest.raises(ValueError):
        store.path_of(name)


@given(st.binary(max_size=400))
@settings(max_examples=100, deadline=None)
def test_no_bytes_confuse_the_small_parsers(data: bytes) -> None:
    clean.without_camera_notes(b"\xff\xd8" + data)
    checking.sniff(data)
    checking.sniff(b"PK\x03\x04" + data)
