"""Staff's addresses of sign-in."""

from __future__ import annotations

from django.urls import path

from moothall.people import desk_views as views
from moothall.people import provider_views as providers

urlpatterns = [
    path("desk/single-sign-on/", providers.sso_begin, name="single-sign-on"),
    path("desk/single-sign-on/back/", providers.sso_back, name="single-sign-on-back"),
    path("desk/single-sign-on/ended/", providers.sso_ended, name="single-sign-on-ended"),
    path("account/one-login/ended/", providers.one_login_ended, name="one-login-ended"),
    path(
        "stand-ins/single-sign-on/<path:rest>",
        providers.stand_in,
        {"name": "single-sign-on"},
        name="stand-in-single-sign-on",
    ),
    path(
        "stand-ins/one-login/<path:rest>",
        providers.stand_in,
        {"name": "one-login"},
        name="stand-in-one-login",
    ),
    path("desk/sign-in/", views.sign_in, name="desk-sign-in"),
    path("desk/sign-in/passkey/", views.passkey_sign_in, name="desk-passkey-sign-in"),
    path("desk/sign-in/code/", views.second_factor, name="mfa_authenticate"),
    path("desk/sign-in/set-up/", views.first_choice, name="desk-second-factor-first"),
    path("desk/sign-in/set-up/app/", views.first_app, name="desk-first-app"),
    path("desk/sign-in/set-up/passkey/", views.first_passkey, name="desk-first-passkey"),
    path("desk/sign-out/", views.sign_out, name="desk-sign-out"),
    path("desk/password/<int:user_id>/<str:token>/", views.set_password, name="desk-set-password"),
    path("desk/password/", views.change_password, name="desk-change-password"),
    path("desk/second-factor/", views.mine, name="desk-second-factor"),
    path("desk/second-factor/app/", views.add_app, name="desk-add-app"),
    path("desk/second-factor/passkey/", views.add_passkey, name="desk-add-passkey"),
    path("desk/second-factor/codes/", views.recovery_codes, name="desk-recovery-codes"),
    path("desk/second-factor/<int:pk>/remove/", views.remove, name="desk-remove-factor"),
]
