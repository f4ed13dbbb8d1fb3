"""The record of processing activities that a controller keeps (UK GDPR article 30), from the service files.

Nobody writes it by hand and forgets it: what a form asks, who sees it, how long it is kept and what is
published is what the files say, so the record is never behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from moothall import language
from moothall.language import Service
from moothall.packs import queries as packs
from moothall.people.models import Team

KINDS: Mapping[str, str] = {
    "contact": "how to reach somebody",
    "identity": "who somebody is",
    "circumstances": "how somebody lives",
    "health": "health",
    "finance": "money",
    "ethnicity": "ethnic origin",
    "religion": "religion or belief",
    "sexuality": "sex life or sexual orientation",
    "politics": "political opinion",
    "criminal": "criminal offences",
    "biometric": "biometrics",
    "safeguarding": "safeguarding",
}
"""Kinds of personal data in words, by the word that a question's `personal` has."""
SPECIAL = frozenset({"health", "ethnicity", "religion", "sexuality", "politics", "biometric"})
"""Kinds that are special categories (UK GDPR article 9)."""
CRIMINAL = "criminal"
"""Data about offences have their own rule (UK GDPR article 10)."""
ARTICLES: Mapping[str, str] = {
    "consent": "article 6(1)(a)",
    "contract": "article 6(1)(b)",
    "legal obligation": "article 6(1)(c)",
    "vital interests": "article 6(1)(d)",
    "public task": "article 6(1)(e)",
    "legitimate interests": "article 6(1)(f)",
}
SECURITY = (
    "Seen only by the roles that the service file names; staff sign in with a second factor",
    "Everything that happens is in a ledger that shows any later change",
    "Uploads are checked and cleaned; web traffic is encrypted",
)
"""What article 30(1)(g) asks: the technical measures, in general words."""


@dataclass(frozen=True)
class Activity:
    """One processing activity: what a service does with personal data."""

    service: str
    name: str
    purpose: str
    version: str
    lawful_basis: str
    article: str
    people: tuple[str, ...]
    """Categories of people (article 30(1)(c))."""
    data: tuple[tuple[str, tuple[str, ...]], ...]
    """Categories of personal data with the questions that ask for them (article 30(1)(c))."""
    special: tuple[str, ...]
    """Special categories and criminal offences among them: they need a condition of their own."""
    seen_by: tuple[str, ...]
    """Teams that see the cases."""
    sensitive: tuple[str, ...]
    """Answers that only some of them see, and who."""
    recipients: tuple[str, ...]
    """Who else gets some of it (article 30(1)(d))."""
    kept: str
    then: str
    published: str
    reads_logged: bool


def record() -> list[Activity]:
    """Every service that the council offers, by its name."""
    teams = dict(Team.objects.values_list("slug", "name"))
    return sorted((activity(one, teams) for one in packs.offered()), key=lambda one: one.name)


def activity(service: Service, teams: Mapping[str, str] | None = None) -> Activity:
    """What one service does with personal data. `teams`: names of teams and roles, where known."""
    names = teams or {}
    tagged = language.personal_fields(service)
    kinds: dict[str, list[str]] = {}
    for question, kind in tagged.items():
        kinds.setdefault(kind, []).append(service.questions[question].label)
    access = service.access
    basis = service.data.lawful_basis
    special = [kind for kind in kinds if kind in SPECIAL or kind == CRIMINAL]
    return Activity(
        service=service.id,
        name=service.name,
        purpose=_plain(service.summary) or service.name,
        version=service.version,
        lawful_basis=basis,
        article=ARTICLES[basis],
        people=tuple(party.label for party in access.parties.values()) if access else (),
        data=tuple((KINDS[kind], tuple(kinds[kind])) for kind in KINDS if kind in kinds),
        special=tuple(KINDS[kind] for kind in special),
        seen_by=tuple(_team(one, names) for one in access.teams) if access else (),
        sensitive=tuple(
            f"{service.questions[question].label}: {', '.join(_team(one, names) for one in only)}"
            for question, only in (access.nobody_but.items() if access else ())
            if question in service.questions
        ),
        recipients=tuple(_recipients(service)),
        kept=service.data.keep,
        then="deleted" if service.data.then == "delete" else "anonymised",
        published=_published(service),
        reads_logged=access is None or access.log_reads,
    )


