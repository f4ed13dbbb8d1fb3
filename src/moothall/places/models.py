"""Where and when: wards, postcodes, addresses, councillors and working-day calendars."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.models import F, Q


class Ward(models.Model):
    """An electoral ward with its whole boundary and the days on which it was in force.

    A ward whose boundary changes gets a new code (the GSS rule of the Office for National
    Statistics), so old and new wards live side by side and the date tells which one answers.
    """

    code = models.CharField(max_length=9, unique=True)
    name = models.CharField(max_length=100)
    valid_from = models.DateField(null=True, blank=True)
    """First day in force; null: as far back as anyone asks."""
    valid_to = models.DateField(null=True, blank=True)
    """Last day in force; null: still in force."""
    boundary = models.TextField()
    """GeoJSON geometry (Polygon or MultiPolygon), WGS84 longitude and latitude, full resolution."""
    source = models.CharField(max_length=20, default="pack")
    west = models.FloatField()
    south = models.FloatField()
    east = models.FloatField()
    north = models.FloatField()

    class Meta:
        ordering = ["name", "code"]
        indexes = [models.Index(fields=["west", "east", "south", "north"], name="places_ward_box")]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True)
                | Q(valid_from__isnull=True)
                | Q(valid_to__gte=F("valid_from")),
                name="places_ward_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Postcode(models.Model):
    """A postcode, its centre and the ward that the published table gives it."""

    postcode = models.CharField(max_length=7, unique=True)
    """Capitals without the space, for example "XW11AA"."""
    ward: models.ForeignKey[Ward | None, Ward | None] = models.ForeignKey(
        Ward, null=True, blank=True, to_field="code", on_delete=models.SET_NULL, related_name="+"
    )
    lon = models.FloatField(null=True, blank=True)
    lat = models.FloatField(null=True, blank=True)
    is_split = models.BooleanField(default=False)
    """Its addresses lie in more than one ward: ask which address."""
    ended = models.DateField(null=True, blank=True)
    """When Royal Mail ended it; null: in use."""
    source = models.CharField(max_length=20, default="pack")
    run: models.ForeignKey[ImportRun | None, ImportRun | None] = models.ForeignKey(
        "ImportRun", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["postcode"]

    def __str__(self) -> str:
        return self.postcode


class Address(models.Model):
    """One property of the gazetteer."""

    uprn = models.CharField(max_length=12, unique=True)
    """Unique Property Reference Number, digits without leading zeros."""
    line = models.CharField(max_length=300)
    """The address in one line without its postcode."""
    street = models.CharField(max_length=150, blank=True)
    postcode = models.CharField(max_length=7, db_index=True)
    """Capitals without the space; not a foreign key: gazetteers run ahead of postcode files."""
    ward: models.ForeignKey[Ward | None, Ward | None] = models.ForeignKey(
        Ward, null=True, blank=True, to_field="code", on_delete=models.SET_NULL, related_name="+"
    )
    lon = models.FloatField()
    lat = models.FloatField()
    search_text = models.CharField(max_length=400)
    """The normalised words, with a space before, between and after (see moothall.places.words)."""
    sort_key = models.CharField(max_length=200, blank=True, db_index=True)
    """Street, then house number padded, so that 2 comes before 10."""
    locality = models.CharField(max_length=100, blank=True)
    town = models.CharField(max_length=100, blank=True)
    source = models.CharField(max_length=20, default="pack")
    run: models.ForeignKey[ImportRun | None, ImportRun | None] = models.ForeignKey(
        "ImportRun", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["sort_key", "uprn"]

    def __str__(self) -> str:
        return self.uprn


class Word(models.Model):
    """A word that occurs in addresses; found by its beginning."""

    text = models.CharField(max_length=24, unique=True)
    addresses = models.PositiveIntegerField(default=0)
    """How many addresses hold it: a search begins with its rarest word."""

    def __str__(self) -> str:
        return self.text


class AddressWord(models.Model):
    """That an address holds a word."""

    word = models.ForeignKey(Word, on_delete=models.CASCADE, related_name="+")
    address = models.ForeignKey(Address, on_delete=models.CASCADE, related_name="words")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["word", "address"], name="places_address_word_once")
        ]

    def __str__(self) -> str:
        return f"{self.word_id} in {self.address_id}"


class Councillor(models.Model):
    """A councillor of a ward. Councillors' contact details are published by the council."""

    name = models.CharField(max_length=150)
    ward = models.ForeignKey(
        Ward, to_field="code", on_delete=models.CASCADE, related_name="councillors"
    )
    party = models.CharField(max_length=100, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=30, blank=True)
    run: models.ForeignKey[ImportRun | None, ImportRun | None] = models.ForeignKey(
        "ImportRun", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["name", "ward"], name="places_councillor_once")
        ]

    def __str__(self) -> str:
        return self.name


