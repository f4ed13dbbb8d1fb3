"""Addresses of the design room."""

from __future__ import annotations

from django.urls import path

from moothall.design import views

urlpatterns = [path("theme.css", views.theme, name="theme")]
