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
