"""Runs one granted task in its scratch folder: the use case, its progress reports, and the cause of
a failure.

Progress is reported as often as the grant says, whether it changed or not: the answer says whether
the task is still wanted, and a cancelled job should not wait for the lease's next renewal because a
stuck ffmpeg reports nothing. A report costs job-service one read, a heartbeat a write. One that cannot be
delivered is dropped, since the next one replaces it. Reports do not renew the lease; heartbeats do.
"""

import asyncio
import time
from pathlib import Path

from video_processor.domain.machine import build_scratch_full, explain_os_error
from video_processor.domain.progress import TaskProgress, find_eta_seconds
from video_processor.errors import JobApiUnavailable, ProcessorError, ProcessorFault, TaskFailed
from video_processor.lease import Lease
from video_processor.use_cases.assemble import assemble
from video_processor.use_cases.context import PhaseClock, TaskContext, Tools
from video_processor.use_cases.encode import encode
from video_processor.use_cases.encode_audio import encode_audio
from video_processor.use_cases.list_segments import SegmentListing
from video_processor.use_cases.prepare import prepare
from videoforge.logs import get_logger
from videoforge.messages import (
    TASK_PHASES,
    AssembleInput,
    AttemptProgress,
    AudioInput,
    ClaimGrant,
    EncodeInput,
    PrepareInput,
    RenditionProgress,
    TaskResult,
)
from videoforge.problem_codes import Code

log = get_logger("JOB")


class TaskRun:
    """One attempt of one task. `clock` and `progress` may be read during the run and after it."""

    def __init__(self, grant: ClaimGrant, *, lease: Lease, tools: Tools) -> None:
        self._grant = grant
        self._lease = lease
        self._tools = tools
        self._started_at = time.monotonic()
        self.clock = PhaseClock()
        self.progress = TaskProgress(phase=TASK_PHASES[grant.input.kind])

    def find_eta_seconds(self) -> float | None:
        elapsed = time.monotonic() - self._started_at
        return find_eta_seconds(self.progress.percent, elapsed_seconds=elapsed)

    async def run(self) -> TaskResult:
        """Return the result. Raises TaskFailed, LeaseLost or another ProcessorError."""
        tools, grant = self._tools, self._grant
        try:
            with tools.scratch.open_attempt(grant.task_id, attempt=grant.attempt) as folder:
                return await self._run_in(folder)
        except (OSError, MemoryError) as error:
            log.exception("an operating system error ended the task")
            raise explain_os_error(error) from error
        except ProcessorError:
            raise
        except Exception as error:
            log.exception("an unexpected error ended the task")
            raise TaskFailed(
                Code.internal_error, "Encoding failed because of an internal error in VideoForge."
            ) from error

    async def _run_in(self, folder: Path) -> TaskResult:
        context = TaskContext(
            grant=self._grant,
            folder=folder,
            tools=self._tools,
            progress=self.progress,
            clock=self.clock,
            check_lease=self._lease.check,
            listing=SegmentListing(self._grant, api=self._tools.api),
        )
        reporter = asyncio.create_task(self._report())
        try:
            return await self._race(asyncio.create_task(self._dispatch(context)), reporter)
        except TaskFailed as error:
            self._tools.scratch.source_cache.drop(self._grant.input.source)
            cause = self._find_cause(error, folder=folder)
            if cause is error:
                raise
            raise cause from error

    def _find_cause(self, error: TaskFailed, *, folder: Path) -> TaskFailed:
        """Return the real cause of the failure. On a full disk ffmpeg may exit early with code 0,
        and ffprobe then reports a broken file, so no other error about the source or the output can
        be trusted."""
        if error.kind not in {"failure", "bad_input"}:
            return error
        if self._tools.scratch.is_full():
            return build_scratch_full()
        if not folder.is_dir():
            return ProcessorFault(Code.processor_fault, "The task's working folder was removed while it ran.")
        return error

    async def _race(self, work: "asyncio.Task[TaskResult]", reporter: "asyncio.Task[None]") -> TaskResult:
        """The reporter ends only by finding out that the lease is lost; the work is then stopped at
        once."""
        try:
            await asyncio.wait({work, reporter}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                reporter.result()  # raises
        finally:
            for task in (work, reporter):
                task.cancel()
            await asyncio.gather(work, reporter, return_exceptions=True)
        return work.result()

    async def _dispatch(self, context: TaskContext) -> TaskResult:
        match self._grant.input:
            case PrepareInput() as task:
                return await prepare(context, task)
            case EncodeInput() as task:
                return await encode(context, task)
            case AudioInput() as task:
                return await encode_audio(context, task)
            case AssembleInput() as task:
                return await assemble(context, task)

    async def _report(self) -> None:
        """Report until cancelled. Raises LeaseLost."""
        while True:
            try:
                answer = await self._tools.api.report_progress(self._grant, self._build_report())
                self._lease.note_answer(answer)
            except JobApiUnavailable as error:
                log.debug("progress could not be reported", reason=str(error))
            await asyncio.sleep(self._grant.report_every_seconds)

    def _build_report(self) -> AttemptProgress:
        return AttemptProgress(
            phase=self.progress.phase,
            percent=round(self.progress.percent, 1),
            speed=self.progress.speed,
            waiting_for=self.progress.waiting_for,
            renditions=[
                RenditionProgress(format=name, progress_percent=round(percent, 1))
                for name, percent in self.progress.rendition_percents.items()
            ],
        )
