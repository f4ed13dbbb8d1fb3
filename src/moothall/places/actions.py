"""What changes places: many rows at a time, each call within the caller's transaction or its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from moothall.places import boundaries
from moothall.places.models import (
    Address,
    AddressWord,
    Councillor,
    Generation,
    Postcode,
    Street,
    Ward,
    Word,
)
from moothall.places.words import search_text, sort_key

BATCH = 1_000


@dataclass(frozen=True)
class WardRow:
    """A ward to keep. `boundary` is GeoJSON text of a geometry, `box` its west, south, east, north."""

    code: str
    name: str
    boundary: str
    box: tuple[float, float, float, float]
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None


@dataclass(frozen=True)
class PostcodeRow:
    """A postcode to keep, in capitals without the space."""

    postcode: str
    ward: str | None
    lon: float | None
    lat: float | None
    is_split: bool = False
    ended: dt.date | None = None


@dataclass(frozen=True)
class AddressRow:
    """An address to keep; `postcode` in capitals without the space, or ""."""

    uprn: str
    line: str
    street: str
    postcode: str
    ward: str | None
    lon: float
    lat: float
    locality: str = ""
    town: str = ""


@dataclass(frozen=True)
class StreetRow:
    """A street to keep; `geometry` is well-known text or ""."""

    usrn: str
    name: str
    locality: str
    town: str
    ward: str | None
    lon: float
    lat: float
    geometry: str = ""


@dataclass(frozen=True)
class CouncillorRow:
    """A councillor to keep."""

    name: str
    ward: str
    party: str = ""
    email: str = ""
    phone: str = ""


def save_wards(rows: Iterable[WardRow], *, source: str) -> None:
    """Keep wards by their code. Boundaries in memory, here and in other processes, are then old."""
    with transaction.atomic():
        Ward.objects.bulk_create(
            [
                Ward(
                    code=row.code,
                    name=row.name,
                    valid_from=row.valid_from,
                    valid_to=row.valid_to,
                    boundary=row.boundary,
                    source=source,
                    west=row.box[0],
                    south=row.box[1],
                    east=row.box[2],
                    north=row.box[3],
                )
                for row in rows
            ],
            update_conflicts=True,
            unique_fields=["code"],
            update_fields=[
                "name", "valid_from", "valid_to", "boundary", "source",
                "west", "south", "east", "north",
            ],
        )  # fmt: skip
        Generation.bump("wards")


def remove_wards(codes: Sequence[str]) -> None:
    """Take wards out; their postcodes and addresses stay, without a ward."""
    with transaction.atomic():
        Ward.objects.filter(code__in=codes).delete()
        Generation.bump("wards")


def save_postcodes(rows: Iterable[PostcodeRow], *, source: str, run_id: int | None = None) -> None:
    """Keep postcodes. A row of another source is replaced, its split mark too."""
    with transaction.atomic():
        Postcode.objects.bulk_create(
            [
                Postcode(
                    postcode=row.postcode,
                    ward_id=row.ward,
                    lon=row.lon,
                    lat=row.lat,
                    is_split=row.is_split,
                    ended=row.ended,
                    source=source,
                    run_id=run_id,
                )
                for row in rows
            ],
            batch_size=BATCH,
            update_conflicts=True,
            unique_fields=["postcode"],
            update_fields=["ward", "lon", "lat", "is_split", "ended", "source", "run"],
        )


def save_addresses(rows: Sequence[AddressRow], *, source: str, run_id: int | None = None) -> None:
    """Keep addresses by their UPRN, with the words by which they are found.

    Call `count_words` once after the last batch, so that a search begins with the rarest word.
    """
    with transaction.atomic():
        for start in range(0, len(rows), BATCH):
            _save_addresses(rows[start : start + BATCH], source, run_id)


def _save_addresses(rows: Sequence[AddressRow], source: str, run_id: int | None) -> None:
    last = {row.uprn: row for row in rows}
    made = [
        Address(
            uprn=row.uprn,
            line=row.line,
            street=row.street,
            postcode=row.postcode,
            ward_id=row.ward,
            lon=row.lon,
            lat=row.lat,
            locality=row.locality,
            town=row.town,
            search_text=search_text(row.line, row.postcode),
            sort_key=sort_key(row.line, row.street),
            source=source,
            run_id=run_id,
        )
        for row in last.values()
    ]
    before = dict(Address.objects.filter(uprn__in=list(last)).values_list("uprn", "search_text"))
    Address.objects.bulk_create(
        made,
        update_conflicts=True,
        unique_fields=["uprn"],
        update_fields=[
            "line", "street", "postcode", "ward", "lon", "lat", "search_text", "sort_key",
            "locality", "town", "source", "run",
        ],
    )  # fmt: skip
    changed = {one.uprn: one for one in made if before.get(one.uprn) != one.search_text}
    if not changed:
        return
    ids = dict(Address.objects.filter(uprn__in=list(changed)).values_list("uprn", "pk"))
    renamed = [ids[uprn] for uprn in changed if uprn in before]
    if renamed:
        AddressWord.objects.filter(address_id__in=renamed).delete()
    texts = {text for one in changed.values() for text in one.search_text.split()}
    Word.objects.bulk_create([Word(text=text) for text in sorted(texts)], ignore_conflicts=True)
    words = dict(Word.objects.filter(text__in=texts).values_list("text", "pk"))
    AddressWord.objects.bulk_create(
        [
            AddressWord(word_id=words[text], address_id=ids[one.uprn])
            for one in changed.values()
            for text in one.search_text.split()
        ],
        batch_size=5 * BATCH,
    )


def count_words() -> None:
    """Count for each word how many addresses hold it, and drop words that none holds."""
    with transaction.atomic():
        held = (
            AddressWord.objects.filter(word=OuterRef("pk"))
            .order_by()
            .values("word")
            .annotate(number=Count("pk"))
            .values("number")
        )
        Word.objects.update(addresses=Coalesce(Subquery(held), 0))
        Word.objects.filter(addresses=0).delete()


def mark_split_postcodes() -> int:
    """Mark the postcodes whose addresses lie in more than one ward. Returns how many there are."""
    with transaction.atomic():
        split = list(
            Address.objects.filter(ward__isnull=False)
            .exclude(postcode="")
            .order_by()
            .values("postcode")
            .annotate(wards=Count("ward", distinct=True))
            .filter(wards__gt=1)
            .values_list("postcode", flat=True)
        )
        with_addresses = Address.objects.order_by().values("postcode").distinct()
        Postcode.objects.filter(is_split=True, postcode__in=with_addresses).exclude(
            postcode__in=split
        ).update(is_split=False)
        for start in range(0, len(split), BATCH):
            Postcode.objects.filter(
                postcode__in=split[start : start + BATCH], is_split=False
            ).update(is_split=True)
    return len(split)


def place_in_wards(on: dt.date) -> tuple[int, int]:
    """Give every address and postcode the ward in force on `on` that its point lies in.

    For the day on which new wards come into force. Returns how many addresses and how many
    postcodes have a new ward. Points outside every ward keep what they have.
    """
    index = boundaries.index()
    moved = []
    models: tuple[type[Address | Postcode], ...] = (Address, Postcode)
    for model in models:
        number = 0
        changed: dict[str, list[int]] = {}
        found = model.objects.filter(lon__isnull=False).values_list("pk", "ward", "lon", "lat")
        for pk, code, lon, lat in found.iterator(chunk_size=5 * BATCH):
            ward = index.at(lon or 0.0, lat or 0.0, on)
            if ward is not None and ward.code != code:
                changed.setdefault(ward.code, []).append(pk)
                number += 1
        with transaction.atomic():
            for new_code, pks in changed.items():
                for start in range(0, len(pks), BATCH):
                    model.objects.filter(pk__in=pks[start : start + BATCH]).update(ward=new_code)
        moved.append(number)
    mark_split_postcodes()
    return moved[0], moved[1]


def save_councillors(rows: Iterable[CouncillorRow], *, run_id: int | None = None) -> None:
    """Keep councillors by name and ward."""
    with transaction.atomic():
        Councillor.objects.bulk_create(
            [
                Councillor(
                    name=row.name,
                    ward_id=row.ward,
                    party=row.party,
                    email=row.email,
                    phone=row.phone,
                    run_id=run_id,
                )
                for row in rows
            ],
            update_conflicts=True,
            unique_fields=["name", "ward"],
            update_fields=["party", "email", "phone", "run"],
        )


def save_streets(rows: Iterable[StreetRow]) -> None:
    """Keep streets by their USRN."""
    with transaction.atomic():
        Street.objects.bulk_create(
            [
                Street(
                    usrn=row.usrn,
                    name=row.name,
                    locality=row.locality,
                    town=row.town,
                    ward_id=row.ward,
                    lon=row.lon,
                    lat=row.lat,
                    geometry=row.geometry,
                )
                for row in rows
            ],
            batch_size=BATCH,
            update_conflicts=True,
            unique_fields=["usrn"],
            update_fields=["name", "locality", "town", "ward", "lon", "lat", "geometry"],
        )
