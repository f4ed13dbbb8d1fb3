"""From text to a service: read, resolve, check, compile."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from moothall.language.compiler import compile_service
from moothall.language.models import OverlayFile, ServiceFile, TranslationFile
from moothall.language.models.pages import KINDS
from moothall.language.overlay import apply_overlay, version_fits
from moothall.language.problems import Problem, ServiceFileError
from moothall.language.reading import Path, Tree, read_yaml
from moothall.language.service import Service
from moothall.language.texts import places_of
from moothall.language.validate import validate


@dataclass(frozen=True)
class Source:
    """The text of a service file and of its translations: language → (file, text)."""

    file: str
    text: str
    translations: Mapping[str, tuple[str, str]] = field(default_factory=dict)


Library = Callable[[str, str], Source]


@dataclass(frozen=True)
class Loaded:
    """What reading gave: the service, unless anything is an error; every problem; and places.

    `where(path)` gives (file, line, column) of a path by ids, or of its longest known beginning.
    """

    service: Service | None
    problems: tuple[Problem, ...]
    where: Callable[[str], tuple[str, int, int]]


def load_service(
    text: str,
    *,
    file: str = "service.yaml",
    translations: Mapping[str, tuple[str, str]] | None = None,
    library: Library | None = None,
) -> Service:
    """Read, resolve, check and compile a service file, or an overlay that `uses:` one.

    `translations` maps a language to (file name, text). For an overlay, `library(service id,
    version range)` gives the Source it uses. Raises ServiceFileError with every problem found.
    """
    loaded = read(text, file=file, translations=translations, library=library)
    if loaded.service is None:
        raise ServiceFileError(loaded.problems)
    return loaded.service


def read(
    text: str,
    *,
    file: str = "service.yaml",
    translations: Mapping[str, tuple[str, str]] | None = None,
    library: Library | None = None,
) -> Loaded:
    """As `load_service`, but gives what was found instead of raising."""
    tree = read_yaml(text, file)
    if isinstance(tree.value, dict) and "uses" in tree.value:
        return _read_overlay(tree, translations or {}, library)
    model = _model(tree)
    if model is None:
        return _failed(tree.problems, file)
    places = _Places(tree, model)
    said = _read_translations(places, model.service, translations or {})
    return _compiled(places, model, said, "", [*tree.problems, *places.problems])


def _compiled(
    places: _Places,
    model: ServiceFile,
    translations: dict[str, dict[str, tuple[str, str]]],
    uses: str,
    problems: list[Problem],
) -> Loaded:
    service, found = compile_service(
        model, translations=translations, uses=uses, locate=places.where
    )
    every = _in_order([*problems, *found])
    if any(problem.severity == "error" for problem in every):
        service = None
    return Loaded(service, every, places.where)


def _in_order(problems: list[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(dict.fromkeys(problems), key=lambda p: (p.file, p.line, p.column)))


def _failed(problems: list[Problem], file: str) -> Loaded:
    return Loaded(None, _in_order(problems), lambda path: (file, 0, 0))


def _model(tree: Tree) -> ServiceFile | None:
    if tree.value is None:
        return None
    if not isinstance(tree.value, dict):
        tree.problem("shape.block", (1, 1), "", "The file should be a block of keys.",
                     "Start with `moothall: 1` and `service:`.")  # fmt: skip
        return None
    return validate(ServiceFile, tree.value, tree, _say_path(tree.value))


def _say_path(value: dict[str, Any]) -> Callable[[Path], str]:
    """Pages by their ids in the paths of problems."""

    def say(path: Path) -> str:
        out: list[str] = []
        at: Any = value
        for part in path:
            if isinstance(at, list) and isinstance(part, int) and part < len(at):
                at = at[part]
                name = page_id_of(at)
                out.append(name or str(part))
                continue
            at = at.get(part) if isinstance(at, dict) else None
            if out and part in ("pages", "questions"):
                continue
            out.append(str(part))
        if path and path[0] == "pages" and len(out) > 2 and page_id_of(_at(value, path[:2])):
            section = _at(value, path[:2])
            if isinstance(section, dict) and "section" in section and len(path) > 3:
                out.pop(1)
        return ".".join(out)

    return say


def _at(value: Any, path: Path) -> Any:
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def page_id_of(value: Any) -> str:
    """The id of a page's block in the file, or an empty text."""
    if isinstance(value, dict):
        for key in KINDS:
            if isinstance(value.get(key), str):
                return str(value[key])
    return ""


class _Places:
    """Where each path stands: in the service's file, an overlay, or a translation."""

    def __init__(self, tree: Tree, model: ServiceFile, overlay: Tree | None = None) -> None:
        self.tree = tree
        self.overlay = overlay
        self.translations: dict[str, Tree] = {}
        self.problems: list[Problem] = []
        self.by_path = places_of(model.pages, model.case.ask)

    def where(self, path: str) -> tuple[str, int, int]:
        """File, line and column of `path`, or of its longest known beginning."""
        if path.startswith("translations."):
            _, lang, rest = path.split(".", 2)
            tree = self.translations.get(lang)
            if tree is not None:
                return (tree.file, *tree.where(("text", rest)))
        if self.overlay is not None:
            for place in _overlay_places(path):
                if place in self.overlay.marks:
                    return (self.overlay.file, *self.overlay.marks[place])
        parts = path.split(".") if path else []
        for length in range(len(parts), 0, -1):
            known = self.by_path.get(".".join(parts[:length]))
            if known is not None:
                return (self.tree.file, *self.tree.where((*known, *_steps(parts[length:]))))
        return (self.tree.file, *self.tree.where(_steps(parts)))


