"""Addresses of insight that are for everyone, in both languages."""

from __future__ import annotations

from django.urls import path

from moothall.insight import feedback_views, performance_views

urlpatterns = [
    path("services/<slug:slug>/feedback", feedback_views.give, name="feedback"),
    path("services/<slug:slug>/feedback/thanks", feedback_views.thanks, name="feedback-thanks"),
    path("performance/", performance_views.overview, name="performance"),
    path("performance/all.csv", performance_views.as_csv, name="performance-csv"),
    path("performance/all.json", performance_views.as_json, name="performance-json"),
    path("performance/<slug:slug>/", performance_views.service, name="performance-service"),
    path("performance/<slug:slug>.csv", performance_views.as_csv, name="performance-service-csv"),
    path(
        "performance/<slug:slug>.json", performance_views.as_json, name="performance-service-json"
    ),
]
