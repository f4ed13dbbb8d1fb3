"""Replies that are written again and again: kept, filled in for a case, and checked before they are kept.

Their {names} are those of the service language (docs/language.md), so `{finish_by}` or `{bin}` says what
it says in the service's own messages. A name whose answer the writer may not see stays empty, and the
reply says so before it is sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from moothall import language
from moothall.casework import permissions
from moothall.casework.beside_types import FilledReply
from moothall.casework.errors import Invalid, Missing, NotAllowed, NotFound
from moothall.casework.facts import facts_of, service_of
from moothall.casework.models import Case, ReplyTemplate
from moothall.language import Service
from moothall.language.expressions import ExpressionError
from moothall.language.template import compile_text
from moothall.packs import queries as packs
from moothall.people.actor import Actor

LONGEST = 4000
MOST = 500
_HOLE = re.compile(r"(?<!\{)\{([^{}]+)\}(?!\})")


def templates_for(actor: Actor, service_id: str = "", state: str = "") -> tuple[ReplyTemplate, ...]:
    """The templates that fit a service and a state, those of the service first; with neither, all of
    the services whose cases this person may see. Staff only."""
    if actor.kind != "staff":
        return ()
    found = ReplyTemplate.objects.all()
    if service_id:
        found = found.filter(Q(service_id=service_id) | Q(service_id=""))
    rows = [one for one in found[:MOST] if not state or not one.states or state in one.states]
    if not service_id:
        seen = {one.id for one in packs.offered() if language.row_scope(one, actor.roles)}
        rows = [one for one in rows if not one.service_id or one.service_id in seen]
    return tuple(sorted(rows, key=lambda one: (not one.service_id, one.position, one.name)))


def filled_reply(
    template_id: int,
    case_id: int,
    actor: Actor,
    *,
    lang: str = "",
    now: datetime | None = None,
) -> FilledReply:
    """A template with its {names} filled in for a case, in `lang` (the case's language when not said).

    Without Welsh words it comes in English (`.lang` says so). `problem` says what is missing. Raises
    NotFound for a case that the actor may not see or a template that is not there.
    """
    now = now or timezone.now()
    case = Case.objects.filter(pk=case_id).first()
    template = ReplyTemplate.objects.filter(pk=template_id).first()
    if case is None or not permissions.sees_row(case, actor):
        raise NotFound
    if template is None:
        raise NotFound("There is no such reply.")
    service = service_of(case)
    lang = lang or case.language
    if lang != "cy" or not template.text_cy:
        lang, subject, text = "en", template.subject, template.text
    else:
        subject, text = template.subject_cy or template.subject, template.text_cy
    facts = facts_of(case, service, now=now)
    seen = permissions.fields_seen(case, service, actor)
    facts = replace(facts, answers=_seen(case.answers, service, seen))

    def fill(words: str) -> str:
        return language.render(service, words, facts, lang)

    missing = [
        hole
        for hole in _HOLE.findall(f"{subject} {text}")
        if fill(f"{{{hole}}}").strip() in {"", f"{{{hole}}}"}
    ]
    problem = ""
    if template.service_id and template.service_id != case.service_id:
        problem = "This reply belongs to another service."
    elif template.states and case.state not in template.states:
        problem = "This reply is not meant for a case in this state."
    elif missing:
        names = ", ".join(f"{{{one}}}" for one in dict.fromkeys(missing))
        problem = f"What the reply says with {names} is not known in this case."
    return FilledReply(
        template_id=template.pk,
        name=template.name,
        subject=fill(subject).strip(),
        text=fill(text).strip(),
        lang=lang,
        problem=problem,
    )


def _seen(answers: Mapping[str, Any], service: Service, fields: frozenset[str]) -> dict[str, Any]:
    repeats = {one.row_of for one in service.questions.values() if one.row_of}
    return {
        name: value
        for name, value in answers.items()
        if name in fields
        or (
            name in repeats
            and all(one.id in fields for one in service.questions.values() if one.row_of == name)
        )
    }


def check_words(text: str, service_id: str) -> str:
    """What is wrong with the {names} of a text, in words; empty when nothing.

    A text for every service may use only the names that every offered service has.
    """
    offered = packs.offered()
    services = [one for one in offered if one.id == service_id] if service_id else offered
    for service in services:
        try:
            compile_text(text, service.scope, service.rules)
        except ExpressionError as error:
            where = "" if service_id else f" In “{service.name}”:"
            return f"{where} {error}".strip()
    return ""


def may_change(actor: Actor, service_id: str) -> bool:
    """Whether this person may change replies: managers of the team that owns the service (of any team,
    for replies of every service), and administrators."""
    if actor.kind != "staff":
        return False
    if actor.plays("admin"):
        return True
    if not actor.plays(permissions.MANAGER):
        return False
    service = packs.service(service_id) if service_id else None
    return not service_id or (service is not None and actor.plays(service.owner))


def save_reply_template(
    *,
    actor: Actor,
    name: str,
    text: str,
    template_id: int | None = None,
    service_id: str = "",
    states: Sequence[str] = (),
    subject: str = "",
    subject_cy: str = "",
    text_cy: str = "",
    now: datetime | None = None,
) -> ReplyTemplate:
    """Keep a reply, or change the one with this id. Its {names} are checked first.

    Raises Missing, Invalid (with the field), NotAllowed, NotFound.
    """
    now = now or timezone.now()
    name = " ".join(name.split())
    if not may_change(actor, service_id):
        raise NotAllowed("Only a manager of the team may change its replies.")
    if not name:
        raise Missing("name", "Give the reply a name, so that colleagues find it.")
    if not text.strip():
        raise Missing("text", "Write the reply.")
    service = packs.service(service_id) if service_id else None
    if service_id and service is None:
        raise Invalid("service", "Choose a service that the council offers.")
    unknown = [one for one in states if service is None or one not in service.states]
    if unknown:
        raise Invalid("states", "Choose states of the service.")
    fields = {"subject": subject, "text": text, "subject_cy": subject_cy, "text_cy": text_cy}
    for field, words in fields.items():
        if len(words) > (LONGEST if field.startswith("text") else 120):
            raise Invalid(field, "This is too long.")
        if wrong := check_words(words, service_id):
            raise Invalid(field, wrong)
    with transaction.atomic():
        if template_id is None:
            row = ReplyTemplate(slug=_slug(name), position=ReplyTemplate.objects.count() + 1)
        else:
            found = ReplyTemplate.objects.select_for_update().filter(pk=template_id).first()
            if found is None:
                raise NotFound("There is no such reply.")
            if not may_change(actor, found.service_id):
                raise NotAllowed("Only a manager of the team may change its replies.")
            row = found
        row.name, row.service_id, row.states = name[:120], service_id, list(states)
        for field, words in fields.items():
            setattr(row, field, words.replace("\r\n", "\n").strip())
        row.changed_at, row.changed_by = now, actor.label[:150]
        row.save()
        return row


def _slug(name: str) -> str:
    base = re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")[:50] or "reply"
    base = base if base[0].isalpha() else f"reply_{base}"
    taken = set(ReplyTemplate.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    tries = [base, *(f"{base}_{number}" for number in range(2, len(taken) + 3))]
    return next(one for one in tries if one not in taken)


def remove_reply_template(template_id: int, *, actor: Actor) -> None:
    """Remove a reply; what was written with it stays. Raises NotAllowed; a reply that is gone is gone."""
    with transaction.atomic():
        row = ReplyTemplate.objects.filter(pk=template_id).first()
        if row is None:
            return
        if not may_change(actor, row.service_id):
            raise NotAllowed("Only a manager of the team may change its replies.")
        row.delete()
