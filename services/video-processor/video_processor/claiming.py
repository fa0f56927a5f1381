"""Claims a task, and repeats the claim when its answer is lost.

If the database or job-service stops between granting a claim and answering it, nobody would work on
the task until its lease expires. So each claim has an id of its own, and job-service answers the
same id with the same grant. If this processor gives up asking, nothing is lost either: a grant that
is not confirmed is withdrawn after 15 s.
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

#: Longer than most outages of a database or a service. Meanwhile another processor may receive the
#: message: its claim is refused if the task is ours, and granted if it is not.
CLAIM_SECONDS: Final = 60.0
_MAX_PAUSE_SECONDS: Final = 3.0


@dataclass(frozen=True, kw_only=True)
class Claim:
    """`asked_at` was read before the request that was answered, so the server's lease starts
    later."""

    grant: ClaimGrant
    asked_at: float


async def claim_task(
    api: JobApi,
    message: TaskMessage | None,
    *,
    clock: Callable[[], float],
    stop: asyncio.Event,
    max_pause_seconds: float = _MAX_PAUSE_SECONDS,
) -> Claim:
    """Retry until there is an answer, for CLAIM_SECONDS or until `stop` is set. Without a message only
    a light task is granted. Raises ClaimRefused, and JobApiUnavailable if no answer came."""
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
