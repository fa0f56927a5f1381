"""The worker loop. Each slot takes one message at a time and handles it by its outcome; the light
slot (light_slot.py) works on one more task, without a message:

    not granted, nothing due    delete the message
    not granted, task leased    hide the message until a task may be free
    not granted, no room        hide it, longer each time, so that another processor can take it
    completed                   delete it, but only after job-service has accepted the result
    failed                      delete it: if there is a retry, job-service has queued a new message
    handed back                 the same (outage, no room, fault of this machine)
    interrupted (SIGTERM)       release the lease and the message at once
    lease not renewed           report it when job-service is back, then as handed back
    lease lost                  nothing: task and message belong to another processor
    given up                    nothing: job-service does not accept the outcome; the lease expires
    job-service silent          nothing: the message reappears by itself

No slot asks for a message while self_check.py reports a reason not to. Any other error between a
claim and its outcome hands the task back as interrupted.

Shutdown, in this order: no more polls; a message from a poll still in flight goes back unhandled; a
task that can finish within the grace period continues; any other task has its ffmpeg ended and is
handed back.
"""

import asyncio
import contextlib
import random
import time
from typing import Final

from video_processor.claiming import Claim, claim_task
from video_processor.errors import (
    ClaimRefused,
    Interrupted,
    JobApiUnavailable,
    LeaseLost,
    LeaseUnheard,
    ProcessorFault,
    QueueUnavailable,
    TaskFailed,
)
from video_processor.lease import Lease, read_boot_clock
from video_processor.light_slot import LightSlot
from video_processor.metrics import Metrics
from video_processor.ports import ReceivedTask, TaskQueue
from video_processor.reporting import OutcomeReporter, ReportLimits
from video_processor.self_check import SelfCheck
from video_processor.task_runner import TaskRun
from video_processor.use_cases.context import Tools
from videoforge.logs import bind_context, clear_context, get_logger
from videoforge.messages import AttemptFailure, AttemptResult, ClaimGrant, TaskError, TaskResult
from videoforge.problem_codes import Code

log = get_logger("JOB")
queue_log = get_logger("QUEUE")

_MAX_BACKOFF_SECONDS: Final = 30.0
#: times the 5 s of no_room: a minute, so that 30 deliveries last half an hour
_MAX_TIMES: Final = 12
_UNEXPECTED: Final = "The machine that encoded the video had an internal error ({})."


