"""Reports the outcome of an attempt to job-service, with retries up to a limit.

While job-service does not answer, a finished result is kept for ten minutes: no other processor can
take the task in that time, and this one could not get another. If job-service answers with an error
each time, the limit is three minutes. A request that it rejects as invalid is not retried. A
shutdown does not wait for either limit.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential

from video_processor.errors import JobApiFaulty, JobApiRefused, JobApiUnavailable
from video_processor.ports import JobApi
from videoforge.logs import get_logger
from videoforge.messages import AttemptFailure, AttemptResult, TaskLease

log = get_logger("JOB")

_MAX_PAUSE_SECONDS: Final = 5.0


@dataclass(frozen=True)
class ReportLimits:
    """`silent_seconds` applies while job-service does not answer, `faulty_seconds` while it answers
    with errors. During a shutdown the limit is `draining_seconds`: about as long as job-service
    takes to restart on a busy machine."""

    silent_seconds: float = 600.0
    faulty_seconds: float = 180.0
    draining_seconds: float = 20.0


@dataclass
class _Stop:
    """Tells tenacity when to give up."""

    limits: ReportLimits
    is_draining: Callable[[], bool]
    started_at: float = field(default_factory=time.monotonic)
    faulty_since: float | None = None

    def __call__(self, state: RetryCallState) -> bool:
        error = state.outcome.exception() if state.outcome else None
        now = time.monotonic()
        if isinstance(error, JobApiRefused):
            return True
        if self.is_draining() and now - self.started_at >= self.limits.draining_seconds:
            return True
        if isinstance(error, JobApiFaulty):
            self.faulty_since = self.faulty_since if self.faulty_since is not None else now
            return now - self.faulty_since >= self.limits.faulty_seconds
        return now - self.started_at >= self.limits.silent_seconds


@dataclass(frozen=True)
class OutcomeReporter:
    """`stop` is set when the processor shuts down."""

    api: JobApi
    stop: asyncio.Event
    limits: ReportLimits = ReportLimits()

    async def report_result(self, lease: TaskLease, result: AttemptResult) -> None:
        """Raises JobApiUnavailable when the limit is reached, and LeaseLost."""
        await self._retry(lambda: self.api.complete(lease, result))

    async def report_failure(self, lease: TaskLease, failure: AttemptFailure) -> bool:
        """Return whether job-service has accepted the report. If it has not, the lease simply
        expires. Raises LeaseLost."""
        try:
            await self._retry(lambda: self.api.fail(lease, failure))
        except JobApiUnavailable as problem:
            log.error("the outcome of the attempt could not be reported", reason=str(problem))
            return False
        return True

    async def _retry(self, call: Callable[[], Awaitable[object]]) -> None:
        tries = AsyncRetrying(
            retry=retry_if_exception_type(JobApiUnavailable),
            wait=wait_random_exponential(max=_MAX_PAUSE_SECONDS),
            stop=_Stop(self.limits, self.stop.is_set),
            reraise=True,
        )
        async for attempt in tries:
            with attempt:
                await call()
