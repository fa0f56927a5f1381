"""The light slot: one task of a short video at a time, beside slots that are all taken.

The chunks of a long film can fill all slots of all processors, each for a minute on a slow machine,
and a clip should not wait for them. job-service says in its answer to each report and heartbeat
that a light task waits. The light slot then claims it, without a message: messages may be hidden or
polled for by others just then, and any message left over is deleted once nothing is due. It goes on
at once with the next light task, which is usually the next step of the same video.

It is not used while another slot works on a light task. Light work waits for light work, so that a
batch of clips is done one after the other and not each at half the speed.

Its ffmpeg gets nine tenths of a busy CPU. So that a stream of clips does not slow a film down to a
tenth for as long as it lasts, the slot rests for as long as it works, once it has worked for a
minute.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

#: Enough for a few clips one after the other.
_FREE_SECONDS: Final = 60.0
#: After nothing was found: another processor was faster, or the task needs more disk space.
_PAUSE_SECONDS: Final = 2.0


class LightShare:
    """How long the slot rests after its work; times are those of one monotonic clock."""

    def __init__(self) -> None:
        self._forgotten_at = float("-inf")

    def note_work(self, *, began_at: float, ended_at: float) -> None:
        """Work adds up, and idle time makes up for it second for second."""
        before = max(0.0, self._forgotten_at - began_at)
        self._forgotten_at = ended_at + before + (ended_at - began_at)

    def find_rest_seconds(self, now: float) -> float:
        return max(0.0, self._forgotten_at - now - _FREE_SECONDS)


class LightSlot:
    """`do_next` does one light task if there is one, and returns whether there was."""

    def __init__(
        self,
        do_next: Callable[[], Awaitable[bool]],
        *,
        stop: asyncio.Event,
        pause_seconds: float = _PAUSE_SECONDS,
    ) -> None:
        self._do_next = do_next
        self._stop = stop
        self._pause_seconds = pause_seconds
        self._waits = asyncio.Event()
        self._share = LightShare()

    def wake(self) -> None:
        """A light task waits."""
        self._waits.set()

    async def run(self) -> None:
        """Work until `stop` is set."""
        while await self._is_woken():
            self._waits.clear()
            while not self._stop.is_set() and await self._do_one():
                await self._rest(self._share.find_rest_seconds(time.monotonic()))
            await self._rest(self._pause_seconds)

    async def _is_woken(self) -> bool:
        """Wait for work or the shutdown, and return False at the shutdown."""
        events = [asyncio.create_task(event.wait()) for event in (self._waits, self._stop)]
        try:
            await asyncio.wait(events, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for event in events:
                event.cancel()
        return not self._stop.is_set()

    async def _do_one(self) -> bool:
        began_at = time.monotonic()
        was_there = await self._do_next()
        if was_there:
            self._share.note_work(began_at=began_at, ended_at=time.monotonic())
        return was_there

    async def _rest(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stop.wait(), seconds)
        except TimeoutError:
            return
