"""A service, one question a page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from moothall import measures
from moothall.design.forms import whole_number
from moothall.journeys import actions, drafts, new_version, repeats, screens, timing
from moothall.journeys.answers import FILES
from moothall.journeys.ends import (
    check_answers,
    done,
    pay,
    send,
)
from moothall.journeys.fields import Form
from moothall.journeys.keep import save_form
from moothall.journeys.visit import DRAFT_COOKIE, Visit, must_sign_in, visit
from moothall.language import Facts, FieldError, Step, Walk

OWN = {"check-answers", "pay", "done", "save", "tasks", "new-version"}
"""Parts of the address that are ours, so that no page of a service can take them."""
ANYHOW = {"new-version", "save", "done", "pay"}
"""Those that are shown before somebody has read what a new version of the form changed."""


def form_of(request: HttpRequest) -> dict[str, list[str]]:
    """Return the fields that were sent: name to values."""
    return {name: [str(one) for one in values] for name, values in request.POST.lists()}


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Go to the first page. Where answers are waiting, ask whether to carry on or start again."""
    here = visit(request, slug)
    if away := must_sign_in(here):
        return away
    if request.method == "POST":
        if request.POST.get("again") == "yes" and here.draft.pk:
            actions.start_again(here.draft, now=here.now)
        elif here.draft.pk:
            _facts, way = here.way()
            return here.go(here.where_next(way))
        response = redirect(here.url(_first(here)))
        response.status_code = 303
        response.delete_cookie(DRAFT_COOKIE + here.service.id, path="/", samesite="Lax")
        return response
    if here.draft.pk and here.draft.answers:
        return screens.show(here, "journeys/carry_on.html", {"title": here.service.name})
    response = redirect(here.url(_first(here)))
    response.status_code = 303
    return response


@require_http_methods(["GET", "HEAD"])
def go_on(request: HttpRequest, slug: str) -> HttpResponse:
    """Go to wherever this form goes on."""
    here = visit(request, slug)
    if away := must_sign_in(here):
        return away
    _facts, way = here.way()
    return here.go(here.where_next(way))


def _first(here: Visit) -> Step | str:
    _facts, way = here.way()
    first = next((one for one in way.steps if one.kind != "look_up"), None)
    if first is None:
        return "check-answers"
    return "tasks" if first.section is not None else first


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, slug: str, page: str) -> HttpResponse:
    """Show one page of a form and take its answers."""
    here = visit(request, slug)
    waits = request.method != "POST" or page == "check-answers"
    if waits and page not in ANYHOW and new_version.unseen(here.draft):
        return here.go(here.url("new-version"))
    if page in OWN:
        return _own(here, page)
    if here.draft.submitted_at is not None:
        return here.go(here.url("done"))
    if (away := must_sign_in(here)) and request.method != "POST":
        return away
    facts, way = here.way()
    step = way.step(page)
    change = "change" in request.GET or request.POST.get("change") == "1"
    if step is None or (step.kind == "look_up" and not step.failed):
        return _not_here(here, page, facts, way)
    if request.method == "POST":
        return _take(here, step, facts, way, change)
    return show_step(here, step, facts, way, change)


def _own(here: Visit, page: str) -> HttpResponse:
    post = here.request.method == "POST"
    if page == "done":
        return done(here)
    if page == "pay":
        return pay(here)
    if page == "save":
        return save_form(here)
    if page == "tasks":
        return tasks(here)
    if page == "new-version":
        return _changed(here)
    if away := must_sign_in(here):
        return away
    return send(here) if post else check_answers(here)


def _changed(here: Visit) -> HttpResponse:
    """Tell what we changed in this form since it was begun, and what to look at."""
    _facts, way = here.way()
    told = new_version.told(here.service, here.draft, way, here.lang)
    if told is None or here.draft.submitted_at is not None:
        return here.go(here.where_next(way))
    if here.request.method != "HEAD" and new_version.unseen(here.draft):
        found = {**here.draft.notes[new_version.NOTE], "seen": True}
        here.draft = drafts.save(here.draft, now=here.now, notes={new_version.NOTE: found})
    if here.request.method == "POST":
        return here.go(here.where_next(way))
    return screens.show(
        here,
        "journeys/new_version.html",
        {
            "title": _("We changed this form since you started"),
            "told": told,
            "href": lambda page: here.url(page.replace("_", "-"), change=True),
        },
    )


