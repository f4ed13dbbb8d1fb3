"""The case, its ledger, and what is counted and logged beside it.

`Event` rows are the truth; `Case` rows are projections that are written in the same transaction and
can be made again from the events. docs/ledger.md is the standard that both follow.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

FOREVER = datetime(9999, 12, 31, tzinfo=UTC)
"""Where a case without a running promise stands in the queue: after all that have one."""

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""Before every `queue_at`: said beside `ended_at IS NULL`, it leads SQLite to the indexes of open cases,
which it would pass over for one of all cases ever (it keeps no statistics unless it is told to)."""

UNPAID = "unpaid"
"""The state of a case that waits for a fee that is taken before it starts."""
LAPSED = "lapsed"
"""The state of a case whose payment never came."""
MERGED = "merged"
"""The state and the outcome of a duplicate that was joined to another case."""
HANDED_OVER = "handed_over"
"""The state and the outcome of a case that goes on as a case of another service."""
OURS = frozenset({UNPAID, LAPSED, MERGED, HANDED_OVER})
"""States that every service has beside those of its file: no move leads out of them."""


COUNTED_BY = (
    "service_id", "team", "channel", "outcome", "opened_at", "ended_at", "reopened_at", "promised",
    "breached_at",
)  # fmt: skip
"""The columns that say how a case is counted in `CaseDay` (casework.flow)."""
_COUNTED_BY = frozenset(COUNTED_BY)


class Repeat(models.TextChoices):
    """How a case asks again for what an earlier one asked for (casework.repeats has the rule)."""

    NONE = "", "No repeat"
    AGAIN = "again", "Asks again after the earlier one was closed"
    STILL_OPEN = "still_open", "The same person asks again while the earlier one is open"


class PaidState(models.TextChoices):
    """What is known about the money of a case."""

    NONE = "", "Nothing to pay"
    DUE = "due", "Payment is due"
    PAID = "paid", "Paid"
    PART_REFUNDED = "part_refunded", "Refunded in part"
    REFUNDED = "refunded", "Refunded"
    WAIVED = "waived", "Fee waived"