def _steps(parts: list[str]) -> Path:
    return tuple(int(part) if part.isdigit() else part for part in parts)


def _overlay_places(path: str) -> list[Path]:
    parts = path.split(".")
    out: list[Path] = [("text", path)]
    if parts[0] == "local" and len(parts) > 1:
        out.append(("local", parts[1]))
    if parts[0] == "channels":
        out.append(("channels",))
    return out


def _read_translations(
    places: _Places, service_id: str, given: Mapping[str, tuple[str, str]]
) -> dict[str, dict[str, tuple[str, str]]]:
    out: dict[str, dict[str, tuple[str, str]]] = {}
    for lang, (file, text) in given.items():
        tree = read_yaml(text, file)
        places.translations[lang] = tree
        model = validate(TranslationFile, tree.value, tree) if tree.value is not None else None
        if model is not None and model.service != service_id:
            tree.problem("translation.service", tree.where(("service",)), "service",
                         f"These are the words of `{model.service}`, not of `{service_id}`.",
                         "Put the file beside its service, or mend the id.")  # fmt: skip
        if model is not None and model.language != lang:
            tree.problem("translation.language", tree.where(("language",)), "language",
                         f"The file says `{model.language}` and is given as `{lang}`.",
                         "Name it service.<language>.yaml.")  # fmt: skip
        places.problems += tree.problems
        if model is not None:
            out[lang] = {path: (item.text, item.of) for path, item in model.text.items()}
    return out


def _read_overlay(
    tree: Tree, translations: Mapping[str, tuple[str, str]], library: Library | None
) -> Loaded:
    overlay = validate(OverlayFile, tree.value, tree)
    if overlay is None:
        return _failed(tree.problems, tree.file)
    name, _, wanted = overlay.uses.partition("@")
    source = _find(tree, library, name, wanted)
    if source is None:
        return _failed(tree.problems, tree.file)
    base = read_yaml(source.text, source.file)
    model = _model(base)
    if model is None:
        return _failed([*tree.problems, *base.problems], tree.file)
    if not version_fits(model.version, wanted):
        tree.problem("overlay.version", tree.where(("uses",)), "uses",
                     f"The library has {name} {model.version}, which is not {wanted}.",
                     f"Write `uses: {name}@{model.version.rpartition('.')[0]}` after reading what "
                     "changed.")  # fmt: skip
    resolved = apply_overlay(model, overlay, tree)
    places = _Places(base, resolved, tree)
    said = _read_translations(places, model.service, source.translations)
    own = _read_translations(places, model.service, translations)
    for lang, texts in own.items():
        said[lang] = {**said.get(lang, {}), **texts}
    problems = [*tree.problems, *base.problems, *places.problems]
    return _compiled(places, resolved, said, overlay.uses, problems)


def _find(tree: Tree, library: Library | None, name: str, wanted: str) -> Source | None:
    try:
        if library is not None:
            return library(name, wanted)
    except LookupError:
        pass
    tree.problem("overlay.unknown", tree.where(("uses",)), "uses",
                 f"The library has no service `{name}` that fits {wanted}.",
                 "Check the id and the version; services are folders in services/.")  # fmt: skip
    return None


def service_from_canonical(json_text: str) -> Service:
    """The service that was stored in canonical form. Raises ServiceFileError."""
    try:
        stored = json.loads(json_text)
        model = ServiceFile.model_validate(stored["definition"], context={"canonical": True})
        translations = {
            lang: {path: (pair[0], pair[1]) for path, pair in texts.items()}
            for lang, texts in stored["translations"].items()
        }
        uses = str(stored["uses"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ServiceFileError((_unreadable(str(error).splitlines()[0]),)) from error
    service, problems = compile_service(model, translations=translations, uses=uses)
    if service is None:
        raise ServiceFileError(tuple(problems))
    return service


def _unreadable(why: str) -> Problem:
    return Problem(
        "stored.unreadable", "stored definition", 0, 0, "",
        "The stored definition cannot be read by this version.", why,
    )  # fmt: skip


def service_with_local(service: Service, values: Mapping[str, Any]) -> Service:
    """The same service with other local values. Raises ServiceFileError if they do not fit."""
    local = dict(service.file.local)
    for name, value in values.items():
        if name in local:
            local[name] = local[name].model_copy(update={"default": value})
    model = service.file.model_copy(update={"local": local})
    stored = json.loads(service.canonical)["translations"]
    translations = {
        lang: {path: (pair[0], pair[1]) for path, pair in texts.items()}
        for lang, texts in stored.items()
    }
    found, problems = compile_service(model, translations=translations, uses=service.uses)
    if found is None:
        raise ServiceFileError(tuple(problems))
    return found
