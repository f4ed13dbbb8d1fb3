"""The pack's section "replies": replies.yaml, replies that staff can use again."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from pydantic import Field

from moothall.casework.models import ReplyTemplate
from moothall.casework.replies import LONGEST, check_words
from moothall.packs import queries as packs
from moothall.packs.reading import PackModel, line_of, load_yaml, read_yaml, shown, write_yaml
from moothall.packs.sections import Change, PackError, PackProblem

FILE = "replies.yaml"
_COLUMNS = ("name", "service_id", "states", "subject", "text", "subject_cy", "text_cy", "position")


class WelshReply(PackModel):
    """The Welsh words of a reply."""

    subject: str = Field("", max_length=120)
    text: str = Field(min_length=1, max_length=LONGEST)


class ReplyEntry(PackModel):
    """One reply. Without `service` it is for every service, without `states` for any state."""

    reply: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)
    name: str = Field(min_length=1, max_length=120)
    service: str = ""
    states: list[str] = Field(default_factory=list)
    subject: str = Field("", max_length=120)
    text: str = Field(min_length=1, max_length=LONGEST)
    in_welsh: WelshReply | None = None


class RepliesFile(PackModel):
    """The whole file."""

    replies: list[ReplyEntry]


class RepliesSection:
    """Reads, plans, applies and exports replies.yaml. Applied after the services it speaks of."""

    name = "replies"
    order = 75

    def read(self, folder: Path) -> RepliesFile | None:
        """The file, checked, or None. Raises PackError with file and line."""
        data = read_yaml(folder, FILE, RepliesFile)
        if data is None:
            return None
        counted = Counter(one.reply for one in data.replies)
        problems = [
            _problem(
                folder, index, "reply", f"{one.reply} is there twice.", "Name each reply once."
            )
            for index, one in enumerate(data.replies)
            if counted[one.reply] > 1
        ]
        problems += [
            _problem(
                folder,
                index,
                "states",
                "States belong to a service.",
                "Say which service it is for.",
            )
            for index, one in enumerate(data.replies)
            if one.states and not one.service
        ]
        if problems:
            raise PackError(problems)
        return data

    def plan(self, data: RepliesFile) -> list[Change]:
        """What applying the file would change."""
        now = {row.slug: _values(row) for row in ReplyTemplate.objects.all()}
        changes: list[Change] = []
        for slug, values in _wanted(data).items():
            if slug not in now:
                changes.append(Change("add", f"Reply “{values['name']}”"))
            elif now[slug] != values:
                parts = [name for name, value in values.items() if now[slug][name] != value]
                changes.append(
                    Change("change", f"Reply “{values['name']}”", (f"other {', '.join(parts)}",))
                )
        gone = sorted(now.keys() - _wanted(data).keys())
        return changes + [Change("remove", f"Reply “{now[slug]['name']}”") for slug in gone]

    def apply(self, data: RepliesFile) -> None:
        """Makes the replies as the file says. Raises PackError where one does not fit its service."""
        problems = [
            PackProblem(
                FILE, 0, f"{entry.reply}: {wrong}", "See the names in the language reference."
            )
            for entry in data.replies
            if (wrong := _wrong(entry))
        ]
        if problems:
            raise PackError(problems)
        wanted = _wanted(data)
        ReplyTemplate.objects.exclude(slug__in=wanted).delete()
        there = {row.slug: _values(row) for row in ReplyTemplate.objects.all()}
        for slug, values in wanted.items():
            if there.get(slug) != values:
                ReplyTemplate.objects.update_or_create(
                    slug=slug, defaults={**values, "changed_at": None, "changed_by": ""}
                )

    def export(self, folder: Path) -> None:
        """Writes replies.yaml from the replies in force; none where there are none."""
        entries: list[dict[str, Any]] = []
        for row in ReplyTemplate.objects.order_by("position", "slug"):
            entry: dict[str, Any] = {"reply": row.slug, "name": row.name}
            if row.service_id:
                entry["service"] = row.service_id
            if row.states:
                entry["states"] = list(row.states)
            if row.subject:
                entry["subject"] = row.subject
            entry["text"] = row.text
            if row.text_cy:
                welsh = {"subject": row.subject_cy} if row.subject_cy else {}
                entry["in_welsh"] = {**welsh, "text": row.text_cy}
            entries.append(entry)
        if entries:
            says = "Replies that staff use again. {names} are those of the service language."
            write_yaml(folder, FILE, {"replies": entries}, says=says)


def _problem(folder: Path, index: int, key: str, message: str, mend: str) -> PackProblem:
    line = line_of(load_yaml(folder, FILE), ["replies", index, key])
    return PackProblem(shown(folder, folder / FILE), line, message, mend)


def _wrong(entry: ReplyEntry) -> str:
    """Why a reply does not fit the services as they are in force; empty when it does."""
    if entry.service:
        service = packs.service(entry.service)
        if service is None:
            return f"{entry.service} is no service that the council offers."
        unknown = [one for one in entry.states if one not in service.states]
        if unknown:
            return f"{', '.join(unknown)}: the service has no such state."
    welsh = entry.in_welsh
    texts = [entry.subject, entry.text, *((welsh.subject, welsh.text) if welsh else ())]
    return next((wrong for one in texts if (wrong := check_words(one, entry.service))), "")


def _wanted(data: RepliesFile) -> dict[str, dict[str, Any]]:
    return {
        one.reply: {
            "name": one.name,
            "service_id": one.service,
            "states": list(one.states),
            "subject": one.subject,
            "text": one.text.strip(),
            "subject_cy": one.in_welsh.subject if one.in_welsh else "",
            "text_cy": one.in_welsh.text.strip() if one.in_welsh else "",
            "position": position,
        }
        for position, one in enumerate(data.replies, 1)
    }


def _values(row: ReplyTemplate) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _COLUMNS}
