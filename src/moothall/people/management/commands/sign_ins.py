"""`moothall sign_ins`: how to sign in to the demonstration."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from moothall.people.queries import SignIn, demo_sign_ins


class Command(BaseCommand):
    """Prints each role's address, sign-in, password and a code that works now."""

    help = "The demonstration's sign-ins, one for each role, with a code that works now."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take --all and --json."""
        parser.add_argument("--all", action="store_true", help="everyone, not one for each role")
        parser.add_argument("--json", action="store_true", help="everyone, as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print them."""
        if not settings.DEMONSTRATION:
            raise CommandError(
                "The demonstration is off, so it has no sign-ins. Real staff: moothall add_staff."
            )
        found = demo_sign_ins(timezone.now())
        if options["json"]:
            self.stdout.write(json.dumps([dataclasses.asdict(one) for one in found], indent=2))
            return
        if not found:
            raise CommandError("There are none yet. Run: moothall set_up")
        self.stdout.write(table(found if options["all"] else one_for_each_role(found)))


def one_for_each_role(found: list[SignIn]) -> list[SignIn]:
    """Return the first of each role."""
    first: dict[str, SignIn] = {}
    for one in found:
        first.setdefault(one.role, one)
    return list(first.values())


def table(found: list[SignIn]) -> str:
    """Return the sign-ins as lines for people."""
    staff = [one for one in found if one.kind == "staff"]
    residents = [one for one in found if one.kind == "resident"]
    lines: list[str] = []
    if staff:
        wide = max(len(one.email) for one in staff)
        lines += [
            f"Staff sign in at {staff[0].address}",
            f"  with the password {staff[0].password} and the code (it changes every half minute)",
            "",
            *(
                f"  {one.role:<11} {one.email:<{wide}}  {one.code}  {one.name}, {one.team}"
                for one in staff
            ),
        ]
    if residents:
        lines += [
            "",
            f"Residents sign in at {residents[0].address}",
            f"  with a code by email: read it at {settings.PUBLIC_URL}/stand-ins/messages/",
            "",
            *(f"  {one.email}  {one.name}" for one in residents),
        ]
    return "\n".join(lines)
