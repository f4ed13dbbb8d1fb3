"""`moothall add_staff`: give someone who works for the council an account."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from moothall.people.actions import CannotAdd, add_staff
from moothall.people.models import Job


class Command(BaseCommand):
    """Adds a member of staff and prints the link by which they choose a password."""

    help = (
        "Add a member of staff, or give one a new link. Prints a link, good for three days, by "
        "which they choose a password; they set up a second factor when they first sign in."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the address and what they do."""
        parser.add_argument("email")
        parser.add_argument("--name", default="")
        parser.add_argument("--team", default="", help="a team's id in teams.yaml")
        parser.add_argument("--job", default="", choices=["", *Job.values])
        parser.add_argument("--ward", default="", help="a councillor's ward code")
        parser.add_argument(
            "--reset-second-factor", action="store_true", help="for someone who lost theirs"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Add them."""
        try:
            made = add_staff(
                options["email"],
                name=options["name"],
                team=options["team"],
                job=options["job"],
                ward=options["ward"],
                reset=options["reset_second_factor"],
            )
        except CannotAdd as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write(f"Give this link to the person, and to nobody else:\n{made.link}")
