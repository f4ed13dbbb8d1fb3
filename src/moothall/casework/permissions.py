"""Who sees and does what with a case: the one place. It comes from the service file; default deny.

* Rows: a role that the file's `access` names sees the rows of its scope, by the version of the case.
  `own_team`: the case is with a team of the actor, or assigned to them. `own_ward`: wards that a
  councillor speaks for. `allocated`: assigned to the actor. `all`: every one. Restricted cases are seen
  by a scope with `restricted` and by whoever they are assigned to, and nobody else.
* Fields: `language.fields_seen`. The copies on the case row (name, email, phone, postcode, place,
  summary) follow the questions that they were made from.
* Correspondence (what was written to and by the person) may say anything: it is for a role that sees
  every ordinary answer. Notes and reasons are for those who do the work, and for that role.
* Moves: `language.moves_for`.
* An API key may narrow its owner to some services or teams (`Actor.within`); it never widens.
* Applicants see their own case. An applicant without an account was let in by reference and secret
  (or a signed link) before an action is called, so the caller vouches for them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from django.db.models import CharField, F, Q, QuerySet
from django.db.models.lookups import In

from moothall import language
from moothall.casework.facts import FILE_TYPES
from moothall.casework.models import LAPSED, MERGED, OURS, Case, PaidState
from moothall.casework.plainly import Plainly
from moothall.language import Facts, Move, Service
from moothall.language.models import SENSITIVE_KINDS
from moothall.packs.models import ServiceVersion
from moothall.packs.queries import definition
from moothall.people.actor import Actor

ADVISER = "adviser"
MANAGER = "manager"
ADMIN = "admin"
COUNCILLOR = "councillor"
TAKES_CONTACTS = ("adviser", "officer", "manager")
"""Jobs that take contacts for other people, and fill in forms for them."""


CONTACT_PARTS = ("name", "email", "phone", "postcode")


@dataclass(frozen=True)
class Grant:
    """What a set of roles may see and do in one version of a service."""

    rows: frozenset[str]
    fields: frozenset[str]
    contact: frozenset[str]
    """Of name, email, phone, postcode."""
    correspondence: bool
    place: bool
    owner: bool
    works: bool
    """Plays the owner or makes a move: does the work, and does not merely look on."""

    @property
    def notes(self) -> bool:
        """Whether notes and reasons may be read."""
        return self.works or self.correspondence


@lru_cache(maxsize=2048)
def _grant(sha256: str, roles: frozenset[str]) -> Grant:
    return grant_in(definition(sha256), roles)


def grant_in(service: Service, roles: frozenset[str]) -> Grant:
    """What `roles` may see and do in `service`."""
    rows = language.row_scope(service, roles)
    fields = language.fields_seen(service, roles) if rows else frozenset()
    makes = {role for move in service.moves.values() for role in move.by}
    owner = service.owner in roles
    mine = roles - {"applicant", "system", "clock"}
    return Grant(
        rows=rows,
        fields=fields,
        contact=frozenset(
            part
            for part, questions in contact_sources(service).items()
            if rows and questions <= fields
        ),
        correspondence=bool(rows) and ordinary_questions(service) <= fields,
        place=service.place is not None and service.place.answer in fields,
        owner=bool(rows) and owner,
        works=bool(rows) and (owner or not makes.isdisjoint(mine)),
    )


def ordinary_questions(service: Service) -> frozenset[str]:
    """Questions of the form that are neither sensitive nor files: what a letter may speak of."""
    sensitive = set(service.access.nobody_but) if service.access else set()
    return frozenset(
        question.id
        for question in service.questions.values()
        if question.stage == "form"
        and question.personal not in SENSITIVE_KINDS
        and question.type not in FILE_TYPES
        and question.id not in sensitive
    )


def contact_sources(service: Service) -> dict[str, frozenset[str]]:
    """For each part of the contact, the questions whose answers it may be a copy of.

    The file's `parties: applicant` says which; without it every question of that type counts. A part
    that no question gives was typed by an adviser: it is seen by who sees every ordinary answer.
    """
    parties = service.access.parties if service.access else {}
    party = parties.get("applicant")
    named = (
        {
            "name": party.name,
            "email": party.email,
            "phone": party.phone,
            "postcode": party.address,
        }
        if party
        else {}
    )
    types = {"name": "name", "email": "email", "phone": "phone", "postcode": "address"}
    sources: dict[str, frozenset[str]] = {}
    for part in CONTACT_PARTS:
        found = {named[part]} if named.get(part) else set()
        found = found or {
            question.id for question in service.questions.values() if question.type == types[part]
        }
        sources[part] = frozenset(one for one in found if one) or ordinary_questions(service)
    return sources


def grant(case: Case, actor: Actor) -> Grant:
    """What `actor` may see and do in this case's service; says nothing about this row."""
    return _grant(case.definition_sha, actor.roles)


