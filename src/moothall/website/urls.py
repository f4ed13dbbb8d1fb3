"""Addresses of the website, for residents."""

from __future__ import annotations

from django.urls import path

from moothall.website import account, account_pages, payer, receipts, track, views

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
    path("account/messages/", account_pages.messages, name="account-messages"),
    path("account/wishes/", account_pages.wishes, name="account-wishes"),
    path("account/sessions/", account_pages.places, name="account-sessions"),
    path("account/confirm/", account_pages.confirm, name="account-confirm"),
    path("account/email/", account_pages.address, name="account-email"),
    path("account/email/code/", account_pages.address_code, name="account-email-code"),
    path("account/data/", account_pages.data, name="account-data"),
    path(
        "account/data/<str:public_id>/my-data.zip",
        account_pages.data_copy,
        name="account-data-copy",
    ),
    path("account/delete/", account_pages.delete, name="account-delete"),
    path("account/forms/<int:pk>/", account.saved_form, name="account-form"),
    path("contact", views.contact, name="contact"),
    path("accessibility", views.accessibility, name="accessibility"),
    path("privacy", views.privacy, name="privacy"),
    path("cookies", views.cookies, name="cookies"),
]
