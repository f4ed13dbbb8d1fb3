"""What insight does by night."""

from __future__ import annotations

from django.utils import timezone

from moothall import outbox
from moothall.insight import feedback

DAY = 24 * 60 * 60


def forget_feedback() -> None:
    """Delete answers to the satisfaction question whose time is over."""
    feedback.forget(timezone.now())


def register() -> None:
    """Register the task and its schedule."""
    outbox.task("insight.forget_feedback")(forget_feedback)
    outbox.every("insight.forget_feedback", DAY, "insight.forget_feedback")
