"""The satisfaction question: taking an answer, counting answers, reading comments.

One question, five answers, as the Service Manual asks it; a service's satisfaction is the share of
answers that are satisfied or very satisfied (gov.uk/service-manual/measuring-success,
"Measuring user satisfaction").
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from moothall.insight.models import Response
from moothall.measures.month import Month

RATINGS: Final = (
    (5, _("Very satisfied")),
    (4, _("Satisfied")),
    (3, _("Neither satisfied nor dissatisfied")),
    (2, _("Dissatisfied")),
    (1, _("Very dissatisfied")),
)
SATISFIED: Final = 4
"""From this answer on, a person counts as satisfied."""
LONGEST: Final = 1200
"""Characters of a comment."""
KEPT: Final = timedelta(days=550)
"""How long an answer is kept: the thirteen months that are published, and the year's end."""


def respond(
    *,
    key: str,
    service_id: str,
    after: str,
    rating: int,
    comment: str = "",
    language: str = "en",
    now: datetime | None = None,
) -> Response:
    """Keep an answer. The same `key` is the same answer, always: what was said first stays.

    `rating` is 1 to 5; a comment is cut at LONGEST. ValueError for anything else.
    """
    if rating not in dict(RATINGS):
        raise ValueError("A rating is 1 to 5.")
    if after not in Response.After.values:
        raise ValueError("It is asked after a journey or after a case.")
    day = timezone.localtime(now or timezone.now()).date()
    try:
        with transaction.atomic():
            return Response.objects.create(
                key=key,
                day=day,
                service_id=service_id,
                after=after,
                rating=rating,
                language=language,
                comment=comment.strip()[:LONGEST],
            )
    except IntegrityError:
        return Response.objects.get(key=key)


@dataclass
class Satisfaction:
    """Answers by rating, 1 to 5."""

    counts: dict[int, int]

    @classmethod
    def nothing(cls) -> Satisfaction:
        """No answer yet."""
        return cls(dict.fromkeys(range(1, 6), 0))

    def add(self, other: Satisfaction) -> None:
        """Add other answers to these."""
        for rating, number in other.counts.items():
            self.counts[rating] += number

    @property
    def total(self) -> int:
        """All answers."""
        return sum(self.counts.values())

    @property
    def satisfied(self) -> int:
        """Those who were satisfied or very satisfied."""
        return sum(n for rating, n in self.counts.items() if rating >= SATISFIED)

    @property
    def share(self) -> float | None:
        """The same in percent; None when nobody answered."""
        return 100 * self.satisfied / self.total if self.total else None


def satisfaction(
    since: date, until: date, *, after: str = ""
) -> Mapping[tuple[str, str], Satisfaction]:
    """Return answers by (month as 2026-03, service id), both days included. One query, one row a
    month, service and rating."""
    rows = Response.objects.filter(day__gte=since, day__lte=until)
    if after:
        rows = rows.filter(after=after)
    found: dict[tuple[str, str], Satisfaction] = defaultdict(Satisfaction.nothing)
    by_month = rows.order_by().values_list(Month("day"), "service_id", "rating")
    for month, service_id, rating, number in by_month.annotate(n=Count("pk")):
        found[month, service_id].counts[rating] += number
    return found


def comments(service_id: str, *, before: int | None = None, limit: int = 50) -> list[Response]:
    """Return the newest comments on a service (all services for ""), for staff; `before` is the id
    that the page before ended with."""
    rows = Response.objects.exclude(comment="").order_by("-id")
    if service_id:
        rows = rows.filter(service_id=service_id)
    if before is not None:
        rows = rows.filter(id__lt=before)
    return list(rows[:limit])


def forget(now: datetime) -> int:
    """Delete answers whose time is over; return how many. Runs by night."""
    gone, _by_kind = Response.objects.filter(day__lt=timezone.localtime(now).date() - KEPT).delete()
    return gone
