"""The `moothall` command: Django's management, under the product's name and with a help that reads well."""

from __future__ import annotations

import os
import sys

HELP = """\
Moothall: an open-source digital council. A service is a file, a council is a folder.

Usage: moothall <command> [options]        moothall <command> --help

Write and prove services
  check [PATH …]         prove service files; --routes, --diagram, --script, --schema
  pack plan FOLDER       show what a council folder would change
  pack apply FOLDER      make it so, in one transaction
  pack export FOLDER     write the council back as a folder

Run a council
  set_up                 database, council folder and demonstration, safe to run again
  serve                  web server and worker together
  worker                 background work alone
  doctor                 what is wrong with this deployment and how to mend it; --url, --json
  outbox                 what waits, what failed; --again ID, --discard ID
  sign_ins               the demonstration's sign-ins with a code that works now
  add_staff EMAIL        an account for a colleague; --reset-second-factor for a lost phone
  api key make NAME      a key for another system; list, rotate, revoke
  retention              redact what has been kept long enough; --dry-run
  record_of_processing   what the council does with personal data, from its service files

Try it at size
  synth --residents N    make up two years of cases for a council of 5,000 to 5 million residents

Keep it safe
  backup [FOLDER]        one file with everything, while serving; --keep N, --passphrase-file
  restore FILE           check it whole and put it back; --check only reads it

Look after the ledger
  ledger verify          check the chain of every case
  ledger rebuild         make the projections again from the events
  rollups check          compare the counts behind the figures with the cases; rebuild, fold

Bring data in (each shows progress, can resume, reports rejected rows)
  import_wards  import_postcodes  import_onspd  import_addresses  import_councillors
  place_in_wards         put addresses into new wards on the day that they start

Everything else that Django offers (migrate, shell, check_framework …): moothall help --commands
"""


def main(argv: list[str] | None = None) -> None:
    """Run one command; `argv` as in `sys.argv`. Exits with the command's status."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "moothall.config.settings")
    args = list(sys.argv if argv is None else argv)
    if len(args) < 2 or args[1] in {"-h", "--help"} or args[1:] == ["help"]:
        print(HELP)
        return
    from django.core.management import execute_from_command_line

    execute_from_command_line(["moothall", *args[1:]])
