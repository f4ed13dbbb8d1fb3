"""The end of a form: check answers, send, pay, done."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.core import signing
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _

from moothall import measures
from moothall.casework import actions as casework
from moothall.casework import queries as cases
from moothall.casework.errors import CaseworkError, NotAllowed, NotComplete
from moothall.casework.models import Case, PaidState
from moothall.design.pages import private_page
from moothall.journeys import actions, drafts, screens
from moothall.journeys.models import AFTER, Draft
from moothall.journeys.new_version import NOTE
from moothall.journeys.rows import row_label
from moothall.journeys.visit import DONE_COOKIE, Visit, done_cookie
from moothall.language import Facts, Fee, FieldError, Walk, display, fee, on_route, render, work_out
from moothall.pay import queries as payments
from moothall.pay.actions import PayUnavailable, refresh
from moothall.pay.models import Payment
from moothall.people.actor import Actor, applicant
from moothall.slots.actions import SlotTaken

PAY_SALT = "moothall.journeys.pay"


def summary(here: Visit, facts: Facts, way: Walk) -> list[dict[str, Any]]:
    """Return the answers on the way as rows of a summary list, each with its change link."""
    rows: list[dict[str, Any]] = []
    service, answers = here.service, here.draft.answers
    for step in way.steps:
        href = here.url(step, change=True)
        if step.kind == "repeat":
            lines = [
                row_label(service, step.id, row, here.lang) for row in answers.get(step.id) or []
            ]
            title = service.text(f"{step.page.path}.title", here.lang)
            rows.append(
                {
                    "key": render(service, title, facts, here.lang),
                    "value": lines or [_("None")],
                    "href": href,
                    "name": step.id,
                }
            )
        elif step.kind == "ask":
            for name in step.questions:
                question = service.questions[name]
                label = service.text(f"{question.path}.label", here.lang)
                words = display(service, name, answers.get(name), here.lang)
                rows.append(
                    {
                        "key": render(service, label, facts, here.lang),
                        "value": words.split("\n") if words else [_("Not given")],
                        "href": href,
                        "name": name,
                    }
                )
    return rows


def worked_out(here: Visit, facts: Facts) -> list[dict[str, Any]]:
    """Return what was worked out from the answers, where the file gives it a label."""
    values = work_out(here.service, facts)
    rows = []
    for one in here.service.worked_out.values():
        label = here.service.text(f"work_out.{one.id}.label", here.lang) or one.label
        if label and values.get(one.id) is not None:
            words = render(here.service, "{" + one.id + "}", facts, here.lang)
            rows.append({"key": label, "value": words})
    return rows


def check_answers(
    here: Visit,
    *,
    errors: tuple[FieldError, ...] = (),
    again: str = "",
    stale: str = "",
    status: int = 200,
) -> HttpResponse:
    """Show every answer with its change link, what it costs, and the button that sends."""
    if here.draft.submitted_at is not None:
        return here.go(here.url("done"))
    facts, way = here.way()
    if not way.complete:
        return here.go(here.where_next(way))
    if status == 200:
        measures.count(
            "journey.step",
            service=here.service.id,
            step="check_answers",
            outcome="shown",
            channel="online",
        )
    facts = replace(facts, answers=on_route(here.service, facts))
    price = fee(here.service, facts)
    asking = [one for one in way.steps if one.kind in {"ask", "repeat", "show"}]
    return screens.show(
        here,
        "journeys/check_answers.html",
        {
            "title": _("Check your answers"),
            "rows": summary(here, facts, way),
            "worked_out": worked_out(here, facts),
            "fee": price,
            "refund_says": here.service.text("fee.refund_says", here.lang),
            "pays_now": price is not None
            and price.known
            and price.taken == "before"
            and price.pence > 0,
            "idempotency": actions.key_of(here.draft),
            "version": here.service.sha256[:16],
            "price": _price(price),
            "changed": here.url("new-version") if here.draft.notes.get(NOTE) else "",
            "stale": stale,
            "errors": list(errors),
            "again": again,
        },
        back=here.url(asking[-1]) if asking else here.about,
        status=status,
    )


def send(here: Visit) -> HttpResponse:
    """Make the case, once, and go on to pay or to the reference."""
    if here.draft.submitted_at is not None and here.draft.case_id is not None:
        return _onwards(here, here.draft, _case(here.draft))
    if not here.draft.pk:
        return here.go(here.where_next(here.way()[1]))
    if stale := _stale(here):
        return check_answers(here, stale=stale, status=422)
    key = here.request.POST.get("idempotency", "")
    try:
        case = actions.submit(here.service, here.draft, key, here.now)
    except NotComplete:
        return here.go(here.where_next(here.way()[1]))
    except SlotTaken:
        return _slot_gone(here)
    except NotAllowed as refused:
        return check_answers(here, errors=(FieldError("", str(refused)),), status=422)
    except CaseworkError as refused:
        return check_answers(here, errors=(FieldError("", str(refused)),), status=422)
    return _onwards(here, here.draft, case)


def _price(price: Fee | None) -> str:
    return str(price.pence) if price is not None and price.known else ""


def _stale(here: Visit) -> str:
    """What to say when the page that was sent showed another form, or another price, than holds now.

    Nobody is charged a sum that they have not seen. "" where it is the same, or the page did not say.
    """
    sent = here.request.POST
    if (version := sent.get("version")) and version != here.service.sha256[:16]:
        return _("We changed this form while your page was open.")
    if "price" in sent:
        facts, way = here.way()
        if way.complete:
            facts = replace(facts, answers=on_route(here.service, facts))
            if sent["price"] != _price(fee(here.service, facts)):
                return _("What it costs changed while your page was open.")
    return ""


def _slot_gone(here: Visit) -> HttpResponse:
    """Somebody else has the time: say so on its page, with every other answer kept."""
    name = next(q.id for q in here.service.questions.values() if q.type == "slot")
    here.draft = drafts.save(
        here.draft,
        now=here.now,
        drop=(name,),
        notes={"say": _("Somebody has just taken the time you chose. Please choose another.")},
    )
    page = here.service.questions[name].page
    return here.go(here.url(page.replace("_", "-"), change=True))


def _onwards(here: Visit, draft: Draft, case: Case) -> HttpResponse:
    """Go to the provider when there is something to pay now, else to the reference."""
    address = here.url("pay") if case.paid_state == PaidState.DUE else here.url("done")
    if case.paid_state == PaidState.DUE and here.request.method == "POST":
        address = _start_payment(here, case, draft) or address
    response = here.go(address)
    done_cookie(response, here.service, draft.token)
    return response


def actor_of(here: Visit, draft: Draft) -> Actor:
    """Return the applicant as the actor of what they do to their own case."""
    return applicant(draft.user) if draft.user_id else applicant(None)


def _start_payment(here: Visit, case: Case, draft: Draft) -> str:
    """Open the payment at the provider; return the address to go to, or "" if it is not to be had."""
    mark = signing.dumps(draft.pk, salt=PAY_SALT)
    back = here.request.build_absolute_uri(f"{here.url('pay')}?back={mark}")
    try:
        payment = casework.start_payment(
            case.pk, actor=actor_of(here, draft), return_url=back, now=here.now
        )
    except (PayUnavailable, CaseworkError):
        return ""
    return payment.next_url


def _done_draft(here: Visit) -> Draft | None:
    """Return the draft that this browser sent in last, by its own cookie."""
    token = here.request.COOKIES.get(DONE_COOKIE + here.service.id, "")
    found = drafts.by_cookie(token, here.service.id, here.now) if token else None
    if found is None and here.draft.submitted_at is not None:
        found = here.draft
    if found is None and (mark := here.request.GET.get("back")):
        try:
            pk = signing.loads(mark, salt=PAY_SALT, max_age=AFTER)
        except signing.BadSignature:
            return None
        found = Draft.objects.filter(pk=pk, service_id=here.service.id).first()
    if found is None or found.case_id is None:
        return None
    return found


def _case(draft: Draft) -> Case:
    if draft.case is None:
        raise Http404("There is no such case.")
    return draft.case


def pay(here: Visit) -> HttpResponse:
    """Where the provider sends people back to. What counts is what the provider answers when asked."""
    draft = _done_draft(here)
    if draft is None:
        return here.go(f"{'/cy' if here.lang == 'cy' else ''}/track/")
    case = _case(draft)
    payment = _latest(case)
    unknown = False
    if payment is not None and not payment.is_over:
        try:
            payment = refresh(payment.public_id, now=here.now)
        except PayUnavailable:
            unknown = True
        case.refresh_from_db()
    if case.paid_state != PaidState.DUE:
        response = here.go(here.url("done"))
        if draft.token:
            done_cookie(response, here.service, draft.token)
        return response
    if here.request.method == "POST":
        address = _start_payment(here, case, draft)
        if address:
            return here.go(address)
        unknown = True
    state = payment.status if payment is not None else ""
    measures.count(
        "journey.step",
        service=here.service.id,
        step="pay",
        outcome=str(state or "unavailable"),
        channel="online",
    )
    title, words = _pay_words(state, unknown)
    return screens.show(
        here,
        "journeys/pay.html",
        {
            "title": title,
            "words": words,
            "case": case,
            "pence": case.fee_pence,
            "carry_on": payment.next_url if payment is not None and not payment.is_over else "",
            "by_phone": here.service.fee.by_phone if here.service.fee else False,
            "someone_else": f"{'/cy' if here.lang == 'cy' else ''}/track/{case.reference}/"
            f"{cases.link_token(case)}/?to=someone-else",
            "lines": (),
        },
        back=here.about,
    )


def _latest(case: Case) -> Payment | None:
    # What somebody else was asked to pay has a page of its own (casework.payers).
    found = [one for one in payments.payments_for(case.reference) if ":payer:" not in one.key]
    return found[-1] if found else None


def _pay_words(state: str, unknown: bool) -> tuple[str, str]:
    """Return heading and words for a payment that has not succeeded."""
    if unknown:
        return (
            _("We can't take your payment at the moment"),
            _("Your answers are safe. Please try again in a few minutes."),
        )
    if state == Payment.Status.FAILED:
        return (
            _("Your payment was declined"),
            _("No money has been taken. You can try again, or use another card."),
        )
    if state == Payment.Status.CANCELLED:
        return (
            _("You cancelled your payment"),
            _("No money has been taken. You can pay now, or later."),
        )
    if state == Payment.Status.EXPIRED:
        return (
            _("Your payment ran out of time"),
            _("No money has been taken. You can start the payment again."),
        )
    if state == Payment.Status.ERROR:
        return (
            _("Something went wrong with your payment"),
            _("We have not taken your money. You can try again."),
        )
    return (
        _("You have not paid yet"),
        _("We have your answers. We will start work once you have paid."),
    )


def done(here: Visit) -> HttpResponse:
    """Show the reference, when we will be done, and what happens next."""
    draft = _done_draft(here)
    if draft is None:
        return here.go(f"{'/cy' if here.lang == 'cy' else ''}/track/")
    case = _case(draft)
    if case.paid_state == PaidState.DUE:
        return here.go(here.url("pay"))
    root = "/cy" if here.lang == "cy" else ""
    facts = Facts(
        answers=case.answers,
        look_ups=case.look_ups,
        reference=case.reference,
        finish_by=case.finish_by.date() if case.finish_by else None,
        fee=case.fee_pence,
        state=case.state,
        today=here.now.date(),
    )
    state = here.service.states.get(case.state)

    def words(path: str) -> str:
        text = here.service.text(path, here.lang)
        return render(here.service, text, facts, here.lang) if text else ""

    return private_page(
        here.request,
        "journeys/done.html",
        {
            "service": here.service,
            "service_name": here.service.text("name", here.lang) or here.service.name,
            "case": case,
            "state": words(f"case.states.{case.state}.label") or (state.label if state else ""),
            "state_says": words(f"case.states.{case.state}.say"),
            "next": words("what_happens_next"),
            "follow": f"{root}/track/{case.reference}/{cases.link_token(case)}/",
            "emailed": bool(case.contact_email),
            "feedback": f"{root}/services/{here.service.slug}/feedback?after=journey",
            "section": "services",
        },
    )