def _plain(text: str) -> str:
    return " ".join(text.split())


def _team(role: str, names: Mapping[str, str]) -> str:
    return (
        names.get(role) or names.get(role.replace("_", "-")) or role.replace("_", " ").capitalize()
    )


def _recipients(service: Service) -> Iterable[str]:
    for page in service.pages:
        if page.kind == "look_up":
            sent = page.spec.argument or "nothing"
            yield f"The system behind {page.spec.source}, which is sent: {sent}"
    if service.fee is not None:
        yield "The payment provider: the sum, the reference and the payer’s card"
    means = sorted({one for message in service.tell.values() for one in message.by})
    if means:
        yield f"The provider of messages: {', '.join(means)}"


def _published(service: Service) -> str:
    rule = service.data.publish
    if rule is None:
        return "Nothing"
    columns = [name for name, what in rule.columns.items() if what != "never"]
    how = f"counts of {rule.threshold} or more" if rule.disclosure == "counts" else "one row a case"
    return f"{rule.dataset}, each {rule.every}: {', '.join(columns)} ({how}); nothing personal"


HEADS = (
    "Service", "Purpose", "Lawful basis", "Categories of people", "Categories of personal data",
    "Special categories and offences", "Seen by", "Seen by some only", "Other recipients",
    "Transfers abroad", "Kept", "And then", "Published", "Readings logged", "Security", "Version",
)  # fmt: skip


def rows(activities: Sequence[Activity]) -> list[tuple[str, ...]]:
    """The record as lines under `HEADS`, for a spreadsheet."""
    return [
        (
            one.name,
            one.purpose,
            f"{one.lawful_basis} ({one.article})",
            "; ".join(one.people),
            "; ".join(f"{kind} ({', '.join(labels)})" for kind, labels in one.data),
            "; ".join(one.special),
            "; ".join(one.seen_by),
            "; ".join(one.sensitive),
            "; ".join(one.recipients),
            "None by Moothall",
            one.kept,
            one.then,
            one.published,
            "yes" if one.reads_logged else "no",
            "; ".join(SECURITY),
            one.version,
        )
        for one in activities
    ]


def document(activities: Sequence[Activity]) -> dict[str, Any]:
    """The record as one JSON value, with the controller and how to reach its officer."""
    council = packs.council()
    return {
        "controller": council.name,
        "data_protection_officer": council.contact.get("data_protection", ""),
        "rule": "UK GDPR article 30(1)",
        "security": list(SECURITY),
        "activities": [asdict(one) for one in activities],
    }


def markdown(activities: Sequence[Activity]) -> str:
    """The record as Markdown, a section a service: for a council's files, or a review by mail."""
    council = packs.council()
    officer = council.contact.get("data_protection", "")
    lines = [
        f"# Record of processing: {council.name}",
        "",
        "Kept under UK GDPR article 30(1). Made from the service files"
        + (f"; questions to {officer}." if officer else "."),
        "",
        *(f"- {one}." for one in SECURITY),
    ]
    for one in activities:
        lines += ["", f"## {one.name}", "", one.purpose, ""]
        lines += [f"- **{head}**: {cell or 'none'}" for head, cell in zip(HEADS, rows([one])[0])
                  if head not in {"Service", "Purpose", "Security"}]  # fmt: skip
    return "\n".join(lines) + "\n"


def unsure(activities: Sequence[Activity]) -> list[str]:
    """What somebody should look at: special categories without a condition said in the file."""
    return [
        f"{one.name} asks about {', '.join(one.special)}: keep the condition for it (article 9 or 10, "
        "and Schedule 1 to the Data Protection Act 2018) in your policy document."
        for one in activities
        if one.special
    ]
