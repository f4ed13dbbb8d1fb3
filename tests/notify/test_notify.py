"""A message is written with the change that needs it, sent by the worker, and its end is known."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import transaction
from django.test import Client

from moothall import notify, outbox
from moothall.notify import actions, queries, registry
from moothall.notify.adapters import Refused
from moothall.notify.adapters.govuk import address_lines, read_templates
from moothall.notify.checks import settings_of_notify
from moothall.notify.models import Message
from moothall.notify.tasks import mobile_number
from moothall.outbox.models import Job
from moothall.people.models import User
from moothall.people.testing import sign_in
from tests.notify import fake_notify as fakes

LATER = datetime(2400, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _alone(db: None) -> None:
    Job.objects.all().delete()
    Message.objects.all().delete()


@pytest.fixture
def heard() -> Iterator[list[tuple[str, str]]]:
    found: list[tuple[str, str]] = []
    before = list(registry._handlers)
    notify.on_receipt(lambda message: found.append((message.key, message.status)))
    yield found
    registry._handlers[:] = before


@pytest.fixture
def govuk(settings: Any) -> Iterator[fakes.FakeNotify]:
    with fakes.fake_notify() as server:
        settings.NOTIFY = {
            "adapter": "govuk",
            "key": fakes.KEY,
            "url": server.url,
            "templates": fakes.SETTING,
            "callback_token": "a-long-token",
        }
        yield server


@pytest.fixture
def mail_server(settings: Any) -> Iterator[fakes.FakeMailServer]:
    with fakes.fake_mail_server() as server:
        settings.NOTIFY = {**settings.NOTIFY, "adapter": "smtp"}
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address
        yield server


def write(key: str = "k1", to: str = "ann@example.org", **more: Any) -> Message:
    values = {"means": "email", "subject": "Your report", "body": "We have it.\n\nThank you."}
    return actions.queue(to=to, key=key, **{**values, **more})


def fresh(message: Message) -> Message:
    return Message.objects.get(pk=message.pk)


def test_a_message_goes_out_once_the_change_is_committed(heard: list[tuple[str, str]]) -> None:
    message = write(subject_ref="WM-1")
    assert message.status == "queued"
    assert outbox.drain(LATER) == 1
    assert fresh(message).status == "delivered"
    assert heard == [("k1", "delivered")]
    assert [m.key for m in queries.messages_for("WM-1")] == ["k1"]


def test_no_change_no_message() -> None:
    class Undone(Exception):
        pass

    with pytest.raises(Undone), transaction.atomic():
        write()
        raise Undone
    assert not Message.objects.exists()
    assert outbox.drain(LATER) == 0


def test_the_same_key_is_the_same_message() -> None:
    assert write().pk == write(body="Other words").pk
    assert outbox.drain(LATER) == 1


def test_what_cannot_be_sent_is_given_up_with_a_reason(heard: list[tuple[str, str]]) -> None:
    messages = [
        write("m1", "not an address"),
        write("m2", "01632 960123", means="text"),
        write("m3", "12", means="text"),
        write("m4", "1 High Street\nXW1 1AA", means="letter"),
    ]
    outbox.drain(LATER)
    assert [fresh(m).reason for m in messages] == [
        "The email address is not valid.",
        "A landline cannot get a text.",
        "The phone number is not valid.",
        "The postal address has fewer than 3 lines.",
    ]
    assert {status for _, status in heard} == {"given_up"}
    assert {m.key for m in queries.undelivered()} == {"m1", "m2", "m3", "m4"}


def test_the_stand_in_can_show_failures() -> None:
    gone, full = write("m1", "perm-fail@example.org"), write("m2", "temp-fail@example.org")
    outbox.drain(datetime(2200, 1, 1, tzinfo=UTC))
    assert fresh(gone).status == "failed"
    assert fresh(full).status == "queued"
    for days in range(30):
        outbox.drain(LATER + timedelta(days=days))
    assert fresh(full).status == "given_up"
    assert fresh(full).reason == "The mailbox is full or out of reach."


def test_the_page_of_messages_shows_each_as_it_was_received(client: Client, settings: Any) -> None:
    write("m1", "ann@example.org", subject="Your bin", body="It was emptied.\n\n<b>Thanks</b>")
    write("m2", "07700 900123", means="text", subject="", body="A crew will come.")
    outbox.drain(LATER)
    page = client.get("/stand-ins/messages/").content.decode()
    assert "It was emptied." in page
    assert "A crew will come." in page
    assert "&lt;b&gt;Thanks" in page
    found = client.post("/stand-ins/messages/", {"to": "07700 900 123"}).content.decode()
    assert "A crew will come." in found
    assert "It was emptied." not in found
    settings.DEMONSTRATION = False
    assert client.get("/stand-ins/messages/").status_code == 404
    sign_in(client, User.objects.get(email="marcus.quill@wealdmere.example"))
    assert client.get("/stand-ins/messages/").status_code == 404, "residents' codes are in there"
    settings.DEMONSTRATION = True
    settings.NOTIFY = {**settings.NOTIFY, "adapter": "smtp"}
    assert client.get("/stand-ins/messages/").status_code == 404


def test_djangos_mail_is_queued_like_any_other(settings: Any) -> None:
    settings.EMAIL_BACKEND = "moothall.notify.email.EmailBackend"
    mail.send_mail("Your code", "123456", None, ["ann@example.org", "bob@example.org"])
    assert sorted(Message.objects.values_list("to", "body")) == [
        ("ann@example.org", "123456"),
        ("bob@example.org", "123456"),
    ]
    assert outbox.drain(LATER) == 2


def test_redaction_and_forgetting(heard: list[tuple[str, str]]) -> None:
    about, code = write("m1", subject_ref="WM-1"), write("m2")
    assert actions.redact("WM-1") == 1
    outbox.drain(LATER)
    assert (fresh(about).to, fresh(about).body, fresh(about).status) == ("", "", "queued")
    assert actions.forget_old(code.queued_at + timedelta(days=8)) == 1
    assert not Message.objects.filter(pk=code.pk).exists()
    with pytest.raises(ValueError):
        actions.redact("")


# GOV.UK Notify


def test_notify_gets_each_kind_with_its_template(govuk: fakes.FakeNotify) -> None:
    write("m1")
    write("m2", "dai@example.org", language="cy", subject="Eich adroddiad")
    write("m3", "07700 900123", means="text")
    write("m4", "Ann Lee\n1 High Street\nXW1 1AA", means="letter")
    assert outbox.drain(LATER) == 4
    sent = {n["sent"]["template_id"]: n["sent"] for n in govuk.notifications.values()}
    assert sent[fakes.EMAIL]["personalisation"]["subject"] == "Your report"
    assert sent[fakes.WELSH_EMAIL]["email_address"] == "dai@example.org"
    assert sent[fakes.TEXT]["phone_number"] == "+447700900123"
    assert sent[fakes.LETTER]["personalisation"]["address_line_3"] == "XW1 1AA"
    assert set(Message.objects.values_list("status", flat=True)) == {"sent"}


def test_a_busy_notify_is_asked_again(govuk: fakes.FakeNotify) -> None:
    govuk.failures = [429, 500]
    message = write()
    for days in range(2):
        assert outbox.drain(LATER + timedelta(days=days)) == 0
        assert fresh(message).status == "queued"
    outbox.drain(LATER + timedelta(days=3))
    assert fresh(message).status == "sent"


def test_an_answer_that_was_lost_makes_no_second_message(govuk: fakes.FakeNotify) -> None:
    govuk.failures = ["lost"]
    message = write()
    outbox.drain(LATER)
    assert fresh(message).status == "queued"
    outbox.drain(LATER + timedelta(days=1))
    assert fresh(message).status == "sent"
    assert list(govuk.notifications) == [fresh(message).provider_id]


def test_a_refusal_is_not_asked_again(govuk: fakes.FakeNotify, settings: Any) -> None:
    settings.NOTIFY["templates"] = json.dumps({"general": {"email": fakes.LETTER}})
    refused, unset = write("m1"), write("m2", "07700 900123", means="text")
    assert outbox.drain(LATER) == 2
    assert "template does not exist" in fresh(refused).reason
    assert fresh(unset).reason == "No template is set for text at GOV.UK Notify."
    assert govuk.requests == 1


def test_a_wrong_key_loses_no_message(govuk: fakes.FakeNotify, settings: Any) -> None:
    right = settings.NOTIFY["key"]
    settings.NOTIFY["key"] = right[:-1] + "0"
    message = write()
    outbox.drain(LATER)
    assert fresh(message).status == "queued"
    settings.NOTIFY["key"] = right
    outbox.drain(LATER + timedelta(days=1))
    assert fresh(message).status == "sent"


def receive(client: Client, message: Message, status: str, token: str = "a-long-token") -> int:
    return client.post(
        "/notify/receipts/",
        json.dumps({"id": "x", "reference": message.reference, "status": status}),
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    ).status_code


def test_receipts_are_believed_from_the_bearer_of_the_token(
    govuk: fakes.FakeNotify, client: Client, heard: list[tuple[str, str]]
) -> None:
    message = write()
    outbox.drain(LATER)
    assert receive(client, message, "delivered", "wrong") == 401
    assert fresh(message).status == "sent"
    assert receive(client, message, "sending") == 204
    assert receive(client, message, "permanent-failure") == 204
    assert fresh(message).reason == "The address does not exist or takes no messages."
    assert receive(client, message, "sending") == 204, "what comes late changes nothing"
    assert heard == [("k1", "sent"), ("k1", "failed")]
    unknown = Message(reference="unknown")
    assert receive(client, unknown, "delivered") == 404
    broken = client.post(
        "/notify/receipts/",
        "[]",
        content_type="application/json",
        headers={"Authorization": "Bearer a-long-token"},
    )
    assert broken.status_code == 400


def test_without_a_token_no_receipt_is_believed(client: Client, settings: Any) -> None:
    settings.NOTIFY = {**settings.NOTIFY, "callback_token": ""}
    assert receive(client, write(), "delivered", "") == 401


def test_a_receipt_that_never_came_is_asked_for(govuk: fakes.FakeNotify) -> None:
    message = write()
    at = message.queued_at + timedelta(minutes=1)
    outbox.drain(at)
    govuk.notifications[fresh(message).provider_id]["status"] = "delivered"
    outbox.enqueue("notify.look_after")
    outbox.drain(at + timedelta(hours=1))
    assert fresh(message).status == "delivered"


def test_settings_are_checked_in_words(settings: Any) -> None:
    assert settings_of_notify() == []
    settings.NOTIFY = {**settings.NOTIFY, "adapter": "govuk", "key": "", "templates": ""}
    assert len(settings_of_notify()) == 4
    settings.NOTIFY = {**settings.NOTIFY, "adapter": "pigeon"}
    (error,) = settings_of_notify()
    assert "Write local, smtp or govuk" in str(error.msg)


# A mail server


def test_a_mail_server_takes_emails(mail_server: fakes.FakeMailServer, settings: Any) -> None:
    message = write(subject="Eich bin\nnewydd", body="Diolch, wedi’i dderbyn.", language="cy")
    assert outbox.drain(LATER) == 1
    (received,) = mail_server.mails
    assert received["Subject"] == "Eich bin newydd"
    assert received["To"] == "ann@example.org"
    assert received.get_content().strip() == "Diolch, wedi’i dderbyn."
    assert received["Message-ID"].startswith(f"<{message.reference}@")
    assert fresh(message).status == "sent"


def test_a_mail_server_says_no_or_not_now(mail_server: fakes.FakeMailServer) -> None:
    mail_server.refuse = {
        "gone@example.org": "550 no such mailbox",
        "full@example.org": "452 mailbox full",
    }
    gone, full = write("m1", "gone@example.org"), write("m2", "full@example.org")
    text = write("m3", "07700 900123", means="text")
    outbox.drain(LATER)
    assert fresh(gone).reason == "The mail server does not take mail for this address (550)."
    assert fresh(full).status == "queued"
    assert fresh(text).status == "given_up"
    mail_server.refuse = {}
    outbox.drain(LATER + timedelta(days=1))
    assert fresh(full).status == "sent"
    assert len(mail_server.mails) == 1


def test_a_mail_server_that_is_away_is_tried_again(settings: Any) -> None:
    with fakes.fake_mail_server() as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address
    settings.NOTIFY = {**settings.NOTIFY, "adapter": "smtp"}
    message = write()
    outbox.drain(LATER)
    assert fresh(message).status == "queued"
    assert Job.objects.get(name="notify.send").error == "The mail server cannot be reached."


# Small rules


@pytest.mark.parametrize(
    ("written", "number"),
    [("07700 900 123", "+447700900123"), ("+44 7700 900123", "+447700900123")],
)
def test_mobile_numbers(written: str, number: str) -> None:
    assert mobile_number(written) == number


def test_long_addresses_are_folded_into_seven_lines() -> None:
    lines = address_lines("\n".join(f"line {n}" for n in range(1, 9)) + "\nXW1 1AA")
    assert len(lines) == 7
    assert lines["address_line_6"] == "line 6, line 7, line 8"
    assert lines["address_line_7"] == "XW1 1AA"
    with pytest.raises(Refused):
        address_lines("one\n\n two")


def test_templates_are_read_from_a_file(tmp_path: Any) -> None:
    path = tmp_path / "templates.json"
    path.write_text(fakes.SETTING)
    assert read_templates(str(path))["general"]["text"] == fakes.TEXT
    with pytest.raises(ValueError):
        read_templates('{"general": 1}')
