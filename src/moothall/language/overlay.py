"""A council's overlay put on a service: local values, words by path, teams, channels."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from moothall.language.models import OverlayFile, ServiceFile
from moothall.language.reading import Tree
from moothall.language.texts import map_texts


def version_fits(version: str, wanted: str) -> bool:
    """Whether `version` (1.2.3) will do for `wanted`.

    `1.2` takes 1.2.0 and later before 2.0.0; `1` any 1.x.y; `1.2.3` just that one.
    """
    have = tuple(int(part) for part in version.split("."))
    want = tuple(int(part) for part in wanted.split("."))
    if len(want) == 3:
        return have == want
    return have[0] == want[0] and have[: len(want)] >= want


def apply_overlay(model: ServiceFile, overlay: OverlayFile, tree: Tree) -> ServiceFile:
    """The resolved definition. Problems with the overlay are noted in its `tree`."""
    updates: dict[str, Any] = {}
    if overlay.local:
        local = dict(model.local)
        for name, value in overlay.local.items():
            if name not in local:
                near = get_close_matches(name, local, n=1, cutoff=0.6)
                tree.problem(
                    "overlay.local", tree.where(("local", name)), f"local.{name}",
                    f"`{model.service}` has no local value `{name}`.",
                    f"Did you mean `{near[0]}`?" if near else
                    f"It has: {', '.join(local) or 'none'}.",
                )  # fmt: skip
                continue
            local[name] = local[name].model_copy(update={"default": value})
        updates["local"] = local
    if overlay.channels is not None:
        for channel in overlay.channels:
            if channel not in model.channels:
                tree.problem(
                    "overlay.channel", tree.where(("channels",)), "channels",
                    f"`{model.service}` cannot be used by {channel}.",
                    f"It can be used by: {', '.join(model.channels)}.",
                )  # fmt: skip
        updates["channels"] = list(overlay.channels)
    if updates:
        model = model.model_copy(update=updates)
    if overlay.teams:
        model = _rename_teams(model, overlay.teams)
    return _replace_words(model, overlay, tree)


def _replace_words(model: ServiceFile, overlay: OverlayFile, tree: Tree) -> ServiceFile:
    if not overlay.text:
        return model
    seen: list[str] = []

    def change(path: str, text: str) -> str:
        seen.append(path)
        return overlay.text.get(path, text)

    changed = map_texts(model, "", change)
    for path in overlay.text:
        if path not in seen:
            near = get_close_matches(path, seen, n=1, cutoff=0.7)
            tree.problem(
                "overlay.text", tree.where(("text", path)), path,
                f"`{model.service}` has no text at `{path}`.",
                f"Did you mean `{near[0]}`?" if near else "See its paths with `check --script`.",
            )  # fmt: skip
    return changed


def _rename_teams(model: ServiceFile, teams: dict[str, str]) -> ServiceFile:
    """Every team's role by the council's own; roles that are not named stay."""

    def ours(name: str) -> str:
        return teams.get(name, name)

    updates: dict[str, Any] = {"owner": ours(model.owner)}
    moves = {
        key: move.model_copy(update={"by": [ours(name) for name in move.by]})
        for key, move in model.case.moves.items()
    }
    updates["case"] = model.case.model_copy(update={"moves": moves})
    updates["tell"] = {
        key: spec.model_copy(update={"to": ours(spec.to)}) for key, spec in model.tell.items()
    }
    if model.access is not None:
        updates["access"] = model.access.model_copy(
            update={
                "teams": {ours(key): value for key, value in model.access.teams.items()},
                "nobody_but": {
                    key: [ours(name) for name in names]
                    for key, names in model.access.nobody_but.items()
                },
            }
        )
    return model.model_copy(update=updates)
