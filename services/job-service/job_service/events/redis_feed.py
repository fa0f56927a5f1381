"""The events of jobs in Redis, as written by jobs/stores/redis_progress.py.

job-events             channel of {job_id, id, event, job}
job:{job_id}:events    stream of {event, job}
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from redis import Redis, RedisError

from job_service.events.ports import FeedLost
from job_service.jobs.job_event import JobEvent
from job_service.jobs.stores.redis_progress import CHANNEL, MAX_EVENTS, build_events_key
from videoforge_clients.quiet_redis import QuietRedis

_EVENT_ID = re.compile(r"\d{1,20}-\d{1,20}")
_WAIT_SECONDS: Final = 1.0


class RedisJobFeed:
    """Subscribes with `redis`, whose loss raises FeedLost, and reads past events with `history`,
    whose failure counts as "no events"."""

    def __init__(self, redis: Redis, *, history: QuietRedis) -> None:
        self._redis = redis
        self._history = history

    @contextmanager
    def open(self) -> Iterator[Iterator[tuple[str, JobEvent] | None]]:
        subscriber = self._redis.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
        try:
            subscriber.subscribe(CHANNEL)
            yield _read_all(subscriber)
        except RedisError as error:
            raise FeedLost from error
        finally:
            subscriber.close()

    def list_since(self, job_id: str, event_id: str) -> list[JobEvent]:
        if not _EVENT_ID.fullmatch(event_id):
            return []
        key = build_events_key(job_id)
        entries: Any = self._history.ask(
            lambda redis: redis.xrange(key, min=f"({event_id}", count=MAX_EVENTS * 2)
        )
        return [_build_event(entry_id, values) for entry_id, values in entries or ()]

    def find_last_id(self, job_id: str) -> str | None:
        key = build_events_key(job_id)
        entries: Any = self._history.ask(lambda redis: redis.xrevrange(key, count=1))
        return str(entries[0][0]) if entries else None


def _read_all(subscriber: Any) -> Iterator[tuple[str, JobEvent] | None]:
    while True:
        message = subscriber.get_message(timeout=_WAIT_SECONDS)
        if message is None:
            yield None
            continue
        values = json.loads(message["data"])
        yield values["job_id"], _build_event(values["id"], values)


def _build_event(event_id: str, values: Any) -> JobEvent:
    return JobEvent(kind=values["event"], job=json.loads(values["job"]), id=event_id)
