"""The events of jobs as they are announced: the live feed, and the last ones of each job."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from job_service.jobs.job_event import JobEvent


class FeedLost(Exception):
    """The feed does not answer: events may be missed until it is opened again."""


class JobFeed(Protocol):
    def open(self) -> AbstractContextManager[Iterator[tuple[str, JobEvent] | None]]:
        """Give every event of every job with the job's id, and None about once a second when there is
        none. Raises FeedLost, at the opening or at any step."""

    def list_since(self, job_id: str, event_id: str) -> list[JobEvent]:
        """Return the events of a job after this one, oldest first; none while the feed is lost."""

    def find_last_id(self, job_id: str) -> str | None:
        """Return the id of the newest event of a job, or None while the feed is lost."""
