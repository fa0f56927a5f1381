"""Everything that views may reach, by feature: one object per app, never a global."""

from dataclasses import dataclass
from typing import cast

from flask import current_app

from job_service.admin.mail import KeptMails
from job_service.admin.ports import AdminPorts
from job_service.auth.ports import AuthPorts
from job_service.idempotency.ports import IdempotencyPorts
from job_service.jobs.outlets import TaskQueue
from job_service.jobs.ports import JobPorts
from job_service.platform.platform import Platform
from job_service.platform.readiness import Readiness
from job_service.relaying.ports import RelayPorts
from job_service.uploads.ports import StoragePorts
from job_service.videos.ports import VideoPorts

EXTENSION = "videoforge"


@dataclass(frozen=True)
class Services:
    platform: Platform
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


def get_services() -> Services:
    return cast("Services", current_app.extensions[EXTENSION])
