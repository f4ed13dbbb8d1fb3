"""Pages of a journey as they are shown: controls, back link, words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render as page_of
from django.utils import timezone
from django.utils.translation import gettext as _

from moothall import measures
from moothall.casework.booking import places as places_for
from moothall.journeys import answers as reader
from moothall.journeys import fields, prefill, timing
from moothall.journeys.drafts import save
from moothall.journeys.fields import Field, Form, field_name
from moothall.journeys.rows import asked_in_row, row_label
from moothall.journeys.visit import Sitting, Visit
from moothall.language import Facts, FieldError, Question, Step, Walk, limits_of, render
from moothall.places import queries as places
from moothall.slots import queries as slots

SLOTS_SHOWN = 60
SLOTS_AHEAD = timedelta(days=120)


def control(
    here: Sitting,
    question: Question,
    facts: Facts,
    *,
    form: Form | None = None,
    errors: Sequence[FieldError] = (),
    note: Mapping[str, str] | None = None,
    prefix: str = "",
    stored: Any = None,
    force: str = "",
) -> Field:
    """Return one question's control: with what was typed if there is a form, else with the answer.

    `note` is the state of an address that is being looked for; `force` asks for one (`search`,
    `type`).
    """
    name = field_name(question, prefix)
    suggested = None
    if form is None and stored is None:
        suggested = prefill.suggestion(here.service, question, facts, here.draft)
    value = suggested if stored is None else stored
    raw: Form = form if form is not None else fields.raw_of(question, value, name)
    state: dict[str, Any] = {}
    if question.type == "address":
        state, raw = _address_state(name, raw, form, note, value, force)
    elif question.type == "slot":
        state = {"slots": _slots(here, question, facts, (raw.get(name) or [""])[0])}
    built = fields.build(
        here.service, question, raw, facts=facts, lang=here.lang, prefix=prefix, errors=errors,
        stored=stored, **state,
    )  # fmt: skip
    if suggested is None:
        return built
    # As part of the hint it is read out with the question.
    told = prefill.whence(question, here.draft)
    return replace(built, hint=f"{built.hint} {told}".strip())


def _address_state(
    name: str,
    raw: Form,
    form: Form | None,
    note: Mapping[str, str] | None,
    stored: Any,
    force: str,
) -> tuple[dict[str, Any], Form]:
    """Return how an address is asked for now, and the raw fields that go with it."""
    note = _address_note(name, form, note, stored, force)
    mode, words = note.get("mode", "search"), note.get("words", "")
    merged = dict(raw)
    found: list[Any] = []
    if mode in {"choose", "nearest"}:
        found = reader.find_addresses(words)
    if mode == "choose" and not found:
        mode = "search"
    if mode == "search" and force:
        merged.pop(f"{name}-postcode", None)
    if mode in {"search", "choose"} and words:
        merged[f"{name}-postcode"] = [words]
    if mode == "type" and form is None and not (stored and stored.get("typed")):
        postcode = places.normalise_postcode(words) or ""
        merged[f"{name}-postcode"] = [postcode]
    if mode == "nearest":
        merged[f"{name}-postcode"] = [words]
        for part in ("line", "town"):
            if note.get(part):
                merged[f"{name}-{part}"] = [note[part]]
    return (
        {
            "mode": mode,
            "searched": words,
            "addresses": tuple((one["uprn"], one["line"]) for one in found),
        },
        merged,
    )


def _address_note(
    name: str, form: Form | None, note: Mapping[str, str] | None, stored: Any, force: str
) -> Mapping[str, str]:
    """Return in which way an address is asked for, and the words that were searched for."""
    if force:
        return {"mode": force, "words": ""}
    if note:
        return note
    if form is not None:
        if f"{name}-line" in form:
            return {"mode": "type"}
        words = (form.get(f"{name}-postcode") or [""])[0]
        return {"mode": "choose" if f"{name}-searched" in form else "search", "words": words}
    if not stored:
        return {"mode": "search", "words": ""}
    if stored.get("typed"):
        return {"mode": "type"}
    return {"mode": "choose", "words": str(stored.get("postcode") or "")}


def _slots(here: Sitting, question: Question, facts: Facts, chosen: str) -> Any:
    """Return the free times that the question's limits allow, by day."""
    limits = limits_of(here.service, question.id, facts)
    since, until = here.now, here.now + SLOTS_AHEAD
    if earliest := limits.get("earliest"):
        since = max(since, _start_of(str(earliest)))
    if latest := limits.get("latest"):
        until = min(until, _start_of(str(latest)) + timedelta(days=1))
    times = slots.free(
        question.slots.resource if question.slots else "",
        since,
        until,
        SLOTS_SHOWN,
        places=places_for(here.service, question.id, facts),
        holder=here.draft.holder,
        now=here.now,
    )
    return fields.slot_days(times, chosen)


