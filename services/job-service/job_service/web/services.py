"""Everything that views can access, by feature: one object per app, never a global."""

from dataclasses import dataclass
from typing import cast

from flask import current_app

from job_service.admin.mail import KeptMails
from job_service.admin.ports import AdminPorts, AdminTransaction
from job_service.auth.ports import AuthPorts, AuthTransaction
from job_service.jobs.ports import JobPorts, TaskQueue
from job_service.platform.platform import Platform
from job_service.platform.ports import Database
from job_service.relaying.ports import RelayPorts
from job_service.sweeps.ports import SweepTransaction
from job_service.uploads.ports import UploadPorts
from job_service.videos.ports import VideoPorts, VideoTransaction
from videoforge_web.readiness import Readiness

EXTENSION = "videoforge"


@dataclass(frozen=True, kw_only=True)
class AppTransaction(SweepTransaction, AdminTransaction, VideoTransaction, AuthTransaction):
    """All stores of job-service in one transaction."""


@dataclass(frozen=True, kw_only=True)
class Services:
    platform: Platform
    readiness: Readiness
    database: Database[AppTransaction]
    auth: AuthPorts
    uploads: UploadPorts
    videos: VideoPorts
    jobs: JobPorts
    queue: TaskQueue
    relay: RelayPorts
    admin: AdminPorts
    mails: KeptMails


def get_services() -> Services:
    return cast("Services", current_app.extensions[EXTENSION])
