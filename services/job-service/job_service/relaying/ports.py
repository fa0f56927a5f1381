"""What the relay needs beside the ports of jobs: where messages go, and leave to sweep."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from job_service.jobs.ports import GalleryFeed, JobPorts, TaskQueue


class SweepLock(Protocol):
    """One relay at a time does a sweep, however many run."""

    def try_hold(self, name: str) -> AbstractContextManager[bool]:
        """Hold the sweep's lock for the block, and say whether it was free."""


@dataclass(frozen=True, kw_only=True)
class RelayPorts:
    jobs: JobPorts
    queue: TaskQueue
    gallery: GalleryFeed
