"""`moothall doctor`: what is wrong with a deployment, why it matters and how to mend it.

A check is a function that returns a `Finding` for each thing it looked at; `@check("name")` puts it on
the list. A check that breaks is itself a finding: the doctor always comes to an end.
"""

from __future__ import annotations

import os
import shutil
import ssl
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.db.utils import Error
from django.utils import timezone

OK, WARNING, ERROR = "ok", "warning", "error"
SAMPLE = 50
"""Cases whose chain is checked."""
GIGABYTE = 1_000_000_000


@dataclass(frozen=True)
class Finding:
    """What one look found. `why` says why it matters, `mend` what to do; both are empty when all is well."""

    level: str
    what: str
    why: str = ""
    mend: str = ""
    check: str = ""


Look = Callable[[], Iterator[Finding]]
_CHECKS: dict[str, tuple[Look, bool]] = {}


def check(name: str, *, database: bool = False) -> Callable[[Look], Look]:
    """Put a function on the list; with `database` it is left out while the database is away."""

    def put(look: Look) -> Look:
        _CHECKS[name] = (look, database)
        return look

    return put


def names() -> tuple[str, ...]:
    """The checks in the order in which they are made."""
    return tuple(_CHECKS)


def examine(only: str = "") -> list[Finding]:
    """Make every check (or one) and return what they found. Never raises."""
    found: list[Finding] = []
    away = _away()
    for name, (look, database) in _CHECKS.items():
        if (only and name != only) or (database and away):
            continue
        try:
            told = list(look())
        except Exception as error:  # the doctor comes to an end whatever is broken
            told = [
                Finding(
                    ERROR,
                    f"This could not be looked at ({type(error).__name__}).",
                    "What cannot be looked at may be broken.",
                    "Mend the errors above first, then run doctor again.",
                )
            ]
        found += [Finding(f.level, f.what, f.why, f.mend, name) for f in told]
    return found


def _away() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return True
    return False


def _either(well: bool, good: str, level: str, bad: str, why: str, mend: str) -> Finding:
    return Finding(OK, good) if well else Finding(level, bad, why, mend)


@check("sign_in")
def _sign_in() -> Iterator[Finding]:
    from moothall.people import oidc, providers

    missing = providers.wanting()
    for words in missing:
        yield Finding(
            ERROR,
            words,
            "People are sent to a provider that cannot bring them back.",
            "Set what docs/deploy.md says under single sign-on and One Login, and restart.",
        )
    if missing:
        return
    for name, provider in (
        ("Single sign-on", providers.single_sign_on()),
        ("GOV.UK One Login", providers.one_login()),
    ):
        if provider is None:
            yield Finding(OK, f"{name} is not used.")
            continue
        try:
            oidc.keys_of(provider)
        except oidc.Trouble as trouble:
            yield Finding(
                ERROR,
                f"{name} does not work: {trouble.kind} ({trouble.detail}).",
                "Nobody can sign in by it.",
                f"Open {provider.discovery_url} from this machine; see that the issuer there is "
                "the one in the settings, to the letter.",
            )
        else:
            yield Finding(OK, f"{name} answers, and its keys are there.")


