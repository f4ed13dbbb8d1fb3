"""One answer from a form: the types that need a look-up, and the rest through the language room.

Call it OUTSIDE a transaction: it searches addresses and checks uploads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from moothall.casework.booking import places as places_for
from moothall.files.actions import MAX_BYTES, FileRefused, receive
from moothall.journeys.fields import NOT_LISTED, Form, accepted, field_name
from moothall.language import (
    Facts,
    FieldError,
    Question,
    Reading,
    Service,
    check_answer,
    read_answer,
)
from moothall.places import queries as places
from moothall.slots import queries as slots

HELD = timedelta(minutes=30)
"""How long a chosen time is kept for somebody who is still filling in the form."""
MOST_FILES = 10
FILES = ("file", "photo", "signature")


@dataclass(frozen=True)
class Given:
    """What was made of one question's fields.

    `again`: nothing is wrong, but the page must be shown again for the next part of the question
    (`note` is what to remember: a search for an address). `slot`: the time to hold,
    with that many `places`.
    """

    value: Any = None
    errors: tuple[FieldError, ...] = ()
    blank: bool = False
    again: bool = False
    note: dict[str, str] | None = None
    slot: str = ""
    places: int = 1
    new_files: tuple[str, ...] = field(default=())


def read(
    service: Service,
    question: Question,
    form: Form,
    *,
    facts: Facts,
    holder: str,
    now: datetime,
    lang: str = "en",
    prefix: str = "",
    uploads: Sequence[UploadedFile] = (),
    stored: Any = None,
    loose: bool = False,
) -> Given:
    """Read one question. `stored` is its answer so far (files are added to it).

    `loose` is for the one-screen form, where a half-given address is no mistake yet.
    """
    if question.type == "address":
        return _address(service, question, form, facts, lang, prefix, loose)
    if question.type == "slot":
        return _slot(service, question, form, facts, lang, prefix, holder, now)
    if question.type in FILES:
        return _files(service, question, form, facts, lang, prefix, holder, now, uploads, stored)
    if question.type == "location":
        return _location(service, question, form, facts, lang, prefix)
    reading: Reading = read_answer(
        service, question.id, form, prefix=prefix, lang=lang, facts=facts
    )
    return Given(reading.value, reading.errors, reading.blank)


def _first(form: Form, name: str) -> str:
    return (form.get(name) or [""])[0].strip()


def _check(
    service: Service, question: Question, value: Any, facts: Facts, lang: str, prefix: str
) -> tuple[FieldError, ...]:
    return check_answer(service, question.id, value, facts=facts, lang=lang, prefix=prefix)


def find_addresses(words: str) -> list[Any]:
    """Return the addresses at a postcode, or those that hold the words."""
    postcode = places.normalise_postcode(words)
    if postcode:
        return list(places.addresses_at(postcode))
    return list(places.search_addresses(words, 30)) if len(words) >= 3 else []


def _address(
    service: Service,
    question: Question,
    form: Form,
    facts: Facts,
    lang: str,
    prefix: str,
    loose: bool,
) -> Given:
    name = field_name(question, prefix)
    words = _first(form, f"{name}-postcode")
    before = _first(form, f"{name}-searched")
    if f"{name}-line" in form and not (
        loose and words and not _first(form, f"{name}-line") and not _first(form, f"{name}-town")
    ):
        return _typed_address(service, question, form, facts, lang, prefix)
    chosen = _first(form, name)
    if before and words and words != before:
        chosen = before = ""  # something else is looked for
    if chosen == NOT_LISTED:
        return Given(again=True, note={"words": words, "mode": "type"})
    if chosen:
        found = places.address(chosen) if chosen.isdecimal() and len(chosen) <= 12 else None
        if found is not None:
            value = dict(found)
            return Given(value, _check(service, question, value, facts, lang, prefix))
    if chosen or (words and before):
        wrong = FieldError(name, _("Choose your address from the list"))
        note = {"words": words, "mode": "choose"}
        return Given(again=True, note=note) if loose else Given(errors=(wrong,), note=note)
    if words:
        return _search(name, words)
    missing = _check(service, question, None, facts, lang, prefix)
    return Given(
        None,
        tuple(
            FieldError(f"{name}-postcode" if one.field == name else one.field, one.message)
            for one in missing
        ),
        blank=True,
    )


def _search(name: str, words: str) -> Given:
    if find_addresses(words):
        return Given(again=True, note={"words": words, "mode": "choose"})
    wrong = _("We can't find an address for what you typed. Check it, or type the address by hand")
    return Given(
        errors=(FieldError(f"{name}-postcode", wrong),), note={"words": words, "mode": "search"}
    )


def _typed_address(
    service: Service, question: Question, form: Form, facts: Facts, lang: str, prefix: str
) -> Given:
    name = field_name(question, prefix)
    reading = read_answer(service, question.id, form, prefix=prefix, lang=lang, facts=facts)
    if reading.errors or reading.blank or not reading.value:
        return Given(reading.value, reading.errors, reading.blank)
    value = dict(reading.value)
    value["typed"] = True
    postcode = places.normalise_postcode(str(value.get("postcode") or ""))
    nearest = _first(form, f"{name}-nearest")
    if postcode:
        answer = places.ward_of_postcode(postcode)
        if answer.split and not answer.ward:
            # The postcode lies in more than one ward: the nearest address says which.
            found = places.address(nearest) if nearest.isdecimal() else None
            if found is None and places.addresses_at(postcode):
                errors = (
                    (FieldError(f"{name}-nearest", _("Choose the address nearest to yours")),)
                    if f"{name}-asked" in form
                    else ()
                )
                return Given(
                    value,
                    errors,
                    again=not errors,
                    note={
                        "words": postcode,
                        "mode": "nearest",
                        "line": _first(form, f"{name}-line"),
                        "town": _first(form, f"{name}-town"),
                    },
                )
            if found is not None:
                value.update(
                    ward=found["ward"],
                    ward_name=found["ward_name"],
                    lon=found["lon"],
                    lat=found["lat"],
                )
        elif answer.ward:
            value.update(ward=answer.ward.code, ward_name=answer.ward.name)
    return Given(value, _check(service, question, value, facts, lang, prefix))


def _slot(
    service: Service,
    question: Question,
    form: Form,
    facts: Facts,
    lang: str,
    prefix: str,
    holder: str,
    now: datetime,
) -> Given:
    name = field_name(question, prefix)
    chosen = _first(form, name)
    if not chosen:
        return Given(None, _check(service, question, None, facts, lang, prefix), blank=True)
    wanted = places_for(service, question.id, facts)
    found = None
    if chosen.isdecimal():
        found = slots.free_time(chosen, places=wanted, holder=holder, now=now)
    if found is None or (question.slots and found.resource != question.slots.resource):
        return Given(errors=(FieldError(name, taken()),))
    value = found.as_answer()
    errors = _check(service, question, value, facts, lang, prefix)
    return Given(value, errors, slot="" if errors else chosen, places=wanted)


def taken() -> str:
    """Return what to say when somebody else has the time."""
    return _("Somebody has just taken that time. Choose another")


def _files(
    service: Service,
    question: Question,
    form: Form,
    facts: Facts,
    lang: str,
    prefix: str,
    holder: str,
    now: datetime,
    uploads: Sequence[UploadedFile],
    stored: Any,
) -> Given:
    name = field_name(question, prefix)
    kept: list[Any] = list(stored or [])
    if question.type == "signature" and uploads:
        kept = []
    limit = question.limits.largest
    errors: list[FieldError] = []
    new: list[str] = []
    for upload in uploads:
        try:
            file = receive(
                upload,  # type: ignore[arg-type]  # Django's upload reads like any binary file
                owner=holder,
                accept=accepted(question),
                max_files=MOST_FILES * 4,
                max_bytes=int(limit * 1_000_000) if limit else MAX_BYTES,
                now=now,
            )
        except FileRefused as refused:
            errors.append(FieldError(name, str(refused)))
        else:
            kept.append(file.as_answer())
            new.append(file.public_id)
    value = kept or None
    if not errors:
        errors += _check(service, question, value, facts, lang, prefix)
    return Given(value, tuple(errors), blank=not kept, new_files=tuple(new))


def _location(
    service: Service, question: Question, form: Form, facts: Facts, lang: str, prefix: str
) -> Given:
    name = field_name(question, prefix)
    reading = read_answer(service, question.id, form, prefix=prefix, lang=lang, facts=facts)
    if reading.good and reading.value and reading.value.get("lon") is not None:
        value = dict(reading.value)
        ward = places.ward_of_point(float(value["lon"]), float(value["lat"]))
        value.setdefault("ward", ward.code if ward else "")
        return Given(value, _check(service, question, value, facts, lang, prefix))
    words = _first(form, f"{name}-words")
    if words:
        found = find_addresses(words)
        if found:
            value = {
                "lon": found[0]["lon"],
                "lat": found[0]["lat"],
                "ward": found[0]["ward"],
                "words": words,
            }
            return Given(value, _check(service, question, value, facts, lang, prefix))
        return Given(
            errors=(
                FieldError(
                    f"{name}-words", _("We can't find that place. Type a street or a postcode")
                ),
            )
        )
    return Given(reading.value, reading.errors, reading.blank)
