"""Addresses of the privacy office, and of a case's hold and readings."""

from __future__ import annotations

from django.urls import path

from moothall.desk.views.privacy_office import asking, keeping, reading

CASE = "desk/cases/<slug:reference>/"

urlpatterns = [
    path("desk/privacy/", keeping.office, name="desk-privacy"),
    path("desk/privacy/holds/", keeping.held, name="desk-holds"),
    path("desk/privacy/holds/<int:number>/", keeping.hold, name="desk-hold"),
    path("desk/privacy/kept/", keeping.kept, name="desk-kept"),
    path("desk/privacy/requests/", asking.requests, name="desk-subject-requests"),
    path("desk/privacy/requests/<str:public_id>/", asking.one, name="desk-subject-request"),
    path("desk/privacy/requests/<str:public_id>/copy.zip", asking.copy, name="desk-subject-copy"),
    path(
        "desk/privacy/requests/<str:public_id>/files/<str:file_id>/",
        asking.file,
        name="desk-subject-file",
    ),
    path("desk/privacy/looked/", reading.looked, name="desk-looked"),
    path("desk/privacy/looked.csv", reading.looked_file, name="desk-looked-file"),
    path("desk/privacy/record/", reading.record, name="desk-record"),
    path("desk/privacy/record.<str:kind>", reading.record_file, name="desk-record-file"),
    path(f"{CASE}hold/", keeping.hold_case, name="desk-case-hold"),
    path(f"{CASE}looked/", reading.case_looked, name="desk-case-looked"),
]
