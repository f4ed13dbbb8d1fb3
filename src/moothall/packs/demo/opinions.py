"""What the demonstration's residents say of a service: more of them content than not, as people are."""

from __future__ import annotations

import random
from datetime import datetime

from moothall.insight import feedback
from moothall.packs.demo.year import Planned

COMMENTS = {
    5: ("Quick and clear, thank you.", "Done in two minutes on my phone.", "", "", "", ""),
    4: ("Easy enough. I would like a text when it is done.", "Worked well.", "", "", ""),
    3: ("It was fine. I was not sure which answer fitted.", "", ""),
    2: ("I had to look for a photo twice.", "Too many questions about my address.", ""),
    1: ("Nobody told me what was happening.", "The page timed out and I began again."),
}


def say_how_it_went(one: Planned, rng: random.Random, *, after: str, at: datetime) -> None:
    """One in four of those who used a form, and one in six of those whose case ended, answers."""
    if one.channel != "online" or rng.random() > (0.25 if after == "journey" else 0.17):
        return
    weights = (44, 33, 11, 7, 5) if after == "journey" else (36, 29, 14, 11, 10)
    rating = rng.choices((5, 4, 3, 2, 1), weights=weights)[0]
    feedback.respond(
        key=f"demo-{after}-{one.number:06}",
        service_id=one.service,
        after=after,
        rating=rating,
        comment=rng.choice(COMMENTS[rating]),
        now=at,
    )
