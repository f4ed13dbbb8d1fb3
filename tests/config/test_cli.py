"""The command line and the settings, as an administrator meets them."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from moothall.config.cli import main
from moothall.config.database import configure


def test_help_reads_like_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    main(["moothall"])
    text = capsys.readouterr().out
    assert "A service is a file, a council is a folder." in text
    assert "moothall <command> --help" in text


def test_an_address_of_an_unknown_database_says_what_to_write(tmp_path) -> None:
    with pytest.raises(ImproperlyConfigured, match="Write sqlite:"):
        configure("mysql://root@localhost/council", tmp_path)


def test_a_postgresql_address_keeps_its_parts(tmp_path) -> None:
    found = configure("postgresql://me:a%40b@db.example:5433/council?sslmode=require", tmp_path)
    assert (found["USER"], found["PASSWORD"], found["HOST"]) == ("me", "a@b", "db.example")
    assert found["PORT"] == "5433"
    assert found["OPTIONS"]["sslmode"] == "require"


def test_the_embedded_database_lives_in_home(tmp_path) -> None:
    found = configure("", tmp_path)
    assert found["NAME"] == str(tmp_path / "moothall.sqlite3")
    assert found["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "synchronous=FULL" in found["OPTIONS"]["init_command"]
    assert "secure_delete=ON" in found["OPTIONS"]["init_command"]
