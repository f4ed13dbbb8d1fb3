"""Addresses of the API and of the desk's screens for it."""

from __future__ import annotations

from django.urls import path

from moothall.api import views
from moothall.api.api import api

urlpatterns = [
    path("api/v1/", views.page, name="api-page"),
    path("api/v1/openapi.json", views.openapi, name="api-openapi"),
    path("api/v1/", api.urls),
    path("api/<path:rest>", views.nothing_here, name="api-nothing"),
]
