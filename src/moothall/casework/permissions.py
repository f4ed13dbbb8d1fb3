"""Who sees and does what with a case: the one place. It comes from the service file; default deny.

* Rows: a role that the file's `access` names (or plays `owner`) sees the rows of its scope, in the
  service at the version of the case. `own_team`: the case is with a team of the actor, or the role is
  not the owner's own (a crew, a reviewer: the file itself names whom it sends the work to). `own_ward`:
  wards that a councillor speaks for. `allocated`: assigned to the actor. `restricted`: restricted ones
  too, which nobody else sees save whoever they are assigned to. `all`: every one.
* Fields: `language.fields_seen`. Contact details are seen by a role that sees every question whose
  answer is a contact (kind `contact`), for the copies on the case are made from those.
* Moves: `language.moves_for`.
* Applicants see their own case. An applicant without an account was let in by reference and secret
  (or a signed link) before an action is called, so the caller vouches for them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

from django.db.models import Q, QuerySet

from moothall import language
from moothall.casework.models import LAPSED, UNPAID, Case, PaidState
from moothall.language import Facts, Move, Service
from moothall.packs.models import ServiceVersion
from moothall.packs.queries import definition
from moothall.people.actor import Actor

ADVISER = "adviser"
MANAGER = "manager"
COUNCILLOR = "councillor"


@dataclass(frozen=True)
class Grant:
    """What a set of roles may see and do in one version of a service."""

    rows: frozenset[str]
    fields: frozenset[str]
    contact: bool
    place: bool
    owner: bool
    works: bool
    """Plays the owner or makes a move: does the work, and does not merely look on."""

    @property
    def any(self) -> bool:
        """Whether there is any row to see at all."""
        return bool(self.rows)


@lru_cache(maxsize=2048)
def _grant(sha256: str, roles: frozenset[str]) -> Grant:
    return grant_in(definition(sha256), roles)


def grant_in(service: Service, roles: frozenset[str]) -> Grant:
    """What `roles` may see and do in `service`."""
    rows = language.row_scope(service, roles)
    fields = language.fields_seen(service, roles) if rows else frozenset()
    contacts = {
        question.id
        for question in service.questions.values()
        if question.personal == "contact" and question.stage == "form"
    }
    makes = {role for move in service.moves.values() for role in move.by}
    owner = service.owner in roles
    others = fields_of_everyone_named(service) if not contacts else frozenset()
    return Grant(
        rows=rows,
        fields=fields,
        contact=bool(rows) and (contacts <= fields if contacts else others <= fields),
        place=service.place is not None and service.place.answer in fields,
        owner=owner,
        works=bool(rows)
        and (owner or not makes.isdisjoint(roles - {"applicant", "system", "clock"})),
    )


def fields_of_everyone_named(service: Service) -> frozenset[str]:
    """Questions that have no sensitive kind: whoever sees them all sees the ordinary case."""
    sensitive = set(service.access.nobody_but) if service.access else set()
    return frozenset(
        question.id
        for question in service.questions.values()
        if question.stage == "form" and not question.personal and question.id not in sensitive
    )


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
    by_rule: dict[tuple[frozenset[str], bool], list[str]] = defaultdict(list)
    for sha256 in ServiceVersion.objects.values_list("sha256", flat=True):
        granted = _grant(sha256, actor.roles)
        if granted.any:
            by_rule[granted.rows, granted.owner].append(sha256)
    wanted = Q(pk__in=())
    for (rows, owner), shas in by_rule.items():
        wanted |= Q(definition_sha__in=shas) & _rows(rows, owner, actor)
    return Case.objects.filter(wanted)


def _rows(rows: frozenset[str], owner: bool, actor: Actor) -> Q:
    mine = Q(assigned_to=actor.user_id) if actor.user_id is not None else Q(pk__in=())
    scope = Q(pk__in=())
    everything = "all" in rows or ("own_team" in rows and not owner)
    if "own_team" in rows and owner:
        scope |= Q(team__in=sorted(actor.teams))
    if "own_ward" in rows and actor.wards:
        scope |= Q(ward__in=sorted(actor.wards))
    if rows & {"allocated", "own_team"}:
        scope |= mine
    if "restricted" not in rows:
        shown = Q(restricted=False) if everything else Q(restricted=False) & scope
        return shown | (Q(restricted=True) & mine)
    return Q() if everything else scope


def sees_row(case: Case, actor: Actor) -> bool:
    """Whether `actor` may see this case at all. The same rule as `visible`, for a case at hand."""
    if actor.kind in {"system", "clock"}:
        return True
    if actor.kind == "applicant":
        return actor.user_id is None or actor.user_id == case.applicant_id
    if actor.kind != "staff":
        return False
    granted = grant(case, actor)
    if not granted.any:
        return False
    mine = actor.user_id is not None and actor.user_id == case.assigned_to_id
    rows = granted.rows
    in_scope = (
        "all" in rows
        or ("own_team" in rows and (not granted.owner or case.team in actor.teams or mine))
        or ("own_ward" in rows and bool(case.ward) and case.ward in actor.wards)
        or ("allocated" in rows and mine)
    )
    if not case.restricted or "restricted" in rows:
        return in_scope
    return mine


def fields_seen(case: Case, service: Service, actor: Actor) -> frozenset[str]:
    """Ids of the questions whose answers `actor` may see in this case; none if not the row."""
    if not sees_row(case, actor):
        return frozenset()
    if actor.kind in {"system", "clock"}:
        return frozenset(service.questions)
    return language.fields_seen(service, actor.roles)


def sees_contact(case: Case, actor: Actor) -> bool:
    """Whether `actor` may see name, email, phone and postcode of the person."""
    if actor.kind in {"applicant", "system", "clock"}:
        return sees_row(case, actor)
    return sees_row(case, actor) and grant(case, actor).contact


def moves_for(case: Case, service: Service, actor: Actor, facts: Facts) -> tuple[Move, ...]:
    """The moves that `actor` may make now. None while a fee that comes first is unpaid."""
    if case.state in {UNPAID, LAPSED} or case.anonymised_at or not sees_row(case, actor):
        return ()
    return language.moves_for(service, facts, state=case.state, roles=actor.roles)


def can(case: Case, service: Service, actor: Actor) -> frozenset[str]:
    """What else `actor` may do: note, assign, reply, correct, redact, refund, take_payment, restrict,
    contact."""
    if not actor.is_staff or case.anonymised_at or not sees_row(case, actor):
        return frozenset()
    granted = grant(case, actor)
    adviser = actor.plays(ADVISER)
    allowed: set[str] = set()
    if granted.works or adviser:
        allowed |= {"note", "contact"}
    if granted.works:
        allowed.add("assign")
    if granted.contact and (granted.works or adviser):
        allowed.add("reply")
    if granted.owner or (adviser and granted.contact):
        allowed.add("correct")
    if granted.owner and actor.plays(MANAGER):
        allowed |= {"redact", "restrict"}
    if granted.owner and case.paid_pence > case.refunded_pence:
        allowed.add("refund")
    if owes(case) and (granted.owner or adviser) and service.fee and service.fee.by_phone:
        allowed.add("take_payment")
    return frozenset(allowed)


def owes(case: Case) -> bool:
    """Whether a payment may be started for this case now."""
    return (
        case.paid_state == PaidState.DUE
        and case.state != LAPSED
        and case.fee_pence > case.paid_pence
    )
