"""What the relay needs besides the ports of jobs: where messages go, and the lock for sweeps."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from job_service.jobs.ports import GalleryFeed, JobPorts, TaskQueue


class SweepLock(Protocol):
    """However many relays run, only one at a time does a sweep."""

    def try_hold(self, name: str) -> AbstractContextManager[bool]:
        """Try to hold the sweep's lock for the block; yield whether it was free."""


@dataclass(frozen=True, kw_only=True)
class RelayPorts:
    jobs: JobPorts
    queue: TaskQueue
    gallery: GalleryFeed
