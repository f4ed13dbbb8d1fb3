"""Addresses of the API and of the desk's screens for it."""

from __future__ import annotations

from django.urls import include, path

from moothall.api import screens, views
from moothall.api.api import api

_patterns, _app, _namespace = api.urls
# django-ninja's own first page is not needed: ours says more.
OPERATIONS = [one for one in _patterns if getattr(one, "name", "") != "api-root"]

urlpatterns = [
    path("desk/api-keys/", screens.api_keys, name="desk-api-keys"),
    path("desk/api-keys/<slug:public_id>/", screens.api_key, name="desk-api-key"),
    path("desk/webhooks/", screens.webhooks, name="desk-webhooks"),
    path("desk/webhooks/<slug:public_id>/", screens.webhook, name="desk-webhook"),
    path("api/v1/", views.page, name="api-page"),
    path("api/v1/openapi.json", views.openapi, name="api-openapi"),
    path("api/v1/", include((OPERATIONS, _app), namespace=_namespace)),
    path("api/<path:rest>", views.nothing_here, name="api-nothing"),
]
