"""From a message to its outcome. Each slot takes one message at a time and does this:

    not granted, task over      delete the message
    not granted, task leased    hide the message until the lease may be over
    completed                   delete it, but only after job-service has the result
    failed, tried again         hide it a little longer each time
    failed for good             delete it
    interrupted (SIGTERM)       give the lease and the message back at once
    lease lost                  nothing: the task is another's, and so is the message
    job-service silent          nothing: the message comes back by itself

Shutdown, in this order: no more polls; a message that a last poll still brings goes back unread; a task
that can end within the grace time goes on; any other has its ffmpeg ended and is handed back.
"""

import asyncio
import random
import time
from typing import Final

from tenacity import AsyncRetrying, retry_if_exception_type, wait_random_exponential

from video_processor.claiming import claim_surely
from video_processor.errors import (
    ClaimRefused,
    Interrupted,
    JobApiUnavailable,
    LeaseLost,
    QueueUnavailable,
    TaskFailed,
)
from video_processor.lease import Lease, read_boot_clock
from video_processor.metrics import Metrics
from video_processor.ports import ReceivedTask, TaskQueue
from video_processor.task_runner import TaskRun, Tools
from videoforge.logs import bind_context, clear_context, get_logger
from videoforge.messages import (
    ClaimGrant,
    FailureKind,
    TaskCompletion,
    TaskError,
    TaskFailure,
    TaskResult,
)

log = get_logger("JOB")
queue_log = get_logger("QUEUE")

_MAX_BACKOFF_SECONDS: Final = 30.0