def _not_here(here: Visit, page: str, facts: Facts, way: Walk) -> HttpResponse:
    """Somebody asked for a page that their answers have not come to, or that is not there."""
    known = here.service.page(page)
    if known is None or known.slug != page:
        if new_version.unseen(here.draft):
            # A question that the new version no longer asks was answered at this moment.
            return here.go(here.url("new-version"))
        from django.http import Http404

        raise Http404("There is no such page in this form.")
    if here.request.method == "POST" and known.kind == "ask":
        # Answers for a page that we cannot place yet (the earlier ones are gone): keep what holds.
        step = Step("ask", known.id, known.questions, known, answered=False)
        outcome = actions.answer(
            here.service, here.draft, step, form_of(here.request), files_of(here.request),
            now=here.now, lang=here.lang, base=facts,
        )  # fmt: skip
        here.draft = outcome.draft
        if outcome.errors or outcome.again:
            status = 422 if outcome.errors else 200
            return screens.question_page(
                here, step, facts, outcome.way, form=form_of(here.request), errors=outcome.errors,
                notes=outcome.notes, status=status,
            )  # fmt: skip
        if here.lost:
            here.draft = drafts.save(
                here.draft,
                now=here.now,
                notes={
                    "say": _(
                        "We no longer have the answers you gave before. Please give them again. "
                        "We have kept what you typed on the last page."
                    )
                },
            )
        return here.go(here.where_next(outcome.way))
    return here.go(here.where_next(way))


def files_of(request: HttpRequest) -> dict[str, list[Any]]:
    """Return the uploads that were sent: name to files."""
    return {name: list(files) for name, files in request.FILES.lists()}


def show_step(here: Visit, step: Step, facts: Facts, way: Walk, change: bool) -> HttpResponse:
    """Return the page of a step, as it is found by its address."""
    if step.kind in {"show", "stop"} or step.failed:
        return screens.telling_page(here, step, facts, way, change=change)
    measures.count(
        "journey.step", service=here.service.id, step=step.id, outcome="shown", channel="online"
    )
    force = ""
    if "again" in here.request.GET:
        force = "search"
    elif "by-hand" in here.request.GET:
        force = "type"
    if step.kind == "repeat":
        return _show_repeat(here, step, facts, way, change, force)
    return screens.question_page(here, step, facts, way, change=change, force=force)


def _show_repeat(
    here: Visit, step: Step, facts: Facts, way: Walk, change: bool, force: str
) -> HttpResponse:
    rows = here.draft.answers.get(step.id) or []
    wanted = here.request.GET.get("row", "")
    at = next((n for n, row in enumerate(rows) if row.get("_id") == wanted), None)
    going = here.request.GET.get("remove", "")
    if gone := next((row for row in rows if going and row.get("_id") == going), None):
        return screens.remove_page(here, step, facts, way, gone, change=change)
    if at is not None:
        return screens.row_page(
            here, step, facts, way, at + 1, rows[at], change=change, force=force
        )
    if not rows or ("add" in here.request.GET and not _full(here, step, facts)):
        return screens.row_page(
            here, step, facts, way, len(rows) + 1, {}, change=change, force=force
        )
    return screens.list_page(here, step, facts, way, change=change, full=_full(here, step, facts))


def _full(here: Visit, step: Step, facts: Facts) -> bool:
    from moothall.language import limits_of

    most = limits_of(here.service, step.id, facts).get("at_most")
    return most is not None and len(here.draft.answers.get(step.id) or []) >= most


