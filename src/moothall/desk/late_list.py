"""The morning's list of late cases by email: counts and links, once each working day, for who wants it.

The hour is the council's (desk.yaml of its folder), in Europe/London. A message holds no personal
data and no reference: whoever reads it over a shoulder learns a number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from moothall import outbox
from moothall.casework import queries as casework
from moothall.casework.teamwork import managed_teams
from moothall.casework.types import QueueFilters
from moothall.desk.actions import forget_words
from moothall.desk.models import DeskSettings, Morning, Wish
from moothall.notify import actions as notify
from moothall.people.actor import Actor
from moothall.people.models import Job, Membership, Team, User
from moothall.people.queries import actor_for
from moothall.places.queries import calendar

TASK = "desk.morning"
ONE = "desk.late_list"
EVERY_SECONDS = 300
UNTIL = timedelta(hours=6)
"""How late after its hour the list still goes out, when nothing ran at the hour."""
MORNINGS_KEPT = timedelta(days=90)


def council_settings() -> DeskSettings:
    """The council's choices for its desk, or what holds without any."""
    return DeskSettings.objects.first() or DeskSettings()


def is_time(now: datetime, *, at: time) -> bool:
    """Whether the lists of today go out at `now`: a working day of the council, from its hour on."""
    local = timezone.localtime(now)
    if not calendar("council").is_working_day(local.date()):
        return False
    # Wall-clock times are compared, so a day of 23 or 25 hours has its list at the same time as others.
    late = (datetime.combine(date.min, at) + UNTIL).time()
    return at <= local.time().replace(microsecond=0) < (late if late > at else time.max)


def who_gets_it() -> list[int]:
    """Everyone who does casework or manages it and has not chosen otherwise. Two queries."""
    off = Wish.objects.filter(late_list=False).values("user_id")
    found = (
        Membership.objects.filter(
            job__in=[Job.OFFICER, Job.MANAGER], user__is_active=True, user__is_staff=True
        )
        .exclude(user__in=off)
        .order_by("user_id")
        .values_list("user_id", flat=True)
        .distinct()
    )
    return list(found)


@outbox.task(TASK)
def morning(now: datetime) -> None:
    """Hand today's lists to the outbox when it is time, once for the day."""
    forget_words(now)
    chosen = council_settings()
    today = timezone.localtime(now).date()
    if not chosen.late_list or not is_time(now, at=chosen.late_list_at):
        return
    if Morning.objects.filter(day=today).exists():
        return
    people = who_gets_it()
    try:
        with transaction.atomic():
            Morning.objects.create(day=today, at=now, people=len(people))
    except IntegrityError:
        return  # another worker was first
    Morning.objects.filter(day__lt=today - MORNINGS_KEPT).delete()
    for user_id in people:
        outbox.enqueue(
            ONE, unique=f"late-list:{today}:{user_id}", user_id=user_id, day=today.isoformat()
        )


@outbox.task(ONE)
def send_one(user_id: int, day: str, now: datetime) -> None:
    """Write one person's list and queue it; nothing is sent to who has nothing late or due today."""
    user = User.objects.filter(pk=user_id, is_active=True, is_staff=True).first()
    if user is None or not user.email:
        return
    if Wish.objects.filter(user_id=user_id, late_list=False).exists():
        return
    written = write(actor_for(user), now=now)
    if written is None:
        return
    notify.queue(
        to=user.email,
        means="email",
        subject=written.subject,
        body=written.body,
        key=f"late-list:{day}:{user_id}",
        template="late_list",
        now=now,
    )


@dataclass(frozen=True)
class Written:
    """A list as it is sent."""

    subject: str
    body: str


def write(actor: Actor, *, now: datetime) -> Written | None:
    """The list of this person at `now`, or None when there is nothing to say. At most ten queries."""
    teams = _managed_names(actor)
    asked: list[tuple[str, str, QueueFilters, str]] = [
        ("", "late", QueueFilters(assignee="me", due="late"), "due=late&who=me"),
        ("", "due today", QueueFilters(assignee="me", due="today"), "due=today&who=me"),
    ]
    for slug, name in teams.items():
        asked += [
            (name, "late", QueueFilters(team=slug, due="late"), f"due=late&team={slug}"),
            (name, "due today", QueueFilters(team=slug, due="today"), f"due=today&team={slug}"),
            (
                name,
                "late and with nobody",
                QueueFilters(team=slug, due="late", assignee="nobody"),
                f"due=late&team={slug}&who=nobody",
            ),
        ]
    counts = casework.counts_of(actor, [filters for _, _, filters, _ in asked], now=now)
    if not any(counts):
        return None
    lines: list[str] = []
    last = None
    for (name, what, _, query), number in zip(asked, counts, strict=True):
        if name != last:
            lines += ["", f"{name}:" if name else "Your own cases:"]
            last = name
        if number:
            shown = "99 or more" if number > 99 else str(number)
            lines.append(f"{shown} {what}: {settings.PUBLIC_URL}/desk/?{query}")
        else:
            lines.append(f"None {what}")
    late = sum(n for (_, what, _, _), n in zip(asked, counts, strict=True) if what == "late")
    day = timezone.localtime(now)
    subject = f"{'Late cases' if late else 'Cases due today'}: {day.day} {day:%B}"
    body = "\n".join(
        [
            f"Good morning. This is how it stands on {day:%A} {day.day} {day:%B}.",
            *lines,
            "",
            f"Your work: {settings.PUBLIC_URL}/desk/mine/",
            f"To stop this email: {settings.PUBLIC_URL}/desk/settings/",
        ]
    )
    return Written(subject, body)


def _managed_names(actor: Actor) -> Mapping[str, str]:
    managed = managed_teams(actor)
    if not managed:
        return {}
    return dict(Team.objects.filter(slug__in=managed).order_by("name").values_list("slug", "name"))
