"""What the council offers and who works there: services and their forms, free times, staff, the key itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from ninja import Query
from pydantic import Field

from moothall.api import shapes
from moothall.api.at_case import check_service
from moothall.api.contract import Call, endpoint
from moothall.api.forms import Asked
from moothall.casework.errors import NotFound
from moothall.language import Service
from moothall.packs.queries import offered
from moothall.packs.queries import service as offered_service
from moothall.people.models import Job, Membership, Team
from moothall.slots import queries as slots

SERVICES = "Services"
STAFF = "People and teams"
KEY = "The key"


class ServiceRow(shapes.Schema):
    """A service that the council offers."""

    id: str
    version: str
    name: str
    summary: str
    kind: str
    owner: str
    channels: list[str]
    languages: list[str]
    sign_in: str
    audience: str


class ServiceList(shapes.Schema):
    """Services in the council's order."""

    services: list[ServiceRow]


class StateOut(shapes.Schema):
    """A state that a case passes through."""

    id: str
    label: str
    ends: str | None
    waits_for: str
    clock_paused: bool


class MoveOut(shapes.Schema):
    """A step from states to a state, and what it asks for."""

    id: str
    label: str
    from_states: list[str]
    to: str
    needs: list[str]


class PageOut(shapes.Schema):
    """A page of the form. `kind`: ask, look_up, show, stop or repeat."""

    id: str
    kind: str
    title: str
    questions: list[str]


class ServiceOut(ServiceRow):
    """A service in full: its form and the way of its cases. What is decided by answers: see `form`."""

    sha256: str = Field(description="Fingerprint of the definition.")
    pages: list[PageOut]
    questions: list[Asked]
    starts: str
    states: list[StateOut]
    moves: list[MoveOut]
    has_fee: bool


class Time(shapes.Schema):
    """A free time."""

    id: str
    starts: datetime
    ends: datetime
    places: int


class TimeList(shapes.Schema):
    """Free times, soonest first."""

    times: list[Time]


class TimeQuery(shapes.Strict):
    """How many places are needed, and how far ahead."""

    places: Annotated[int, Field(ge=1, le=100)] = 1
    days: Annotated[int, Field(ge=1, le=366)] = 60


class JobOut(shapes.Schema):
    """What somebody does in a team."""

    team: str
    job: str
    ward: str


class StaffRow(shapes.Schema):
    """Somebody who works here."""

    id: int
    name: str
    jobs: list[JobOut]


class StaffList(shapes.Schema):
    """Staff by name."""

    staff: list[StaffRow]


class TeamRow(shapes.Schema):
    """A team and the roles of service files that it plays."""

    slug: str
    name: str
    plays: list[str]


class TeamList(shapes.Schema):
    """Teams by name."""

    teams: list[TeamRow]


class KeyOut(shapes.Schema):
    """The key that was shown, and whose rights it has."""

    id: str
    name: str
    owner: shapes.Person
    scopes: list[str]
    services: list[str]
    teams: list[str]
    roles: list[str]
    expires_at: datetime | None
    per_minute: int


def _row(service: Service) -> dict[str, Any]:
    return {
        "id": service.id,
        "version": service.version,
        "name": service.name,
        "summary": service.summary,
        "kind": service.kind,
        "owner": service.owner,
        "channels": list(service.channels),
        "languages": list(service.languages),
        "sign_in": service.sign_in,
        "audience": service.audience,
    }


def _find(call: Call, name: str) -> Service:
    service = offered_service(name)
    if service is None:
        raise NotFound("The council does not offer this service.")
    check_service(call, service.id)
    return service


@endpoint("get", "/services", scope="services:read", tag=SERVICES, summary="List services",
          answer=ServiceList, curl="/services")  # fmt: skip
def list_services(call: Call) -> ServiceList:
    """The services that the council offers, within the key."""
    only = call.actor.only_services
    return ServiceList(
        services=[ServiceRow(**_row(one)) for one in offered() if not only or one.id in only]
    )