def _take(here: Visit, step: Step, facts: Facts, way: Walk, change: bool) -> HttpResponse:
    """Take what was sent for a step and go on."""
    form = form_of(here.request)
    if step.failed:
        actions.forget_failure(here.draft, step.id, now=here.now)
        here.draft.look_ups = {k: v for k, v in here.draft.look_ups.items() if k != step.id}
        here.draft.notes = {**here.draft.notes, "failed": {}}
        facts, way = here.way()
        return here.go(here.where_next(way))
    if step.kind == "show":
        measures.count(
            "journey.step",
            service=here.service.id,
            step=step.id,
            outcome="answered",
            channel="online",
        )
        return here.go(_after(here, step, way, change))
    if step.kind == "stop":
        return here.go(here.url(step))
    if step.kind == "repeat":
        return _take_repeat(here, step, facts, way, form, change)
    if gone := form.get("remove-file"):
        for name in step.questions:
            if here.service.questions[name].type not in FILES:
                continue
            here.draft = actions.remove_file(
                here.service, here.draft, here.service.questions[name], gone[0], now=here.now
            )
        return here.go(here.url(step, change=change))
    outcome = actions.answer(
        here.service, here.draft, step, form, files_of(here.request),
        now=here.now, lang=here.lang, revision=_revision(form), base=facts,
    )  # fmt: skip
    here.draft = outcome.draft
    if outcome.errors:
        return screens.question_page(
            here, step, outcome.facts, outcome.way, form=form, errors=outcome.errors,
            notes=outcome.notes, change=change, status=422,
        )  # fmt: skip
    if outcome.again:
        return here.go(here.url(step, change=change))
    timing.count(here.service.id, step.id, form, here.now)
    if away := must_sign_in(here):
        return away
    still = outcome.way.step(step.id)
    if still is not None and not still.answered:
        return here.go(here.url(step, change=change))
    return here.go(_after(here, step, outcome.way, change))


def _take_repeat(
    here: Visit, step: Step, facts: Facts, way: Walk, form: Form, change: bool
) -> HttpResponse:
    rows = here.draft.answers.get(step.id) or []
    if gone := form.get("remove"):
        sure = form.get("sure", [""] if "asked" in form else ["yes"])[0]
        if sure not in {"yes", "no"}:
            row = next((one for one in rows if one.get("_id") == gone[0]), None)
            if row is None:
                return here.go(here.url(step, change=change))
            wrong = FieldError("sure", _("Select yes if you want to remove it"))
            return screens.remove_page(
                here, step, facts, way, row, errors=(wrong,), change=change, status=422
            )
        if sure == "no":
            return here.go(here.url(step, change=change))
        here.draft, words = repeats.remove_row(
            here.service, here.draft, step.id, gone[0], now=here.now
        )
        if words:
            here.draft = drafts.save(
                here.draft, now=here.now, notes={"say": _("Removed: %(thing)s.") % {"thing": words}}
            )
        return here.go(here.url(step, change=change))
    numbers = sorted(
        {
            number
            for name in (*form, *here.request.FILES)
            if (number := _row_number(name, step)) is not None
        }
    )
    none = not rows and bool(step.page.spec.optional) and _nothing_in(form, here, step)
    if none or not numbers:
        outcome = repeats.close_repeat(
            here.service, here.draft, step, {f"{step.id}-another": ["no"]} if none else form,
            now=here.now, lang=here.lang,
        )  # fmt: skip
        here.draft = outcome.draft
        if outcome.errors:
            return screens.list_page(
                here, step, outcome.facts, outcome.way, errors=outcome.errors, change=change,
                full=_full(here, step, facts), status=422,
            )  # fmt: skip
        if outcome.again:
            return here.go(here.url(step, change=change, query="add"))
        return here.go(_after(here, step, outcome.way, change))
    for number in numbers[:100]:
        outcome = repeats.answer_row(
            here.service, here.draft, step, form, number, files_of(here.request),
            now=here.now, lang=here.lang,
        )  # fmt: skip
        here.draft = outcome.draft
        if not outcome.errors and number == numbers[0]:
            timing.count(here.service.id, step.id, form, here.now)
        if outcome.errors:
            row_id = (form.get(f"{step.id}-{number}-_id") or [""])[0]
            row = next((one for one in rows if one.get("_id") == row_id), {"_id": row_id})
            return screens.row_page(
                here, step, outcome.facts, outcome.way, number, row, form=form,
                errors=outcome.errors, notes=outcome.notes, change=change, status=422,
            )  # fmt: skip
        if outcome.again:
            return here.go(here.url(step, change=change, query=f"row={outcome.row}"))
    return here.go(here.url(step, change=change))


