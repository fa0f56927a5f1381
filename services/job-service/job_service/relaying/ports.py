"""What the relay needs beside the ports of jobs: where messages go, and leave to sweep."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol

from job_service.jobs.outlets import GalleryFeed, TaskQueue
from job_service.jobs.ports import DeadLetters, JobPorts
from job_service.platform.ports import Transaction


class SweepLock(Protocol):
    """One relay at a time does a sweep, however many run."""

    def try_hold(self, name: str) -> AbstractContextManager[bool]:
        """Hold the sweep's lock for the block, and say whether it was free."""


RecordKind = Literal["uploads", "deletions", "dead_letters", "processors", "set_aside"]


class Records(Protocol):
    """Rows that tell what has been and that nothing is decided by any more: uploads that ended without a
    video, or whose video is gone; finished deletions; dead letters; processors not seen lately."""

    def delete_older(self, transaction: Transaction, kind: RecordKind, *, than: timedelta) -> int:
        """Delete those of the kind that have been over for longer, and return how many."""


@dataclass(frozen=True, kw_only=True)
class RelayPorts:
    jobs: JobPorts
    queue: TaskQueue
    gallery: GalleryFeed
    dead_letters: DeadLetters
