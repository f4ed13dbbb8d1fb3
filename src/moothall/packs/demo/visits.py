"""Visits to the online forms, as `journeys` counts them: those who finish, leave, or are stopped."""

from __future__ import annotations

import random
from functools import partial

from moothall import measures
from moothall.casework.models import Case
from moothall.language import Service
from moothall.packs.demo.year import Planned


def count_visits(service: Service, case: Case, one: Planned, rng: random.Random) -> None:
    """What `journeys` would have counted of an online form, with those who left or were stopped."""
    if one.channel != "online":
        return
    answers = case.answers
    asked = [
        page.id
        for page in service.pages
        if page.id in answers or any(question in answers for question in page.questions)
    ]
    count = partial(measures.count, at=one.at, service=service.id, channel="online")
    for kind in ["done", *rng.choices(["left", "stopped", "none"], weights=[34, 9, 57])]:
        if kind == "none":
            continue
        count("journey.started")
        seen = asked if kind == "done" else asked[: rng.randint(1, len(asked))]
        for step in seen:
            count("journey.step", step=step, outcome="shown")
            if rng.random() < 0.04:
                count("journey.step", step=step, outcome="error")
                count("journey.error", step=step)
            if step != seen[-1] or kind != "left":
                count("journey.step", step=step, outcome="answered")
        if kind == "done":
            count("journey.step", step="check_answers", outcome="shown")
            count("journey.completed")
        stops = [page.id for page in service.pages if page.kind == "stop"]
        if kind == "stopped" and stops:
            stop = rng.choice(stops)
            count("journey.step", step=stop, outcome="stopped")
            count("journey.stopped", step=stop)
