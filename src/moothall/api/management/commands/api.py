"""`moothall api`: keys of the API from the command line."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from moothall.api import keys
from moothall.people.actor import SYSTEM
from moothall.people.models import User, normalise_email


class Command(BaseCommand):
    """`api key make|list|rotate|revoke`."""

    help = (
        "Keys of the API: make one for a member of staff (its secret is printed once), list them, "
        "give one a new secret, revoke one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what is done, and to which key."""
        what = parser.add_subparsers(dest="what", required=True)
        key = what.add_parser("key", help="make, list, rotate, revoke")
        deed = key.add_subparsers(dest="deed", required=True)
        make = deed.add_parser("make", help="make a key and print its secret")
        make.add_argument("name", help="which system it is for")
        make.add_argument("--owner", required=True, help="email address of a member of staff")
        make.add_argument(
            "--scope", action="append", required=True, choices=sorted(keys.SCOPES), dest="scopes"
        )
        make.add_argument("--service", action="append", default=[], help="only this service")
        make.add_argument("--team", action="append", default=[], help="only this team's cases")
        make.add_argument("--network", action="append", default=[], help="like 192.0.2.0/24")
        make.add_argument("--per-minute", type=int, default=600)
        make.add_argument("--days", type=int, help="ends after so many days")
        listed = deed.add_parser("list", help="list the keys")
        listed.add_argument("--ended", action="store_true")
        rotate = deed.add_parser("rotate", help="print a new secret; the old one works a while")
        rotate.add_argument("key", help="the key's id")
        rotate.add_argument("--overlap-hours", type=int, default=168)
        revoke = deed.add_parser("revoke", help="end a key at once")
        revoke.add_argument("key", help="the key's id")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        try:
            getattr(self, f"_{options['deed']}")(options)
        except (keys.CannotMake, keys.NotAllowed) as why:
            raise CommandError(str(why)) from None

    def _make(self, options: dict[str, Any]) -> None:
        now = timezone.now()
        owner = User.objects.filter(email=normalise_email(options["owner"]), is_staff=True).first()
        if owner is None:
            raise CommandError("Nobody who works here has this address.")
        made = keys.make(
            options["name"],
            owner,
            options["scopes"],
            actor=SYSTEM,
            services=options["service"],
            teams=options["team"],
            networks=options["network"],
            per_minute=options["per_minute"],
            expires_at=now + timedelta(days=options["days"]) if options["days"] else None,
            now=now,
        )
        self.stderr.write(f"{made.key.public_id}: keep this secret, it is shown this once.")
        self.stdout.write(made.secret)

    def _list(self, options: dict[str, Any]) -> None:
        for key in keys.listed(ended=options["ended"]):
            live = " ".join(f"mh_{one.prefix}" for one in key.live_secrets)  # type: ignore[attr-defined]  # prefetched there
            used = f"{key.last_used_at:%Y-%m-%d}" if key.last_used_at else "never used"
            self.stdout.write(
                f"{key.public_id}  {key.name}  {key.owner.email}  {live or '-'}  {used}  "
                f"{' '.join(key.scopes)}"
            )

    def _rotate(self, options: dict[str, Any]) -> None:
        overlap = timedelta(hours=max(0, options["overlap_hours"]))
        made = keys.rotate(self._key(options["key"]), actor=SYSTEM, overlap=overlap)
        self.stdout.write(made.secret)

    def _revoke(self, options: dict[str, Any]) -> None:
        keys.revoke(self._key(options["key"]), actor=SYSTEM)
        self.stdout.write("Revoked.")

    def _key(self, public_id: str) -> Any:
        key = keys.by_public_id(public_id)
        if key is None:
            raise CommandError("There is no key of this id. See: moothall api key list")
        return key