class Street(models.Model):
    """A street of the gazetteer, for places that have no address."""

    usrn = models.CharField(max_length=8, unique=True)
    """Unique Street Reference Number."""
    name = models.CharField(max_length=150)
    locality = models.CharField(max_length=100, blank=True)
    town = models.CharField(max_length=100, blank=True)
    ward: models.ForeignKey[Ward | None, Ward | None] = models.ForeignKey(
        Ward, null=True, blank=True, to_field="code", on_delete=models.SET_NULL, related_name="+"
    )
    lon = models.FloatField()
    lat = models.FloatField()
    geometry = models.TextField(blank=True)
    """The street's line as well-known text (WKT), WGS84, or nothing."""

    class Meta:
        ordering = ["name", "locality", "usrn"]

    def __str__(self) -> str:
        return self.name


class WorkingCalendar(models.Model):
    """Which days the council counts as working days, from the pack's calendars.yaml."""

    name = models.CharField(max_length=60, unique=True)
    title = models.CharField(max_length=150)
    bank_holidays = models.JSONField(default=list)
    """Divisions of the published list: "england-and-wales", "scotland", "northern-ireland"."""
    weekend = models.JSONField(default=list)
    """Days of the week that are not worked, Monday = 0."""
    closed = models.JSONField(default=list)
    """More days on which the council is closed, as "YYYY-MM-DD"."""
    is_default = models.BooleanField(default=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"],
                condition=Q(is_default=True),
                name="places_one_default_calendar",
            )
        ]

    def __str__(self) -> str:
        return self.title


def _new_token() -> str:
    return uuid.uuid4().hex


class Generation(models.Model):
    """A token that changes whenever wards or calendars change, so that caches know when they are old.

    A random token and not a count: after a rolled-back change a count would come round again with
    other contents.
    """

    subject = models.CharField(max_length=20, primary_key=True)
    token = models.CharField(max_length=32, default=_new_token)

    def __str__(self) -> str:
        return f"{self.subject} {self.token}"

    @classmethod
    def bump(cls, subject: str) -> None:
        """Say that `subject` ("wards" or "calendars") has changed. Call in the same transaction."""
        cls.objects.update_or_create(subject=subject, defaults={"token": _new_token()})


class ImportRun(models.Model):
    """One reading of one file: how far it got, so that a killed import goes on where it stopped."""

    class State(models.TextChoices):
        """Where the reading stands."""

        RUNNING = "running", "Running or killed"
        DONE = "done", "Done"

    kind = models.CharField(max_length=20)
    file_name = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    """SHA-256 of the file's bytes and of the options that change what is read."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    position = models.PositiveIntegerField(default=0)
    """Rows read so far; written in the same transaction as what they became."""
    counts = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["kind", "fingerprint"], name="places_run_of_file")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class RejectedRow(models.Model):
    """A row that was not taken or that needs a look, with the reason and how to mend it."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rejected")
    file_name = models.CharField(max_length=200)
    line = models.PositiveIntegerField()
    reason = models.CharField(max_length=300)
    mend = models.CharField(max_length=300)
    taken = models.BooleanField(default=False)
    """The row was taken all the same; the line is a warning."""
    row: models.JSONField[Any, Any] = models.JSONField(default=dict)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"
