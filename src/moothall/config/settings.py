"""Every setting, from the environment, with defaults that are safe and run without any account.

docs/run.md lists them all; a test holds that page to this file.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

from moothall.config.database import configure
from moothall.people.settings import *  # noqa: F403  sign-in is that room's own business

ROOT = Path(__file__).resolve().parents[3]


def _flag(name: str, default: bool) -> bool:
    value = os.environ.get(name, "").strip().lower()
    return default if not value else value in {"1", "true", "yes", "on"}


HOME = Path(os.environ.get("MOOTHALL_HOME", "var")).resolve()
HOME.mkdir(parents=True, exist_ok=True)
PORT = int(os.environ.get("PORT", "8000"))
DEMONSTRATION = _flag("MOOTHALL_DEMONSTRATION", True)
"""Stand-ins on, sign-ins printed, a banner on every page. A real council sets it to no."""

DEBUG = _flag("MOOTHALL_DEBUG", False)


def _secret_key() -> str:
    given = os.environ.get("MOOTHALL_SECRET_KEY", "")
    if given:
        return given
    path = HOME / "secret_key"
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(50))
    return path.read_text().strip()


SECRET_KEY = _secret_key()
PUBLIC_URL = os.environ.get("MOOTHALL_PUBLIC_URL", f"http://localhost:{PORT}").rstrip("/")
ALLOWED_HOSTS = [
    host.strip()
    for host in os.environ.get("MOOTHALL_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
]
SECURE = PUBLIC_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if SECURE else []

LANGUAGE_FOLDERS = [Path(p) for p in os.environ.get("MOOTHALL_SERVICES", "").split(os.pathsep) if p]
SERVICES = [*LANGUAGE_FOLDERS, ROOT / "services"]
"""Folders in which service files are looked up, first match wins."""
PACK = Path(os.environ.get("MOOTHALL_PACK", str(ROOT / "councils" / "wealdmere")))
TRIAL_DATA = Path(os.environ.get("MOOTHALL_TRIAL_DATA", str(ROOT.parent / "shared" / "data")))

INSTALLED_APPS = [
    "moothall.outbox",
    "moothall.connectors",
    "moothall.people",
    "moothall.places",
    "moothall.notify",
    "moothall.pay",
    "moothall.files",
    "moothall.slots",
    "moothall.search",
    "moothall.measures",
    "moothall.packs",
    "moothall.design",
    "moothall.casework",
    "moothall.journeys",
    "moothall.insight",
    "moothall.website",
    "moothall.desk",
    "moothall.api",
    "moothall.config",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_tasks",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "moothall.config.metrics.Measured",
    "moothall.config.middleware.RequestLog",
    "moothall.api.door.ApiDoor",
    "django.middleware.security.SecurityMiddleware",
    "moothall.config.middleware.ContentPolicy",
    "moothall.config.middleware.PlainInput",
    "moothall.config.middleware.StaticFiles",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "moothall.people.sessions.SessionCare",
    "moothall.people.write_limits.WriteLimits",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "moothall.config.urls"
WSGI_APPLICATION = "moothall.config.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "APP_DIRS": False,
        "DIRS": [],
        "NAME": "jinja2",
        "OPTIONS": {
            "environment": "moothall.design.jinja.environment",
            "context_processors": ["moothall.design.context.page"],
        },
    },
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "NAME": "django",
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    },
]

DATABASES = {"default": configure(os.environ.get("MOOTHALL_DATABASE_URL", ""), HOME)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "people.User"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

CSRF_FAILURE_VIEW = "moothall.journeys.lost.csrf_failure"

TASKS = {"default": {"BACKEND": "moothall.outbox.backend.OutboxBackend"}}

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "moothall",
    }
}

LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", "English"), ("cy", "Cymraeg")]
LOCALE_PATHS = [Path(__file__).resolve().parents[1] / "design" / "locale"]
LANGUAGE_COOKIE_NAME = "moothall_language"
TIME_ZONE = "Europe/London"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STATICFILES_DIRS = [("language", str(Path(__file__).parents[1] / "language" / "browser"))]
"""The pure room is no Django app: its script for browsers is served at /static/language/."""
FILES_ROOT = HOME / "files"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
FILE_UPLOAD_PERMISSIONS = 0o600

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = "moothall_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = SECURE
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
CSRF_COOKIE_NAME = "moothall_csrf"
CSRF_COOKIE_SECURE = SECURE
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
X_FRAME_OPTIONS = "DENY"

# Outside systems: each has a stand-in that is on by default (docs/deploy.md).
NOTIFY = {
    "adapter": os.environ.get("MOOTHALL_NOTIFY", "local"),  # local, smtp, govuk
    "key": os.environ.get("MOOTHALL_NOTIFY_KEY", ""),
    "url": os.environ.get("MOOTHALL_NOTIFY_URL", "https://api.notifications.service.gov.uk"),
    "templates": os.environ.get("MOOTHALL_NOTIFY_TEMPLATES", ""),
    "callback_token": os.environ.get("MOOTHALL_NOTIFY_CALLBACK_TOKEN", ""),
}
EMAIL_BACKEND = "moothall.notify.email.EmailBackend"
EMAIL_HOST = os.environ.get("MOOTHALL_SMTP_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("MOOTHALL_SMTP_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("MOOTHALL_SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("MOOTHALL_SMTP_PASSWORD", "")
EMAIL_USE_TLS = _flag("MOOTHALL_SMTP_TLS", False)
DEFAULT_FROM_EMAIL = os.environ.get("MOOTHALL_FROM_EMAIL", "no-reply@wealdmere.example")
PAY = {
    "adapter": os.environ.get("MOOTHALL_PAY", "local"),  # local, govuk
    "key": os.environ.get("MOOTHALL_PAY_KEY", ""),
    "url": os.environ.get("MOOTHALL_PAY_URL", "https://publicapi.payments.service.gov.uk"),
}
WEBHOOK_NETWORKS = [
    one.strip() for one in os.environ.get("MOOTHALL_WEBHOOK_NETWORKS", "").split(",") if one.strip()
]
"""Private networks (CIDR) that webhooks may go to besides public addresses."""
VIRUS_SCAN = os.environ.get("MOOTHALL_CLAMD", "")
"""`host:port` or a socket path of a ClamAV daemon; empty: no scan."""

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "moothall.config.logs.JsonLines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("MOOTHALL_LOG_LEVEL", "WARNING")},
    "loggers": {"moothall": {"level": os.environ.get("MOOTHALL_LOG_LEVEL", "INFO")}},
}
METRICS_TOKEN = os.environ.get("MOOTHALL_METRICS_TOKEN", "")
"""Who sends it as a bearer token reads `/metrics`; empty: only this machine does."""
SILENCED_SYSTEM_CHECKS: list[str] = []
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"
