"""Fixtures that every room's tests share.

* The database of the tests holds the invented council, applied once; each test is rolled back.
  Tests that need real commits (`transaction=True`) leave through a snapshot, not an empty database.
* `house` is a running server with a worker on a copy of a prepared home; `browse` opens pages of it.
"""

from __future__ import annotations

import os
import sqlite3
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, connections
from django.test import TransactionTestCase
from django.utils import translation
from hypothesis import settings as hypothesis_settings

from tests.house import House, shared_folder

# A busy machine must not fail a property: no deadline; the same examples every time.
hypothesis_settings.register_profile("moothall", deadline=None, derandomize=True, database=None)
hypothesis_settings.load_profile("moothall")

# Playwright's event loop runs in the thread of the test, which Django would take for async code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
shared_folder()  # named in the environment before worker processes are made


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The council is in the database of every test."""
    with django_db_blocker.unblock():
        _apply_council()
        Snapshot.take()


def _apply_council() -> None:
    try:
        from moothall.packs import actions

        actions.apply(settings.PACK)
    except Exception as error:
        if os.environ.get("CI"):
            raise
        warnings.warn(f"The council could not be applied: {error!r}", stacklevel=1)


class Snapshot:
    """The database as it was after set-up; transactional tests give it back in place of a flush."""

    name = ""

    @classmethod
    def take(cls) -> None:
        """Keep a copy of the test database."""
        if connection.vendor == "sqlite":
            cls.name = f"{connection.settings_dict['NAME']}.snapshot"
            connection.ensure_connection()
            copy = sqlite3.connect(cls.name)
            connection.connection.backup(copy)
            copy.close()
        else:
            from tests.postgres import admin

            database = connection.settings_dict["NAME"]
            cls.name = f"{database}_snapshot"
            connections.close_all()
            admin(f"DROP DATABASE IF EXISTS {cls.name}")
            admin(f"CREATE DATABASE {cls.name} TEMPLATE {database}")

    @classmethod
    def restore(cls) -> None:
        """Put the copy back."""
        if not cls.name:
            return
        connections.close_all()
        database = connection.settings_dict["NAME"]
        if connection.vendor == "sqlite":
            source = sqlite3.connect(cls.name)
            target = sqlite3.connect(database, timeout=30)
            source.backup(target)
            source.close()
            target.close()
        else:
            from tests.postgres import admin

            admin(f"DROP DATABASE {database} WITH (FORCE)")
            admin(f"CREATE DATABASE {database} TEMPLATE {cls.name}")


def _restore_in_place_of_a_flush(self: TransactionTestCase) -> None:
    Snapshot.restore()


TransactionTestCase._fixture_teardown = _restore_in_place_of_a_flush  # type: ignore[method-assign]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What pages look like in a browser is looked at once, on SQLite: no template knows the database.

    Stories (tests/stories) are driven in browsers on both. MOOTHALL_TEST_LOOKS=both looks at all twice.
    """
    if os.environ.get("MOOTHALL_TEST_DATABASE") != "postgresql":
        return
    if os.environ.get("MOOTHALL_TEST_LOOKS") == "both":
        return
    stories = Path(__file__).parent / "stories"
    looks = [
        one
        for one in items
        if one.get_closest_marker("browser") and not one.path.is_relative_to(stories)
    ]
    if looks:
        config.hook.pytest_deselected(items=looks)
        items[:] = [one for one in items if one not in set(looks)]


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """Each test begins in English, whatever page the one before it opened."""
    translation.activate(settings.LANGUAGE_CODE)
    yield
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    """Each test begins without counts that another one left in this process's memory."""
    from moothall.measures import buffer

    buffer.forget()


@pytest.fixture
def council(db: None) -> Any:
    """The invented council in the test's database."""
    from moothall.packs.queries import council as of_pack

    return of_pack()


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """A running council of this module's own."""
    running = House.build()
    yield running
    running.close()


def _clicks_wait_for_pages(locator: Any) -> None:
    """A click gives the browser a moment to begin a navigation and then waits until that page is there.

    Playwright returns as soon as the click is made; on a busy machine the next line of a story would
    still see the page before.
    """
    at_once = locator.click

    def click(self: Any, **how: Any) -> None:
        at_once(self, **how)
        self.page.wait_for_timeout(60)
        self.page.wait_for_load_state("load")

    locator.click = click


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One headless Chromium for this process."""
    from playwright.sync_api import Locator, sync_playwright

    _clicks_wait_for_pages(Locator)

    paths = [os.environ.get("MOOTHALL_CHROMIUM", ""), "/usr/bin/chromium"]
    paths += ["/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
    path = next((p for p in paths if p and Path(p).exists()), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture
def browse(chromium: Any, house: House) -> Iterator[Callable[..., Any]]:
    """Open a fresh browser on the house: `browse(width=320, javascript=False)` gives a Playwright page.

    A request to any other host fails the test: no page of ours may call a third party.
    """
    contexts: list[Any] = []
    strangers: list[str] = []

    def open_page(width: int = 1280, height: int = 900, javascript: bool = True) -> Any:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            java_script_enabled=javascript,
            base_url=house.url,
            locale="en-GB",
        )
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        page.on(
            "request",
            lambda request: (
                strangers.append(request.url)
                if not request.url.startswith((house.url, "data:", "blob:", "about:"))
                else None
            ),
        )
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not strangers, f"Third-party requests: {strangers}"
