"""Addresses of the notify room."""

from __future__ import annotations

from django.urls import path

from moothall.notify import views

urlpatterns = [
    path("notify/receipts/", views.receipts, name="notify-receipts"),
    path("stand-ins/messages/", views.stand_in_messages, name="notify-messages"),
]
