"""Error texts: what to do, in English and Welsh, where the file has none of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from moothall.language.answers.faults import Fault
from moothall.language.expressions.values import money_text, parse_date
from moothall.language.facts import Facts
from moothall.language.results import FieldError
from moothall.language.service import Question, Service
from moothall.language.words import render, say_date, say_time

# By code, or `code:type` for a type that needs words of its own. {what}: the question's short
# name; {What} the same with a capital; {limit}: the limit in words. Where a question has no short
# name it is quoted whole: texts whose key ends in `?` are for that.
TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "missing": "Enter {what}",
        "missing?": "Enter an answer to {what}",
        "missing:choose one": "Choose {what}",
        "missing:choose one?": "Choose an answer to {what}",
        "missing:choose many": "Choose at least one option for {what}",
        "missing:yes or no": "Choose yes or no for {what}",
        "missing:email": "Enter an email address, like name@example.org",
        "missing:phone": "Enter a phone number, like 01632 960 001",
        "missing:address": "Enter {what}",
        "missing:address?": "Choose or enter an address for {what}",
        "missing:location": "Show the place on the map or describe it for {what}",
        "missing:date": "Enter {what}",
        "missing:date?": "Enter a date for {what}",
        "missing:time": "Enter a time for {what}, like 2:30pm",
        "missing:file": "Choose a file for {what}",
        "missing:photo": "Add a photo for {what}",
        "missing:signature": "Sign for {what}",
        "missing:slot": "Choose a time for {what}",
        "missing:repeat": "Add at least one {what}",
        "missing:bank details": "Enter the bank details",
        "missing_day": "{What} must include a day",
        "missing_month": "{What} must include a month",
        "missing_year": "{What} must include a year",
        "wrong": "Check {what} and enter it again",
        "wrong?": "Check your answer to {what}",
        "wrong:choose one": "Choose one of the options for {what}",
        "wrong:choose many": "Choose only options from the list for {what}",
        "wrong:yes or no": "Choose yes or no for {what}",
        "wrong:email": "Enter an email address in the right form, like name@example.org",
        "wrong:phone": "Enter a phone number, like 01632 960 001, 07700 900 982 or +44 808 157 0192",
        "wrong:date": "{What} must be a real date, like 27 3 2026",
        "wrong:time": "Enter a time for {what}, like 9:30am or 14:15",
        "wrong:whole number": "{What} must be a whole number, like 3",
        "wrong:money": "{What} must be an amount in pounds and pence, like 12.50",
        "wrong:vehicle registration": "Enter a vehicle registration number, like AB12 CDE",
        "wrong:National Insurance number": "Enter a National Insurance number, like QQ 12 34 56 C",
        "wrong:NHS number": "Enter an NHS number of 10 digits, like 999 000 0018",
        "wrong:address": "Choose an address from the list or enter it for {what}",
        "wrong:slot": "Choose one of the times on offer for {what}",
        "wrong:location": "Show the place on the map or describe it for {what}",
        "wrong:file": "Choose the file again for {what}",
        "wrong:photo": "Add the photo again for {what}",
        "postcode": "Enter a full UK postcode, like XW1 1AA",
        "at_least": "{What} must be {limit} or more",
        "at_least:choose many": "Choose at least {limit} for {what}",
        "at_least:file": "Add at least {limit} for {what}",
        "at_least:photo": "Add at least {limit} for {what}",
        "at_least:repeat": "Add at least {limit} of {what}",
        "at_most": "{What} must be {limit} or less",
        "at_most:choose many": "Choose no more than {limit} for {what}",
        "at_most:file": "Add no more than {limit} for {what}",
        "at_most:photo": "Add no more than {limit} for {what}",
        "at_most:signature": "Sign only once for {what}",
        "at_most:repeat": "Add no more than {limit} of {what}",
        "earliest": "{What} must be on or after {limit}",
        "earliest:time": "{What} must be at {limit} or later",
        "earliest_today": "{What} must be today or in the future",
        "latest": "{What} must be on or before {limit}",
        "latest:time": "{What} must be at {limit} or earlier",
        "latest_today": "{What} must be today or in the past",
        "shortest": "{What} must be {limit} characters or more",
        "longest": "{What} must be {limit} characters or fewer",
        "words": "{What} must be {limit} words or fewer",
        "looks_like": "{What} must look like {limit}",
        "alone": "Choose either “{limit}” or the others for {what}",
        "largest": "Each file for {what} must be smaller than {limit} MB",
        "must": "Check {what} and enter it again",
        "must?": "Check your answer to {what}",
        "bank_name": "Enter the name on the account",
        "sort_code": "Enter a sort code of 6 digits, like 30 94 30",
        "account_number": "Enter an account number of 6 to 8 digits, like 00733445",
        "roll_number": "The roll number must be 30 characters or fewer",
    },
    "cy": {
        "missing": "Rhowch {what}",
        "missing?": "Rhowch ateb i {what}",
        "missing:choose one": "Dewiswch {what}",
        "missing:choose one?": "Dewiswch ateb i {what}",
        "missing:choose many": "Dewiswch o leiaf un opsiwn ar gyfer {what}",
        "missing:yes or no": "Dewiswch ie neu na ar gyfer {what}",
        "missing:email": "Rhowch gyfeiriad e-bost, fel enw@example.org",
        "missing:phone": "Rhowch rif ffôn, fel 01632 960 001",
        "missing:address": "Rhowch {what}",
        "missing:address?": "Dewiswch neu rhowch gyfeiriad ar gyfer {what}",
        "missing:location": "Dangoswch y lle ar y map neu disgrifiwch ef ar gyfer {what}",
        "missing:date": "Rhowch {what}",
        "missing:date?": "Rhowch ddyddiad ar gyfer {what}",
        "missing:time": "Rhowch amser ar gyfer {what}, fel 2:30yp",
        "missing:file": "Dewiswch ffeil ar gyfer {what}",
        "missing:photo": "Ychwanegwch lun ar gyfer {what}",
        "missing:signature": "Llofnodwch ar gyfer {what}",
        "missing:slot": "Dewiswch amser ar gyfer {what}",
        "missing:repeat": "Ychwanegwch o leiaf un {what}",
        "missing:bank details": "Rhowch fanylion y banc",
        "missing_day": "Rhaid i {what} gynnwys diwrnod",
        "missing_month": "Rhaid i {what} gynnwys mis",
        "missing_year": "Rhaid i {what} gynnwys blwyddyn",
        "wrong": "Gwiriwch {what} a'i roi eto",
        "wrong?": "Gwiriwch eich ateb i {what}",
        "wrong:choose one": "Dewiswch un o'r opsiynau ar gyfer {what}",
        "wrong:choose many": "Dewiswch opsiynau o'r rhestr yn unig ar gyfer {what}",
        "wrong:yes or no": "Dewiswch ie neu na ar gyfer {what}",
        "wrong:email": "Rhowch gyfeiriad e-bost yn y ffurf gywir, fel enw@example.org",
        "wrong:phone": "Rhowch rif ffôn, fel 01632 960 001, 07700 900 982 neu +44 808 157 0192",
        "wrong:date": "Rhaid i {what} fod yn ddyddiad go iawn, fel 27 3 2026",
        "wrong:time": "Rhowch amser ar gyfer {what}, fel 9:30 neu 14:15",
        "wrong:whole number": "Rhaid i {what} fod yn rhif cyfan, fel 3",
        "wrong:money": "Rhaid i {what} fod yn swm mewn punnoedd a cheiniogau, fel 12.50",
        "wrong:vehicle registration": "Rhowch rif cofrestru cerbyd, fel AB12 CDE",
        "wrong:National Insurance number": "Rhowch rif Yswiriant Gwladol, fel QQ 12 34 56 C",
        "wrong:NHS number": "Rhowch rif GIG o 10 digid, fel 999 000 0018",
        "wrong:address": "Dewiswch gyfeiriad o'r rhestr neu rhowch ef ar gyfer {what}",
        "wrong:slot": "Dewiswch un o'r amserau a gynigir ar gyfer {what}",
        "wrong:location": "Dangoswch y lle ar y map neu disgrifiwch ef ar gyfer {what}",
        "wrong:file": "Dewiswch y ffeil eto ar gyfer {what}",
        "wrong:photo": "Ychwanegwch y llun eto ar gyfer {what}",
        "postcode": "Rhowch god post llawn yn y DU, fel XW1 1AA",
        "at_least": "Rhaid i {what} fod yn {limit} neu fwy",
        "at_least:choose many": "Dewiswch o leiaf {limit} ar gyfer {what}",
        "at_least:file": "Ychwanegwch o leiaf {limit} ar gyfer {what}",
        "at_least:photo": "Ychwanegwch o leiaf {limit} ar gyfer {what}",
        "at_least:repeat": "Ychwanegwch o leiaf {limit} ar gyfer {what}",
        "at_most": "Rhaid i {what} fod yn {limit} neu lai",
        "at_most:choose many": "Dewiswch ddim mwy na {limit} ar gyfer {what}",
        "at_most:file": "Ychwanegwch ddim mwy na {limit} ar gyfer {what}",
        "at_most:photo": "Ychwanegwch ddim mwy na {limit} ar gyfer {what}",
        "at_most:signature": "Llofnodwch unwaith yn unig ar gyfer {what}",
        "at_most:repeat": "Ychwanegwch ddim mwy na {limit} ar gyfer {what}",
        "earliest": "Rhaid i {what} fod ar neu ar ôl {limit}",
        "earliest:time": "Rhaid i {what} fod am {limit} neu'n hwyrach",
        "earliest_today": "Rhaid i {what} fod heddiw neu yn y dyfodol",
        "latest": "Rhaid i {what} fod ar neu cyn {limit}",
        "latest:time": "Rhaid i {what} fod am {limit} neu'n gynharach",
        "latest_today": "Rhaid i {what} fod heddiw neu yn y gorffennol",
        "shortest": "Rhaid i {what} fod yn {limit} nod neu fwy",
        "longest": "Rhaid i {what} fod yn {limit} nod neu lai",
        "words": "Rhaid i {what} fod yn {limit} gair neu lai",
        "looks_like": "Rhaid i {what} edrych fel {limit}",
        "alone": "Dewiswch naill ai “{limit}” neu'r lleill ar gyfer {what}",
        "largest": "Rhaid i bob ffeil ar gyfer {what} fod yn llai na {limit} MB",
        "must": "Gwiriwch {what} a'i roi eto",
        "must?": "Gwiriwch eich ateb i {what}",
        "bank_name": "Rhowch yr enw ar y cyfrif",
        "sort_code": "Rhowch god didoli o 6 digid, fel 30 94 30",
        "account_number": "Rhowch rif cyfrif o 6 i 8 digid, fel 00733445",
        "roll_number": "Rhaid i'r rhif rôl fod yn 30 nod neu lai",
    },
}
# Which of the file's own error texts stands in for a code.
_OWN: Final[Mapping[str, str]] = {
    "missing_day": "wrong",
    "missing_month": "wrong",
    "missing_year": "wrong",
    "postcode": "wrong",
    "alone": "wrong",
    "largest": "wrong",
    "words": "longest",
}


def field_errors(
    service: Service,
    question: Question,
    found: tuple[Fault, ...],
    *,
    facts: Facts,
    lang: str,
    prefix: str = "",
) -> tuple[FieldError, ...]:
    """The faults of a question as messages beside its fields."""
    name = f"{prefix}{question.field}"
    return tuple(
        FieldError(name + part, message(service, question, code, limit, facts, lang))
        for code, part, limit in found
    )


def message(
    service: Service, question: Question, code: str, limit: Any, facts: Facts, lang: str
) -> str:
    """What to tell the person: the file's own words, or the default ones."""
    own = service.text(f"{question.path}.error.{_OWN.get(code, code)}", lang)
    if own:
        return render(service, own, facts, lang)
    if code in ("earliest", "latest") and question.type in ("date", "slot"):
        day = parse_date(limit) if isinstance(limit, str) else None
        if day == facts.today and question.type == "date":
            code = f"{code}_today"
    what = naming(service, question, facts, lang)
    said = _limit(service, question, code, limit, lang)
    return fill(code, question.type, what, said, lang)


