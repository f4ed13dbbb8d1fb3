"""Somebody begins in English, goes on in Welsh: their case, its messages and papers stay in Welsh."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from moothall.casework import actions as casework
from moothall.casework.models import Case
from moothall.journeys.models import Draft
from moothall.notify.models import Message
from moothall.people.actor import Actor
from moothall.people.models import User
from moothall.people.testing import sign_in
from tests.journeys.people import EMAIL, bin_answers, path, resident

pytestmark = pytest.mark.django_db
WASTE = Actor("staff", None, "Bryn", frozenset({"waste_team", "officer"}), frozenset({"waste"}))


def test_welsh_is_carried_from_the_page_to_the_last_message(council: Any, client: Any) -> None:
    person = resident()
    person.start("missed-bin")
    person.press(bin_answers())
    person.press(bin_answers())
    given = dict(Draft.objects.get().answers)
    assert given
    # The other language is the same page of the same form.
    person.open("/cy" + path(person))
    assert path(person).startswith("/cy/services/missed-bin/")
    assert Draft.objects.get().answers == given
    person.prefix = "/cy"
    person.fill(bin_answers())
    person.press(bin_answers())
    reference = person.page.reference
    assert "Lawrlwythwch eich derbynneb" in person.page.text
    case = Case.objects.get()
    assert case.language == "cy"
    assert {name: case.answers[name] for name in given} == given

    # What is written to them, by the service's file and by an officer's hand, is in Welsh around it.
    first = Message.objects.filter(to=EMAIL).order_by("pk").first()
    assert first is not None
    assert first.language == "cy"
    assert f"/cy/track/{reference}/" in first.body
    assert "Dilynwch hynt eich achos" in first.body
    casework.reply(case.pk, "Rydym ar ein ffordd.", actor=WASTE, expected=None)
    case.refresh_from_db()
    casework.move(case.pk, "book_a_crew", actor=WASTE, expected=case.lock_version)
    case.refresh_from_db()
    casework.move(case.pk, "bin_emptied", actor=WASTE, expected=case.lock_version)
    written = list(Message.objects.filter(to=EMAIL).order_by("pk"))
    assert len(written) >= 3
    assert {one.language for one in written} == {"cy"}
    assert "Dywedwch wrthym sut wnaethom ni" in written[-1].body
    assert "Follow it here" not in "".join(one.body for one in written)

    # The page by which they follow it, and the paper they keep.
    link = next(word for word in first.body.split() if "/cy/track/" in word)
    person.open("/cy/track/" + link.split("/cy/track/")[1])
    assert path(person) == f"/cy/track/{reference}"
    assert "Dywedwch wrthym sut wnaethom ni" in person.page.text
    paper = person.client.client.get(f"/cy/track/{reference}/receipt.pdf").content
    words = " ".join(page.extract_text() for page in PdfReader(BytesIO(paper)).pages)
    assert "Derbynneb" in words

    # The desk works in English, with what they said as they said it, and is told to write in Welsh.
    sign_in(client, User.objects.get(email__startswith="bryn"))
    desk = client.get(f"/desk/cases/{reference}/").content.decode()
    assert "Write to them in Welsh" in desk
    assert "By the side gate" in desk
    assert "What is your name" in desk or "Name" in desk
