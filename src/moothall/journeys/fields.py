"""Questions as controls: what a page needs to draw one, whether it is asked alone or with others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from moothall.design.words import clock, day
from moothall.language import Facts, FieldError, Question, Service, render

Form = Mapping[str, list[str]]
"""A form's fields: name to the values sent under it."""

NOT_LISTED = "not-listed"
"""The choice that says the address is in no list."""

AUTOCOMPLETE = {"name": "name", "email": "email", "phone": "tel"}
WIDTHS = {
    "vehicle registration": "10",
    "National Insurance number": "10",
    "NHS number": "10",
    "whole number": "5",
    "money": "10",
    "phone": "20",
}
PARTS: dict[str, tuple[str, ...]] = {
    "date": ("day", "month", "year"),
    "time": ("hour", "minute"),
    "bank details": ("name", "sort_code", "account_number", "roll_number"),
}
ACCEPTS = {
    "images": ("image/jpeg", "image/png", "image/webp", "image/gif", "image/heic"),
    "pdf": ("application/pdf",),
    "documents": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document",),
    "spreadsheets": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",),
}


@dataclass(frozen=True)
class Part:
    """One of the small inputs of a question such as a date."""

    id: str
    name: str
    label: str
    value: str
    width: str
    wrong: bool = False
    hint: str = ""


@dataclass(frozen=True)
class SlotDay:
    """The bookable times of one day: value, words, whether chosen."""

    label: str
    times: tuple[tuple[str, str, bool], ...]

    @property
    def chosen(self) -> bool:
        """Whether one of its times is the answer."""
        return any(chosen for _value, _words, chosen in self.times)


