"""`moothall place_in_wards`: on the day new wards come into force."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from moothall.places.actions import place_in_wards
from moothall.places.imports.command import day


class Command(BaseCommand):
    """Gives every address and postcode the ward in force that its point lies in."""

    help = "Give every address and postcode the ward in force on a day, after new wards came in."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the day."""
        parser.add_argument("--on", type=day, help="the day whose wards count (default: today)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Place them."""
        addresses, postcodes = place_in_wards(options["on"] or timezone.localdate())
        self.stdout.write(f"{addresses:,} addresses and {postcodes:,} postcodes have a new ward.")
