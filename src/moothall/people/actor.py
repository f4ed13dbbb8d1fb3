"""Who does or asks something: the one value that actions and queries decide by. Pure, no database."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from moothall.people.models import User

ActorKind = Literal["applicant", "staff", "system", "clock", "anonymous"]


@dataclass(frozen=True)
class Actor:
    """A person or the machine, with the roles by which the service file gives them rights.

    `roles` are the service roles that their teams play and their jobs; `teams` are team slugs;
    `wards` are the codes of the wards that a councillor speaks for. `only_services` and `only_teams`
    narrow what they see to cases of these (empty: not narrowed), and `via` names the API key by which
    they act: a key never has more rights than the person, and may have fewer.
    """

    kind: ActorKind
    user_id: int | None
    label: str
    roles: frozenset[str] = field(default_factory=frozenset)
    teams: frozenset[str] = field(default_factory=frozenset)
    wards: frozenset[str] = field(default_factory=frozenset)
    only_services: frozenset[str] = field(default_factory=frozenset)
    only_teams: frozenset[str] = field(default_factory=frozenset)
    via: str = ""

    def plays(self, *roles: str) -> bool:
        """Whether this actor has one of `roles`."""
        return not self.roles.isdisjoint(roles)

    def within(self, service_id: str, team: str) -> bool:
        """Whether a case of this service with this team is within what the actor is narrowed to."""
        return (not self.only_services or service_id in self.only_services) and (
            not self.only_teams or team in self.only_teams
        )

    def by_key(self, name: str) -> Actor:
        """The same actor, acting by the API key of this name: the key is in what they are called."""
        return replace(self, label=f"{self.label} (key: {name})", via=name)

    @property
    def is_staff(self) -> bool:
        """Whether this is a person who works for the council."""
        return self.kind == "staff"


SYSTEM = Actor("system", None, "Moothall", frozenset({"system"}))
CLOCK = Actor("clock", None, "The clock", frozenset({"clock"}))
ANONYMOUS = Actor("anonymous", None, "Someone not signed in")


def applicant(user: User | None = None, label: str = "The applicant") -> Actor:
    """Return the actor for the person whose case it is, signed in or not."""
    return Actor("applicant", user.pk if user else None, label, frozenset({"applicant"}))
