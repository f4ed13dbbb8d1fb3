"""What Prometheus reads: only where it may, in its own format, and never about a person."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.cache import cache
from prometheus_client.parser import text_string_to_metric_families
from ruamel.yaml import YAML

from moothall.config import metrics

pytestmark = pytest.mark.django_db


def _read(client, **headers: str) -> dict[tuple[str, frozenset], float]:
    metrics.standing.forget()
    answer = client.get("/metrics", **headers)
    assert answer.status_code == 200
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


def test_requests_are_counted_by_the_name_of_their_address(client) -> None:
    cache.clear()
    key = (
        "moothall_requests_total",
        frozenset({"view": "health-live", "method": "GET", "status": "200"}.items()),
    )
    before = _read(client).get(key, 0)
    client.get("/health/live")
    client.get("/track/WM-AAA-AAA/not-a-token/")
    after = _read(client)
    assert after[key] == before + 1
    # Nothing of a path is ever a label, and what does not exist is one label only.
    client.get("/no-such-page-8731/")
    words = client.get("/metrics").content.decode()
    assert "not-a-token" not in words
    assert "WM-AAA-AAA" not in words
    assert "no-such-page" not in words
    names = {name for name, _ in after}
    assert {
        "moothall_request_duration_seconds_bucket",
        "moothall_database_queries_total",
        "moothall_database_seconds_total",
        "moothall_outbox_oldest_due_seconds",
        "moothall_outbox_dead_jobs",
        "moothall_database_up",
        "moothall_disk_free_bytes",
        "moothall_migrations_pending",
        "moothall_drafts",
    } <= names
    assert after["moothall_database_up", frozenset()] == 1
    assert after["moothall_migrations_pending", frozenset()] == 0
    assert all(re.fullmatch(r"moothall_[a-z_]+", name) for name in names)


def test_strangers_get_nothing_and_a_token_opens(client, settings) -> None:
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.7").status_code == 404
    # A proxy on this machine: the address is the loopback's, the visitor is not.
    assert client.get("/metrics", HTTP_X_FORWARDED_FOR="192.0.2.7").status_code == 404
    assert client.post("/metrics").status_code in {403, 405}
    settings.METRICS_TOKEN = "t" * 40
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", HTTP_AUTHORIZATION="Bearer wrong").status_code == 404
    assert _read(client, REMOTE_ADDR="192.0.2.7", HTTP_AUTHORIZATION="Bearer " + "t" * 40)


def test_refused_sign_ins_are_counted(client, django_user_model) -> None:
    from django.contrib.auth import authenticate

    key = ("moothall_sign_in_failures_total", frozenset())
    before = _read(client)[key]
    authenticate(username="nobody@wealdmere.example", password="not this one")
    assert _read(client)[key] == before + 1


def test_processes_of_one_server_add_up_and_leave_nothing(tmp_path) -> None:
    folder = metrics.shared_folder(tmp_path, 8001)
    (folder / "counter_1.db").write_bytes(b"what a killed server left")
    folder = metrics.shared_folder(tmp_path, 8001)
    assert list(folder.iterdir()) == []
    one = "from prometheus_client import Counter; Counter('moothall_tried', 'x').inc(2)"
    both = (
        "from prometheus_client import CollectorRegistry, generate_latest;"
        "from prometheus_client.multiprocess import MultiProcessCollector as M;"
        "r = CollectorRegistry(); M(r); print(generate_latest(r).decode())"
    )
    environment = {metrics.SHARED: str(folder)}
    for words in (one, one):
        subprocess.run([sys.executable, "-c", words], env=environment, check=True)
    told = subprocess.run(
        [sys.executable, "-c", both], env=environment, check=True, capture_output=True, text=True
    )
    assert "moothall_tried_total 4.0" in told.stdout
    metrics.remove(folder)
    assert not folder.exists()


def test_alerts_ask_for_what_is_told_and_say_what_to_do(client) -> None:
    folder = Path(__file__).resolve().parents[2] / "deploy/prometheus"
    rules = YAML(typ="safe").load((folder / "alerts.yaml").read_text())["groups"][0]["rules"]
    told = {name for name, _ in _read(client)} | {"moothall_backup_age_seconds"}
    for rule in rules:
        assert rule["annotations"]["mend"]
        assert set(re.findall(r"moothall_[a-z_]+", rule["expr"])) <= told, rule["alert"]
    assert YAML(typ="safe").load((folder / "scrape.yaml").read_text())["scrape_configs"]
