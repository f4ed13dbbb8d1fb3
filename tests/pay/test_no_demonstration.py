"""Without the demonstration nobody can say that they have paid."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.conf import settings as django_settings
from django.test import Client

from moothall.pay import actions
from moothall.pay.models import Payment, StandInPayment

pytestmark = pytest.mark.django_db


def _start(key: str) -> Payment:
    return actions.start(
        subject_ref="WM-TST-TST",
        amount=Decimal("12.00"),
        description="A test",
        return_url="https://council.example/back",
        language="en",
        key=key,
    )


def test_the_stand_in_takes_no_payment_and_shows_no_page(settings) -> None:
    _start("before")
    page = f"/stand-ins/pay/{StandInPayment.objects.get().provider_id}/"
    assert django_settings.PAY["adapter"] == "local"
    assert Client().get(page).status_code == 200
    settings.DEMONSTRATION = False
    assert Client().get(page).status_code == 404
    assert Client().post(page, {"action": "pay"}).status_code == 404
    before = StandInPayment.objects.count()
    with pytest.raises(actions.PayUnavailable):
        _start("after")
    assert StandInPayment.objects.count() == before
