"""Databases that hold cases already: count them by day, and give each day of contacts its month."""

from collections import defaultdict
from datetime import date
from typing import Any

from django.db import migrations
from django.utils import timezone

NUMBERS = ("opened", "ended", "kept", "broken", "reopened", "days")


def count(apps: Any, schema_editor: Any) -> None:
    """Adds up the cases as they stand. None of them can have been opened again before."""
    using = schema_editor.connection.alias
    case_model = apps.get_model("casework", "Case")
    case_day = apps.get_model("casework", "CaseDay")
    contact_day = apps.get_model("casework", "ContactDay")
    for day in contact_day.objects.using(using).filter(month="").values_list("day", flat=True).distinct():
        contact_day.objects.using(using).filter(day=day).update(month=f"{day:%Y-%m}")
    counts: dict[tuple[date, str, str, str, str], list[int]] = defaultdict(lambda: [0] * 6)
    cases = case_model.objects.using(using).order_by().values_list(
        "service_id", "team", "channel", "outcome", "opened_at", "ended_at", "promised", "breached_at"
    )
    for service, team, channel, outcome, opened, ended, promised, breached in cases.iterator(2000):
        first = timezone.localtime(opened).date()
        counts[first, service, team, channel, ""][0] += 1
        if ended is not None:
            last = timezone.localtime(ended).date()
            row = counts[last, service, team, channel, outcome]
            row[1] += 1
            if promised:
                row[2 if breached is None else 3] += 1
            row[5] += (last - first).days
    case_day.objects.using(using).bulk_create(
        [
            case_day(
                day=key[0], month=f"{key[0]:%Y-%m}", service_id=key[1], team=key[2], channel=key[3],
                outcome=key[4], kind=1, **dict(zip(NUMBERS, numbers)),
            )
            for key, numbers in sorted(counts.items())
        ],
        batch_size=500,
    )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("casework", "0003_many_cases")]

    operations = [migrations.RunPython(count, migrations.RunPython.noop, elidable=True)]
