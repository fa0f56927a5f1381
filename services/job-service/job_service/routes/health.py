"""Liveness and readiness: `health` checks nothing else, `ready` checks every dependency.

Ready is 200 while requests can be served, which does not require Redis or the gallery.
"""

from flask import Blueprint
from pydantic import BaseModel

from job_service.web.documented import Answer, documented
from job_service.web.services import get_services

blueprint = Blueprint("health", __name__, url_prefix="/api")


class Health(BaseModel):
    status: str


class Check(BaseModel):
    """`problem` is the code of the fault, such as `store_bucket_missing`."""

    ok: bool
    latency_ms: float
    problem: str | None = None


class Readiness(BaseModel):
    """`checks` contains database, redis, queue, store, identity and gallery."""

    status: str
    checks: dict[str, Check]


@blueprint.get("/health")
@documented(answers={200: Health}, tag="health", access="public")
def get_health() -> Answer:
    """Answers as long as the process is alive."""
    return Health(status="ok")


@blueprint.get("/ready")
@documented(answers={200: Readiness, 503: Readiness}, tag="health", access="public")
def get_ready() -> Answer:
    """Show for each dependency whether it responds, and how fast."""
    results = get_services().readiness.check()
    body = Readiness(
        status="ready" if results.is_ready else "unavailable",
        checks={
            name: Check(ok=result.is_ok, latency_ms=result.latency_ms, problem=result.problem)
            for name, result in results.checks.items()
        },
    )
    return body, 200 if results.is_ready else 503
