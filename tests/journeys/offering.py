"""Services made for one test, offered by the council beside its own."""

from __future__ import annotations

from moothall.language import Service, load_service
from moothall.packs.models import Council, OfferedService, ServiceVersion

BARE = """
moothall: 1
service: {id}
version: {version}
name: {name}
summary: For a test.
kind: ask
owner: waste_team
sign_in: {sign_in}
pages:
{pages}
case:
  starts: sent
  states:
    sent: {{label: Sent}}
    closed: {{label: Closed, ends: done}}
  moves:
    close: {{from: sent, to: closed, by: waste_team}}
  clock: {{finish_within: {{working_days: 5}}}}
data: {{lawful_basis: public task, keep: 1 year after end, then: anonymise}}
"""


def service_of(
    pages: str, *, id: str = "trial", version: str = "1.0.0", sign_in: str = "optional"
) -> Service:
    """A bare service with these pages (YAML of the list)."""
    body = "\n".join(f"  {line}" for line in pages.strip("\n").splitlines())
    text = BARE.format(
        id=id, version=version, name=id.replace("_", " ").capitalize(), pages=body, sign_in=sign_in
    )
    return load_service(text, file=f"{id}/service.yaml")


def offer(service: Service) -> Service:
    """Offer it, in place of an earlier version."""
    stored, _made = ServiceVersion.objects.get_or_create(
        sha256=service.sha256,
        defaults={
            "service_id": service.id,
            "version": service.version,
            "canonical": service.canonical,
        },
    )
    OfferedService.objects.update_or_create(
        service_id=service.id, defaults={"current": stored, "position": 99}
    )
    Council.objects.update(generation=service.sha256[:16])
    return service
