"""Holding a lease while work goes on, and stopping the work the moment the lease may be another's.

The first heartbeat goes out at once and confirms that the grant has arrived. From then on the lease is
renewed at job-service every 30 s (tried again every 5 s), and only then is the message hidden, for a little
longer than the lease lasts: it never comes back before the lease's end, and soon after. Where no
renewal got through for 60 s the work is cancelled, 30 s before the lease itself ends. The clock is
CLOCK_BOOTTIME, which goes on while a virtual machine is suspended: after waking up, the first thing seen is
that the lease is over.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

from video_processor.errors import JobApiUnavailable, LeaseUnheard, QueueUnavailable
from video_processor.ports import JobApi, TaskQueue
from videoforge.logs import get_logger
from videoforge.messages import ClaimGrant

log = get_logger("JOB")

RENEW_EVERY_SECONDS: Final = 30.0
RETRY_EVERY_SECONDS: Final = 5.0
#: A grant that is not confirmed for 15 s goes back.
_CONFIRM_EVERY_SECONDS: Final = 1.0
FENCE_SECONDS: Final = 60.0
#: By how much the message is hidden for longer than the lease lasts. With this it comes back within the grace
#: of job-service's reaper (15 s), so its next receiver needs nobody to take the task back.
HIDDEN_LONGER_SECONDS: Final = 5
Answer = TypeVar("Answer")


def read_boot_clock() -> float:
    """Return seconds since the machine started, suspended time included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Lease:
    """Our right to work on one attempt of one task; begins at the claim."""

    def __init__(
        self,
        grant: ClaimGrant,
        *,
        api: JobApi,
        queue: TaskQueue,
        receipt_handle: str,
        claimed_at: float,
        clock: Callable[[], float] = read_boot_clock,
        renew_every_seconds: float = RENEW_EVERY_SECONDS,
        retry_every_seconds: float = RETRY_EVERY_SECONDS,
    ) -> None:
        self._grant = grant
        self._api = api
        self._queue = queue
        self._receipt_handle = receipt_handle
        self._renewed_at = claimed_at  # taken before the claim was sent: the server's lease begins later
        self._clock = clock
        self._renew_every_seconds = renew_every_seconds
        self._retry_every_seconds = retry_every_seconds
        self._fence_seconds = FENCE_SECONDS

    def finish_work(self) -> None:
        """From now on the result is only told, which job-service refuses where the lease is another's: it may
        be silent for as long as it likes."""
        self._fence_seconds = float("inf")

    def check(self) -> None:
        """Raise LeaseLost when the lease can no longer be relied on."""
        since = self._clock() - self._renewed_at
        if since >= self._fence_seconds:
            raise LeaseUnheard(f"not renewed for {since:.0f} s")

    async def hold(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        """Do the work while the lease lasts. Raises LeaseLost after the work has been cancelled and has
        cleaned up behind itself."""
        worker = asyncio.create_task(work)
        keeper = asyncio.create_task(self._keep())
        try:
            await asyncio.wait({worker, keeper}, return_when=asyncio.FIRST_COMPLETED)
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
        """Renew until cancelled. Raises LeaseLost; any other fault is a bug and ends the work as well."""
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
            await self._api.heartbeat(self._grant)
        except JobApiUnavailable as error:
            log.warning("the lease could not be renewed", reason=str(error))
            self.check()
            return False
        self._renewed_at = sent_at
        return True

    async def _hide_message(self) -> None:
        """A failure costs nothing but a delivery: the lease refuses whoever gets the message."""
        seconds = self._grant.lease_seconds + HIDDEN_LONGER_SECONDS
        try:
            await self._queue.set_visibility(self._receipt_handle, seconds=seconds)
        except QueueUnavailable as error:
            log.warning("the message could not be hidden for longer", reason=str(error))