class Case(models.Model):
    """One request to the council: a projection of its events.

    `lock_version` is the sequence of the last event, so it is both the optimistic lock and the length
    of the chain; `head_digest` is that event's digest. Money is in pence.
    """

    reference = models.CharField(max_length=20, unique=True)
    key = models.CharField(max_length=100, unique=True)
    service_id = models.CharField(max_length=80)
    definition_sha = models.CharField(max_length=64, db_index=True)
    version = models.CharField(max_length=30)

    state = models.CharField(max_length=80)
    state_since = models.DateTimeField()
    outcome = models.CharField(max_length=40, blank=True)
    channel = models.CharField(max_length=20)
    language = models.CharField(max_length=8, default="en")

    opened_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    opened_month = models.CharField(max_length=7)
    ended_month = models.CharField(max_length=7, blank=True)
    """Months in Europe/London as 2026-03, by which promises are counted."""
    last_event_at = models.DateTimeField()
    awaiting_staff_since = models.DateTimeField(null=True)

    finish_by = models.DateTimeField(null=True)
    warn_at = models.DateTimeField(null=True)
    warned_at = models.DateTimeField(null=True)
    breached_at = models.DateTimeField(null=True)
    promised = models.BooleanField(default=False)
    """Whether it ever had a day to be finished by."""
    urgent = models.BooleanField(default=False)
    promise_why = models.CharField(max_length=200, blank=True)
    paused_since = models.DateTimeField(null=True)
    pauses_json = models.TextField(default="[]")
    expires_at = models.DateTimeField(null=True)
    expires_move = models.CharField(max_length=80, blank=True)
    marks_json = models.TextField(default="[]")
    told_json = models.TextField(default="[]")
    queue_at = models.DateTimeField(default=FOREVER)
    wake_at = models.DateTimeField(null=True)

    ward = models.CharField(max_length=20, blank=True)
    team = models.CharField(max_length=80, blank=True)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    restricted = models.BooleanField(default=False)
    applicant = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    follows = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")

    contact_name = models.CharField(max_length=200, blank=True)
    contact_email = models.CharField(max_length=254, blank=True)
    contact_phone = models.CharField(max_length=40, blank=True)
    contact_postcode = models.CharField(max_length=10, blank=True)
    place_line = models.CharField(max_length=300, blank=True)
    place_postcode = models.CharField(max_length=10, blank=True)
    summary = models.CharField(max_length=300, blank=True)

    paid_state = models.CharField(max_length=20, choices=PaidState.choices, blank=True)
    fee_pence = models.IntegerField(default=0)
    paid_pence = models.IntegerField(default=0)
    refunded_pence = models.IntegerField(default=0)
    pay_by = models.DateTimeField(null=True)
    slot_lost = models.BooleanField(default=False)

    reopened_at = models.DateTimeField(null=True)
    """When it was last opened again after it had ended."""
    reopens = models.PositiveIntegerField(default=0)
    """How often it was opened again."""
    first_response_at = models.DateTimeField(null=True)
    """When somebody of the council first wrote to the person or took a step."""
    repeat_of = models.CharField(max_length=20, blank=True)
    """The reference of an earlier case that this one asks again (casework.repeats)."""
    repeat_kind = models.CharField(max_length=20, choices=Repeat.choices, blank=True)
    merged_into = models.CharField(max_length=20, blank=True)
    """The reference of the case that this one was joined to as a duplicate."""
    followers = models.PositiveIntegerField(default=0)
    """How many duplicates were joined to this case and follow it."""
    handed_to = models.CharField(max_length=20, blank=True)
    """The reference of the case of another service in which this one goes on."""
    handed_from = models.CharField(max_length=20, blank=True)
    """The reference of the case of another service of which this one is the continuation."""
    place_key = models.CharField(max_length=120, blank=True)
    """Where, for finding others there: postcode and line of an address, or a cell of the grid."""
    phone_key = models.CharField(max_length=20, blank=True)
    """The contact's phone number in its one form."""
    anonymised_at = models.DateTimeField(null=True)
    lock_version = models.IntegerField(default=0)
    head_digest = models.CharField(max_length=64, blank=True)

    answers_json = models.TextField(default="{}")
    look_ups_json = models.TextField(default="{}")
    redacted_json = models.TextField(default="[]")

    counted_as: tuple[Any, ...] | None = None
    """Its `COUNTED_BY` as `CaseDay` has it: None when nothing is counted yet, () when not known."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(refunded_pence__gte=0) & Q(refunded_pence__lte=F("paid_pence")),
                name="casework_case_refund_within_paid",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("opened_at")),
                name="casework_case_ends_after_it_opens",
            ),
        ]
        indexes = [
            models.Index(
                fields=["service_id", "queue_at", "id"],
                name="case_open_service",
                condition=Q(ended_at=None),
            ),
            models.Index(
                fields=["team", "queue_at", "id"], name="case_open_team", condition=Q(ended_at=None)
            ),
            models.Index(
                fields=["assigned_to", "queue_at", "id"],
                name="case_open_assigned",
                condition=Q(ended_at=None),
            ),
            models.Index(fields=["queue_at", "id"], name="case_open", condition=Q(ended_at=None)),
            # Holds what the numbers beside a queue are counted from: open cases are few, rows are wide.
            models.Index(
                fields=[
                    "queue_at",
                    "team",
                    "assigned_to",
                    "restricted",
                    "definition_sha",
                    "service_id",
                    "paused_since",
                    "finish_by",
                    "awaiting_staff_since",
                    "urgent",
                    "ward",
                    "channel",
                    "opened_at",
                    "ended_at",
                ],
                name="case_open_counts",
                condition=Q(ended_at=None),
            ),
            models.Index(
                fields=["ward", "queue_at", "id"], name="case_ward", condition=Q(ended_at=None)
            ),
            models.Index(
                fields=["reopened_at"], name="case_reopened", condition=Q(reopened_at__isnull=False)
            ),
            models.Index(
                fields=["breached_at"], name="case_breached", condition=Q(breached_at__isnull=False)
            ),
            models.Index(
                fields=["team", "breached_at"],
                name="case_team_breached",
                condition=Q(breached_at__isnull=False),
            ),
            models.Index(
                fields=["team", "ended_at"],
                name="case_team_ended",
                condition=Q(ended_at__isnull=False),
            ),
            models.Index(fields=["team", "opened_at"], name="case_team_opened"),
            models.Index(
                fields=["queue_at", "id"], name="case_fee_due", condition=Q(paid_state="due")
            ),
            models.Index(
                fields=["queue_at", "id"], name="case_repeats", condition=~Q(repeat_of="")
            ),
            models.Index(
                fields=["queue_at", "id"], name="case_handed", condition=~Q(handed_from="")
            ),
            models.Index(
                fields=["queue_at", "id"], name="case_reopens", condition=Q(reopens__gt=0)
            ),
            models.Index(fields=["service_id", "opened_at"], name="case_service_opened"),
            # Only ended cases: SQLite would otherwise read open ones by it, and sort them.
            models.Index(
                fields=["service_id", "ended_at"],
                name="case_service_ended",
                condition=Q(ended_at__isnull=False),
            ),
            models.Index(
                fields=["ended_at"], name="case_ended", condition=Q(ended_at__isnull=False)
            ),
            models.Index(fields=["opened_at"], name="case_opened"),
            models.Index(
                fields=["wake_at", "id"], name="case_wake", condition=Q(wake_at__isnull=False)
            ),
            models.Index(fields=["contact_email"], name="case_email"),
            models.Index(fields=["contact_postcode"], name="case_postcode"),
            models.Index(fields=["place_postcode"], name="case_place_postcode"),
            models.Index(fields=["place_key", "opened_at"], name="case_place_key"),
            models.Index(fields=["phone_key", "opened_at"], name="case_phone_key"),
            models.Index(fields=["repeat_of", "opened_at"], name="case_repeat_of"),
            models.Index(fields=["merged_into", "opened_at"], name="case_merged_into"),
        ]

    def __str__(self) -> str:
        return self.reference

    @classmethod
    def from_db(
        cls, db: str | None, field_names: Collection[str], values: Collection[Any], **more: Any
    ) -> Case:
        """Remember how the row is counted, so that whoever changes the case can say what changed."""
        case = super().from_db(db, field_names, values, **more)
        known = case.__dict__
        case.counted_as = (
            tuple(known[name] for name in COUNTED_BY) if known.keys() >= _COUNTED_BY else ()
        )
        return case

    @property
    def answers(self) -> dict[str, Any]:
        """The answers as they stand, in the JSON forms of the language room; redacted ones are absent."""
        return dict(json.loads(self.answers_json))

    @property
    def look_ups(self) -> dict[str, Any]:
        """What each look-up gave, or None where it failed."""
        return dict(json.loads(self.look_ups_json))

    @property
    def redacted(self) -> frozenset[str]:
        """Names of the fields whose value was erased, such as `answers.address` or `contact.email`."""
        return frozenset(json.loads(self.redacted_json))

    @property
    def pauses(self) -> list[tuple[datetime, datetime | None]]:
        """When the promise's clock stood still; the last one may still be open."""
        return [
            (datetime.fromisoformat(since), datetime.fromisoformat(until) if until else None)
            for since, until in json.loads(self.pauses_json)
        ]

    @property
    def is_open(self) -> bool:
        """Whether the case still has to reach an end."""
        return self.ended_at is None