def _start_of(day: str) -> datetime:
    """Return midnight, local time, of an ISO date (what follows the date is left out)."""
    return timezone.make_aware(datetime.fromisoformat(day[:10]))


def question_page(
    here: Visit,
    step: Step,
    facts: Facts,
    way: Walk,
    *,
    form: Form | None = None,
    errors: Sequence[FieldError] = (),
    notes: Mapping[str, Mapping[str, str]] | None = None,
    again: str = "",
    change: bool = False,
    force: str = "",
    status: int = 200,
) -> HttpResponse:
    """Return the page of a step that asks. `again` is told above it ("press continue again")."""
    service, draft = here.service, here.draft
    searches: Mapping[str, Any] = draft.notes.get("search") or {}
    controls = []
    for name in step.questions:
        question = service.questions[name]
        note = (notes or {}).get(name) or (searches.get(name) if form is None else None)
        controls.append(
            control(
                here, question, facts, form=form, errors=errors, note=note,
                stored=draft.answers.get(name), force=force,
            )
        )  # fmt: skip
    page = step.page
    alone = len(controls) == 1 and not service.text(f"{page.path}.title", here.lang)
    title = words_of(here, f"{page.path}.title", facts) or (controls[0].label if controls else "")
    return show(
        here,
        "journeys/question.html",
        {
            "title": title,
            "say": words_of(here, f"{page.path}.say", facts) if not alone else "",
            "fields": controls,
            "alone": alone,
            "errors": list(errors),
            "has_files": any(one.accept for one in controls),
            "again": again,
            "change": change,
            "step": step,
        },
        way=way,
        step=step,
        change=change,
        status=status,
    )


def row_page(
    here: Visit,
    step: Step,
    facts: Facts,
    way: Walk,
    number: int,
    row: Mapping[str, Any],
    *,
    form: Form | None = None,
    errors: Sequence[FieldError] = (),
    notes: Mapping[str, Mapping[str, str]] | None = None,
    again: str = "",
    change: bool = False,
    force: str = "",
    status: int = 200,
) -> HttpResponse:
    """Return the page that asks for one row of a repeat."""
    prefix = f"{step.id}-{number}-"
    searches: Mapping[str, Any] = here.draft.notes.get("search") or {}
    controls = []
    for name in asked_in_row(here.service, step.id, row, facts):
        question = here.service.questions[name]
        key = field_name(question, prefix)
        shown = form if form is not None and _shown(key, form) else None
        note = (notes or {}).get(key) or (searches.get(key) if form is None else None)
        controls.append(
            control(
                here, question, facts, form=shown, errors=errors, note=note, prefix=prefix,
                stored=row.get(question.field), force=force,
            )
        )  # fmt: skip
    one = words_of(here, f"{step.page.path}.one", facts) or step.page.spec.one
    title = words_of(here, f"{step.page.path}.title", facts)
    return show(
        here,
        "journeys/question.html",
        {
            "title": title,
            "caption": _("%(thing)s %(number)s") % {"thing": one.capitalize(), "number": number},
            "say": words_of(here, f"{step.page.path}.say", facts) if number == 1 else "",
            "fields": controls,
            "alone": False,
            "errors": list(errors),
            "has_files": any(one.accept for one in controls),
            "row": {"name": f"{prefix}_id", "id": row.get("_id", "")},
            "again": again,
            "change": change,
            "step": step,
        },
        way=way,
        step=step,
        change=change,
        status=status,
        back=here.url(step, change=change) if here.draft.answers.get(step.id) else "",
    )


def _shown(name: str, form: Form) -> bool:
    return any(key == name or key.startswith(f"{name}-") for key in form)


