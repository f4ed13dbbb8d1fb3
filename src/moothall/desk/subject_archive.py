"""The copy of everything that is held about a person: put together in the background, as one ZIP file.

It holds a page that anyone can read, the same as data (JSON) for another system, and the files. What the
officer withheld is not in it; how much that was, and why, is.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from moothall import outbox
from moothall.casework import subject_requests
from moothall.casework.models import SubjectRequest
from moothall.casework.subject import GIVE, MASK, WITHHOLD, CaseFile, Item
from moothall.files import actions as files
from moothall.files import store
from moothall.files.queries import by_ids
from moothall.journeys.models import Details, Draft
from moothall.notify.models import Message
from moothall.packs import queries as packs
from moothall.people import audit
from moothall.people.models import AccountEvent, SignedIn, User, Wishes

FORGET = "desk.subject_forget"
FORGET_EVERY_SECONDS = 6 * 3600
KIND = "application/zip"
STYLE = """\
body { font: 1.05rem/1.5 sans-serif; max-width: 48rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: 0 0 1.5rem; }
th, td { text-align: left; vertical-align: top; border-bottom: 1px solid #b1b4b6; }
th, td { padding: 0.4rem 0.6rem 0.4rem 0; }
th { width: 35%; font-weight: 600; }
td { white-space: pre-wrap; overflow-wrap: anywhere; }
h2 { margin-top: 2.5rem; }
"""
"""How the page in the archive looks: it lies beside it as page.css."""


@dataclass
class Given:
    """What goes out of one case."""

    case: CaseFile
    items: list[tuple[Item, str]] = field(default_factory=list)
    """Each with its text as it is given."""
    withheld: int = 0
    masked: int = 0


def choice_of(item: Item, chosen: dict[str, str]) -> str:
    """What is done with an item: as the officer decided, or as we proposed."""
    wanted = chosen.get(item.id, item.choice)
    return GIVE if wanted == MASK and not item.spans else wanted


def given(case: CaseFile, chosen: dict[str, str]) -> Given:
    """A case without what is withheld."""
    out = Given(case)
    for item in case.items:
        wanted = choice_of(item, chosen)
        if wanted == WITHHOLD:
            out.withheld += 1
            continue
        out.masked += wanted == MASK
        out.items.append((item, item.masked() if wanted == MASK else item.text))
    return out


def account_of(email: str) -> dict[str, Any]:
    """What their account holds: nothing where they have none."""
    user = User.objects.filter(email__iexact=email).first() if email else None
    if user is None:
        return {}
    details = Details.objects.filter(user=user).first()
    wishes = Wishes.objects.filter(user=user).first()
    return {
        "Email address": user.email,
        "Name": user.name,
        "Made on": _moment(user.date_joined),
        "Last signed in": _moment(user.last_login) if user.last_login else "Never",
        "Phone": details.phone if details else "",
        "Address": str((details.address or {}).get("line", "")) if details else "",
        "What they want to hear": _wishes(wishes),
        "Signed in on": [
            f"{one.device or 'A browser'}, since {_moment(one.started_at)}"
            for one in SignedIn.objects.filter(user=user).order_by("started_at")[:100]
        ],
        "What happened to the account": [
            f"{_moment(one.at)}: {audit.KINDS.get(one.kind, one.kind)}"
            for one in AccountEvent.objects.filter(user_id=user.pk).order_by("at")[:1000]
        ],
    }


def _wishes(wishes: Wishes | None) -> str:
    if wishes is None:
        return "The defaults"
    said = {"reminders": wishes.reminders, "news of their area": wishes.area_news,
            "questions how we did": wishes.satisfaction}  # fmt: skip
    return "; ".join(f"{name}: {'yes' if on else 'no'}" for name, on in said.items())


def drafts_of(email: str) -> list[dict[str, Any]]:
    """Forms that they began and have not sent."""
    if not email:
        return []
    user = User.objects.filter(email__iexact=email).first()
    mine = Draft.objects.filter(submitted_at=None, email__iexact=email)
    if user is not None:
        mine = mine | Draft.objects.filter(submitted_at=None, user=user)
    return [
        {"service": _name(one.service_id), "begun": _moment(one.started_at), "answers": one.answers}
        for one in mine.order_by("started_at")[:100]
    ]


def messages_of(email: str) -> list[dict[str, str]]:
    """Messages to them that belong to no case, such as codes to sign in; only what is still kept."""
    if not email:
        return []
    rows = Message.objects.filter(to__iexact=email, subject_ref="", redacted_at=None)
    return [
        {"when": _moment(one.queued_at), "subject": one.subject, "text": one.body}
        for one in rows.order_by("queued_at")[:200]
    ]


def _name(service_id: str) -> str:
    offered = packs.service(service_id)
    return offered.name if offered else service_id


def _moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%d %B %Y, %H:%M}".lstrip("0")


@outbox.task(subject_requests.JOB, external=True, lease=600, gave_up=lambda reason, public_id, **_: subject_requests.not_built(public_id))  # fmt: skip
def make(public_id: str, now: datetime) -> Callable[[], object] | None:
    """Put the archive of a request together; a worker that is killed leaves nothing that counts."""
    request = SubjectRequest.objects.filter(public_id=public_id).first()
    if request is None or request.state != SubjectRequest.State.BUILDING:
        return None
    begun = store.draft()
    try:
        _write(begun, request, now)
        size, digest = begun.stat().st_size, _digest(begun)
        stored_as = store.keep(begun)
    except BaseException:
        begun.unlink(missing_ok=True)
        raise

    def note() -> None:
        kept = files.keep_made(
            stored_as,
            owner=subject_requests.owner_of(public_id),
            name=f"{public_id}.zip",
            kind=KIND,
            size=size,
            sha256=digest,
            now=now,
        )
        if not subject_requests.built(public_id, kept.public_id, digest, now=now):
            transaction.set_rollback(True)

    return note


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(path: Path, request: SubjectRequest, now: datetime) -> None:
    held = subject_requests.held_about(request, now=now)
    cases = [given(one, request.chosen) for one in held]
    cases = [one for one in cases if one.case.own or one.items]
    names = dict(_file_names(cases))
    values = {
        "request": request,
        "council": packs.council(),
        "cases": cases,
        "account": account_of(request.email),
        "drafts": drafts_of(request.email),
        "messages": messages_of(request.email),
        "names": names,
        "withheld": sum(one.withheld for one in cases),
        "masked": sum(one.masked for one in cases),
        "now": now,
    }
    with zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "Read me first.html", render_to_string("desk/subject_archive.html", values)
        )
        archive.writestr("page.css", STYLE)
        archive.writestr("data.json", json.dumps(_data(values), indent=1, ensure_ascii=False))
        stored = by_ids([item.file for one in cases for item, _ in one.items if item.file])
        for public_id, name in names.items():
            if public_id in stored:
                archive.write(store.path_of(stored[public_id].stored_as), name)


def _file_names(cases: list[Given]) -> Iterator[tuple[str, str]]:
    """Where each file lies in the archive: numbered, for two may have one name."""
    for one in cases:
        number = 0
        for item, _ in one.items:
            if item.file:
                number += 1
                yield (
                    item.file,
                    f"files/{one.case.reference}/{number:02d} {item.text.replace('/', '-')}",
                )


def _data(values: dict[str, Any]) -> dict[str, Any]:
    request: SubjectRequest = values["request"]
    return {
        "request": request.public_id,
        "made_at": values["now"].isoformat(),
        "controller": values["council"].name,
        "account": values["account"],
        "unsent_forms": values["drafts"],
        "messages": values["messages"],
        "cases": [
            {
                **{
                    key: value
                    for key, value in asdict(one.case).items()
                    if key in {"reference", "service", "state", "lawful_basis", "kept"}
                },
                "opened_at": one.case.opened_at.isoformat(),
                "read_by": dict(one.case.read_by),
                "items": [
                    {"part": item.part, "label": item.label, "text": text}
                    | ({"file": values["names"][item.file]} if item.file else {})
                    for item, text in one.items
                ],
                "withheld": one.withheld,
            }
            for one in values["cases"]
        ],
    }


@outbox.task(FORGET)
def forget_old(now: datetime) -> int:
    """Remove archives and requests whose time is over."""
    return subject_requests.forget_old(now)