class Event(models.Model):
    """One link of a case's chain. Never changed, save that redaction erases a value with its salt.

    `payload`, `salts` and `seals` are canonical JSON text: objects by field name. A field that is in
    `seals` and not in `payload` was redacted.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events")
    sequence = models.IntegerField()
    kind = models.CharField(max_length=40)
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=20)
    channel = models.CharField(max_length=20)
    payload = models.TextField()
    salts = models.TextField()
    seals = models.TextField()
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "sequence"], name="casework_event_sequence"),
            models.CheckConstraint(condition=Q(sequence__gte=1), name="casework_event_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.sequence} {self.kind}"

    @property
    def fields(self) -> dict[str, Any]:
        """The payload by field, without what was redacted."""
        return dict(json.loads(self.payload))

    @property
    def actor(self) -> dict[str, Any]:
        """Who did it: `id` (a user id or None) and `label`; empty once redacted."""
        return dict(self.fields.get("@actor") or {})


class Contact(models.Model):
    """One time that someone was in touch, whatever came of it. Holds nothing about the person."""

    at = models.DateTimeField()
    day = models.DateField()
    """The day of `at` in Europe/London, by which contacts are counted."""
    channel = models.CharField(max_length=20)
    service_id = models.CharField(max_length=80, blank=True)
    outcome = models.CharField(max_length=40)
    minutes = models.PositiveIntegerField(null=True)
    case = models.ForeignKey(
        Case, null=True, on_delete=models.SET_NULL, related_name="contacts", db_index=False
    )
    adviser = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        indexes = [
            models.Index(
                fields=["day", "channel", "service_id", "outcome", "minutes"], name="contact_day"
            ),
            models.Index(fields=["case", "at"], name="contact_case"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.at:%Y-%m-%d}"


class ContactDay(models.Model):
    """The contacts of a day that is over, added up, so that a year costs what its answer costs."""

    day = models.DateField()
    month = models.CharField(max_length=7, default="")
    """Of the day, as 2026-03."""
    channel = models.CharField(max_length=20)
    service_id = models.CharField(max_length=80, blank=True)
    outcome = models.CharField(max_length=40)
    contacts = models.PositiveIntegerField()
    minutes = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "channel", "service_id", "outcome"], name="casework_contact_day"
            )
        ]
        indexes = [
            models.Index(
                fields=["month", "channel", "service_id", "outcome", "contacts", "minutes"],
                name="contact_month",
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.channel}: {self.contacts}"


class Counted(models.Model):
    """Up to and with which day contacts have been added up: one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    through = models.DateField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="casework_counted_is_one")]

    def __str__(self) -> str:
        return f"{self.through}"


