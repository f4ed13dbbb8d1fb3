"""Addresses of the website, for residents."""

from __future__ import annotations

from django.urls import path

from moothall.website import account, payer, receipts, track, views

urlpatterns = [
    path("", views.home, name="home"),
    path("services/", views.services, name="services"),
    path("services/<slug:slug>/", views.service, name="service"),
    path("track/", track.find, name="track"),
    path("track/<str:reference>", track.case, name="track-case"),
    path("track/<str:reference>/someone-else/", payer.ask, name="track-someone-else"),
    path("track/<str:reference>/receipt.pdf", receipts.receipt, name="track-receipt"),
    path("track/<str:reference>/<str:token>/", track.by_link, name="track-link"),
    path("pay-for/<str:token>/", payer.pay, name="pay-for"),
    path("account/", account.home, name="account"),
    path("account/details/", account.details, name="account-details"),
    path("account/forms/<int:pk>/", account.saved_form, name="account-form"),
    path("contact", views.contact, name="contact"),
    path("accessibility", views.accessibility, name="accessibility"),
    path("privacy", views.privacy, name="privacy"),
    path("cookies", views.cookies, name="cookies"),
]
