"""How long an attempt waits while the store is unavailable.

As long as it had worked before: by then, waiting has cost as much as starting over. At least ten
seconds, which single failing requests need, and at most ten minutes, after which the slot may be
useful elsewhere. ffmpeg keeps running meanwhile, as long as there is room for its output.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from video_processor.domain.progress import TaskProgress
from video_processor.errors import StoreAway
from videoforge.logs import get_logger

log = get_logger("S3")

_MIN_SECONDS: Final = 10.0
_MAX_SECONDS: Final = 600.0
_PAUSE_SECONDS: Final = 3.0
Answer = TypeVar("Answer")


@dataclass
class StoreRetry:
    """One per attempt: its concurrent calls all wait for the same store."""

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    _started_at: float = field(init=False)
    _away_since: float | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._started_at = self.clock()

    async def call(
        self,
        call: Callable[[], Awaitable[Answer]],
        *,
        progress: TaskProgress,
        check_lease: Callable[[], None],
    ) -> Answer:
        """Return the result. Raises StoreAway when the time is over, LeaseLost, and whatever else
        the call raises."""
        while True:
            try:
                answer = await call()
            except StoreAway as error:
                if self._away_since is None:
                    self._away_since = self.clock()
                    log.warning("waiting for the store", error_code=error.code, reason=str(error))
                if self.clock() - self._away_since >= self._find_limit_seconds(self._away_since):
                    raise
                progress.waiting_for = error.waiting_for
                await self.sleep(_PAUSE_SECONDS)
                check_lease()
            else:
                self._away_since = progress.waiting_for = None
                return answer

    def _find_limit_seconds(self, away_since: float) -> float:
        return min(_MAX_SECONDS, max(_MIN_SECONDS, away_since - self._started_at))
