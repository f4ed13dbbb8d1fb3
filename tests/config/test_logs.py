"""Logs say what happened and never whom it was about."""

from __future__ import annotations

import json
import logging

import pytest

from moothall.config.logs import JsonLines

pytestmark = pytest.mark.django_db


def test_a_refused_page_is_logged_by_its_route(client, caplog) -> None:
    with caplog.at_level(logging.WARNING, logger="django.request"):
        client.get("/track/WM-AAA-AAA/not-a-token/")
    lines = [
        JsonLines().format(record) for record in caplog.records if record.name == "django.request"
    ]
    for line in lines:
        assert "WM-AAA-AAA" not in line
        assert "not-a-token" not in line
        assert json.loads(line)["logger"] == "django.request"


def test_an_exception_is_logged_by_kind_and_place_and_not_by_its_words() -> None:
    try:
        raise ValueError("Robin Sallow, 1 Abbot Close")
    except ValueError as error:
        record = logging.LogRecord(
            "moothall.x",
            logging.ERROR,
            __file__,
            1,
            "failed",
            None,
            (ValueError, error, error.__traceback__),
        )
    line = json.loads(JsonLines().format(record))
    assert line["error"] == "ValueError"
    assert "Sallow" not in json.dumps(line)
    assert line["where"]