class CaseDay(models.Model):
    """What became of cases on one day, in numbers: how many were opened, ended, opened again.

    Rows are added in the transaction of the event that they count (`LOOSE`, also below nought) and
    put together in the background (`SUMMED`), so that no two cases ever wait for one row. The true
    number is the sum of all rows. docs/size.md says how; `casework.flow` is the only writer.
    """

    class Kind(models.IntegerChoices):
        """What a row stands for."""

        LOOSE = 0, "One change, not added up yet"
        SUMMED = 1, "Changes that were added up"
        KEPT = 2, "Cases that retention deleted"

    day = models.DateField()
    """In Europe/London."""
    month = models.CharField(max_length=7)
    service_id = models.CharField(max_length=80)
    team = models.CharField(max_length=80, blank=True)
    channel = models.CharField(max_length=20)
    outcome = models.CharField(max_length=40, blank=True)
    """How they ended; empty in rows that count openings."""
    opened = models.IntegerField(default=0)
    ended = models.IntegerField(default=0)
    kept = models.IntegerField(default=0)
    broken = models.IntegerField(default=0)
    reopened = models.IntegerField(default=0)
    days = models.BigIntegerField(default=0)
    """Days from opening to end, of those that ended, added up."""
    kind = models.PositiveSmallIntegerField(choices=Kind.choices, default=Kind.LOOSE)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "service_id", "team", "channel", "outcome", "kind"],
                name="casework_case_day",
                condition=~Q(kind=0),
            )
        ]
        indexes = [
            models.Index(fields=["day"], name="case_day"),
            models.Index(
                fields=[
                    "month",
                    "service_id",
                    "team",
                    "channel",
                    "outcome",
                    "opened",
                    "ended",
                    "kept",
                    "broken",
                    "reopened",
                    "days",
                ],
                name="case_month",
            ),
            models.Index(fields=["id"], name="case_day_loose", condition=Q(kind=0)),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.service_id}"


class ContactCost(models.Model):
    """What one contact by a channel costs, from the pack's costs.yaml. Money is in pence."""

    channel = models.CharField(max_length=20, unique=True)
    cost = models.CharField(max_length=40)
    label = models.CharField(max_length=80)
    pence = models.DecimalField(max_digits=9, decimal_places=2)
    low_pence = models.DecimalField(max_digits=9, decimal_places=2)
    high_pence = models.DecimalField(max_digits=9, decimal_places=2)
    is_default = models.BooleanField(default=False)
    year = models.IntegerField()
    source = models.TextField()
    range_source = models.TextField(blank=True)
    position = models.IntegerField(default=0)

    class Meta:
        ordering = ["position", "channel"]
        constraints = [
            models.CheckConstraint(
                condition=Q(low_pence__lte=F("pence")) & Q(pence__lte=F("high_pence")),
                name="casework_cost_within_range",
            )
        ]

    def __str__(self) -> str:
        return self.channel


class AccessLog(models.Model):
    """Who read a case: beside the chain, written in batches, without the case's data."""

    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=20)
    user_id = models.BigIntegerField(null=True)
    roles = models.CharField(max_length=200, blank=True)
    reference = models.CharField(max_length=20)
    why = models.CharField(max_length=20)
    via = models.CharField(max_length=80, blank=True, default="", db_default="")
    """The API key by which it was read, by its name; empty for a person at a screen."""

    class Meta:
        indexes = [
            models.Index(fields=["reference", "at"], name="access_reference"),
            models.Index(fields=["user_id", "at"], name="access_user"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.why}"


class Attempt(models.Model):
    """How often a reference or an address was tried on the tracking page in one window of time."""

    bucket = models.CharField(max_length=64)
    window = models.DateTimeField()
    tries = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bucket", "window"], name="casework_attempt_window")
        ]
        indexes = [models.Index(fields=["window"], name="attempt_window")]

    def __str__(self) -> str:
        return f"{self.bucket[:8]} {self.tries}"


class Deletion(models.Model):
    """A case that retention removed: what is left of it, and the permission to delete its events."""

    case_number = models.BigIntegerField(unique=True)
    service_id = models.CharField(max_length=80)
    ended_on = models.DateField(null=True)
    events = models.IntegerField()
    head_digest = models.CharField(max_length=64)
    at = models.DateTimeField()
    rule = models.CharField(max_length=200)

    def __str__(self) -> str:
        return f"{self.service_id} {self.at:%Y-%m-%d}"


from moothall.casework.beside_models import (  # noqa: E402  (Django finds models here)
    Dealt,  # noqa: F401
    Mention,  # noqa: F401
    ReplyTemplate,  # noqa: F401
    Task,  # noqa: F401
    Viewing,  # noqa: F401
)
from moothall.casework.bulk_models import BulkItem, BulkRun, Representation  # noqa: E402, F401  (Django finds models here)
from moothall.casework.privacy_models import (  # noqa: E402  (Django finds models here)
    Hold,  # noqa: F401
    RetentionRun,  # noqa: F401
    SubjectRequest,  # noqa: F401
)
