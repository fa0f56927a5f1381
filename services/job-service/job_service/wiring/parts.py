"""Everything that views may reach, by feature."""

from dataclasses import dataclass

from job_service.adapters.readiness import Readiness
from job_service.ports.admin import AdminPorts
from job_service.ports.auth import AuthPorts
from job_service.ports.idempotency import IdempotencyPorts
from job_service.ports.job_outlets import TaskQueue
from job_service.ports.jobs import JobPorts
from job_service.ports.mail import KeptMails
from job_service.ports.relay import RelayPorts
from job_service.ports.storage import StoragePorts
from job_service.ports.videos import VideoPorts
from job_service.use_cases.videos.stop_jobs import VideoJobStopper
from job_service.wiring.auth import build_auth
from job_service.wiring.core import Core
from job_service.wiring.jobs import (
    build_admin,
    build_idempotency,
    build_jobs,
    build_relay_ports,
    build_task_queue,
)
from job_service.wiring.mail import build_kept_mails
from job_service.wiring.storage import build_object_store, build_storage
from job_service.wiring.videos import build_gallery, build_videos


@dataclass(frozen=True)
class Parts:
    core: Core
    readiness: Readiness
    auth: AuthPorts
    storage: StoragePorts
    videos: VideoPorts
    jobs: JobPorts
    queue: TaskQueue
    idempotency: IdempotencyPorts
    relay: RelayPorts
    admin: AdminPorts
    mails: KeptMails


def build_parts(core: Core) -> Parts:
    """Wire every feature on the core."""
    store = build_object_store(core.settings)
    storage = build_storage(core, store=store)
    gallery = build_gallery(core)
    jobs = build_jobs(core)
    queue = build_task_queue(core.settings)
    auth = build_auth(core)
    relay = build_relay_ports(jobs=jobs, queue=queue, gallery=gallery)
    return Parts(
        core=core,
        readiness=Readiness(
            {
                "database": core.database.check,
                "redis": core.redis.ping,
                "store": store.check,
                "gallery": gallery.check,
                "queue": queue.check,
                "identity": auth.identity.check,
            }
        ),
        auth=auth,
        storage=storage,
        videos=build_videos(core, storage=storage, gallery=gallery, jobs=VideoJobStopper(jobs)),
        jobs=jobs,
        queue=queue,
        idempotency=build_idempotency(core),
        relay=relay,
        admin=build_admin(core, relay=relay),
        mails=build_kept_mails(core),
    )