class Worker:
    """`slots` tasks at once, until `stop` is set."""

    def __init__(
        self, *, queue: TaskQueue, tools: Tools, metrics: Metrics, slots: int, drain_grace_seconds: float
    ) -> None:
        self._queue = queue
        self._tools = tools
        self._metrics = metrics
        self._slots = slots
        self._drain_grace_seconds = drain_grace_seconds
        self.stop = asyncio.Event()

    async def run(self) -> None:
        """Work until told to stop, and return when all slots are empty."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._slots):
                group.create_task(self._run_slot())

    async def _run_slot(self) -> None:
        failures = 0
        while not self.stop.is_set():
            try:
                received = await self._queue.receive()
            except QueueUnavailable as error:
                failures += 1
                self._metrics.count_poll("failed")
                queue_log.warning("the queue does not answer", reason=str(error))
                await self._pause(min(_MAX_BACKOFF_SECONDS, 2**failures) * random.uniform(0.5, 1))  # noqa: S311
                continue
            failures = 0
            self._metrics.count_poll("message" if received else "empty")
            if received is None:
                continue
            try:
                await self.handle(received)
            except Exception:
                log.exception("a message could not be handled")  # it comes back; the slot lives on
            finally:
                clear_context()

    async def _pause(self, seconds: float) -> None:
        """Sleep, but wake up for the shutdown."""
        try:
            await asyncio.wait_for(self.stop.wait(), seconds)
        except TimeoutError:
            return

    async def handle(self, received: ReceivedTask) -> None:
        """Bring one message to its outcome."""
        bind_context(task_id=received.message.task_id, dispatch=received.message.dispatch)
        if self.stop.is_set():
            await self._hide(received, seconds=0)
            return
        try:
            claim = await claim_surely(
                self._tools.api, received.message, clock=read_boot_clock, stop=self.stop
            )
        except ClaimRefused as refusal:
            log.info("the task is not ours to do", error_code=refusal.code)
            if refusal.is_over:
                await self._delete(received)
            else:
                jitter = random.uniform(0, 5)  # noqa: S311
                await self._hide(received, seconds=round(refusal.retry_after_seconds + jitter))
            return
        except JobApiUnavailable as error:
            log.warning("job-service does not answer", reason=str(error))
            await self._pause(random.uniform(1, 5))  # noqa: S311
            return
        grant = claim.grant
        bind_context(job_id=grant.job_id, attempt=grant.attempt, kind=grant.input.kind)
        await self._work(received, grant, claimed_at=claim.asked_at)

    async def _work(self, received: ReceivedTask, grant: ClaimGrant, *, claimed_at: float) -> None:
        lease = Lease(
            grant,
            api=self._tools.api,
            queue=self._queue,
            receipt_handle=received.receipt_handle,
            claimed_at=claimed_at,
        )
        run = TaskRun(grant, lease=lease, tools=self._tools)
        self._metrics.enter_task()
        log.info("task begins")
        outcome, started = "lease_lost", time.monotonic()
        try:
            outcome = await lease.hold(self._bring_to_outcome(received, grant, run))
        except LeaseLost as error:
            log.warning("the lease is lost, work stops", reason=str(error))
        finally:
            self._metrics.leave_task(
                kind=grant.input.kind, outcome=outcome, clock=run.clock, speed=run.progress.speed
            )
            log.info("task ends", outcome=outcome, seconds=round(time.monotonic() - started, 3))

    async def _bring_to_outcome(self, received: ReceivedTask, grant: ClaimGrant, run: TaskRun) -> str:
        """Run the task and tell job-service; under the lease, so that telling ends with it too."""
        try:
            result = await self._run_until_stopped(run)
        except TaskFailed as error:
            log.warning(
                "the task failed", error_code=error.code, reason=str(error), cause=repr(error.__cause__)
            )
            await self._tell_failure(grant, kind=error.kind, error=error.to_message())
            # Where it is tried again, job-service has saved the next hint, due after its back-off. This one
            # would stand before it: a queue keeps the order of a group, and hidden messages count.
            await self._delete(received)
            return "failed"
        except Interrupted:
            error_message = TaskError(
                code="interrupted", message="The processor was stopped.", retryable=True
            )
            await self._tell_failure(grant, kind="interruption", error=error_message)
            await self._hide(received, seconds=0)
            return "interrupted"
        await self._tell_result(grant, result, run)
        await self._delete(received)
        return "completed"

    async def _run_until_stopped(self, run: TaskRun) -> TaskResult:
        """Raises Interrupted where the shutdown comes and the task would not end within the grace."""
        work = asyncio.create_task(run.run())
        stopped = asyncio.create_task(self.stop.wait())
        try:
            await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                eta = run.find_eta_seconds()
                if eta is not None and eta <= self._drain_grace_seconds:
                    log.info("shutdown waits for the task", eta_seconds=round(eta, 1))
                    await asyncio.wait({work}, timeout=self._drain_grace_seconds)
            if not work.done():
                raise Interrupted
            return work.result()
        finally:
            for task in (work, stopped):
                task.cancel()
            await asyncio.gather(work, stopped, return_exceptions=True)

    async def _tell_result(self, grant: ClaimGrant, result: TaskResult, run: TaskRun) -> None:
        completion = TaskCompletion(
            attempt=grant.attempt,
            lease_token=grant.lease_token,
            result=result,
            metrics=run.clock.to_message(),
        )
        async for attempt in _retry_while_the_lease_lasts():
            with attempt:
                await self._tools.api.complete(grant.task_id, completion)

    async def _tell_failure(self, grant: ClaimGrant, *, kind: FailureKind, error: TaskError) -> None:
        failure = TaskFailure(attempt=grant.attempt, lease_token=grant.lease_token, kind=kind, error=error)
        async for attempt in _retry_while_the_lease_lasts():
            with attempt:
                await self._tools.api.fail(grant.task_id, failure)

    async def _delete(self, received: ReceivedTask) -> None:
        """A message that cannot be deleted comes back, finds its task finished, and is deleted then."""
        try:
            await self._queue.delete(received.receipt_handle)
        except QueueUnavailable as error:
            queue_log.warning("the message could not be deleted", reason=str(error))

    async def _hide(self, received: ReceivedTask, *, seconds: int) -> None:
        try:
            await self._queue.set_visibility(received.receipt_handle, seconds=seconds)
        except QueueUnavailable as error:
            queue_log.warning("the message's visibility could not be set", reason=str(error))


def _retry_while_the_lease_lasts() -> AsyncRetrying:
    """No end of its own: the lease's keeper cancels it. The task's work is done and should not be lost."""
    return AsyncRetrying(
        retry=retry_if_exception_type(JobApiUnavailable), wait=wait_random_exponential(max=5), reraise=True
    )