class Worker:
    """Works on `slots` tasks at once, until `stop` is set; on light ones with `light_tools`. With
    `light_slot_tools` it has a light slot that works with those."""

    def __init__(
        self,
        *,
        queue: TaskQueue,
        tools: Tools,
        light_tools: Tools | None = None,
        light_slot_tools: Tools | None = None,
        self_check: SelfCheck,
        metrics: Metrics,
        slots: int,
        drain_grace_seconds: float,
        report_limits: ReportLimits = ReportLimits(),  # noqa: B008 - frozen
    ) -> None:
        self._queue = queue
        self._tools = tools
        self._light_tools = light_tools or tools
        self._light_slot_tools = light_slot_tools
        self._self_check = self_check
        self._metrics = metrics
        self._slots = slots
        self._drain_grace_seconds = drain_grace_seconds
        self._light_tasks_in_slots = 0
        self.stop = asyncio.Event()
        self._light_slot = LightSlot(self._do_light_task, stop=self.stop)
        self._reporter = OutcomeReporter(tools.api, self.stop, report_limits)

    async def run(self) -> None:
        """Work until `stop` is set, and return when all slots are empty."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._slots):
                group.create_task(self._run_slot())
            if self._light_slot_tools:
                group.create_task(self._light_slot.run())

    async def _run_slot(self) -> None:
        failures = 0
        while not self.stop.is_set():
            if await self._self_check.check():
                await self._pause(self._self_check.pause_seconds)
                continue
            if self.stop.is_set():
                return
            try:
                received = await self._queue.receive()
            except Exception as error:
                failures += 1
                self._metrics.count_poll("failed")
                if isinstance(error, QueueUnavailable):
                    queue_log.warning("the queue does not answer", reason=str(error))
                else:
                    queue_log.exception("unexpected answer from the queue")
                await self._pause(min(_MAX_BACKOFF_SECONDS, 2**failures) * random.uniform(0.5, 1))  # noqa: S311
                continue
            failures = 0
            self._metrics.count_poll("message" if received else "empty")
            if received is None:
                continue
            try:
                await self.handle(received)
            except Exception:
                log.exception("a message could not be handled")  # it reappears; the slot continues
            finally:
                clear_context()

    async def _pause(self, seconds: float) -> None:
        """Sleep, but wake up at a shutdown."""
        try:
            await asyncio.wait_for(self.stop.wait(), seconds)
        except TimeoutError:
            return

    async def handle(self, received: ReceivedTask) -> None:
        """Handle one message to its outcome."""
        bind_context(task_id=received.message.task_id, dispatch=received.message.dispatch)
        if self.stop.is_set():
            await self._hide(received, seconds=0)
            return
        try:
            claim = await claim_task(self._tools.api, received.message, clock=read_boot_clock, stop=self.stop)
        except ClaimRefused as refusal:
            log.info("the claim was refused", error_code=refusal.code)
            if refusal.is_over:
                await self._delete(received)
            else:
                await self._hide(received, seconds=_choose_hidden_seconds(refusal, received))
            return
        except JobApiUnavailable as error:
            log.warning("job-service does not answer", reason=str(error))
            self._self_check.expire()
            await self._pause(random.uniform(1, 5))  # noqa: S311
            return
        is_light = claim.grant.is_light
        self._light_tasks_in_slots += is_light
        try:
            await self._work(received, claim, tools=self._light_tools if is_light else self._tools)
        finally:
            self._light_tasks_in_slots -= is_light

    async def _do_light_task(self) -> bool:
        """Do one light task beside the slots, and return whether there was one."""
        if self._light_slot_tools is None or self._light_tasks_in_slots or await self._self_check.check():
            return False
        try:
            claim = await claim_task(self._tools.api, None, clock=read_boot_clock, stop=self.stop)
        except (ClaimRefused, JobApiUnavailable) as refusal:
            log.info("no light task was granted", reason=str(refusal))
            return False
        try:
            bind_context(task_id=claim.grant.task_id)
            await self._work(None, claim, tools=self._light_slot_tools)
        except Exception:
            log.exception("a light task could not be handled")  # its lease expires; the slot continues
        finally:
            clear_context()
        return True

    async def _work(self, received: ReceivedTask | None, claim: Claim, *, tools: Tools) -> None:
        grant = claim.grant
        bind_context(job_id=grant.job_id, attempt=grant.attempt, kind=grant.input.kind)
        lease = Lease(
            grant,
            api=self._tools.api,
            queue=self._queue,
            receipt_handle=received.receipt_handle if received else None,
            claimed_at=claim.asked_at,
            on_light_work=self._light_slot.wake,
        )
        run = TaskRun(grant, lease=lease, tools=tools)
        self._metrics.enter_task()
        log.info("task started")
        outcome, started = "lease_lost", time.monotonic()
        try:
            outcome = await lease.hold(self._bring_to_outcome(received, grant, run, lease=lease))
        except LeaseUnheard as error:
            log.warning("no answer from job-service for too long, work stops", reason=str(error))
            with contextlib.suppress(LeaseLost):
                outcome = await self._give_back_late(received, grant)
        except LeaseLost as error:
            log.warning("the lease is lost, work stops", reason=str(error))
        except Exception as error:
            log.exception("the attempt ended with an unexpected error")
            fault = ProcessorFault(Code.processor_fault, _UNEXPECTED.format(type(error).__name__))
            with contextlib.suppress(LeaseLost):
                outcome = await self._hand_back(received, grant, fault)
        finally:
            self._metrics.leave_task(
                kind=grant.input.kind, outcome=outcome, clock=run.clock, speed=run.progress.speed
            )
            log.info("task ended", outcome=outcome, seconds=round(time.monotonic() - started, 3))

    async def _bring_to_outcome(
        self, received: ReceivedTask | None, grant: ClaimGrant, run: TaskRun, *, lease: Lease
    ) -> str:
        """Run the task and report its outcome. Runs under the lease, so that reporting ends with
        it."""
        try:
            result = await self._run_until_stopped(run)
        except TaskFailed as error:
            lease.finish_work()
            return await self._hand_back(received, grant, error)
        except Interrupted:
            error_message = TaskError(
                code=Code.interrupted.name, message="The processor was stopped.", retryable=True
            )
            lease.finish_work()
            interruption = AttemptFailure(kind="interruption", error=error_message)
            if not await self._reporter.report_failure(grant, interruption):
                return "given_up"
            await self._hide(received, seconds=0)
            return "interrupted"
        lease.finish_work()
        try:
            await self._reporter.report_result(
                grant, AttemptResult(result=result, metrics=run.clock.to_message())
            )
        except JobApiUnavailable as error:
            log.error("job-service does not accept the result", reason=str(error))
            refused = TaskFailed(
                Code.result_not_taken, "VideoForge could not accept the result of the encode."
            )
            return await self._hand_back(received, grant, refused)
        self._self_check.note_success()
        await self._delete(received)
        return "completed"

    async def _give_back_late(self, received: ReceivedTask | None, grant: ClaimGrant) -> str:
        """Once job-service answers again, report that the attempt did not end by a crash. If
        another processor has the task by then, job-service says so, and nothing is lost."""
        self._self_check.expire()
        error = TaskError(code=Code.interrupted.name, message="job-service did not answer.", retryable=True)
        if not await self._reporter.report_failure(grant, AttemptFailure(kind="outage", error=error)):
            return "given_up"
        await self._delete(received)
        return "handed_back"

    async def _hand_back(self, received: ReceivedTask | None, grant: ClaimGrant, error: TaskFailed) -> str:
        """Report how the attempt ended, and return the outcome."""
        log.warning("the task failed", error_code=error.code, reason=str(error), cause=repr(error.__cause__))
        is_its_own = error.kind in {"failure", "bad_input"}
        if not is_its_own:
            self._self_check.note_setback(error)
        failure = AttemptFailure(kind=error.kind, error=error.to_message(), waiting_for=error.waiting_for)
        if not await self._reporter.report_failure(grant, failure):
            return "given_up"
        # If there is a retry, job-service has queued a new message that is due after the back-off.
        await self._delete(received)
        return "failed" if is_its_own else "handed_back"

    async def _run_until_stopped(self, run: TaskRun) -> TaskResult:
        """Raises Interrupted if a shutdown comes and the task cannot finish within the grace
        period."""
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

    async def _delete(self, received: ReceivedTask | None) -> None:
        """A message that cannot be deleted reappears, its task is found finished, and it is deleted
        then."""
        if received is None:
            return
        try:
            await self._queue.delete(received.receipt_handle)
        except QueueUnavailable as error:
            queue_log.warning("the message could not be deleted", reason=str(error))

    async def _hide(self, received: ReceivedTask | None, *, seconds: int) -> None:
        if received is None:
            return
        try:
            await self._queue.set_visibility(received.receipt_handle, seconds=seconds)
        except QueueUnavailable as error:
            queue_log.warning("the message's visibility could not be set", reason=str(error))


def _choose_hidden_seconds(refusal: ClaimRefused, received: ReceivedTask) -> int:
    """Return how long to hide the message: until a claim can succeed, and if we have no room for
    the task longer each time, since no other processor may have room either."""
    times = min(received.receive_count, _MAX_TIMES) if refusal.code == Code.no_room.name else 1
    jitter = random.uniform(0, 5)  # noqa: S311
    return round(refusal.retry_after_seconds * times + jitter)
