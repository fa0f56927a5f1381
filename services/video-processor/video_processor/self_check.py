"""Checks whether this processor can work before it takes a task, so that no task fails because of
it.

In this order: scratch is writable and has room, ffmpeg and ffprobe start, the store answers,
job-service answers (and is told the other results). A result is reused for some seconds, that of
the programs for some minutes. After a task comes back because of this processor, the next one is
not taken for 2 s, doubling each time up to a minute: a machine that fails in a way that no check
detects then takes a task only now and then, and others do the work.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from video_processor.errors import JobApiUnavailable, ProcessorFault, StoreFailed, TaskFailed
from video_processor.metrics import Metrics
from video_processor.ports import JobApi, ObjectStore
from video_processor.scratch import Scratch
from videoforge.logs import get_logger
from videoforge.messages import WaitingFor

log = get_logger("SYSTEM")

_FIT_SECONDS: Final = 5.0
_PROGRAMS_SECONDS: Final = 300.0
#: job-service considers a processor gone that has not reported for 60 s.
_REPORT_SECONDS: Final = 15.0
_STORE_SECONDS: Final = 8.0
_MAX_PAUSE_SECONDS: Final = 10.0
_MAX_REST_SECONDS: Final = 60.0


@dataclass(frozen=True)
class Unfit:
    """A reason to take no tasks. `waiting_for` is what jobs show for it, or None if they cannot
    know it."""

    code: str
    waiting_for: WaitingFor | None


class SelfCheck:
    """One per process; slots may call it concurrently. `check_programs` raises ProcessorFault."""

    def __init__(
        self,
        *,
        api: JobApi,
        store: ObjectStore,
        scratch: Scratch,
        check_programs: Callable[[], Awaitable[None]],
        metrics: Metrics,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._api = api
        self._store = store
        self._scratch = scratch
        self._check_programs = check_programs
        self._metrics = metrics
        self._clock = clock
        self._lock = asyncio.Lock()
        self._found: Sequence[Unfit] = ()
        self._holds_until = self._programs_hold_until = self._reported_until = float("-inf")
        self._reported: Sequence[Unfit] | None = None
        self._setback: Unfit | None = None
        self._setbacks = 0
        self._rests_until = float("-inf")
        self._failed_checks = 0

    @property
    def pause_seconds(self) -> float:
        """How long to wait before the next check."""
        return min(_MAX_PAUSE_SECONDS, 2.0 ** min(self._failed_checks - 1, 16))

    async def check(self) -> Sequence[Unfit]:
        """Return what keeps this processor from taking tasks; empty if nothing does."""
        async with self._lock:
            if self._clock() < self._holds_until:
                return self._found
            found = await self._find_unfit()
            if silent := await self._report(found):
                found.append(silent)
            self._note(found)
            self._holds_until = self._clock() + (1.0 if found else _FIT_SECONDS)
            return found

    def expire(self) -> None:
        """Repeat all checks before the next task."""
        self._holds_until = self._programs_hold_until = self._reported_until = float("-inf")

    def note_setback(self, error: TaskFailed) -> None:
        """A task came back for a reason that is not its own."""
        self._setbacks += 1
        self._setback = Unfit(error.code, error.waiting_for or "processor")
        rest = min(_MAX_REST_SECONDS, 2.0 ** min(self._setbacks, 16))
        self._rests_until = self._clock() + rest
        self.expire()

    def note_success(self) -> None:
        self._setbacks, self._setback = 0, None

    async def _find_unfit(self) -> list[Unfit]:
        found = [await self._check_scratch(), await self._check_tools(), await self._check_store()]
        if self._setback and self._clock() < self._rests_until:
            found.append(self._setback)
        return list(dict.fromkeys(unfit for unfit in found if unfit))

    async def _check_scratch(self) -> Unfit | None:
        try:
            await asyncio.to_thread(self._scratch.check)
        except OSError as error:
            log.warning("scratch is not writable", reason=str(error))
            room = self._show_room()
            return Unfit("scratch_unusable", "processor") if room else Unfit("no_room", "room")
        return None if self._show_room() else Unfit("no_room", "room")

    def _show_room(self) -> int:
        room = self._scratch.measure_room()
        self._metrics.show_room(room)
        return room

    async def _check_tools(self) -> Unfit | None:
        if self._clock() < self._programs_hold_until:
            return None
        try:
            await self._check_programs()
        except ProcessorFault as error:
            log.warning("a program does not start", reason=str(error.__cause__ or error))
            return Unfit("program_missing", "processor")
        self._programs_hold_until = self._clock() + _PROGRAMS_SECONDS
        return None

    async def _check_store(self) -> Unfit | None:
        try:
            async with asyncio.timeout(_STORE_SECONDS):
                await self._store.check()
        except TimeoutError:
            return Unfit("store_unavailable", "store")
        except StoreFailed as error:
            return Unfit(error.code, "store")
        return None

    async def _report(self, found: Sequence[Unfit]) -> Unfit | None:
        """Report changes to job-service, and regularly that we are alive; its answer is the last
        check."""
        if found == self._reported and self._clock() < self._reported_until:
            return None
        waiting_for = next((unfit.waiting_for for unfit in found), None)
        try:
            await self._api.report([unfit.code for unfit in found], waiting_for=waiting_for)
        except JobApiUnavailable as error:
            log.debug("could not report to job-service", reason=str(error))
            self._reported = None
            return Unfit("job_service_unavailable", None)
        self._reported, self._reported_until = list(found), self._clock() + _REPORT_SECONDS
        return None

    def _note(self, found: Sequence[Unfit]) -> None:
        self._failed_checks = self._failed_checks + 1 if found else 0
        codes = [unfit.code for unfit in found]
        if codes != [unfit.code for unfit in self._found]:
            if codes:
                log.error("the processor takes no tasks", reasons=codes)
            else:
                log.info("the processor takes tasks again")
        self._found = found
        self._metrics.show_unfit(codes)
