"""Health for whoever watches the machine: alive, and ready to serve."""

from __future__ import annotations

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import Error
from django.http import HttpRequest, JsonResponse


def live(request: HttpRequest) -> JsonResponse:
    """Answer 200 while the process runs; asks nothing of the database."""
    return JsonResponse({"status": "alive"})


def pending_migrations() -> int:
    """Return how many migrations the database has not had yet. Raises django.db.Error."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def ready(request: HttpRequest) -> JsonResponse:
    """Answer 200 when the database answers, is migrated and a council is in it; 503 with the reason otherwise."""
    from moothall.packs.models import Council

    try:
        if pending_migrations():
            return JsonResponse(
                {"status": "not ready", "reason": "Run `moothall migrate`."}, status=503
            )
        if not Council.objects.exists():
            return JsonResponse(
                {"status": "not ready", "reason": "Run `moothall pack apply`."}, status=503
            )
    except Error:
        return JsonResponse(
            {"status": "not ready", "reason": "The database does not answer."}, status=503
        )
    return JsonResponse({"status": "ready"})
