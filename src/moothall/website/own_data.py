"""The copy of their own data that residents make themselves: what they see here, to take away.

A ZIP with a page that anyone can read, the same as JSON, and the files. It holds what the person sees in
their account. What else the council holds about them (notes, for example) comes on request, for somebody
has to look whether it speaks of others (moothall.casework.subject_requests).
"""

from __future__ import annotations

import hashlib
import json
import secrets
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation

from moothall import outbox
from moothall.casework import queries as cases
from moothall.casework.types import TrackView
from moothall.files import actions as files
from moothall.files import store
from moothall.files.queries import by_ids
from moothall.journeys.models import Details, Draft
from moothall.packs import queries as packs
from moothall.people import audit, own
from moothall.people.models import AccountEvent, DataCopy, SignedIn, User

JOB, FORGET = "website.own_data", "website.own_data_forget"
FORGET_EVERY_SECONDS = 3600
KEPT = timedelta(days=3)
AGAIN = timedelta(hours=1)
"""A new copy may be asked for once the last one is so old."""
KIND = "application/zip"
STYLE = """\
body { font: 1.05rem/1.5 sans-serif; max-width: 48rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: 0 0 1.5rem; }
th, td { text-align: left; vertical-align: top; border-bottom: 1px solid #b1b4b6; }
th, td { padding: 0.4rem 0.6rem 0.4rem 0; }
th { width: 35%; font-weight: 600; }
td { white-space: pre-wrap; overflow-wrap: anywhere; }
"""


def newest(user: User) -> DataCopy | None:
    """The copy that was asked for last."""
    return DataCopy.objects.filter(user=user).order_by("-asked_at", "-pk").first()


