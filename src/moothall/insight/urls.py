"""Addresses of insight."""

from __future__ import annotations

from django.urls import path

from moothall.insight import views

urlpatterns = [
    path("insight/", views.overview, name="insight"),
    path("insight/contacts.csv", views.contacts_csv, name="insight-contacts-csv"),
    path("insight/cost/", views.cost, name="insight-cost"),
    path("insight/cost.csv", views.cost_csv, name="insight-cost-csv"),
    path("insight/promises/", views.promises, name="insight-promises"),
    path("insight/promises.csv", views.promises_csv, name="insight-promises-csv"),
    path("insight/failure-demand/", views.failure_demand, name="insight-demand"),
    path("insight/failure-demand.csv", views.failure_demand_csv, name="insight-demand-csv"),
    path("insight/satisfaction/", views.satisfaction, name="insight-satisfaction"),
    path("insight/forms/", views.forms, name="insight-forms"),
    path("insight/forms/<slug:slug>/", views.form, name="insight-form"),
    path("insight/forms/<slug:slug>.csv", views.form_csv, name="insight-form-csv"),
]
