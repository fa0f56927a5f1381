"""Live progress in Redis, and the events that streams show.

    job:{job_id}:live      string, JSON of LiveProgress, one day
    job:{job_id}:events    stream of {event, job}: the last 200 events, one day; its ids are the SSE ids
    job-events             channel of {job_id, id, event, job}, read by the events process

All of it can be lost: the rows have the truth, and who watches then asks them.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Final, TypeVar

from redis import Redis, RedisError

from job_service.domain.job_event import EventKind
from job_service.domain.progress import LiveProgress, TaskProgress
from videoforge.logs import get_logger

CHANNEL: Final = "job-events"
KEEP_SECONDS: Final = 86400
#: A job reports about once a second; a browser that was away for longer starts from the snapshot.
MAX_EVENTS: Final = 200

#: A Redis that hangs costs each call a second; after one that failed the next are spared for this long,
#: else reports of progress would hold all threads.
_REST_SECONDS: Final = 3.0

_log = get_logger("CACHE")
Found = TypeVar("Found")


def build_live_key(job_id: str) -> str:
    return f"job:{job_id}:live"


def build_events_key(job_id: str) -> str:
    return f"job:{job_id}:events"


class RedisProgressBoard:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._rests_until_seconds = 0.0

    def find(self, job_id: str) -> LiveProgress | None:
        text = self._try("find", lambda: self._redis.get(build_live_key(job_id)))
        if not isinstance(text, str):
            _log.debug("cache miss", key=build_live_key(job_id))
            return None
        return _read(text)

    def save(self, job_id: str, progress: LiveProgress) -> None:
        text = json.dumps(asdict(progress))
        self._try("save", lambda: self._redis.set(build_live_key(job_id), text, ex=KEEP_SECONDS))

    def forget(self, job_id: str) -> None:
        self._try("forget", lambda: self._redis.delete(build_live_key(job_id)))

    def announce(self, job_id: str, event: EventKind, *, job: Mapping[str, Any]) -> None:
        self._try("announce", lambda: self._announce(job_id, event, text=json.dumps(job)))

    def _announce(self, job_id: str, event: EventKind, *, text: str) -> None:
        key = build_events_key(job_id)
        event_id = self._redis.xadd(key, {"event": event, "job": text}, maxlen=MAX_EVENTS, approximate=True)
        message = json.dumps({"job_id": job_id, "id": event_id, "event": event, "job": text})
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.expire(key, KEEP_SECONDS)
        pipeline.publish(CHANNEL, message)
        pipeline.execute()

    def _try(self, what: str, call: Callable[[], Found]) -> Found | None:
        if time.monotonic() < self._rests_until_seconds:
            return None
        try:
            return call()
        except RedisError as error:
            self._rests_until_seconds = time.monotonic() + _REST_SECONDS
            _log.warning("live progress is lost for now", call=what, error=type(error).__name__)
            return None


def _read(text: str) -> LiveProgress | None:
    """Return the progress, or None for what another version wrote."""
    try:
        values = json.loads(text)
        tasks = {task_id: TaskProgress(**item) for task_id, item in values.pop("tasks").items()}
        return LiveProgress(**values, tasks=tasks)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
