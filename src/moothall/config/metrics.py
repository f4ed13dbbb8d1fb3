"""What Prometheus reads at `/metrics`: requests as they pass, and how the council's work stands.

Counts of requests are kept in each process; `moothall serve` gives its processes a folder in which they
are added up, and takes it away at the end. How the work stands is asked of the database at most every
`FRESH` seconds. Labels are names of addresses, services, states: never a path, a reference or a person.
"""

from __future__ import annotations

import hmac
import ipaddress
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count, Sum
from django.db.utils import Error
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

FRESH = 10.0
"""Seconds for which what was asked of the database is told again."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SHARED = "PROMETHEUS_MULTIPROC_DIR"

registry = CollectorRegistry()
REQUESTS = Counter(
    "moothall_requests", "Requests answered.", ["view", "method", "status"], registry=registry
)
SECONDS = Histogram(
    "moothall_request_duration_seconds",
    "Time from a request's arrival in the process to its answer.",
    ["view"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=registry,
)
QUERIES = Counter(
    "moothall_database_queries", "Statements sent to the database.", ["view"], registry=registry
)
QUERY_SECONDS = Counter(
    "moothall_database_seconds", "Time spent in the database.", ["view"], registry=registry
)
LIMITED = Counter(
    "moothall_limited_requests", "Requests refused with 429.", ["view"], registry=registry
)
SIGN_IN_FAILURES = Counter(
    "moothall_sign_in_failures", "Sign-ins that were refused.", registry=registry
)


class Measured:
    """Counts every request: by the name of its address, its status, its time and its statements."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on and count it."""
        counted = _Statements()
        started = time.perf_counter()
        with connection.execute_wrapper(counted):
            response = self.get_response(request)
        view = _view(request)
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(view, method, str(response.status_code)).inc()
        SECONDS.labels(view).observe(time.perf_counter() - started)
        if counted.number:
            QUERIES.labels(view).inc(counted.number)
            QUERY_SECONDS.labels(view).inc(counted.seconds)
        if response.status_code == 429:
            LIMITED.labels(view).inc()
        return response


class _Statements:
    """Counts and times what is sent to the database."""

    __slots__ = ("number", "seconds")

    def __init__(self) -> None:
        self.number, self.seconds = 0, 0.0

    def __call__(self, execute: Callable[..., Any], *args: Any) -> Any:
        started = time.perf_counter()
        try:
            return execute(*args)
        finally:
            self.number += 1
            self.seconds += time.perf_counter() - started


def _view(request: HttpRequest) -> str:
    """The name of the address, or its route: as many as there are addresses in the product."""
    match = request.resolver_match
    if match is None:
        return "static" if request.path.startswith(settings.STATIC_URL) else "none"
    return match.view_name if match.url_name else match.route or "none"


def count_failed_sign_in(**signal: Any) -> None:
    """Count a refused sign-in (receiver of Django's user_login_failed)."""
    SIGN_IN_FAILURES.inc()


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Answer Prometheus; 404 to everybody who is neither on this machine nor has the token.

    A proxy on this machine passes strangers on from the loopback address too, so that a request
    with a forwarding header never counts as coming from this machine.
    """
    if not _may(request):
        return HttpResponse("Not found", status=404, content_type="text/plain")
    found: CollectorRegistry = registry
    if os.environ.get(SHARED):
        found = CollectorRegistry()
        MultiProcessCollector(found)
    body = generate_latest(found) + generate_latest(_standing)
    return HttpResponse(
        body, content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"}
    )


def _may(request: HttpRequest) -> bool:
    token = settings.METRICS_TOKEN
    if token:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
    if any(name in request.META for name in ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED")):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own in it, readable by nobody else


def shared_folder(home: Path, port: int) -> Path:
    """An empty folder in which the web processes on `port` add up; what a killed server left goes.

    In memory where the system has a place for it: the files are mapped, and a mapped file on a disk that
    is full kills the process that writes to it.
    """
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK):
        name = f"moothall-metrics-{port}-"
        for old in MEMORY.glob(f"{name}*"):
            if old.stat(follow_symlinks=False).st_uid == os.getuid():
                remove(old)
        return Path(tempfile.mkdtemp(prefix=name, dir=MEMORY))
    folder = home / f"metrics-{port}"
    remove(folder)
    folder.mkdir(mode=0o700)
    return folder


def remove(folder: Path) -> None:
    """Take the folder away."""
    shutil.rmtree(folder, ignore_errors=True)


class Standing(Collector):
    """How the work stands in the database and on the disk, asked at most every `FRESH` seconds."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.asked = -FRESH
        self.found: list[Metric] = []

    def collect(self) -> Iterable[Metric]:
        """Return the gauges."""
        with self.lock:
            if time.monotonic() - self.asked >= FRESH:
                self.found = list(_ask(timezone.now()))
                self.asked = time.monotonic()
            return self.found

    def forget(self) -> None:
        """Ask again at the next reading."""
        with self.lock:
            self.asked = -FRESH


