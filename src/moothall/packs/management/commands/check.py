"""`moothall check`: prove service files, and draw, list or print what they say. No database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from moothall.language import ServiceFileError, Source, load_service
from moothall.language.check import check_service, diagram_svg, routes, script
from moothall.language.check.reference import refresh
from moothall.language.check.schema import schema_text
from moothall.language.check.script import words_by_path
from moothall.packs import library

EXAMPLES = """\
moothall check                              every service of the library and of the pack
moothall check services/missed_bin          one service
moothall check missed_bin --routes          every way through the form
moothall check missed_bin --diagram bin.svg the case as a picture
moothall check missed_bin --script --lang cy
moothall check --schema > service.schema.json
"""


class Command(BaseCommand):
    """Says whether service files are right, file and line, and how to mend them."""

    help = "Prove service files: structure, types, reach, completeness, safety, examples, words."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Adds examples to the help."""
        return super().create_parser(prog_name, subcommand, epilog=EXAMPLES, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        """Which files, and what to show of them."""
        parser.formatter_class = _help_formatter(parser.formatter_class)
        parser.add_argument(
            "files", nargs="*", metavar="PATH", help="file, folder or id; all services if none"
        )
        shown = parser.add_mutually_exclusive_group()
        shown.add_argument("--routes", action="store_true", help="list every way through the form")
        shown.add_argument(
            "--diagram", type=Path, metavar="FILE", help="draw the case as SVG; - for the screen"
        )
        shown.add_argument("--script", action="store_true", help="print the service as plain text")
        shown.add_argument(
            "--schema", action="store_true", help="print the JSON Schema for editors"
        )
        shown.add_argument(
            "--reference",
            type=Path,
            metavar="FILE",
            help="make the tables of docs/language.md again",
        )
        parser.add_argument("--lang", default="en", help="language of --script and --diagram")
        parser.add_argument(
            "--paths",
            action="store_true",
            help="with --script: every text by path, for translators",
        )
        parser.add_argument(
            "--strict", action="store_true", help="end with status 1 for advice too"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Checks or shows. Ends with status 1 if anything is wrong."""
        if options["schema"]:
            self.stdout.write(schema_text(), ending="")
            return
        if options["reference"]:
            page: Path = options["reference"]
            page.write_text(refresh(page.read_text(encoding="utf-8")), encoding="utf-8")
            self.stdout.write(f"{page}: the tables are those of the code.")
            return
        sources = list(_sources(options["files"]))
        if not sources:
            raise CommandError("There is no service to check. Name a file, a folder or an id.")
        if options["routes"] or options["script"] or options["diagram"]:
            for source in sources:
                self._show(source, options, alone=len(sources) == 1)
            return
        wrong = 0
        for source in sources:
            report = check_service(source, library=library.source)
            self.stdout.write(report.text())
            wrong += not report.ok or bool(options["strict"] and report.warnings)
        if wrong:
            raise CommandError(f"{wrong} of {len(sources)} services must be mended.")
        many = "1 service is" if len(sources) == 1 else f"All {len(sources)} services are"
        self.stdout.write(f"{many} proved.")

    def _show(self, source: Source, options: dict[str, Any], *, alone: bool) -> None:
        try:
            service = load_service(
                source.text,
                file=source.file,
                translations=source.translations,
                library=library.source,
            )
        except ServiceFileError as error:
            raise CommandError(str(error)) from None
        if options["lang"] not in service.languages:
            raise CommandError(
                f"{service.name} has no words in {options['lang']}. It has: {', '.join(service.languages)}."
            )
        if options["routes"]:
            self.stdout.write(routes(service).text())
        elif options["script"]:
            shown = words_by_path if options["paths"] else script
            self.stdout.write(shown(service, options["lang"]), ending="")
        else:
            file: Path = options["diagram"]
            if str(file) == "-":
                self.stdout.write(diagram_svg(service, options["lang"]), ending="")
                return
            if not alone:
                file = file.with_name(f"{file.stem}-{service.slug}{file.suffix or '.svg'}")
            file.write_text(diagram_svg(service, options["lang"]), encoding="utf-8")
            self.stdout.write(f"{service.name}: drawn in {file}.")


def _help_formatter(formatter: Any) -> Any:
    class Plain(formatter):
        """Keeps the lines of the examples."""

        def _fill_text(self, text: str, width: int, indent: str) -> str:
            return "\n".join(indent + line for line in text.splitlines())

    return Plain


def _sources(paths: list[str]) -> Iterator[Source]:
    """The sources that paths, folders or ids mean; the library and the pack's overlays if none."""
    if not paths:
        for service_id in library.ids():
            yield library.source(service_id)
        overlays = Path(settings.PACK) / "services"
        for path in sorted(overlays.glob("*.yaml")):
            if not _is_translation(path):
                yield library.read_source(path)
        return
    for given in paths:
        yield from _sources_at(given)


def _sources_at(given: str) -> Iterator[Source]:
    path = Path(given)
    if path.is_file():
        yield library.read_source(path)
    elif path.is_dir():
        found = (
            [path / "service.yaml"]
            if (path / "service.yaml").is_file()
            else sorted(path.glob("*/service.yaml")) or sorted(path.glob("services/*.yaml"))
        )
        if not found:
            raise CommandError(f"There is no service.yaml in {given}.")
        yield from (library.read_source(file) for file in found if not _is_translation(file))
    elif given in library.ids():
        yield library.source(given)
    else:
        near = ", ".join(library.ids())
        raise CommandError(f"There is no file, folder or service called {given}. Services: {near}.")


def _is_translation(path: Path) -> bool:
    return len(path.suffixes) > 1
