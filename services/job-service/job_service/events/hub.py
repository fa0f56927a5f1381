"""One reader of the feed, fanned out to every watcher of a job in this process.

A watcher that is slower than its events loses the oldest: each event carries the whole job, so the
newest is enough. While the feed is lost the hub says so, and watchers read the rows instead.
"""

import queue
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from job_service.events.ports import FeedLost, JobFeed
from job_service.jobs.job_event import JobEvent
from videoforge.logs import get_logger
from videoforge.problems import Code, Problem

#: About ten seconds of one job's events.
_QUEUE_SIZE: Final = 16
_REOPEN_SECONDS: Final = 1.0

_log = get_logger("CACHE")


class Watch:
    """One watcher's events."""

    def __init__(self) -> None:
        self._events: queue.Queue[JobEvent] = queue.Queue(maxsize=_QUEUE_SIZE)

    def put(self, event: JobEvent) -> None:
        """Add an event, dropping the oldest if the queue is full. Called only by the hub's
        thread."""
        while True:
            try:
                self._events.put_nowait(event)
                return
            except queue.Full:
                self._drop_oldest()

    def get(self, *, seconds: float) -> JobEvent | None:
        """Wait for the next event; return None on timeout."""
        try:
            return self._events.get(timeout=max(0.0, seconds))
        except queue.Empty:
            return None

    def _drop_oldest(self) -> None:
        try:
            self._events.get_nowait()
        except queue.Empty:
            return  # the watcher took it first


class EventHub:
    """`gaps` counts how often the feed was lost and reopened: what happened in between is only in
    the rows."""

    def __init__(self, feed: JobFeed, *, max_streams: int, max_streams_per_user: int) -> None:
        self.feed = feed
        self.is_live = False
        self.gaps = 0
        self._max_streams = max_streams
        self._max_streams_per_user = max_streams_per_user
        self._lock = threading.Lock()
        self._watches: dict[str, set[Watch]] = defaultdict(set)
        self._streams_of_user: dict[str, int] = defaultdict(int)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def stream_count(self) -> int:
        return sum(self._streams_of_user.values())

    @contextmanager
    def admit(self, user_id: str) -> Iterator[None]:
        """Count a stream while it is open. Raises Problem 429 `too_many_streams`."""
        with self._lock:
            is_full = self.stream_count >= self._max_streams
            if is_full or self._streams_of_user[user_id] >= self._max_streams_per_user:
                raise Problem(Code.too_many_streams)
            self._streams_of_user[user_id] += 1
        try:
            yield
        finally:
            with self._lock:
                self._streams_of_user[user_id] -= 1
                if not self._streams_of_user[user_id]:
                    del self._streams_of_user[user_id]

    @contextmanager
    def watch(self, job_id: str) -> Iterator[Watch]:
        """Receive the events of a job while the block lasts."""
        watch = Watch()
        with self._lock:
            self._watches[job_id].add(watch)
            self._start()
        try:
            yield watch
        finally:
            with self._lock:
                self._watches[job_id].discard(watch)
                if not self._watches[job_id]:
                    del self._watches[job_id]

    def stop(self) -> None:
        """Stop the reader; it notices within about a second."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=3)

    def _start(self) -> None:
        """Start reading at the first watcher, in the serving process: threads do not survive a
        fork."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="job-events", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._read()
            except FeedLost:
                _log.warning("the feed of job events is lost; streams poll the database")
            except Exception as error:  # one bad event must not end all streams
                _log.error("job event cannot be read", exc_info=error)
            finally:
                self.is_live = False
            self._stop.wait(_REOPEN_SECONDS)

    def _read(self) -> None:
        with self.feed.open() as events:
            for item in events:
                if not self.is_live:
                    self.gaps += 1
                    self.is_live = True
                if item is not None:
                    self._hand_out(*item)
                if self._stop.is_set():
                    return

    def _hand_out(self, job_id: str, event: JobEvent) -> None:
        with self._lock:
            watches = list(self._watches.get(job_id, ()))
        for watch in watches:
            watch.put(event)
