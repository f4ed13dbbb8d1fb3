"""`moothall check --routes`: every different way through the form."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from moothall.language.check.book import Book
from moothall.language.check.explore import Route, Trail
from moothall.language.check.flow import Flow
from moothall.language.check.form import FormProof
from moothall.language.check.saying import say
from moothall.language.service import Service

WIDTH = 96


@dataclass(frozen=True)
class RouteList:
    """The different ways through a form, each with answers that lead along it."""

    service: Service
    routes: tuple[tuple[Route, Trail], ...]
    more: bool
    method: str

    def text(self) -> str:
        """The list as it is printed: the pages in order, how it ends, and one way to get there."""
        stops = {page.id for page in self.service.pages if page.kind in ("stop", "look_up")}
        ending = [route for route, _ in self.routes if route and route[-1] in stops]
        many = f"{'more than ' if self.more else ''}{len(self.routes):,}"
        lines = [
            f"{self.service.name}: {many} {'way' if len(self.routes) == 1 else 'ways'} through the form,"
            f" {len(ending):,} of them to a stop ({self.method})."
        ]
        for number, (route, trail) in enumerate(self.routes, 1):
            stopped = bool(route) and route[-1] in stops
            steps = [*route[:-1], f"STOP {route[-1]}"] if stopped else [*route, "END"]
            lines.append("")
            lines += textwrap.wrap(
                f"{number:>3}. {' > '.join(steps)}",
                WIDTH,
                subsequent_indent="     ",
                break_on_hyphens=False,
            )
            if said := say(self.service, trail):
                lines += textwrap.wrap(
                    f"     when {said}",
                    WIDTH,
                    subsequent_indent="          ",
                    break_on_hyphens=False,
                )
        return "\n".join(lines) + "\n"


def routes(service: Service) -> RouteList:
    """Every different way through the form of `service`, at most a thousand of them."""
    book = Book(service)
    form = FormProof(book, Flow(book))
    form.walk_pages()
    order = {page.id: page.index for page in service.pages}
    found = sorted(
        form.found.routes.items(), key=lambda item: [order.get(step, 0) for step in item[0]]
    )
    return RouteList(service, tuple(found), form.found.more_routes, form.found.method)