@dataclass(frozen=True)
class Field:
    """One question, ready to draw. `id` is the control's id, to which an error links."""

    id: str
    name: str
    question: str
    type: str
    label: str
    hint: str
    help: str
    optional: bool
    value: str = ""
    values: tuple[str, ...] = ()
    error: str = ""
    options: tuple[tuple[str, str, str], ...] = ()
    parts: tuple[Part, ...] = ()
    longest: int | None = None
    autocomplete: str = ""
    width: str = ""
    accept: str = ""
    many: bool = False
    files: tuple[Mapping[str, Any], ...] = ()
    mode: str = ""
    """Of an address: `search`, `choose`, `type`, `nearest`."""
    searched: str = ""
    addresses: tuple[tuple[str, str], ...] = ()
    slots: tuple[SlotDay, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


def field_name(question: Question, prefix: str) -> str:
    """Return the name of a question's control in a form."""
    return f"{prefix}{question.field if question.row_of else question.id}"


def raw_of(question: Question, value: Any, name: str) -> dict[str, list[str]]:
    """Return an answer as the fields of a form that would give it."""
    if value is None:
        return {}
    kind = question.type
    if kind == "date":
        year, month, day_ = str(value).split("-")
        return {
            f"{name}-day": [str(int(day_))],
            f"{name}-month": [str(int(month))],
            f"{name}-year": [year],
        }
    if kind == "time":
        hour, minute = str(value).split(":")[:2]
        return {f"{name}-hour": [hour], f"{name}-minute": [minute]}
    if kind == "bank details":
        return {f"{name}-{part}": [str(value.get(part) or "")] for part in PARTS[kind]}
    if kind == "yes or no":
        return {name: ["yes" if value else "no"]}
    if kind == "money":
        pounds, pence = divmod(int(value), 100)
        return {name: [f"{pounds}.{pence:02d}" if pence else str(pounds)]}
    if kind == "choose many":
        return {name: [str(one) for one in value]}
    if kind == "address":
        if value.get("typed"):
            line, _comma, town = str(value.get("line", "")).rpartition(", ")
            return {
                f"{name}-line": [line or town],
                f"{name}-town": [town if line else ""],
                f"{name}-postcode": [str(value.get("postcode") or "")],
            }
        return {name: [str(value.get("uprn", ""))], f"{name}-postcode": [value.get("postcode", "")]}
    if kind == "location":
        return {
            f"{name}-words": [str(value.get("words") or "")],
            f"{name}-lon": [str(value.get("lon") or "")],
            f"{name}-lat": [str(value.get("lat") or "")],
        }
    if kind == "slot":
        return {name: [str(value.get("id", ""))]}
    if kind in {"file", "photo", "signature"}:
        return {}
    return {name: [str(value)]}


def error_for(name: str, errors: Sequence[FieldError]) -> str:
    """Return the first message that belongs to the question of this name."""
    return next(
        (one.message for one in errors if one.field == name or one.field.startswith(f"{name}-")),
        "",
    )


def accepted(question: Question) -> tuple[str, ...]:
    """Return the media types that a question for files takes."""
    kinds = question.limits.accept or (
        ["images"] if question.type in {"photo", "signature"} else ["images", "pdf"]
    )
    return tuple(kind for name in kinds for kind in ACCEPTS[name])


def offered(question: Question) -> list[str]:
    """Return what the browser's dialogue for files offers: on a telephone the camera and its album.

    There is no `capture`: it would take the album away, and people have the photo already.
    """
    kinds = [kind for kind in accepted(question) if not kind.startswith("image/")]
    pictures = ["image/*", ".heic", ".heif"] if len(kinds) < len(accepted(question)) else []
    return pictures + kinds


def build(
    service: Service,
    question: Question,
    raw: Form,
    *,
    facts: Facts,
    lang: str,
    prefix: str = "",
    errors: Sequence[FieldError] = (),
    stored: Any = None,
    **state: Any,
) -> Field:
    """Return the control of a question with what is in `raw`, which may be wrong or nothing.

    `stored` is the answer as kept (files list it); `state` holds what only the caller knows:
    `mode`, `searched`, `addresses`, `slots`.
    """
    name = field_name(question, prefix)

    def words(part: str) -> str:
        text = service.text(f"{question.path}.{part}", lang)
        return render(service, text, facts, lang) if text else ""

    error = error_for(name, errors)
    wrong = {one.field for one in errors}
    given = raw.get(name) or []
    parts = tuple(
        Part(
            id=f"{name}-{part}",
            name=f"{name}-{part}",
            label=_part_label(part),
            value=(raw.get(f"{name}-{part}") or [""])[0],
            width=_part_width(part),
            wrong=bool(error)
            and (f"{name}-{part}" in wrong or name in wrong or question.type == "date"),
            hint=_part_hint(part),
        )
        for part in PARTS.get(question.type, ())
    )
    first = f"{name}-{PARTS[question.type][0]}" if question.type in PARTS else name
    label = words("label")
    return Field(
        id=first if question.type not in PARTS else name,
        name=name,
        question=question.id,
        type=question.type,
        label=_("%(label)s (optional)") % {"label": label} if question.optional else label,
        hint=words("hint"),
        help=words("help"),
        optional=question.optional,
        value=given[0] if given else "",
        values=tuple(given),
        error=error,
        options=_options(service, question, lang, facts),
        parts=parts,
        longest=question.limits.longest if question.type == "long text" else None,
        autocomplete=AUTOCOMPLETE.get(question.type, ""),
        width=WIDTHS.get(question.type, ""),
        accept=",".join(offered(question))
        if question.type in {"file", "photo", "signature"}
        else "",
        many=question.type in {"file", "photo"},
        files=tuple(stored or ()) if question.type in {"file", "photo", "signature"} else (),
        extra={
            part: (raw.get(f"{name}-{part}") or [""])[0]
            for part in ("postcode", "line", "town", "words", "lon", "lat", "nearest")
        }
        if question.type in {"address", "location"}
        else {},
        **state,
    )


def _options(
    service: Service, question: Question, lang: str, facts: Facts
) -> tuple[tuple[str, str, str], ...]:
    if question.type == "yes or no":
        return (("yes", _("Yes"), ""), ("no", _("No"), ""))
    found = []
    for option in question.options.values():
        label = service.text(f"{question.path}.options.{option.id}.label", lang) or option.label
        hint = service.text(f"{question.path}.options.{option.id}.hint", lang) or option.hint
        found.append(
            (
                option.id,
                render(service, label, facts, lang),
                render(service, hint, facts, lang) if hint else "",
            )
        )
    return tuple(found)


def _part_label(part: str) -> str:
    return {
        "day": _("Day"),
        "month": _("Month"),
        "year": _("Year"),
        "hour": _("Hour"),
        "minute": _("Minute"),
        "name": _("Name on the account"),
        "sort_code": _("Sort code"),
        "account_number": _("Account number"),
        "roll_number": _("Building society roll number (if you have one)"),
    }[part]


def _part_width(part: str) -> str:
    return {"year": "4", "name": "", "sort_code": "5", "account_number": "10"}.get(
        part, "10" if part == "roll_number" else "2"
    )


def _part_hint(part: str) -> str:
    return {
        "sort_code": _("Must be 6 digits long"),
        "account_number": _("Must be between 6 and 8 digits long"),
        "roll_number": _("You can find it on your card, statement or passbook"),
    }.get(part, "")


def slot_days(times: Sequence[Any], chosen: str) -> tuple[SlotDay, ...]:
    """Return free times (from the slots room) grouped by day."""
    from django.utils import timezone

    grouped: dict[str, list[tuple[str, str, bool]]] = {}
    for one in times:
        starts: datetime = timezone.localtime(one.starts)
        ends: datetime = timezone.localtime(one.ends)
        words = _("%(from)s to %(to)s") % {"from": clock(starts), "to": clock(ends)}
        grouped.setdefault(day(starts), []).append(
            (str(one.slot_id), words, str(one.slot_id) == chosen)
        )
    return tuple(SlotDay(label, tuple(times)) for label, times in grouped.items())
