"""A progress bar: redrawn on a terminal, a line for each tenth elsewhere."""

from __future__ import annotations

from django.core.management.base import OutputWrapper

WIDTH = 30


class Bar:
    """Shows how far a long command has come."""

    def __init__(self, out: OutputWrapper, title: str) -> None:
        self.out = out
        self.title = title
        self.redraw = out.isatty()
        self.tenth = 0
        self.drawn = False

    def __call__(self, share: float, note: str) -> None:
        """Shows `share` (0 to 1) and a short note."""
        full = round(WIDTH * share)
        line = f"{self.title:<16} [{'#' * full}{'.' * (WIDTH - full)}] {share:4.0%}  {note}"
        if self.redraw:
            self.out.write(f"\r{line}", ending="")
            self.out.flush()
            self.drawn = True
        elif int(share * 10) > self.tenth:
            self.tenth = int(share * 10)
            self.out.write(line)

    def end(self) -> None:
        """Goes on to the next line."""
        if self.drawn:
            self.out.write("")
