"""Fill in where the cases are, by which phone, and when they were first answered."""

from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.models import Min, OuterRef, Subquery

BATCH = 2000


def address_key(postcode: str, line: str) -> str:
    if not (postcode and line):
        return ""
    return f"{postcode.upper().replace(' ', '')} {' '.join(line.lower().split())}"[:120]


def phone_key(phone: str) -> str:
    digits = "".join(one for one in phone if one.isdigit() and one.isascii())
    if phone.strip().startswith("+") or digits.startswith("00"):
        digits = digits.removeprefix("00")
    elif digits.startswith("0"):
        digits = f"44{digits[1:]}"
    return f"+{digits}"[:20] if len(digits) >= 9 else ""


def fill(apps: Any, schema_editor: Any) -> None:
    """A batch at a time; done again, it changes nothing."""
    case_model = apps.get_model("casework", "Case")
    event_model = apps.get_model("casework", "Event")
    after = 0
    while True:
        batch = list(
            case_model.objects.filter(pk__gt=after)
            .order_by("pk")
            .only("pk", "place_postcode", "place_line", "contact_phone")[:BATCH]
        )
        if not batch:
            break
        for case in batch:
            case.place_key = address_key(case.place_postcode, case.place_line)
            case.phone_key = phone_key(case.contact_phone)
        case_model.objects.bulk_update(batch, ["place_key", "phone_key"], batch_size=500)
        answered = (
            event_model.objects.filter(
                case=OuterRef("pk"), actor_kind="staff", kind__in=["moved", "message_queued"]
            )
            .order_by()
            .values("case")
            .annotate(first=Min("at"))
            .values("first")
        )
        case_model.objects.filter(pk__gt=after, pk__lte=batch[-1].pk).update(
            first_response_at=Subquery(answered)
        )
        after = batch[-1].pk
    case_model.objects.filter(reopened_at__isnull=False, reopens=0).update(reopens=1)


class Migration(migrations.Migration):
    dependencies = [("casework", "0005_beside_cases")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