def fill(code: str, kind: str, what: str, limit: str, lang: str) -> str:
    """A default text with its parts filled in."""
    texts = TEXTS.get(lang, TEXTS["en"])
    keys = [f"{code}:{kind}", code, "wrong"]
    capital = what[:1].upper() + what[1:]
    if what.startswith("“"):
        keys = [key for name in keys for key in (f"{name}?", name)]
        capital = f"Your answer to {what}" if lang == "en" else what
    text = next(texts[key] for key in keys if key in texts)
    return text.replace("{What}", capital).replace("{what}", what).replace("{limit}", limit)


def naming(service: Service, question: Question, facts: Facts, lang: str) -> str:
    """What the question is called inside an error: its short name, or the question in quotes."""
    short = service.text(f"{question.path}.short", lang)
    if short:
        said = render(service, short, facts, lang)
        return said if len(said) > 1 and said[1].isupper() else said[:1].lower() + said[1:]
    label = render(service, service.text(f"{question.path}.label", lang), facts, lang)
    return f"“{label}”"


def _limit(service: Service, question: Question, code: str, limit: Any, lang: str) -> str:
    if limit is None:
        if code == "alone":
            lone = next((o for o in question.options.values() if o.alone), None)
            return lone.label if lone else ""
        return ""
    if question.type == "money" and isinstance(limit, int):
        return money_text(limit)
    if isinstance(limit, str) and code.startswith(("earliest", "latest")):
        day = parse_date(limit)
        return say_date(day, lang) if day else say_time(limit, lang)
    if code == "looks_like":
        letters, digits = iter("ABCDEFGHJKLMNPRSTUVW" * 20), iter("1234567890" * 40)
        return "".join(
            next(letters) if c == "A" else next(digits) if c == "0" else c for c in str(limit)[:60]
        )
    return str(limit)
