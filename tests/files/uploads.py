"""Uploads of every kind, made on the spot: good ones, odd ones and wicked ones."""

from __future__ import annotations

import struct
import zipfile
import zlib
from io import BytesIO

from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    NameObject,
    StreamObject,
    TextStringObject,
)

PLACE = b"52.4501N 1.1002W Canon of Ann Lee"


def photo(kind: str = "JPEG", size: tuple[int, int] = (120, 80), notes: bool = True) -> bytes:
    """A picture whose left half is red and right half blue, with the camera's notes."""
    mode = "P" if kind == "GIF" else "RGB"
    image = Image.new("RGB", size, (200, 30, 30))
    image.paste((30, 30, 200), (size[0] // 2, 0, *size))
    exif = Image.Exif()
    exif[0x010F] = PLACE.decode()
    exif[0x0112] = 1
    written = BytesIO()
    more: dict[str, object] = {"exif": exif} if notes and kind != "GIF" else {}
    image.convert(mode).save(written, kind, **more)  # type: ignore[arg-type]
    return written.getvalue()


def sideways_photo() -> bytes:
    """A photo of a phone held upright: wide in its pixels, tall by its notes."""
    image = Image.new("RGB", (120, 80), "green")
    exif = Image.Exif()
    exif[0x0112] = 6
    written = BytesIO()
    image.save(written, "JPEG", exif=exif)
    return written.getvalue()


EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The harmless file by which every scanner is tested (eicar.org), in two parts so that this one is not it."""


def iphone_photo() -> bytes:
    """A HEIC as a telephone makes it: held upright, with the place in its notes."""
    import pillow_heif

    image = Image.new("RGB", (120, 80), (200, 30, 30))
    image.paste((30, 30, 200), (60, 0, 120, 80))
    exif = Image.Exif()
    exif[0x010F] = PLACE.decode()
    exif[0x0112] = 6
    made = pillow_heif.from_pillow(image)
    written = BytesIO()
    made.save(written, exif=exif.tobytes())
    return written.getvalue()


def unusual_pictures() -> list[tuple[bytes, tuple[int, int]]]:
    """Middle grey in print colours, in 16 bits, see-through, and moving: with the size of each."""
    found = []
    for image, kind in (
        (Image.new("CMYK", (30, 20), (0, 0, 0, 128)), "JPEG"),
        (Image.new("I;16", (30, 20), 128 * 256), "PNG"),
        (Image.new("RGBA", (30, 20), (128, 128, 128, 255)), "PNG"),
        (Image.new("L", (30, 20), 128), "JPEG"),
        (Image.new("P", (30, 20), 0), "GIF"),
    ):
        written = BytesIO()
        more: dict[str, object] = {}
        if kind == "GIF":
            image = Image.new("L", (30, 20), 128)
            later = [Image.new("L", (30, 20), shade) for shade in (0, 255)]
            more = {"save_all": True, "append_images": later}
        image.save(written, kind, **more)  # type: ignore[arg-type]
        found.append((written.getvalue(), (30, 20)))
    return found


def zip_bomb() -> bytes:
    """A Word file of a few hundred kilobytes that unpacks to more than anybody writes."""
    written = BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        packed.writestr("word/document.xml", "<document/>")
        for number in range(13):
            packed.writestr(f"word/media/{number}.xml", b"\0" * 10_000_000)
    return written.getvalue()


def bomb() -> bytes:
    """A PNG of a few kilobytes that would be 100,000 pixels wide and as high."""
    return png(100_000, 100_000)


def png(width: int, height: int) -> bytes:
    """A PNG that says it is so wide and so high, whatever is in it."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        checked = kind + body
        return struct.pack("!L", len(body)) + checked + struct.pack("!L", zlib.crc32(checked))

    head = struct.pack("!LLBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 100_000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def pdf(password: str = "") -> bytes:
    """A PDF that runs a script when opened, carries an attachment, a photo, and its author's name."""
    writer = PdfWriter()
    page = writer.add_blank_page(200, 200)
    writer.add_attachment("secret.txt", b"attached")
    writer.add_metadata({"/Author": PLACE.decode()})
    link = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject("/Link"),
            NameObject("/A"): DictionaryObject(
                {
                    NameObject("/S"): NameObject("/JavaScript"),
                    NameObject("/JS"): TextStringObject("app.alert('clicked')"),
                }
            ),
        }
    )
    writer.root_object[NameObject("/OpenAction")] = link["/A"]
    launch = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject("/FileAttachment"),
        }
    )
    page[NameObject("/Annots")] = ArrayObject([link, launch])
    page[NameObject("/AA")] = DictionaryObject({NameObject("/O"): link["/A"]})
    picture = StreamObject()
    picture.set_data(photo())
    picture[NameObject("/Type")] = NameObject("/XObject")
    picture[NameObject("/Subtype")] = NameObject("/Image")
    picture[NameObject("/Filter")] = NameObject("/DCTDecode")
    page[NameObject("/Resources")] = DictionaryObject(
        {
            NameObject("/XObject"): DictionaryObject(
                {NameObject("/Im0"): writer._add_object(picture)}
            )
        }
    )
    if password:
        writer.encrypt(password)
    written = BytesIO()
    writer.write(written)
    return written.getvalue()


def word(*more: str) -> bytes:
    """The bones of a Word file, with its author's name; `more` are names of further parts."""
    written = BytesIO()
    with zipfile.ZipFile(written, "w") as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        packed.writestr("word/document.xml", "<document>My letter</document>")
        packed.writestr("docProps/core.xml", f"<creator>{PLACE.decode()}</creator>")
        for name in more:
            packed.writestr(name, "x")
    return written.getvalue()
