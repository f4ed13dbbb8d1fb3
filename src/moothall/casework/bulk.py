"""Doing one thing to many cases: choose, see what would happen, confirm, and have it done in the background.

    run = bulk.draft(actor, "move", filters=QueueFilters(due="late"), now=now)
    bulk.settle(actor, run.public_id, {"move": "missed_bin:close", "reason": "…"}, now=now)
    bulk.preview(actor, run.public_id, now=now)      # how many can, how many can't and why, what is told
    bulk.start(actor, run.public_id, now=now)
    bulk.progress(actor, run.public_id)              # and stop(), resume()

Each case is a transaction of its own, together with the mark that it is done and the job of the next
one, so that a process killed at any moment leaves each case done once or not at all. A run belongs to
who made it; each case is done with the rights that they have at that moment.
"""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from moothall.casework import bulk_steps as steps
from moothall.casework import bulk_work, filtering, permissions
from moothall.casework.errors import Invalid, NotAllowed, NotFound
from moothall.casework.facts import service_of
from moothall.casework.models import BulkItem, BulkRun, Case
from moothall.casework.sharing import share_out
from moothall.casework.types import QueueFilters
from moothall.language import Message
from moothall.people.actor import Actor

MOST = 500
"""Cases in one run: what one person can answer for, and what a page can work out at once."""
MOST_DRAFTS = 20


@dataclass(frozen=True)
class Offer:
    """A move that can be made in some of the chosen cases."""

    key: str
    """`service:move`, as `settle` takes it."""
    label: str
    service: str
    to_label: str
    cases: int
    ends: bool
    asks_reason: bool
    asks_message: bool


@dataclass(frozen=True)
class Refused:
    """Cases that can't have it, for one reason."""

    why: str
    references: tuple[str, ...]


@dataclass(frozen=True)
class Preview:
    """What a run would do. `sample` is what one resident would get, where the reader may read it."""

    can: int
    refused: tuple[Refused, ...]
    told: int
    sample: Message | None
    sample_of: str
    hidden: bool
    """Residents are told, but the reader may not read what cases of this service say."""
    to: tuple[tuple[int | None, int], ...] = ()
    """Who would have how many, where cases are given to people."""

    @property
    def cannot(self) -> int:
        """How many cases can't have it."""
        return sum(len(one.references) for one in self.refused)


@dataclass(frozen=True)
class Progress:
    """How far a run is."""

    run: BulkRun
    total: int
    done: int
    refused: int

    @property
    def waiting(self) -> int:
        """Cases that have had no turn yet."""
        return self.total - self.done - self.refused

    @property
    def percent(self) -> int:
        """Whole per cent of the cases that had their turn."""
        return 100 * (self.total - self.waiting) // self.total if self.total else 100


def draft(
    actor: Actor,
    kind: str,
    *,
    cases: Sequence[tuple[int, int | None]] = (),
    filters: QueueFilters | None = None,
    found_by: str = "",
    most: int | None = None,
    now: datetime | None = None,
) -> BulkRun:
    """Choose the cases: `cases` (id, version seen or None), or the first MOST that fit `filters`.

    With `most`, no more than so many, and no word about those left. Cases that `actor` may not see are left out. Raises Invalid when none is left, NotAllowed for
    somebody who does no casework.
    """
    now = now or timezone.now()
    if actor.user_id is None or not actor.is_staff:
        raise NotAllowed("Only staff can do this.")
    if kind not in BulkRun.Kind.values:
        raise Invalid("kind", "Choose what to do with the cases.")
    chosen, left_out = _chosen(actor, cases, filters, now)
    if most is not None:
        chosen, left_out = chosen[: max(1, most)], 0
    if not chosen:
        raise Invalid("case", "Choose at least one case.")
    with transaction.atomic():
        mine = BulkRun.objects.filter(user_id=actor.user_id, status=BulkRun.Status.DRAFT)
        old = list(mine.order_by("-created_at").values_list("pk", flat=True)[MOST_DRAFTS - 1 :])
        BulkRun.objects.filter(pk__in=old).delete()
        run = BulkRun.objects.create(
            public_id=secrets.token_urlsafe(12),
            user_id=actor.user_id,
            kind=kind,
            found_by=found_by[:600],
            left_out=left_out,
            created_at=now,
        )
        BulkItem.objects.bulk_create(
            BulkItem(run=run, case_id=pk, position=number, expected=version)
            for number, (pk, version) in enumerate(chosen)
        )
    return run


def _chosen(
    actor: Actor,
    cases: Sequence[tuple[int, int | None]],
    filters: QueueFilters | None,
    now: datetime,
) -> tuple[list[tuple[int, int]], int]:
    """The cases in the order of the queue with the version seen, and how many had no room."""
    if filters is not None:
        found = filtering.wanted(actor, filters, now).order_by("queue_at", "pk")
        rows = list(found.values_list("pk", "lock_version")[: MOST + 501])
        return rows[:MOST], max(0, len(rows) - MOST)
    seen = dict(list(cases)[:MOST])
    rows = list(
        permissions.visible(actor)
        .filter(pk__in=list(seen))
        .order_by("queue_at", "pk")
        .values_list("pk", "lock_version")
    )
    chosen = []
    for pk, version in rows:
        given = seen[pk]
        chosen.append((pk, version if given is None else given))
    return chosen, max(0, len(cases) - MOST)


