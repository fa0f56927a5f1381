"""The events of one job for one watcher, from the snapshot to the end.

First the events that the watcher missed, by its last event id, or else the current job; then each
event as it arrives. While the feed is lost, the rows are read every two seconds. They are also read
after five seconds without an event: a pending job moves up in the queue without one, and this makes
up for an event that Redis refused.

The stream ends after a final state or after five minutes, when the watcher reconnects: so
permissions are checked again and no thread is occupied for ever.
"""

import time
from collections.abc import Callable, Iterator
from typing import Final

from job_service.events.hub import EventHub, Watch
from job_service.jobs.job_event import JobEvent
from job_service.jobs.ports import JobPorts
from job_service.jobs.views import get_job
from videoforge.problems import Problem

MAX_SECONDS: Final = 300.0
PING_SECONDS: Final = 15.0
POLL_SECONDS: Final = 2.0
SILENCE_SECONDS: Final = 5.0

#: An event, or None for a ping.
StreamEvent = JobEvent | None


def read_job_event(ports: JobPorts, job_id: str, *, user_id: str | None) -> JobEvent:
    """Return the current job; `user_id` None allows any user's job. Raises Problem 404
    `job_not_found`, also for another user's job."""
    job = get_job(ports, job_id, user_id=user_id)
    return JobEvent(kind="state", job=job.model_dump(mode="json"))


class JobStream:
    """One watcher's stream; iterate `run` once."""

    def __init__(
        self,
        ports: JobPorts,
        hub: EventHub,
        *,
        job_id: str,
        user_id: str | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ports = ports
        self._hub = hub
        self._job_id = job_id
        self._user_id = user_id
        self._clock = clock
        self._last: JobEvent | None = None

    def run(self, *, last_event_id: str | None) -> Iterator[StreamEvent]:
        """Yield events and pings. The watch starts before the snapshot is read, so that nothing is
        missed in between; an event that arrives twice is sent once."""
        with self._hub.watch(self._job_id) as watch:
            for event in self._begin(last_event_id):
                yield from self._emit(event)
            yield from self._follow(watch)

    def _begin(self, last_event_id: str | None) -> list[JobEvent]:
        feed = self._hub.feed
        missed = feed.list_since(self._job_id, last_event_id) if last_event_id else []
        if missed:
            return missed
        event_id = feed.find_last_id(self._job_id)
        snapshot = read_job_event(self._ports, self._job_id, user_id=self._user_id)
        return [JobEvent(kind="state", job=snapshot.job, id=event_id)]

    def _follow(self, watch: Watch) -> Iterator[StreamEvent]:
        ends_at = self._clock() + MAX_SECONDS
        ping_at = self._clock() + PING_SECONDS
        gaps, heard_at = self._hub.gaps, self._clock()
        while not self._is_over(ends_at):
            event = watch.get(seconds=min(POLL_SECONDS, ping_at - self._clock()))
            is_silent = event is None and self._clock() - heard_at >= SILENCE_SECONDS
            if event is None and (is_silent or not self._hub.is_live or gaps != self._hub.gaps):
                gaps, heard_at = self._hub.gaps, self._clock()
                event = self._poll()
            if event is not None:
                heard_at = self._clock()
                yield from self._emit(event)
            if self._clock() >= ping_at:
                ping_at = self._clock() + PING_SECONDS
                yield None

    def _is_over(self, ends_at: float) -> bool:
        return self._clock() >= ends_at or (self._last is not None and self._last.is_final)

    def _emit(self, event: JobEvent) -> Iterator[StreamEvent]:
        """Skip an event that arrived out of order."""
        if self._last is None or event.reached >= self._last.reached:
            self._last = event
            yield event

    def _poll(self) -> JobEvent | None:
        """Return the job if it changed since the last event; None while the database does not
        answer."""
        try:
            found = read_job_event(self._ports, self._job_id, user_id=self._user_id)
        except Problem:
            return None
        if self._last is None or found.job == self._last.job:
            return None
        is_state = found.job["status"] != self._last.job["status"]
        return JobEvent(kind="state" if is_state else "progress", job=found.job)