def _nothing_in(form: Form, here: Visit, step: Step) -> bool:
    """Whether the first row of a repeat was sent blank: of what may have no row, there is none."""
    said = any(
        value.strip()
        for name, values in form.items()
        if _row_number(name, step) is not None and not name.endswith("-_id")
        for value in values
    )
    return not said and not any(
        one.name for name in here.request.FILES for one in here.request.FILES.getlist(name)
    )


def _row_number(name: str, step: Step) -> int | None:
    """Return the number in `<repeat>-<number>-<field>`, or None for a field of something else."""
    before, dash, rest = name.partition(f"{step.id}-")
    return whole_number(rest.partition("-")[0]) if dash and not before else None


def _revision(form: Form) -> int | None:
    return whole_number((form.get("revision") or [""])[0])


def _after(here: Visit, step: Step, way: Walk, change: bool) -> str:
    """Return where to go from a page that was answered."""
    if way.stop is not None:
        return here.url(way.stop)
    if change:
        return here.where_next(way, change=True)
    following = way.after(step.id)
    while following is not None and following.kind == "look_up" and not following.failed:
        following = way.after(following.id)
    if following is None:
        return here.where_next(way)
    if following.section is not None and following.section != step.section:
        return here.url("tasks")
    return here.url(following)


def tasks(here: Visit) -> HttpResponse:
    """Show the parts of a long form and how far each is."""
    if not here.service.sections:
        return here.go(here.where_next(here.way()[1]))
    if away := must_sign_in(here):
        return away
    _facts, way = here.way()
    rows: list[dict[str, str]] = []
    open_found = False
    order = list(here.service.sections)
    reached = way.next.section if way.next is not None else None
    past = order.index(reached) if reached in order else (len(order) if way.complete else 0)
    for section in here.service.sections.values():
        steps = [one for one in way.steps if one.section == section.id]
        if not steps and order.index(section.id) < past:
            continue  # the answers before it say that it is not asked
        asking = [one for one in steps if one.kind in {"ask", "repeat"}]
        ready = bool(asking) and all(one.answered for one in asking)
        current = way.next is not None and way.next.section == section.id
        if ready and not current:
            state, href = "done", here.url(steps[0])
        elif current or (not open_found and steps):
            started = any(one.answered for one in asking)
            state = "started" if started else "to do"
            href = here.url(way.next if current and way.next is not None else steps[0])
            open_found = True
        else:
            state, href = "later", ""
        rows.append(
            {
                "title": here.service.text(f"{section.path}.title", here.lang) or section.title,
                "state": state,
                "href": href,
            }
        )
    return screens.show(
        here,
        "journeys/tasks.html",
        {
            "title": _("Parts of this form"),
            "rows": rows,
            "done": sum(row["state"] == "done" for row in rows),
            "complete": way.complete,
            "check": here.url(),
        },
    )


def shown_again(request: HttpRequest, slug: str, page: str) -> HttpResponse | None:
    """Return the page of a form with what was typed, to be sent again; None where there is none.

    For a post whose security token had run out. Nothing of it is stored.
    """
    here = visit(request, slug)
    again = _("This page was open for a long time. Press the button again to go on.")
    if page == "check-answers":
        return check_answers(here, again=again, status=422)
    if page in OWN or here.draft.submitted_at is not None:
        return None
    facts, way = here.way()
    step = way.step(page)
    known = here.service.page(page)
    if step is None and known is not None and known.kind == "ask":
        step = Step("ask", known.id, known.questions, known, answered=False)
    if step is None or step.kind not in {"ask", "repeat"}:
        return None
    form = form_of(request)
    if step.kind == "ask":
        return screens.question_page(
            here, step, facts, way, form=form, again=again,
            change=request.POST.get("change") == "1", status=422,
        )  # fmt: skip
    number = next((found for name in form if (found := _row_number(name, step))), 0)
    if number:
        row_id = (form.get(f"{step.id}-{number}-_id") or [""])[0]
        return screens.row_page(
            here, step, facts, way, number, {"_id": row_id}, form=form, again=again, status=422
        )
    return screens.list_page(here, step, facts, way, again=again, status=422)
