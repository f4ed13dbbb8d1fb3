"""The Jinja2 environment of every page of ours."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, PrefixLoader

from moothall.design import charts, markdown, words


@lru_cache(maxsize=256)
def _version(path: str) -> str:
    found = finders.find(path)
    if not found or isinstance(found, list):
        return ""
    return hashlib.sha256(Path(found).read_bytes()).hexdigest()[:12]


def static(path: str) -> str:
    """Return the address of a static file, with its content's version so that it can be cached."""
    version = "" if settings.DEBUG else _version(path)
    return f"{settings.STATIC_URL}{path}" + (f"?v={version}" if version else "")


def _url(name: str, *args: Any, **kwargs: Any) -> str:
    return reverse(name, args=args or None, kwargs=kwargs or None)


def environment(**options: Any) -> Environment:
    """Make the environment: templates of every room, GOV.UK's macros, translation and filters."""
    folders = [
        folder
        for config in apps.get_app_configs()
        if (folder := Path(config.path) / "templates").is_dir() and "moothall" in config.name
    ]
    options["loader"] = ChoiceLoader(
        [
            FileSystemLoader([str(folder) for folder in folders]),
            PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
        ]
    )
    options.setdefault("trim_blocks", True)
    options.setdefault("lstrip_blocks", True)
    options["extensions"] = ["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"]
    env = Environment(**options)  # noqa: S701 - Django's backend passes autoescape=True
    env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]  # added by the i18n extension
    env.globals.update(url=_url, static=static, bars=charts.bars)
    env.filters.update(
        markdown=markdown.html,
        day=words.day,
        short_day=words.short_day,
        clock=words.clock,
        moment=words.moment,
        pounds=words.pounds,
        amount=words.amount,
        filesize=filesizeformat,
    )
    return env
