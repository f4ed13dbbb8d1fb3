"""What tests of sign-in share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core import mail

from moothall.people import limits
from moothall.people.pack import TeamsSection


@pytest.fixture(autouse=True)
def _fresh_limits() -> Iterator[None]:
    """What a process may still give out is in its memory: each test starts at nought."""
    limits.forget()
    yield
    limits.forget()


@pytest.fixture
def newest_code() -> Any:
    """Read the code in the newest email to an address, as the person would."""

    def read(email: str) -> str:
        message = next(one for one in reversed(mail.outbox) if one.to == [email])
        found = re.search(r"^(\d{4}-\d{4})$", str(message.body), re.MULTILINE)
        assert found, message.body
        return found.group(1)

    return read


@pytest.fixture
def teams(db: None) -> None:
    """The invented council's teams and the demonstration's sign-ins are in the database."""
    section = TeamsSection()
    data = section.read(Path(settings.PACK))
    assert data is not None
    section.apply(data)