@check("settings")
def _settings() -> Iterator[Finding]:
    yield _either(
        not settings.DEBUG,
        "Debug pages are off.",
        ERROR,
        "MOOTHALL_DEBUG is on.",
        "Errors show the program's insides and personal data to everybody.",
        "Take MOOTHALL_DEBUG out of the environment and restart.",
    )
    yield _either(
        len(settings.SECRET_KEY) >= 40,
        "The secret key is long enough.",
        ERROR,
        "MOOTHALL_SECRET_KEY is shorter than 40 characters.",
        "Who guesses it can sign in as anybody.",
        "Set it to what `python3 -c 'import secrets; print(secrets.token_urlsafe(50))'` prints.",
    )
    yield _either(
        not settings.DEMONSTRATION,
        "The demonstration is off.",
        ERROR,
        "The demonstration is on.",
        "Its sign-ins are known to everybody and its messages open to all.",
        "Set MOOTHALL_DEMONSTRATION=no and restart; use a database that never held it.",
    )
    yield _either(
        settings.SECURE,
        "The public address is https.",
        ERROR,
        f"MOOTHALL_PUBLIC_URL is {settings.PUBLIC_URL}.",
        "Cookies travel in the clear and messages link to the wrong address.",
        "Set MOOTHALL_PUBLIC_URL=https://your.address, with TLS at nginx.",
    )
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    yield _either(
        host in settings.ALLOWED_HOSTS and "*" not in settings.ALLOWED_HOSTS,
        "The host of the public address is answered, and no other by a star.",
        ERROR,
        f"MOOTHALL_HOSTS is {','.join(settings.ALLOWED_HOSTS)}.",
        "Visitors are refused, or links can be made to lead to a stranger's host.",
        f"Set MOOTHALL_HOSTS={host},localhost,127.0.0.1.",
    )
    yield _either(
        settings.ALLAUTH_TRUSTED_PROXY_COUNT > 0,
        "The proxies in front are counted.",
        WARNING,
        "MOOTHALL_TRUSTED_PROXIES is 0.",
        "Behind nginx all visitors share one rate limit.",
        "Behind one nginx set MOOTHALL_TRUSTED_PROXIES=1; with none in front leave it.",
    )


@check("outside systems")
def _outside() -> Iterator[Finding]:
    for name, what, told in (
        ("NOTIFY", "Messages", settings.NOTIFY),
        ("PAY", "Payments", settings.PAY),
    ):
        adapter = told["adapter"]
        yield _either(
            adapter != "local",
            f"{what} go through {adapter}.",
            ERROR,
            f"{what} go to the stand-in.",
            "Nothing reaches a resident, or no money comes in.",
            f"Set MOOTHALL_{name}=govuk and its key (docs/deploy.md, Outside systems).",
        )
        if adapter == "govuk":
            yield _either(
                bool(told["key"]),
                f"{what} have a key.",
                ERROR,
                f"MOOTHALL_{name}_KEY is empty.",
                "GOV.UK refuses everything.",
                f"Set MOOTHALL_{name}_KEY to the key from your GOV.UK account.",
            )
    if not settings.VIRUS_SCAN:
        yield Finding(
            WARNING,
            "Uploads are not scanned for viruses.",
            "An officer may open one.",
            "apt install clamav-daemon, then MOOTHALL_CLAMD=/run/clamav/clamd.ctl.",
        )
        return
    from moothall.files.scanning import scanner

    yield _either(
        scanner().is_there(),
        "The virus scanner answers.",
        ERROR,
        "The virus scanner does not answer.",
        "No upload is taken while it is away.",
        "systemctl restart clamav-daemon; see that MOOTHALL_CLAMD names its socket.",
    )


