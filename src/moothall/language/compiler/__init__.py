"""From the model of a service file to a compiled service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches

from moothall.language.canonical import canonical_json, sha256_of
from moothall.language.compiler.case import (
    check_examples,
    compile_access,
    compile_case,
    compile_data,
    compile_fee,
    compile_tell,
)
from moothall.language.compiler.local import compile_locals
from moothall.language.compiler.pages import compile_pages
from moothall.language.compiler.work import Locate, Work
from moothall.language.compiler.work_out import WorkOuts
from moothall.language.expressions import Scope
from moothall.language.models import ServiceFile
from moothall.language.problems import Problem
from moothall.language.service import Service
from moothall.language.texts import map_texts

Translations = Mapping[str, Mapping[str, tuple[str, str]]]  # language → path → (text, of)
HEAD = ("name", "summary", "before_you_start", "local.")


def compile_service(
    file: ServiceFile,
    *,
    translations: Translations | None = None,
    uses: str = "",
    locate: Locate = lambda path: ("", 0, 0),
) -> tuple[Service | None, list[Problem]]:
    """Compile `file`. Gives the service (None if anything is an error) and every problem."""
    work = Work(file, locate)
    outs = WorkOuts(work)
    work.find_work = outs.find
    compile_locals(work)
    compile_pages(work)
    work.later = {}
    outs.compile_all()
    compile_fee(work)
    states, moves = compile_case(work)
    compile_tell(work)
    compile_access(work)
    compile_data(work)
    check_examples(work)
    everything = replace(work.case_scope(), in_text=True)
    _texts(work, everything)
    languages, words, stale = _translations(work, translations or {}, everything)
    if any(problem.severity == "error" for problem in work.problems):
        return None, work.problems
    canonical = canonical_json(
        {
            "definition": file.model_dump(mode="json", by_alias=True, exclude_defaults=True),
            "translations": {
                lang: {path: list(pair) for path, pair in texts.items()}
                for lang, texts in (translations or {}).items()
            },
            "uses": uses,
        }
    )
    service = Service(
        id=file.service, version=file.version, name=file.name, summary=file.summary,
        kind=file.kind, lgsl=file.lgsl, owner=file.owner, sign_in=file.sign_in,
        channels=tuple(file.channels), audience=file.audience, canonical=canonical,
        sha256=sha256_of(canonical), languages=languages, questions=work.questions,
        pages=tuple(work.pages), sections=work.sections, states=states, moves=moves,
        local=work.local, worked_out=work.worked_out, expressions=work.expressions,
        texts=work.texts, translations=words, stale=stale, file=file, rules=work.rules,
        scope=everything, uses=uses,
    )  # fmt: skip
    return service, work.problems


def _texts(work: Work, everything: Scope) -> None:
    """Gather every text by path and check its {expressions} where it stands."""

    def note(path: str, text: str) -> str:
        work.texts[path] = text
        work.check_text(path, text, _scope_of(work, path, everything))
        return text

    map_texts(work.file, "", note)


def _scope_of(work: Work, path: str, everything: Scope) -> Scope:
    if path.startswith("pages."):
        parts = path.split(".")
        for length in (len(parts), 3, 2):
            found = work.text_scopes.get(".".join(parts[:length]))
            if found is not None:
                return replace(found, in_text=True)
    if path.startswith(HEAD):
        bare = Scope(local=work.local_types, facts={"today": everything.facts["today"]})
        return replace(bare, in_text=True)
    return everything


def _translations(
    work: Work, given: Translations, everything: Scope
) -> tuple[tuple[str, ...], dict[str, dict[str, str]], dict[str, dict[str, str]]]:
    words: dict[str, dict[str, str]] = {}
    stale: dict[str, dict[str, str]] = {}
    for lang, texts in given.items():
        words[lang] = {}
        stale[lang] = {}
        for path, (text, of) in texts.items():
            here = f"translations.{lang}.{path}"
            english = work.texts.get(path)
            if english is None:
                near = get_close_matches(path, work.texts, n=1, cutoff=0.7)
                work.problem("translation.path", here, f"The service has no text at `{path}`.",
                             f"Did you mean `{near[0]}`?" if near else "Leave it out.")  # fmt: skip
                continue
            work.check_text(here, text, _scope_of(work, path, everything))
            words[lang][path] = text
            if not of:
                stale[lang][path] = "unchecked"
            elif of != sha256_of(english)[:8]:
                stale[lang][path] = "stale"
        for path in work.texts:
            if path not in words[lang]:
                stale[lang][path] = "missing"
    return ("en", *given), words, stale
