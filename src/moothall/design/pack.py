"""The pack's section `theme`: refuses colours that people with low vision cannot read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from moothall.design.theme import problems
from moothall.packs.reading import line_of, load_yaml, plain
from moothall.packs.sections import Change, PackError, PackProblem


class ThemeSection:
    """Checks the contrast of council.yaml's colours; the council's section stores them."""

    name = "theme"
    order = 90

    def read(self, folder: Path) -> Any:
        """Return the theme, checked. Raises PackError with the line of each bad colour."""
        loaded = load_yaml(folder, "council.yaml")
        if loaded is None:
            return None
        theme = plain(loaded.get("theme") or {})
        if not isinstance(theme, Mapping):
            theme = {}
        found = problems(theme)
        if found:
            raise PackError(
                PackProblem(
                    f"{folder.name}/council.yaml",
                    line_of(loaded, ["theme", "colours", name]),
                    message,
                    mend,
                )
                for name, message, mend in found
            )
        return theme

    def plan(self, data: Any) -> list[Change]:
        """Return nothing: what changes is told by the council's section."""
        return []

    def apply(self, data: Any) -> None:
        """Do nothing: the council's section stores the theme."""

    def export(self, folder: Path) -> None:
        """Do nothing: the theme is written in council.yaml by the council's section."""
