"""Wires every feature: settings → the `Services` that views reach."""

from job_service.platform.platform import Platform
from job_service.platform.readiness import Readiness
from job_service.videos.stop_jobs import VideoJobStopper
from job_service.web.services import Services
from job_service.wiring.auth import build_auth
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


def build_services(platform: Platform) -> Services:
    """Wire every feature on the platform."""
    store = build_object_store(platform.settings)
    storage = build_storage(platform, store=store)
    gallery = build_gallery(platform)
    jobs = build_jobs(platform)
    queue = build_task_queue(platform.settings)
    auth = build_auth(platform)
    relay = build_relay_ports(jobs=jobs, queue=queue, gallery=gallery)
    return Services(
        platform=platform,
        readiness=Readiness(
            {
                "database": platform.database.check,
                "redis": platform.redis.ping,
                "store": store.check,
                "gallery": gallery.check,
                "queue": queue.check,
                "identity": auth.identity.check,
            }
        ),
        auth=auth,
        storage=storage,
        videos=build_videos(platform, storage=storage, gallery=gallery, jobs=VideoJobStopper(jobs)),
        jobs=jobs,
        queue=queue,
        idempotency=build_idempotency(platform),
        relay=relay,
        admin=build_admin(platform, relay=relay),
        mails=build_kept_mails(platform),
    )
