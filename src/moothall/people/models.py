"""Who: one account for a person, the teams of the council, and who works in which."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone


def normalise_email(email: str) -> str:
    """Return `email` as it is kept: trimmed and in small letters, whole address.

    RFC 5321 lets a mailbox name be case-sensitive, but nobody's is in practice, and two accounts
    for one inbox would be two people to us.
    """
    return email.strip().lower()


class UserManager(BaseUserManager["User"]):
    """Makes accounts and finds them by address, whatever its capitals."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make an account; without `password` it can only sign in by emailed code.

        Raises ValueError when the address is blank.
        """
        email = normalise_email(email)
        if not email:
            raise ValueError("An account needs an email address.")
        user: User = self.model(email=email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make an account that works for the council and may do everything."""
        return self.create_user(
            email, password, **{**fields, "is_staff": True, "is_superuser": True}
        )

    def get_by_natural_key(self, username: str | None) -> User:
        """Return the account of this address. Raises User.DoesNotExist."""
        return self.get(email=normalise_email(username or ""))


class User(AbstractBaseUser, PermissionsMixin):
    """A person who can sign in: a resident by emailed code, or staff by password and second factor."""

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=150, blank=True)
    language = models.CharField(max_length=5, default="en")
    is_staff = models.BooleanField("works for the council", default=False)
    is_active = models.BooleanField(default=True)
    is_demonstration = models.BooleanField(
        default=False,
        help_text="Made by the demonstration: can sign in only while the demonstration is on.",
    )
    date_joined = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    """When a member of staff stopped working here; their account is kept for the record."""

    objects: ClassVar[UserManager] = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="people_user_one_per_email")]

    def __str__(self) -> str:
        return self.name or f"account {self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the address in its one form, then save."""
        self.email = normalise_email(self.email)
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """Keep the address in its one form."""
        self.email = normalise_email(self.email)

    def get_full_name(self) -> str:
        """Return the name as the person gave it, or nothing."""
        return self.name

    def get_short_name(self) -> str:
        """Return the first word of the name, or nothing."""
        return self.name.split(" ", 1)[0] if self.name else ""


