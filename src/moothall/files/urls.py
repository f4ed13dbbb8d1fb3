"""Addresses of the files room."""

from __future__ import annotations

from django.urls import path

from moothall.files import views

urlpatterns = [path("files/<str:public_id>/", views.file, name="file")]
