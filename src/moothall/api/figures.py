"""Figures of teams and wards: counts only, for those who manage the team or speak for the ward."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated

from ninja import Query
from pydantic import Field

from moothall.api import shapes
from moothall.api.at_case import check_whole_owner
from moothall.api.contract import Call, endpoint
from moothall.casework import representing, teamwork
from moothall.casework.errors import NotAllowed
from moothall.casework.facts import local_day

TEAMS = "Figures of a team"
WARD = "Wards and councillors"


class Load(shapes.Schema):
    """What one person has to do; `person` null is what nobody has yet."""

    person: shapes.Person | None
    open: int
    late: int
    urgent: int
    waiting: int
    replies: int
    closed: int = Field(description="Finished since Monday.")
    age: float = Field(description="Average days since opening.")


class Workload(shapes.Schema):
    """What each person of a team has to do."""

    people: list[Load]


class Ages(shapes.Schema):
    """Open cases of a service or a person by age: a number for each band."""

    key: str
    bands: list[int]
    late: int


class Ageing(shapes.Schema):
    """Open cases by age in working days."""

    bands: list[str]
    rows: list[Ages]


class Why(shapes.Schema):
    """Promises broken for one reason."""

    why: str
    cases: int


class Broken(shapes.Schema):
    """Promises broken in a period."""

    cases: int
    reasons: list[Why]


class Week(shapes.Schema):
    """What came in and went out in a week."""

    monday: date
    opened: int
    ended: int
    broken: int
    kept: int
    reopened: int


class Weeks(shapes.Schema):
    """The last 13 weeks, oldest first."""

    weeks: list[Week]


class Service(shapes.Schema):
    """How a service's cases of a period were answered."""

    service: str
    opened: int
    repeats: int
    answered: int
    hours: float | None = Field(description="Average hours to the first answer.")


class Answers(shapes.Schema):
    """By service."""

    services: list[Service]


class AgeQuery(shapes.Strict):
    """A row for each service, or for each person."""

    by: Annotated[str, Field(pattern="^(service|person)$")] = "service"


class DaysQuery(shapes.Strict):
    """A period; the last 28 days when nothing is said."""

    since: shapes.Day | None = None
    until: shapes.Day | None = None


class InWard(shapes.Schema):
    """Open cases of a service in the owner's wards."""

    service: str
    open: int
    late: int


class WardOut(shapes.Schema):
    """The wards of a councillor."""

    wards: list[str]
    services: list[InWard]


class Followed(shapes.Schema):
    """A case that a councillor opened for a resident and follows: how it goes, and no answer of it."""

    reference: str
    service_name: str
    state_label: str
    says: str
    opened_at: datetime
    ended_at: datetime | None
    finish_by: datetime | None
    paused: bool
    late: bool
    asked_by: str
    told: bool


class FollowedList(shapes.Schema):
    """Cases that are followed, newest first."""

    cases: list[Followed]


class EndedQuery(shapes.Strict):
    """Those that have ended in place of those that are open."""

    ended: bool = False


def _days(call: Call, given: DaysQuery) -> tuple[date, date]:
    until = given.until or local_day(call.now)
    return given.since or until - timedelta(days=27), until


def _team(call: Call, team: str) -> list[str]:
    if call.actor.only_services:
        raise NotAllowed("The key is limited to some services; a team's figures are of all.")
    if call.actor.only_teams and team not in call.actor.only_teams:
        raise NotAllowed("The key is limited to other teams.")
    return [team]


@endpoint("get", "/teams/{team}/workload", scope="reports:read", tag=TEAMS,
          summary="Read who has how much", answer=Workload, desk=("desk-workload",))  # fmt: skip
def get_workload(call: Call, team: shapes.Slug) -> Workload:
    """What each person of the team has to do, then what nobody has."""
    return Workload(
        people=[
            Load(
                person=shapes.Person(id=one.user_id, name=one.name)
                if one.user_id is not None
                else None,
                **{name: getattr(one, name) for name in Load.model_fields if name != "person"},
            )
            for one in teamwork.workload(call.actor, _team(call, team), now=call.now)
        ]
    )


@endpoint("get", "/teams/{team}/ageing", scope="reports:read", tag=TEAMS,
          summary="Read how old open cases are", answer=Ageing, desk=("desk-team",))  # fmt: skip