def visible(actor: Actor) -> QuerySet[Case]:
    """The cases whose row `actor` may see."""
    if actor.kind in {"system", "clock"}:
        return Case.objects.all()
    if actor.kind == "applicant" and actor.user_id is not None:
        return Case.objects.filter(applicant_id=actor.user_id)
    if actor.kind != "staff":
        return Case.objects.none()
    by_scope: dict[frozenset[str], list[str]] = defaultdict(list)
    for sha256 in ServiceVersion.objects.values_list("sha256", flat=True):
        rows = _grant(sha256, actor.roles).rows
        if rows:
            by_scope[rows].append(sha256)
    wanted = Q(pk__in=())
    for rows, shas in by_scope.items():
        wanted |= of_definitions(shas) & _rows(rows, actor)
    cases = Case.objects.filter(wanted)
    if actor.only_services:
        cases = cases.filter(service_id__in=sorted(actor.only_services))
    if actor.only_teams:
        cases = cases.filter(team__in=sorted(actor.only_teams))
    return cases


def of_definitions(shas: Iterable[str]) -> Q:
    """Cases of these definitions, as a condition that steers no list away from its index.

    Nearly every reader sees cases of nearly every definition: looked up by that, lists that an index has
    in their order were read whole and sorted.
    """
    return Q(In(Plainly(F("definition_sha"), output_field=CharField()), list(shas)))


def works_on(actor: Actor) -> list[str]:
    """The versions of services whose work `actor` does: plays the owner or makes a move. One query."""
    return [
        sha256
        for sha256 in ServiceVersion.objects.values_list("sha256", flat=True)
        if _grant(sha256, actor.roles).works
    ]


def _rows(rows: frozenset[str], actor: Actor) -> Q:
    nothing = Q(pk__in=())
    mine = Q(assigned_to=actor.user_id) if actor.user_id is not None else nothing
    scope = Q() if "all" in rows else nothing
    if "all" not in rows:
        if "own_team" in rows:
            scope |= Q(team__in=sorted(actor.teams)) | mine
        if "own_ward" in rows and actor.wards:
            scope |= Q(ward__in=sorted(actor.wards))
        if "allocated" in rows:
            scope |= mine
    if "restricted" in rows:
        return scope
    return (Q(restricted=False) & scope) | (Q(restricted=True) & mine)


def sees_row(case: Case, actor: Actor) -> bool:
    """Whether `actor` may see this case at all. The same rule as `visible`, for a case at hand."""
    if actor.kind in {"system", "clock"}:
        return True
    if actor.kind == "applicant":
        return actor.user_id is None or actor.user_id == case.applicant_id
    if actor.kind != "staff" or not actor.within(case.service_id, case.team):
        return False
    rows = grant(case, actor).rows
    if not rows:
        return False
    mine = actor.user_id is not None and actor.user_id == case.assigned_to_id
    if case.restricted and "restricted" not in rows:
        return mine
    return (
        "all" in rows
        or ("own_team" in rows and (case.team in actor.teams or mine))
        or ("own_ward" in rows and bool(case.ward) and case.ward in actor.wards)
        or ("allocated" in rows and mine)
    )


