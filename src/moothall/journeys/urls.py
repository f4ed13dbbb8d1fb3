"""Addresses of a journey: the form contract (docs/design.md)."""

from __future__ import annotations

from django.urls import path

from moothall.journeys import keep, views

urlpatterns = [
    path("services/resume/<str:token>/", keep.resume, name="journey-resume"),
    path("services/<slug:slug>/start", views.start, name="journey-start"),
    path("services/<slug:slug>/go-on", views.go_on, name="journey-go-on"),
    path("services/<slug:slug>/<slug:page>/", views.page, name="journey-page"),
]
