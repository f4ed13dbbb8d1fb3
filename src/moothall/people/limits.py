"""How often something may be tried: one limiter for every room, right across processes.

A count lives in the database, so that every process of the server sees it. What is limited is kept as
a keyed hash only. Windows slide: the window before counts for the share of it that still lies within
the period. One statement counts and answers, on either database.

Where many tries are allowed (`HANDFUL_FROM`), a process takes a handful of them at once and gives them
out from memory: never more than the limit in all, and far fewer writes.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil

from django.conf import settings
from django.db import connection
from django.utils import timezone

from moothall.people.models import Tries

HANDFUL_FROM = 100
"""From this limit on, tries are taken by the handful."""
HANDFUL = 10


@dataclass(frozen=True)
class Answer:
    """Whether it is allowed; truth of the object. `retry_after`: seconds to wait when it is not.

    `left`: how many more are allowed now, as far as this process knows.
    """

    allowed: bool
    retry_after: int = 0
    left: int = 0

    def __bool__(self) -> bool:
        return self.allowed


ALLOWED = Answer(True)


class TooMany(Exception):
    """A limit was reached. `retry_after` is in seconds. The middleware makes a plain 429 page of it."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("There were too many tries.")
        self.retry_after = retry_after


_given: dict[tuple[str, int], tuple[int, int]] = {}
"""Tries that may still be given out, and how many are left beyond them, by name and window."""
_lock = threading.Lock()


def allow(
    bucket: str, key: str, limit: int, per: timedelta | int, now: datetime | None = None
) -> Answer:
    """Count one try of `bucket` by `key` and say whether it is within `limit` in `per` (seconds).

    `key` is whatever is limited: a caller's address (`caller`), an account, an email address; it is
    kept as a keyed hash. Tries beyond the limit count too, so hammering does not pay. Call it outside
    a transaction that may be rolled back, or the count goes with it.
    """
    seconds = int(per.total_seconds()) if isinstance(per, timedelta) else per
    if limit < 1 or seconds < 1:
        raise ValueError("A limit is at least 1 in at least 1 second.")
    now = now or timezone.now()
    stamp = now.timestamp()
    window = int(stamp // seconds)
    name = name_of(bucket, key)
    if limit < HANDFUL_FROM:
        return _verdict(name, window, limit, seconds, stamp, 1)
    with _lock:
        left, beyond = _given.get((name, window), (0, 0))
        if left > 0:
            _given[name, window] = (left - 1, beyond)
            return Answer(True, left=left - 1 + beyond)
    answer = _verdict(name, window, limit, seconds, stamp, HANDFUL)
    if answer:
        with _lock:
            if len(_given) > 10_000:
                _given.clear()
            more = _given.get((name, window), (0, 0))[0] + HANDFUL - 1
            _given[name, window] = (more, answer.left)
            return Answer(True, left=more + answer.left)
    return answer


def check(
    bucket: str, key: str, limit: int, per: timedelta | int, now: datetime | None = None
) -> Answer:
    """Say whether one more try is within the limit, without counting one."""
    seconds = int(per.total_seconds()) if isinstance(per, timedelta) else per
    stamp = (now or timezone.now()).timestamp()
    window = int(stamp // seconds)
    rows = Tries.objects.filter(bucket=name_of(bucket, key), window__in=(window, window - 1))
    tried = dict(rows.values_list("window", "tries"))
    return _judge(tried.get(window, 0) + 1, tried.get(window - 1, 0), window, limit, seconds, stamp)


def clear(bucket: str, key: str) -> None:
    """Forget what was counted, for example after a right password."""
    Tries.objects.filter(bucket=name_of(bucket, key)).delete()


def _verdict(name: str, window: int, limit: int, seconds: int, stamp: float, tries: int) -> Answer:
    until = datetime.fromtimestamp((window + 2) * seconds, UTC)
    # INSERT … ON CONFLICT … RETURNING is the same on SQLite (from 3.35) and PostgreSQL.
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO people_tries (bucket, "window", tries, until) VALUES (%s, %s, %s, %s)
            ON CONFLICT (bucket, "window") DO UPDATE SET tries = people_tries.tries + %s
            RETURNING tries, (SELECT before.tries FROM people_tries AS before
                              WHERE before.bucket = %s AND before."window" = %s)
            """,
            [name, window, tries, connection.ops.adapt_datetimefield_value(until), tries,
             name, window - 1],
        )  # fmt: skip
        present, before = cursor.fetchone()
    return _judge(present, before or 0, window, limit, seconds, stamp)


def _judge(
    present: int, before: int, window: int, limit: int, seconds: int, stamp: float
) -> Answer:
    gone = stamp / seconds - window
    counted = present + before * (1 - gone)
    if counted <= limit:
        return Answer(True, left=int(limit - counted))
    if present > limit:
        wait = (window + 1) * seconds - stamp
        # In the next window this one still counts, ever less: until limit - 1 of it are left.
        wait += seconds * (1 - (limit - 1) / present) if limit > 1 else seconds
    else:
        wait = seconds * (1 - (limit - present) / before - gone)
    return Answer(False, max(1, ceil(wait)))


def name_of(bucket: str, key: str) -> str:
    """Return the keyed hash under which tries are counted."""
    told = f"moothall.people.limits {bucket} {key}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), told, hashlib.sha256).hexdigest()


def network_of(address: str) -> str:
    """Return what an address counts as: itself, or for IPv6 the /64 that one household has."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def prune(now: datetime | None = None) -> int:
    """Delete counts that nothing asks for any more; return how many rows went."""
    with _lock:
        _given.clear()
    return Tries.objects.filter(until__lt=now or timezone.now()).delete()[0]


def forget() -> None:
    """Forget what this process still may give out. For tests."""
    with _lock:
        _given.clear()
