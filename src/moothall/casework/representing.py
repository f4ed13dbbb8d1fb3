"""A councillor opens casework for a resident, who is told, and follows it.

The basis: the resident asked the councillor to act. The Data Protection Act 2018, Schedule 1,
paragraph 23 lets an elected representative use what that needs, sensitive things included, where the
resident asked; where somebody else asked for them, the resident has to agree, save for the
exceptions of paragraph 23(3). Paragraph 24 lets the council answer the councillor in turn. What the
councillor follows is how the case goes, never its answers: those stay with the service file's rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from moothall import language
from moothall.casework import access, messages, reading, timelines
from moothall.casework.errors import Invalid, NotAllowed, NotFound
from moothall.casework.events import Kind
from moothall.casework.facts import facts_of, service_of
from moothall.casework.ledger import Writing, locked
from moothall.casework.models import Case, Event, Representation
from moothall.casework.permissions import COUNCILLOR
from moothall.notify import actions as notify
from moothall.people.actor import Actor

MEANS = ("email", "text", "letter")
WORDS = {
    "subject": {
        "en": "{who} has asked the council for you ({reference})",
        "cy": "Mae {who} wedi gofyn i'r cyngor ar eich rhan ({reference})",
    },
    "body": {
        "en": "{who} got in touch with us for you about “{service}”. We have opened a case. "
        "Your reference is {reference}.\n\n"
        "{asked} They can see how the case is going. They cannot see more of your details than "
        "their work needs.\n\n"
        "If you do not want this, tell us and they will no longer follow the case. "
        "We go on with it unless you say otherwise.",
        "cy": "Cysylltodd {who} â ni ar eich rhan am “{service}”. Rydym wedi agor achos. "
        "Eich cyfeirnod yw {reference}.\n\n"
        "{asked} Gallant weld hynt yr achos. Ni allant weld mwy o'ch manylion nag sydd ei angen "
        "ar eu gwaith.\n\n"
        "Os nad ydych am hyn, rhowch wybod i ni ac ni fyddant yn dilyn yr achos mwyach. "
        "Byddwn yn parhau ag ef oni bai i chi ddweud fel arall.",
    },
    "resident": {
        "en": "They told us that you asked them to.",
        "cy": "Dywedasant wrthym eich bod wedi gofyn iddynt.",
    },
    "someone_else": {
        "en": "They told us that someone asked them to for you, and that you agreed.",
        "cy": "Dywedasant wrthym fod rhywun wedi gofyn iddynt ar eich rhan, a'ch bod wedi cytuno.",
    },
}


def _say(key: str, lang: str, **values: str) -> str:
    texts = WORDS[key]
    return texts.get(lang, texts["en"]).format(**values)


def check(actor: Actor, asked_by: str) -> None:
    """Raise NotAllowed for who is no councillor, Invalid where nobody is said to have asked."""
    if not actor.is_staff or actor.user_id is None or not actor.plays(COUNCILLOR):
        raise NotAllowed("Only a councillor opens casework for a resident.")
    if asked_by not in Representation.AskedBy.values:
        raise Invalid("asked_by", "Say who asked you. You can only act when you were asked.")


def represent(
    case_id: int,
    *,
    actor: Actor,
    asked_by: str,
    channel: str,
    now: datetime | None = None,
) -> Representation:
    """Record that `actor` opened this case for the resident, tell the resident, and let them follow it.

    `asked_by`: resident or someone_else (who agrees). Call it in the transaction that opens the case;
    asking twice does it once. Raises NotAllowed unless the actor is a councillor who opened it.
    """
    now = now or timezone.now()
    check(actor, asked_by)
    with transaction.atomic():
        case = locked(case_id)
        opened = Event.objects.filter(case=case, kind=Kind.OPENED).first()
        if opened is None or opened.actor.get("id") != actor.user_id:
            raise NotAllowed("You can only act for a resident in a case that you opened.")
        found, made = Representation.objects.get_or_create(
            case=case,
            user_id=actor.user_id or 0,
            defaults={"asked_by": asked_by, "channel": channel, "at": now},
        )
        if not made:
            return found
        service, lang = service_of(case), case.language
        writing = Writing(case, actor=actor, channel=channel, now=now)
        writing.add(
            Kind.NOTED,
            {
                "text": f"Opened for the resident by {actor.label}. "
                f"{Representation.AskedBy(asked_by).label} "
                "(Data Protection Act 2018, Schedule 1, paragraph 23)."
            },
        )
        names = {
            "who": actor.label,
            "reference": case.reference,
            "service": service.text("name", lang) or service.name,
            "asked": _say(asked_by, lang),
        }
        told = messages.write_to_applicant(
            writing,
            means=MEANS,
            subject=_say("subject", lang, **names),
            body=_say("body", lang, **names),
            told="representation",
        )
        writing.save()
        if told:
            found.told_at = now
            found.save(update_fields=["told_at"])
    return found


@dataclass(frozen=True)
class Followed:
    """A case as the councillor who acts in it follows it: how it goes, and none of its answers."""

    reference: str
    service_name: str
    state_label: str
    says: str
    """What the state means for the resident (Markdown)."""
    opened_at: datetime
    ended_at: datetime | None
    finish_by: datetime | None
    paused: bool
    late: bool
    asked_by: str
    told: bool


def _followed(one: Representation, now: datetime) -> Followed:
    case = one.case
    service = service_of(case)
    state = service.states.get(case.state)
    facts = facts_of(case, service, now=now)
    text = service.text(f"case.states.{case.state}.say", "en") if state else ""
    return Followed(
        reference=case.reference,
        service_name=service.name,
        state_label=timelines.state_label(service, case.state, "en"),
        # Only the state's fixed words: filled in, they could tell an answer.
        says=text if text and text == language.render(service, text, facts, "en") else "",
        opened_at=case.opened_at,
        ended_at=case.ended_at,
        finish_by=case.finish_by,
        paused=case.paused_since is not None,
        late=reading.is_late(case, now),
        asked_by=Representation.AskedBy(one.asked_by).label,
        told=one.told_at is not None,
    )


def followed_by(
    actor: Actor, *, ended: bool = False, limit: int = 100, now: datetime | None = None
) -> list[Followed]:
    """The cases that this councillor opened for residents and follows, newest first. One query."""
    if not actor.is_staff or actor.user_id is None:
        return []
    rows = (
        Representation.objects.filter(
            user_id=actor.user_id, ended_at=None, case__ended_at__isnull=not ended
        )
        .select_related("case")
        .order_by("-at")[:limit]
    )
    return [_followed(one, now or timezone.now()) for one in rows]


def followed(actor: Actor, reference: str, *, now: datetime | None = None) -> Followed:
    """One case that this councillor follows; the reading is logged. Raises NotFound."""
    now = now or timezone.now()
    one = (
        Representation.objects.filter(
            user_id=actor.user_id or 0, ended_at=None, case__reference=reference
        )
        .select_related("case")
        .first()
    )
    if one is None:
        raise NotFound
    access.note(actor, reference, "follow", now=now)
    return _followed(one, now)


def stop_following(actor: Actor, reference: str, *, now: datetime | None = None) -> None:
    """The councillor no longer follows the case; nothing happens when they did not."""
    now = now or timezone.now()
    with transaction.atomic():
        case_id = (
            Representation.objects.filter(
                user_id=actor.user_id or 0, ended_at=None, case__reference=reference
            )
            .values_list("case_id", flat=True)
            .first()
        )
        if case_id is None:
            return
        writing = Writing(locked(case_id), actor=actor, channel="desk", now=now)
        writing.add(Kind.NOTED, {"text": f"{actor.label} no longer follows this case."})
        writing.save()
        Representation.objects.filter(case_id=case_id, user_id=actor.user_id or 0).update(
            ended_at=now
        )


def when_moved(case: Case, event: Event) -> None:
    """Write to the councillors who follow a case that it went on: no name, no answer."""
    rows = Representation.objects.filter(case=case, ended_at=None).select_related("user")
    for one in rows:
        if not (one.user.is_active and one.user.email):
            continue
        label = timelines.state_label(service_of(case), case.state, "en")
        notify.queue(
            to=one.user.email,
            means="email",
            subject=f"{case.reference} is now: {label}",
            body=f"A case that you opened for a resident went on. It is now “{label}”.\n\n"
            f"{settings.PUBLIC_URL}/desk/ward/cases/{case.reference}/",
            key=f"represent:{case.reference}:{event.sequence}:{one.user_id}",
            template="followed_case",
            now=event.at,
        )