def ask(user: User, language: str, *, now: datetime) -> DataCopy:
    """Ask for a copy; the one that is being made or was made within the hour is given instead."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)  # two clicks are one copy
        last = newest(user)
        busy = last is not None and last.state in {DataCopy.State.WAITING, DataCopy.State.MAKING}
        fresh = (
            last is not None and last.state == DataCopy.State.READY and now - last.asked_at < AGAIN
        )
        if last is not None and (fresh or (busy and now - last.asked_at < AGAIN)):
            return last
        copy = DataCopy.objects.create(
            public_id=secrets.token_urlsafe(18), user=user, language=language, asked_at=now
        )
        audit.note("copy_asked", user, now=now)
        outbox.enqueue(JOB, unique=f"own_data:{copy.public_id}", public_id=copy.public_id)
    return copy


def owner_of(copy: DataCopy) -> str:
    """Under which name the files room keeps it."""
    return f"copy:{copy.public_id}"


def _gave_up(reason: str, public_id: str, **_: Any) -> None:
    DataCopy.objects.filter(public_id=public_id).update(state=DataCopy.State.FAILED)


@outbox.task(JOB, external=True, lease=600, gave_up=_gave_up)
def make(public_id: str, now: datetime) -> Callable[[], object] | None:
    """Make a copy. A worker that is killed leaves nothing that counts, and another makes it."""
    copy = DataCopy.objects.select_related("user").filter(public_id=public_id).first()
    if copy is None or copy.state not in {DataCopy.State.WAITING, DataCopy.State.MAKING}:
        return None
    begun = store.draft()
    try:
        with translation.override("cy" if copy.language == "cy" else "en-gb"):
            _write(begun, copy, now)
        size = begun.stat().st_size
        with begun.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        stored_as = store.keep(begun)
    except BaseException:
        begun.unlink(missing_ok=True)
        raise

    def note() -> None:
        held = DataCopy.objects.select_for_update().filter(public_id=public_id).first()
        if held is None or held.state == DataCopy.State.READY:
            store.remove(stored_as)
            return
        kept = files.keep_made(
            stored_as, owner=owner_of(held), name="my-data.zip", kind=KIND, size=size,
            sha256=digest, now=now,
        )  # fmt: skip
        held.file, held.size, held.state = kept.public_id, size, DataCopy.State.READY
        held.ready_at, held.expires_at = now, now + KEPT
        held.done = held.total
        held.save()

    return note


def _write(path: Path, copy: DataCopy, now: datetime) -> None:
    user = copy.user
    found = cases.cases_of(user, copy.language, now=now, limit=None)
    parts = len(found) + 1
    DataCopy.objects.filter(pk=copy.pk).update(state=DataCopy.State.MAKING, total=parts)
    names: dict[str, str] = {}
    with zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED) as archive:
        for number, case in enumerate(found, start=1):
            _files(archive, case, names)
            if number % 10 == 0:
                DataCopy.objects.filter(pk=copy.pk).update(done=number)
        values = {
            "user": user,
            "council": packs.council(),
            "now": now,
            "cases": found,
            "names": names,
            "details": Details.objects.filter(user=user).first(),
            "wishes": own.wishes_of(user),
            "drafts": _drafts(user, copy.language),
            "places": list(SignedIn.objects.filter(user=user).order_by("started_at")),
            "happened": [
                (one.at, audit.KINDS.get(one.kind, one.kind))
                for one in AccountEvent.objects.filter(user_id=user.pk).order_by("at")[:5000]
            ],
        }
        page = render_to_string("website/own_data.html", values)
        archive.writestr("index.html", page)
        archive.writestr("page.css", STYLE)
        archive.writestr("data.json", json.dumps(_data(values), indent=1, ensure_ascii=False))


def _files(archive: zipfile.ZipFile, case: TrackView, names: dict[str, str]) -> None:
    ids = [
        str(file["id"])
        for answer in case.answers
        if answer.type in {"file", "photo", "signature"} and isinstance(answer.value, list)
        for file in answer.value
        if isinstance(file, dict) and file.get("id")
    ]
    for number, (public_id, stored) in enumerate(by_ids(ids).items(), start=1):
        name = f"files/{case.reference}/{number:02d} {stored.name.replace('/', '-')}"
        try:
            archive.write(store.path_of(stored.stored_as), name)
        except FileNotFoundError:
            continue
        names[public_id] = name


def _drafts(user: User, language: str) -> list[dict[str, Any]]:
    made = []
    for one in Draft.objects.filter(user=user, submitted_at=None).order_by("started_at")[:200]:
        service = packs.service(one.service_id)
        name = (service.text("name", language) or service.name) if service else one.service_id
        made.append({"service": name, "begun": one.started_at, "answers": one.answers})
    return made


def _data(values: dict[str, Any]) -> dict[str, Any]:
    user: User = values["user"]
    details, wishes = values["details"], values["wishes"]
    return {
        "made_at": values["now"].isoformat(),
        "council": values["council"].name,
        "account": {
            "email": user.email,
            "name": user.name,
            "language": user.language,
            "made_at": user.date_joined.isoformat(),
            "phone": details.phone if details else "",
            "address": details.address if details else None,
            "updates": wishes.updates,
            "reminders": wishes.reminders,
            "signed_in": [
                {"device": one.device, "since": one.started_at.isoformat()}
                for one in values["places"]
            ],
            "happened": [{"at": at.isoformat(), "what": what} for at, what in values["happened"]],
        },
        "unsent_forms": [{**one, "begun": one["begun"].isoformat()} for one in values["drafts"]],
        "cases": [
            {
                "reference": case.reference,
                "service": case.service_name,
                "state": case.state_label,
                "sent_at": case.opened_at.isoformat(),
                "answers": [
                    {"question": one.label, "answer": one.words, "value": one.value}
                    for one in case.answers
                ],
                "messages": [
                    {
                        "at": one.at.isoformat(),
                        "from": "you" if one.direction == "in" else "council",
                        "subject": one.subject,
                        "text": one.body,
                    }
                    for one in case.messages
                ],
                "happened": [{"at": one.at.isoformat(), "what": one.what} for one in case.timeline],
                "files": [
                    name
                    for name in values["names"].values()
                    if name.startswith(f"files/{case.reference}/")
                ],
            }
            for case in values["cases"]
        ],
    }


@outbox.task(FORGET)
def forget_old(now: datetime) -> int:
    """Remove copies whose time is over; return how many."""
    gone = 0
    for copy in DataCopy.objects.filter(expires_at__lt=now).exclude(file="")[:100]:
        with transaction.atomic():
            files.erase(owner_of(copy))
            copy.file, copy.state = "", DataCopy.State.GONE
            copy.save(update_fields=["file", "state"])
        gone += 1
    DataCopy.objects.filter(asked_at__lt=now - timedelta(days=365)).delete()
    return gone


outbox.every(FORGET, FORGET_EVERY_SECONDS, FORGET)
