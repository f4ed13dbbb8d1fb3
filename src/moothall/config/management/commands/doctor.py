"""`moothall doctor`: what is wrong with this deployment, and how to mend it."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from moothall.config import doctor


class Command(BaseCommand):
    """Makes every check and says what to do. Ends with 0, 1 (warnings only) or 2 (errors)."""

    help = "Say what is wrong with this deployment, why it matters and how to mend it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """As JSON; from outside; one check; also what is well."""
        parser.add_argument("--json", action="store_true", help="for a program")
        parser.add_argument("--url", default="", help="look at the served council from outside too")
        parser.add_argument("--only", default="", choices=["", *doctor.names()], help="one check")
        parser.add_argument("--all", action="store_true", help="say also what is well")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the findings."""
        found = doctor.examine(options["only"])
        if options["url"]:
            found += doctor.examine_url(options["url"])
        if options["json"]:
            self.stdout.write(json.dumps([asdict(one) for one in found], indent=1))
        else:
            for one in found:
                if one.level == doctor.OK and not options["all"]:
                    continue
                self.stdout.write(f"{one.level.upper():8} {one.check}: {one.what}")
                if one.why:
                    self.stdout.write(f"         {one.why}")
                    self.stdout.write(f"         Mend: {one.mend}")
            levels = [one.level for one in found]
            self.stdout.write(
                f"{levels.count('ok')} well, {levels.count('warning')} warnings, "
                f"{levels.count('error')} errors."
            )
        worst = {one.level for one in found}
        if worst - {doctor.OK}:
            sys.exit(2 if doctor.ERROR in worst else 1)
