"""Holds a lease while work is running, and stops the work as soon as another processor may have the
lease.

The first heartbeat is sent at once and confirms that the grant arrived. After that the lease is
renewed at job-service every 30 s (retried every 5 s), and only then is the message hidden, for
slightly longer than the lease lasts: it never reappears before the lease ends, and reappears soon
after. A task that was claimed without a message has none to hide. If no renewal succeeds for 60 s
the work is cancelled, 30 s before the lease itself expires. These are the times of a lease of 90 s
and of longer ones; a shorter one has its share of them. The clock is CLOCK_BOOTTIME, which keeps
running while a virtual machine is suspended: after a resume, the expired lease is noticed first.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

from video_processor.errors import JobApiUnavailable, LeaseUnheard, QueueUnavailable
from video_processor.ports import JobApi, TaskQueue
from videoforge.logs import get_logger
from videoforge.messages import ClaimGrant, LeaseAnswer

log = get_logger("JOB")

RENEW_EVERY_SECONDS: Final = 30.0
RETRY_EVERY_SECONDS: Final = 5.0
#: A grant that is not confirmed within 15 s is withdrawn.
_CONFIRM_EVERY_SECONDS: Final = 1.0
FENCE_SECONDS: Final = 60.0
#: A lease of this length and more has the times above.
_LONG_LEASE_SECONDS: Final = 90.0
#: How much longer than the lease the message stays hidden. It reappears within the grace period of
#: job-service's lease reaper (15 s), so its next receiver does not depend on the reaper.
HIDDEN_LONGER_SECONDS: Final = 5
Answer = TypeVar("Answer")


def read_boot_clock() -> float:
    """Return the seconds since the machine started, including time spent suspended."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Lease:
    """The right to work on one attempt of one task; starts at the claim."""

    def __init__(
        self,
        grant: ClaimGrant,
        *,
        api: JobApi,
        queue: TaskQueue,
        receipt_handle: str | None,
        claimed_at: float,
        on_light_work: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = read_boot_clock,
        renew_every_seconds: float = RENEW_EVERY_SECONDS,
        retry_every_seconds: float = RETRY_EVERY_SECONDS,
    ) -> None:
        self._grant = grant
        self._api = api
        self._queue = queue
        self._receipt_handle = receipt_handle
        self._renewed_at = claimed_at  # read before the claim was sent: the server's lease starts later
        self._on_light_work = on_light_work
        self._clock = clock
        share = min(1.0, grant.lease_seconds / _LONG_LEASE_SECONDS)
        self._renew_every_seconds = renew_every_seconds * share
        self._retry_every_seconds = retry_every_seconds * share
        self._fence_seconds = FENCE_SECONDS * share
        self._is_work_done = False

    def finish_work(self) -> None:
        """Stop enforcing the 60 s limit: from now on only the outcome is reported, and job-service
        refuses it if another processor has the lease. job-service may be silent for any length of
        time. A renewal that is refused means nothing any more: the outcome may just have been
        accepted."""
        self._is_work_done = True
        self._fence_seconds = float("inf")

    def note_answer(self, answer: LeaseAnswer) -> None:
        """Pass on what the answer to a heartbeat or report says besides the lease."""
        if answer.light_work_waits:
            self._on_light_work()

    def check(self) -> None:
        """Raise LeaseLost if the lease can no longer be relied on."""
        since = self._clock() - self._renewed_at
        if since >= self._fence_seconds:
            raise LeaseUnheard(f"not renewed for {since:.0f} s")

    async def hold(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        """Run the work while the lease lasts. Raises LeaseLost after the work has been cancelled
        and has cleaned up."""
        worker = asyncio.create_task(work)
        keeper = asyncio.create_task(self._keep())
        try:
            await asyncio.wait({worker, keeper}, return_when=asyncio.FIRST_COMPLETED)
            if self._is_work_done:
                await asyncio.wait({worker})
        finally:
            ended_by_keeper = keeper.done() and not worker.done()
            for task in (keeper, worker):
                if not task.done():
                    task.cancel()
            await asyncio.gather(keeper, worker, return_exceptions=True)
        if ended_by_keeper:
            keeper.result()  # raises LeaseLost
        return worker.result()

    async def _keep(self) -> None:
        """Renew until cancelled. Raises LeaseLost; any other exception is a bug and also ends the
        work."""
        while not await self._try_to_renew():
            await asyncio.sleep(min(_CONFIRM_EVERY_SECONDS, self._retry_every_seconds))
        await self._hide_message()
        while True:
            await asyncio.sleep(self._renew_every_seconds)
            while not await self._try_to_renew():
                await asyncio.sleep(self._retry_every_seconds)
            await self._hide_message()

    async def _try_to_renew(self) -> bool:
        self.check()
        sent_at = self._clock()
        try:
            self.note_answer(await self._api.heartbeat(self._grant))
        except JobApiUnavailable as error:
            log.warning("the lease could not be renewed", reason=str(error))
            self.check()
            return False
        self._renewed_at = sent_at
        return True

    async def _hide_message(self) -> None:
        """If this fails the message is only delivered once too often: its receiver cannot claim the
        leased task."""
        if self._receipt_handle is None:
            return
        seconds = self._grant.lease_seconds + HIDDEN_LONGER_SECONDS
        try:
            await self._queue.set_visibility(self._receipt_handle, seconds=seconds)
        except QueueUnavailable as error:
            log.warning("the message could not be hidden for longer", reason=str(error))