def _ask(now: datetime) -> Iterator[Metric]:
    yield from _disk(now)
    up = 1.0
    try:
        found = [metric for part in (_work, _cases, _people) for metric in part(now)]
    except Error:
        found, up = [], 0.0
    yield _gauge("moothall_database_up", "Whether the database answers.", up)
    yield from found


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=value)


def _by(name: str, words: str, labels: list[str], rows: Iterable[Any]) -> Metric:
    """A gauge with labels; each row is its labels and, last, its value."""
    family = GaugeMetricFamily(name, words, labels=labels)
    for row in rows:
        *names, value = row
        family.add_metric([str(one) for one in names], float(value or 0))
    return family


def _disk(now: datetime) -> Iterator[Metric]:
    from moothall.config import backups

    usage = shutil.disk_usage(settings.HOME)
    yield _gauge("moothall_disk_free_bytes", "Free space where uploads are kept.", usage.free)
    yield _gauge("moothall_disk_size_bytes", "Size of the disk of uploads.", usage.total)
    if connection.vendor == "sqlite":
        path = str(settings.DATABASES["default"]["NAME"])
        for name, end in (("database", ""), ("database_wal", "-wal")):
            with suppress(OSError):
                size = Path(path + end).stat().st_size
                yield _gauge(f"moothall_{name}_size_bytes", f"Size of the {name} file.", size)
    if told := backups.last():
        with suppress(KeyError, ValueError, TypeError):
            made = datetime.fromisoformat(str(told["at"]))
            age = (now - made).total_seconds()
            yield _gauge("moothall_backup_age_seconds", "Age of the last good backup.", age)
            told_size = float(told["bytes"])
            yield _gauge("moothall_backup_size_bytes", "Size of the last good backup.", told_size)


def _work(now: datetime) -> Iterator[Metric]:
    from moothall.config.health import pending_migrations
    from moothall.outbox import queries as outbox

    yield _gauge("moothall_migrations_pending", "Migrations not applied.", pending_migrations())
    state = outbox.state(now)
    late = (now - state.oldest_due).total_seconds() if state.oldest_due else 0
    for name, words, value in (
        ("waiting", "Jobs that wait.", state.waiting),
        ("due", "Jobs that could be done now.", state.due),
        ("failing", "Jobs that failed and will be tried again.", state.failing),
        ("dead", "Jobs that were given up.", state.dead),
    ):
        yield _gauge(f"moothall_outbox_{name}_jobs", words, value)
    yield _gauge("moothall_outbox_oldest_due_seconds", "How late the oldest due job is.", late)


def _cases(now: datetime) -> Iterator[Metric]:
    from moothall.casework.models import Case, CaseDay

    today = timezone.localdate(now)
    rows = list(
        CaseDay.objects.filter(day=today)
        .values_list("service_id", "channel")
        .annotate(opened=Sum("opened"), ended=Sum("ended"), broken=Sum("broken"))
        .order_by("service_id", "channel")
    )
    labels = ["service", "channel"]
    for place, name, words in (
        (2, "opened", "Cases opened today (Europe/London)."),
        (3, "ended", "Cases ended today (Europe/London)."),
        (4, "promise_broken", "Cases ended today after their promise."),
    ):
        told = ((row[0], row[1], row[place]) for row in rows)
        yield _by(f"moothall_cases_{name}_today", words, labels, told)
    late = Case.objects.filter(ended_at=None, finish_by__lt=now, paused_since=None).count()
    yield _gauge("moothall_cases_open_late", "Open cases past their promise.", late)


def _people(now: datetime) -> Iterator[Metric]:
    from moothall.files.models import StoredFile
    from moothall.journeys.models import Draft
    from moothall.notify.models import Message
    from moothall.pay.models import Payment
    from moothall.slots.models import Booking, Slot

    day = now - timedelta(days=1)
    messages = (
        Message.objects.filter(queued_at__gte=day)
        .values_list("means", "status")
        .annotate(n=Count("pk"))
        .order_by("means", "status")
    )
    yield _by("moothall_messages_last_day", "Messages of 24 hours.", ["means", "status"], messages)
    payments = Payment.objects.values_list("status").annotate(n=Count("pk")).order_by("status")
    yield _by("moothall_payments", "Payments by state.", ["status"], payments)
    drafts = Draft.objects.filter(submitted_at=None, expires_at__gt=now).count()
    yield _gauge("moothall_drafts", "Forms that were begun and can be gone on with.", drafts)
    free = Slot.objects.filter(starts__gt=now, booking=None)
    slots = free.values_list("resource__slug").annotate(n=Count("pk")).order_by("resource__slug")
    yield _by("moothall_slots_free", "Free places to come.", ["resource"], slots)
    held = Booking.objects.filter(held_until__gt=now).count()
    yield _gauge("moothall_slots_held", "Places held for somebody who has not finished.", held)
    files = StoredFile.objects.filter(received_at__gte=day).aggregate(n=Count("pk"), b=Sum("size"))
    yield _gauge("moothall_uploads_last_day", "Files received in 24 hours.", files["n"])
    yield _gauge("moothall_uploads_last_day_bytes", "Their size.", files["b"] or 0)


standing = Standing()
_standing = CollectorRegistry()
_standing.register(standing)
