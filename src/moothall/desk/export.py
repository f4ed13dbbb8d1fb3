"""Files to download from the desk: streamed, and safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from django.http import StreamingHttpResponse
from django.utils import timezone

from moothall.casework import access
from moothall.casework import queries as casework
from moothall.desk import wordlists
from moothall.desk.filters import QueueLink
from moothall.desk.queries import teams, wards
from moothall.desk.queue_view import narrowed
from moothall.people.actor import Actor

HEADS = (
    "Reference", "Service", "State", "Summary", "Name", "Place", "Ward", "Team", "Assigned to",
    "Came by", "Opened", "Promised by", "Late", "Urgent", "Finished", "Last change",
)  # fmt: skip
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")
"""Beginnings of a cell that a spreadsheet takes for a formula (OWASP, CSV injection)."""


def safe(cell: object) -> str:
    """Return a cell that a spreadsheet shows as the text that it is."""
    text = str(cell if cell is not None else "")
    return f"'{text}" if text.lstrip(" ").startswith(RISKY) else text


class _Line:
    """What the csv writer writes to: gives each line back."""

    def write(self, line: str) -> str:
        return line


def csv_file(
    name: str, heads: Sequence[str], rows: Iterable[Sequence[object]]
) -> StreamingHttpResponse:
    """Return rows as a CSV file that is written while it is sent."""
    writer = csv.writer(_Line())

    def lines() -> Iterator[str]:
        yield "\ufeff" + writer.writerow(heads)  # the mark by which spreadsheets know UTF-8
        for row in rows:
            yield writer.writerow([safe(cell) for cell in row])

    answer = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _day(value: datetime | None) -> str:
    return timezone.localtime(value).strftime("%Y-%m-%d %H:%M") if value else ""


def queue_csv(actor: Actor, link: QueueLink, *, now: datetime) -> StreamingHttpResponse:
    """Return the cases of a queue as a file: all pages, with what this person may see of each.

    Each case in it is noted in the access log as read by an export.
    """
    filters, _ = narrowed(actor, link)
    ward_names, team_names = wards(), teams()

    def rows() -> Iterator[Sequence[object]]:
        for row in casework.all_rows(actor, filters, now=now):
            access.note(actor, row.reference, "export", now=now)
            yield (
                row.reference,
                row.service_name,
                row.state_label,
                row.summary,
                row.contact_name,
                row.place_line,
                ward_names.get(row.ward, row.ward),
                team_names.get(row.team, row.team),
                row.assigned_to,
                wordlists.channel(row.channel),
                _day(row.opened_at),
                _day(row.finish_by),
                "yes" if row.late else "",
                "yes" if row.urgent else "",
                _day(row.ended_at),
                _day(row.last_event_at),
            )

    return csv_file(f"cases-{timezone.localtime(now):%Y-%m-%d}.csv", HEADS, rows())
