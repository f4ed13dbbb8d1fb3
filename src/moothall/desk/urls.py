"""Addresses of the desk."""

from __future__ import annotations

from django.urls import path

from moothall.desk import urls_case
from moothall.desk.views import (
    assisted,
    case,
    correct,
    many,
    mine,
    moves,
    payment,
    privacy,
    queue,
    saved,
    search,
    team,
    ward,
    wishes,
)

CASE = "desk/cases/<slug:reference>/"

urlpatterns = [
    path("desk/", queue.queue, name="desk"),
    path("desk/assign/", queue.assign, name="desk-assign-many"),
    path("desk/queue.csv", queue.file, name="desk-queue-file"),
    path("desk/views/", saved.views, name="desk-views"),
    path("desk/many/", many.begin, name="desk-many"),
    path("desk/many/<str:public_id>/", many.run, name="desk-many-run"),
    path("desk/many/<str:public_id>/check/", many.check, name="desk-many-check"),
    path("desk/many/<str:public_id>/state.json", many.state, name="desk-many-state"),
    path("desk/many/<str:public_id>/stop/", many.stop, name="desk-many-stop"),
    path("desk/many/<str:public_id>/resume/", many.resume, name="desk-many-resume"),
    path("desk/many/<str:public_id>/report.csv", many.report, name="desk-many-report"),
    path("desk/mine/", mine.mine, name="desk-mine"),
    path("desk/team/", team.team, name="desk-team"),
    path("desk/team.csv", team.team_file, name="desk-team-file"),
    path("desk/team/workload/", team.workload, name="desk-workload"),
    path("desk/team/share/", team.share, name="desk-team-share"),
    path("desk/settings/", wishes.settings, name="desk-settings"),
    path("desk/keys/", wishes.keys, name="desk-keys"),
    path("desk/ward/", ward.ward, name="desk-ward"),
    path("desk/ward/casework/", ward.begin, name="desk-ward-casework"),
    path("desk/ward/cases/<slug:reference>/", ward.followed, name="desk-ward-case"),
    path("desk/ward/cases/<slug:reference>/stop/", ward.stop, name="desk-ward-stop"),
    path("desk/search/", search.search, name="desk-search"),
    path("desk/assisted/", assisted.start, name="desk-assisted"),
    path("desk/assisted/contact/", assisted.contact, name="desk-contact"),
    path("desk/assisted/earlier/", assisted.earlier, name="desk-earlier"),
    path("desk/assisted/<slug:holder>/", assisted.call, name="desk-call"),
    path("desk/assisted/<slug:holder>/end/", assisted.end, name="desk-call-end"),
    path("desk/assisted/<slug:holder>/done/", assisted.done, name="desk-call-done"),
    path(CASE, case.case, name="desk-case"),
    path(f"{CASE}moves/<slug:move_id>/", moves.move, name="desk-move"),
    path(f"{CASE}assign/", moves.assign, name="desk-assign"),
    path(f"{CASE}note/", moves.note, name="desk-note"),
    path(f"{CASE}received/", moves.received, name="desk-received"),
    path(f"{CASE}correct/<str:question>/", correct.correct, name="desk-correct"),
    path(f"{CASE}refund/", payment.refund, name="desk-refund"),
    path(f"{CASE}redact/", privacy.redact, name="desk-redact"),
    path(f"{CASE}restrict/", privacy.restrict, name="desk-restrict"),
    path(f"{CASE}rebook/", moves.rebook, name="desk-rebook"),
    path(f"{CASE}contact/", assisted.case_contact, name="desk-case-contact"),
    path(f"{CASE}payment/", payment.payment, name="desk-payment"),
    path(f"{CASE}payment/back/", payment.back, name="desk-payment-back"),
    path(f"{CASE}payment/<slug:public_id>/", payment.wait, name="desk-payment-wait"),
    path(f"{CASE}payment/<slug:public_id>/state.json", payment.state, name="desk-payment-state"),
    *urls_case.urlpatterns,
]