def list_page(
    here: Visit,
    step: Step,
    facts: Facts,
    way: Walk,
    *,
    errors: Sequence[FieldError] = (),
    again: str = "",
    change: bool = False,
    full: bool = False,
    status: int = 200,
) -> HttpResponse:
    """Return the page that lists the rows of a repeat and asks whether there are more."""
    rows = [
        {"id": row["_id"], "words": row_label(here.service, step.id, row, here.lang)}
        for row in here.draft.answers.get(step.id) or []
    ]
    one = words_of(here, f"{step.page.path}.one", facts) or step.page.spec.one
    return show(
        here,
        "journeys/rows.html",
        {
            "title": words_of(here, f"{step.page.path}.title", facts),
            "rows": rows,
            "one": one,
            "full": full,
            "errors": list(errors),
            "again": again,
            "change": change,
            "step": step,
        },
        way=way,
        step=step,
        change=change,
        status=status,
    )


def remove_page(
    here: Visit,
    step: Step,
    facts: Facts,
    way: Walk,
    row: Mapping[str, Any],
    *,
    errors: Sequence[FieldError] = (),
    change: bool = False,
    status: int = 200,
) -> HttpResponse:
    """Return the page that asks whether a row of a repeat is really to go."""
    words = row_label(here.service, step.id, row, here.lang)
    return show(
        here,
        "journeys/remove_row.html",
        {
            "title": _("Do you want to remove this?"),
            "row": {"id": row["_id"], "words": words},
            "list": here.url(step, change=change),
            "errors": list(errors),
            "change": change,
            "step": step,
        },
        way=way,
        step=step,
        change=change,
        back=here.url(step, change=change),
        status=status,
    )


def telling_page(here: Visit, step: Step, facts: Facts, way: Walk, *, change: bool) -> HttpResponse:
    """Return a page that tells (`show`), or one that ends the form kindly (`stop`)."""
    page = step.page
    stops = step.kind == "stop" or step.failed
    instead = getattr(page.spec, "instead", None)
    measures.count(
        "journey.step",
        service=here.service.id,
        step=step.id,
        outcome="stopped" if stops else "shown",
        channel="online",
    )
    if stops:
        measures.count("journey.stopped", service=here.service.id, step=step.id, channel="online")
    return show(
        here,
        "journeys/stop.html" if stops else "journeys/show.html",
        {
            "title": words_of(here, f"{page.path}.title", facts)
            or _("Sorry, we can't go on with this form now"),
            "say": words_of(here, f"{page.path}.say", facts),
            "failed": step.failed,
            "instead": instead,
            "change": change,
            "step": step,
            "errors": [],
        },
        way=way,
        step=step,
        change=change,
    )


def words_of(here: Sitting, path: str, facts: Facts) -> str:
    """Return a text of the service by its path, with its names filled in; "" where there is none."""
    text = here.service.text(path, here.lang)
    return render(here.service, text, facts, here.lang) if text else ""


def show(
    here: Visit,
    template: str,
    values: dict[str, Any],
    *,
    way: Walk | None = None,
    step: Step | None = None,
    change: bool = False,
    back: str = "",
    status: int = 200,
) -> HttpResponse:
    """Return a page of this form with what all of them have."""
    if not back:
        if change:
            back = here.url()
        elif way is not None and step is not None:
            before = way.before(step.id)
            back = here.url(before) if before is not None else here.about
        else:
            back = here.about
    say = here.draft.notes.get("say")
    if say and here.draft.pk:
        revision = here.draft.revision
        here.draft = save(here.draft, now=here.now, notes={"say": None})
        here.draft.revision = max(revision, here.draft.revision)
    response = page_of(
        here.request,
        template,
        {
            "service": here.service,
            "service_name": here.service.text("name", here.lang) or here.service.name,
            "draft": here.draft,
            "back": back,
            "notice": say or (_lost() if here.lost else ""),
            "foreign": "" if here.lang in here.service.languages else "en",
            "save_url": here.url("save"),
            "shown": timing.mark(here.now, {timing.FIELD: here.request.POST.getlist(timing.FIELD)}),
            "section": "services",
            **values,
        },
        status=status,
    )
    # The page of an error is kept by the browser itself, so that "back" shows it again in place of a
    # question whether to send the form once more; nothing else keeps it.
    response.headers["Cache-Control"] = "private, no-cache" if status == 422 else "no-store"
    here.keep(response)
    return response


def _lost() -> str:
    return _(
        "You had been away for a while, so we no longer have the answers you gave before. "
        "Please give them again."
    )
