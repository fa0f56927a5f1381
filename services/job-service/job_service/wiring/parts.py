"""Everything that views may reach, by feature."""

from dataclasses import dataclass

from job_service.adapters.readiness import Readiness
from job_service.ports.auth import AuthPorts
from job_service.ports.storage import StoragePorts
from job_service.wiring.auth import build_auth
from job_service.wiring.core import Core
from job_service.wiring.storage import build_object_store, build_storage


@dataclass(frozen=True)
class Parts:
    core: Core
    readiness: Readiness
    auth: AuthPorts
    storage: StoragePorts


def build_parts(core: Core) -> Parts:
    """Wire every feature on the core."""
    store = build_object_store(core.settings)
    auth = build_auth(core)
    return Parts(
        core=core,
        readiness=Readiness(
            {
                "database": core.database.check,
                "redis": core.redis.ping,
                "store": store.check,
                "identity": auth.identity.check,
            }
        ),
        auth=auth,
        storage=build_storage(core, store=store),
    )
