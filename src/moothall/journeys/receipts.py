"""What was sent, on paper: the receipt of a resident, and the print of a case for an officer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from moothall.casework.models import Case
from moothall.casework.types import AnswerView, CaseView, PaymentView, TrackView
from moothall.design.markdown import plain
from moothall.design.paper import Paper, Part
from moothall.design.theme import DEFAULTS
from moothall.design.words import day, moment, pounds
from moothall.language import Facts, Service, render
from moothall.packs.queries import council

VAT_PART = 6
"""A price with VAT at the standard rate of 20% holds a sixth of VAT (Value Added Tax Act 1994, s. 2)."""


def receipt(view: TrackView, *, now: datetime) -> Paper:
    """Return the receipt of a case for whoever made it, in the language of the case."""
    with translation.override(view.language):
        service = view.service
        rows = [(_("What you sent"), view.service_name), (_("Sent on"), day(view.opened_at))]
        rows.append((_("How it stands"), view.state_label))
        if view.finish_by and not view.ended and not view.paused:
            rows.append((_("We promise to be done by"), day(view.finish_by)))
        sections = [Part(_("Your request"), tuple(rows), heads=(_("Fact"), _("What it is")))]
        if not view.joined:
            sections.append(_answers(_("What you told us"), view.answers))
            sections += _money(view.payment, service)
        if (next_ := _next(view, now)) and not view.ended:
            sections.append(Part(_("What happens next"), lines=tuple(next_)))
        return _paper(
            _("Receipt: %(service)s") % {"service": view.service_name},
            view.reference,
            view.language,
            sections,
            lead=(
                _("Follow it at %(address)s")
                % {"address": _address(view.reference, view.language)},
                _("You need this reference and the email address or postcode that you gave us."),
            ),
            footer=_("Printed on %(day)s") % {"day": moment(now)},
        )


def case_print(found: CaseView, *, now: datetime) -> Paper:
    """Return a case as its reader at the desk may see it, in English, for the file or a visit."""
    with translation.override("en"):
        rows = [
            ("Service", found.service_name),
            ("Sent on", moment(found.opened_at)),
            ("Where it stands", found.state_label),
            ("Promised by", day(found.finish_by) if found.finish_by else "No promised date"),
            ("With", found.assigned_to or "Nobody yet"),
        ]
        if found.ended_at:
            rows.append(("Ended on", moment(found.ended_at)))
        if found.language == "cy":
            rows.append(("Language", "Write to them in Welsh"))
        if found.contact is not None:
            for label, value in (
                ("Name", found.contact.name),
                ("Email", found.contact.email),
                ("Phone", found.contact.phone),
            ):
                if value:
                    rows.append((label, value))
        sections = [
            Part("The case", tuple(rows), heads=("Fact", "What it is")),
            _answers("Answers", found.answers),
            *_money(found.payment, found.service),
        ]
        if found.files:
            names = tuple(one.name for one in found.files)
            sections.append(Part("Files", lines=names))
        if found.messages:
            said = tuple(
                (
                    f"{'From them' if one.direction == 'in' else 'To them'}, {moment(one.at)}",
                    one.body,
                )
                for one in found.messages
            )
            sections.append(Part("Messages", said, heads=("When", "What was said")))
        happened = tuple((moment(one.at), one.what) for one in found.timeline)
        if happened:
            sections.append(Part("What happened", happened, heads=("When", "What")))
        hidden = (
            (f"{found.hidden} answers are not shown: your role may not see them.",)
            if found.hidden
            else ()
        )
        return _paper(
            f"Case {found.reference}: {found.service_name}",
            found.reference,
            "en",
            sections,
            lead=hidden,
            footer=f"Printed {moment(now)}. It holds personal data: keep it safe and shred it.",
            at=f"{settings.PUBLIC_URL}/desk/cases/{found.reference}/",
        )


def _paper(
    title: str,
    reference: str,
    lang: str,
    sections: Iterable[Part],
    *,
    lead: tuple[str, ...] = (),
    footer: str = "",
    at: str = "",
) -> Paper:
    ours = council()
    colours = ours.theme.get("colours") if ours.theme else None
    brand = (colours or {}).get("brand") or DEFAULTS["brand"]
    return Paper(
        title=title,
        council=ours.name_in(lang),
        lang=lang,
        lead=lead,
        sections=tuple(sections),
        footer=f"{ours.name_in(lang)}, {reference}. {footer}",
        colour=str(brand),
        link=at or _address(reference, lang),
        link_says=_("Picture for a phone: it opens the page where you follow this"),
        mark=reference,
        mark_says=_("Your reference number") if not at else "Reference",
    )


def _address(reference: str, lang: str) -> str:
    return f"{settings.PUBLIC_URL}{'/cy' if lang == 'cy' else ''}/track/{reference}"


def _answers(title: str, answers: Iterable[AnswerView]) -> Part:
    rows = tuple(
        (one.label, _("Removed") if one.redacted else (one.words or _("Not given")))
        for one in answers
    )
    return Part(title, rows, heads=(_("Question"), _("Answer")))


def _money(payment: PaymentView, service: Service) -> list[Part]:
    if not payment.fee and not payment.paid:
        return []
    rows = [(words, pounds(pence)) for words, pence in payment.lines]
    rows.append((_("Total"), pounds(payment.fee)))
    vat = service.fee.vat if service.fee else ""
    if vat == "standard rated":
        rows.append((_("Of this, VAT at 20%"), pounds(round(payment.fee / VAT_PART))))
    elif vat:
        rows.append((_("VAT"), _("None is charged")))
    if payment.paid:
        rows.append((_("Paid"), pounds(payment.paid)))
    if payment.refunded:
        rows.append((_("Paid back"), pounds(payment.refunded)))
    if payment.owed:
        rows.append((_("Still to pay"), pounds(payment.owed)))
    return [Part(_("What it costs"), tuple(rows), heads=(_("For"), _("Amount")))]


def _next(view: TrackView, now: datetime) -> list[str]:
    """Return what the file says of what comes next, with this case's own facts."""
    service, lang = view.service, view.language
    text = service.text("what_happens_next", lang)
    if not text or view.joined:
        return plain(view.says) if view.says else []
    case = Case.objects.get(pk=view.id)
    facts = Facts(
        answers=case.answers,
        look_ups=case.look_ups,
        reference=case.reference,
        finish_by=case.finish_by.date() if case.finish_by else None,
        fee=case.fee_pence,
        state=case.state,
        today=now.date(),
    )
    return [*(plain(view.says) if view.says else []), *plain(render(service, text, facts, lang))]
