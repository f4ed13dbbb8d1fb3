"""What the sign-in pages share."""

from __future__ import annotations

from dataclasses import dataclass

from django.forms import Form


@dataclass(frozen=True)
class Problem:
    """A mistake for the error summary: the control's id and what to do."""

    field: str
    message: str


def problems_of(form: Form) -> list[Problem]:
    """Return the form's mistakes, in the order of its fields."""
    return [
        Problem(field if field != "__all__" else "", str(message))
        for field, messages in form.errors.items()
        for message in messages
    ]