def get_ageing(call: Call, team: shapes.Slug, given: AgeQuery = Query(...)) -> Ageing:  # noqa: B008  django-ninja's way
    """Open cases by age in working days, a row for each service or person."""
    by = "assigned_to" if given.by == "person" else "service"
    rows = teamwork.ageing(call.actor, _team(call, team), by=by, now=call.now)
    return Ageing(
        bands=[words for words, _since, _until in teamwork.band_days(call.now)],
        rows=[Ages(key=one.key, bands=list(one.bands), late=one.late) for one in rows],
    )


@endpoint("get", "/teams/{team}/broken", scope="reports:read", tag=TEAMS,
          summary="Read why promises were broken", answer=Broken, desk=("desk-team",))  # fmt: skip
def get_broken(call: Call, team: shapes.Slug, given: DaysQuery = Query(...)) -> Broken:  # noqa: B008  django-ninja's way
    """How many promises were broken in a period, and where those cases stood."""
    since, until = _days(call, given)
    cases, reasons = teamwork.broken(call.actor, _team(call, team), since=since, until=until)
    return Broken(cases=cases, reasons=[Why(why=one.why, cases=one.cases) for one in reasons])


@endpoint("get", "/teams/{team}/weeks", scope="reports:read", tag=TEAMS,
          summary="Read what came in and went out", answer=Weeks,
          desk=("desk-team", "desk-team-file"))  # fmt: skip
def get_weeks(call: Call, team: shapes.Slug) -> Weeks:
    """Opened, ended, kept, broken and reopened in each of the last 13 weeks."""
    found = teamwork.weeks(call.actor, _team(call, team), now=call.now)
    return Weeks(
        weeks=[Week(**{name: getattr(one, name) for name in Week.model_fields}) for one in found]
    )


@endpoint("get", "/teams/{team}/answers", scope="reports:read", tag=TEAMS,
          summary="Read how soon people were answered", answer=Answers, desk=("desk-team",))  # fmt: skip
def get_answers(call: Call, team: shapes.Slug, given: DaysQuery = Query(...)) -> Answers:  # noqa: B008  django-ninja's way
    """For each service: cases of a period, repeats among them, and hours to the first answer."""
    since, until = _days(call, given)
    found = teamwork.answers(call.actor, _team(call, team), since=since, until=until)
    return Answers(
        services=[
            Service(**{name: getattr(one, name) for name in Service.model_fields}) for one in found
        ]
    )


@endpoint("get", "/ward", scope="reports:read", tag=WARD, summary="Read the figures of a ward",
          answer=WardOut, desk=("desk-ward",))  # fmt: skip
def get_ward(call: Call) -> WardOut:
    """Open cases by service in the wards of the key's owner, as far as the rules let them see."""
    found = teamwork.in_wards(call.actor, now=call.now)
    return WardOut(
        wards=sorted(call.actor.wards),
        services=[InWard(service=one.service, open=one.open, late=one.late) for one in found],
    )


def _followed(one: representing.Followed) -> Followed:
    return Followed(**{name: getattr(one, name) for name in Followed.model_fields})


@endpoint("get", "/followed", scope="cases:read", tag=WARD, summary="List followed cases",
          answer=FollowedList, desk=("desk-ward",))  # fmt: skip
def list_followed(call: Call, given: EndedQuery = Query(...)) -> FollowedList:  # noqa: B008  django-ninja's way
    """The cases that a councillor opened for residents and follows."""
    check_whole_owner(call)
    found = representing.followed_by(call.actor, ended=given.ended, now=call.now)
    return FollowedList(cases=[_followed(one) for one in found])


@endpoint("get", "/followed/{reference}", scope="cases:read", tag=WARD,
          summary="Read a followed case", answer=Followed, desk=("desk-ward-case",))  # fmt: skip
def get_followed(call: Call, reference: shapes.Reference) -> Followed:
    """How a case goes that a councillor opened for a resident. The reading is logged."""
    check_whole_owner(call)
    return _followed(representing.followed(call.actor, reference.upper(), now=call.now))


class Stopped(shapes.Schema):
    """The case that is not followed any more."""

    reference: str


@endpoint("post", "/followed/{reference}/stop", scope="cases:write", tag=WARD,
          summary="Stop following a case", answer=Stopped, desk=("desk-ward-stop",))  # fmt: skip
def stop_following(call: Call, reference: shapes.Reference) -> Stopped:
    """No longer follow a case; nothing happens when it was not followed."""
    check_whole_owner(call)
    representing.stop_following(call.actor, reference.upper(), now=call.now)
    return Stopped(reference=reference.upper())
