"""The pack's section "desk": desk.yaml, whether and when the list of late cases goes out."""

from __future__ import annotations

from datetime import time
from pathlib import Path

from pydantic import field_validator

from moothall.desk.late_list import council_settings
from moothall.desk.models import DeskSettings
from moothall.packs.reading import PackModel, read_yaml, write_yaml
from moothall.packs.sections import Change

FILE = "desk.yaml"


class LateList(PackModel):
    """The morning's email of late cases."""

    send: bool = True
    at: str = "07:30"

    @field_validator("at")
    @classmethod
    def _is_a_time(cls, value: str) -> str:
        try:
            given = time.fromisoformat(value)
        except ValueError:
            raise ValueError("write a time of day such as 07:30, in quotation marks") from None
        if not time(4) <= given <= time(17):
            raise ValueError("choose a time from 04:00 to 17:00")
        return given.strftime("%H:%M")


class DeskFile(PackModel):
    """The whole file."""

    late_list: LateList = LateList()


class DeskSection:
    """Whether and when the list of late cases goes out."""

    name = "desk"
    order = 100

    def read(self, folder: Path) -> DeskFile | None:
        """The file, checked; None if the pack leaves it out."""
        return read_yaml(folder, FILE, DeskFile)

    def plan(self, data: DeskFile) -> list[Change]:
        """What would be otherwise."""
        now = council_settings()
        was, will = (
            _words(now.late_list, f"{now.late_list_at:%H:%M}"),
            _words(data.late_list.send, data.late_list.at),
        )
        if was == will:
            return []
        return [Change("change", f"The list of late cases: {was}, then {will}")]

    def apply(self, data: DeskFile) -> None:
        """Makes it so."""
        DeskSettings.objects.update_or_create(
            id=1,
            defaults={
                "late_list": data.late_list.send,
                "late_list_at": time.fromisoformat(data.late_list.at),
            },
        )

    def export(self, folder: Path) -> None:
        """Writes desk.yaml."""
        now = council_settings()
        data = {"late_list": {"send": now.late_list, "at": f"{now.late_list_at:%H:%M}"}}
        says = "The desk: whether and when the list of late cases goes out, in Europe/London."
        write_yaml(folder, FILE, data, says=says)


def _words(send: bool, at: str) -> str:
    return f"sent at {at} on working days" if send else "not sent"
