"""Residents' addresses, in both languages."""

from __future__ import annotations

from django.urls import path

from moothall.people import account_views as views
from moothall.people import provider_views as providers

urlpatterns = [
    path("account/one-login/", providers.one_login_begin, name="one-login"),
    path("account/one-login/back/", providers.one_login_back, name="one-login-back"),
    path("account/sign-in/", views.sign_in, name="account_login"),
    path("account/sign-in/code/", views.confirm, name="account_confirm_login_code"),
    path("account/sign-out/", views.sign_out, name="account_logout"),
]
