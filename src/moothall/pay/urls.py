"""Addresses of the pay room."""

from __future__ import annotations

from django.urls import path

from moothall.pay import views

urlpatterns = [
    path("stand-ins/pay/<slug:provider_id>/", views.stand_in, name="pay-stand-in"),
]