def find(actor: Actor, public_id: str) -> BulkRun:
    """Return the actor's own run of this name. Raises NotFound."""
    run = BulkRun.objects.filter(public_id=public_id, user_id=actor.user_id or 0).first()
    if run is None:
        raise NotFound("There is no such run of yours.")
    return run


def runs_of(actor: Actor, limit: int = 10) -> list[Progress]:
    """The actor's last runs that were started, newest first. Two queries."""
    runs = list(
        BulkRun.objects.filter(user_id=actor.user_id or 0)
        .exclude(status=BulkRun.Status.DRAFT)
        .order_by("-created_at")[:limit]
    )
    return [_progress(run, counts) for run, counts in zip(runs, _counts(runs), strict=True)]


def _counts(runs: Sequence[BulkRun]) -> list[Counter[str]]:
    found: dict[int, Counter[str]] = {run.pk: Counter() for run in runs}
    rows = (
        BulkItem.objects.filter(run__in=[run.pk for run in runs])
        .values_list("run", "status")
        .annotate(number=Count("pk"))
    )
    for run_id, status, number in rows:
        found[run_id][status] += number
    return [found[run.pk] for run in runs]


def _progress(run: BulkRun, counts: Counter[str]) -> Progress:
    return Progress(run, sum(counts.values()), counts["done"], counts["refused"])


def progress(actor: Actor, public_id: str) -> Progress:
    """How far the actor's run is. Raises NotFound."""
    run = find(actor, public_id)
    [counts] = _counts([run])
    return _progress(run, counts)


def cases_of(run: BulkRun) -> list[tuple[BulkItem, Case]]:
    """The cases of a run, in their order."""
    items = BulkItem.objects.filter(run=run).select_related("case").order_by("position")
    return [(item, item.case) for item in items]


def results(actor: Actor, public_id: str, status: str = "") -> Iterator[tuple[str, str, str, str]]:
    """(reference, service, status, why) of each case of a run that the actor may still see."""
    run = find(actor, public_id)
    items = BulkItem.objects.filter(run=run).select_related("case").order_by("position")
    for item in items.filter(status=status) if status else items:
        if permissions.sees_row(item.case, actor):
            yield (
                item.case.reference,
                service_of(item.case).name,
                BulkItem.Status(item.status).label,
                item.why,
            )


def offers(actor: Actor, public_id: str, *, now: datetime | None = None) -> list[Offer]:
    """The moves that can be made in at least one of the chosen cases, most cases first."""
    desk = steps.Desk(actor, now or timezone.now())
    run = find(actor, public_id)
    found: dict[str, Offer] = {}
    number: Counter[str] = Counter()
    for _, case in cases_of(run):
        service = service_of(case)
        for move in steps.moves_of(case, desk):
            key = f"{service.id}:{move.id}"
            if steps.beyond_words(move, service):
                continue
            number[key] += 1
            to = service.states[move.to]
            found[key] = Offer(
                key,
                move.label,
                service.name,
                to.label,
                0,
                bool(to.ends),
                "reason" in move.needs,
                "message" in move.needs,
            )
    return [Offer(**{**vars(found[key]), "cases": cases}) for key, cases in number.most_common()]


def services_in(actor: Actor, public_id: str) -> dict[str, tuple[str, int]]:
    """The services of the chosen cases by id: name and number of cases."""
    found: dict[str, tuple[str, int]] = {}
    for _, case in cases_of(find(actor, public_id)):
        name = service_of(case).name
        found[case.service_id] = (name, found.get(case.service_id, ("", 0))[1] + 1)
    return found


def people_for(actor: Actor, public_id: str) -> list[tuple[int, str]]:
    """Who works on at least one of the services of the chosen cases, by name."""
    desk = steps.Desk(actor, timezone.now())
    names: dict[int, str] = {}
    for _, case in cases_of(find(actor, public_id)):
        names |= desk.people(service_of(case))
    return sorted(names.items(), key=lambda pair: (pair[1].lower(), pair[0]))


def settle(
    actor: Actor, public_id: str, given: Mapping[str, Any], *, now: datetime | None = None
) -> BulkRun:
    """Say what is to be done; may be said again until the run starts.

    By kind: move: `move` ("service:move"), `reason`, `message`; assign: `to` (user id or "nobody");
    share: `people` (user ids), `way` ("least" loaded or in "turns"); team: `team`, `reason`;
    note: `text`; reply: `text`, `subject`. Raises Missing, Invalid, NotAllowed.
    """
    now = now or timezone.now()
    with transaction.atomic():
        run = _locked(actor, public_id)
        if run.status != BulkRun.Status.DRAFT:
            raise NotAllowed("This was started already.")
        params = steps.tidy(run.kind, given)
        if run.kind == BulkRun.Kind.MOVE:
            _check_needs(actor, run, params, now)
        run.params_json = json.dumps(params)
        run.save(update_fields=["params_json"])
        if run.kind == BulkRun.Kind.SHARE:
            _share(actor, run, params, now)
    return run


