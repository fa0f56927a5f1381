"""The events of jobs: the live feed, and the last events of each job."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from job_service.jobs.job_event import JobEvent


class FeedLost(Exception):
    """The feed does not answer: events may be missed until it is reopened."""


class JobFeed(Protocol):
    def open(self) -> AbstractContextManager[Iterator[tuple[str, JobEvent] | None]]:
        """Yield every event of every job with the job's id, and None about once a second when there
        is none. Raises FeedLost, on opening or at any step."""

    def list_since(self, job_id: str, event_id: str) -> list[JobEvent]:
        """Return the events of a job after this one, oldest first; an empty list while the feed is
        lost."""

    def find_last_id(self, job_id: str) -> str | None:
        """Return the id of the newest event of a job, or None while the feed is lost."""
