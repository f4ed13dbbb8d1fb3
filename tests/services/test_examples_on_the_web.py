"""Every example of every service that ships, lived through the web pages, without JavaScript.

The checker proves the examples on the decision code. Here the same people fill in the same answers page
by page, pay, follow their case, and the same officers take the same steps at the desk; what the example
promises must come true there as well.
"""

from __future__ import annotations

import traceback
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction

from moothall.language import Facts, Service, load_service, render
from moothall.language.clock import LONDON
from moothall.language.compiler.local import pence
from moothall.packs import library
from moothall.people.models import Team
from moothall.slots import actions as slots
from tests.house import on_postgresql
from tests.journeys.offering import offer
from tests.services.walking import Clock, Story, answering, staff_by_role

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time that every page reads."""
    told = Clock()
    monkeypatch.setattr("django.utils.timezone.now", lambda: told.now)
    return told


@pytest.mark.parametrize("service_id", library.ids())
def test_its_examples_come_true_on_the_pages(
    service_id: str, council: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = library.source(service_id)
    service = load_service(source.text, file=source.file, translations=source.translations)
    roles = staff_by_role()
    wrong: list[str] = []
    # The pages and the desk are the same on both databases: PostgreSQL lives through one story of each.
    lived = service.examples[:1] if on_postgresql() else service.examples
    for number, example in enumerate(lived):
        with monkeypatch.context() as patch, transaction.atomic():
            offered = offer(service.with_local(example.local) if example.local else service)
            answering(patch, offered, example)
            _times(offered, example.today)
            story = Story(offered, example, clock, f"192.0.2.{number + 1}", roles.__getitem__)
            try:
                _lived(story)
            except Exception:
                wrong.append(f"{example.name}: {traceback.format_exc(limit=-2)}")
            transaction.set_rollback(True)  # each story has the council, and its times, to itself
    assert not wrong, "\n\n".join(wrong)


def _times(service: Service, today: str) -> None:
    """The council has made the times that can be booked."""
    day = date.fromisoformat(today)
    for question in service.questions.values():
        if question.slots is not None:
            slots.make(question.slots.resource, day, day + timedelta(days=50))


def _lived(story: Story) -> None:
    """Live the story; every promise of it is kept."""
    service, expect = story.service, story.example.expect
    page = story.fill_in()
    if expect.asked is not None:
        assert [one for one in expect.asked if one in service.questions] == story.asked
    if expect.stop is not None:
        words = service.text(f"pages.{expect.stop}.title")
        facts = Facts(story.answers, {}, date.fromisoformat(story.example.today))
        assert page.heading == render(service, words, facts), page.heading
        return
    assert story.person.url.endswith("/check-answers/"), (story.person.url, page.heading)
    story.send()
    case = story.case
    assert case is not None
    assert set(Team.objects.get(slug=case.team).plays) & {service.owner}
    if expect.urgent is not None:
        assert case.urgent is expect.urgent
    for step in story.example.moves:
        story.move(step)
    case.refresh_from_db()
    fee = service.fee
    if expect.fee and (fee is None or fee.state is None or story.most_due):
        assert story.most_due == pence(expect.fee)
    if expect.state is not None:
        assert case.state == expect.state
    if expect.finish_by is not None and case.finish_by is not None:  # a clock that stands has none
        assert case.finish_by.astimezone(LONDON).date().isoformat() == expect.finish_by
    if expect.sent is not None:
        assert story.told() == expect.sent