def _check_needs(actor: Actor, run: BulkRun, params: Mapping[str, Any], now: datetime) -> None:
    wanted = f"{params['service']}:{params['move']}"
    offer = next((one for one in offers(actor, run.public_id, now=now) if one.key == wanted), None)
    if offer is None:
        raise Invalid("move", "None of the chosen cases can take this step now. Choose another.")
    if offer.asks_reason and not params["reason"]:
        raise Invalid("reason", "Say why. It is kept in each case.")
    if offer.asks_message and not params["message"]:
        raise Invalid("message", "Write what you want to tell them. Each of them gets it.")


def _share(actor: Actor, run: BulkRun, params: Mapping[str, Any], now: datetime) -> None:
    desk = steps.Desk(actor, now)
    pairs = cases_of(run)
    who_can = {case.pk: set(desk.people(service_of(case))) for _, case in pairs}
    given = share_out(
        [case.pk for _, case in pairs], params["people"], who_can=who_can, way=params["way"]
    )
    for item, case in pairs:
        item.to_user_id = given.get(case.pk)
    BulkItem.objects.bulk_update([item for item, _ in pairs], ["to_user"])


def preview(actor: Actor, public_id: str, *, now: datetime | None = None) -> Preview:
    """What the run would do now: how many can, how many can't and why, what residents are told."""
    desk = steps.Desk(actor, now or timezone.now())
    run = find(actor, public_id)
    params = run.params
    if not params:
        raise NotAllowed("Say first what is to be done.")
    refused: dict[str, list[str]] = {}
    to: Counter[int | None] = Counter()
    can = told = 0
    sample: tuple[Message, Case] | None = None
    hidden = False
    for item, case in cases_of(run):
        why = steps.verdict(run.kind, case, params, desk, to=bulk_work.to_of(run, item))
        if not why and run.kind == BulkRun.Kind.SHARE and item.to_user_id is None:
            why = "None of the people chosen works on its service."
        if why:
            refused.setdefault(why, []).append(case.reference)
            continue
        can += 1
        to[bulk_work.to_of(run, item)] += 1
        words = _words_to_resident(run, case, params, desk)
        if words is None:
            continue
        told += 1
        if not permissions.grant(case, actor).correspondence:
            hidden = True
        elif sample is None:
            sample = (words, case)
    return Preview(
        can=can,
        refused=tuple(
            Refused(why, tuple(found))
            for why, found in sorted(refused.items(), key=lambda pair: -len(pair[1]))
        ),
        told=told,
        sample=sample[0] if sample else None,
        sample_of=sample[1].reference if sample else "",
        hidden=hidden and sample is None,
        to=tuple(to.most_common()) if run.kind in {"assign", "share"} else (),
    )


def _words_to_resident(
    run: BulkRun, case: Case, params: Mapping[str, Any], desk: steps.Desk
) -> Message | None:
    if run.kind == BulkRun.Kind.MOVE:
        told = steps.will_be_told(case, params, desk)
        return told[0] if told else None
    if run.kind == BulkRun.Kind.REPLY:
        subject, text, _ = steps.reply_words(case, params, desk)
        subject = subject or f"{service_of(case).name} ({case.reference})"
        return Message("reply", "applicant", ("email", "text"), subject, text)
    return None


def _locked(actor: Actor, public_id: str) -> BulkRun:
    run = (
        BulkRun.objects.select_for_update()
        .filter(public_id=public_id, user_id=actor.user_id or 0)
        .first()
    )
    if run is None:
        raise NotFound("There is no such run of yours.")
    return run


def start(actor: Actor, public_id: str, *, now: datetime | None = None) -> BulkRun:
    """Begin to work the run off; asking twice starts it once. Raises NotAllowed when nothing is said."""
    now = now or timezone.now()
    with transaction.atomic():
        run = _locked(actor, public_id)
        if run.status != BulkRun.Status.DRAFT:
            return run
        if not run.params:
            raise NotAllowed("Say first what is to be done.")
        run.status, run.started_at, run.via = BulkRun.Status.RUNNING, now, actor.via[:80]
        run.save(update_fields=["status", "started_at", "via"])
        bulk_work.next_case(run)
    return run


def stop(actor: Actor, public_id: str, *, now: datetime | None = None) -> BulkRun:
    """Stop after the case that is being done. What is done stays done; `resume` carries on."""
    with transaction.atomic():
        run = _locked(actor, public_id)
        if run.status == BulkRun.Status.RUNNING:
            run.status = BulkRun.Status.STOPPED
            run.save(update_fields=["status"])
    return run


def resume(actor: Actor, public_id: str, *, now: datetime | None = None) -> BulkRun:
    """Carry on with a run that was stopped, where it stopped."""
    with transaction.atomic():
        run = _locked(actor, public_id)
        if run.status == BulkRun.Status.STOPPED:
            run.status = BulkRun.Status.RUNNING
            run.save(update_fields=["status"])
            bulk_work.next_case(run)
    return run
