"""Everything that views may reach, by feature."""

from dataclasses import dataclass

from job_service.adapters.readiness import Readiness
from job_service.ports.auth import AuthPorts
from job_service.wiring.auth import build_auth
from job_service.wiring.core import Core


@dataclass(frozen=True)
class Parts:
    core: Core
    readiness: Readiness
    auth: AuthPorts


def build_parts(core: Core) -> Parts:
    """Wire every feature on the core."""
    return Parts(
        core=core,
        readiness=Readiness({"database": core.database.check, "redis": core.redis.ping}),
        auth=build_auth(core),
    )
