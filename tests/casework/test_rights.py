"""Nobody sees a field or a case that the service file does not grant: all services, all kinds of people."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moothall import language
from moothall.casework import actions, permissions, queries
from moothall.casework.guards import may_see
from moothall.casework.models import Case
from moothall.casework.types import QueueFilters
from moothall.files.models import StoredFile
from moothall.language.answers.examples import example_facts
from moothall.packs.queries import offered
from moothall.people.actor import ANONYMOUS, Actor, applicant
from moothall.people.models import Team, User
from moothall.people.queries import actor_for
from tests.casework.conftest import NOW, fresh, later, missed_bin, pays, photo, resident, staff

pytestmark = pytest.mark.django_db

FILES = {"file", "photo", "signature"}


def one_of_each() -> list[Case]:
    """A case of each service, from the first of its own examples that reaches the end."""
    cases: list[Case] = []
    for service in offered():
        for number, example in enumerate(service.examples):
            if example.expect.stop or example.local:
                continue
            facts = example_facts(service, example)
            key = f"{service.id}-{number}"
            answers = dict(facts.answers)
            for question in service.questions.values():
                if question.type == "slot":
                    answers = {}
                    break
                if question.type in FILES and answers.get(question.id):
                    answers[question.id] = [photo(key)]
            if not answers:
                break
            assert facts.now is not None
            cases.append(
                actions.open_case(
                    service=service,
                    answers=answers,
                    look_ups=facts.look_ups,
                    channel="online" if "online" in service.channels else "phone",
                    actor=applicant(User.objects.get(email__startswith="maggie"), "Maggie"),
                    key=key,
                    held_by=key,
                    now=NOW if facts.now < NOW else facts.now,
                )
            )
            break
    assert len({case.service_id for case in cases}) >= 5
    return cases


def texts_in(value: Any) -> list[str]:
    """Every text in an answer that would be recognised elsewhere."""
    if isinstance(value, str):
        return [value] if len(value) > 8 else []
    if isinstance(value, dict):
        return [text for part in value.values() for text in texts_in(part)]
    if isinstance(value, list):
        return [text for part in value for text in texts_in(part)]
    return []


def shown(view: Any) -> str:
    """All that a view holds, without the service itself."""
    plain = dataclasses.replace(view, service=None)
    return json.dumps(dataclasses.asdict(plain), default=str, ensure_ascii=False)


def everybody() -> list[Actor]:
    """One actor for each role and job there is, and some who have two."""
    roles: set[str] = {"adviser", "officer", "manager", "councillor", "admin", "designer"}
    for service in offered():
        roles |= {service.owner} | {by for move in service.moves.values() for by in move.by}
        roles |= set(service.access.teams) if service.access else set()
    roles -= {"applicant", "system", "clock"}
    teams = {role: {t.slug for t in Team.objects.all() if role in t.plays} for role in roles}
    actors = [
        Actor("staff", 9000 + number, role, frozenset({role}), frozenset(teams[role]))
        for number, role in enumerate(sorted(roles))
    ]
    ward = frozenset({"X05000003"})
    actors.append(Actor("staff", 9900, "Cllr", frozenset({"councillor"}), frozenset(), ward))
    actors.append(Actor("staff", 9901, "Nobody", frozenset(), frozenset({"waste"})))
    actors += [ANONYMOUS, applicant(User.objects.get(email__startswith="dafydd"), "Dafydd")]
    return actors


def test_nobody_sees_a_field_that_the_file_does_not_grant() -> None:
    cases = one_of_each()
    for case in cases:
        if case.state == "unpaid":
            pays(case)
        owner = next(t for t in Team.objects.all() if t.slug == case.team)
        member = actor_for(User.objects.filter(memberships__team=owner, is_staff=True)[0])
        actions.add_note(case.pk, f"A note of {owner.slug}", actor=member, now=later(hours=1))
        actions.receive_reply(case.pk, "Words from me", actor=resident(), now=later(hours=2))
    for actor in everybody():
        rows = {row.reference: row for row in queries.queue(actor, QueueFilters(ended=None)).rows}
        for case in map(fresh, cases):
            service = permissions.definition(case.definition_sha)
            granted = language.fields_seen(service, actor.roles)
            scope = language.row_scope(service, actor.roles)
            view = queries.case_for(actor, case.reference, now=later(hours=3))
            if actor.kind != "staff" or not scope:
                assert view is None, (actor.label, case.service_id)
                assert case.reference not in rows
                continue
            assert (view is not None) == (case.reference in rows), (actor.label, case.service_id)
            if view is None:
                continue
            assert {one.question for one in view.answers} <= granted
            whole = shown(view) + str(rows[case.reference])
            # Two answers may say the same, such as a home and the place to write to.
            also = {text for name in granted for text in texts_in(case.answers.get(name))}
            for question in service.questions.values():
                if question.id in granted or question.row_of:
                    continue
                for text in set(texts_in(case.answers.get(question.id))) - also:
                    assert text not in whole, (actor.label, case.service_id, question.id, text)
            allowed = {move.id for move in service.moves.values() if actor.roles & set(move.by)}
            assert {move.id for move in view.moves} <= allowed


def test_a_search_tells_nobody_what_they_may_not_read() -> None:
    cases = one_of_each()
    words = ["Sallow", "Plover", "robin.sallow@example.org", "meter", "XW1 7DT", "Abbot Close"]
    words += [case.contact_name for case in cases] + [case.contact_email for case in cases]
    for actor in everybody():
        for text in filter(None, words):
            for row in queries.search(actor, text, now=NOW):
                case = Case.objects.get(pk=row.id)
                assert permissions.sees_row(case, actor)
                service = permissions.definition(case.definition_sha)
                granted = permissions.grant_in(service, actor.roles)
                if "XW1" in text:
                    assert granted.place or "postcode" in granted.contact
                elif "@" in text:
                    assert "email" in granted.contact
                else:
                    assert len(granted.contact) == 4


ACTORS = st.builds(
    Actor,
    st.just("staff"),
    st.integers(1, 60),
    st.just("Someone"),
    st.frozensets(
        st.sampled_from(
            ["waste_team", "waste_crew", "parking_team", "crisis_team", "complaints_team",
             "complaints_reviewer", "information_team", "adviser", "councillor", "manager"]
        ),
        max_size=3,
    ),
    st.frozensets(st.sampled_from(["waste", "parking", "crisis_support", "complaints"]), max_size=2),
    st.frozensets(st.sampled_from(["X05000001", "X05000003", "X05000009"]), max_size=2),
)  # fmt: skip


@given(ACTORS, st.data())
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_the_list_and_the_single_case_follow_one_rule(
    some_cases: list[Case], actor: Actor, data: st.DataObject
) -> None:
    case = data.draw(st.sampled_from(some_cases))
    team = data.draw(st.sampled_from(["waste", "parking", "nowhere", case.team]))
    changed = {
        "team": team,
        "ward": data.draw(st.sampled_from(["", "X05000001", "X05000003"])),
        "restricted": data.draw(st.booleans()),
        "assigned_to": data.draw(st.sampled_from([None, some_user()])),
    }
    if changed["assigned_to"] and data.draw(st.booleans()):
        actor = dataclasses.replace(actor, user_id=changed["assigned_to"])
    Case.objects.filter(pk=case.pk).update(**changed)
    case = fresh(case)
    listed = permissions.visible(actor).filter(pk=case.pk).exists()
    assert listed == permissions.sees_row(case, actor)
    if listed:
        assert language.row_scope(permissions.definition(case.definition_sha), actor.roles)
        if case.restricted:
            scope = language.row_scope(permissions.definition(case.definition_sha), actor.roles)
            assert "restricted" in scope or case.assigned_to_id == actor.user_id


def some_user() -> int:
    return int(User.objects.filter(is_staff=True).order_by("pk").values_list("pk", flat=True)[0])


@pytest.fixture
def some_cases(db: None) -> list[Case]:
    return one_of_each()


def test_a_restricted_case_is_for_whom_it_is_given_to() -> None:
    case = missed_bin()
    marcus, bryn, dilys = staff("marcus"), staff("bryn"), staff("dilys")
    actions.assign(case.pk, dilys.user_id, actor=bryn, now=NOW)
    actions.restrict(case.pk, True, "About a colleague", actor=marcus, now=NOW)
    assert queries.case_for(bryn, case.reference, now=NOW) is None
    assert queries.case_for(dilys, case.reference, now=NOW) is not None
    assert queries.queue(bryn, now=NOW).rows == ()
    assert len(queries.queue(dilys, now=NOW).rows) == 1
    with pytest.raises(actions.NotFound):
        actions.add_note(case.pk, "x", actor=bryn, now=NOW)


def test_a_councillor_sees_their_own_ward_and_little_of_it() -> None:
    wilf = staff("wilf")
    other = missed_bin()
    assert queries.case_for(wilf, other.reference, now=NOW) is None
    Case.objects.filter(pk=other.pk).update(ward="X05000001")
    view = queries.case_for(wilf, other.reference, now=NOW)
    assert view is not None
    assert {one.question for one in view.answers} == {"bin", "missed_on"}
    assert view.contact is None
    assert view.place is None
    assert view.moves == ()
    assert view.can == frozenset()
    assert view.hidden > 3
    assert "Abbot" not in shown(view)


def test_who_may_open_a_file(rf: Any) -> None:
    [case] = [one for one in one_of_each() if one.service_id == "parking_permit"]
    stored = StoredFile.objects.filter(owner=case.reference)[0]

    def asks(user: Any) -> bool | None:
        request = rf.get("/")
        request.user = user
        return may_see(request, stored)

    def named(email: str) -> User:
        return User.objects.get(email__startswith=email)

    assert asks(named("nadia")) is True
    assert asks(named("asha")) is False, "advisers do not see the papers of a permit"
    assert asks(named("bryn")) is False
    assert asks(named("maggie")) is True, "her own"
    assert not asks(named("dafydd"))
    assert asks(AnonymousUser()) is None
