"""Live progress in Redis, and the events that streams show.

    job:{job_id}:live      string, JSON of LiveProgress, one day
    job:{job_id}:tasks     hash of task id → JSON of its TaskProgress, one day
    job:{job_id}:events    stream of {event, job}: the last 200 events, one day; ids are the SSE ids
    job-events             channel of {job_id, id, event, job}, read by the events process

All of it can be lost: the rows are authoritative, and streams then read them.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from redis import Redis

from job_service.jobs.job_event import EventKind
from job_service.jobs.progress import LiveProgress, TaskProgress
from videoforge.logs import get_logger
from videoforge_clients.quiet_redis import QuietRedis

CHANNEL: Final = "job-events"
KEEP_SECONDS: Final = 86400
#: A job shows something every few seconds; a browser that was away longer than 200 events starts from the
#: snapshot.
MAX_EVENTS: Final = 200

_log = get_logger("CACHE")


def build_live_key(job_id: str) -> str:
    return f"job:{job_id}:live"


def build_tasks_key(job_id: str) -> str:
    return f"job:{job_id}:tasks"


def build_events_key(job_id: str) -> str:
    return f"job:{job_id}:events"


class RedisProgressStore:
    def __init__(self, redis: QuietRedis) -> None:
        self._redis = redis

    def find(self, job_id: str) -> LiveProgress | None:
        text = self._redis.ask(lambda redis: redis.get(build_live_key(job_id)))
        if not isinstance(text, str):
            _log.debug("cache miss", key=build_live_key(job_id))
            return None
        return _read(text)

    def save(self, job_id: str, progress: LiveProgress) -> None:
        text = json.dumps(asdict(progress))
        self._redis.ask(lambda redis: redis.set(build_live_key(job_id), text, ex=KEEP_SECONDS))

    def forget(self, job_id: str) -> None:
        self._redis.ask(lambda redis: redis.delete(build_live_key(job_id), build_tasks_key(job_id)))

    def note_task(self, job_id: str, task_id: str, progress: TaskProgress) -> None:
        key, text = build_tasks_key(job_id), json.dumps(asdict(progress))

        def note(redis: Redis) -> None:
            pipeline = redis.pipeline(transaction=False)
            pipeline.hset(key, task_id, text)
            pipeline.expire(key, KEEP_SECONDS)
            pipeline.execute()

        self._redis.ask(note)

    def list_tasks(self, job_id: str) -> Mapping[str, TaskProgress]:
        found: Any = self._redis.ask(lambda redis: redis.hgetall(build_tasks_key(job_id)))
        read = {task_id: _read_task(text) for task_id, text in (found or {}).items()}
        return {task_id: progress for task_id, progress in read.items() if progress is not None}

    def announce(self, job_id: str, event: EventKind, *, job: Mapping[str, Any]) -> None:
        self._redis.ask(lambda redis: _announce(redis, job_id, event, text=json.dumps(job)))


def _announce(redis: Redis, job_id: str, event: EventKind, *, text: str) -> None:
    key = build_events_key(job_id)
    event_id = redis.xadd(key, {"event": event, "job": text}, maxlen=MAX_EVENTS, approximate=True)
    message = json.dumps({"job_id": job_id, "id": event_id, "event": event, "job": text})
    pipeline = redis.pipeline(transaction=False)
    pipeline.expire(key, KEEP_SECONDS)
    pipeline.publish(CHANNEL, message)
    pipeline.execute()


def _read(text: str) -> LiveProgress | None:
    """Return the progress, or None if another version wrote it."""
    try:
        values = json.loads(text)
        values.pop("tasks", None)  # an older version kept the reports of the tasks here
        return LiveProgress(**values)
    except (ValueError, TypeError, AttributeError):
        return None


def _read_task(text: str) -> TaskProgress | None:
    try:
        return TaskProgress(**json.loads(text))
    except (ValueError, TypeError):
        return None