@endpoint("get", "/services/{service}", scope="services:read", tag=SERVICES,
          summary="Read a service", answer=ServiceOut, curl="/services/missed_bin")  # fmt: skip
def get_service(call: Call, service: shapes.Slug) -> ServiceOut:
    """A service's questions, states and steps. Who may do what is not told; a case's `moves` say it."""
    found = _find(call, service)
    return ServiceOut(
        **_row(found),
        sha256=found.sha256,
        pages=[
            PageOut(id=one.id, kind=one.kind, title=one.title, questions=list(one.questions))
            for one in found.pages
        ],
        questions=[
            Asked.of(found, one, None, "en")
            for one in found.questions.values()
            if one.stage == "form"
        ],
        starts=found.case.starts,
        states=[
            StateOut(
                id=one.id,
                label=one.label,
                ends=one.ends,
                waits_for=one.waits_for,
                clock_paused=one.clock_paused,
            )
            for one in found.states.values()
        ],
        moves=[
            MoveOut(
                id=one.id,
                label=one.label,
                from_states=list(one.from_states),
                to=one.to,
                needs=list(one.needs),
            )
            for one in found.moves.values()
        ],
        has_fee=found.fee is not None,
    )


@endpoint("get", "/services/{service}/times/{question}", scope="services:read", tag=SERVICES,
          summary="List free times", answer=TimeList, desk=("desk-rebook",))  # fmt: skip
def list_times(
    call: Call, service: shapes.Slug, question: shapes.Slug, given: TimeQuery = Query(...)  # noqa: B008  django-ninja's way
) -> TimeList:  # fmt: skip
    """The free times of a question that books one."""
    asked = _find(call, service).questions.get(question)
    if asked is None or asked.slots is None:
        raise NotFound("The service has no such question with times.")
    found = slots.free(
        asked.slots.resource,
        call.now,
        call.now + timedelta(days=given.days),
        200,
        places=given.places,
        now=call.now,
    )
    return TimeList(
        times=[
            Time(id=str(one.slot_id), starts=one.starts, ends=one.ends, places=one.places_left)
            for one in found
        ]
    )


@endpoint("get", "/staff", scope="staff:read", tag=STAFF, summary="List staff",
          answer=StaffList, desk=("desk-staff", "desk-staff-person"))  # fmt: skip
def list_staff(call: Call) -> StaffList:
    """Who works here now, in which teams as what; no address and no number."""
    rows: dict[int, StaffRow] = {}
    found = Membership.objects.filter(user__is_active=True, user__is_staff=True)
    if call.actor.only_teams:
        found = found.filter(team__slug__in=call.actor.only_teams)
    for one in found.select_related("user", "team").order_by("user__name", "user_id", "team__name"):
        row = rows.setdefault(one.user_id, StaffRow(id=one.user_id, name=one.user.name, jobs=[]))
        row.jobs.append(JobOut(team=one.team.slug, job=Job(one.job).value, ward=one.ward))
    return StaffList(staff=list(rows.values()))


@endpoint("get", "/teams", scope="staff:read", tag=STAFF, summary="List teams", answer=TeamList)
def list_all_teams(call: Call) -> TeamList:
    """The teams of the council and the roles that they play in service files."""
    return TeamList(
        teams=[
            TeamRow(slug=one.slug, name=one.name, plays=list(one.plays))
            for one in Team.objects.order_by("name")
        ]
    )


@endpoint("get", "/me", scope="", tag=KEY, summary="Read what the key may do", answer=KeyOut,
          curl="/me")  # fmt: skip
def get_me(call: Call) -> KeyOut:
    """The key that was shown: its scopes, its limits and its owner's roles."""
    key = call.caller.key
    return KeyOut(
        id=key.public_id,
        name=key.name,
        owner=shapes.Person(id=key.owner_id, name=key.owner.name),
        scopes=list(key.scopes),
        services=list(key.services),
        teams=list(key.teams),
        roles=sorted(call.actor.roles),
        expires_at=key.expires_at,
        per_minute=key.per_minute,
    )