class Team(models.Model):
    """A team of the council and the roles of service files that it plays."""

    slug = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=150)
    plays = models.JSONField(default=list)
    """Roles that service files speak of, for example ["waste_team", "waste_crew"]."""
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=30, blank=True)
    members: models.ManyToManyField[User, Membership] = models.ManyToManyField(
        User, through="Membership", related_name="teams"
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Job(models.TextChoices):
    """What a member of staff does in a team."""

    ADVISER = "adviser", "Contact-centre adviser"
    OFFICER = "officer", "Case officer"
    MANAGER = "manager", "Team manager"
    COUNCILLOR = "councillor", "Councillor"
    ADMIN = "admin", "Administrator"
    DESIGNER = "designer", "Service designer"


class Membership(models.Model):
    """One person's job in one team."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    job = models.CharField(max_length=20, choices=Job.choices)
    ward = models.CharField(max_length=9, blank=True)
    """Code of the ward that a councillor speaks for; blank for everyone else."""
    by_group = models.CharField(max_length=200, blank=True, default="")
    """The group at the sign-in provider that gives it; blank when an administrator did."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "team", "job", "ward"], name="people_membership_once"
            ),
            models.CheckConstraint(
                condition=models.Q(job__in=Job.values), name="people_membership_job_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.team_id} as {self.job}"


class Tries(models.Model):
    """How often something limited was tried in one window of time (moothall.people.limits)."""

    bucket = models.CharField(max_length=64)
    """A keyed hash: neither what is limited nor for whom can be read from it."""
    window = models.BigIntegerField()
    """The window's number: seconds since 1970, divided by its length."""
    tries = models.IntegerField(default=0)
    until = models.DateTimeField(db_index=True)
    """When nothing asks for this row any more."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bucket", "window"], name="people_tries_window")
        ]

    def __str__(self) -> str:
        return f"{self.bucket[:8]} {self.tries}"


class AccountEvent(models.Model):
    """Something that happened to an account: who, what, when. Never what was typed.

    Accounts are named by number, not by a foreign key: what was done to an account outlives it.
    """

    at = models.DateTimeField(db_index=True)
    kind = models.CharField(max_length=40)
    user_id = models.BigIntegerField(null=True, db_index=True)
    """Whose account."""
    by_id = models.BigIntegerField(null=True)
    """Who did it; None: the person, the machine or nobody known."""
    by_label = models.CharField(max_length=150, blank=True)
    detail = models.JSONField(default=dict)
    """Teams, jobs, kinds of device: nothing that a resident typed."""

    class Meta:
        indexes = [models.Index(fields=["user_id", "at"], name="account_event_user")]

    def __str__(self) -> str:
        return f"{self.kind} {self.user_id}"


class SignedIn(models.Model):
    """One browser in which a person is signed in, so that they can see it and end it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="signed_in")
    session_key = models.CharField(max_length=40, unique=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    """Within a few minutes (moothall.people.sessions.TOUCH)."""
    device = models.CharField(max_length=80, blank=True)
    """Roughly what it is, such as "Firefox on Windows"; no address is kept."""
    method = models.CharField(max_length=20)
    """code, password, passkey, single_sign_on or one_login."""
    provider_session = models.CharField(max_length=200, blank=True)
    """The provider's name for the session (`sid`), so that it can end it from its side."""

    class Meta:
        indexes = [models.Index(fields=["user", "seen_at"], name="signed_in_user")]

    def __str__(self) -> str:
        return f"{self.device} {self.user_id}"


class Means(models.TextChoices):
    """How a person would rather be told, where a service offers a choice."""

    AS_OFFERED = "", "Whichever the service uses"
    EMAIL = "email", "Email"
    TEXT = "text", "Text message"
    LETTER = "letter", "Letter"


class Wishes(models.Model):
    """What a resident wants to hear, and how. No row: the defaults."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="wishes")
    updates = models.CharField(max_length=10, choices=Means.choices, blank=True, default="")
    reminders = models.BooleanField(default=True)
    area_news = models.BooleanField(default=False)
    satisfaction = models.BooleanField(default=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(updates__in=Means.values), name="people_wishes_means_known"
            )
        ]

    def __str__(self) -> str:
        return f"wishes {self.user_id}"


class ExternalIdentity(models.Model):
    """Who a person is at a sign-in provider: matched by issuer and subject, never by a name."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="identities")
    kind = models.CharField(max_length=20)
    """single_sign_on (staff) or one_login (residents)."""
    issuer = models.CharField(max_length=250)
    subject = models.CharField(max_length=250)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="people_identity_once"),
            models.UniqueConstraint(fields=["user", "issuer"], name="people_identity_one_each"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.user_id}"


class ProvedIdentity(models.Model):
    """What GOV.UK One Login proved of a resident, where a service asked for it."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="proved")
    name = models.CharField(max_length=300)
    birth_date = models.DateField(null=True)
    level = models.CharField(max_length=10)
    """Level of confidence by GPG 45, such as P2."""
    address = models.JSONField(null=True, default=None)
    """The newest address that came with it, as lines and postcode, until taken or refused."""
    proved_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.level} of {self.user_id}"


class GroupJob(models.Model):
    """A group at the council's sign-in provider, and the job in a team that it gives (teams.yaml)."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="groups")
    group = models.CharField(max_length=200)
    job = models.CharField(max_length=20, choices=Job.choices)
    ward = models.CharField(max_length=9, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team", "group", "job", "ward"], name="people_group_job_once"
            ),
            models.CheckConstraint(
                condition=models.Q(job__in=Job.values), name="people_group_job_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group}: {self.job}"


class DataCopy(models.Model):
    """A copy of a resident's own data that is being made, or waits to be fetched."""

    class State(models.TextChoices):
        """How far it is."""

        WAITING = "waiting"
        MAKING = "making"
        READY = "ready"
        FAILED = "failed"
        GONE = "gone"

    public_id = models.CharField(max_length=40, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="data_copies")
    language = models.CharField(max_length=5, default="en")
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    """Parts made, of how many."""
    file = models.CharField(max_length=80, blank=True)
    """Its name in the folder of copies; random."""
    size = models.BigIntegerField(default=0)
    ready_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["user", "asked_at"], name="data_copy_user")]

    def __str__(self) -> str:
        return f"copy {self.pk} ({self.state})"
