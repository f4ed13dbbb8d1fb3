"""The product's settings on a home and a database of the tests' own.

`MOOTHALL_TEST_DATABASE` is `sqlite` (default) or `postgresql`. Nothing outside a temporary folder is touched.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

_home = tempfile.mkdtemp(prefix="moothall-test-")
atexit.register(shutil.rmtree, _home, ignore_errors=True)
os.environ["MOOTHALL_HOME"] = _home
os.environ["MOOTHALL_SECRET_KEY"] = "tests-only-" + "k" * 50
os.environ.setdefault("MOOTHALL_LOG_LEVEL", "ERROR")
for _name in ("MOOTHALL_PACK", "MOOTHALL_NOTIFY", "MOOTHALL_PAY", "MOOTHALL_DEMONSTRATION"):
    os.environ.pop(_name, None)

if os.environ.get("MOOTHALL_TEST_DATABASE", "sqlite") == "postgresql":
    from tests.postgres import server_url

    os.environ["MOOTHALL_DATABASE_URL"] = server_url()
else:
    os.environ["MOOTHALL_DATABASE_URL"] = ""

from moothall.config.settings import *  # noqa: E402, F403
from moothall.config.settings import DATABASES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
if os.environ["MOOTHALL_DATABASE_URL"]:
    # The pool keeps connections that would stop the test database from being restored.
    DATABASES["default"]["OPTIONS"].pop("pool", None)
    DATABASES["default"]["CONN_MAX_AGE"] = None
    DATABASES["default"]["TEST"] = {"NAME": f"moothall_test_{os.getpid()}"}

MEASURES_WRITER = False
"""Tests flush counts themselves: a thread of its own would write into other tests' databases."""

WRITE_LIMITS_TIMES = 0.0
"""All tests come from one address; those of the limits turn them on."""
STAFF_IDLE_SECONDS = RESIDENT_IDLE_SECONDS = 10**10
"""Stories let weeks pass without a page; those of sessions say how long."""