@check("machine")
def _machine() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield _either(
        sys.version_info[:2] >= (3, 11),
        f"Python {version}.",
        ERROR,
        f"Python {version} is too old.",
        "Moothall is tested with 3.11 and later.",
        "Make .venv anew with Python 3.11.",
    )
    home = Path(settings.HOME)
    mode = home.stat().st_mode & 0o077
    yield _either(
        not mode & 0o007,
        f"Only the council's own user and group reach {home}.",
        WARNING,
        f"Everybody on the machine can look into {home}.",
        "It holds uploads and the secret key.",
        f"chmod o-rwx {home}",
    )
    free = shutil.disk_usage(home)
    yield _either(
        free.free > max(GIGABYTE, free.total // 20),
        f"{free.free / GIGABYTE:.1f} GB are free.",
        ERROR if free.free < GIGABYTE // 2 else WARNING,
        f"Only {free.free / GIGABYTE:.1f} GB are free.",
        "With a full disk no case can be sent.",
        "Remove old backups, or give the machine more space.",
    )
    took = _fsync(home)
    yield _either(
        took < 0.05,
        f"The disk keeps a write in {took * 1000:.1f} ms.",
        WARNING,
        f"The disk needs {took * 1000:.0f} ms to keep a write.",
        "Every step of a case waits for it.",
        "Put MOOTHALL_HOME on a local SSD, not on a network share.",
    )
    cores = os.cpu_count() or 1
    yield _either(
        cores >= 2,
        f"{cores} cores.",
        WARNING,
        "One core.",
        "Pages wait for background work.",
        "Give the machine two cores.",
    )


def _fsync(folder: Path) -> float:
    """Seconds to keep a small write, the middle of five. Raises OSError when `folder` can't be written."""
    took = []
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        for _ in range(5):
            started = time.perf_counter()
            file.write(b"moothall")
            file.flush()
            os.fsync(file.fileno())
            took.append(time.perf_counter() - started)
    return sorted(took)[2]


@check("database")
def _database() -> Iterator[Finding]:
    from moothall.config.health import pending_migrations

    yield _either(
        not _away(),
        f"The database answers ({connection.vendor}).",
        ERROR,
        "The database does not answer.",
        "Nothing works without it.",
        "systemctl status postgresql; see MOOTHALL_DATABASE_URL.",
    )
    if _away():
        return
    pending = pending_migrations()
    yield _either(
        not pending,
        "Every migration is applied.",
        ERROR,
        f"{pending} migrations are not applied.",
        "The program and the database do not fit.",
        "moothall migrate",
    )
    wanted = (
        (("PRAGMA journal_mode", "wal"), ("PRAGMA synchronous", "2"))
        if connection.vendor == "sqlite"
        else (
            ("SHOW server_encoding", "UTF8"),
            ("SHOW fsync", "on"),
            ("SHOW synchronous_commit", "on"),
        )
    )
    for statement, value in wanted:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            told = str(cursor.fetchone()[0])
        name = statement.split()[-1]
        yield _either(
            told.lower() == value.lower(),
            f"{name} is {told}.",
            ERROR,
            f"{name} is {told}, not {value}.",
            "What was promised to a resident may be lost in a power cut, or text be spoilt.",
            f"Set {name} to {value} in the database's configuration and restart it.",
        )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            apart = abs((timezone.now() - cursor.fetchone()[0]).total_seconds())
        yield _either(
            apart < 2,
            "The clocks of server and database agree.",
            ERROR,
            f"The clocks of server and database are {apart:.0f} seconds apart.",
            "Promises and locks are worked out wrongly.",
            "timedatectl set-ntp true on both machines.",
        )


@check("background work", database=True)
def _work() -> Iterator[Finding]:
    from moothall.outbox import queries as outbox
    from moothall.outbox.models import Job

    now = timezone.now()
    state = outbox.state(now)
    late = now - state.oldest_due if state.oldest_due else timedelta()
    yield _either(
        late < timedelta(minutes=5),
        "Background work keeps up.",
        ERROR,
        f"Background work is {late.total_seconds() / 60:.0f} minutes late.",
        "Messages, payments and promises wait.",
        "systemctl restart moothall-worker; journalctl -u moothall-worker",
    )
    periodic = Job.objects.filter(every_seconds__isnull=False, dead_at=None)
    missed = periodic.filter(due_at__lt=now - timedelta(minutes=15)).count()
    yield _either(
        periodic.exists() and not missed,
        "What is done at set times was done.",
        ERROR,
        "What is done at set times was not done.",
        "No worker has run lately, so nothing expires and nobody is reminded.",
        "systemctl enable --now moothall-worker",
    )
    yield _either(
        not state.dead,
        "No job was given up.",
        WARNING,
        f"{state.dead} jobs were given up.",
        "A message or a payment may be among them.",
        "moothall outbox says why; then --again ID or --discard ID.",
    )


@check("council", database=True)
def _council() -> Iterator[Finding]:
    from moothall.packs import queries as packs
    from moothall.packs.models import Council

    there = Council.objects.exists()
    yield _either(
        there,
        "A council is applied.",
        ERROR,
        "No council is in the database.",
        "There is no page to show.",
        "moothall pack apply /path/to/council",
    )
    if not there:
        return
    yield _either(
        not packs.council().synthetic,
        "The cases are real.",
        ERROR,
        "Every case here was made up by `moothall synth`.",
        "Figures are about nobody.",
        "A real council needs a database of its own: set MOOTHALL_DATABASE_URL.",
    )
    yield _either(
        bool(packs.offered()),
        "Services are offered.",
        WARNING,
        "No service is offered.",
        "Residents find nothing to do.",
        "Add services to services.yaml of the council, then moothall pack apply.",
    )


@check("ledger", database=True)
def _ledger() -> Iterator[Finding]:
    from moothall.casework.ledger import check_case
    from moothall.casework.models import Case

    newest = list(Case.objects.order_by("-pk")[:SAMPLE])
    broken = [case for case in newest if check_case(case).why]
    yield _either(
        not broken,
        f"The chains of the newest {len(newest)} cases are whole.",
        ERROR,
        f"The chains of {len(broken)} of the newest {len(newest)} cases are broken.",
        "Somebody changed what happened, or the disk did.",
        "moothall ledger verify names them; compare with a backup (docs/ledger.md).",
    )


@check("backups")
def _backups() -> Iterator[Finding]:
    from moothall.config import backups

    told = backups.last()
    mend = "moothall backup FOLDER; systemctl enable --now moothall-backup.timer"
    if told is None:
        yield Finding(ERROR, "No backup was ever made.", "A broken disk ends the council.", mend)
        return
    age = timezone.now() - datetime.fromisoformat(str(told["at"]))
    yield _either(
        age < timedelta(hours=36),
        f"The last backup is {age.total_seconds() / 3600:.0f} hours old.",
        ERROR,
        f"The last backup is {age.days} days old.",
        "What came after it would be lost.",
        mend,
    )
    yield _either(
        Path(str(told["file"])).exists(),
        "The last backup is where it was put.",
        WARNING,
        "The last backup is no longer where it was put.",
        "It may be lost, or moved to a safer place.",
        "If you did not move it: moothall backup FOLDER.",
    )


def certificate_days(url: str, seconds: float = 10) -> float:
    """Return in how many days the certificate at `url` (https) ends. Raises OSError."""
    import socket

    parts = urlsplit(url)
    address = (parts.hostname or "", parts.port or 443)
    context = ssl.create_default_context()
    with (
        socket.create_connection(address, timeout=seconds) as line,
        context.wrap_socket(line, server_hostname=parts.hostname) as tls,
    ):
        ends = ssl.cert_time_to_seconds(str((tls.getpeercert() or {})["notAfter"]))
    return (ends - time.time()) / 86_400


def examine_url(url: str) -> list[Finding]:
    """Look at a served council from outside: certificate and headers. Never raises."""
    from urllib.request import urlopen

    found = []
    try:
        if url.startswith("https://"):
            days = certificate_days(url)
            found.append(
                _either(
                    days > 14,
                    f"The certificate is good for {days:.0f} days.",
                    ERROR,
                    f"The certificate ends in {days:.0f} days.",
                    "Browsers will refuse the site.",
                    "certbot renew; systemctl status certbot.timer",
                )
            )
        else:
            found.append(
                Finding(ERROR, "The address is not https.", "Anybody can read along.", "Use https.")
            )
            if not url.startswith("http://"):
                return [Finding(f.level, f.what, f.why, f.mend, "from outside") for f in found]
        with urlopen(url, timeout=10) as answer:  # noqa: S310  http or https, looked at above
            headers = answer.headers
        for name in ("Content-Security-Policy", "Strict-Transport-Security", "X-Frame-Options"):
            found.append(
                _either(
                    bool(headers.get(name)),
                    f"{name} arrives.",
                    ERROR,
                    f"{name} does not arrive.",
                    "Browsers are not told to protect the visitor.",
                    "See that nginx passes our headers on (deploy/nginx/moothall.conf).",
                )
            )
    except OSError as error:
        found.append(
            Finding(
                ERROR,
                f"{url} does not answer as it should: {error}",
                "Residents see the same.",
                "nginx -t; systemctl status nginx 'moothall-web@*'",
            )
        )
    return [Finding(f.level, f.what, f.why, f.mend, "from outside") for f in found]
