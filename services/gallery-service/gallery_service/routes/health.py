"""`health` answers while the process lives, `ready` while it can serve: it needs the database, not Redis."""

from typing import Any

from flask import Blueprint

from gallery_service.routes.services import get_services

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
def health() -> dict[str, Any]:
    return {"status": "ok"}


@blueprint.get("/ready")
def ready() -> tuple[dict[str, Any], int]:
    results = get_services().readiness.check()
    checks = {
        name: {"ok": check.is_ok, "latency_ms": check.latency_ms} for name, check in results.checks.items()
    }
    status = "ready" if results.is_ready else "unavailable"
    return {"status": status, "checks": checks}, 200 if results.is_ready else 503
