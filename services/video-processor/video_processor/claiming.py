"""Claiming a task for sure: where the answer is lost, the same claim is sent again.

A claim that was granted and not answered, because the database or job-service stopped in between, would leave
the task with nobody until its lease ends. So each claim has an id of its own, and job-service gives the same
grant to the same id. Who gives up asking loses nothing either: an unconfirmed grant goes back after 15 s.
"""

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_delay,
    stop_when_event_set,
    wait_random_exponential,
)

from video_processor.errors import JobApiUnavailable
from video_processor.ports import JobApi
from videoforge.messages import ClaimGrant, TaskMessage

#: Longer than most stops of a database or a service. The message may come to others meanwhile, who are
#: refused where the task is ours, and have it where it is not.
CLAIM_SECONDS: Final = 60.0
_MAX_PAUSE_SECONDS: Final = 3.0


@dataclass(frozen=True, kw_only=True)
class Claim:
    """`asked_at` was read before the request that was answered: the server's lease begins later."""

    grant: ClaimGrant
    asked_at: float


async def claim_task(
    api: JobApi,
    message: TaskMessage,
    *,
    clock: Callable[[], float],
    stop: asyncio.Event,
    max_pause_seconds: float = _MAX_PAUSE_SECONDS,
) -> Claim:
    """Ask until there is an answer, for CLAIM_SECONDS or until `stop` is set. Raises ClaimRefused, and
    JobApiUnavailable where none came."""
    claim_id = uuid.uuid4().hex
    tries = AsyncRetrying(
        retry=retry_if_exception_type(JobApiUnavailable),
        wait=wait_random_exponential(multiplier=0.2, max=max_pause_seconds),
        stop=stop_after_delay(CLAIM_SECONDS) | stop_when_event_set(stop),  # type: ignore[arg-type]
        reraise=True,
    )
    async for attempt in tries:
        with attempt:
            asked_at = clock()
            return Claim(grant=await api.claim(message, claim_id=claim_id), asked_at=asked_at)
    raise AssertionError("tenacity returns or raises")
