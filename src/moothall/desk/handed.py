"""Forms of a hand-over that were begun and not sent: they hold copies of a case's answers.

When something of the case is erased, they go: they can be begun again from what is left.
"""

from __future__ import annotations

from moothall.casework import events
from moothall.casework.models import Case, Event
from moothall.journeys import actions as journeys
from moothall.journeys.models import Draft


def when_erased(case: Case, event: Event) -> None:
    """Drop the forms that were begun from this case, with their files. In the erasing transaction."""
    begun = Draft.objects.filter(
        adviser__isnull=False, submitted_at=None, notes__handed_from=case.reference
    )
    for draft in begun:
        journeys.start_again(draft, now=event.at)


def subscribe() -> None:
    """Hear of what is erased. Called when the application starts."""
    for kind in (events.Kind.REDACTED, events.Kind.ANONYMISED):
        events.subscribe(kind, when_erased)
