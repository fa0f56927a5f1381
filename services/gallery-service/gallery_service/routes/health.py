"""Is it alive, and can it serve: `health` asks nothing, `ready` asks the database and Redis.

Ready is 200 while requests can be served, which Redis is not needed for.
"""

import time
from collections.abc import Callable
from typing import Any

from flask import Blueprint

from gallery_service.ports import StoreUnavailable
from gallery_service.routes.parts import get_ports

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
def health() -> dict[str, Any]:
    return {"status": "ok"}


@blueprint.get("/ready")
def ready() -> tuple[dict[str, Any], int]:
    checks = {"database": _time(_is_database_up), "redis": _time(get_ports().cache.is_available)}
    is_ready = checks["database"]["ok"]
    return {"status": "ready" if is_ready else "unavailable", "checks": checks}, 200 if is_ready else 503


def _time(ask: Callable[[], bool]) -> dict[str, Any]:
    started = time.perf_counter()
    is_ok = ask()
    return {"ok": is_ok, "latency_ms": round((time.perf_counter() - started) * 1000, 1)}


def _is_database_up() -> bool:
    try:
        get_ports().store.ping()
    except StoreUnavailable:
        return False
    return True
