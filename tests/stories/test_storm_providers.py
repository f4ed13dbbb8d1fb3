"""Ten minutes in which the providers of messages and payments fail every other time.

Our own GOV.UK Notify and GOV.UK Pay on loopback answer half of what they are asked, and else with an
error, with "too many requests", or do it and lose the answer. Each message goes out once, and each payment
ends here as it ended there. The ten minutes are those of the clock that the jobs are given.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from moothall import outbox
from moothall.notify import actions as notify
from moothall.notify.models import Message
from moothall.outbox.models import Job
from moothall.pay import actions as pay
from moothall.pay import tasks as pay_tasks
from moothall.pay.models import Payment
from tests.notify import fake_notify
from tests.pay import fake_pay

pytestmark = pytest.mark.django_db

NOW = datetime(2031, 3, 11, 10, 0, tzinfo=UTC)  # after any day on which this is run
MINUTES, STEP = 10, timedelta(seconds=15)


class Half(list[Any]):
    """What a provider does next, for ever: half of the time what it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.chance = random.Random(7)

    def __bool__(self) -> bool:
        """There is always something to come."""
        return True

    def pop(self, *_: Any) -> Any:
        """None: it works. Else a status, or "lost": done, and the answer never arrives."""
        return self.chance.choice([None, None, None, 500, 429, "lost"])


@pytest.fixture
def providers(settings: Any, db: None) -> Iterator[tuple[Any, Any]]:
    """Both providers, failing."""
    Job.objects.all().delete()
    with fake_notify.fake_notify() as messages, fake_pay.fake_pay() as payments:
        settings.NOTIFY = {
            "adapter": "govuk",
            "key": fake_notify.KEY,
            "url": messages.url,
            "templates": fake_notify.SETTING,
            "callback_token": "a-long-token",
        }
        settings.PAY = {"adapter": "govuk", "key": fake_pay.KEY, "url": payments.url + "/"}
        messages.failures, payments.failures = Half(), Half()
        yield messages, payments


def test_each_message_goes_out_once_and_each_payment_ends_as_it_did_there(
    providers: tuple[Any, Any],
) -> None:
    messages, payments = providers
    now, written, begun = NOW, 0, {}
    while now < NOW + timedelta(minutes=MINUTES):
        for _ in range(2):
            written += 1
            notify.queue(
                to=f"person{written}@example.org", means="email", subject="Your report",
                body="We have it.", key=f"m{written}", now=now,
            )  # fmt: skip
        key = f"p{written}"
        for _ in range(12):  # somebody presses the button again
            with suppress(pay.PayUnavailable):
                begun[key] = pay.start(
                    key=key, subject_ref=f"WM-{written}", amount=Decimal("54.50"),
                    description="Parking permit", return_url="/paid/", now=now,
                )  # fmt: skip
                break
        if key in begun:
            end = "failed" if written % 5 == 0 else "success"
            payments.end(begun[key].provider_id, end, "P0010" if end == "failed" else "")
        pay_tasks.poll(now)
        outbox.drain(now)
        now += STEP
    messages.failures, payments.failures = [], []  # the ten minutes are over
    for hours in range(48):
        later = now + timedelta(hours=hours)
        pay_tasks.poll(later)
        outbox.drain(later)
    sent = Counter(one["reference"] for one in messages.notifications.values())
    ours = list(Message.objects.all())
    assert len(ours) == written == 80
    assert {one.status for one in ours} <= {"sent", "delivered"}
    assert sent == Counter(one.reference for one in ours), "each went out once"
    assert len(begun) >= 38
    assert len(payments.payments) == len(begun), "no payment was opened twice"
    for payment in Payment.objects.all():
        there = payments.payments[payment.provider_id]["state"]["status"]
        assert payment.status == there
    assert not Job.objects.filter(dead_at__isnull=False).exists()