def fields_seen(case: Case, service: Service, actor: Actor) -> frozenset[str]:
    """Ids of the questions whose answers `actor` may see in this case; none if not the row."""
    if not sees_row(case, actor):
        return frozenset()
    if actor.kind in {"system", "clock"}:
        return frozenset(service.questions)
    return language.fields_seen(service, actor.roles)


@dataclass(frozen=True)
class Sight:
    """What one reader sees of one case, worked out once for a page."""

    fields: frozenset[str]
    contact: frozenset[str]
    correspondence: bool
    notes: bool
    place: bool
    resident: bool


def sight(case: Case, service: Service, actor: Actor) -> Sight:
    """What `actor` sees of this case; nothing at all if not its row."""
    resident = actor.kind == "applicant"
    if not sees_row(case, actor):
        return Sight(frozenset(), frozenset(), False, False, False, resident)
    fields = fields_seen(case, service, actor)
    if actor.kind != "staff":
        whole = frozenset(CONTACT_PARTS)
        return Sight(fields, whole, True, not resident, service.place is not None, resident)
    granted = grant(case, actor)
    return Sight(
        fields, granted.contact, granted.correspondence, granted.notes, granted.place, False
    )


def moves_for(case: Case, service: Service, actor: Actor, facts: Facts) -> tuple[Move, ...]:
    """The moves that `actor` may make now. None while a fee that comes first is unpaid."""
    if case.state in OURS or case.anonymised_at or not sees_row(case, actor):
        return ()
    return language.moves_for(service, facts, state=case.state, roles=actor.roles)


def can(case: Case, service: Service, actor: Actor) -> frozenset[str]:
    """What else `actor` may do: note, assign, reply, correct, redact, refund, take_payment, restrict,
    contact; task, call_back; team (give it to another team), hand_over (to another service), merge,
    unmerge, reopen; hold (keep it beyond its time), looked (see who read it)."""
    if not actor.is_staff or case.anonymised_at or not sees_row(case, actor):
        return frozenset()
    granted = grant(case, actor)
    adviser = actor.plays(ADVISER)
    allowed: set[str] = set()
    if granted.works or adviser:
        allowed |= {"note", "contact", "task", "call_back"}
    if granted.works:
        allowed.add("assign")
    if granted.owner:
        allowed |= _of_the_owner(case, service, actor)
    if (
        granted.contact & {"email", "phone"}
        and granted.correspondence
        and (granted.works or adviser)
    ):
        allowed.add("reply")
    if granted.owner or (adviser and granted.correspondence):
        allowed.add("correct")
    if granted.owner and actor.plays(MANAGER):
        allowed |= {"redact", "restrict", "hold", "looked"}
    if actor.plays(ADMIN) and not actor.via:
        allowed |= {"hold", "looked"}
    if granted.owner and case.paid_pence > case.refunded_pence:
        allowed.add("refund")
    if owes(case) and (granted.owner or adviser) and service.fee and service.fee.by_phone:
        allowed.add("take_payment")
    return frozenset(allowed)


def _of_the_owner(case: Case, service: Service, actor: Actor) -> set[str]:
    """What those who own the service may do with a case as a whole."""
    if case.state == MERGED:
        return {"unmerge"}
    if case.state in OURS:
        return set()
    if case.is_open:
        return {"team", "merge", "hand_over"}
    return {"reopen"} if actor.plays(MANAGER) and not opens_by_move(case, service) else set()


def opens_by_move(case: Case, service: Service) -> bool:
    """Whether the service file itself has a step by which staff open an ended case again."""
    return any(
        case.state in move.from_states
        and service.states[move.to].ends is None
        and not set(move.by) <= {"applicant", "system", "clock"}
        for move in service.moves.values()
    )


def owes(case: Case) -> bool:
    """Whether a payment may be started for this case now."""
    return (
        case.paid_state == PaidState.DUE
        and case.state != LAPSED
        and case.fee_pence > case.paid_pence - case.refunded_pence
    )
