"""A user who keeps working while things break: uploads films, creates jobs, and polls each.

What was seen is kept per job (snapshot.JobWatch), so that the checker can tell afterwards whether
anyone saw progress decrease or a final state change. An unanswered request is retried: a 503 is
allowed, a wrong response is not.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from demo.api_client import ApiClient
from demo.clips import Clip
from demo.errors import ApiError, DemoError
from demo.workflow import upload_clip
from infra.local.processes.health import wait_until
from tests.e2e.film import QuietView
from tests.faults.harness.checker import FINAL
from tests.faults.harness.snapshot import JobWatch, Sighting

_LOOK_EVERY_SECONDS: Final = 0.5
_TRY_EVERY_SECONDS: Final = 1.0
_ANSWER_SECONDS: Final = 60.0


class Driver:
    """One signed-in user. `watching` polls all open jobs in a thread."""

    def __init__(self, client: ApiClient) -> None:
        self.client = client
        self.watches: list[JobWatch] = []
        self._began = time.monotonic()
        self._lock = threading.Lock()

    def send_video(self, path: Path, **details: Any) -> dict[str, Any]:
        """Upload and confirm a film and return its video."""
        return upload_clip(self.client, Clip(path.stem, path), view=QuietView(), **details)

    def ask(self, video: dict[str, Any], *, formats: Sequence[str] = ("480p",)) -> JobWatch:
        """Request a job until it is accepted, always with the same key, as a good client does."""
        key, body = str(uuid4()), {"video_id": video["id"], "output_formats": list(formats)}
        deadline = time.monotonic() + _ANSWER_SECONDS
        while True:
            try:
                job = self.client.post("jobs", body, Idempotency_Key=key)
                break
            except DemoError as fault:
                if time.monotonic() > deadline or not is_passing(fault):
                    raise
                time.sleep(_TRY_EVERY_SECONDS)
        watch = JobWatch(job["id"], video["id"], key, tuple(formats))
        with self._lock:
            self.watches.append(watch)
        return watch

    def make(self, path: Path, *, formats: Sequence[str] = ("480p",)) -> JobWatch:
        """Upload a film and request its job."""
        return self.ask(self.send_video(path), formats=formats)

    def look(self, watch: JobWatch) -> dict[str, Any] | None:
        """Poll a job once and keep what was seen; None without a response."""
        try:
            job: dict[str, Any] = self.client.get(f"jobs/{watch.job_id}")
        except DemoError as fault:
            if not is_passing(fault):
                raise
            return None
        seen_at = time.monotonic() - self._began
        watch.sightings.append(
            Sighting(seen_at, job["status"], job["progress_percent"], job.get("waiting_for"))
        )
        return job

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Poll every open job until the block ends."""
        stop = threading.Event()
        thread = threading.Thread(target=self._watch_until, args=(stop,), name="watching", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(timeout=_ANSWER_SECONDS)

    def wait_for_all(self, *, seconds: float) -> list[JobWatch]:
        """Wait until every job has ended and return those that have not."""
        wait_until(lambda: not self._list_open(), seconds=seconds, step_seconds=_LOOK_EVERY_SECONDS)
        return self._list_open()

    def wait_for(self, watch: JobWatch, *, percent: float, seconds: float = 60) -> None:
        """Wait until the job, still active, shows this progress."""

        def is_there() -> bool:
            return bool(watch.sightings) and watch.sightings[-1].percent >= percent

        assert wait_until(is_there, seconds=seconds, step_seconds=0.1), f"{watch.job_id} did not get there"
        assert watch.sightings[-1].status not in FINAL, "the job ended before it could be disturbed"

    def _watch_until(self, stop: threading.Event) -> None:
        while not stop.wait(_LOOK_EVERY_SECONDS):
            for watch in self._list_open():
                self.look(watch)

    def _list_open(self) -> list[JobWatch]:
        with self._lock:
            watches = list(self.watches)
        return [watch for watch in watches if not watch.sightings or watch.sightings[-1].status not in FINAL]


def is_passing(fault: DemoError) -> bool:
    """Say whether a retry may help: no response, 429, 5xx, or an earlier request with this key that
    is still running."""
    if not isinstance(fault, ApiError):
        return True
    return fault.status == 429 or fault.status >= 500 or fault.code == "request_in_progress"
